"""p of the primary estimator by giving each person's whole block of ratings to another person.

Under the null hypothesis who has which block of ratings is exchangeable, whatever the correlation between a
person's own rows. Centring on scenes takes out what all people share. Blocks are exchanged only between
people who were rated in the same scenes (our choice): otherwise a person whose scenes differ by design would
be compared with blocks that this person could not have had, and the set of usable cells would change with the
permutation.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myoscene.statistics.estimators import (
    Floats,
    Mask,
    centre_participants,
    correlation,
    scene_information,
    standardise,
)

# A permuted |r| this close to the observed one is the same number, computed in another order.
_TIE = 1e-9
_CHUNK_BYTES = 32_000_000


@dataclass(frozen=True)
class Permutations:
    """Whose block of ratings each participant gets.

    Attributes:
        order: ``(permutations, participants)``; when ``exact`` every one, the unchanged order included.
        exact: all of them, or a random draw.
    """

    order: NDArray[np.intp]
    exact: bool

    def __len__(self) -> int:
        return len(self.order)


def strata(rated: Mask) -> list[NDArray[np.intp]]:
    """Groups of participants who were rated in the same scenes; ``rated`` is ``(participants, scenes)``.

    People without any rating are in no group.
    """
    patterns: dict[bytes, list[int]] = {}
    for person, row in enumerate(rated):
        if row.any():
            patterns.setdefault(row.tobytes(), []).append(person)
    return [np.array(people) for people in patterns.values()]


def draw(rated: Mask, limit: int, seed: int) -> Permutations:
    """Every permutation of participants within strata where there are at most ``limit``, else ``limit``
    random ones.

    Args:
        rated: ``(participants, scenes)``, true where there is a rating.
    """
    groups = strata(rated)
    people = len(rated)
    if math.prod(math.factorial(len(group)) for group in groups) <= limit:
        order = np.arange(people)[None, :]
        for group in groups:
            within = np.array(list(itertools.permutations(group)), dtype=np.intp)
            order = np.repeat(order, len(within), axis=0)
            order[:, group] = np.tile(within, (len(order) // len(within), 1))
        return Permutations(order, True)
    generator = np.random.default_rng(seed)
    order = np.tile(np.arange(people), (limit, 1))
    for group in groups:
        order[:, group] = generator.permuted(np.tile(group, (limit, 1)), axis=1)
    return Permutations(order, False)


def permutation_p(x: Floats, y: Floats, mask: Mask, permutations: Permutations) -> NDArray[np.float64]:
    """Two-sided p ``(features, ratings)`` of ``within_participant_and_scene``.

    Args:
        x: ``(features, participants, scenes)``. y: ``(ratings, participants, scenes)``.
        mask: ``(participants, scenes)``, cells that both have. People who exchange blocks must have been
            rated in the same scenes: :func:`draw` sees to it.
        permutations: of :func:`draw` over the same participants.

    Returns:
        Share of permutations whose |r| reaches the observed one; with a random draw the observed order is
        counted in (Phipson & Smyth 2010), so p is never 0. NaN where the correlation is not defined.
    """
    people, scenes = mask.shape
    x_left = _residuals(standardise(x, mask), mask)
    # Ratings keep the cells that features lack: another person's block may be needed there.
    rated = ~np.isnan(y)
    y_ready = np.stack([standardise(v[None], m)[0] for v, m in zip(y, rated, strict=True)])
    identity = np.arange(people)[None, :]
    observed = np.abs(_permuted(x_left, y_ready, mask, identity))[:, :, 0]
    reached = np.zeros(observed.shape, dtype=np.int64)
    step = max(1, _CHUNK_BYTES // (8 * max(people * scenes * len(y), len(x) * len(y))))
    for start in range(0, len(permutations), step):
        order = permutations.order[start : start + step]
        r = _permuted(x_left, y_ready, mask, order)
        # A permuted table without variation has no correlation: it does not reach anything.
        reached += (np.abs(np.nan_to_num(r)) >= observed[:, :, None] - _TIE).sum(axis=2)
    extra = 0 if permutations.exact else 1
    p = (reached + extra) / (len(permutations) + extra)
    return np.where(np.isnan(observed), np.nan, p)


def _residuals(values: Floats, mask: Mask) -> NDArray[np.float64]:
    """Residuals ``(variables, participants, scenes)`` of the fit of participant + scene on ``mask``."""
    centred = centre_participants(values, mask)
    inverse = np.linalg.pinv(scene_information(mask, np.ones((1, len(mask))))[0], rcond=1e-10, hermitian=True)
    effects = centred.sum(axis=1) @ inverse
    return centre_participants(centred - np.where(mask, effects[:, None, :], 0.0), mask)


def _permuted(x_left: Floats, y: Floats, mask: Mask, order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Correlations ``(features, ratings, permutations)``; ``x_left`` are residuals, ``y`` is not centred."""
    blocks = np.where(mask, y[:, order, :], 0.0)
    ratings, number, people, scenes = blocks.shape
    # The residuals of x are orthogonal to participant and scene effects: y need not be centred for the
    # products.
    flat = blocks.reshape(ratings * number, people * scenes)
    xy = (x_left.reshape(len(x_left), -1) @ flat.T).reshape(len(x_left), ratings, number)
    yy = _residual_squares(blocks, mask)
    rows = np.full(number, mask.sum())
    xx = np.repeat((x_left**2).sum(axis=(1, 2))[:, None], number, axis=1)
    return correlation(xy, xx, yy, rows)


def _residual_squares(blocks: Floats, mask: Mask) -> NDArray[np.float64]:
    """Squares ``(ratings, permutations)`` that participant and scene effects leave of permuted ratings."""
    cells = mask.astype(np.float64)
    number = np.maximum(cells.sum(axis=1), 1)
    inverse = np.linalg.pinv(scene_information(mask, np.ones((1, len(mask))))[0], rcond=1e-10, hermitian=True)
    means = blocks.sum(axis=3) / number
    squares = (blocks**2).sum(axis=(2, 3)) - (means**2 * number).sum(axis=2)
    sums = blocks.sum(axis=2) - np.einsum("kbp,ps->kbs", means, cells)
    return squares - np.einsum("kbs,st,kbt->kb", sums, inverse, sums)
