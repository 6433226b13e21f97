"""Four correlations of repeated measures, as functions of arrays and of weights on participants, and what is read of
them: intervals, the influence of single people, and p.

Every estimator has the same form, so that its estimate, its bootstrap and its leave-one-out values come from
one piece of arithmetic: a bootstrap sample is a row of counts, leaving a person out is a row with a single 0.

Shapes throughout: features ``x (features, participants, scenes)``, ratings ``y (ratings, participants,
scenes)``, ``mask (participants, scenes)``, true where both are there, ``weights (samples, participants)``,
not negative; result ``(features, ratings, samples)``, NaN where the correlation is not defined.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]

# A sum of squares below this share of that of a variable of unit SD is rounding, not variation.
_NO_VARIATION = 1e-12


def standardise(values: Floats, mask: Mask) -> NDArray[np.float64]:
    """``values (variables, participants, scenes)`` with mean 0 and SD 1 over ``mask``, 0 elsewhere and in constants: no
    correlation changes by it, and the arithmetic that follows is safe from units."""
    kept = np.where(mask, values, 0.0).astype(np.float64)
    rows = max(int(mask.sum()), 1)
    largest = np.abs(kept).max(axis=(1, 2), initial=0.0)
    kept = np.where(mask, kept - kept.sum(axis=(1, 2), keepdims=True) / rows, 0.0)
    sd = np.sqrt((kept**2).sum(axis=(1, 2)) / rows)
    constant = sd <= 1e-10 * largest
    kept[constant] = 0.0
    return kept / np.where(constant, 1.0, sd)[:, None, None]


def centre_participants(values: Floats, mask: Mask) -> NDArray[np.float64]:
    """``values (..., participants, scenes)`` minus each participant's mean over ``mask``; 0 outside of it."""
    number = np.maximum(mask.sum(axis=1), 1)[:, None]
    kept = np.where(mask, values, 0.0)
    return np.where(mask, kept - kept.sum(axis=-1, keepdims=True) / number, 0.0)


def scene_inverse(mask: Mask, weights: Floats) -> NDArray[np.float64]:
    """Pseudo-inverse of the normal matrix of scene effects without participant effects, ``(samples, scenes, scenes)``.

    The least-squares fit of participant + scene effects on the cells of ``mask`` explains, of
    participant-centred values with weighted scene sums b, the sum of squares b' C+ b, C being that matrix. In
    a complete table it is the subtraction of scene means.
    """
    number = np.maximum(mask.sum(axis=1), 1)
    cells = mask.astype(np.float64)
    of_each = np.eye(mask.shape[1]) * cells[:, :, None] - cells[:, :, None] * cells[:, None, :] / number[:, None, None]
    return np.linalg.pinv(np.einsum("bp,pst->bst", weights, of_each), rcond=1e-10, hermitian=True)


def correlation(xy: Floats, xx: Floats, yy: Floats, rows: Floats) -> NDArray[np.float64]:
    """``xy / sqrt(xx yy)`` clipped to [-1, 1]; NaN where a sum of squares is nothing but rounding.

    ``xy`` is ``(features, ratings, samples)``, ``xx`` ``(features, samples)``, ``yy`` ``(ratings, samples)``, ``rows``,
    the number of rows behind the sums, ``(samples,)``.
    """
    least = _NO_VARIATION * np.maximum(rows, 1)
    defined = (xx > least)[:, None, :] & (yy > least)[None, :, :]
    scale = np.sqrt(np.where(xx > least, xx, 1.0)[:, None, :] * np.where(yy > least, yy, 1.0)[None, :, :])
    return np.where(defined, np.clip(xy / scale, -1.0, 1.0), np.nan)


