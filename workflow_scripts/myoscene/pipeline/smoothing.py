"""Exponential smoothing of class probabilities."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def smoothing_weight(hop_s: float, time_constant_s: float) -> float:
    """Weight of the newest value, 1 - exp(-hop / time constant).

    A step is then followed to 63 % in one time constant. A time constant of 0 means no smoothing (weight 1).
    """
    if time_constant_s <= 0:
        return 1.0
    return -math.expm1(-hop_s / time_constant_s)


def smooth(probabilities: NDArray[np.floating], hop_s: float, time_constant_s: float) -> NDArray[np.float64]:
    """First-order exponential smoothing of one stretch, causal, starting at the first value.

    y[0] = x[0]; y[n] = y[n-1] + a (x[n] - y[n-1]), with a from :func:`smoothing_weight`. That
    probabilities are smoothed exponentially follows Hickson et al. 2019 (Eyemotion); form and start are our
    choice. Every y is a convex mixture of the x up to it, so rows that sum to 1 go on summing to 1.

    Args:
        probabilities: ``(hops, classes)`` of one contiguous stretch.
        hop_s: time between rows, in seconds.
        time_constant_s: in seconds.

    Returns:
        ``(hops, classes)``.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    if not len(values):
        return values.copy()
    weight = smoothing_weight(hop_s, time_constant_s)
    if weight == 1.0:
        return values.copy()
    # Not scipy.signal, which takes a second to import: every prediction of scenes would wait for it.
    return pd.DataFrame(values).ewm(alpha=weight, adjust=False).mean().to_numpy()
