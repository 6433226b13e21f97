"""Associations of expression features with NASA-TLX, four estimators side by side (METHODS section 8)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.recordings.tables import RATINGS
from myoscene.scenes.tables import EXPRESSION_FEATURES
from myoscene.statistics import bootstrap, fdr, rmcorr
from myoscene.statistics.arrange import Cells, cells, in_order
from myoscene.statistics.estimators import ESTIMATORS, PRIMARY, Estimator, Floats, Mask
from myoscene.statistics.permutation import Permutations, draw, permutation_p
from myoscene.statistics.tables import FAMILIES, TLX_ASSOCIATIONS

SMALLEST_COHORT = 3


@dataclass(frozen=True)
class TlxSettings:
    """What the job depends on: keys of the section ``statistics``.

    Attributes:
        bootstrap_samples: its key ``bootstrap``.
        applied: participants who train nothing and are only predicted.
    """

    subscales: list[str]
    alpha: float
    family: str
    permutations: int
    bootstrap_samples: int
    seed: int
    applied: list[str]


def tlx_associations(
    expression_features: str | os.PathLike[str],
    ratings: str | os.PathLike[str],
    associations: str | os.PathLike[str],
    families: str | os.PathLike[str],
    settings: TlxSettings,
) -> None:
    """Read both tables, associate, correct, and write the associations and their families.

    Everybody counts alike: whoever is only predicted was rated, too, and no model that predicts anybody has seen that
    person. The tables say how many came in which way.

    Raises:
        InputError: fewer than three participants have features and ratings of the same scene.
    """
    features = read_table(expression_features, EXPRESSION_FEATURES)
    rated = read_table(ratings, RATINGS)
    x, y = align(features, rated, settings.subscales)
    rows = associate(
        x,
        y,
        permutations=settings.permutations,
        bootstrap_samples=settings.bootstrap_samples,
        seed=settings.seed,
        applied=settings.applied,
    )
    rows, counts = with_discoveries(rows, settings.family, settings.alpha)
    synthetic = bool(features["synthetic"].any() or rated["synthetic"].any())
    write_table(associations, rows.assign(synthetic=synthetic), TLX_ASSOCIATIONS)
    write_table(families, counts.assign(synthetic=synthetic), FAMILIES)


def align(features: pd.DataFrame, ratings: pd.DataFrame, subscales: list[str]) -> tuple[Cells, Cells]:
    """Features and ratings of the participants and scenes that have both.

    Sessions are matched by name where both tables name them, then averaged (our choice).

    Args:
        features: rows of ``expression_features``. ratings: rows of ``ratings``.
        subscales: rating columns to use.

    Raises:
        InputError: fewer than three participants are left.
    """
    keys = ["participant", "session", "scene"]
    if not (features["session"].ne("").all() and ratings["session"].ne("").all()):
        keys.remove("session")
    both = features[keys].drop_duplicates().merge(ratings[keys].drop_duplicates(), on=keys)
    features, ratings = features.merge(both, on=keys), ratings.merge(both, on=keys)
    people = sorted(both["participant"].unique())
    if len(people) < SMALLEST_COHORT:
        raise InputError(
            f"{len(people)} participant(s) ({', '.join(people) or 'none'}) have expression features and "
            f"ratings of the same scene, and associations need {SMALLEST_COHORT}: check that the ratings "
            f"name scenes like the recordings do, add people, or set recordings.ratings.source to 'none'"
        )
    scenes = sorted(both["scene"].unique())
    long = ratings.melt(["participant", "session", "scene"], subscales, "subscale", "value")
    x = cells(features, "feature", in_order(features["feature"]), people, scenes)
    return x, cells(long, "subscale", list(subscales), people, scenes)


def associate(
    x: Cells, y: Cells, *, permutations: int, bootstrap_samples: int, seed: int, applied: Sequence[str] = ()
) -> pd.DataFrame:
    """Every estimator on every feature and subscale, before the correction.

    Args:
        x: features. y: ratings of the same participants and scenes.
        permutations: limit of :func:`myoscene.statistics.permutation.draw`.
        bootstrap_samples: of participants, for the 95 % intervals.
        seed: of both.
        applied: participants who are only predicted; they are counted apart.

    Returns:
        Rows of ``tlx_associations`` without p_bh, p_by, significant and synthetic, ordered by estimator,
        feature, subscale.
    """
    people = len(x.participants)
    weights = np.concatenate(
        [
            np.ones((1, people)),
            bootstrap.leave_one_out_weights(people),
            bootstrap.bootstrap_weights(people, bootstrap_samples, seed),
        ]
    )
    patterns = np.unique(~np.isnan(y.values), axis=0)
    plans = {rated.tobytes(): draw(rated, permutations, seed) for rated in patterns}
    parts, order = [], []
    for f, k in mask_groups(x.values, y.values):
        rated = ~np.isnan(y.values[k[0]])
        mask = ~np.isnan(x.values[f[0]]) & rated
        for number, estimator in enumerate(ESTIMATORS):
            used = mask & (mask.sum(axis=1) >= (2 if estimator.within else 1))[:, None]
            columns = _estimates(estimator, x.values[f], y.values[k], used, weights, x.participants)
            estimate = columns["estimate"]
            columns |= counted(used.any(axis=1), x.participants, applied, estimate.shape)
            columns |= _tests(estimator, estimate, x.values[f], y.values[k], used, plans[rated.tobytes()])
            parts.append(pd.DataFrame({name: np.ravel(values) for name, values in columns.items()}))
            order += [(number, i, j) for i in f for j in k]
    return _named(pd.concat(parts, ignore_index=True), order, x, y)


def counted(
    there: Mask, participants: Sequence[str], applied: Sequence[str], shape: tuple[int, ...]
) -> dict[str, NDArray[np.int64]]:
    """n_train and n_apply of the participants who are ``there`` ``(participants,)``, each filled to ``shape``."""
    only = int((there & np.isin(participants, list(applied))).sum())
    return {"n_train": np.full(shape, int(there.sum()) - only), "n_apply": np.full(shape, only)}


def _named(rows: pd.DataFrame, order: list[tuple[int, int, int]], x: Cells, y: Cells) -> pd.DataFrame:
    """Rows with their names in front, sorted; ``order`` holds indices of estimator, feature and subscale."""
    places = sorted(range(len(order)), key=order.__getitem__)
    rows, order = rows.iloc[places].reset_index(drop=True), [order[place] for place in places]
    rows.insert(0, "estimator", [ESTIMATORS[e].name for e, _, _ in order])
    rows.insert(1, "primary", rows["estimator"] == PRIMARY)
    rows.insert(2, "feature", [x.variables[i] for _, i, _ in order])
    rows.insert(3, "subscale", [y.variables[j] for _, _, j in order])
    return rows


def mask_groups(x: Floats, y: Floats) -> list[tuple[list[int], list[int]]]:
    """Indices of features and ratings that have the same cells: each pair of groups is one matrix product."""

    def groups(values: Floats) -> list[list[int]]:
        found: dict[bytes, list[int]] = {}
        for index, one in enumerate(values):
            found.setdefault(np.isnan(one).tobytes(), []).append(index)
        return list(found.values())

    return [(f, k) for f in groups(x) for k in groups(y)]


def _estimates(
    estimator: Estimator, x: Floats, y: Floats, used: Mask, weights: Floats, participants: list[str]
) -> dict[str, Any]:
    """Estimate, interval, largest change and numbers, each ``(features, ratings)``."""
    people = len(participants)
    r = estimator.function(x, y, used, weights)
    estimate, left_out, samples = r[:, :, 0], r[:, :, 1 : 1 + people], r[:, :, 1 + people :]
    low, high = bootstrap.percentile_interval(samples)
    there = used.any(axis=1)
    change, who = bootstrap.largest_change(estimate, np.where(there, left_out, np.nan))
    low, high = (np.where(np.isnan(estimate), np.nan, bound) for bound in (low, high))
    return {
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "n_participants": np.full(estimate.shape, there.sum()),
        "n_scenes": np.full(estimate.shape, used.any(axis=0).sum()),
        "n_rows": np.full(estimate.shape, used.sum()),
        "loo_max_change": change,
        "loo_participant": np.array([*participants, ""], dtype=object)[who],
    }


def _tests(
    estimator: Estimator, estimate: Floats, x: Floats, y: Floats, used: Mask, plan: Permutations
) -> dict[str, Any]:
    """p, how it was made, and what a reader has to know, each ``(features, ratings)``."""
    people, scenes, rows = int(used.any(axis=1).sum()), int(used.any(axis=0).sum()), int(used.sum())
    primary = estimator.name == PRIMARY
    impossible = _impossible(people, scenes, estimator)
    if primary and not impossible and len(plan) < 2:
        impossible = "no two participants were rated in the same scenes"
    if impossible:
        p = np.full(estimate.shape, np.nan)
    elif primary:
        p = permutation_p(x, y, used, plan)
    elif estimator.name == "within_participant":
        p = rmcorr.correlation_p(estimate, rmcorr.degrees_of_freedom(used))
    else:
        p = rmcorr.correlation_p(estimate, (scenes if estimator.name == "between_scenes" else rows) - 2)
    few = f"only {len(plan)} permutations of the participants exist" if primary and 1 < len(plan) < 100 else ""
    remarks = [estimator.caution or few]
    without = "; ".join(filter(None, [impossible or "no variation", *remarks]))
    return {
        "p": p,
        "permutations": np.full(estimate.shape, len(plan) if primary else 0),
        "exact": np.full(estimate.shape, plan.exact and primary),
        "note": np.where(np.isnan(p), without, remarks[0]),
    }


def _impossible(people: int, scenes: int, estimator: Estimator) -> str:
    """Why there can be no p, or ""."""
    if people < SMALLEST_COHORT:
        return f"{people} participant(s) with enough values"
    if estimator.within and scenes < 2:
        return "one scene"
    if estimator.name == "between_scenes" and scenes < 3:
        return f"{scenes} scene(s)"
    return ""


def with_discoveries(rows: pd.DataFrame, family: str, alpha: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with p_bh, p_by and significant after ``p``, and the families.

    Args:
        family: ``estimator`` or ``estimator_and_subscale``.
    """
    names = rows["estimator"]
    if family == "estimator_and_subscale":
        names = names + "/" + rows["subscale"]
    tests, counts = fdr.correct(rows["p"], names, alpha)
    return pd.concat([rows, tests], axis=1), counts
