"""Job: predictions as avatar tools read them."""

import numpy as np

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table
from myoscene.face.live_link import LiveLinkWriter
from myoscene.face.names import BLENDSHAPES
from myoscene.machinery.files import atomic_path
from myoscene.mapping.columns import TIME
from myoscene.mapping.tables import CONTINUOUS


def write_live_link(predictions: PathLike, output: PathLike) -> None:
    """Predicted blendshapes of a participant's scenes as Live Link Face CSV: the timecode's hour counts the scenes.

    Raises:
        InputError: no predicted parameter has a blendshape's name.
    """
    table = read_table(predictions, CONTINUOUS)
    if not set(BLENDSHAPES) & set(table):
        raise InputError(f"{predictions} holds no blendshape; Live Link files are of blendshapes alone")
    with atomic_path(output) as path, open(path, "w", encoding="utf-8", newline="") as handle:
        writer = LiveLinkWriter(handle)
        for number, (_, rows) in enumerate(table.groupby("recording", sort=False)):
            part = {name: rows[name].to_numpy() for name in rows.columns[len(CONTINUOUS.columns) :]}
            heads = {f"{axis}_deg": np.zeros(len(rows)) for axis in ("yaw", "pitch", "roll")}
            time_s = rows[TIME].to_numpy() + 3600 * number
            seen = np.ones(len(rows), dtype=bool)
            writer.write({**heads, **part, "frame": np.arange(len(rows)), TIME: time_s, "is_face": seen})
