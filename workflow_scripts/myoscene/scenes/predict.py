"""Continuous predictions over one participant's scenes, by folds that never saw that participant."""

from functools import reduce

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.emg.normalise import load_normaliser
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.fits import require_fit
from myoscene.learn.models.registry import predictors
from myoscene.pipeline.settings import StateSettings
from myoscene.pipeline.states import UNCERTAIN, continuous_states
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.scenes.raw import PathLike, PersonFiles, SceneSettings, Sources, raw_probabilities
from myoscene.scenes.stretches import scene_events, windows_in_scenes
from myoscene.scenes.tables import PREDICTIONS


def predict_scenes(
    checkpoint: PathLike, files: PersonFiles, output: PathLike, settings: SceneSettings, spec: TrainingSpec
) -> None:
    """Write PREDICTIONS of one participant: every window that lies in a scene, one every hop.

    Models of all kinds predict the same windows. A model on eyes predicts none without a frame, and somebody without
    eye images gets a table without rows; a fusion then goes by the signal alone.

    Args:
        checkpoint: of the fold that held the participant out; or a frozen model, the mean of its folds.
        spec: what the model's training is told now, with the cohort, and how the participant's data were made.

    Raises:
        InputError: the participant trained or validated a fold; a model is of another cohort, configuration or label
            set; or the participant's normaliser is of another method.
    """
    people = read_table(files.recordings, PARTICIPANT_RECORDINGS)
    participant = str(people["participant"].iloc[0])
    fitted = load_normaliser(files.normaliser) if files.normaliser else None
    scenes = scene_events(people, read_table(files.events, EVENTS))
    sources = Sources(files, scenes, fitted, settings)
    parts = []
    for path, predictor in predictors(checkpoint):
        # A prediction under a mismatch would be a number like any other: nothing later could tell.
        require_fit(predictor.card, path, spec)
        for role, words in (("training_participants", "trained"), ("validation_participants", "validated")):
            if participant in getattr(predictor.card, role):
                raise InputError(
                    f"participant {participant} {words} the model in {path}; "
                    "predict a person only with the fold that held that person out"
                )
        trained = (spec.normaliser or {}).get("method")
        if fitted and fitted.method != trained:
            raise InputError(
                f"{path} was trained with normaliser = {trained}, but the data of participant "
                f"{participant} were made with {fitted.method}; make both with the same config"
            )
        parts.append(raw_probabilities(predictor, sources))
    # The windows are the same in all folds.
    probability = [f"p_{name}" for name in spec.classes]
    total = reduce(np.add, (part[probability].to_numpy(dtype=np.float64) for part in parts))
    parts[0][probability] = (total / len(parts)).astype(np.float32)
    rows = windows_in_scenes(parts[0], scenes, settings.length_s, settings.rate_hz)
    if not np.isfinite(rows[probability].to_numpy()).all():
        raise InputError(
            f"{checkpoint} gives probabilities that are not numbers for participant {participant}; "
            "look for missing samples in results/emg/quality.csv"
        )
    rows = rows.assign(participant=participant, time_s=rows["start_s"] + settings.length_s / 2)
    rows = add_states(rows, spec.classes, settings.hop_s, settings.states)
    smoothed = [f"smooth_{name}" for name in spec.classes]
    write_table(output, rows[[*PREDICTIONS.columns, *probability, *smoothed]], PREDICTIONS)


def add_states(rows: pd.DataFrame, classes: list[str], hop_s: float, settings: StateSettings) -> pd.DataFrame:
    """``rows`` with smooth_<class> and expression; smoothing and dwell start anew in each stretch.

    Args:
        rows: session, scene, stretch, p_<class>, ``hop_s`` seconds apart and in the order of time in each stretch.
    """
    raw = rows[[f"p_{name}" for name in classes]].to_numpy(dtype=np.float64)
    stretch = np.asarray(rows.groupby(["session", "scene", "stretch"], sort=False).ngroup(), dtype=np.int64)
    smoothed, states = continuous_states(raw, stretch, hop_s, settings)
    added = pd.DataFrame(smoothed, columns=[f"smooth_{name}" for name in classes], index=rows.index)
    labels = np.array([*classes, UNCERTAIN], dtype=object)
    return pd.concat([rows, added.astype(np.float32)], axis=1).assign(expression=labels[states])
