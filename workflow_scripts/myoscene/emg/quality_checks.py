"""Measures of signal quality: pure arithmetic on raw samples."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Span = tuple[int, int]

# Half-width in hertz of what counts as mains around its frequency and each harmonic (our choice).
_MAINS_HALF_WIDTH_HZ = 1.0
_WELCH_S = 2.0
# |r| of white noise stays below z / sqrt(n) with 99.9 % (Bartlett's formula).
_WHITE_Z = 3.29
# Samples at a rail are counted from runs of two on; fewer than this many are an ordinary peak.
_FEWEST_AT_RAIL = 3


def run_lengths(same: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Starts and lengths of the runs of True in a one-dimensional array."""
    edges = np.diff(np.concatenate([[False], same, [False]]).astype(np.int8))
    starts = np.flatnonzero(edges == 1)
    return starts, np.flatnonzero(edges == -1) - starts


def flat_fraction(x: npt.NDArray[np.floating], rate_hz: float, flat_s: float) -> float:
    """Share of a channel's samples, (samples,), in stretches that keep one value for ``flat_s`` seconds or more."""
    if len(x) < 2:
        return 0.0
    _, lengths = run_lengths(x[1:] == x[:-1])
    samples = lengths + 1
    return float(samples[samples >= max(flat_s * rate_hz, 2)].sum() / len(x))


def clipped_fraction(x: npt.NDArray[np.floating], moved: npt.NDArray[np.bool_] | None = None) -> float:
    """Share of samples that stand at a rail: the same extreme value, twice or more in a row, piled up there.

    Args:
        x: (samples,) one channel.
        moved: (samples,) where any channel changed: only these count, as held samples repeat an extreme without a rail.

    An extreme counts as a rail only when it is more than twice as frequent as the value next to it: coarse
    quantisation repeats extremes too, but each less often than the value before it. A constant is flat, not
    clipped.
    """
    values = x if moved is None else x[moved]
    if len(values) < 3 or values.min() == values.max():
        return 0.0
    levels, counts = np.unique(values, return_counts=True)
    clipped = 0
    for level, count, beside in ((levels[0], counts[0], counts[1]), (levels[-1], counts[-1], counts[-2])):
        _, lengths = run_lengths(values == level)
        in_runs = int(lengths[lengths >= 2].sum())
        if in_runs >= _FEWEST_AT_RAIL and count > 2 * beside:
            clipped += in_runs
    return clipped / len(values)


def mains_ratio(
    signal_uv: npt.NDArray[np.floating],
    rate_hz: float,
    mains_hz: float | None,
    band_hz: tuple[float, float],
    segments: Sequence[Span],
) -> npt.NDArray[np.float64]:
    """Power within 1 Hz of the mains frequency and its harmonics over all power, both inside the band.

    Args:
        signal_uv: (channels, samples), raw.
        segments: good stretches; their spectra (Welch, 2 s) are averaged by length.

    Returns:
        (channels,) from 0 to 1; NaN where the mains or the spectrum is not known.
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
    signal_uv: npt.NDArray[np.floating], segments: Sequence[Span]
) -> tuple[npt.NDArray[np.float64], float]:
    """Lag-1 autocorrelation of the raw samples, and the limit below which it cannot be told from 0.

    Args:
        signal_uv: (channels, samples), raw, unfiltered.
        segments: good stretches; pairs of neighbours are taken inside them only.

    Returns:
        (channels,), NaN for a constant channel; 3.29 / sqrt(number of pairs) (Bartlett, 99.9 %).
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