def within_participant_and_scene(x: Floats, y: Floats, mask: Mask, weights: Floats) -> NDArray[np.float64]:
    """Correlation of what participant means and scene means leave over (METHODS section 8, estimator 1).

    With missing cells the means are the effects of the least-squares fit of participant + scene on the cells
    that both variables have (our choice).
    """
    x, y = centre_participants(standardise(x, mask), mask), centre_participants(standardise(y, mask), mask)
    inverse = scene_inverse(mask, weights)
    scenes_x = np.einsum("bp,fps->fbs", weights, x)
    scenes_y = np.einsum("bp,kps->kbs", weights, y)
    fit_x = np.einsum("bst,fbt->fbs", inverse, scenes_x)
    fit_y = np.einsum("bst,kbt->kbs", inverse, scenes_y)
    xx = (x**2).sum(axis=2) @ weights.T - (fit_x * scenes_x).sum(axis=2)
    yy = (y**2).sum(axis=2) @ weights.T - (fit_y * scenes_y).sum(axis=2)
    xy = _cross(x, y, weights) - np.einsum("fbs,kbs->fkb", scenes_x, fit_y)
    return correlation(xy, xx, yy, weights @ mask.sum(axis=1))


def within_participant(x: Floats, y: Floats, mask: Mask, weights: Floats) -> NDArray[np.float64]:
    """Repeated-measures correlation (Bakdash & Marusich 2017): both centred on participant means."""
    x, y = centre_participants(standardise(x, mask), mask), centre_participants(standardise(y, mask), mask)
    xx, yy = (x**2).sum(axis=2) @ weights.T, (y**2).sum(axis=2) @ weights.T
    return correlation(_cross(x, y, weights), xx, yy, weights @ mask.sum(axis=1))


def between_scenes(x: Floats, y: Floats, mask: Mask, weights: Floats) -> NDArray[np.float64]:
    """Pearson correlation of scene means; NaN with fewer than three scenes."""
    x, y = standardise(x, mask), standardise(y, mask)
    people = weights @ mask
    there = people > 0
    divisor = np.where(there, people, 1.0)
    scenes = np.maximum(there.sum(axis=1), 1)

    def centred(values: Floats) -> Floats:
        means = np.einsum("bp,kps->kbs", weights, values) / divisor
        return np.where(there, means - (means * there).sum(axis=2, keepdims=True) / scenes[:, None], 0.0)

    x, y = centred(x), centred(y)
    r = correlation(np.einsum("fbs,kbs->fkb", x, y), (x**2).sum(axis=2), (y**2).sum(axis=2), scenes)
    return np.where(there.sum(axis=1) >= 3, r, np.nan)


def pooled_spearman(x: Floats, y: Floats, mask: Mask, weights: Floats) -> NDArray[np.float64]:
    """Spearman's rank correlation over all rows, as if independent; each sample has its own ranks."""
    person, scene = np.nonzero(mask)
    rows = weights[:, person].astype(np.float64)
    total = rows.sum(axis=1)
    standard_y = standardise(y, mask)
    ranks_y = np.stack([_centred_ranks(values[person, scene], rows) for values in standard_y])
    yy = np.einsum("bn,kbn->kb", rows, ranks_y**2)
    result = np.empty((len(x), len(y), len(weights)))
    for index, values in enumerate(standardise(x, mask)):
        ranks = _centred_ranks(values[person, scene], rows)
        xx = (rows * ranks**2).sum(axis=1)
        xy = np.einsum("bn,kbn->kb", rows * ranks, ranks_y)
        result[index] = correlation(xy[None], xx[None], yy, total)[0]
    return result


def _centred_ranks(values: Floats, rows: Floats) -> NDArray[np.float64]:
    """Mid-ranks ``(samples, rows)``, less their mean, of ``values (rows,)`` occurring ``rows`` times each."""
    below = (values[:, None] < values[None, :]) + 0.5 * (values[:, None] == values[None, :])
    return rows @ below - rows.sum(axis=1, keepdims=True) / 2


