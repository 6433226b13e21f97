"""Score every participant with the fold that never saw them; summarise over participants."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, write_table
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.split import read_people, read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.fits import require_fit
from myoscene.learn.models.registry import Predictor, load_predictor
from myoscene.learn.scores import metrics
from myoscene.learn.scores.members import score_members, singles, spread
from myoscene.learn.tables import (
    CLASS_SCORES,
    COHORT_FEATURES,
    COHORT_SIGNALS,
    CONFUSION,
    EYE_PREDICTIONS,
    MEMBER_SCORES,
    PARTICIPANT_SCORES,
    PREDICTIONS,
    SUMMARY,
)

if TYPE_CHECKING:
    from myoscene.learn.cohort.stretches import Stretch

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
    """Where PREDICTIONS (of eyes EYE_PREDICTIONS), PARTICIPANT_SCORES, SUMMARY, MEMBER_SCORES, CONFUSION and
    CLASS_SCORES go.
    """

    predictions: PathLike
    participants: PathLike
    summary: PathLike
    members: PathLike
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
    """Predict every fold's held-out people from ``cohort`` and write the six tables of METHODS 5 and 9.

    ``spec``: see :func:`require_fit`.

    Raises:
        InputError: a checkpoint was trained on a person that it is to be scored on, or is of another cohort, label set
            or configuration; nobody has anything to score.
    """
    parts, alone = [], []
    for number, path in enumerate(checkpoints):
        predictor = load_predictor(path)
        require_fit(predictor.card, path, spec)
        split = read_split(folds, predictor.card.fold)
        seen = predictor.card.people & set(split.test)
        if seen:
            raise InputError(
                f"{path} was trained on {', '.join(sorted(seen))}, whom it is to be "
                f"scored on; delete results/learn and run again"
            )
        of_fold = replace(cohort, blinks=cohort.blinks[number : number + 1])
        parts.append(held_out_predictions(predictor, of_fold, split.test).assign(fold=split.fold))
        each = singles(predictor)
        own = [held_out_predictions(one, of_fold, split.test) for one in each] if len(each) > 1 else parts[-1:]
        alone.append(score_members(own, predictor.classes).assign(fold=split.fold))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if table.empty:
        raise InputError(f"the model '{model}' has nothing to be scored on: no labelled window or frame is left")
    table = table.sort_values(["participant"], kind="stable", ignore_index=True)
    classes = predictor.classes
    schema = EYE_PREDICTIONS if predictor.kind == "eyes" else PREDICTIONS
    table = table[[*schema.columns, *(f"p_{name}" for name in classes)]]
    told: dict[str, Any] = {"model": model, "synthetic": settings.synthetic}
    people = metrics.score_participants(table, classes, settings.bins).assign(**told)
    people["fold"] = table.groupby("participant")["fold"].first().to_numpy()
    members = pd.concat(alone, ignore_index=True).sort_values(["participant", "member"]).assign(**told)
    whole = summarise(people, members, len(classes), settings.bootstrap, settings.seed).assign(**told)
    counts = metrics.confusions(table, classes).assign(**told)
    write_table(made.predictions, table, schema, row_group_by="participant")
    write_table(made.participants, people, PARTICIPANT_SCORES)
    write_table(made.summary, whole, SUMMARY)
    write_table(made.members, members, MEMBER_SCORES)
    write_table(made.confusion, counts, CONFUSION)
    write_table(made.classes_of, metrics.class_scores(counts), CLASS_SCORES)


def held_out_predictions(predictor: Predictor, cohort: Cohort, people: tuple[str, ...]) -> pd.DataFrame:
    """Probabilities of every labelled window (or frame) of ``people``: identity columns (no fold) and ``p_<class>``.

    A fusion is scored on the very windows of a model on the signal. ``cohort`` has the fold's own table of blinks.
    """
    if predictor.kind == "features":
        assert cohort.windows is not None
        found = read_people(cohort.windows, COHORT_FEATURES, people, predictor.classes)
        probabilities = predictor.predict_features(found)
        found = found[["participant", "recording", "event", "start_s", "label"]]
    else:
        found, probabilities = (_of_frames if predictor.kind == "eyes" else _of_events)(predictor, cohort, people)
    return pd.concat([found, pd.DataFrame(probabilities, columns=[f"p_{name}" for name in predictor.classes])], axis=1)


def _of_events(predictor: Predictor, cohort: Cohort, people: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """Windows of labelled events, by a model on the signal or a fusion."""
    rows, pieces = [], []
    for stretch, starts, values in _predicted_events(predictor, cohort, people):
        identity = {"participant": stretch.participant, "recording": stretch.recording, "event": stretch.event}
        own = {"start_s": stretch.time_s[starts], "label": predictor.classes[stretch.label]}
        rows.append(pd.DataFrame({**identity, **own}))
        pieces.append(values)
    return pd.concat(rows, ignore_index=True), np.concatenate(pieces)


def _predicted_events(
    predictor: Predictor, cohort: Cohort, people: tuple[str, ...]
) -> Iterator[tuple["Stretch", np.ndarray, np.ndarray]]:
    """Each event with the first samples and probabilities of its windows."""
    from myoscene.learn.cohort.paired import read_paired  # torch, which models on features do without
    from myoscene.learn.cohort.stretches import stretches

    assert predictor.card.signal is not None and cohort.windows is not None
    hop = predictor.card.signal.hop_samples
    if predictor.kind == "fusion":
        items, frames = read_paired(cohort, people, predictor.classes, scoring=True)
        for item in items:
            stretch, signal = item.stretch, item.stretch.signal.numpy()
            starts = predictor.window_starts(signal.shape[1], hop)
            given = (stretch.time_s[starts], signal, hop, frames.take(item.places), item.times)
            yield stretch, starts, predictor.predict_windows(*given)
    else:
        signals = read_people(cohort.windows, COHORT_SIGNALS, people, predictor.classes)
        for stretch in stretches(signals, predictor.classes):
            yield stretch, *predictor.predict_signal(stretch.signal.numpy(), hop)


def _of_frames(predictor: Predictor, cohort: Cohort, people: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """Labelled frames that are scored and no blinks; none where people have none."""
    from myoscene.learn.cohort.frames import read_cohort_frames

    table, frames = read_cohort_frames(cohort, people, predictor.classes, scoring=True)
    probabilities = np.zeros((len(table), len(predictor.classes)), dtype=np.float32)
    for rows in table.groupby("participant", sort=False).indices.values():
        own = frames.take(np.asarray(rows))
        probabilities[rows] = predictor.adapted_to(table.iloc[rows], own).predict_frames(own)
    return table.assign(start_s=table["time_s"]), probabilities


def summarise(people: pd.DataFrame, members: pd.DataFrame, classes: int, samples: int, seed: int) -> pd.DataFrame:
    """Mean, SD, t-interval, bootstrap interval and worst person of each metric over the people who have it, and the
    spread over ``members`` (:func:`spread`).

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
        half = float(stdtrit(n - 1, (1 + metrics.CONFIDENCE) / 2)) * sd / math.sqrt(n) if n > 1 else math.nan
        low, high = metrics.bootstrap_interval(values, samples, seed)
        worst = (int(values.argmax()) if metric in metrics.LOWER_IS_BETTER else int(values.argmin())) if n else None
        rows.append(
            {
                "metric": metric,
                "participants": n,
                "missing": len(people) - n,
                "mean": mean,
                "sd": sd,
                "sd_over": "participants",
                **spread(members, metric),
                "t_low": mean - half,
                "t_high": mean + half,
                "bootstrap_low": low,
                "bootstrap_high": high,
                "worst": math.nan if worst is None else values[worst],
                "worst_participant": None if worst is None else have["participant"].iloc[worst],
            }
        )
    return pd.DataFrame(rows)
