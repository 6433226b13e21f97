"""Continuous predictions over one participant's scenes, by the fold that never saw that participant."""

import os
from typing import Any

import numpy as np
import pandas as pd

from myoscene.emg.normalise import Normaliser, load_normaliser
from myoscene.errors import InputError
from myoscene.learn.checkpoint import Predictor, load_predictor
from myoscene.scenes.agreement import Preparation, check_agreement
from myoscene.scenes.smoothing import smooth
from myoscene.scenes.states import UNCERTAIN, decide, dwell_hops
from myoscene.scenes.stretches import scene_events, windows_in_scenes
from myoscene.tables.core import read_table, write_table
from myoscene.tables.emg import FEATURES, SIGNALS
from myoscene.tables.recordings import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.tables.scenes import PREDICTIONS

_KEYS = ["recording", "segment", "start_s"]


def predict_scenes(
    checkpoint: str | os.PathLike[str],
    recordings: str | os.PathLike[str],
    events: str | os.PathLike[str],
    data: str | os.PathLike[str],
    normaliser: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    classes: list[str],
    conditioning: dict[str, Any],
    rate_hz: float,
    length_s: float,
    hop_s: float,
    smoothing_s: float,
    minimum_dwell_s: float,
    probability_floor: float,
) -> None:
    """Write PREDICTIONS of one participant: every window that lies in a scene, one every hop.

    Args:
        checkpoint: of the fold that held the participant out.
        recordings, events: PARTICIPANT_RECORDINGS and EVENTS of the participant.
        data: FEATURES of the participant for a model on features, SIGNALS for a model on the signal.
        normaliser: the participant's normaliser.
        output: Parquet file to write.
        classes: class names, in order.
        conditioning: settings of the filters that the signals went through.
        rate_hz: rate of the conditioned signals.
        length_s, hop_s: windows.
        smoothing_s: time constant of the smoothing, in seconds.
        minimum_dwell_s: see :func:`myoscene.scenes.states.hold`.
        probability_floor: see :func:`myoscene.scenes.states.candidates`.

    Raises:
        InputError: the participant trained or validated the model, or the model was made with other classes,
            another filter phase, normaliser or rate than the data.
    """
    people = read_table(recordings, PARTICIPANT_RECORDINGS)
    participant = str(people["participant"].iloc[0])
    predictor = load_predictor(checkpoint)
    fitted = load_normaliser(normaliser)
    check_agreement(
        predictor.card,
        str(checkpoint),
        Preparation(participant, list(classes), dict(conditioning), fitted.method, rate_hz, length_s, hop_s),
    )
    scenes = scene_events(people, read_table(events, EVENTS))
    raw = _raw_probabilities(predictor, data, fitted, scenes, rate_hz, length_s, hop_s)
    rows = windows_in_scenes(raw, scenes, length_s, rate_hz).assign(participant=participant)
    probability = [f"p_{name}" for name in classes]
    if not np.isfinite(rows[probability].to_numpy()).all():
        raise InputError(
            f"{checkpoint} gives probabilities that are no numbers for participant {participant}; "
            "look for missing samples in results/emg/quality.csv"
        )
    rows["time_s"] = rows["start_s"] + length_s / 2
    hops = dwell_hops(minimum_dwell_s, hop_s)
    rows = add_states(rows, classes, hop_s, smoothing_s, probability_floor, hops)
    smoothed = [f"smooth_{name}" for name in classes]
    write_table(output, rows[[*PREDICTIONS.columns, *probability, *smoothed]], PREDICTIONS)


