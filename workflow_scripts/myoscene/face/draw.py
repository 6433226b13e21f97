"""The command ``draw-face``: a table of face parameters as a drawing, or as a page in which the face moves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import escape
from numpy.typing import NDArray

from myoscene.core.errors import InputError, undirected
from myoscene.core.tables import readable
from myoscene.drawing.face import face_canvas, face_svg
from myoscene.drawing.face_names import NAMES
from myoscene.face.files import keep_apart
from myoscene.face.tables import MEAN
from myoscene.machinery.files import write_text

WHOSE = ("participant", "session", "recording")
# OpenFace gives the intensity of an action unit from 0 to 5.
_INTENSITY = 5.0
_PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head>
<body style="font:16px/1.5 system-ui,sans-serif;margin:1.5em;color:#1f2933">
<h1 style="font-size:1.2em">{title}</h1>
{canvas}
<p style="max-width:30em;color:#5c6874">A schematic face, drawn from numbers; it looks like nobody. The person's own
left is on the right. Grey: not measured.</p>
</body>
</html>
"""


@dataclass(frozen=True)
class Faces:
    """One recording's parameters.

    Attributes:
        time_s: ``(frames,)``, growing.
        table: a row a frame, the columns of the file as numbers; not a number where no face was seen.
    """

    time_s: NDArray[np.float64]
    table: pd.DataFrame

    def drawn(self) -> dict[str, NDArray[np.float64]]:
        """What the drawn face knows: name -> ``(frames,)``.

        Means of face and mirror image, where every frame was looked at mirrored: a face that went to and fro between
        these and the plain values would twitch.
        """
        found = {}
        for column in self.table.columns:
            unit = re.fullmatch(r"(AU\d\d)_([rc])", column)
            name = unit[1] if unit else column
            if name not in NAMES or name == "_neutral" or (unit and unit[2] == "c" and f"{name}_r" in self.table):
                continue
            mean = f"{column}{MEAN}"
            has_mean = mean in self.table and (self.table[mean].notna() | self.table[column].isna()).all()
            use = mean if has_mean else column
            found[name] = self.table[use].to_numpy(float) / (_INTENSITY if unit and unit[2] == "r" else 1.0)
        return found


def read_faces(path: Path, chosen: Mapping[str, str], *, beside: bool = False) -> Faces:
    """The parameters of one recording in a table with ``time_s``.

    Args:
        chosen: participant, session, recording -> the one to take.
        beside: the table goes with another one, so that it need not have the columns of what is chosen.

    Raises:
        InputError: the table cannot be used, or holds several recordings, or not the chosen one.
    """
    frame = _read(path)
    if "time_s" not in frame:
        raise InputError(f"{path} has no column 'time_s'; make the table with face-parameters or face-table")
    for name in WHOSE:
        frame = frame if beside and name not in frame else _one(path, frame, name, chosen.get(name))
    names = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name]) and name not in WHOSE]
    if "time_s" not in names:
        raise InputError(f"{path}: the column 'time_s' holds text; give seconds")
    values = frame[names].astype(float)
    time_s = values.pop("time_s").to_numpy()
    if not len(time_s) or not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        raise InputError(f"{path}: the column 'time_s' is empty, has gaps or does not grow; sort or mend it")
    if np.isinf(values.to_numpy()).any():
        raise InputError(f"{path} holds an infinite value; leave the cell empty instead")
    if "is_face" in frame and "is_face" not in values:
        raise InputError(f"{path}: the column 'is_face' has to be true or false in every row; mend it")
    if "is_face" in values:
        seen = values.pop("is_face").to_numpy() > 0
        values[~seen] = np.nan
    return Faces(time_s, values.reset_index(drop=True))


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path} does not exist; check the path")
    if path.suffix == ".parquet":
        with readable(path, "table of faces"):
            return pd.read_parquet(path)
    if path.suffix not in (".csv", ".tsv"):
        raise InputError(f"{path} has to be a table named *.parquet, *.csv or *.tsv")
    try:
        return pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",", dtype=dict.fromkeys(WHOSE, str))
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as a table ({said}); check the file") from None


def _one(path: Path, frame: pd.DataFrame, name: str, wanted: str | None) -> pd.DataFrame:
    """Rows of one participant, session or recording."""
    if name not in frame:
        if wanted is not None:
            raise InputError(f"{path} has no column '{name}'; leave --{name} away")
        return frame
    there = list(dict.fromkeys(frame[name].astype(str)))
    if wanted is None and len(there) > 1:
        raise InputError(f"{path} holds several of '{name}'; choose one with --{name}: {', '.join(there[:8])}")
    if wanted is not None and wanted not in there:
        raise InputError(f"{path} has no {name} '{wanted}'; there are {', '.join(there[:8])}")
    return frame if wanted is None else frame[frame[name].astype(str) == wanted]


def draw_face(table: Path, out: Path, at_s: float | None, chosen: Mapping[str, str], *, sites: bool = False) -> str:
    """Draw the frame nearest to ``at_s`` (seconds) as SVG, or all of them as HTML; returns a line for the terminal.

    Raises:
        InputError: as :func:`read_faces`; nothing in the table can be drawn, a time outside, or a name of another kind.
    """
    kind = ".html" if at_s is None else ".svg"
    if out.suffix != kind:
        raise InputError(f"the output '{out}' has to be named *{kind}{' with --animate' if at_s is None else ''}")
    keep_apart({f"the table '{table}'": table}, {"the drawing": out})
    faces = read_faces(table, chosen)
    drawn = faces.drawn()
    if not drawn:
        raise InputError(f"{table} has no column that is a blendshape or an action unit; there is nothing to draw")
    label = f"Drawn face, {table.name}"
    if at_s is None:
        canvas = face_canvas(faces.time_s, drawn, label=label)
        write_text(out, undirected(_PAGE.format(title=escape(label), canvas=canvas)))
        return f"{len(faces.time_s)} frames of {len(drawn)} parameters: {out}"
    step = float(np.median(np.diff(faces.time_s))) if len(faces.time_s) > 1 else 0.0
    if not faces.time_s[0] - step <= at_s <= faces.time_s[-1] + step:
        first, last = faces.time_s[0], faces.time_s[-1]
        raise InputError(
            f"{table} has frames from {first:.2f} to {last:.2f} s, and none at {at_s:g} s; give one of these"
        )
    row = int(np.argmin(np.abs(faces.time_s - at_s)))
    values = {name: float(column[row]) for name, column in drawn.items()}
    write_text(out, undirected(face_svg(values, sites=sites)) + "\n")
    missing = "; no face was seen there" if all(np.isnan(value) for value in values.values()) else ""
    return f"the frame at {faces.time_s[row]:.3f} s: {out}{missing}"
