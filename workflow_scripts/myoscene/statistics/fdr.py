"""False discovery rate within declared families; missing p leave a family before the correction."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats


def adjusted(p: NDArray[np.floating], method: Literal["bh", "by"]) -> NDArray[np.float64]:
    """Adjusted p ``(tests,)``: ``bh`` (Benjamini & Hochberg 1995) or ``by`` (Benjamini & Yekutieli 2001).

    Missing p stay missing and do not count as tests.
    """
    result = np.full(len(p), np.nan)
    there = ~np.isnan(p)
    if there.any():
        result[there] = stats.false_discovery_control(p[there], method=method)
    return result


def correct(p: pd.Series, family: pd.Series, alpha: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Correct each family of tests by itself.

    Args:
        p: one value a test, NaN where there is none. family: name of each test's family, same index.
        alpha: false discovery rate.

    Returns:
        ``p_bh``, ``p_by`` and ``significant`` (by ``p_bh``) with the index of ``p``; and one row a family, in
        order of appearance: family, tests (that entered the correction), missing, significant_bh,
        significant_by.
    """
    tests = pd.DataFrame({"p_bh": np.nan, "p_by": np.nan, "significant": False}, index=p.index)
    rows = []
    for name in family.unique():
        here = (family == name).to_numpy()
        values = p[here].to_numpy(dtype=float)
        bh, by = adjusted(values, "bh"), adjusted(values, "by")
        tests.loc[here, "p_bh"], tests.loc[here, "p_by"] = bh, by
        tests.loc[here, "significant"] = bh <= alpha
        missing = int(np.isnan(values).sum())
        counts = int((bh <= alpha).sum()), int((by <= alpha).sum())
        rows.append((name, len(values) - missing, missing, *counts))
    columns = ["family", "tests", "missing", "significant_bh", "significant_by"]
    return tests, pd.DataFrame(rows, columns=columns)
