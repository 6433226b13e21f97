"""The command ``face-table``: another tool's face parameters to the one table that other commands read."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.face.files import keep_apart
from myoscene.face.others.arrays import read_emoca, read_json, read_smirk
from myoscene.face.others.common import Found
from myoscene.face.others.text import read_text
from myoscene.face.tables import FACE_TABLE


def read_other(path: Path, rate_hz: float | None = None) -> Found:
    """Another tool's parameters, known by what the file holds; InputError where that is not one of those known.

    Args:
        rate_hz: frames a second of a timecode.
    """
    if path.is_dir():
        return read_emoca(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist; check the path")
    readers = {".json": read_json, ".npz": read_smirk}
    reader = readers.get(path.suffix.lower())
    return reader(path) if reader else read_text(path, rate_hz)


def read_timed(source: Path, rate_hz: float | None = None) -> tuple[Found, NDArray[np.float64]]:
    """Another tool's parameters, and the time of each row in seconds.

    Args:
        rate_hz: frames a second, of files without times, where the number of a frame gives its time, and of timecodes.

    Raises:
        InputError: as :func:`read_other` and :func:`times`.
    """
    found = read_other(source, rate_hz)
    return found, times(found, source, rate_hz)


def times(found: Found, source: Path, rate_hz: float | None) -> NDArray[np.float64]:
    """The time of each row in seconds; InputError for no times and no rate, or both; for times that do not grow; for no
    face in any row."""
    if found.time_s is None and rate_hz is None:
        raise InputError(
            f"{source} ({found.tool}) has no times; give the frames a second of its video with --rate-hz (in an index, "
            "the column rate_hz)"
        )
    if found.time_s is not None and rate_hz is not None and not found.has_timecode:
        raise InputError(f"{source} ({found.tool}) has times of its own; leave --rate-hz away (in an index: rate_hz)")
    time_s = found.time_s
    if time_s is None:
        assert rate_hz is not None
        time_s = found.frame / rate_hz
    if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        row = int(np.argmin(np.append(True, np.diff(time_s) > 0) & np.isfinite(time_s)))
        raise InputError(f"{source}: the time of row {row + 1} is missing, or not after the one above it; mend it")
    if not found.is_face.any():
        raise InputError(f"{source} ({found.tool}) has no row in which a face was seen; check the recording")
    return time_s


def face_table(source: Path, out: Path, rate_hz: float | None = None) -> str:
    """Write the table ``face_table``; returns a sentence for the terminal.

    Args:
        rate_hz: frames a second, of files without times, where the number of a frame gives its time, and of timecodes.

    Raises:
        InputError: as :func:`read_timed`; a table that would replace the file.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise InputError(f"the table '{out}' has to be named *.parquet or *.csv")
    keep_apart({f"the source '{source}'": source}, {"the table": out})
    found, time_s = read_timed(source, rate_hz)
    fixed = {"frame": found.frame, "time_s": time_s, "is_face": found.is_face}
    write_table(out, found.values.assign(**fixed)[[*fixed, *found.values]], FACE_TABLE)
    seen = found.is_face.mean()
    return f"{found.tool}: {len(time_s)} frames, a face in {seen:.0%} of them, {len(found.values.columns)} parameters"
