"""Score every participant with the fold that never saw them; summarise over participants."""

import math
import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as student

from myoscene.errors import InputError
from myoscene.learn import metrics
from myoscene.learn.checkpoint import Predictor, load_predictor
from myoscene.learn.split import read_people, read_split
from myoscene.tables.core import write_table
from myoscene.tables.learn import (
    COHORT_FEATURES,
    COHORT_SIGNALS,
    CONFUSION,
    PARTICIPANT_SCORES,
    PREDICTIONS,
    SUMMARY,
)

PathLike = str | os.PathLike[str]
CONFIDENCE = 0.95
IDENTITY = ["participant", "fold", "recording", "event", "start_s", "label"]


def evaluate_model(
    checkpoints: Sequence[PathLike],
    cohort: PathLike,
    folds: PathLike,
    *,
    model: str,
    predictions: PathLike,
    participants: PathLike,
    summary: PathLike,
    confusion: PathLike,
    bins: int,
    bootstrap: int,
    seed: int,
    synthetic: bool,
) -> None:
    """Predict every fold's held-out people from ``cohort`` and write the four tables of METHODS 5.

    Raises:
        InputError: a checkpoint was trained on a person that it is to be scored on.
    """
    parts = []
    for path in checkpoints:
        predictor = load_predictor(path)
        split = read_split(folds, predictor.card["fold"])
        seen = {*predictor.card["training_participants"], *predictor.card["validation_participants"]}
        if seen & set(split.test):
            raise InputError(
                f"{path} was trained on {', '.join(sorted(seen & set(split.test)))}, whom it is to be "
                f"scored on; delete results/learn and run again"
            )
        parts.append(held_out_predictions(predictor, cohort, split.test).assign(fold=split.fold))
    table = pd.concat(parts, ignore_index=True).sort_values(["participant"], kind="stable", ignore_index=True)
    classes = predictor.classes
    table = table[IDENTITY + [f"p_{name}" for name in classes]]
    people = score_participants(table, classes, bins).assign(model=model, synthetic=synthetic)
    whole = summarise(people, bootstrap, seed).assign(model=model, sd_over="participants", synthetic=synthetic)
    counts = confusions(table, classes).assign(model=model, synthetic=synthetic)
    write_table(predictions, table, PREDICTIONS, row_group_by="participant")
    write_table(participants, people, PARTICIPANT_SCORES)
    write_table(summary, whole, SUMMARY)
    write_table(confusion, counts, CONFUSION)


def held_out_predictions(predictor: Predictor, cohort: PathLike, people: tuple[str, ...]) -> pd.DataFrame:
    """Probabilities of every labelled window of ``people``: identity columns (no fold) and ``p_<class>``."""
    classes = predictor.classes
    if predictor.kind == "features":
        frame = read_people(cohort, COHORT_FEATURES, people, classes)
        found = frame[[name for name in IDENTITY if name != "fold"]]
        probabilities = predictor.predict_features(frame)
    else:
        from myoscene.learn.batches import stretches

        rows, pieces = [], []
        for stretch in stretches(read_people(cohort, COHORT_SIGNALS, people, classes), classes):
            starts, values = predictor.predict_signal(stretch.signal.numpy(), predictor.card["hop_samples"])
            identity = {
                "participant": stretch.participant,
                "recording": stretch.recording,
                "event": stretch.event,
            }
            times = stretch.time_s[starts]
            rows.append(pd.DataFrame({**identity, "start_s": times, "label": classes[stretch.label]}))
            pieces.append(values)
        found, probabilities = pd.concat(rows, ignore_index=True), np.concatenate(pieces)
    named = pd.DataFrame(probabilities, columns=[f"p_{name}" for name in classes])
    return pd.concat([found.reset_index(drop=True), named], axis=1)


def score_participants(table: pd.DataFrame, classes: list[str], bins: int) -> pd.DataFrame:
    """One row a participant: scores, number of windows and classes, and a note where a class is absent."""
    columns = [f"p_{name}" for name in classes]
    rows = []
    for participant, windows in table.groupby("participant", sort=True):
        true = np.array([classes.index(label) for label in windows["label"]])
        absent = [name for place, name in enumerate(classes) if not (true == place).any()]
        note = f"no windows of {', '.join(absent)}: roc_auc is not defined" if absent else ""
        rows.append(
            {
                "participant": participant,
                "fold": windows["fold"].iloc[0],
                "windows": len(windows),
                "classes": len(classes) - len(absent),
                **metrics.scores(true, windows[columns].to_numpy(), bins),
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def bootstrap_interval(values: np.ndarray, samples: int, seed: int) -> tuple[float, float]:
    """95 % percentile interval of the mean when participants are drawn with replacement (Efron 1979).

    ``values`` ``(participants,)``; NaN with fewer than 2.
    """
    if len(values) < 2:
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).integers(len(values), size=(samples, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def summarise(people: pd.DataFrame, samples: int, seed: int) -> pd.DataFrame:
    """Mean, SD, t-interval, bootstrap interval and worst person of each metric over the people who have it."""
    rows = []
    for metric in metrics.METRICS:
        have = people[people[metric].notna()]
        values = have[metric].to_numpy(dtype=float)
        n = len(values)
        mean = float(values.mean()) if n else math.nan
        sd = float(values.std(ddof=1)) if n > 1 else math.nan
        half = float(student.ppf((1 + CONFIDENCE) / 2, n - 1)) * sd / math.sqrt(n) if n > 1 else math.nan
        low, high = bootstrap_interval(values, samples, seed)
        worst = (int(values.argmax()) if metric in metrics.LOWER_IS_BETTER else int(values.argmin())) if n else None
        rows.append(
            {
                "metric": metric,
                "participants": n,
                "missing": len(people) - n,
                "mean": mean,
                "sd": sd,
                "t_low": mean - half,
                "t_high": mean + half,
                "bootstrap_low": low,
                "bootstrap_high": high,
                "worst": math.nan if worst is None else values[worst],
                "worst_participant": None if worst is None else have["participant"].iloc[worst],
            }
        )
    return pd.DataFrame(rows)


def confusions(table: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """Windows by true and predicted class: pooled (participant ``""``), then of each participant."""
    predicted = table[[f"p_{name}" for name in classes]].to_numpy().argmax(axis=1)
    true = np.array([classes.index(label) for label in table["label"]])
    people = table["participant"].to_numpy()
    rows = []
    for participant in ["", *sorted(set(people))]:
        here = np.ones(len(table), dtype=bool) if participant == "" else people == participant
        counts = metrics.confusion(true[here], predicted[here], len(classes))
        for row, column in np.ndindex(*counts.shape):
            rows.append((participant, classes[row], classes[column], int(counts[row, column])))
    return pd.DataFrame(rows, columns=["participant", "true", "predicted", "windows"])
