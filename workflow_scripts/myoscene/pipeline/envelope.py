"""The moving root mean square that is called envelope here."""

import numpy as np
import numpy.typing as npt

from myoscene.pipeline.windows import to_samples


def moving_rms(signal_uv: npt.NDArray[np.floating], length: int) -> npt.NDArray[np.float64]:
    """Root mean square over a centred window; at the ends over that part of it which lies inside.

    Args:
        signal_uv: (channels, samples).
        length: samples of the window; sample k sees k - length // 2 up to, but not with, that plus length.

    Returns:
        (channels, samples) float64, in the unit of the signal.
    """
    n = signal_uv.shape[1]
    power = np.zeros((signal_uv.shape[0], n + 1))
    np.cumsum(np.square(signal_uv, dtype=np.float64), axis=1, out=power[:, 1:])
    first = np.arange(n) - max(length, 1) // 2
    last = np.minimum(first + max(length, 1), n)
    first = np.maximum(first, 0)
    # Sums of squares differ by rounding alone where the signal is zero: never below 0.
    return np.sqrt(np.maximum(power[:, last] - power[:, first], 0.0) / (last - first))


def envelope(signal_uv: npt.NDArray[np.floating], rate_hz: float, window_s: float) -> npt.NDArray[np.float64]:
    """RMS envelope of a conditioned stretch, (channels, samples) float64, in the unit of the signal."""
    return moving_rms(signal_uv, max(to_samples(window_s, rate_hz), 1))


def envelope_indices(n_samples: int, rate_hz: float, envelope_rate_hz: float) -> npt.NDArray[np.int64]:
    """Indices of the samples at which an envelope is stored, nearest to a regular ``envelope_rate_hz``."""
    count = int(np.floor((n_samples - 1) * envelope_rate_hz / rate_hz + 1e-9)) + 1 if n_samples else 0
    return np.minimum(np.rint(np.arange(count) * rate_hz / envelope_rate_hz), n_samples - 1).astype(np.int64)
