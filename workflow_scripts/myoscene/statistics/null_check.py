"""False positives of the estimators on simulated cohorts in which there is nothing to find."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from myoscene.core.tables import write_table
from myoscene.statistics.arrange import Cells
from myoscene.statistics.estimators import PRIMARY
from myoscene.statistics.fdr import adjusted
from myoscene.statistics.tables import NULL_CHECK
from myoscene.statistics.tlx import associate

ALL_COHORTS = -1
TOTALS = ("tests", "missing", "false_positives", "bh_discoveries")


def count_positives(x: Cells, y: Cells, *, seed: int, alpha: float, permutations: int) -> pd.DataFrame:
    """Rows of ``null_cohort``: each estimator's tests, p <= alpha, and discoveries at that rate.

    Args:
        x: features. y: ratings of the same people and scenes.
    """
    # The intervals are not looked at: one bootstrap sample is enough.
    rows = associate(x, y, permutations=permutations, bootstrap_samples=1, seed=seed)
    counts = []
    for estimator, p in rows.groupby("estimator", sort=False)["p"]:
        there = p.dropna().to_numpy(dtype=float)
        positives = int((there <= alpha).sum())
        counts.append(
            {
                "seed": seed,
                "estimator": estimator,
                "primary": estimator == PRIMARY,
                "tests": len(there),
                "missing": len(p) - len(there),
                "false_positives": positives,
                "rate": positives / len(there) if len(there) else np.nan,
                "bh_discoveries": int((adjusted(there, "bh") <= alpha).sum()),
            }
        )
    about = {"participants": len(x.participants), "scenes": len(x.scenes), "features": len(x.variables)}
    return pd.DataFrame(counts).assign(**about, alpha=alpha, synthetic=True)


def write_null_check(cohorts: Sequence[str | os.PathLike[str]], destination: str | os.PathLike[str]) -> None:
    """Join the counts of all cohorts and write them with their summaries."""
    rows = pd.concat([pd.read_csv(path, keep_default_na=True) for path in cohorts], ignore_index=True)
    write_table(destination, summarised(rows), NULL_CHECK)


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``null_check``: first a row an estimator over all cohorts (seed -1), then every cohort's.

    The tests of one cohort share people and ratings, so they are no independent trials: the rate is the mean
    of the cohorts' rates and its 95 % interval Student's t over cohorts.
    """
    summaries = []
    for estimator, part in rows.groupby("estimator", sort=False):
        rates = part["rate"].dropna().to_numpy(dtype=float)
        low, high = rate_interval(rates)
        totals = {name: int(part[name].sum()) for name in ("tests", "missing", "false_positives", "bh_discoveries")}
        summaries.append(
            {
                "seed": ALL_COHORTS,
                "estimator": estimator,
                "primary": bool(part["primary"].iloc[0]),
                "cohorts": len(rates),
                **totals,
                "rate": float(rates.mean()) if len(rates) else np.nan,
                "ci_low": low,
                "ci_high": high,
                "alpha": float(part["alpha"].iloc[0]),
            }
        )
    single = rows.assign(cohorts=1, ci_low=np.nan, ci_high=np.nan)
    together = pd.concat([pd.DataFrame(summaries), single], ignore_index=True)
    return together.assign(synthetic=True)[list(NULL_CHECK.columns)]


def rate_interval(rates: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Student's t interval of the mean of ``rates (cohorts,)``; NaN with fewer than two cohorts."""
    if len(rates) < 2:
        return np.nan, np.nan
    half = stats.t.ppf(0.5 + level / 2, len(rates) - 1) * rates.std(ddof=1) / np.sqrt(len(rates))
    return float(rates.mean() - half), float(rates.mean() + half)
