"""Jobs: quality measures of each recording and channel, and flags where one passed a limit of ``emg.quality``.

Flags leave nothing out: a person decides.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from myoscene.core.tables import read_table, write_table
from myoscene.emg.participant import PathLike, read_person, rows_of
from myoscene.emg.settings import QualitySettings
from myoscene.emg.tables import QUALITY
from myoscene.pipeline.filters import filter_signal, minimum_samples
from myoscene.pipeline.rate import effective_rate
from myoscene.pipeline.settings import FilterSettings
from myoscene.recordings.read import EmgRecording, good_segments, read_as_described

log = logging.getLogger(__name__)

# A band that the recording cannot hold is measured up to this share of its Nyquist limit.
_BELOW_NYQUIST = 0.95
# Half-width in hertz of what counts as mains around its frequency and each harmonic (our choice).
_MAINS_HALF_WIDTH_HZ = 1.0
_WELCH_S = 2.0
# |r| of white noise stays below z / sqrt(n) with 99.9 % (Bartlett's formula).
_WHITE_Z = 3.29
# Samples at a rail are counted from runs of two on; fewer than this many are an ordinary peak.
_FEWEST_AT_RAIL = 3


@dataclass(frozen=True)
class AssessSettings:
    """What the job depends on: keys of the sections ``emg`` and ``recordings``."""

    quality: QualitySettings
    filters: FilterSettings
    neutral: str | None
    trim_start_s: float
    trim_end_s: float


def assess_participant(
    recordings: PathLike, events: PathLike, files: Sequence[str], output: PathLike, settings: AssessSettings
) -> None:
    """Write the table QUALITY of one participant, whose EMG files are ``files``, in the order of the recordings."""
    person, frames = read_person(recordings, events), []
    for path, row in zip(files, rows_of(person.recordings), strict=True):
        name, recording = row["recording"], read_as_described(path, row)
        spans = person.spans(name, recording.rate_hz, (settings.trim_start_s, settings.trim_end_s))
        labelled = [(event.label, event.first, event.last) for event in spans]
        limits = settings.quality, settings.filters
        frame = assess_recording(recording, person.bad(name), *limits, labelled, settings.neutral)
        frames.append(frame.assign(participant=person.name, recording=name, synthetic=bool(row["synthetic"])))
        for item in rows_of(frame[frame["flags"] != ""]):
            log.warning("%s, channel %s: %s", name, item["channel"], item["flags"])
    joined = pd.concat(frames, ignore_index=True)
    write_table(output, joined[list(QUALITY.columns)], QUALITY)


def assess_recording(
    recording: EmgRecording,
    bad: Sequence[tuple[float, float]],
    quality: QualitySettings,
    filters: FilterSettings,
    events: Sequence[tuple[str, int, int]] = (),
    neutral: str | None = None,
) -> pd.DataFrame:
    """Quality of one recording but for the columns that name it, one row a channel.

    Args:
        bad: (onset_s, duration_s) of bad events.
        events: (label, start, stop) in samples of the trimmed expressions of a calibration.
        neutral: the class of rest.
    """
    raw, rate_hz = recording.signal_uv, recording.rate_hz
    n = raw.shape[1]
    segments = good_segments(n, rate_hz, bad)
    held = effective_rate(raw, rate_hz, quality.max_held_fraction)
    nyquist_hz = min(rate_hz, held.effective_rate_hz) / 2
    refused = filters.high_cut_hz >= nyquist_hz
    band = filters.low_cut_hz, _BELOW_NYQUIST * nyquist_hz if refused else filters.high_cut_hz
    mains_hz = recording.mains_hz if filters.mains_hz is None else filters.mains_hz
    power, by_class = _band_power(raw, rate_hz, mains_hz, replace(filters, high_cut_hz=band[1]), segments, events)
    rest = by_class.pop(neutral, None) if neutral is not None else None
    snr = snr_db(by_class, rest)
    lag1, limit = lag1_autocorrelation(raw, segments)
    # The first sample counts.
    moved = np.append(True, (raw[:, 1:] != raw[:, :-1]).any(axis=0))
    offset = np.median(raw, axis=1).astype(np.float64)
    frame = pd.DataFrame(
        {
            "channel": list(recording.channels),
            "declared_rate_hz": rate_hz,
            "effective_rate_hz": held.effective_rate_hz,
            "update_rate_hz": held.update_rate_hz,
            "held_fraction": held.held_fraction,
            "missing_fraction": 1 - sum(stop - start for start, stop in segments) / n,
            "n_gaps": len(bad),
            "flat_fraction": [flat_fraction(x, rate_hz, quality.flat_s) for x in raw],
            "clipped_fraction": [clipped_fraction(x, moved) for x in raw],
            "mains_ratio": mains_ratio(raw, rate_hz, mains_hz, band, segments),
            "snr_db": np.nan if snr is None else snr,
            "lag1_autocorrelation": lag1,
            "lag1_limit": limit,
            "offset_uv": offset,
            "rms_uv": np.sqrt(np.mean((raw - offset[:, None]) ** 2, axis=1)),
            "band_rms_uv": np.sqrt(power),
        }
    )
    flags = pd.DataFrame(
        {
            "marked_bad": frame["channel"].isin(recording.bad_channels),
            "gaps": frame["n_gaps"] > 0,
            "missing": frame["missing_fraction"] > quality.max_missing_fraction,
            "flat": frame["flat_fraction"] > quality.max_flat_fraction,
            "clipped": frame["clipped_fraction"] > quality.max_clipped_fraction,
            "mains": frame["mains_ratio"] > quality.max_mains_ratio,
            "low_snr": frame["snr_db"] < quality.min_snr_db,
            "white_noise": frame["lag1_autocorrelation"].abs() < frame["lag1_limit"],
            "held_samples": held.held_fraction > quality.max_held_fraction,
            "effective_rate": abs(held.effective_rate_hz - rate_hz) / rate_hz > quality.rate_tolerance,
            "band_above_nyquist": refused,
        }
    )
    # A measure that is missing flags nothing.
    return frame.assign(flags=[";".join(flags.columns[row]) for row in flags.to_numpy(dtype=bool)])


def _band_power(
    raw: npt.NDArray[np.float32],
    rate_hz: float,
    mains_hz: float | None,
    filters: FilterSettings,
    segments: Sequence[tuple[int, int]],
    events: Sequence[tuple[str, int, int]],
) -> tuple[npt.NDArray[np.float64], dict[str, npt.NDArray[np.float64]]]:
    """(channels,) mean power in the band, NaN where nothing can be filtered, and that of each class."""
    total, n = np.zeros(len(raw)), 0
    by_class: defaultdict[str, npt.NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(raw)))
    counts: Counter[str] = Counter()
    shortest = minimum_samples(filters, rate_hz)
    for start, stop in segments if filters.low_cut_hz < filters.high_cut_hz else ():
        if stop - start < shortest:
            continue
        n += stop - start
        spans = [(label, max(first - start, 0), min(last, stop) - start) for label, first, last in events]
        spans = [span for span in spans if span[2] > span[1]]
        for label, first, last in spans:
            counts[label] += last - first
        # One channel at a time, as in conditioning.
        for channel, x in enumerate(raw[:, start:stop]):
            power = filter_signal(x[None], rate_hz, mains_hz, filters)[0] ** 2
            total[channel] += power.sum()
            for label, first, last in spans:
                by_class[label][channel] += power[first:last].sum()
    if n == 0:
        return np.full(len(raw), np.nan), {}
    return total / n, {label: sums / counts[label] for label, sums in by_class.items()}


def _run_lengths(same: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Lengths of the runs of True in a one-dimensional array."""
    edges = np.diff(np.concatenate([[False], same, [False]]).astype(np.int8))
    return np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)


