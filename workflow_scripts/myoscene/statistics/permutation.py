"""p of the primary estimator by giving each person's whole block of ratings to another person.

Under the null hypothesis who has which block of ratings is exchangeable, whatever the correlation between a person's
own rows. Centring on scenes takes out what all people share. Blocks are exchanged only between people who were rated in
the same scenes (our choice): others could not have had them, and the set of usable cells would change.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myoscene.statistics.arrange import alike
from myoscene.statistics.estimators import Floats, Mask, centre_participants, correlation, scene_inverse, standardise

# A permuted |r| this close to the observed one is the same number, computed in another order.
_TIE = 1e-9
_CHUNK_BYTES = 32_000_000


@dataclass(frozen=True)
class Permutations:
    """Whose block of ratings each participant gets, ``(permutations, participants)``: when ``exact`` every order, the
    unchanged one included, else a random draw."""

    order: NDArray[np.intp]
    exact: bool

    def __len__(self) -> int:
        return len(self.order)


def strata(rated: Mask) -> list[NDArray[np.intp]]:
    """Groups of participants who were rated in the same scenes (``(participants, scenes)``), without those who were
    not."""
    return [group for group in alike(rated) if rated[group[0]].any()]


def draw(rated: Mask, limit: int, seed: int) -> Permutations:
    """Every permutation of participants within :func:`strata` where there are at most ``limit``, else ``limit`` random
    ones."""
    groups = strata(rated)
    order = np.arange(len(rated))[None, :]
    if math.prod(math.factorial(len(group)) for group in groups) <= limit:
        for group in groups:
            within = np.array(list(itertools.permutations(group)), dtype=np.intp)
            order = np.repeat(order, len(within), axis=0)
            order[:, group] = np.tile(within, (len(order) // len(within), 1))
        return Permutations(order, True)
    generator = np.random.default_rng(seed)
    order = np.repeat(order, limit, axis=0)
    for group in groups:
        order[:, group] = generator.permuted(np.tile(group, (limit, 1)), axis=1)
    return Permutations(order, False)


def permutation_p(x: Floats, y: Floats, mask: Mask, permutations: Permutations) -> NDArray[np.float64]:
    """Two-sided p ``(features, ratings)`` of ``within_participant_and_scene``; arguments as there, and of :func:`draw`.

    It is the share of permutations whose |r| reaches the observed one; with a random draw the observed order is
    counted in (Phipson & Smyth 2010), so p is never 0. NaN where the correlation is not defined.
    """
    people, scenes = mask.shape
    inverse = scene_inverse(mask, np.ones((1, people)))[0]
    x_left = centre_participants(standardise(x, mask), mask)
    # Residuals of the fit of participant + scene.
    x_left = centre_participants(x_left - np.where(mask, (x_left.sum(axis=1) @ inverse)[:, None, :], 0.0), mask)
    # Ratings keep the cells that features lack: another person's block may be needed there.
    rated = ~np.isnan(y)
    y_ready = np.stack([standardise(v[None], m)[0] for v, m in zip(y, rated, strict=True)])
    observed = np.abs(_permuted(x_left, y_ready, mask, inverse, np.arange(people)[None, :]))[:, :, 0]
    reached = np.zeros(observed.shape, dtype=np.int64)
    step = max(1, _CHUNK_BYTES // (8 * max(people * scenes * len(y), len(x) * len(y))))
    for start in range(0, len(permutations), step):
        r = _permuted(x_left, y_ready, mask, inverse, permutations.order[start : start + step])
        # A permuted table without variation has no correlation: it does not reach anything.
        reached += (np.abs(np.nan_to_num(r)) >= observed[:, :, None] - _TIE).sum(axis=2)
    extra = 0 if permutations.exact else 1
    return np.where(np.isnan(observed), np.nan, (reached + extra) / (len(permutations) + extra))


def _permuted(x_left: Floats, y: Floats, mask: Mask, inverse: Floats, order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Correlations ``(features, ratings, permutations)``; ``x_left`` are residuals, ``y`` is not centred."""
    blocks = np.where(mask, y[:, order, :], 0.0)
    ratings, number, people, scenes = blocks.shape
    # The residuals of x are orthogonal to participant and scene effects: y need not be centred for the products.
    flat = blocks.reshape(ratings * number, people * scenes)
    xy = (x_left.reshape(len(x_left), -1) @ flat.T).reshape(len(x_left), ratings, number)
    # Squares that participant and scene effects leave of permuted ratings, (ratings, permutations).
    cells = mask.astype(np.float64)
    of_each = np.maximum(cells.sum(axis=1), 1)
    means = blocks.sum(axis=3) / of_each
    sums = blocks.sum(axis=2) - np.einsum("kbp,ps->kbs", means, cells)
    yy = (blocks**2).sum(axis=(2, 3)) - (means**2 * of_each).sum(axis=2)
    yy = yy - np.einsum("kbs,st,kbt->kb", sums, inverse, sums)
    xx = np.repeat((x_left**2).sum(axis=(1, 2))[:, None], number, axis=1)
    return correlation(xy, xx, yy, np.full(number, mask.sum()))
