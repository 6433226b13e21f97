"""Reading one EMG recording of a BIDS dataset: EDF or BDF, with its sidecars, in microvolt."""

import hashlib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, isfinite
from pathlib import Path
from typing import Any, BinaryIO

import edfio
import numpy as np
import numpy.typing as npt

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.recordings import bids
from myoscene.recordings.names import MICROVOLTS, canonical_channel, microvolts_per, natural_order
from myoscene.recordings.tabular import did_you_mean, need_columns, read_tsv

# No recorder of surface EMG is faster; a rate beyond it is a damaged header.
HIGHEST_HZ = 1e6
# Sidecars round the rate; more than this (60 ms in 10 minutes) is another rate.
_RATE_TOLERANCE = 1e-4
_LABEL_LENGTH = 16  # of an EDF header: longer channel names stand there cut


@dataclass(frozen=True)
class EmgRecording:
    """EMG of one recording.

    Attributes:
        signal_uv: (channels, samples) float32, microvolt.
        rate_hz: of the file's header.
        channels: canonical names.
        muscles: ``target_muscle`` of each channel, "" where not given.
        mains_hz: ``PowerLineFrequency``, None where not given.
        bad_channels: those channels that ``channels.tsv`` marks ``bad``.
    """

    signal_uv: npt.NDArray[np.float32]
    rate_hz: float
    channels: tuple[str, ...]
    muscles: tuple[str, ...]
    mains_hz: float | None
    bad_channels: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        return self.signal_uv.shape[1] / self.rate_hz

    @cached_property
    def _samples_sha256(self) -> list[str]:
        return [hashlib.sha256(row.tobytes()).hexdigest() for row in self.signal_uv]

    @property
    def content_sha256(self) -> str:
        """SHA-256 of the decoded samples, whatever the header says and however channels are named or ordered."""
        return hashlib.sha256("\n".join(sorted(self._samples_sha256)).encode()).hexdigest()

    @property
    def channels_sha256(self) -> str:
        """SHA-256 of the channels' names, each with its decoded samples: it changes where two channels are exchanged.

        All that is computed of a recording depends on the table with this hash: it has to hold whatever could change.
        """
        parts = [" ".join(pair) for pair in zip(self.channels, self._samples_sha256, strict=True)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Channel:
    """One EMG row of a ``channels.tsv``; ``where`` is table and row, ``position`` counts rows of any type from 0."""

    name: str
    canonical: str
    where: str
    row: int
    position: int
    unit: str
    muscle: str
    bad: bool


def read_emg(path: str, channels: Sequence[str] = ()) -> EmgRecording:
    """Read the EMG channels of one recording in a BIDS dataset; sidecars are found by inheritance.

    Args:
        channels: names to read, in this order (as in ``channels.tsv`` or canonical); empty: all of type EMG,
            in natural alphabetical order, so that the order is the same in everybody.

    Raises:
        InputError: truncated or discontinuous file, missing or contradictory sidecar, unknown unit, missing
            channel, values that are not numbers; the message names file, channel and, for tables, the row.
    """
    chosen = select_channels(read_channels(path), channels, path)
    edf = _open(path)
    signals = [_signal_of(edf, channel, path) for channel in chosen]
    rate_hz = checked_rate(signals[0], path)
    for signal, channel in zip(signals, chosen, strict=True):
        rate = checked_rate(signal, f"{path}: channel '{channel.name}'")
        if rate != rate_hz:
            raise InputError(
                f"{path}: channel '{channel.name}' has {rate:g} Hz and "
                f"'{chosen[0].name}' {rate_hz:g} Hz; choose channels of one rate with recordings.channels"
            )
    meta = bids.metadata(path)
    declared = _frequency(meta, "SamplingFrequency", path, "rate; write it in Hz")
    if declared is not None and abs(declared - rate_hz) > _RATE_TOLERANCE * rate_hz:
        raise InputError(
            f"{path}: SamplingFrequency in its JSON is {declared:g} Hz but the file's header says "
            f"{rate_hz:g} Hz; correct the one that is wrong"
        )
    return EmgRecording(
        signal_uv=np.stack([_microvolts(*pair, rate_hz, path) for pair in zip(signals, chosen, strict=True)]),
        rate_hz=rate_hz,
        channels=tuple(channel.canonical for channel in chosen),
        muscles=tuple(channel.muscle for channel in chosen),
        mains_hz=_frequency(meta, "PowerLineFrequency", path, "frequency; write 50, 60 or n/a"),
        bad_channels=tuple(channel.canonical for channel in chosen if channel.bad),
    )


def read_as_described(path: str, row: Mapping[str, Any]) -> EmgRecording:
    """Read the recording of a row of PARTICIPANT_RECORDINGS; InputError where it does not hold what the row says."""
    found = read_emg(path, channels=list(row["channels"]))
    same = found.rate_hz == row["rate_hz"] and list(found.bad_channels) == list(row["bad_channels"])
    if not same or found.channels_sha256 != row["channels_sha256"]:
        raise InputError(
            f"{path}, or what its sidecars say, changed since this run first read it; run again once it is complete"
        )
    return found


def read_channels(path: str) -> list[Channel]:
    """Rows of type EMG of the ``channels.tsv`` that applies to a recording, in the order of the file.

    InputError for no such table, missing columns, or two names that are one when canonical.
    """
    file = bids.closest_tsv(path, "channels")
    if file is None:
        expected = path.rpartition("_emg.")[0] + "_channels.tsv"
        raise InputError(f"{path} has no channels table; add {expected} with the columns name, type, units")
    table = read_tsv(file)
    need_columns(table, ("name", "type", "units"))
    found: list[Channel] = []
    for position, (row, values) in enumerate(table.rows):
        name, where = values["name"], f"{file}, row {row}"
        canonical = canonical_channel(name, where)
        if values["type"].upper() == "EMG":
            muscle = values.get("target_muscle", "n/a")
            muscle, bad = "" if muscle == "n/a" else muscle, values.get("status", "").lower() == "bad"
            found.append(Channel(name, canonical, where, row, position, values["units"], muscle, bad))
    if not found:
        types = ", ".join(sorted({values["type"] for _, values in table.rows})) or "none"
        raise InputError(f"{file}: no channel of type EMG (types there: {types}); set the muscles' type to EMG")
    same = first_repeat(found, key=lambda channel: channel.canonical)
    if same:
        first, second = same
        raise InputError(f"{second.where}: channel '{second.name}' is the same as that of row {first.row}; rename it")
    return found


def select_channels(available: Sequence[Channel], wanted: Sequence[str], path: str) -> list[Channel]:
    """Those of ``available`` that ``wanted`` names, in its order; all of them, in natural order, for none."""
    if not wanted:
        return sorted(available, key=lambda channel: natural_order(channel.canonical))
    by_name = {channel.canonical: channel for channel in available}
    chosen = [canonical_channel(name, "recordings.channels") for name in wanted]
    for given, name in zip(wanted, chosen, strict=True):
        if name not in by_name:
            raise InputError(
                f"{path} has no EMG channel '{given}'{did_you_mean(given, by_name)}; correct recordings.channels or "
                f"leave the participant out (channels there: {', '.join(by_name)})"
            )
    return [by_name[name] for name in chosen]


def _open(path: str) -> edfio.Edf | edfio.Bdf:
    """The file as edfio has it, after a check that it is exactly as long as its header says."""
    try:
        size = Path(path).stat().st_size
        with open(path, "rb") as handle:
            header, records, per_record = announced(handle, 3 if path.endswith(".bdf") else 2)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check that it exists and may be read") from None
    except ValueError:
        raise InputError(f"{path} has no complete EDF or BDF header; copy or export the file again") from None
    if records < 0:
        raise InputError(f"{path} was never closed (its header says -1 data records); export the file again")
    expected = header + records * per_record
    if size < expected:
        raise InputError(
            f"{path} is truncated: it has {size} of the {expected} bytes that its header announces; "
            "copy or export the file again"
        )
    if size > expected or per_record == 0 or records == 0:
        what = "holds no samples" if size <= expected else f"has {size} bytes where its header announces {expected}"
        raise InputError(f"{path} {what}; export the file again")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = edfio.read_bdf if path.endswith(".bdf") else edfio.read_edf
            edf: edfio.Edf | edfio.Bdf = read(path, header_encoding="latin-1")
            continuous = edf.is_continuous
        except Exception as error:  # edfio lets whatever a broken header causes through
            raise InputError(f"{path} is not a readable EDF or BDF file ({error}); export it again") from None
    if not continuous:
        raise InputError(
            f"{path} is discontinuous (EDF+D); write it as a continuous file and mark each gap with an event "
            "whose trial_type begins with BAD"
        )
    return edf


def _signal_of(edf: edfio.Edf | edfio.Bdf, channel: Channel, path: str) -> edfio.EdfSignal | edfio.BdfSignal:
    """The signal of a channel: by its label, which the header may have cut to 16 characters."""
    signals: list[edfio.EdfSignal | edfio.BdfSignal] = list(edf.signals)
    labels = [signal.label.strip().removeprefix("EMG ") for signal in signals]
    wanted = channel.name.removeprefix("EMG ")
    for target in (wanted, wanted[:_LABEL_LENGTH].strip()):
        matches = [index for index, label in enumerate(labels) if label == target]
        if len(matches) == 1:
            return signals[matches[0]]
        if channel.position in matches:  # several names are alike once cut: then the order decides
            return signals[channel.position]
    raise InputError(
        f"{path}: channel '{channel.name}' of its channels table (row {channel.row}) is not in the file "
        f"(labels there: {', '.join(labels)}); make the names agree"
    )


def _frequency(meta: Mapping[str, Any], key: str, path: str, advice: str) -> float | None:
    """A frequency in Hz of a JSON sidecar that something can have; None where it is not given."""
    value = meta.get(key)
    if value is None or (value == "n/a" and key != "SamplingFrequency"):
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= HIGHEST_HZ:
        raise InputError(f"{path}: {key} '{value}' in its JSON is not a {advice}")
    return float(value)


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


def physical_values(signal: Any, where: str) -> npt.NDArray[np.float64]:
    """All samples (samples,) of an edfio signal, in its physical unit; InputError, opening with ``where``.

    edfio gives the digital values, and no more than a warning, where a range cannot be read or is empty.
    """
    try:
        physical = float(signal.physical_min), float(signal.physical_max)
        digital = int(signal.digital_min), int(signal.digital_max)
    except (ArithmeticError, ValueError):
        raise InputError(f"{where}: its range in the header is not a number; export the file again") from None
    if not all(map(isfinite, physical)):
        raise InputError(f"{where}: its range in the header is not a number (NaN); export the file again")
    if physical[0] == physical[1] or digital[0] >= digital[1]:
        raise InputError(
            f"{where}: its range in the header ({physical[0]:g} to {physical[1]:g} for {digital[0]} to {digital[1]}) "
            "is empty; export the file again"
        )
    return np.asarray(signal.data, dtype=np.float64)


def _microvolts(
    signal: edfio.EdfSignal | edfio.BdfSignal, channel: Channel, rate_hz: float, path: str
) -> npt.NDArray[np.float32]:
    """The samples of a channel, (samples,); its table and, where it states a voltage, the header agree on the unit."""
    dimension, where = signal.physical_dimension.strip(), f"{channel.where}, channel '{channel.name}'"
    factor = microvolts_per(channel.unit, where)
    if MICROVOLTS.get(dimension, factor) != factor:
        raise InputError(
            f"{where}: the unit is '{channel.unit}' here and '{dimension}' in the header of the EMG file; "
            "correct the one that is wrong"
        )
    values = physical_values(signal, f"{path}: channel '{channel.name}'") * factor
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
        row = values.astype(np.float32)
    wrong = ~np.isfinite(row)
    if wrong.any():
        raise InputError(
            f"{path}: channel '{channel.name}' has {int(wrong.sum())} values that are not numbers (NaN), "
            f"the first at {wrong.argmax() / rate_hz:.3f} s; write 0 there and mark it as BAD event"
        )
    return row


def good_segments(n_samples: int, rate_hz: float, bad_events: Iterable[tuple[float, float]]) -> list[tuple[int, int]]:
    """(start, stop) samples of the contiguous stretches without bad events, in order, each with start < stop.

    Args:
        bad_events: (onset_s, duration_s) of each; every sample that one touches is left out. An event without
            duration leaves nothing out but is a boundary: no filter or window goes across it.
    """
    cuts = [(n_samples, n_samples)]
    for onset, duration in bad_events:
        # A thousandth of a sample of slack, so that 0.3 * 1000 = 299.99999999999994 stays sample 300.
        first, last = floor(onset * rate_hz + 1e-3), ceil((onset + duration) * rate_hz - 1e-3)
        cuts.append((min(first, n_samples), last if duration > 0 else first))
    segments, start = [], 0
    for first, last in sorted(cuts):
        if first > start:
            segments.append((start, first))
        start = max(start, last)
    return segments