def flat_fraction(x: npt.NDArray[np.floating], rate_hz: float, flat_s: float) -> float:
    """Share of a channel's samples, (samples,), in stretches that keep one value for ``flat_s`` seconds or more."""
    if len(x) < 2:
        return 0.0
    samples = _run_lengths(x[1:] == x[:-1]) + 1
    return float(samples[samples >= max(flat_s * rate_hz, 2)].sum() / len(x))


def clipped_fraction(x: npt.NDArray[np.floating], moved: npt.NDArray[np.bool_] | None = None) -> float:
    """Share of samples that stand at a rail: the same extreme value, twice or more in a row, piled up there.

    Of the samples of a channel, ``x``, those count that ``moved``, where any channel changed: held samples repeat an
    extreme without any rail. An extreme counts as a rail only when it is more than twice as frequent as the value next
    to it: coarse quantisation repeats extremes too, but each less often than the value before it. A constant is flat,
    not clipped.
    """
    values = x if moved is None else x[moved]
    if len(values) < 3 or values.min() == values.max():
        return 0.0
    levels, counts = np.unique(values, return_counts=True)
    clipped = 0
    for level, count, beside in ((levels[0], counts[0], counts[1]), (levels[-1], counts[-1], counts[-2])):
        lengths = _run_lengths(values == level)
        in_runs = int(lengths[lengths >= 2].sum())
        if in_runs >= _FEWEST_AT_RAIL and count > 2 * beside:
            clipped += in_runs
    return clipped / len(values)


