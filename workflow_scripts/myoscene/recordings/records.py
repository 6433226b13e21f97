"""EDF and BDF files: what their headers say, and the samples of one signal at a time, read in pieces."""

import io
import os
import re
import warnings
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, BinaryIO, NamedTuple

import edfio
import numpy as np
import numpy.typing as npt

from myoscene.core.errors import InputError

# No recorder of surface EMG is faster; a rate beyond it is a damaged header.
HIGHEST_HZ = 1e6
# A processor's cache holds a piece, and what is made of it.
_PIECE_BYTES = 2**20
_ONSET = re.compile(rb"([+-]\d+(?:\.?\d+)?)(?:\x15\d+(?:\.?\d+)?)?\x14.*?\x14\x00", re.DOTALL)

Digital = npt.NDArray[np.int16] | npt.NDArray[np.int32]


class Layout(NamedTuple):
    """Where samples stand: bytes of the header, data records (-1: never closed), samples of each signal in a record."""

    header: int
    records: int
    samples: tuple[int, ...]
    width: int

    @property
    def record_bytes(self) -> int:
        return sum(self.samples) * self.width


def announced(file: BinaryIO, width: int) -> Layout:
    """What the header of an EDF (``width`` 2) or BDF (3) file announces; ValueError where there is no such header."""
    fixed = file.read(256)
    header, records, signals = int(fixed[184:192]), int(fixed[236:244]), int(fixed[252:256])
    if min(header, signals) < 0:
        raise ValueError
    file.seek(256 + 216 * signals)
    samples = tuple(int(file.read(8)) for _ in range(signals))
    if min(samples, default=0) < 0:
        raise ValueError
    return Layout(header, records, samples, width)


def check_texts(header: bytes, signals: int, shown: str) -> None:
    """InputError for a control character in the label or the unit of a signal: Python takes some of them for blanks.

    Zeros are passed over, with which some recorders fill fields. [EDF: printable ASCII alone]
    """
    for what, start, width in (("label", 256, 16), ("unit", 256 + 96 * signals, 8)):
        for place in range(signals):
            text = header[start + width * place :][:width].replace(b"\0", b" ").decode("latin-1").rstrip(" ")
            if re.search(r"[\x01-\x1f\x7f]", text):
                raise InputError(
                    f"{shown}: the {what} '{text}' of signal {place + 1} holds a control character; correct the "
                    "header, or export the file again"
                )


