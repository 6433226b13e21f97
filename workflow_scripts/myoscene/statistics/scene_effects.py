"""Does an expression feature differ between scenes? Friedman, mixed model, Wilcoxon (METHODS section 8)."""

import itertools
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from myoscene.core.tables import read_table, write_table
from myoscene.scenes.tables import EXPRESSION_FEATURES
from myoscene.statistics import fdr
from myoscene.statistics.arrange import Cells, cells, in_order
from myoscene.statistics.estimators import Floats
from myoscene.statistics.mixed import SMALLEST_COHORT, mixed_model
from myoscene.statistics.tables import FAMILIES, SCENE_EFFECTS, SCENE_PAIRS

# Columns that come after the correction, or of the table as a whole.
_LATER = {f"{test}_{column}" for test in ("friedman", "mixed") for column in ("p_bh", "p_by", "significant")}
_LATER |= {"synthetic"}
# Up to this many people scipy takes all sign changes where there are ties (2^13 of them); beyond, the normal one.
_ALL_SIGNS = 13


def scene_effects(
    expression_features: str | os.PathLike[str],
    effects: str | os.PathLike[str],
    pairs: str | os.PathLike[str],
    families: str | os.PathLike[str],
    *,
    alpha: float,
    applied: Sequence[str] = (),
) -> None:
    """Test each expression feature, correct over features, and write effects, pairs and families.

    ``applied`` are the participants who train nothing and are only predicted: they count alike, and are counted apart.
    """
    features = read_table(expression_features, EXPRESSION_FEATURES)
    synthetic = bool(features["synthetic"].any())
    participants, scenes = sorted(features["participant"].unique()), sorted(features["scene"].unique())
    table = cells(features, "feature", in_order(features["feature"]), participants, scenes)
    rows, counts = corrected(effects_of(table, applied), alpha)
    write_table(effects, rows.assign(synthetic=synthetic), SCENE_EFFECTS)
    write_table(pairs, pairs_of(table, applied).assign(synthetic=synthetic), SCENE_PAIRS)
    write_table(families, counts.assign(synthetic=synthetic), FAMILIES)


def effects_of(table: Cells, applied: Sequence[str] = ()) -> pd.DataFrame:
    """Friedman's test and the mixed model of every feature, before the correction."""
    only = np.isin(table.participants, list(applied))
    rows = []
    for feature, values in zip(table.variables, table.values, strict=True):
        there = ~np.isnan(values)
        row: dict[str, Any] = {
            "feature": feature,
            "n_participants": int(there.any(axis=1).sum()),
            "n_train": int((there.any(axis=1) & ~only).sum()),
            "n_apply": int((there.any(axis=1) & only).sum()),
            "n_scenes": int(there.any(axis=0).sum()),
            "n_rows": int(there.sum()),
        }
        tests = friedman(values), mixed_model(values)
        notes = [test.pop("note") for test in tests]
        rows.append(row | tests[0] | tests[1] | {"note": "; ".join(filter(None, notes))})
    return pd.DataFrame(rows, columns=[name for name in SCENE_EFFECTS.columns if name not in _LATER])


def friedman(values: Floats) -> dict[str, Any]:
    """Friedman's test with Kendall's W = chi2 / (n (k - 1)), over participants with a value in every scene.

    Args:
        values: ``(participants, scenes)``. Scenes in which nobody has a value do not count.

    Returns:
        n_complete, friedman_chi2, friedman_df, friedman_p, kendall_w (NaN where undefined) and a note.
    """
    values = values[:, ~np.isnan(values).all(axis=0)]
    complete = values[~np.isnan(values).any(axis=1)]
    number, scenes = complete.shape
    row = {"n_complete": number, "friedman_df": max(scenes - 1, 0)}
    nothing = {"friedman_chi2": np.nan, "friedman_p": np.nan, "kendall_w": np.nan}
    if scenes < 3:
        return row | nothing | {"note": f"Friedman: {scenes} scene(s), three are needed"}
    if number < SMALLEST_COHORT:
        return row | nothing | {"note": f"Friedman: {number} participant(s) with a value in every scene"}
    if (complete == complete[:, :1]).all():
        return row | nothing | {"note": "Friedman: no participant's value differs between scenes"}
    result = stats.friedmanchisquare(*complete.T)
    chi2, p = float(result.statistic), float(result.pvalue)
    return row | {
        "friedman_chi2": chi2,
        "friedman_p": p,
        "kendall_w": chi2 / (number * (scenes - 1)),
        "note": "",
    }