def _cross(x: Floats, y: Floats, weights: Floats) -> NDArray[np.float64]:
    """Weighted sums of products, ``(features, ratings, samples)``."""
    return np.einsum("fps,kps->fkp", x, y) @ weights.T


def bootstrap_weights(participants: int, samples: int, seed: int) -> NDArray[np.float64]:
    """Counts ``(samples, participants)`` of drawing ``participants`` people with replacement. Seeded."""
    drawn = np.random.default_rng(seed).integers(0, participants, size=(samples, participants))
    counts = np.zeros((samples, participants))
    np.add.at(counts, (np.arange(samples)[:, None], drawn), 1.0)
    return counts


def leave_one_out_weights(participants: int) -> NDArray[np.float64]:
    """Weights ``(participants, participants)`` that leave out each person in turn."""
    return 1.0 - np.eye(participants)


def percentile_interval(values: Floats, level: float = 0.95) -> NDArray[np.float64]:
    """Percentile interval ``(2, ...)`` over the last axis of ``values``.

    Samples without a value (everybody drawn was the same person, say) are left out; where they are the
    majority, so is the interval (our choice).
    """
    undefined = np.isnan(values).mean(axis=-1) > 0.5
    filled = np.where(undefined[..., None], 0.0, values)
    return np.where(undefined, np.nan, np.nanquantile(filled, [(1 - level) / 2, (1 + level) / 2], axis=-1))


def largest_change(estimate: Floats, left_out: Floats) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The largest change of an estimate ``(...)`` when one participant is left out (``left_out``, ``(...,
    participants)``): without minus with that person, NaN where not defined, and whose it is, -1 there."""
    change = left_out - estimate[..., None]
    size = np.where(np.isnan(change), -1.0, np.abs(change))
    who = size.argmax(axis=-1)
    defined = size.max(axis=-1, initial=-1.0) >= 0
    value = np.take_along_axis(change, who[..., None], axis=-1)[..., 0]
    return np.where(defined, value, np.nan), np.where(defined, who, -1)


def degrees_of_freedom(mask: Mask) -> int:
    """N - k - 1: rows minus participants minus the common slope (Bakdash & Marusich 2017, equation 2).

    A participant with one row adds a row and a mean, hence nothing.
    """
    repeats = mask.sum(axis=1)
    return int(repeats.sum() - (repeats > 0).sum() - 1)


def correlation_p(r: Floats | float, df: int) -> NDArray[np.float64]:
    """Two-sided p of a correlation ``r`` with ``df`` degrees of freedom, by Student's t; NaN where df < 1.

    The same formula serves Pearson's and Spearman's correlation with df = n - 2.
    """
    r = np.asarray(r, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt(max(df, 0) / (1 - r**2))
    return np.where((df >= 1) & ~np.isnan(r), 2 * stats.t.sf(t, max(df, 1)), np.nan)


@dataclass(frozen=True)
class Estimator:
    """One way of correlating features with ratings: its name in the tables, its function as this module describes it,
    whether a participant needs two cells to take part (``within``), degrees of freedom of the cells (None for the one
    that is tested by permutation), and what a reader has to know whenever the estimate is shown."""

    name: str
    function: Callable[[Floats, Floats, Mask, Floats], NDArray[np.float64]]
    within: bool
    degrees: Callable[[Mask], int] | None
    caution: str = ""


PRIMARY = "within_participant_and_scene"

ESTIMATORS = (
    Estimator(PRIMARY, within_participant_and_scene, True, None),
    Estimator(
        "within_participant",
        within_participant,
        True,
        degrees_of_freedom,
        "mixes in the designed differences between the scenes",
    ),
    Estimator("between_scenes", between_scenes, False, lambda m: m.any(axis=0).sum() - 2, "n is the number of scenes"),
    Estimator(
        "pooled_spearman",
        pooled_spearman,
        False,
        lambda m: m.sum() - 2,
        "ignores that measures of a person are repeated",
    ),
)
