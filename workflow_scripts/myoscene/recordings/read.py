"""Reading one EMG recording of a BIDS dataset: EDF or BDF, with its sidecars, in microvolt."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.recordings import bids
from myoscene.recordings.names import MICROVOLTS, canonical_channel, microvolts_per, natural_order
from myoscene.recordings.records import HIGHEST_HZ, RecordFile, calibration, checked_rate
from myoscene.recordings.tabular import did_you_mean, need_columns, read_tsv

# Sidecars round the rate; more than this (60 ms in 10 minutes) is another rate.
_RATE_TOLERANCE = 1e-4
_LABEL_LENGTH = 16  # of an EDF header: longer channel names stand there cut


class Rows(Protocol):
    """Channels of a recording, (channels, samples): a row is read when its turn comes, or they are an array."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __iter__(self) -> Iterator[npt.NDArray[np.float32]]: ...


@dataclass(frozen=True)
class EmgRecording:
    """EMG of one recording.

    Attributes:
        signal_uv: (channels, samples) float32, microvolt; of a file one channel at a time is in memory, and every
            passage through them reads them again.
        rate_hz: of the file's header.
        channels: canonical names.
        muscles: ``target_muscle`` of each channel, "" where not given.
        mains_hz: ``PowerLineFrequency``, None where not given.
        bad_channels: those channels that ``channels.tsv`` marks ``bad``.
    """

    signal_uv: Rows
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
        return [_sha256(row) for row in self.signal_uv]

    @property
    def content_sha256(self) -> str:
        """SHA-256 of the decoded samples, whatever the header says and however channels are named or ordered."""
        return hashlib.sha256("\n".join(sorted(self._samples_sha256)).encode()).hexdigest()

    @property
    def channels_sha256(self) -> str:
        """SHA-256 of the channels' names, each with its decoded samples: it changes where two channels are exchanged.

        All that is computed of a recording depends on the table with this hash: it has to hold whatever could change.
        """
        return _channels_sha256(self.channels, self._samples_sha256)


def _sha256(row: npt.NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(row).data).hexdigest()


def _channels_sha256(channels: Iterable[str], digests: Iterable[str]) -> str:
    parts = [" ".join(pair) for pair in zip(channels, digests, strict=True)]
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


def read_emg(path: str, channels: Sequence[str] = (), channels_sha256: str = "") -> EmgRecording:
    """The EMG channels of one recording in a BIDS dataset; sidecars are found by inheritance.

    Args:
        channels: names to read, in this order (as in ``channels.tsv`` or canonical); empty: all of type EMG,
            in natural alphabetical order, so that the order is the same in everybody.
        channels_sha256: what the channels have to hold.

    Raises:
        InputError: truncated or discontinuous file, missing or contradictory sidecar, unknown unit, missing channel;
            where the samples are gone through: values that are not numbers, a file that changes meanwhile or holds
            something else than it has to. The message names file, channel and, for tables, the row.
    """
    chosen = select_channels(read_channels(path), channels, path)
    file = RecordFile(path)
    places = [_place_of(file, channel) for channel in chosen]
    rate_hz = checked_rate(file.signals[places[0]], path)
    for place, channel in zip(places, chosen, strict=True):
        rate = checked_rate(file.signals[place], f"{path}: channel '{channel.name}'")
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
    scales = [_scale(file, *pair) for pair in zip(places, chosen, strict=True)]
    return EmgRecording(
        signal_uv=FileRows(file, scales, rate_hz, channels_sha256),
        rate_hz=rate_hz,
        channels=tuple(channel.canonical for channel in chosen),
        muscles=tuple(channel.muscle for channel in chosen),
        mains_hz=_frequency(meta, "PowerLineFrequency", path, "frequency; write 50, 60 or n/a"),
        bad_channels=tuple(channel.canonical for channel in chosen if channel.bad),
    )


