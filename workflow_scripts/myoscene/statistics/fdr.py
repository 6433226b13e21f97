"""False discovery rate within declared families; missing p leave a family before the correction."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats


def adjusted(p: NDArray[np.floating] | pd.Series, method: Literal["bh", "by"]) -> NDArray[np.float64]:
    """Adjusted p ``(tests,)``: ``bh`` (Benjamini & Hochberg 1995) or ``by`` (Benjamini & Yekutieli 2001); missing p
    stay missing and do not count as tests."""
    result = np.full(len(p), np.nan)
    there = ~np.isnan(p)
    if there.any():
        result[there] = stats.false_discovery_control(p[there], method=method)
    return result


def correct(p: pd.Series, family: pd.Series, alpha: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Correct each family of tests by itself.

    Returns:
        ``p_bh``, ``p_by`` and ``significant`` (by ``p_bh``) with the index of ``p`` and ``family``; and a row a family,
        in order of appearance: family, tests (that entered the correction), missing, significant_bh, significant_by.
    """
    families = p.groupby(family, sort=False)
    tests = pd.DataFrame({f"p_{method}": families.transform(adjusted, method) for method in ("bh", "by")})
    tests["significant"] = tests["p_bh"] <= alpha
    counts = {"tests": p.notna(), "missing": p.isna(), "significant_bh": tests["significant"]}
    counted = pd.DataFrame(counts | {"significant_by": tests["p_by"] <= alpha}).groupby(family, sort=False).sum()
    return tests, counted.astype(int).rename_axis("family").reset_index()
