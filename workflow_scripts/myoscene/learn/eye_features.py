"""Features of a person's eye frames, by the networks of the fold that never saw the person."""

import os

import numpy as np
import pandas as pd

from myoscene.errors import InputError
from myoscene.learn.checkpoint import load_predictor
from myoscene.learn.eye_frames import EyeFrames, read_participant_frames
from myoscene.learn.eye_predict import EyePredictor
from myoscene.tables.core import read_table, write_table
from myoscene.tables.eyes import EYE_FEATURES, FRAMES

PathLike = str | os.PathLike[str]


def extract_eye_features(
    frames: PathLike,
    images: PathLike,
    neutrals: PathLike,
    checkpoint: PathLike,
    blinks: PathLike | None,
    output: PathLike,
    *,
    participant: str,
    n_eyes: int,
    threshold: float,
    embeddings: PathLike | None = None,
) -> None:
    """Write EYE_FEATURES of one participant: embedding, openness and blinks of each frame.

    A frame without an eye of use has no embedding and no openness.

    Args:
        checkpoint: model on eye images of the fold that held the participant out.
        blinks: blink classifier of that fold, None without blink cleaning.
        threshold: probability of closed eyes from which a frame is a blink.
        embeddings: the participant's store of ``eye_inception``'s embeddings, where that model reads them.

    Raises:
        InputError: the participant trained or validated one of the two.
    """
    whole = read_table(frames, FRAMES)
    table, data = read_participant_frames(frames, images, neutrals, n_eyes, embeddings)
    predictor = _held_out(checkpoint, participant)
    embedding = predictor.embed_frames(data)
    closed = np.full(len(table), np.nan)
    if blinks is not None:
        closed = _closed(_held_out(blinks, participant), data)
    features = pd.DataFrame(np.nan, index=np.arange(len(whole)), columns=["openness"], dtype=np.float32)
    features.loc[data.rows, "openness"] = (1 - closed).astype(np.float32)
    values = np.full((len(whole), embedding.shape[1]), np.nan, dtype=np.float32)
    values[data.rows] = embedding
    names = [f"embedding__{number:03d}" for number in range(embedding.shape[1])]
    rows = whole[[name for name in EYE_FEATURES.columns if name in whole]].copy()
    rows["openness"] = features["openness"]
    rows["blink"] = (1 - features["openness"] >= threshold).to_numpy()
    rows["personalised"] = (whole["neutral"] >= 0).to_numpy() & bool(predictor.card["personalised"])
    rows = pd.concat([rows[list(EYE_FEATURES.columns)], pd.DataFrame(values, columns=names)], axis=1)
    write_table(output, rows, EYE_FEATURES)


def _held_out(checkpoint: PathLike, participant: str) -> EyePredictor:
    predictor = load_predictor(checkpoint)
    card = predictor.card
    if participant in card["training_participants"] + card["validation_participants"]:
        raise InputError(
            f"participant {participant} trained the model in {checkpoint}; delete results/learn and run again"
        )
    return predictor  # type: ignore[return-value]


def _closed(predictor: EyePredictor, data: EyeFrames) -> np.ndarray:
    """Probability of closed eyes ``(frames,)``; NaN where the fold had nothing to fit a classifier on."""
    if not predictor.members:
        return np.full(len(data), np.nan)
    return predictor.predict_frames(data)[:, predictor.classes.index("closed")].astype(np.float64)
