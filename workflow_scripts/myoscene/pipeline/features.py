"""Time-domain features of windows: pure arithmetic on a normalised signal.

Definitions: Hudgins, Parker & Scott (1993) for mean absolute value, waveform length, zero crossings and
slope-sign changes; Hjorth (1970) for activity, mobility and complexity; Phinyomark, Phukpattaranont and
Limsakul (2012) for root mean square and the dead bands. Nothing here looks outside a window.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

# Added to power before the logarithm: an amplitude of 0.1 % of the normalised unit (our choice).
_POWER_FLOOR = 1e-6
# Variance below this share of the mean square is rounding, not variance.
_ROUNDING = 1e-12
_CHUNK = 64

Array = npt.NDArray[np.float64]


class WindowMoments:
    """Means over windows of the sample-wise series that the features are made of, each computed once.

    Args:
        signal: (channels, samples).
        starts: (windows,) first sample of each window.
        length: samples of a window.
        threshold: dead band of zero crossings and slope-sign changes, in units of the signal.
    """

    def __init__(
        self, signal: npt.NDArray[np.floating], starts: npt.NDArray[np.int64], length: int, threshold: float
    ) -> None:
        self.signal: Array = np.asarray(signal, dtype=np.float64)
        self.starts = starts
        self.length = length
        self.threshold = threshold
        self.slope: Array = np.diff(self.signal, axis=1)
        self.bend: Array = np.diff(self.slope, axis=1)
        self._kept: dict[str, Array] = {}

    def total(self, name: str, series: Callable[[], npt.NDArray[Any]], shorter: int = 0) -> Array:
        """Sum of a series over each window, (channels, windows); ``shorter``: how many fewer it has."""
        if name not in self._kept:
            self._kept[name] = window_sums(series(), self.starts, self.length - shorter)
        return self._kept[name]

    def mean_square(self) -> Array:
        """Mean of squares."""
        return self.total("square", lambda: self.signal**2) / self.length

    def variance(self, order: int) -> Array:
        """Variance (divided by n) of the signal, its first or its second difference, within each window."""
        series = (self.signal, self.slope, self.bend)[order]
        n = self.length - order
        names = (("sum", "square"), ("slope_sum", "slope_square"), ("bend_sum", "bend_square"))[order]
        mean = self.total(names[0], lambda: series, order) / n
        square = self.total(names[1], lambda: series**2, order) / n
        variance = square - mean**2
        return np.where(variance > _ROUNDING * square, variance, 0.0)


def window_sums(series: npt.NDArray[Any], starts: npt.NDArray[np.int64], length: int) -> Array:
    """Sum of ``series`` (channels, samples) over ``[start, start + length)``, (channels, windows)."""
    if len(starts) == 0:
        return np.zeros((series.shape[0], 0))
    view = np.lib.stride_tricks.sliding_window_view(series, length, axis=1)
    hops = np.diff(starts)
    if len(starts) == 1 or (hops[0] > 0 and (hops == hops[0]).all()):
        # A regular grid is a strided view: nothing is copied.
        step = int(hops[0]) if len(hops) else 1
        return view[:, starts[0] : starts[-1] + 1 : step].sum(axis=2, dtype=np.float64)
    parts = [view[:, starts[k : k + _CHUNK]].sum(axis=2, dtype=np.float64) for k in range(0, len(starts), _CHUNK)]
    return np.concatenate(parts, axis=1)


def mean_absolute_value(m: WindowMoments) -> Array:
    """Mean of |x|."""
    return m.total("absolute", lambda: np.abs(m.signal)) / m.length


def root_mean_square(m: WindowMoments) -> Array:
    """Square root of the mean of x squared."""
    return np.sqrt(m.mean_square())


def log_root_mean_square(m: WindowMoments) -> Array:
    """Natural logarithm of the root mean square: its distribution is less skewed."""
    return 0.5 * log_band_power(m)


def waveform_length(m: WindowMoments) -> Array:
    """Sum of |x[k+1] - x[k]|."""
    return m.total("length", lambda: np.abs(m.slope), 1)


def log_waveform_length(m: WindowMoments) -> Array:
    """Natural logarithm of the mean of |x[k+1] - x[k]|."""
    return np.log(waveform_length(m) / (m.length - 1) + np.sqrt(_POWER_FLOOR))


def zero_crossings(m: WindowMoments) -> Array:
    """Number of neighbouring samples of opposite sign that differ by at least the threshold."""
    x, slope = m.signal, m.slope
    return m.total("crossings", lambda: (x[:, :-1] * x[:, 1:] < 0) & (np.abs(slope) >= m.threshold), 1)


def slope_sign_changes(m: WindowMoments) -> Array:
    """Number of samples that are local extremes and differ from a neighbour by at least the threshold."""
    left, right = m.slope[:, :-1], m.slope[:, 1:]

    def changes() -> npt.NDArray[np.bool_]:
        large = (np.abs(left) >= m.threshold) | (np.abs(right) >= m.threshold)
        return (left * right < 0) & large

    return m.total("changes", changes, 2)


def hjorth_activity(m: WindowMoments) -> Array:
    """Variance of x."""
    return m.variance(0)


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Square root of the ratio of variances; 0 where the denominator is: a constant does not move."""
    safe = np.where(denominator > 0, denominator, 1.0)
    return np.where(denominator > 0, np.sqrt(numerator / safe), 0.0)


