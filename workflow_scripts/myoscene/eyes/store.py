"""Arrays on disk that are read a batch at a time: plain ``.npy`` files, never mapped into memory.

A memory map would count every page that was touched as this process's memory, so that a pass over all images would
look, to a scheduler with a memory limit, like loading them all.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.machinery.files import atomic_path


def runs(change: NDArray[np.bool_]) -> list[slice]:
    """The stretches between changes: ``change`` ``(n - 1,)`` says whether each item but the first begins a new one."""
    edges = [0, *(np.flatnonzero(change) + 1).tolist(), len(change) + 1]
    return [slice(start, stop) for start, stop in pairwise(edges)]


class ArrayStore:
    """An array ``(rows, ...)`` of ``shape`` and ``dtype`` in a ``.npy`` file, of which chosen rows are read.

    Raises:
        InputError: no such file, no array, or one that is cut short.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            with open(self.path, "rb") as handle:
                if np.lib.format.read_magic(handle) != (1, 0):
                    raise ValueError("not of NPY version 1.0")
                self.shape, fortran, self.dtype = np.lib.format.read_array_header_1_0(handle)
                self._start = handle.tell()
        except FileNotFoundError:
            raise InputError(f"image store {path} is missing; run again") from None
        except Exception as error:  # the header is Python's own syntax, and its parsers raise whatever they meet
            reason = str(error) or type(error).__name__
            raise InputError(f"image store {path} is unreadable ({reason}); delete it and run again") from None
        # In Python's whole numbers: numpy's would wrap round for a shape that is large enough.
        sizes_fit = bool(self.shape) and all(type(size) is int and size >= 0 for size in self.shape)
        self._row_bytes = math.prod(self.shape[1:]) * self.dtype.itemsize if sizes_fit else 0
        plain = self.dtype.kind in "biuf" and not fortran and sizes_fit and (self._row_bytes or not self.shape[0])
        if not plain or self.path.stat().st_size != self._start + self.shape[0] * self._row_bytes:
            raise InputError(f"image store {path} is cut short or no plain array; delete it and run again")

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, rows: NDArray[np.integer]) -> NDArray[Any]:
        """The array's ``rows`` ``(n,)``, in that order: ``(n, ...)``."""
        rows = np.asarray(rows, dtype=np.int64)
        if len(rows) and (rows.min() < 0 or rows.max() >= len(self)):
            raise IndexError(f"{self.path} has {len(self)} rows, not row {rows.min()} or {rows.max()}")
        found = np.empty((len(rows), *self.shape[1:]), dtype=self.dtype)
        if not len(rows) or not self._row_bytes:
            return found
        flat = found.reshape(-1).view(np.uint8).data
        # Rows that follow each other are one read.
        with open(self.path, "rb", buffering=0) as handle:
            for run in runs(np.diff(rows) != 1):
                handle.seek(self._start + int(rows[run.start]) * self._row_bytes)
                part = flat[run.start * self._row_bytes : run.stop * self._row_bytes]
                if handle.readinto(part) != len(part):
                    raise InputError(f"image store {self.path} is cut short; delete it and run again")
        return found


@dataclass
class StoreWriter:
    """Takes the rows of a store one batch after the other."""

    handle: BinaryIO
    dtype: np.dtype
    row_shape: tuple[int, ...]
    written: int = 0

    def append(self, batch: NDArray[Any]) -> None:
        """Add ``batch`` ``(n, ...)`` of the store's type."""
        if batch.dtype != self.dtype or batch.shape[1:] != self.row_shape:
            raise TypeError(f"store of {self.dtype} {self.row_shape}, batch of {batch.dtype} {batch.shape[1:]}")
        self.handle.write(np.ascontiguousarray(batch).tobytes())
        self.written += len(batch)


@contextmanager
def write_store(
    path: str | os.PathLike[str], rows: int, row_shape: tuple[int, ...], dtype: Any = np.uint8
) -> Iterator[StoreWriter]:
    """Write a store of ``rows`` rows of ``row_shape``, batch by batch; nothing is left of one that is not filled."""
    kind = np.dtype(dtype)
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": (rows, *row_shape)}
    with atomic_path(path) as temporary:
        with open(temporary, "wb") as handle:
            np.lib.format.write_array_header_1_0(handle, header)
            writer = StoreWriter(handle, kind, row_shape)
            yield writer
        if writer.written != rows:
            raise ValueError(f"{path}: {writer.written} of {rows} rows were written")