def pairs_of(table: Cells, applied: Sequence[str] = ()) -> pd.DataFrame:
    """Wilcoxon's signed-rank test of every feature between every two scenes, Holm within a feature.

    scipy's rules: zero differences are left out; the distribution is exact up to 50 people without ties, by
    all sign changes up to 13 people with ties, and normal beyond.
    """
    rows = []
    only = np.isin(table.participants, list(applied))
    for feature, values in zip(table.variables, table.values, strict=True):
        of_feature = []
        for a, b in itertools.combinations(range(len(table.scenes)), 2):
            difference = values[:, b] - values[:, a]
            row = {"feature": feature, "scene_a": table.scenes[a], "scene_b": table.scenes[b]}
            there = ~np.isnan(difference)
            came = {"n_train": int((there & ~only).sum()), "n_apply": int((there & only).sum())}
            of_feature.append(row | came | wilcoxon(difference[there]))
        p = np.array([row["p"] for row in of_feature], dtype=float)
        for row, holm in zip(of_feature, holm_adjusted(p), strict=True):
            rows.append(row | {"p_holm": holm})
    return pd.DataFrame(rows, columns=[name for name in SCENE_PAIRS.columns if name != "synthetic"])


def wilcoxon(difference: Floats) -> dict[str, Any]:
    """Signed-rank test of paired differences ``(participants,)``; no p, and a note, where there is none."""
    number = len(difference)
    row: dict[str, Any] = {
        "n_participants": number,
        "median_difference": float(np.median(difference)) if number else np.nan,
    }
    nothing = {"statistic": np.nan, "p": np.nan}
    if number < SMALLEST_COHORT:
        return row | nothing | {"note": f"{number} participant(s) with both scenes"}
    if not difference.any():
        return row | nothing | {"note": "no difference in anybody"}
    size = np.abs(difference)
    if number <= _ALL_SIGNS and (len(np.unique(size)) < number or not size.all()):
        return row | _by_all_signs(difference) | {"note": ""}
    result = stats.wilcoxon(difference)
    return row | {"statistic": float(result.statistic), "p": float(result.pvalue), "note": ""}


def _by_all_signs(difference: Floats) -> dict[str, float]:
    """Statistic and two-sided p over all sign changes of those who differ: what scipy computes in a loop.

    Ranks are whole or half numbers, so that all sums and the shares of 2^n are exact.
    """
    differing = difference[difference != 0]
    ranks = stats.rankdata(np.abs(differing))
    sums = _signs(len(ranks)) @ ranks
    rises = ranks[differing > 0].sum()
    p = 2 * min((sums <= rises).mean(), (sums >= rises).mean(), 0.5)
    return {"statistic": float(min(rises, ranks.sum() - rises)), "p": float(p)}


@cache
def _signs(number: int) -> Floats:
    """All ``(2^number, number)`` ways in which each of ``number`` people rises (1) or falls (0)."""
    return ((np.arange(2**number)[:, None] >> np.arange(number)) & 1).astype(np.float64)


def holm_adjusted(p: Floats) -> Floats:
    """Holm's adjusted p ``(tests,)``; missing ones stay missing and do not count."""
    result = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]
    stepped = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    result[order] = np.minimum(stepped, 1.0)
    return result


def corrected(rows: pd.DataFrame, alpha: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with the false discovery rate controlled over features, one family a test, and the families."""
    families = []
    for name in ("friedman", "mixed"):
        tests, counts = fdr.correct(rows[f"{name}_p"], pd.Series(f"scene_effects_{name}", rows.index), alpha)
        rows = rows.assign(**{f"{name}_{column}": tests[column] for column in ("p_bh", "p_by", "significant")})
        families.append(counts)
    return rows, pd.concat(families, ignore_index=True)