def read_as_described(path: str, row: Mapping[str, Any]) -> EmgRecording:
    """The recording of a row of PARTICIPANT_RECORDINGS; InputError where it does not hold what the row says.

    Of the samples that is said when all channels have been gone through for the first time: nothing is to be written
    before.
    """
    found = read_emg(path, list(row["channels"]), row["channels_sha256"])
    if found.rate_hz != row["rate_hz"] or list(found.bad_channels) != list(row["bad_channels"]):
        raise _changed(path)
    return found


def _changed(path: str) -> InputError:
    return InputError(
        f"{path}, or what its sidecars say, changed since this run first read it; run again once it is complete"
    )


class Scale(NamedTuple):
    """How a signal of a file becomes microvolt; ``name``: of the channel, for messages and its digest."""

    name: str
    canonical: str
    place: int
    gain: float
    offset: float
    factor: float


class FileRows:
    """The channels of a file, (channels, samples), float32, in microvolt, each read when its turn comes.

    They are compared with ``channels_sha256``, where given, the first time that one goes through them; that they are
    the same at the next time, the file's size and times say.
    """

    def __init__(self, file: RecordFile, scales: Sequence[Scale], rate_hz: float, channels_sha256: str) -> None:
        self._file, self._scales, self._rate_hz, self._expected = file, scales, rate_hz, channels_sha256
        self.shape = len(scales), file.n_samples(scales[0].place)

    def __iter__(self) -> Iterator[npt.NDArray[np.float32]]:
        digests: dict[str, str] = {}
        for scale in self._scales:
            row = self._read(scale)
            if self._expected:
                digests[scale.canonical] = _sha256(row)
            yield row
            del row  # while the next one is read
        self._file.check_unchanged()
        if self._expected and self._expected != _channels_sha256(digests.keys(), digests.values()):
            raise _changed(self._file.path)
        self._expected = ""

    def _read(self, scale: Scale) -> npt.NDArray[np.float32]:
        row, start = np.empty(self.shape[1], dtype=np.float32), 0
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused as such
            for piece in self._file.digital(scale.place):
                row[start : start + len(piece)] = (piece + scale.offset) * scale.gain * scale.factor
                start += len(piece)
        if not np.isfinite(row).all():
            wrong = ~np.isfinite(row)
            raise InputError(
                f"{self._file.path}: channel '{scale.name}' has {int(wrong.sum())} values that are not numbers (NaN), "
                f"the first at {wrong.argmax() / self._rate_hz:.3f} s; write 0 there and mark it as BAD event"
            )
        return row


def _scale(file: RecordFile, place: int, channel: Channel) -> Scale:
    """Of a channel whose table and, where it states a voltage, the header agree on the unit."""
    signal, where = file.signals[place], f"{channel.where}, channel '{channel.name}'"
    dimension, factor = signal.physical_dimension.strip(), microvolts_per(channel.unit, where)
    if MICROVOLTS.get(dimension, factor) != factor:
        raise InputError(
            f"{where}: the unit is '{channel.unit}' here and '{dimension}' in the header of the EMG file; "
            "correct the one that is wrong"
        )
    gain, offset = calibration(signal, f"{file.path}: channel '{channel.name}'")
    return Scale(channel.name, channel.canonical, place, gain, offset, factor)


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


def _place_of(file: RecordFile, channel: Channel) -> int:
    """The place of a channel among the file's signals: by its label, which the header may have cut to 16 characters."""
    labels = [label.removeprefix("EMG ") for label in file.labels]
    wanted = channel.name.removeprefix("EMG ")
    for target in (wanted, wanted[:_LABEL_LENGTH].strip()):
        matches = [index for index, label in enumerate(labels) if label == target]
        if len(matches) == 1:
            return matches[0]
        if channel.position in matches:  # several names are alike once cut: then the order decides
            return channel.position
    raise InputError(
        f"{file.path}: channel '{channel.name}' of its channels table (row {channel.row}) is not in the file "
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
