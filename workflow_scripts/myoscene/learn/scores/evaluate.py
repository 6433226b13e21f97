"""Score every participant with the fold that never saw them; summarise over participants."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.split import read_people, read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.fits import require_fit
from myoscene.learn.models.registry import Predictor, load_predictor
from myoscene.learn.scores import metrics
from myoscene.learn.scores.class_scores import class_scores
from myoscene.learn.tables import (
    CLASS_SCORES,
    COHORT_FEATURES,
    COHORT_SIGNALS,
    CONFUSION,
    EYE_PREDICTIONS,
    PARTICIPANT_SCORES,
    PREDICTIONS,
    SUMMARY,
)

PathLike = str | os.PathLike[str]
CONFIDENCE = 0.95
IDENTITY = ["participant", "fold", "recording", "event", "start_s", "label"]
# A row of the summary beside the metrics: over those alone who have every class.
EVERY_CLASS = "balanced_accuracy_every_class"


@dataclass(frozen=True)
class EvaluateSettings:
    """What the job depends on: bins of the calibration error, bootstrap samples, their seed, and made-up people."""

    bins: int
    bootstrap: int
    seed: int
    synthetic: bool


@dataclass(frozen=True)
class ScoreTables:
    """Where the five tables of a model go.

    Attributes:
        predictions: PREDICTIONS, or EYE_PREDICTIONS of a model on eyes.
        participants, summary, confusion: PARTICIPANT_SCORES, SUMMARY, CONFUSION.
        classes_of: CLASS_SCORES.
    """

    predictions: PathLike
    participants: PathLike
    summary: PathLike
    confusion: PathLike
    classes_of: PathLike


def evaluate_model(
    checkpoints: Sequence[PathLike],
    cohort: Cohort,
    folds: PathLike,
    made: ScoreTables,
    settings: EvaluateSettings,
    *,
    model: str,
    spec: TrainingSpec | None = None,
) -> None:
    """Predict every fold's held-out people from ``cohort`` and write the five tables of METHODS 5 and 9.

    Args:
        spec: what the models' training is told now, with the cohort; None where there is nothing to compare with.

    Raises:
        InputError: a checkpoint was trained on a person that it is to be scored on, or is of another cohort, label set
            or configuration; nobody has anything to score.
    """
    parts = []
    for number, path in enumerate(checkpoints):
        predictor = load_predictor(path)
        if spec is not None:
            require_fit(predictor.card, path, spec)
        split = read_split(folds, predictor.card.fold)
        seen = predictor.card.people & set(split.test)
        if seen:
            raise InputError(
                f"{path} was trained on {', '.join(sorted(seen))}, whom it is to be "
                f"scored on; delete results/learn and run again"
            )
        blinks = cohort.blinks[number] if cohort.blinks else None
        parts.append(held_out_predictions(predictor, cohort, split.test, blinks).assign(fold=split.fold))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if table.empty:
        raise InputError(f"the model '{model}' has nothing to be scored on: no labelled window or frame is left")
    table = table.sort_values(["participant"], kind="stable", ignore_index=True)
    classes = predictor.classes
    schema = EYE_PREDICTIONS if predictor.kind == "eyes" else PREDICTIONS
    table = table[[*schema.columns, *(f"p_{name}" for name in classes)]]
    people = score_participants(table, classes, settings.bins).assign(model=model, synthetic=settings.synthetic)
    whole = summarise(people, len(classes), settings.bootstrap, settings.seed).assign(
        model=model, sd_over="participants", synthetic=settings.synthetic
    )
    counts = confusions(table, classes).assign(model=model, synthetic=settings.synthetic)
    write_table(made.predictions, table, schema, row_group_by="participant")
    write_table(made.participants, people, PARTICIPANT_SCORES)
    write_table(made.summary, whole, SUMMARY)
    write_table(made.confusion, counts, CONFUSION)
    write_table(made.classes_of, class_scores(counts), CLASS_SCORES)


def held_out_predictions(
    predictor: Predictor, cohort: Cohort, people: tuple[str, ...], blinks: PathLike | None = None
) -> pd.DataFrame:
    """Probabilities of every labelled window (or frame) of ``people``: identity columns (no fold) and ``p_<class>``.

    A fusion is scored on the very windows of a model on the signal.
    """
    if predictor.kind == "features":
        assert cohort.windows is not None
        frame = read_people(cohort.windows, COHORT_FEATURES, people, predictor.classes)
        found = frame[[name for name in IDENTITY if name != "fold"]].reset_index(drop=True)
        probabilities = predictor.predict_features(frame)
    elif predictor.kind == "eyes":
        found, probabilities = _of_frames(predictor, cohort, people, blinks)
    else:
        found, probabilities = _of_events(predictor, cohort, people, blinks)
    return pd.concat([found, pd.DataFrame(probabilities, columns=[f"p_{name}" for name in predictor.classes])], axis=1)


def _of_events(
    predictor: Predictor, cohort: Cohort, people: tuple[str, ...], blinks: PathLike | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Windows of labelled events, by a model on the signal or a fusion."""
    from myoscene.learn.cohort.paired import read_paired  # torch, which models on features do without
    from myoscene.learn.cohort.stretches import Stretch, stretches

    assert predictor.card.signal is not None and cohort.windows is not None
    hop, rows, pieces = predictor.card.signal.hop_samples, [], []

    def note(stretch: Stretch, starts: np.ndarray) -> np.ndarray:
        times = stretch.time_s[starts]
        identity = {"participant": stretch.participant, "recording": stretch.recording, "event": stretch.event}
        rows.append(pd.DataFrame({**identity, "start_s": times, "label": predictor.classes[stretch.label]}))
        return times

    if predictor.kind == "fusion":
        items, frames = read_paired(cohort, people, predictor.classes, blinks, scoring=True)
        for item in items:
            signal = item.stretch.signal.numpy()
            times = note(item.stretch, predictor.window_starts(signal.shape[1], hop))
            pieces.append(predictor.predict_windows(times, signal, hop, frames.take(item.places), item.times))
    else:
        frame = read_people(cohort.windows, COHORT_SIGNALS, people, predictor.classes)
        for stretch in stretches(frame, predictor.classes):
            starts, values = predictor.predict_signal(stretch.signal.numpy(), hop)
            note(stretch, starts)
            pieces.append(values)
    return pd.concat(rows, ignore_index=True), np.concatenate(pieces)


