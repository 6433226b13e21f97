"""Tables of parameters with the times of their frames: of the commands ``face-parameters`` and ``face-table``, and any
others with the column ``time_s``."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import readable, table_schema
from myoscene.face.others.common import Found, Texts
from myoscene.face.tables import NAME

# Columns that are no parameters; the flags are of `face-parameters`.
FLAGS = ("is_turned", "is_frozen")
_OTHERS = ("frame", "time_s", "is_face", "presence", "faces", *FLAGS)
# Columns of the workflow's own tables.
_TAKEN = ("participant", "session", "recording")


def is_plain(path: Path) -> bool:
    """Whether a file is Parquet, or CSV with a column ``time_s``."""
    if path.suffix.lower() == ".parquet":
        return True
    return path.suffix.lower() == ".csv" and "time_s" in Texts(path)


def read_plain(path: Path) -> tuple[Found, NDArray[np.bool_]]:
    """Parameters with times, and ``(rows,)`` whether the face is turned away or the picture frozen.

    Without a column ``is_face``, a face is there where any parameter is a number.

    Raises:
        InputError: no such table, no column ``time_s``, no parameter, or a column that is none.
    """
    numbers, truths = _parquet(path) if path.suffix.lower() == ".parquet" else _text(path)
    if "time_s" not in numbers:
        raise InputError(f"{path} has no column 'time_s'; add the time of each frame in seconds")
    values = {name: column for name, column in numbers.items() if name not in _OTHERS}
    wrong = [name for name in values if name in _TAKEN or not re.fullmatch(NAME, name)]
    if wrong:
        raise InputError(
            f"{path}: '{wrong[0]}' cannot be the name of a parameter; use letters, digits and _, and none of "
            f"{', '.join(_TAKEN)}"
        )
    if not values:
        raise InputError(f"{path} has no parameter beside {', '.join(numbers)}; add a column for each")
    frame = pd.DataFrame(values)
    if np.isinf(frame.to_numpy()).any():
        raise InputError(f"{path} holds infinite values; leave these cells empty")
    is_face = truths.get("is_face", frame.notna().any(axis=1).to_numpy())
    unusable = np.zeros(len(frame), bool)
    for name in FLAGS:
        unusable |= truths.get(name, False)
    place = numbers.get("frame", np.arange(len(frame)))
    if np.isnan(place).any() or (place % 1 != 0).any() or (np.diff(place) <= 0).any() or np.abs(place).max() > 2**53:
        raise InputError(f"{path}: the column 'frame' has to hold whole numbers that grow; sort or mend it")
    return Found("table", frame, is_face, numbers["time_s"], place.astype(np.int64)), unusable


Columns = tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.bool_]]]


def _parquet(path: Path) -> Columns:
    table_schema(path)  # not more rows than the file can hold
    with readable(path, "face parameters"):
        table = pq.read_table(path, partitioning=None)
    numbers, truths = {}, {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if name in ("is_face", *FLAGS):
            if not pa.types.is_boolean(kind) or column.null_count:
                raise InputError(f"{path}: the column '{name}' has to be true or false in every row; mend it")
            truths[name] = column.to_numpy()
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
            numbers[name] = column.cast(pa.float64(), safe=False).to_numpy().copy()
        else:
            raise InputError(f"{path}: the column '{name}' holds {kind} instead of numbers; leave it out")
    if not len(table):
        raise InputError(f"{path} has no rows; check the file")
    return numbers, truths


def _text(path: Path) -> Columns:
    table = Texts(path)
    truths = {name: table.truths(name) for name in ("is_face", *FLAGS) if name in table}
    own = {name: name.casefold() if name.casefold() in _OTHERS else name for name in table.names}
    return {own[name]: table.numbers(name) for name in table.names if own[name] not in truths}, truths