def add_states(
    rows: pd.DataFrame, classes: list[str], hop_s: float, smoothing_s: float, floor: float, hops: int
) -> pd.DataFrame:
    """``rows`` with smooth_<class> and expression; smoothing and dwell start anew in each stretch.

    Args:
        rows: session, scene, stretch, p_<class>, in the order of time within each stretch.
        classes: class names.
        hop_s: seconds between rows.
        smoothing_s: time constant, in seconds.
        floor: probability floor.
        hops: minimum dwell, in hops.
    """
    raw = rows[[f"p_{name}" for name in classes]].to_numpy(dtype=np.float64)
    smoothed = np.empty_like(raw)
    states = np.empty(len(rows), dtype=np.int64)
    for index in rows.groupby(["session", "scene", "stretch"], sort=False).indices.values():
        smoothed[index] = smooth(raw[index], hop_s, smoothing_s)
        states[index] = decide(smoothed[index], floor, hops)
    added = pd.DataFrame(smoothed, columns=[f"smooth_{name}" for name in classes], index=rows.index)
    labels = np.array([*classes, UNCERTAIN], dtype=object)
    return pd.concat([rows, added.astype(np.float32)], axis=1).assign(expression=labels[states])


def _raw_probabilities(
    predictor: Predictor,
    data: str | os.PathLike[str],
    normaliser: Normaliser,
    scenes: pd.DataFrame,
    rate_hz: float,
    length_s: float,
    hop_s: float,
) -> pd.DataFrame:
    """recording, segment, start_s, p_<class> of every window of the recordings with scenes."""
    # A filter by no value at all has no type, so a name that no recording has stands for none.
    names = sorted(set(scenes["recording"])) or [""]
    if predictor.kind == "features":
        return _from_features(predictor, read_table(data, FEATURES, where={"recording": names}))
    signals = read_table(data, SIGNALS, where={"recording": names})
    return _from_signals(predictor, signals, normaliser, rate_hz, length_s, hop_s)


def _from_features(predictor: Predictor, features: pd.DataFrame) -> pd.DataFrame:
    """recording, segment, start_s, p_<class> of the windows of all scene recordings.

    In a recording that is calibration and scene at once, only the rows of the scene grid (event -1) count.
    """
    rows = features[(features["event"] == -1).to_numpy()].reset_index(drop=True)
    probabilities = predictor.predict_features(rows)
    return _table(rows[_KEYS], probabilities, predictor.classes)


def _from_signals(
    predictor: Predictor,
    signals: pd.DataFrame,
    normaliser: Normaliser,
    rate_hz: float,
    length_s: float,
    hop_s: float,
) -> pd.DataFrame:
    """recording, segment, start_s, p_<class>: one dense pass over each contiguous segment."""
    hop, length = round(hop_s * rate_hz), round(length_s * rate_hz)
    columns = [name for name in signals.columns if name.endswith("_uv")]
    channels = [name.removesuffix("_uv") for name in columns]
    if channels != list(predictor.card["channels"]):
        raise InputError(
            f"the model was trained on the channels {', '.join(predictor.card['channels'])}, but the "
            f"signals have {', '.join(channels)}; record and order channels alike (recordings.channels)"
        )
    parts = [_table(pd.DataFrame({name: [] for name in _KEYS}), np.zeros((0, 0)), predictor.classes)]
    for (recording, segment), rows in signals.groupby(["recording", "segment"], sort=True):
        if len(rows) < length:
            continue
        normalised = normaliser.waveform(np.ascontiguousarray(rows[columns].to_numpy(dtype=np.float32).T))
        starts, probabilities = predictor.predict_signal(normalised, hop)
        times = rows["time_s"].to_numpy(dtype=np.float64)[starts]
        keys = pd.DataFrame({"recording": recording, "segment": segment, "start_s": times})
        parts.append(_table(keys, probabilities, predictor.classes))
    filled = [part for part in parts if len(part)] or parts
    return pd.concat(filled, ignore_index=True)


def _table(keys: pd.DataFrame, probabilities: np.ndarray, classes: list[str]) -> pd.DataFrame:
    """``keys`` ``(windows, 3)`` beside ``probabilities`` ``(windows, classes)``."""
    values = np.asarray(probabilities, dtype=np.float32).reshape(len(keys), len(classes))
    named = pd.DataFrame(values, columns=[f"p_{name}" for name in classes], index=keys.index)
    return pd.concat([keys, named], axis=1)
