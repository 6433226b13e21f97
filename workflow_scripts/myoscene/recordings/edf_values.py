"""What a header of an EDF or BDF file has to say before its values are microvolts."""

from math import isfinite
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError

# No recorder of surface EMG is faster; a rate beyond it is a damaged header.
HIGHEST_HZ = 1e6


def announced(file: BinaryIO, width: int) -> tuple[int, int, int]:
    """Bytes of an EDF (``width`` 2) or BDF (3) header, data records (-1: never closed), and bytes a record.

    ValueError where there is no such header.
    """
    fixed = file.read(256)
    header, records, signals = int(fixed[184:192]), int(fixed[236:244]), int(fixed[252:256])
    if min(header, signals) < 0:
        raise ValueError
    file.seek(256 + 216 * signals)
    return header, records, sum(int(file.read(8)) for _ in range(signals)) * width


def checked_rate(signal: Any, where: str) -> float:
    """The signal's rate in Hz; InputError, opening with ``where``, where the header gives none that can be."""
    try:
        rate = float(signal.sampling_frequency)
    except (ArithmeticError, ValueError):
        rate = 0.0
    if not 0 < rate <= HIGHEST_HZ:
        raise InputError(f"{where}: its header gives a rate of {rate:g} Hz, which nothing has; export the file again")
    return rate


def physical_values(signal: Any, where: str) -> NDArray[np.float64]:
    """All samples (samples,) of an edfio signal, in its physical unit; InputError, opening with ``where``.

    edfio gives the digital values, and no more than a warning, where a range cannot be read or is empty.
    """
    try:
        physical = float(signal.physical_min), float(signal.physical_max)
        digital = int(signal.digital_min), int(signal.digital_max)
    except (ArithmeticError, ValueError):
        raise InputError(f"{where}: its range in the header is no number; export the file again") from None
    if not all(map(isfinite, physical)):
        raise InputError(f"{where}: its range in the header is no number (NaN); export the file again")
    if physical[0] == physical[1] or digital[0] >= digital[1]:
        raise InputError(
            f"{where}: its range in the header ({physical[0]:g} to {physical[1]:g} for {digital[0]} to {digital[1]}) "
            "is none; export the file again"
        )
    return np.asarray(signal.data, dtype=np.float64)
