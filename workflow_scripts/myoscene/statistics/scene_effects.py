"""Does an expression feature differ between scenes? Friedman, mixed model, Wilcoxon (METHODS section 8)."""

import itertools
import os
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from myoscene.core.tables import read_table, write_table
from myoscene.scenes.tables import EXPRESSION_FEATURES
from myoscene.statistics import fdr
from myoscene.statistics.arrange import SMALLEST_COHORT, Cells, cells
from myoscene.statistics.estimators import Floats
from myoscene.statistics.mixed import Row, mixed_model
from myoscene.statistics.tables import FAMILIES, SCENE_EFFECTS, SCENE_PAIRS

# What each feature's tests say once they are corrected over features.
_CORRECTED = ("p_bh", "p_by", "significant")
# Up to this many people scipy takes all sign changes where there are ties (2^13 of them); beyond, the normal one.
_ALL_SIGNS = 13
# Of differences between scenes: a millionth of a second, of a share or of a level at rest is nothing.
DECIMALS = 6


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
    table = cells(features, "feature", list(features["feature"].unique()), participants, scenes)
    rows, counts = corrected(effects_of(table, applied), alpha)
    write_table(effects, rows.assign(synthetic=synthetic), SCENE_EFFECTS)
    write_table(pairs, pairs_of(table, applied).assign(synthetic=synthetic), SCENE_PAIRS)
    write_table(families, counts.assign(synthetic=synthetic), FAMILIES)


def effects_of(table: Cells, applied: Sequence[str] = ()) -> pd.DataFrame:
    """Friedman's test and the mixed model of every feature, before the correction."""
    rows = []
    for feature, values in zip(table.variables, table.values, strict=True):
        there = ~np.isnan(values)
        people = there.any(axis=1)
        tests = friedman(values), mixed_model(values)
        note = "; ".join(filter(None, (str(test["note"]) for test in tests)))
        numbers = {"n_participants": people.sum(), "n_scenes": there.any(axis=0).sum(), "n_rows": there.sum()}
        rows.append({"feature": feature} | numbers | table.came(people, applied) | tests[0] | tests[1] | {"note": note})
    later = {"synthetic", *(f"{test}_{column}" for test in ("friedman", "mixed") for column in _CORRECTED)}
    return pd.DataFrame(rows, columns=[name for name in SCENE_EFFECTS.columns if name not in later])


def friedman(values: Floats) -> Row:
    """Friedman's test with Kendall's W = chi2 / (n (k - 1)), over participants with a value in every scene, of ``values
    (participants, scenes)``; NaN where undefined. Scenes in which nobody has a value do not count."""
    values = values[:, ~np.isnan(values).all(axis=0)]
    complete = values[~np.isnan(values).any(axis=1)]
    number, scenes = complete.shape
    row: Row = {"n_complete": number, "friedman_df": max(scenes - 1, 0)}
    row |= dict.fromkeys(("friedman_chi2", "friedman_p", "kendall_w"), np.nan)
    if scenes < 3:
        return row | {"note": f"Friedman: {scenes} scene(s), three are needed"}
    if number < SMALLEST_COHORT:
        return row | {"note": f"Friedman: {number} participant(s) with a value in every scene"}
    if (complete == complete[:, :1]).all():
        return row | {"note": "Friedman: no participant's value differs between scenes"}
    chi2, p = map(float, stats.friedmanchisquare(*complete.T))
    return row | {"friedman_chi2": chi2, "friedman_p": p, "kendall_w": chi2 / (number * (scenes - 1)), "note": ""}


def pairs_of(table: Cells, applied: Sequence[str] = ()) -> pd.DataFrame:
    """Wilcoxon's signed-rank test of every feature between every two scenes, Holm within a feature.

    scipy's rules: zero differences are left out; the distribution is exact up to 50 people without ties, by
    all sign changes up to 13 people with ties, and normal beyond.
    """
    rows: list[Row] = []
    for feature, values in zip(table.variables, table.values, strict=True):
        of_feature: list[Row] = []
        for a, b in itertools.combinations(range(len(table.scenes)), 2):
            difference = values[:, b] - values[:, a]
            there = ~np.isnan(difference)
            names: Row = {"feature": feature, "scene_a": table.scenes[a], "scene_b": table.scenes[b]}
            of_feature.append(names | table.came(there, applied) | wilcoxon(difference[there]))
        p = np.array([row["p"] for row in of_feature], dtype=float)
        rows += [row | {"p_holm": holm} for row, holm in zip(of_feature, holm_adjusted(p), strict=True)]
    return pd.DataFrame(rows, columns=[name for name in SCENE_PAIRS.columns if name != "synthetic"])


def wilcoxon(difference: Floats) -> Row:
    """Signed-rank test of paired differences ``(participants,)``; no p, and a note, where there is none.

    They are ranked with 6 decimals, as scipy's documentation advises: 0.3 - 0.2 and 0.2 - 0.1 differ in their last
    bits, and would not count as tied.
    """
    number = len(difference)
    row: Row = {"n_participants": number, "statistic": np.nan, "p": np.nan, "note": ""}
    row["median_difference"] = float(np.median(difference)) if number else np.nan
    difference = difference.round(DECIMALS)
    if number < SMALLEST_COHORT:
        return row | {"note": f"{number} participant(s) with both scenes"}
    if not difference.any():
        return row | {"note": "no difference in anybody"}
    size = np.abs(difference)
    if number <= _ALL_SIGNS and (len(np.unique(size)) < number or not size.all()):
        # Over all sign changes of those who differ: what scipy computes in a loop. Ranks are whole or half numbers, so
        # that all sums and the shares of 2^n are exact.
        ranks = stats.rankdata(size[size > 0])
        sums, rises = _signs(len(ranks)) @ ranks, ranks[difference[size > 0] > 0].sum()
        statistic = min(rises, ranks.sum() - rises)
        p = 2 * min((sums <= rises).mean(), (sums >= rises).mean(), 0.5)
    else:
        statistic, p = stats.wilcoxon(difference)
    return row | {"statistic": float(statistic), "p": float(p)}


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
        rows = rows.assign(**{f"{name}_{column}": tests[column] for column in _CORRECTED})
        families.append(counts)
    return rows, pd.concat(families, ignore_index=True)
