"""Time-domain features of windows of a normalised signal, and their standardising within a person.

Definitions: Hudgins, Parker & Scott (1993) for mean absolute value, waveform length, zero crossings and
slope-sign changes; Hjorth (1970) for activity, mobility and complexity; Phinyomark, Phukpattaranont and
Limsakul (2012) for root mean square and the dead bands. Nothing here looks outside a window.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from myoscene.core.arrays import Floats, Floats32, Reals, Whole
from myoscene.pipeline.settings import FeatureName

FEATURES: tuple[str, ...] = get_args(FeatureName)
# Added to power before the logarithm: an amplitude of 0.1 % of the normalised unit (our choice).
_POWER_FLOOR = 1e-6
# Variance below this share of the mean square is rounding, not variance.
_ROUNDING = 1e-12
_CHUNK = 64
# Windows that are computed together, so that a long signal takes no more memory than a short one.
_TOGETHER = 256
_MAD_TO_SD = 1.4826


class Windows:
    """The features of windows: a method each, (channels, windows). What several are made of is summed once.

    Args:
        signal: (channels, samples), normalised.
        starts: (windows,) first sample of each window, ``length`` samples long.
        threshold: dead band of zero crossings and slope-sign changes, in units of the signal.
    """

    def __init__(self, signal: Reals, starts: Whole, length: int, threshold: float) -> None:
        self.signal: Floats = np.asarray(signal, dtype=np.float64)
        self.starts, self.length, self.threshold = starts, length, threshold
        self.slope: Floats = np.diff(self.signal, axis=1)
        self.bend: Floats = np.diff(self.slope, axis=1)
        self._kept: dict[str, Floats] = {}

    def total(self, name: str, series: Callable[[], NDArray[Any]], shorter: int = 0) -> Floats:
        """Sum of a series over each window, (channels, windows); ``shorter``: how many fewer it has."""
        if name not in self._kept:
            self._kept[name] = window_sums(series(), self.starts, self.length - shorter)
        return self._kept[name]

    def mean_square(self) -> Floats:
        return self.total("square 0", lambda: self.signal**2) / self.length

    def variance(self, order: int) -> Floats:
        """Variance (divided by n) of the signal, its first or its second difference, within each window."""
        series, n = (self.signal, self.slope, self.bend)[order], self.length - order
        mean = self.total(f"sum {order}", lambda: series, order) / n
        square = self.total(f"square {order}", lambda: series**2, order) / n
        variance = square - mean**2
        return np.where(variance > _ROUNDING * square, variance, 0.0)

    def mean_absolute_value(self) -> Floats:
        """Mean of |x|."""
        return self.total("absolute", lambda: np.abs(self.signal)) / self.length

    def root_mean_square(self) -> Floats:
        return np.sqrt(self.mean_square())

    def log_root_mean_square(self) -> Floats:
        """Natural logarithm of the root mean square: its distribution is less skewed."""
        return 0.5 * self.log_band_power()

    def waveform_length(self) -> Floats:
        """Sum of |x[k+1] - x[k]|."""
        return self.total("length", lambda: np.abs(self.slope), 1)

    def log_waveform_length(self) -> Floats:
        """Natural logarithm of the mean of |x[k+1] - x[k]|."""
        return np.log(self.waveform_length() / (self.length - 1) + np.sqrt(_POWER_FLOOR))

    def zero_crossings(self) -> Floats:
        """Number of neighbouring samples of opposite sign that differ by at least the threshold."""
        x, large = self.signal, np.abs(self.slope) >= self.threshold
        return self.total("crossings", lambda: (x[:, :-1] * x[:, 1:] < 0) & large, 1)

    def slope_sign_changes(self) -> Floats:
        """Number of samples that are local extremes and differ from a neighbour by at least the threshold."""
        left, right = self.slope[:, :-1], self.slope[:, 1:]
        large = (np.abs(left) >= self.threshold) | (np.abs(right) >= self.threshold)
        return self.total("changes", lambda: (left * right < 0) & large, 2)

    def hjorth_activity(self) -> Floats:
        """Variance of x."""
        return self.variance(0)

    def hjorth_mobility(self) -> Floats:
        """Standard deviation of the first difference over that of x: mean frequency, radians per sample."""
        return _ratio(self.variance(1), self.variance(0))

    def hjorth_complexity(self) -> Floats:
        """Mobility of the first difference over mobility of x: 1 for a pure sine, more for a wider spectrum."""
        mobility, first = self.hjorth_mobility(), _ratio(self.variance(2), self.variance(1))
        return np.where(mobility > 0, first / np.where(mobility > 0, mobility, 1.0), 0.0)

    def log_band_power(self) -> Floats:
        """Natural logarithm of the mean square: the signal holds the conditioned band and nothing else."""
        return np.log(self.mean_square() + _POWER_FLOOR)


def window_sums(series: NDArray[Any], starts: Whole, length: int) -> Floats:
    """Sum of ``series`` (channels, samples) over ``[start, start + length)``, (channels, windows)."""
    view = np.lib.stride_tricks.sliding_window_view(series, length, axis=1)
    hops = np.diff(starts)
    if len(starts) == 1 or (hops[0] > 0 and (hops == hops[0]).all()):
        # A regular grid is a strided view: nothing is copied.
        step = int(hops[0]) if len(hops) else 1
        return view[:, starts[0] : starts[-1] + 1 : step].sum(axis=2, dtype=np.float64)
    parts = [view[:, starts[k : k + _CHUNK]].sum(axis=2, dtype=np.float64) for k in range(0, len(starts), _CHUNK)]
    return np.concatenate(parts, axis=1)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Square root of the ratio of variances; 0 where the denominator is: a constant does not move."""
    safe = np.where(denominator > 0, denominator, 1.0)
    return np.where(denominator > 0, np.sqrt(numerator / safe), 0.0)


