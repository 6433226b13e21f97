"""False positives of the estimators on simulated cohorts in which there is nothing to find."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from myoscene.core.tables import write_table
from myoscene.statistics.tables import NULL_CHECK

ALL_COHORTS = -1


def write_null_check(cohorts: Sequence[str | os.PathLike[str]], destination: str | os.PathLike[str]) -> None:
    """Join the counts of all cohorts and write them with their summaries."""
    rows = pd.concat([pd.read_csv(path, keep_default_na=True) for path in cohorts], ignore_index=True)
    write_table(destination, summarised(rows), NULL_CHECK)


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``null_check``: first a row an estimator over all cohorts (seed -1), then every cohort's.

    The tests of one cohort share people and ratings, so they are not independent trials: the rate is the mean over
    cohorts.
    """
    summaries = []
    for _, part in rows.groupby("estimator", sort=False):
        rates = part["rate"].dropna().to_numpy(dtype=float)
        low, high = rate_interval(rates)
        sums = part[["tests", "missing", "false_positives", "bh_discoveries"]].sum()
        rate = float(rates.mean()) if len(rates) else np.nan
        own = {"seed": ALL_COHORTS, "cohorts": len(rates), "rate": rate, "ci_low": low, "ci_high": high}
        summaries.append({**part[["estimator", "primary", "alpha"]].iloc[0], **sums, **own})
    single = rows.assign(cohorts=1, ci_low=np.nan, ci_high=np.nan)
    together = pd.concat([pd.DataFrame(summaries), single], ignore_index=True)
    return together.assign(synthetic=True)[list(NULL_CHECK.columns)]


def rate_interval(rates: np.ndarray) -> tuple[float, float]:
    """Student's 95 % t interval of the mean of ``rates (cohorts,)``; NaN with fewer than two cohorts."""
    if len(rates) < 2:
        return np.nan, np.nan
    half = stats.t.ppf(0.975, len(rates) - 1) * rates.std(ddof=1) / np.sqrt(len(rates))
    return float(rates.mean() - half), float(rates.mean() + half)