def _of_frames(
    predictor: Predictor, cohort: Cohort, people: tuple[str, ...], blinks: PathLike | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Labelled frames that are scored and no blinks; none where people have none."""
    from myoscene.learn.cohort.frames import read_cohort_frames, scored, without_blinks

    assert cohort.eyes is not None and cohort.images is not None and cohort.neutrals is not None
    stores = (cohort.images, cohort.neutrals)
    read = read_cohort_frames(cohort.eyes, *stores, people, predictor.classes, cohort.n_eyes, cohort.embeddings)
    table, frames = without_blinks(*scored(*read), blinks)
    probabilities = np.zeros((len(table), len(predictor.classes)), dtype=np.float32)
    for rows in table.groupby("participant", sort=False).indices.values():
        own = frames.take(np.asarray(rows))
        probabilities[rows] = predictor.adapted_to(table.iloc[rows], own).predict_frames(own)
    return table.assign(start_s=table["time_s"]), probabilities


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


def summarise(people: pd.DataFrame, classes: int, samples: int, seed: int) -> pd.DataFrame:
    """Mean, SD, t-interval, bootstrap interval and worst person of each metric over the people who have it.

    Balanced accuracy comes once more over those who have windows of all ``classes``: of one class alone it is that
    class's recall, which is easier.
    """
    rows = []
    for metric in (*metrics.METRICS, EVERY_CLASS):
        column = "balanced_accuracy" if metric == EVERY_CLASS else metric
        have = people[people[column].notna() & ((metric != EVERY_CLASS) | (people["classes"] == classes))]
        values = have[column].to_numpy(dtype=float)
        n = len(values)
        mean = float(values.mean()) if n else math.nan
        sd = float(values.std(ddof=1)) if n > 1 else math.nan
        half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * sd / math.sqrt(n) if n > 1 else math.nan
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