def window_features(signal: Reals, starts: Whole, length: int, names: Sequence[str], threshold: float) -> Floats32:
    """Features of all windows of one contiguous stretch, (windows, channels, features) in the order of ``names``.

    ValueError for an unknown name, windows shorter than 4 samples, or one that reaches outside the signal.

    Args:
        signal, starts, length, threshold: as in :class:`Windows`.
        names: which of :data:`FEATURES`.
    """
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise ValueError(f"no feature is called '{unknown[0]}'; there are {', '.join(FEATURES)}")
    if length < 4:
        raise ValueError(f"a window needs at least 4 samples, not {length}")
    if len(starts) and (starts.min() < 0 or starts.max() + length > signal.shape[1]):
        raise ValueError(f"a window of {length} samples reaches outside the signal's {signal.shape[1]}")
    result = np.empty((len(starts), signal.shape[0], len(names)), dtype=np.float32)
    for begin in range(0, len(starts), _TOGETHER):
        some = starts[begin : begin + _TOGETHER]
        first = some.min()
        part = signal[:, first : some.max() + length]
        windows = Windows(part, np.asarray(some - first, dtype=np.int64), length, threshold)
        for index, name in enumerate(names):
            result[begin : begin + len(some), :, index] = getattr(windows, name)().T
    return result


def column_names(names: Sequence[str], channels: Sequence[str]) -> list[str]:
    """``<feature>__<channel>`` in the order of ``window_features(...).reshape(windows, -1)``."""
    return [f"{name}__{channel}" for channel in channels for name in names]


def fit_standardiser(values: Reals, method: str) -> Callable[[Reals], Floats32]:
    """What standardises a person's features (windows, columns), fitted on these ones of them; no label enters.

    By median and 1.4826 MAD, by mean and SD, or not at all. A column that does not vary keeps its unit, so that it
    becomes 0 and not a missing value.
    """
    data = np.asarray(values, dtype=np.float64)
    centre, spread = np.zeros(data.shape[1]), np.ones(data.shape[1])
    if method not in ("none", "calibration_z", "calibration_mean_sd"):
        raise ValueError(f"no standardiser is called '{method}'; there are none, calibration_z, calibration_mean_sd")
    if method == "calibration_mean_sd" and len(data):
        centre, spread = data.mean(axis=0), data.std(axis=0)
    elif method == "calibration_z" and len(data):
        centre = np.median(data, axis=0)
        spread = _MAD_TO_SD * np.median(np.abs(data - centre), axis=0)
        # More than half of a count's values may be equal: then its SD stands in.
        spread = np.where(spread > 0, spread, data.std(axis=0))
    spread = np.where(spread > 1e-9, spread, 1.0)
    return lambda others: ((others - centre) / spread).astype(np.float32)
