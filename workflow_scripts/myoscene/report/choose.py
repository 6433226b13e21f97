"""What the page picks out of the tables, for figures and text alike; nothing here draws."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from myoscene.learn.models.registry import MODELS
from myoscene.report.blocks import words
from myoscene.report.load import Tables

METRICS = {
    "macro_f1": "macro-F1",
    "balanced_accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "balanced_accuracy_every_class": "balanced accuracy, people with every class",
    "roc_auc": "ROC-AUC",
    "brier": "Brier score",
    "ece": "calibration error",
}
SUBSCALES = {"raw_tlx": "raw TLX", "weighted_tlx": "weighted TLX"}
ESTIMATORS = {
    "within_participant_and_scene": "within participant and scene",
    "within_participant": "within participant (rmcorr)",
    "between_scenes": "between scenes",
    "pooled_spearman": "pooled Spearman",
    "pooled_pearson": "pooled Pearson",
}
ALL_COHORTS = -1  # the seed of the rows of null_check.csv that are over all cohorts


def model_name(name: str) -> str:
    """A model's name for reading."""
    return MODELS[name].label if name in MODELS else words(name)


def estimator_name(name: str) -> str:
    """An estimator's name for reading."""
    return ESTIMATORS.get(name, words(name))


def subscale_name(name: str) -> str:
    """A subscale's name for reading."""
    return SUBSCALES.get(name, name)


_READING: dict[str, Callable[[str], str]] = {
    "model": model_name,
    "metric": lambda name: METRICS.get(name, words(name)),
    "estimator": estimator_name,
    "family": estimator_name,
    "subscale": subscale_name,
    "label": words,
}


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with models, metrics, estimators, subscales and labels under their names for reading."""
    return frame.assign(**{name: [of(item) for item in frame[name]] for name, of in _READING.items() if name in frame})


def modality(name: str) -> str:
    """What a model reads, by its name: ``eyes``, ``fusion`` or ``emg``."""
    return {"eye": "eyes", "fusion": "fusion"}.get(name.split("_")[0], "emg")


def variants(tables: Tables) -> list[tuple[str, str]]:
    """Pairs (personalised, plain) of eye models of which both were evaluated."""
    return [(name, f"{name}_plain") for name in tables.people if f"{name}_plain" in tables.people]


def by_score(scores: pd.Series) -> list[str]:
    """The index of ``scores``, best first; names break ties."""
    return list(scores.sort_index().sort_values(ascending=False, kind="stable").index)


def summary_row(tables: Tables, model: str, metric: str) -> pd.Series | None:
    """The model's row of ``summary.csv`` for ``metric``."""
    summary = tables.summary.get(model, pd.DataFrame({"metric": []}))
    rows = summary[summary["metric"] == metric]
    return rows.iloc[0] if len(rows) else None


def flag_counts(quality: pd.DataFrame) -> pd.DataFrame:
    """One row a flag, most frequent first: flag, signals, recordings, participants, channels."""
    of = quality["participant"] + "/" + quality["recording"]
    long = quality.assign(flag=quality["flags"].str.split(";"), of=of).explode("flag")
    long = long[long["flag"].fillna("").ne("")]
    rows = [
        (flag, len(own), own["of"].nunique(), own["participant"].nunique(), ", ".join(own["channel"].unique()))
        for flag, own in long.groupby("flag", sort=True)
    ]
    counts = pd.DataFrame(rows, columns=["flag", "signals", "recordings", "participants", "channels"])
    return counts.sort_values(["signals", "flag"], ascending=[False, True])


def chosen_participants(tables: Tables, most: int, model: str) -> list[tuple[str, str]]:
    """Whose timelines are drawn, as (participant, why): by rank of the scene model's held-out macro-F1.

    The best, the worst and those at even steps of rank between them; without scores, the first by name.
    """
    people = sorted(tables.scene_predictions)
    scores = tables.people[model].set_index("participant")["macro_f1"] if model in tables.people else pd.Series()
    ranked = by_score(scores[scores.index.isin(people)].dropna())
    if not ranked:
        return [(p, "") for p in people[:most]]
    roles = {len(ranked) - 1: "worst, ", 0: "best, "}
    places = even_steps(len(ranked), most)
    return [(ranked[place], f"{roles.get(place, '')}macro-F1 {scores[ranked[place]]:.2f}") for place in places]


def even_steps(count: int, most: int) -> list[int]:
    """At most ``most`` places among ``count``, the first and the last included."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int)).tolist()


def top(associations: pd.DataFrame, most: int) -> pd.DataFrame:
    """The primary estimator's rows with the smallest p; the larger estimate, then names, break ties."""
    rows = associations[associations["primary"]].dropna(subset=["estimate", "p"])
    rows = rows.assign(size=-rows["estimate"].astype(float).abs())
    return rows.sort_values(["p", "size", "feature", "subscale"]).head(most)


def heatmap_features(associations: pd.DataFrame, most: int) -> list[str]:
    """Features of the heat map in table order: all, or the ``most`` with the smallest p on any subscale."""
    rows = associations[associations["primary"]]
    best = rows.groupby("feature")["p"].min().fillna(2.0).reset_index().sort_values(["p", "feature"])
    kept = set(best["feature"].head(most))
    return [name for name in rows["feature"].unique() if name in kept]


def null_rates(null_check: pd.DataFrame) -> pd.DataFrame:
    """One row an estimator, the primary one first: rate of p <= alpha over all null cohorts."""
    rows = null_check[null_check["seed"] == ALL_COHORTS]
    return rows.sort_values("primary", ascending=False, kind="stable", ignore_index=True)


def effects_by_strength(effects: pd.DataFrame) -> pd.DataFrame:
    """Scene effects by Friedman p, then by Kendall's W, then by name; untested features come last."""
    ordered = effects.assign(weaker=-effects["kendall_w"].astype(float))
    return ordered.sort_values(["friedman_p", "weaker", "feature"], na_position="last")


def interval(values: np.ndarray | pd.Series) -> tuple[float, float, float]:
    """Mean and 95 % t-interval over participants; without an interval (nan) where there is only one."""
    values = np.asarray(values, dtype=float)
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


def curve_points(curve: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean over participants and its 95 % t-interval at each number of training people, smallest first."""
    rows = [(people, *interval(own[metric]), len(own)) for people, own in curve.groupby("people", sort=True)]
    return pd.DataFrame(rows, columns=["people", "mean", "low", "high", "participants"])


def accuracies(tables: Tables, personalised: str, plain: str) -> pd.DataFrame:
    """Accuracy of each participant, best first: columns ``plain`` and ``personalised``, by participant."""
    scores = {"plain": tables.people[plain], "personalised": tables.people[personalised]}
    both = pd.DataFrame({name: own.set_index("participant")["accuracy"] for name, own in scores.items()}).dropna()
    return both.loc[by_score(both["personalised"])]


def without_neutral(personalisation: pd.DataFrame) -> set[str]:
    """Participants none of whose sessions is personalised."""
    methods = personalisation.groupby("participant")["method"]
    return {str(participant) for participant, own in methods if own.eq("plain").all()}


def occupancy(tables: Tables, states: list[str]) -> pd.DataFrame:
    """Share of the scene spent in each state: participant, scene, state, share (mean over sessions)."""
    names = {f"occupancy_{state}": state for state in states} | {"uncertain_share": "uncertain"}
    rows = tables.expression_features.dropna(subset=["value"])
    rows = rows.assign(state=rows["feature"].map(names)).dropna(subset=["state"])
    means = rows.groupby(["participant", "scene", "state"], sort=False)["value"].mean()
    return means.rename("share").reset_index()
