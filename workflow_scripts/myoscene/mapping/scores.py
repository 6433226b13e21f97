"""How well continuous targets are predicted, and how sure that is."""

import numpy as np

from myoscene.core.arrays import Floats, Whole

METRICS = ("r", "r2", "rmse", "smape", "spearman", "jerk")
# What rounding leaves of the variance of a constant, as a share of its square.
STILL = 1e-12


def block_sums(true: Floats, predicted: Floats, blocks: Whole, step_s: float) -> Floats:
    """Sums over each block of rows that every score is made of, ``(blocks, sums, targets)``.

    Args:
        true, predicted: ``(rows, targets)``.
        blocks: ``(rows,)`` number of the block that a row is in.
    """
    from scipy.stats import rankdata

    rows = len(true)
    centre = true.mean(axis=0)
    t, p = true - centre, predicted - centre
    ranks = [rankdata(each, axis=0) - (rows + 1) / 2 for each in (true, predicted)]
    size = (np.abs(true) + np.abs(predicted)) / 2
    error = np.divide(np.abs(p - t), size, out=np.zeros_like(size), where=size > 0)
    jerks = [np.zeros_like(true), np.zeros_like(true)]
    for jerk, each in zip(jerks, (predicted, true), strict=True):
        jerk[3:] = (np.diff(each, n=3, axis=0) / step_s**3) ** 2
    ones = np.ones_like(true)
    a, b = ranks
    parts = [ones, t, p, t * t, p * p, t * p, (p - t) ** 2, error, a, b, a * a, b * b, a * b, *jerks]
    order = np.argsort(blocks, kind="stable")
    _, starts = np.unique(blocks[order], return_index=True)
    sums: Floats = np.add.reduceat(np.stack(parts, axis=1)[order], starts, axis=0)
    return sums


def from_sums(sums: Floats) -> Floats:
    """Scores ``(..., metrics, targets)`` in the order of :data:`METRICS`, of sums ``(..., sums, targets)``.

    ``r2`` is against the mean of the scored rows, and below 0 where that mean would have been better. ``smape``:
    symmetric mean absolute percentage error, 0 to 200. ``jerk``: root mean square third derivative of what is
    predicted over that of the truth: 1 moves as smoothly, 0 does not move. NaN where a score is not defined: what does
    not move has no correlation. Of draws of blocks, ``spearman`` keeps the ranks among all rows.
    """
    n, t, p, tt, pp, tp, off, error, a, b, aa, bb, ab, jerk_p, jerk_t = np.moveaxis(sums, -2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = tt - t * t / n
        r = _correlation(n, (t, p), (tt, pp), tp)
        spearman = _correlation(n, (a, b), (aa, bb), ab)
        moves = variance > STILL * tt
        found = [r, 1 - off / np.where(moves, variance, np.nan), np.sqrt(off / n), 100 * error / n, spearman]
        found.append(np.sqrt(jerk_p / np.where(moves & (jerk_t > 0), jerk_t, np.nan)))
    return np.stack(found, axis=-2)


def _correlation(n: Floats, sums: tuple[Floats, Floats], squares: tuple[Floats, Floats], product: Floats) -> Floats:
    spreads = [square - one * one / n for one, square in zip(sums, squares, strict=True)]
    moves = np.logical_and(*(spread > STILL * square for spread, square in zip(spreads, squares, strict=True)))
    scale = np.sqrt(np.where(moves, spreads[0] * spreads[1], np.nan))
    found: Floats = (product - sums[0] * sums[1] / n) / scale
    return found


def score(true: Floats, predicted: Floats, step_s: float) -> Floats:
    """``(metrics, targets)`` of ``(rows, targets)``; see :func:`from_sums`."""
    return from_sums(block_sums(true, predicted, np.zeros(len(true), dtype=np.int64), step_s)[0])


def draws(sums: Floats, number: int, seed: int) -> Floats:
    """Scores ``(number, metrics, targets)`` of random draws of the blocks, with replacement."""
    counts = np.random.default_rng(seed).multinomial(len(sums), [1 / len(sums)] * len(sums), number)
    return from_sums(np.tensordot(counts.astype(np.float64), sums, 1))
