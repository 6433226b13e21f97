"""The command ``face-table``: another tool's face parameters to the one table that other commands read."""

from pathlib import Path

import numpy as np

from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.face.others.arrays import read_emoca, read_json, read_smirk
from myoscene.face.others.common import Found
from myoscene.face.others.text import read_text
from myoscene.face.tables import FACE_TABLE


def read_other(path: Path) -> Found:
    """Another tool's parameters, known by what the file holds; InputError where that is not one of those known."""
    if path.is_dir():
        return read_emoca(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist; check the path")
    readers = {".json": read_json, ".npz": read_smirk}
    return readers.get(path.suffix.lower(), read_text)(path)


def face_table(source: Path, out: Path, rate_hz: float | None = None) -> str:
    """Write the table ``face_table``; returns a sentence for the terminal.

    Args:
        rate_hz: frames a second, of files without times; the number of a frame gives its time.

    Raises:
        InputError: as :func:`read_other`; no times and no rate, or both; times that do not grow; no face in any row.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise InputError(f"the table '{out}' has to be named *.parquet or *.csv")
    found = read_other(source)
    if found.time_s is None and rate_hz is None:
        raise InputError(f"{source} ({found.tool}) has no times; give the frames a second of its video with --rate-hz")
    if found.time_s is not None and rate_hz is not None:
        raise InputError(f"{source} ({found.tool}) has times of its own; leave --rate-hz away")
    time_s = found.frame / rate_hz if rate_hz else found.time_s
    assert time_s is not None
    if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        row = int(np.argmin(np.append(True, np.diff(time_s) > 0) & np.isfinite(time_s)))
        raise InputError(f"{source}: the time of row {row + 1} is missing, or not after the one above it; mend it")
    if not found.is_face.any():
        raise InputError(f"{source} ({found.tool}) has no row in which a face was seen; check the recording")
    fixed = {"frame": found.frame, "time_s": time_s, "is_face": found.is_face}
    write_table(out, found.values.assign(**fixed)[[*fixed, *found.values]], FACE_TABLE)
    seen = found.is_face.mean()
    return f"{found.tool}: {len(time_s)} frames, a face in {seen:.0%} of them, {len(found.values.columns)} parameters"
