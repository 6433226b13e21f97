"""Features of a person's eye frames, by networks of folds that never saw the person."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.eyes.tables import EYE_FEATURES, FRAMES
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.cohort.frames import read_participant_frames
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.fits import require_fit
from myoscene.learn.models.registry import Predictor, predictors


@dataclass(frozen=True)
class Trained:
    """A checkpoint, and what its training is told now; None where there is nothing to compare with."""

    checkpoint: PathLike
    spec: TrainingSpec | None = None


def extract_eye_features(
    files: FrameFiles,
    network: Trained,
    blinks: Trained | None,
    output: PathLike,
    *,
    participant: str,
    n_eyes: int,
    threshold: float,
) -> None:
    """Write EYE_FEATURES of one participant: embedding and openness of each frame with an eye of use, and blinks.

    Args:
        network: model on eye images of the fold that held the participant out; or a frozen one
            (:mod:`myoscene.learn.engine.frozen`), whose first fold embeds the frames: embeddings of different
            networks have no axes in common, so that a mean of them would mean nothing.
        blinks: blink classifier of that fold, None without blink cleaning; of a frozen one, the mean of its folds'
            probabilities counts.
        threshold: probability of closed eyes from which a frame is a blink.

    Raises:
        InputError: the participant trained or validated one of the two, or one is of another cohort, label set or
            configuration.
    """
    whole = read_table(files.frames, FRAMES)
    table, data = read_participant_frames(files, n_eyes)
    predictor = next(_held_out(network, participant)).adapted_to(table, data)
    embedding = predictor.embed_frames(data)
    closed = np.full(len(table), np.nan)
    # A fold that had nothing to fit a classifier on (it has no member) tells nothing of anybody.
    judges = [judge for judge in _held_out(blinks, participant) if judge.members] if blinks is not None else []
    if judges:
        told = [judge.predict_frames(data)[:, judge.classes.index("closed")].astype(np.float64) for judge in judges]
        closed = np.mean(told, axis=0)
    openness = np.full(len(whole), np.nan, dtype=np.float32)
    openness[data.rows] = (1 - closed).astype(np.float32)
    values = np.full((len(whole), embedding.shape[1]), np.nan, dtype=np.float32)
    values[data.rows] = embedding
    names = [f"embedding__{number:03d}" for number in range(embedding.shape[1])]
    rows = whole[[name for name in EYE_FEATURES.columns if name in whole]].assign(
        openness=openness,
        blink=1 - openness >= threshold,
        personalised=(whole["neutral"] >= 0).to_numpy() & _personalises(predictor),
    )
    write_table(output, pd.concat([rows, pd.DataFrame(values, columns=names)], axis=1), EYE_FEATURES)


def _personalises(predictor: Predictor) -> bool:
    """Whether the network sees frames minus their session's neutral image where there is one."""
    heads = predictor.card.own.get("heads")  # frozen embeddings have a head for either kind, if it could be trained
    return bool(predictor.card.images and predictor.card.images.personalised) and (
        not heads or bool(heads.get("personalised", {}).get("trained"))
    )


def _held_out(trained: Trained, participant: str) -> Iterator[Predictor]:
    """Each predictor of ``trained``, if none of them knows the participant."""
    for path, predictor in predictors(trained.checkpoint):
        require_fit(predictor.card, path, trained.spec)
        if participant in predictor.card.people:
            raise InputError(
                f"participant {participant} trained the model in {path}; delete results/learn and run again"
            )
        yield predictor
