"""Degrees of freedom and p of repeated-measures correlation (Bakdash & Marusich 2017)."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats


def degrees_of_freedom(mask: NDArray[np.bool_]) -> int:
    """N - k - 1: rows minus participants minus the common slope (Bakdash & Marusich 2017, equation 2).

    Args:
        mask: ``(participants, repeats)``, true where both measures are there. A participant with one row adds
            a row and a mean, hence nothing.
    """
    repeats = mask.sum(axis=1)
    return int(repeats.sum() - (repeats > 0).sum() - 1)


def correlation_p(r: NDArray[np.floating] | float, df: NDArray[np.integer] | int) -> NDArray[np.float64]:
    """Two-sided p of a correlation ``r`` with ``df`` degrees of freedom, by Student's t; NaN where df < 1.

    The same formula serves Pearson's and Spearman's correlation with df = n - 2.
    """
    r, degrees = np.broadcast_arrays(np.asarray(r, dtype=float), np.asarray(df))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt(np.maximum(degrees, 0) / (1 - r**2))
    p = 2 * stats.t.sf(t, np.maximum(degrees, 1))
    return np.where((degrees >= 1) & ~np.isnan(r), p, np.nan)
