"""Continuous predictions over one participant's scenes, by folds that never saw that participant."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.emg.normalise import load_normaliser
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.fits import require_fit
from myoscene.learn.models.registry import predictors
from myoscene.pipeline.settings.states import StateSettings
from myoscene.pipeline.states import UNCERTAIN, continuous_states
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.scenes.agreement import Preparation, check_agreement
from myoscene.scenes.raw import EyeFiles, Sources, raw_probabilities
from myoscene.scenes.stretches import scene_events, windows_in_scenes
from myoscene.scenes.tables import PREDICTIONS

PathLike = str | os.PathLike[str]


def predict_scenes(
    checkpoint: PathLike,
    recordings: PathLike,
    events: PathLike,
    data: PathLike | None,
    normaliser: PathLike | None,
    output: PathLike,
    *,
    classes: list[str],
    conditioning: dict[str, Any],
    rate_hz: float,
    length_s: float,
    hop_s: float,
    smoothing_s: float,
    minimum_dwell_s: float,
    probability_floor: float,
    eyes: EyeFiles | None = None,
    eye_frames: dict[str, Any] | None = None,
    personalise: dict[str, Any] | None = None,
    spec: TrainingSpec | None = None,
) -> None:
    """Write PREDICTIONS of one participant: every window that lies in a scene, one every hop.

    Models of all kinds predict the same windows. A model on eyes predicts none without a frame, and somebody without
    eye images gets a table without rows; a fusion then goes by the signal alone.

    Args:
        checkpoint: of the fold that held the participant out; or a frozen model, the mean of its folds.
        recordings, events: PARTICIPANT_RECORDINGS and EVENTS of the participant.
        data: FEATURES of the participant for a model on features, else SIGNALS; None where there are eye images alone.
        normaliser: the participant's normaliser; not read, and may be None, for a model on eyes.
        output: Parquet file to write.
        classes: class names, in order.
        conditioning: settings of the filters that the signals went through.
        rate_hz: rate of the conditioned signals.
        length_s, hop_s: windows.
        smoothing_s: time constant of the smoothing, in seconds.
        minimum_dwell_s: see :func:`myoscene.pipeline.states.hold`.
        probability_floor: see :func:`myoscene.pipeline.states.candidates`.
        eyes: the participant's eye frames, None without any; read for models on eyes and fusions.
        eye_frames, personalise: sections of the configuration, by which eye images became frames.
        spec: what the model's training is told now, with the cohort; None where there is nothing to compare with.

    Raises:
        InputError: the participant trained or validated a fold; a model is of another cohort, configuration or label
            set; or it was made with another filter phase, normaliser or rate than the data, or other eye frames.
    """
    people = read_table(recordings, PARTICIPANT_RECORDINGS)
    participant = str(people["participant"].iloc[0])
    fitted = load_normaliser(normaliser) if normaliser else None
    of_emg: dict[str, Any] = {"conditioning": dict(conditioning), "normaliser": fitted.method if fitted else "none"}
    of_emg |= {"rate_hz": rate_hz, "length_s": length_s, "hop_s": hop_s}
    of_eyes = {"frames": eye_frames, "personalise": personalise}
    scenes = scene_events(people, read_table(events, EVENTS))
    # A filter by no value at all has no type, so a name that no recording has stands for none.
    names = sorted(set(scenes["recording"])) or [""]
    sources = Sources(names, data, fitted, eyes, rate_hz, length_s, hop_s, scenes)
    agreed = _agreeing(checkpoint, participant, of_emg, of_eyes, classes, spec)
    raw = mean_of([raw_probabilities(predictor, sources) for predictor in agreed])
    rows = windows_in_scenes(raw, scenes, length_s, rate_hz).assign(participant=participant)
    probability = [f"p_{name}" for name in classes]
    if not np.isfinite(rows[probability].to_numpy()).all():
        raise InputError(
            f"{checkpoint} gives probabilities that are no numbers for participant {participant}; "
            "look for missing samples in results/emg/quality.csv"
        )
    rows["time_s"] = rows["start_s"] + length_s / 2
    states = StateSettings(smoothing_s, minimum_dwell_s, probability_floor)
    rows = add_states(rows, classes, hop_s, states)
    smoothed = [f"smooth_{name}" for name in classes]
    write_table(output, rows[[*PREDICTIONS.columns, *probability, *smoothed]], PREDICTIONS)


def _agreeing(
    checkpoint: PathLike,
    participant: str,
    of_emg: dict[str, Any],
    of_eyes: dict[str, Any],
    classes: list[str],
    spec: TrainingSpec | None,
) -> Iterator[Any]:
    """Predictors that may predict the participant, one at a time; InputError as :func:`predict_scenes`."""
    for path, predictor in predictors(checkpoint):
        if spec is not None:
            require_fit(predictor.card, path, spec)
        read = {"eyes": of_eyes, "fusion": of_emg | of_eyes}.get(predictor.kind, of_emg)
        check_agreement(predictor.card, path, Preparation(participant, classes, **read))
        yield predictor


def mean_of(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The windows of ``parts``, which are the same in all, with the mean of their ``p_<class>``."""
    first = parts[0]
    columns = [name for name in first.columns if name.startswith("p_")]
    if len(parts) == 1:
        return first
    total = np.zeros((len(first), len(columns)))
    for part in parts:
        total += part[columns].to_numpy(dtype=np.float64)
    return first.assign(**dict(zip(columns, (total / len(parts)).astype(np.float32).T, strict=True)))


def add_states(rows: pd.DataFrame, classes: list[str], hop_s: float, settings: StateSettings) -> pd.DataFrame:
    """``rows`` with smooth_<class> and expression; smoothing and dwell start anew in each stretch.

    Args:
        rows: session, scene, stretch, p_<class>, in the order of time within each stretch.
        classes: class names.
        hop_s: seconds between rows.
    """
    raw = rows[[f"p_{name}" for name in classes]].to_numpy(dtype=np.float64)
    stretch = rows.groupby(["session", "scene", "stretch"], sort=False).ngroup().to_numpy()
    smoothed, states = continuous_states(raw, stretch, hop_s, settings)
    added = pd.DataFrame(smoothed, columns=[f"smooth_{name}" for name in classes], index=rows.index)
    labels = np.array([*classes, UNCERTAIN], dtype=object)
    return pd.concat([rows, added.astype(np.float32)], axis=1).assign(expression=labels[states])