def mains_ratio(
    signal_uv: npt.NDArray[np.floating],
    rate_hz: float,
    mains_hz: float | None,
    band_hz: tuple[float, float],
    segments: Sequence[tuple[int, int]],
) -> npt.NDArray[np.float64]:
    """Power within 1 Hz of the mains frequency and its harmonics over all power, both inside the band: (channels,).

    Spectra (Welch, 2 s) of the good stretches of the raw signal, (channels, samples), are averaged by length. NaN where
    the mains or the spectrum is not known.
    """
    from scipy import signal

    length = int(_WELCH_S * rate_hz)
    usable = [(a, b) for a, b in segments if b - a >= length]
    if mains_hz is None or not usable or length < 8:
        return np.full(len(signal_uv), np.nan)
    power = np.zeros((len(signal_uv), 1))
    for start, stop in usable:
        piece_uv = np.asarray(signal_uv[:, start:stop], dtype=np.float64)
        frequency, density = signal.welch(piece_uv, rate_hz, nperseg=length, axis=1)
        power = power + density * (stop - start)
    inside = (frequency >= band_hz[0]) & (frequency <= band_hz[1])
    harmonic = np.maximum(np.rint(frequency / mains_hz), 1)
    near = np.abs(frequency - harmonic * mains_hz) <= _MAINS_HALF_WIDTH_HZ
    total, mains = power[:, inside].sum(axis=1), power[:, inside & near].sum(axis=1)
    return np.where(total > 0, mains / np.where(total > 0, total, 1.0), np.nan)


def lag1_autocorrelation(
    signal_uv: npt.NDArray[np.floating], segments: Sequence[tuple[int, int]]
) -> tuple[npt.NDArray[np.float64], float]:
    """Lag-1 autocorrelation of the raw samples, and the limit below which it cannot be told from 0.

    Pairs of neighbours are taken inside good stretches of the signal, (channels, samples). (channels,), NaN for a
    constant channel; 3.29 / sqrt(number of pairs) (Bartlett, 99.9 %).
    """
    pairs = sum(stop - start - 1 for start, stop in segments)
    if pairs < 2:
        return np.full(signal_uv.shape[0], np.nan), np.nan
    pooled = np.concatenate([signal_uv[:, a:b] for a, b in segments], axis=1, dtype=np.float64)
    mean = pooled.mean(axis=1, keepdims=True)
    variance = pooled.var(axis=1)
    product = np.zeros(signal_uv.shape[0])
    for start, stop in segments:
        centred = signal_uv[:, start:stop] - mean
        product += (centred[:, 1:] * centred[:, :-1]).sum(axis=1)
    moves = variance > 0
    lag1 = np.where(moves, product / pairs / np.where(moves, variance, 1.0), np.nan)
    return lag1, _WHITE_Z / np.sqrt(pairs)


def snr_db(
    expression: dict[str, npt.NDArray[np.float64]], neutral: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.float64] | None:
    """Mean band power of the strongest expression over that of neutral, both (channels,), in decibel.

    NaN where neutral has no power; None without neutral or without any expression.
    """
    if neutral is None or not expression:
        return None
    best = np.max(list(expression.values()), axis=0)
    known = (neutral > 0) & (best > 0)
    ratio = np.where(known, best, 1.0) / np.where(known, neutral, 1.0)
    return np.where(known, 10 * np.log10(ratio), np.nan)


def merge_quality(tables: Sequence[PathLike], output: PathLike, csv: PathLike) -> None:
    """Write the cohort's quality, participants in the order of ``tables``, as Parquet and CSV."""
    frames = [read_table(path, QUALITY) for path in tables]
    write_table(output, pd.concat(frames, ignore_index=True), QUALITY, csv=csv)
