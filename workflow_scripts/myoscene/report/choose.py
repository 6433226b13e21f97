"""What the page picks out of the tables, for figures and text alike; nothing here draws."""

from collections.abc import Callable

import numpy as np
import pandas as pd

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
MODALITIES = {"emg": "EMG", "eyes": "eye images", "fusion": "EMG and eye images"}
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


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with models, metrics, estimators, subscales and labels under their names for reading."""
    return frame.assign(**{name: [of(item) for item in frame[name]] for name, of in _READING.items() if name in frame})


_READING: dict[str, Callable[[str], str]] = {
    "model": model_name,
    "metric": lambda name: METRICS.get(name, words(name)),
    "estimator": lambda name: ESTIMATORS.get(name, words(name)),
    "family": lambda name: ESTIMATORS.get(name, words(name)),
    "subscale": lambda name: SUBSCALES.get(name, name),
    "label": words,
}


def modality(name: str) -> str:
    """What a model reads, by its name: ``eyes``, ``fusion`` or ``emg``."""
    return {"eye": "eyes", "fusion": "fusion"}.get(name.split("_")[0], "emg")


def variants(tables: Tables) -> list[tuple[str, str]]:
    """Pairs (personalised, plain) of eye models of which both were evaluated."""
    return [(name, f"{name}_plain") for name in tables.models if f"{name}_plain" in tables.people]


def shorten(text: str, most: int) -> str:
    """``text``, or its start with an ellipsis where it is longer than ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def participant_order(tables: Tables) -> list[str]:
    """Participants from best to worst by the mean over models of macro-F1; names break ties."""
    return by_score(pd.concat(tables.people.values()).groupby("participant")["macro_f1"].mean())


def by_score(scores: pd.Series) -> list[str]:
    """The index of ``scores``, best first; names break ties."""
    return list(scores.sort_index().sort_values(ascending=False, kind="stable").index)


def summary_row(tables: Tables, model: str, metric: str) -> pd.Series | None:
    """The model's row of ``summary.csv`` for ``metric``."""
    summary = tables.summary.get(model)
    if summary is None:
        return None
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


def primary(associations: pd.DataFrame) -> pd.DataFrame:
    """Rows of the primary estimator."""
    return associations[associations["primary"]] if len(associations) else associations


def top(associations: pd.DataFrame, most: int) -> pd.DataFrame:
    """The primary estimator's rows with the smallest p; the larger estimate, then names, break ties."""
    rows = primary(associations)
    if rows.empty:
        return rows
    rows = rows.dropna(subset=["estimate", "p"])
    rows = rows.assign(size=-rows["estimate"].astype(float).abs())
    return rows.sort_values(["p", "size", "feature", "subscale"]).head(most).drop(columns="size")


def heatmap_features(associations: pd.DataFrame, most: int) -> list[str]:
    """Features of the heat map in table order: all, or the ``most`` with the smallest p on any subscale."""
    rows = primary(associations)
    names = list(dict.fromkeys(rows["feature"]))
    if len(names) <= most:
        return names
    best = rows.groupby("feature")["p"].min().fillna(2.0).reset_index().sort_values(["p", "feature"])
    kept = set(best["feature"].head(most))
    return [name for name in names if name in kept]


def null_rates(null_check: pd.DataFrame) -> pd.DataFrame:
    """One row an estimator, the primary one first: rate of p <= alpha over all null cohorts."""
    if null_check.empty:
        return null_check
    rows = null_check[null_check["seed"] == ALL_COHORTS]
    return rows.sort_values("primary", ascending=False, kind="stable", ignore_index=True)


def effects_by_strength(effects: pd.DataFrame) -> pd.DataFrame:
    """Scene effects by Friedman p, then by Kendall's W, then by name; untested features come last."""
    ordered = effects.assign(weaker=-effects["kendall_w"].astype(float))
    ordered = ordered.sort_values(["friedman_p", "weaker", "feature"], na_position="last")
    return ordered.drop(columns="weaker")