class RecordFile:
    """An EDF or BDF file that is exactly as long as its header says, and continuous; no sample of it is in memory.

    InputError where it is not, or cannot be read.

    Attributes:
        signals: headers of the ordinary signals as edfio has them; ``labels``: their names.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._signature = _signature(path)
            with open(path, "rb") as handle:
                self._layout = announced(handle, 3 if path.endswith(".bdf") else 2)
                handle.seek(0)
                header = handle.read(256 * (1 + len(self._layout.samples)))
        except OSError as error:
            raise InputError(
                f"{path} cannot be read ({error.strerror}); check that it exists and may be read"
            ) from None
        except ValueError:
            raise InputError(f"{path} has no complete EDF or BDF header; copy or export the file again") from None
        _check_length(path, self._signature[0], self._layout)
        check_texts(header, len(self._layout.samples), path)
        read = edfio.read_bdf if path.endswith(".bdf") else edfio.read_edf
        fields = [header[256 + 16 * place :][:16] for place in range(len(self._layout.samples))]
        timekeeping = [place for place, label in enumerate(fields) if _is_annotation(label, self._layout.width)]
        self._places = [place for place in range(len(fields)) if place not in timekeeping]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that no record follows the header
                self.signals: list[Any] = list(read(io.BytesIO(header), header_encoding="latin-1").signals)
            self.labels = [str(signal.label).strip() for signal in self.signals]
            continuous = not timekeeping or self._is_continuous(timekeeping[0], Decimal(header[244:252].decode()))
        except InputError:
            raise
        except Exception as error:  # edfio lets whatever a broken header causes through
            raise InputError(f"{path} is not a readable EDF or BDF file ({error}); export it again") from None
        if not continuous:
            raise InputError(
                f"{path} is discontinuous (EDF+D); write it as a continuous file and mark each gap with an event "
                "whose trial_type begins with BAD"
            )

    def n_samples(self, signal: int) -> int:
        """Samples of a signal, by its place in ``signals``."""
        return self._layout.records * self._layout.samples[self._places[signal]]

    def digital(self, signal: int) -> Iterator[Digital]:
        """All samples of a signal as they are stored, (samples,) in pieces, in order."""
        for part in self._parts(self._places[signal]):
            if self._layout.width == 2:
                yield np.ascontiguousarray(part).reshape(-1).view("<i2")
            else:
                wide = np.zeros((part.size // 3, 4), dtype=np.uint8)
                wide[:, 1:] = part.reshape(-1, 3)
                # Three bytes above an empty one: shifted down, the sign comes with them.
                yield wide.reshape(-1).view("<i4") >> 8

    def check_unchanged(self) -> None:
        """InputError where the file has another size or time than when it was opened."""
        if _signature(self.path) != self._signature:
            raise InputError(f"{self.path} changed while it was being read; run again once it is complete")

    def _parts(self, place: int) -> Iterator[npt.NDArray[np.uint8]]:
        """The bytes of a signal, by its place in the header, (records, bytes), some records at a time."""
        layout = self._layout
        first, last = (layout.width * sum(layout.samples[:stop]) for stop in (place, place + 1))
        together = max(_PIECE_BYTES // layout.record_bytes, 1)
        with open(self.path, "rb") as handle:
            for record in range(0, layout.records, together):
                count = min(together, layout.records - record)
                # Of a long record only what is asked for.
                begin, end = (first, last) if count == 1 else (0, count * layout.record_bytes)
                handle.seek(layout.header + record * layout.record_bytes + begin)
                data = np.frombuffer(handle.read(end - begin), dtype=np.uint8)
                if len(data) < end - begin:
                    raise InputError(f"{self.path} was cut while it was being read; run again once it is complete")
                yield data.reshape(count, -1)[:, first - begin : last - begin]

    def _is_continuous(self, place: int, duration_s: Decimal) -> bool:
        """Whether each record begins where the one before it ends, by the annotations that keep time."""
        expected: Decimal | None = None
        for part in self._parts(place):
            for record in part:
                found = _ONSET.search(record.tobytes())
                if not found:
                    raise ValueError("a data record without its time")
                onset = Decimal(found[1].decode())
                if expected is not None and onset != expected:
                    return False
                expected = onset + duration_s
        return True


def _signature(path: str) -> tuple[int, int, int, int]:
    state = os.stat(path)  # noqa: PTH116
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino


def _is_annotation(label: bytes, width: int) -> bool:
    return label.decode("latin-1").rstrip() == f"{'EDF' if width == 2 else 'BDF'} Annotations"


def _check_length(path: str, size: int, layout: Layout) -> None:
    """InputError where a file has more or fewer bytes than its header announces, or no sample."""
    if layout.records < 0:
        raise InputError(f"{path} was never closed (its header says -1 data records); export the file again")
    expected = layout.header + layout.records * layout.record_bytes
    if size < expected:
        raise InputError(
            f"{path} is truncated: it has {size} of the {expected} bytes that its header announces; "
            "copy or export the file again"
        )
    if size > expected or layout.record_bytes == 0 or layout.records == 0:
        what = "holds no samples" if size <= expected else f"has {size} bytes where its header announces {expected}"
        raise InputError(f"{path} {what}; export the file again")


def checked_rate(signal: Any, where: str) -> float:
    """The signal's rate in Hz; InputError, opening with ``where``, where the header gives none that can be."""
    try:
        rate = float(signal.sampling_frequency)
    except (ArithmeticError, ValueError):
        rate = 0.0
    if not 0 < rate <= HIGHEST_HZ:
        raise InputError(f"{where}: its header gives a rate of {rate:g} Hz, which nothing has; export the file again")
    return rate


def calibration(signal: Any, where: str) -> tuple[float, float]:
    """Gain and offset of an edfio signal: a physical value is (digital + offset) * gain, as edfio computes it.

    InputError, opening with ``where``, for a range that cannot be read or is empty: edfio then gives digital values.
    """
    try:
        low, high = float(signal.physical_min), float(signal.physical_max)
        bottom, top = int(signal.digital_min), int(signal.digital_max)
    except (ArithmeticError, ValueError):
        raise InputError(f"{where}: its range in the header is not a number; export the file again") from None
    if not isfinite(low) or not isfinite(high):
        raise InputError(f"{where}: its range in the header is not a number (NaN); export the file again")
    if low == high or bottom >= top:
        raise InputError(
            f"{where}: its range in the header ({low:g} to {high:g} for {bottom} to {top}) is empty; "
            "export the file again"
        )
    gain = (high - low) / (top - bottom)
    return gain, high / gain - top


def physical_values(signal: Any, where: str) -> npt.NDArray[np.float64]:
    """All samples (samples,) of an edfio signal, in its physical unit; InputError as :func:`calibration`."""
    calibration(signal, where)
    return np.asarray(signal.data, dtype=np.float64)
