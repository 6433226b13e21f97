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
from myoscene.pipeline.rate import effective_rate, moves
from myoscene.pipeline.settings import FilterSettings
from myoscene.recordings.read import EmgRecording, good_segments, read_as_described

log = logging.getLogger(__name__)

# A band that the recording cannot hold is measured up to this share of its Nyquist limit.
_BELOW_NYQUIST = 0.95
# Half-width in hertz of what counts as mains around its frequency and each harmonic (our choice).
_MAINS_HALF_WIDTH_HZ = 1.0
_WELCH_S = 2.0
# Spectra that are computed together.
_SPECTRA = 16
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
    rate_hz, n = recording.rate_hz, recording.signal_uv.shape[1]
    segments = good_segments(n, rate_hz, bad)
    # Twice through the channels, of which one is in memory: all say when a sample is held.
    moved = moves(recording.signal_uv)
    held = effective_rate(moved, rate_hz, quality.max_held_fraction)
    nyquist_hz = min(rate_hz, held.effective_rate_hz) / 2
    refused = filters.high_cut_hz >= nyquist_hz
    measured = replace(filters, high_cut_hz=_BELOW_NYQUIST * nyquist_hz) if refused else filters
    mains_hz = recording.mains_hz if filters.mains_hz is None else filters.mains_hz
    usual = _Recording(rate_hz, mains_hz, measured, segments, events, neutral, moved, quality.flat_s)
    whole = {
        "declared_rate_hz": rate_hz,
        "effective_rate_hz": held.effective_rate_hz,
        "update_rate_hz": held.update_rate_hz,
        "held_fraction": held.held_fraction,
        "missing_fraction": 1 - sum(stop - start for start, stop in segments) / n,
        "n_gaps": len(bad),
    }
    own = pd.DataFrame([_measures(row, usual) for row in recording.signal_uv])
    frame = pd.DataFrame({"channel": list(recording.channels), **whole}).join(own)
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


@dataclass(frozen=True)
class _Recording:
    """What each channel of a recording is measured with; ``moved``, (samples,): where any of them changed."""

    rate_hz: float
    mains_hz: float | None
    filters: FilterSettings
    segments: Sequence[tuple[int, int]]
    events: Sequence[tuple[str, int, int]]
    neutral: str | None
    moved: npt.NDArray[np.bool_]
    flat_s: float


def _measures(row_uv: npt.NDArray[np.float32], of: _Recording) -> dict[str, float]:
    """The measures of one channel, (samples,) as recorded."""
    alone = row_uv[None]
    power, by_class = _band_power(row_uv, of)
    rest = by_class.pop(of.neutral, None) if of.neutral is not None else None
    snr = snr_db(by_class, rest)
    lag1, limit = lag1_autocorrelation(alone, of.segments)
    offset_uv = float(np.median(row_uv))
    from_offset = row_uv - np.float64(offset_uv)
    np.square(from_offset, out=from_offset)
    rms_uv = float(np.sqrt(np.mean(from_offset)))
    del from_offset
    band_hz = of.filters.low_cut_hz, of.filters.high_cut_hz
    return {
        "flat_fraction": flat_fraction(row_uv, of.rate_hz, of.flat_s),
        "clipped_fraction": clipped_fraction(row_uv, of.moved),
        "mains_ratio": float(mains_ratio(alone, of.rate_hz, of.mains_hz, band_hz, of.segments)[0]),
        "snr_db": np.nan if snr is None else float(snr[0]),
        "lag1_autocorrelation": float(lag1[0]),
        "lag1_limit": limit,
        "offset_uv": offset_uv,
        "rms_uv": rms_uv,
        "band_rms_uv": float(np.sqrt(power)),
    }


def _band_power(row_uv: npt.NDArray[np.float32], of: _Recording) -> tuple[float, dict[str, npt.NDArray[np.float64]]]:
    """Mean power of a channel in the band, NaN where nothing can be filtered, and that in each class, (1,)."""
    total, n = 0.0, 0
    by_class: defaultdict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    filters, shortest = of.filters, minimum_samples(of.filters, of.rate_hz)
    for start, stop in of.segments if filters.low_cut_hz < filters.high_cut_hz else ():
        if stop - start < shortest:
            continue
        n += stop - start
        power = filter_signal(row_uv[None, start:stop], of.rate_hz, of.mains_hz, filters)[0]
        np.square(power, out=power)
        total += power.sum()
        for label, first, last in of.events:
            span = power[max(first - start, 0) : max(min(last, stop) - start, 0)]
            if len(span):
                counts[label] += len(span)
                by_class[label] += span.sum()
    if n == 0:
        return np.nan, {}
    return total / n, {label: np.array([power / counts[label]]) for label, power in by_class.items()}


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
    length = int(_WELCH_S * rate_hz)
    usable = [(a, b) for a, b in segments if b - a >= length]
    if mains_hz is None or not usable or length < 8:
        return np.full(len(signal_uv), np.nan)
    frequency = np.fft.rfftfreq(length, 1 / rate_hz)
    inside = (frequency >= band_hz[0]) & (frequency <= band_hz[1])
    harmonic = np.maximum(np.rint(frequency / mains_hz), 1)
    near = np.abs(frequency - harmonic * mains_hz)[inside] <= _MAINS_HALF_WIDTH_HZ
    ratios = np.full(len(signal_uv), np.nan)
    for channel, row in enumerate(signal_uv):
        weighted = (_mean_spectrum(row[a:b], rate_hz, length, inside) * (b - a) for a, b in usable)
        power = np.add.reduce(list(weighted))
        # Added one after the other: a sum of all channels at once, of one as of many.
        total, mains = (float(np.cumsum(some)[-1]) if len(some) else 0.0 for some in (power, power[near]))
        if total > 0:
            ratios[channel] = mains / total
    return ratios


def _mean_spectrum(
    row_uv: npt.NDArray[np.floating], rate_hz: float, length: int, inside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """``scipy.signal.welch`` of a stretch at those frequencies that are ``inside`` a band, two-sided: (frequencies,).

    Of the stretch's spectra these alone are in memory at a time.
    """
    from scipy import signal

    hop = length - length // 2
    window = signal.get_window("hann_periodic", length)
    transform = signal.ShortTimeFFT(window, hop, rate_hz, mfft=length, scale_to="psd", phase_shift=None)
    spectra = np.empty((int(inside.sum()), (len(row_uv) - length // 2) // hop))
    for first in range(0, spectra.shape[1], _SPECTRA):
        last = min(first + _SPECTRA, spectra.shape[1])
        piece_uv = row_uv[first * hop : (last - 1) * hop + length].astype(np.float64)
        found = transform.spectrogram(piece_uv, detr="constant", p0=0, p1=last - first, k_offset=length // 2)
        spectra[:, first:last] = found[inside]
    return np.asarray(spectra.mean(axis=1))


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
    del pooled
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
