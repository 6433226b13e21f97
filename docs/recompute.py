"""Recompute the statistics of a run from its CSV files, with pandas, numpy and scipy alone, and count what differs.

    python docs/recompute.py results

Each line says how many values of a table differ from those recomputed, in more than the last digits that are printed.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

TEXT = {"participant": str, "session": str, "scene": str, "note": str, "loo_participant": str}


def cells(frame, column):
    """Of the long ``frame`` the values of each ``column``, a row a participant and scene; sessions are averaged."""
    return frame.pivot_table(index=["participant", "scene"], columns=column, values="value", dropna=False).round(12)


def friedman(values):
    """Friedman's chi2 and p of ``values`` (participant, scene), over participants with a value in every scene."""
    wide = values.unstack("scene").dropna(axis=1, how="all").dropna()
    if wide.shape[1] < 3 or len(wide) < 3 or (wide.nunique(axis=1) == 1).all():
        return np.nan, np.nan
    return stats.friedmanchisquare(*wide.to_numpy().T)


def wilcoxon(values, one, other):
    """Wilcoxon's statistic and p of two scenes.

    Differences are rounded, as scipy's documentation advises: 0.3 - 0.2 and 0.2 - 0.1 differ in their last bits.
    """
    wide = values.unstack("scene").reindex(columns=[one, other])
    difference = (wide[other] - wide[one]).dropna().round(6)
    if len(difference) < 3 or not difference.any():
        return np.nan, np.nan
    return stats.wilcoxon(difference)


def left_over(values, *levels):
    """What a least-squares fit of an effect of each of ``levels`` leaves of ``values``."""
    design = [pd.get_dummies(values.index.get_level_values(level), dtype=float) for level in levels]
    fitted = np.linalg.lstsq(np.hstack(design), values, rcond=None)[0]
    return values - np.hstack(design) @ fitted


def correlations(x, y):
    """Estimate and p of each estimator, of a feature and a rating (participant, scene); p of the first needs
    permutations."""
    both = pd.concat([x, y], axis=1, keys=["x", "y"]).dropna()
    repeated = both[both.groupby("participant")["x"].transform("size") > 1]
    means = both.groupby("scene").mean()
    residuals = [left_over(repeated[name], "participant", "scene") for name in ("x", "y")]
    centred = [left_over(repeated[name], "participant") for name in ("x", "y")]
    r = pearson(*centred)[0]
    degrees = len(repeated) - repeated.index.get_level_values("participant").nunique() - 1
    p = 2 * stats.t.sf(abs(r) * np.sqrt(degrees / (1 - r**2)), degrees) if degrees > 0 else np.nan
    return {
        "within_participant_and_scene": (pearson(*residuals)[0], None),
        "within_participant": (r, p),
        "between_scenes": pearson(means["x"], means["y"]),
        "pooled_spearman": pearson(both["x"].rank(), both["y"].rank()),
    }


def pearson(x, y):
    """Pearson's r and p, of ranks Spearman's; NaN with two values or where one side is constant."""
    small = [values.std() <= 1e-10 for values in (x, y)]
    return (np.nan, np.nan) if len(x) < 3 or any(small) else tuple(stats.pearsonr(x, y))


def differ(found, table):
    """Whether two numbers differ in more than the last of ten digits; missing ones are equal."""
    return not np.isclose(found, table, rtol=1e-8, atol=1e-9, equal_nan=True)


def recompute(results):
    """What is compared -> whether each value of the tables in the folder ``results`` differs."""
    results = Path(results)
    long = pd.read_csv(results / "scenes/expression_features.csv", dtype=TEXT)
    features = cells(long, "feature")
    effects, pairs = (
        pd.read_csv(results / f"statistics/{name}.csv", dtype=TEXT) for name in ("scene_effects", "scene_pairs")
    )
    found = {}
    tests = {row.feature: friedman(features[row.feature]) for row in effects.itertuples()}
    for number, column in enumerate(("friedman_chi2", "friedman_p")):
        rows = zip(effects["feature"], effects[column], strict=True)
        found[f"scene_effects.csv, {column}"] = [differ(tests[name][number], value) for name, value in rows]
    tested = [wilcoxon(features[row.feature], row.scene_a, row.scene_b) for row in pairs.itertuples()]
    for number, column in enumerate(("statistic", "p")):
        rows = zip(tested, pairs[column], strict=True)
        found[f"scene_pairs.csv, {column}"] = [differ(test[number], value) for test, value in rows]
    if not (results / "recordings/ratings.csv").exists():
        return found
    rated = pd.read_csv(results / "recordings/ratings.csv", dtype=TEXT)
    table = pd.read_csv(results / "statistics/tlx_associations.csv", dtype=TEXT)
    long = rated.melt(["participant", "scene"], table["subscale"].unique(), "subscale", "value")
    ratings = cells(long, "subscale")
    shared = features.index.intersection(ratings.index)
    known = table.set_index(["feature", "subscale", "estimator"])[["estimate", "p"]]
    for feature, subscale in itertools.product(table["feature"].unique(), table["subscale"].unique()):
        for estimator, (r, p) in correlations(features.loc[shared, feature], ratings.loc[shared, subscale]).items():
            row = known.loc[(feature, subscale, estimator)]
            found.setdefault(f"tlx_associations.csv, {estimator}", []).append(differ(r, row["estimate"]))
            if p is not None:
                found.setdefault(f"tlx_associations.csv, p of {estimator}", []).append(differ(p, row["p"]))
    return found


if __name__ == "__main__":
    for what, values in recompute(sys.argv[1] if len(sys.argv) > 1 else "results").items():
        print(f"{what}: {sum(values)} of {len(values)} differ")
