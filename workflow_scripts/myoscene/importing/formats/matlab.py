"""MATLAB files up to version 7 (``.mat`` 5)."""

import faulthandler
import io
import os
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.io import loadmat

from myoscene.core.errors import InputError
from myoscene.core.parse import ALWAYS_ALLOWED, LARGEST_RATIO, LARGEST_RECORDING, read_bytes
from myoscene.importing.table import SourceTable
from myoscene.recordings.edf_values import HIGHEST_HZ

_COMPRESSED = 15


def read_matlab(path: Path, shown: str, options: dict[str, Any]) -> SourceTable:
    """Read the array that the mapping's ``matlab`` section names, as (rows, columns) numbered from 1.

    Raises:
        InputError: the file is HDF5 (7.3), damaged or no MATLAB file, the variable is missing, or it is no
            table of numbers.
    """
    variables = _load(path, shown)
    value = _find(variables, options["variable"], shown)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub" or value.ndim > 2:
        raise InputError(f"{shown}: the variable '{options['variable']}' is no table of numbers; name another one")
    array = np.atleast_2d(value.astype(float))
    if options.get("rows", "samples") == "channels":
        array = array.T
    if not array.size:
        raise InputError(f"{shown}: the variable '{options['variable']}' is empty; leave the file out or replace it")
    table = SourceTable(shown, pd.DataFrame(array, columns=[str(i + 1) for i in range(array.shape[1])]))
    used = {options["variable"].split(".")[0]}
    if "rate_variable" in options:
        rate = _numbers(_find(variables, options["rate_variable"], shown))
        if rate.size != 1 or not 0 < rate[0] <= HIGHEST_HZ:
            raise InputError(f"{shown}: the variable '{options['rate_variable']}' is no rate in Hz; name another one")
        table.rate_hz = float(rate[0])
        used.add(options["rate_variable"].split(".")[0])
    table.extra = [f"variable '{name}'" for name in sorted(variables) if name not in used]
    return table


def _numbers(value: Any) -> np.ndarray:
    """A MATLAB value as float64 (values,); empty where it is no array of numbers."""
    plain = isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
    return value.astype(float).ravel() if plain else np.zeros(0)


def _load(path: Path, shown: str) -> dict[str, Any]:
    data = read_bytes(path, shown, LARGEST_RECORDING)
    head = data[:128]
    if not head:
        raise InputError(f"{shown} is empty; leave the file out or replace it")
    if head.startswith(b"\x89HDF") or b"MATLAB 7.3" in head:
        raise InputError(f"{shown} is a MATLAB 7.3 file; save it in MATLAB with `save(name, 'data', '-v7')`")
    _check_size(data, shown)
    if not _survived(data):
        raise InputError(f"{shown} is damaged: scipy's reader of MATLAB files crashes on it; copy or save it again")
    try:
        content = loadmat(io.BytesIO(data))  # type: ignore[arg-type]  # unsqueezed: a table of one row stays one
    except Exception as error:  # the parser raises whatever it meets: zlib, value, memory, read errors
        raise InputError(f"{shown} cannot be read as a MATLAB file ({error}); copy or save it again") from None
    return {name: value for name, value in content.items() if not name.startswith("__")}


def _survived(data: bytes) -> bool:
    """False where a process of its own is killed by reading ``data``: scipy's parser trusts the sizes in a file."""
    if not hasattr(os, "fork"):
        return True
    child = os.fork()
    if not child:
        try:
            faulthandler.disable()
            loadmat(io.BytesIO(data))  # type: ignore[arg-type]  # any file object does
        except BaseException:
            os._exit(1)  # refused with a sentence by the parent, which meets the same error
        os._exit(0)
    return not os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _check_size(data: bytes, shown: str) -> None:
    """Refuse a file whose compressed variables (tag 15) grow beyond what a file of its size lets one expect."""
    limit = max(ALWAYS_ALLOWED, LARGEST_RATIO * len(data))
    order: Literal["big", "little"] = "big" if data[126:128] == b"MI" else "little"
    place = 128
    while place + 8 <= len(data):
        kind, size = (int.from_bytes(data[place + i : place + i + 4], order) for i in (0, 4))
        if kind == _COMPRESSED:
            opened = zlib.decompressobj()
            rest = data[place + 8 : place + 8 + size]
            while rest and limit >= 0:
                try:
                    limit -= len(opened.decompress(rest, 2**20))
                except zlib.error:
                    return  # damaged, which its reader says better
                rest = opened.unconsumed_tail
            if limit < 0:
                raise InputError(f"{shown} grows to many times its size when it is opened; save it again")
        place += 8 + size


def _find(variables: dict[str, Any], name: str, shown: str) -> Any:
    value: Any = variables
    for part in name.split("."):
        # A MATLAB structure is an array of records; only the first is looked into.
        while isinstance(value, np.ndarray) and value.dtype.names and value.size:
            value = {name: value[name].flat[0] for name in value.dtype.names}
        if not isinstance(value, dict) or part not in value:
            known = ", ".join(sorted(value)) if isinstance(value, dict) else "none below it"
            raise InputError(f"{shown} has no variable '{name}'; it has {known}; correct the mapping")
        value = value[part]
    return value
