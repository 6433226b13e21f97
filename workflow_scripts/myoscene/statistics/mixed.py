"""Linear mixed model with a random intercept of the participant, by maximum likelihood.

The covariance of one participant's n values is s2 ((1 - icc) I + icc 1 1'), so that the likelihood, with means and s2
put in at their best values, is a function of the single number ``icc``, searched on a grid and refined: statsmodels
0.15 often ends at a variance of 0 that is not the maximum in cohorts of this size.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from myoscene.statistics.arrange import SMALLEST_COHORT

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
# Columns of a test, with a note.
Row = dict[str, int | float | str]

_GRID = np.concatenate([np.linspace(0, 0.98, 50), 1 - np.geomspace(0.01, 1e-6, 13)])


def mixed_model(values: Floats) -> Row:
    """Mixed model value ~ scene + (1 | participant) on all ``values (participants, scenes)``; the scene is tested by
    likelihood ratio. ``icc`` is the share of the variance that is between participants, scenes taken out."""
    person, scene = np.nonzero(~np.isnan(values))
    y = values[person, scene]
    scenes, people = len(np.unique(scene)), len(np.unique(person))
    row: Row = {"mixed_df": max(scenes - 1, 0), "mixed_chi2": np.nan, "mixed_p": np.nan, "icc": np.nan}
    if scenes < 2 or people < SMALLEST_COHORT or len(y) <= people + scenes:
        note = f"mixed model: {len(y)} value(s) of {people} participant(s) in {scenes} scene(s) are too few"
        return row | {"note": note}
    if y.std() <= 1e-10 * np.abs(y).max():
        return row | {"note": "mixed model: the feature is constant"}
    y = (y - y.mean()) / y.std()
    dummies = (scene[:, None] == np.unique(scene)[None, 1:]).astype(float)
    intercept = np.ones((len(y), 1))
    null, _ = maximum_likelihood(y, intercept, person)
    full, icc = maximum_likelihood(y, np.hstack([intercept, dummies]), person)
    if not np.isfinite(full) or icc > _GRID[-2]:
        return row | {"note": "mixed model: singular, nothing is left within participants"}
    chi2 = max(0.0, 2 * (full - null))
    note = "mixed model: no variance between participants" if icc == 0 else ""
    return row | {"mixed_chi2": chi2, "mixed_p": float(stats.chi2.sf(chi2, scenes - 1)), "icc": icc, "note": note}


def maximum_likelihood(y: Floats, design: Floats, person: Integers) -> tuple[float, float]:
    """Largest log-likelihood of ``y (rows,)`` of each ``person (rows,)`` with fixed effects ``design (rows, effects)``,
    and the icc where it is."""
    at = np.array([log_likelihood(y, design, person, icc) for icc in _GRID])
    best = int(at.argmax())
    if np.isfinite(at[best]):
        found = optimize.minimize_scalar(
            lambda icc: -log_likelihood(y, design, person, icc),
            bounds=(_GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]),
            method="bounded",
            options={"xatol": 1e-9},
        )
        # The refinement never reaches a bound itself: a maximum at icc = 0 is the grid's.
        if -found.fun > at[best]:
            return float(-found.fun), float(found.x)
    return float(at[best]), float(_GRID[best])


def log_likelihood(y: Floats, design: Floats, person: Integers, icc: float) -> float:
    """Log-likelihood at ``icc`` in [0, 1), all else at its best; inf where ``y`` is fitted exactly."""
    _, index, number = np.unique(person, return_inverse=True, return_counts=True)
    # Square root of the inverse covariance: a participant's mean shrinks by this factor, deviations from it do not.
    variance = (1 - icc) + number * icc
    shrink = np.sqrt((1 - icc) / variance)

    def whitened(columns: Floats) -> Floats:
        means = np.zeros((len(number), columns.shape[1]))
        np.add.at(means, index, columns)
        means /= number[:, None]
        return (columns - (1 - shrink[index])[:, None] * means[index]) / np.sqrt(1 - icc)

    left_side, right_side = whitened(design), whitened(y[:, None])[:, 0]
    left = right_side - left_side @ np.linalg.lstsq(left_side, right_side, rcond=None)[0]
    s2 = float(left @ left) / len(y)
    if s2 * (1 - icc) <= 1e-20:
        return np.inf
    log_determinant = float(((number - 1) * np.log(1 - icc) + np.log(variance)).sum())
    return -0.5 * (len(y) * (np.log(2 * np.pi * s2) + 1) + log_determinant)