def hjorth_mobility(m: WindowMoments) -> Array:
    """Standard deviation of the first difference over that of x: mean frequency, radians per sample."""
    return _ratio(m.variance(1), m.variance(0))


def hjorth_complexity(m: WindowMoments) -> Array:
    """Mobility of the first difference over mobility of x: 1 for a pure sine, more for a wider spectrum."""
    mobility, first = hjorth_mobility(m), _ratio(m.variance(2), m.variance(1))
    return np.where(mobility > 0, first / np.where(mobility > 0, mobility, 1.0), 0.0)


def log_band_power(m: WindowMoments) -> Array:
    """Natural logarithm of the mean square: the signal holds the conditioned band and nothing else."""
    return np.log(m.mean_square() + _POWER_FLOOR)


FEATURES: dict[str, Callable[[WindowMoments], Array]] = {
    function.__name__: function
    for function in (
        mean_absolute_value,
        root_mean_square,
        log_root_mean_square,
        waveform_length,
        log_waveform_length,
        zero_crossings,
        slope_sign_changes,
        hjorth_activity,
        hjorth_mobility,
        hjorth_complexity,
        log_band_power,
    )
}


def window_features(
    signal: npt.NDArray[np.floating],
    starts: npt.NDArray[np.int64],
    length: int,
    names: Sequence[str],
    threshold: float,
) -> npt.NDArray[np.float32]:
    """Features of all windows of one contiguous stretch.

    Args:
        signal: (channels, samples), normalised.
        starts: (windows,) first sample of each window (:func:`myoscene.pipeline.windows.window_starts`).
        length: samples of a window, at least 4.
        names: which features, keys of :data:`FEATURES`.
        threshold: dead band of zero crossings and slope-sign changes, in units of ``signal``.

    Returns:
        (windows, channels, features) float32, features in the order of ``names``.

    Raises:
        ValueError: an unknown name, a window shorter than 4 samples, or one that reaches outside the signal.
    """
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise ValueError(f"no feature is called '{unknown[0]}'; there are {', '.join(FEATURES)}")
    if length < 4:
        raise ValueError(f"a window needs at least 4 samples, not {length}")
    if len(starts) and (starts.min() < 0 or starts.max() + length > signal.shape[1]):
        raise ValueError(f"a window of {length} samples reaches outside the signal's {signal.shape[1]}")
    result = np.empty((len(starts), signal.shape[0], len(names)), dtype=np.float32)
    if len(starts):
        moments = WindowMoments(signal, np.asarray(starts, dtype=np.int64), length, threshold)
        for index, name in enumerate(names):
            result[:, :, index] = FEATURES[name](moments).T
    return result


def column_names(names: Sequence[str], channels: Sequence[str]) -> list[str]:
    """``<feature>__<channel>`` in the order of ``window_features(...).reshape(windows, -1)``."""
    return [f"{name}__{channel}" for channel in channels for name in names]
