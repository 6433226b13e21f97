"""Predictions over scenes against the expression events that scene recordings carry, where they do."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.tables import read_csv_table, read_table, write_table
from myoscene.eyes.tables import FRAMES, IDENTICAL
from myoscene.learn.scores.metrics import balanced_accuracy, confusion, macro_f1
from myoscene.pipeline.states import UNCERTAIN
from myoscene.recordings.tables import EVENTS
from myoscene.scenes.stretches import windows_within
from myoscene.scenes.tables import PREDICTIONS, SCENE_SCORES


@dataclass(frozen=True)
class ScoreSettings:
    """What the job depends on.

    Attributes:
        eye_models: those of ``models`` that see eye images. Their windows are not scored with a frame that made a
            neutral image (it would be judged after being subtracted from itself), or whose image stands elsewhere
            under another label or is somebody else's, too (the fold may have been trained on it).
        classes: model -> its class names.
        trim_start_s, trim_end_s: cut from each event, as for training.
        rate_hz: rate at which edges are compared, in samples.
    """

    models: list[str]
    eye_models: list[str]
    classes: dict[str, list[str]]
    length_s: float
    trim_start_s: float
    trim_end_s: float
    rate_hz: float
    synthetic: bool


def score_scenes(
    predictions: Sequence[str],
    events: Sequence[str],
    output: str | os.PathLike[str],
    settings: ScoreSettings,
    frames: Sequence[str] = (),
    identical: str | os.PathLike[str] | None = None,
) -> None:
    """Write SCENE_SCORES: one row a model and participant with labelled windows; only the header without any.

    Args:
        predictions: PREDICTIONS files; all participants of the first model, then of the next.
        events: EVENTS files, one a participant, in the order of ``predictions``.
        frames: FRAMES files of those who have eye images.
        identical: IDENTICAL, where such images are to be left out.
    """
    unscored = _unscored_times(frames, read_csv_table(identical, IDENTICAL) if identical else None)
    rows = []
    for number, path in enumerate(predictions):
        frame = read_table(path, PREDICTIONS)
        model = settings.models[number // len(events)]
        classes = list(settings.classes[model])
        known = read_table(events[number % len(events)], EVENTS)
        expressions = known[(known["role"] == "expression") & known["label"].isin(classes)]
        truth = label_windows(frame, expressions, settings)
        if model in settings.eye_models:
            truth[_hold(frame, unscored, settings.length_s)] = ""
        if (truth != "").any():
            labelled = frame[truth != ""]
            first = {"model": model, "participant": labelled["participant"].iloc[0], "synthetic": settings.synthetic}
            rows.append(first | score_windows(labelled, truth[truth != ""], classes))
    write_table(output, pd.DataFrame(rows, columns=list(SCENE_SCORES.columns)), SCENE_SCORES)


def _unscored_times(frames: Sequence[str], alike: pd.DataFrame | None) -> dict[Any, NDArray[np.float64]]:
    """(participant, recording) -> sorted times of the frames that made a mean neutral image or stand in ``alike``."""
    times = {}
    names = ["left_image", "right_image"]
    for path in frames:
        table = read_table(path, FRAMES, columns=["participant", "recording", "time_s", "made_neutral", *names])
        left_out = table["made_neutral"].to_numpy(bool)
        if alike is not None and len(table):
            own = alike.loc[alike["participant"] == table["participant"].iloc[0], "image"]
            left_out = left_out | table[names].isin(set(own)).any(axis=1).to_numpy(bool)
        for key, part in table[left_out & table["time_s"].notna()].groupby(["participant", "recording"]):
            times[key] = np.sort(part["time_s"].to_numpy(np.float64))
    return times


def _hold(windows: pd.DataFrame, times: dict[Any, NDArray[np.float64]], length_s: float) -> NDArray[np.bool_]:
    """Whether each window ``(windows,)`` holds one of its recording's ``times``."""
    found = np.zeros(len(windows), dtype=bool)
    for key, rows in windows.groupby(["participant", "recording"]).indices.items():
        own = times.get(key, np.empty(0))
        start = windows["start_s"].to_numpy(np.float64)[rows] - 1e-9
        found[rows] = np.searchsorted(own, start + length_s) > np.searchsorted(own, start)
    return found


def label_windows(windows: pd.DataFrame, expressions: pd.DataFrame, settings: ScoreSettings) -> NDArray[np.object_]:
    """True class of each window, ``(windows,)``; "" where it lies in no event.

    A window has an event's label if it lies whole inside the event, trimmed as for training (our choice: the
    windows scored are those that training would have used, so the reaction time is left out of both).

    Args:
        windows: recording, start_s.
        expressions: EVENTS rows of role "expression".
    """
    truth = np.full(len(windows), "", dtype=object)
    onset_s = expressions["onset_s"] + settings.trim_start_s
    stop_s = expressions["onset_s"] + expressions["duration_s"] - settings.trim_end_s
    trimmed = expressions.assign(onset_s=onset_s, stop_s=stop_s)
    within = windows_within(windows, trimmed, settings.length_s, settings.rate_hz)
    for inside, label in zip(within, expressions["label"], strict=True):
        truth[inside] = label
    return truth


def score_windows(labelled: pd.DataFrame, truth: NDArray[np.object_], classes: list[str]) -> dict[str, float]:
    """Scores of one model and participant by rows of PREDICTIONS and their true classes, ``(rows,)``.

    ``balanced_accuracy`` and ``macro_f1`` are of the class with the highest *smoothed* probability;
    ``balanced_accuracy_raw`` of the highest raw one. Floor and dwell play no part in them (our choice): a
    score asks which class, and ``uncertain_share`` says how often the state would have been none.
    """
    true = np.array([classes.index(name) for name in truth])
    smooth, raw = (
        confusion(true, labelled[[f"{kind}_{name}" for name in classes]].to_numpy().argmax(axis=1), len(classes))
        for kind in ("smooth", "p")
    )
    return {
        "windows": len(labelled),
        "classes": len(np.unique(true)),
        "balanced_accuracy": balanced_accuracy(smooth),
        "balanced_accuracy_raw": balanced_accuracy(raw),
        "macro_f1": macro_f1(smooth),
        "uncertain_share": float((labelled["expression"] == UNCERTAIN).mean()),
    }
