"""Associations of expression features with NASA-TLX, four estimators side by side (METHODS section 8)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.recordings.tables import RATINGS
from myoscene.scenes.tables import EXPRESSION_FEATURES
from myoscene.statistics import estimators, fdr
from myoscene.statistics.arrange import SMALLEST_COHORT, Cells, alike, cells
from myoscene.statistics.estimators import ESTIMATORS, PRIMARY, Estimator, Floats, Mask, correlation_p
from myoscene.statistics.permutation import Permutations, draw, permutation_p
from myoscene.statistics.tables import FAMILIES, TLX_ASSOCIATIONS


@dataclass(frozen=True)
class TlxSettings:
    """What the job depends on: keys of the section ``statistics``, of which ``bootstrap`` is ``bootstrap_samples``, and
    the participants who train nothing and are only predicted (``applied``)."""

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
    """Features (rows of ``expression_features``) and these columns of ``ratings``, of the participants and scenes that
    have both; InputError where fewer than three participants are left.

    Sessions are matched by name where both tables name them, then averaged (our choice).
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
    x = cells(features, "feature", list(features["feature"].unique()), people, scenes)
    return x, cells(long, "subscale", list(subscales), people, scenes)


def associate(
    x: Cells, y: Cells, *, permutations: int, bootstrap_samples: int, seed: int, applied: Sequence[str] = ()
) -> pd.DataFrame:
    """Every estimator on every feature ``x`` and rating ``y`` of the same participants and scenes.

    ``permutations`` is the limit of :func:`draw`; ``applied`` are the participants who are only predicted.

    Returns:
        Rows of ``tlx_associations`` before the correction, ordered by estimator, feature, subscale.
    """
    people = len(x.participants)
    drawn = estimators.bootstrap_weights(people, bootstrap_samples, seed)
    weights = np.concatenate([np.ones((1, people)), estimators.leave_one_out_weights(people), drawn])
    parts = []
    # Features and ratings that have the same cells: each pair of groups is one matrix product.
    for k in alike(np.isnan(y.values)):
        rated = ~np.isnan(y.values[k[0]])
        plan = draw(rated, permutations, seed)
        for f, (number, estimator) in product(alike(np.isnan(x.values)), enumerate(ESTIMATORS)):
            mask = ~np.isnan(x.values[f[0]]) & rated
            used = mask & (mask.sum(axis=1) >= (2 if estimator.within else 1))[:, None]
            found = _columns(estimator, x.values[f], y.values[k], used, weights, plan, x.participants)
            columns: dict[str, Any] = {"number": number, "f": f[:, None], "k": k, **found}
            columns |= x.came(used.any(axis=1), applied)
            shape = len(f), len(k)
            parts.append(pd.DataFrame({name: np.broadcast_to(v, shape).ravel() for name, v in columns.items()}))
    rows = pd.concat(parts).sort_values(["number", "f", "k"], ignore_index=True)
    names = {"estimator": [e.name for e in ESTIMATORS], "feature": x.variables, "subscale": y.variables}
    for (name, values), place in zip(names.items(), ("number", "f", "k"), strict=True):
        rows[name] = np.array(values, dtype=object)[rows.pop(place)]
    return rows.assign(primary=rows["estimator"] == PRIMARY)


def _columns(
    estimator: Estimator, x: Floats, y: Floats, used: Mask, weights: Floats, plan: Permutations, people: list[str]
) -> dict[str, Any]:
    """Estimate, p and what a reader has to know, each ``(features, ratings)`` or one for all."""
    r = estimator.function(x, y, used, weights)
    estimate, left_out, samples = r[:, :, 0], r[:, :, 1 : 1 + len(people)], r[:, :, 1 + len(people) :]
    low, high = np.where(np.isnan(estimate), np.nan, estimators.percentile_interval(samples))
    there = used.any(axis=1)
    change, who = estimators.largest_change(estimate, np.where(there, left_out, np.nan))
    number, scenes = int(there.sum()), int(used.any(axis=0).sum())
    primary = estimator.degrees is None
    impossible = ""
    if number < SMALLEST_COHORT:
        impossible = f"{number} participant(s) with enough values"
    elif estimator.within and scenes < 2:
        impossible = "one scene"
    elif estimator.name == "between_scenes" and scenes < 3:
        impossible = f"{scenes} scene(s)"
    elif primary and len(plan) < 2:
        impossible = "no two participants were rated in the same scenes"
    if impossible:
        p = np.full(estimate.shape, np.nan)
    elif estimator.degrees is None:
        p = permutation_p(x, y, used, plan)
    else:
        p = correlation_p(estimate, estimator.degrees(used))
    few = f"only {len(plan)} permutations of the participants exist" if primary and 1 < len(plan) < 100 else ""
    remark = estimator.caution or few
    without = "; ".join(filter(None, [impossible or "no variation", remark]))
    return {
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "n_participants": number,
        "n_scenes": scenes,
        "n_rows": int(used.sum()),
        "loo_max_change": change,
        "loo_participant": np.array([*people, ""], dtype=object)[who],
        "p": p,
        "permutations": len(plan) if primary else 0,
        "exact": plan.exact and primary,
        "note": np.where(np.isnan(p), without, remark),
    }


def with_discoveries(rows: pd.DataFrame, family: str, alpha: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with p_bh, p_by and significant, and the families: ``estimator`` or ``estimator_and_subscale``."""
    names = rows["estimator"]
    if family == "estimator_and_subscale":
        names = names + "/" + rows["subscale"]
    tests, counts = fdr.correct(rows["p"], names, alpha)
    return pd.concat([rows, tests], axis=1), counts
