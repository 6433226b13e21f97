"""Model against model, over participants."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from myoscene.core.tables import PathLike, read_csv_table, write_table
from myoscene.learn.scores.metrics import bootstrap_interval
from myoscene.learn.tables import COMPARISON, PARTICIPANT_SCORES

METRICS = ("balanced_accuracy", "macro_f1", "roc_auc")
CHUNK = 4096
# A person's scores are read with ten digits: patterns whose sums are this close, a person, tie with each other.
TIE = 1e-9


def permutation_p(
    differences: np.ndarray, permutations: int, seed: int, *, greater: bool = False
) -> tuple[float, int, bool]:
    """p of a mean difference of 0 when each person's two scores may be swapped (Fisher 1935).

    Every one of the 2^n sign patterns where there are no more than ``permutations``; else that many random ones,
    with the observed one counted in (Phipson & Smyth 2010).

    Args:
        differences: ``(participants,)``: of each person one difference, or the sum of the person's differences, which
            then change sign together.
        greater: one-tailed, for a mean above 0; else two-sided.

    Returns:
        p, number of patterns used, whether that is all of them.
    """
    n = len(differences)
    if n == 0:
        return math.nan, 0, False
    exact = n < 63 and 2**n <= permutations
    total = 2**n if exact else permutations
    generator = np.random.default_rng(seed)
    observed = differences.sum() if greater else abs(differences.sum())
    observed -= TIE * n
    reached = 0
    for start in range(0, total, CHUNK):
        number = min(CHUNK, total - start)
        if exact:
            bits = (np.arange(start, start + number)[:, None] >> np.arange(n)) & 1
        else:
            bits = generator.integers(2, size=(number, n))
        sums = (1 - 2 * bits) @ differences
        reached += int(((sums if greater else np.abs(sums)) >= observed).sum())
    return (reached / total if exact else (reached + 1) / (total + 1)), total, exact


def compare(scores: pd.DataFrame, permutations: int, bootstrap: int, seed: int) -> pd.DataFrame:
    """One row a pair of models and metric; people who lack the metric in either are left out and counted.

    Args:
        scores: rows of :data:`myoscene.learn.tables.PARTICIPANT_SCORES` of several models.
    """
    models = list(dict.fromkeys(scores["model"]))
    rows = []
    for (first, second), metric in itertools.product(itertools.combinations(models, 2), METRICS):
        wide = scores.pivot(index="participant", columns="model", values=metric).sort_index()
        difference = (wide[first] - wide[second]).to_numpy(dtype=float)
        have = difference[~np.isnan(difference)]
        p, used, exact = permutation_p(have, permutations, seed)
        low, high = bootstrap_interval(have, bootstrap, seed)
        rows.append(
            {
                "model_a": first,
                "model_b": second,
                "metric": metric,
                "participants": len(have),
                "missing": len(difference) - len(have),
                "mean_difference": have.mean() if len(have) else math.nan,
                "sd_difference": have.std(ddof=1) if len(have) > 1 else math.nan,
                "sd_over": "participants",
                "bootstrap_low": low,
                "bootstrap_high": high,
                "p": p,
                "permutations": used,
                "exact": exact,
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARISON.columns)).drop(columns="synthetic")


def compare_models(
    sources: Sequence[PathLike],
    destination: PathLike,
    *,
    permutations: int,
    bootstrap: int,
    seed: int,
    synthetic: bool,
) -> None:
    """Compare the models whose participant scores are in ``sources``; with one model the table has no rows."""
    scores = pd.concat([read_csv_table(path, PARTICIPANT_SCORES) for path in sources], ignore_index=True)
    table = compare(scores, permutations, bootstrap, seed).assign(synthetic=synthetic)
    write_table(destination, table, COMPARISON)
