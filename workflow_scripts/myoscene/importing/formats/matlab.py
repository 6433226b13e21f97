"""MATLAB files up to version 7 (``.mat`` 5)."""

import io
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.io import loadmat
from scipy.io.matlab import matfile_version

from myoscene.core.errors import InputError
from myoscene.core.parse import ALWAYS_ALLOWED, LARGEST_RATIO, LARGEST_RECORDING, read_bytes
from myoscene.importing.mapping_schema import MappingFile
from myoscene.importing.table import SourceTable
from myoscene.recordings.records import HIGHEST_HZ

ORDER = 2
# Types of elements, and sorts of matrices.
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_STRUCTURE, _OBJECT, _OPAQUE = 2, 3, 17
_ARRAYS = range(6, 16)


def read(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """The array that the mapping's ``matlab`` section names, as (rows, columns) numbered from 1.

    Raises:
        InputError: the file is HDF5 (7.3), damaged or no MATLAB file, the variable is missing, or it is not a
            table of numbers.
    """
    options, content = mapping["matlab"], variables(path, shown)
    named = options["variable"]
    value = _find(content, named, shown)
    if value is None or value.ndim > 2:
        raise InputError(f"{shown}: the variable '{named}' is not a table of numbers; name another one")
    array = np.atleast_2d(value)
    if options.get("rows", "samples") == "channels":
        array = array.T
    if not array.size:
        raise InputError(f"{shown}: the variable '{named}' is empty; leave the file out or replace it")
    table = SourceTable(shown, pd.DataFrame(array, columns=[str(i + 1) for i in range(array.shape[1])]))
    used = {named.split(".")[0]}
    if "rate_variable" in options:
        rate = _find(content, options["rate_variable"], shown)
        if rate is None or rate.size != 1 or not 0 < rate.flat[0] <= HIGHEST_HZ:
            raise InputError(
                f"{shown}: the variable '{options['rate_variable']}' is not a rate in Hz; name another one"
            )
        table.rate_hz = float(rate.flat[0])
        used.add(options["rate_variable"].split(".")[0])
    table.extra = [f"variable '{name}'" for name in sorted(content) if name not in used]
    return table


def variables(path: Path, shown: str) -> dict[str, Any]:
    """Name -> array of numbers, dict of a structure's fields, or None for any other sort of matrix."""
    data = read_bytes(path, shown, LARGEST_RECORDING)
    if not data:
        raise InputError(f"{shown} is empty; leave the file out or replace it")
    if data.startswith(b"\x89HDF") or b"MATLAB 7.3" in data[:128]:
        raise InputError(f"{shown} is a MATLAB 7.3 file; save it in MATLAB with `save(name, 'data', '-v7')`")
    try:
        if matfile_version(io.BytesIO(data))[0] == 1:  # type: ignore[arg-type]  # any file object does
            return _Elements(shown, data).variables()
        content = loadmat(io.BytesIO(data))  # type: ignore[arg-type]  # version 4, which scipy reads in plain Python
    except InputError:
        raise
    except Exception as error:  # the parsers raise whatever they meet: zlib, value, memory, read errors
        raise InputError(f"{shown} cannot be read as a MATLAB file ({error}); copy or save it again") from None
    return {name: value for name, value in content.items() if not name.startswith("__")}


class _Elements:
    """A file of MATLAB 5 to 7.2, read here because scipy's compiled parser crashes where a file says what is not so.

    An element is a tag of 8 bytes, type and size, and its content, filled up to 8 bytes; a short one fits into its
    tag. A matrix is made of elements: flags, sizes, name, and what it holds (MAT-File Format, version 5).
    """

    def __init__(self, shown: str, data: bytes) -> None:
        self.shown = shown
        self.data = memoryview(data)
        self.order: Literal["big", "little"] = "big" if data[126:128] == b"MI" else "little"
        self.limit = max(ALWAYS_ALLOWED, LARGEST_RATIO * len(data))  # bytes that compressed elements may grow to

    def variables(self) -> dict[str, Any]:
        """As :func:`variables`."""
        found = {}
        for kind, content in self.split(self.data[128:]):
            for inner, matrix in self.split(self.opened(content)) if kind == _COMPRESSED else [(kind, content)]:
                if inner != _MATRIX:
                    raise ValueError(f"it has a variable of the type {inner}")
                name, value = self.matrix(matrix)
                if name and not name.startswith("__"):
                    found[name] = value
        return found

    def split(self, data: memoryview) -> list[tuple[int, memoryview]]:
        """(type, content) of the elements that follow one another in ``data``."""
        found, place = [], 0
        while place < len(data):
            kind, size = (self.integer(data[place + i : place + i + 4]) for i in (0, 4))
            start, after = place + 8, place + 8 + (size if kind == _COMPRESSED else -(-size // 8) * 8)
            if kind >> 16:
                kind, size, start, after = kind & 0xFFFF, kind >> 16, place + 4, place + 8
            if max(start + size, place + 8) > len(data):
                raise ValueError("it is cut off")
            found.append((kind, data[start : start + size]))
            place = after
        return found

    def matrix(self, data: memoryview) -> tuple[str, Any]:
        """Name and value of a matrix; of an array of structures or objects, the first one's fields."""
        parts = self.split(data)
        if not parts:
            return "", None  # an empty cell
        flags = self.integer(parts[0][1][:4])
        sort, is_complex = flags & 0xFF, flags >> 11 & 1
        name = bytes(parts[1 if sort == _OPAQUE else 2][1]).decode("latin-1")
        if sort in (_STRUCTURE, _OBJECT):
            width, names, *fields = parts[3 if sort == _STRUCTURE else 4 :]
            size = self.integer(width[1])
            labels = [bytes(names[1][i : i + size]).split(b"\0")[0] for i in range(0, len(names[1]), size)]
            first = fields[: len(labels)]
            if len(first) < len(labels):
                return name, None
            return name, {k.decode("latin-1"): self.matrix(v[1])[1] for k, v in zip(labels, first, strict=True)}
        if sort not in _ARRAYS or is_complex:
            return name, None
        sizes = self.numbers(*parts[1]).astype(int)
        if (sizes < 0).any():
            raise ValueError("it has a matrix of a negative size")
        if len(parts) < 4:
            raise ValueError("it has a matrix without values")
        return name, self.numbers(*parts[3]).reshape(sizes, order="F")

    def numbers(self, kind: int, content: memoryview) -> np.ndarray:
        """Values of an element as float64 (values,)."""
        if kind not in _NUMBERS:
            raise ValueError(f"it has numbers of the unknown type {kind}")
        return np.frombuffer(content, np.dtype(_NUMBERS[kind]).newbyteorder(self.order)).astype(float)

    def integer(self, data: memoryview) -> int:
        return int.from_bytes(data, self.order)

    def opened(self, data: memoryview) -> memoryview:
        """Content of a compressed element."""
        unpacker, parts, rest = zlib.decompressobj(), [], bytes(data)
        while rest and self.limit >= 0:
            parts.append(unpacker.decompress(rest, 2**20))
            self.limit -= len(parts[-1])
            rest = unpacker.unconsumed_tail
        if not unpacker.eof and self.limit >= 0:
            raise ValueError("it is cut off")
        if self.limit < 0:
            raise InputError(f"{self.shown} grows to many times its size when it is opened; save it again")
        return memoryview(b"".join(parts))


def _find(variables: dict[str, Any], name: str, shown: str) -> np.ndarray | None:
    """The variable as float64, None where it is not an array of numbers."""
    value: Any = variables
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            known = ", ".join(sorted(value)) if isinstance(value, dict) else "none below it"
            raise InputError(f"{shown} has no variable '{name}'; it has {known}; correct the mapping")
        value = value[part]
    return value.astype(float) if isinstance(value, np.ndarray) and value.dtype.kind in "fiub" else None
