"""Sections on the classifiers."""

import pandas as pd

from myoscene.report.blocks import THREE, Block, Picture, Table, Text, limits, listed, plural, section, table
from myoscene.report.choose import METRICS, modality, model_name, named, summary_row
from myoscene.report.load import Options, Tables

# Over those alone who have every class; see myoscene.learn.scores.evaluate.
EVERY_CLASS = "balanced_accuracy_every_class"


def no_models(tables: Tables) -> str:
    """Why there is no classifier."""
    if tables.setting("learn.models"):
        return "This section is left out because the input has nothing to train a model on."
    return "This section is left out because no model is configured (learn.models is empty)."


@section("learning", "Classification of people never seen", "people", no_models)
def learning_section(tables: Tables, options: Options) -> list[Block]:
    """Scores of held-out participants, models compared, confusion and calibration."""
    models = listed([model_name(m) for m in tables.models])
    blocks: list[Block] = [
        Text(_folds(tables)),
        Picture(
            "participants",
            "Held-out participants",
            "Every point is one participant whose data the model never saw. In the shaded band: mean over participants "
            "with its 95 % t-interval. Participants are ordered by their mean macro-F1 over models.",
            f"Dot plot of macro-F1 and balanced accuracy by participant and model. {worst_sentence(tables)}",
        ),
        Text(worst_sentence(tables)),
        *_summary_tables(tables),
    ]
    compared = same_input(tables.comparison)
    if len(compared):
        blocks.append(comparison_table("Model against model", compared, "../learn/comparison.csv"))
    blocks += [
        _people_table(tables),
        Picture(
            "confusion",
            "Confusion",
            f"{_units(tables)} of all held-out participants by true and predicted class: share of the true class, and "
            "below it their number; with more than seven classes only the share, in %. Each row sums to 100 %.",
            f"Confusion matrices of {models}.",
        ),
    ]
    if tables.windows:
        blocks.append(
            Picture(
                "calibration",
                "Calibration of probabilities",
                "How often the predicted class was right, by the probability it was given (equal bins). On the dashed "
                "line probabilities mean what they say; above it the model is too cautious, below it too sure. Larger "
                "marks hold more windows; bars reach from the 10th to the 90th percentile of participants.",
                f"Reliability diagrams of {models}.",
            )
        )
    return blocks


def _folds(tables: Tables) -> str:
    first = next(iter(tables.people.values()))
    folds = first["fold"].nunique()
    if folds == len(first):
        return (
            f"Leave-one-participant-out: {plural(folds, 'fold')}, each trained without the participant on whom it is "
            "scored. Participants were split before anything was fitted."
        )
    return (
        f"{folds} folds of whole participants ({len(first)} people): each fold is scored on people that it never saw. "
        "Participants were split before anything was fitted."
    )


def worst_sentence(tables: Tables) -> str:
    """The worst participant of each model, by name."""
    parts = []
    for model in tables.models:
        row = summary_row(tables, model, "macro_f1")
        if row is not None and row["worst_participant"]:
            parts.append(f"{row['worst_participant']} under {model_name(model)} ({THREE(row['worst'])})")
    return f"Worst participant by macro-F1: {listed(parts, 12)}." if parts else ""


def _summary_tables(tables: Tables) -> list[Table]:
    """The metrics that people ask for first, and the others folded."""
    frames = [frame for frame in tables.summary.values() if len(frame)]
    frame = pd.concat(frames, ignore_index=True)
    # Where everybody has every class this row says nothing new.
    frame = frame[(frame["metric"] != EVERY_CLASS) | (frame["missing"] > 0)]
    first = frame["metric"].isin(["macro_f1", "balanced_accuracy", EVERY_CLASS])
    return [
        _summary_table("Summary over participants", frame[first], False),
        _summary_table("Summary over participants, other metrics", frame[~first], True),
    ]


def _summary_table(title: str, frame: pd.DataFrame, folded: bool) -> Table:
    order = {name: place for place, name in enumerate(METRICS)}
    frame = frame.sort_values("metric", key=lambda s: s.map(order).fillna(99), kind="stable")
    frame = named(frame).assign(
        t=limits(frame, "t_low", "t_high"), bootstrap=limits(frame, "bootstrap_low", "bootstrap_high")
    )
    return table(
        title,
        frame,
        "metric | model | mean | sd=SD | t:right=95 % t-interval | bootstrap:right=95 % bootstrap | worst | "
        f"worst_participant | participants=n{' | missing=undefined' if frame['missing'].any() else ''}",
        note="Intervals and SD are over participants, never over windows. Lower is better for the Brier "
        "score and the calibration error.",
        folded=folded,
    )


def same_input(comparison: pd.DataFrame) -> pd.DataFrame:
    """Pairs of models that read the same: others were scored on other units, and are compared on shared windows."""
    if comparison.empty:
        return comparison
    pairs = zip(comparison["model_a"], comparison["model_b"], strict=True)
    return comparison[[modality(one) == modality(other) for one, other in pairs]]


def _units(tables: Tables) -> str:
    """What is counted: windows, frames of eye models, or both."""
    kinds = {modality(model) for model in tables.models}
    return "Frames" if kinds == {"eyes"} else "Windows (of eye models: frames)" if "eyes" in kinds else "Windows"


def comparison_table(title: str, comparison: pd.DataFrame, link: str) -> Table:
    """Pairs of models with their mean difference and its paired test."""
    pairs = zip(comparison["model_a"], comparison["model_b"], strict=True)
    return table(
        title,
        named(comparison).assign(
            pair=[f"{model_name(a)} − {model_name(b)}" for a, b in pairs],
            bootstrap=limits(comparison, "bootstrap_low", "bootstrap_high"),
        ),
        "metric | pair=models | mean_difference | sd_difference=SD | bootstrap:right=95 % bootstrap | p | "
        "participants=n | permutations",
        note="Paired permutation test over participants.",
        link=link,
        folded=False if len(comparison) <= 15 else None,
    )


def _people_table(tables: Tables) -> Table:
    scores = " | ".join(f"{name}={label}" for name, label in METRICS.items())
    return table(
        "Scores of every participant",
        named(pd.concat(tables.people.values(), ignore_index=True)),
        f"model | participant | fold | windows={_units(tables).lower()} | {scores} | note",
        folded=True,
    )
