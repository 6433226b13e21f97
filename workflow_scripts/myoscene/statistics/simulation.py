"""False positives and power of the estimators where the truth is known.

Twelve people rate six scenes. A feature and a rating each are the sum of a person's level (variance 0.6), an effect of
the scene that everybody shares (0.5), and a rest (0.4); person and scene effects of the two are independent of each
other, the rests correlate by the true association. The design is our choice.
"""

import os

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from myoscene.core.tables import write_table
from myoscene.statistics.estimators import ESTIMATORS, PRIMARY, Floats, correlation_p, standardise
from myoscene.statistics.permutation import Permutations, draw, permutation_p
from myoscene.statistics.tables import SIMULATION

PARTICIPANTS, SCENES = 12, 6
ICC, SCENE_VARIANCE = 0.6, 0.5
ASSOCIATIONS = (0.0, 0.45)
# 499 random permutations and the observed one: 5 % of them is a whole number.
_PERMUTATIONS = 499
# Not one of the four: the plain correlation over all rows, to compare with.
_PEARSON = "pooled_pearson"


def write_simulation(destination: str | os.PathLike[str], *, repeats: int, alpha: float, seed: int) -> None:
    """Simulate ``repeats`` studies an association and write how often each estimator rejects."""
    write_table(destination, simulate(repeats, alpha, seed), SIMULATION)


def simulate(repeats: int, alpha: float, seed: int) -> pd.DataFrame:
    """Rows of ``simulation``: how often each estimator rejects at ``alpha``, with Wilson intervals."""
    rows = []
    for place, association in enumerate(ASSOCIATIONS):
        generator = np.random.default_rng([seed, place])
        plan = draw(np.ones((PARTICIPANTS, SCENES), dtype=bool), _PERMUTATIONS, seed)
        p = np.array([study_p(*study(generator, association), plan) for _ in range(repeats)])
        for name, of_estimator in zip([*(e.name for e in ESTIMATORS), _PEARSON], p.T, strict=True):
            rejected = int((of_estimator <= alpha).sum())
            interval = stats.binomtest(rejected, repeats).proportion_ci(method="wilson")
            rows.append((name, name == PRIMARY, association, repeats, rejected, rejected / repeats, *interval))
    columns = ["estimator", "primary", "association", "studies", "rejected", "rate", "ci_low", "ci_high"]
    known = {"alpha": alpha, "participants": PARTICIPANTS, "scenes": SCENES, "icc": ICC, "synthetic": True}
    return pd.DataFrame(rows, columns=columns).assign(**known)


def study(generator: np.random.Generator, association: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A feature and a rating, each ``(1, participants, scenes)``."""
    rest = generator.standard_normal((2, PARTICIPANTS, SCENES))
    rest[1] = association * rest[0] + np.sqrt(1 - association**2) * rest[1]
    people = np.sqrt(ICC) * generator.standard_normal((2, PARTICIPANTS, 1))
    scenes = np.sqrt(SCENE_VARIANCE) * generator.standard_normal((2, 1, SCENES))
    x, y = people + scenes + np.sqrt(1 - ICC) * rest
    return x[None], y[None]


def study_p(x: Floats, y: Floats, plan: Permutations) -> list[float]:
    """p of the four estimators, in their order, and of the pooled Pearson correlation."""
    mask = np.ones(x.shape[1:], dtype=bool)
    weights = np.ones((1, len(mask)))
    p = []
    for estimator in ESTIMATORS:
        if estimator.degrees is None:
            p.append(float(permutation_p(x, y, mask, plan)[0, 0]))
        else:
            r = float(estimator.function(x, y, mask, weights)[0, 0, 0])
            p.append(float(correlation_p(r, estimator.degrees(mask))))
    pearson = float((standardise(x, mask) * standardise(y, mask)).sum()) / mask.size
    return [*p, float(correlation_p(pearson, mask.size - 2))]
