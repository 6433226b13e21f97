"""Small tables and checkpoints that the tests of this stage share."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from myoscene.core.tables import read_table, write_table
from myoscene.emg.normalise import save_normaliser
from myoscene.emg.tables import FEATURES, SIGNALS
from myoscene.learn.engine.card import Card
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.models import registry
from myoscene.pipeline.normalise import Normaliser
from myoscene.pipeline.settings import StateSettings
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.scenes.predict import predict_scenes
from myoscene.scenes.raw import PersonFiles, SceneSettings
from myoscene.scenes.tables import PREDICTIONS

CLASSES = ["neutral", "smile"]
CHANNELS = ["brow_left", "brow_right"]
RATE_HZ, LENGTH_S, HOP_S = 100.0, 0.5, 0.1
CONDITIONING = {"phase": "zero", "low_cut_hz": 5.0, "mains_hz": None}
WINDOWS = {"length_s": LENGTH_S, "hop_s": HOP_S, "trim_start_s": 0.5, "trim_end_s": 0.1}
SETTINGS = {
    "rate_hz": RATE_HZ,
    "length_s": LENGTH_S,
    "hop_s": HOP_S,
    "states": StateSettings(smoothing_s=0.3, minimum_dwell_s=0.2, probability_floor=0.5),
}


def predict(checkpoint, paths, data, output, eyes=None, normaliser="normaliser", spec=None, **changes):
    """PREDICTIONS of the person whose files are ``paths``, of its table called ``data``.

    ``spec`` is what the run tells the model's training, by default what the checkpoint says.
    """
    files = PersonFiles(paths["recordings"], paths["events"], paths.get(data), paths.get(normaliser), eyes)
    states = {name: changes.pop(name) for name in vars(SETTINGS["states"]) if name in changes}
    settings = SETTINGS | {"states": replace(SETTINGS["states"], **states)} | changes
    spec = spec or registry.load_predictor(checkpoint).card.spec
    predict_scenes(checkpoint, files, output, SceneSettings(**settings), spec)
    return read_table(output, PREDICTIONS)


def card(**changes):
    """What the training would write down for the tests' settings; p3 is held out."""
    values = {
        "model": "lda",
        "training_participants": ["p1"],
        "validation_participants": ["p2"],
        "classes": CLASSES,
        "missing_classes": [],
        "conditioning": dict(CONDITIONING),
        "normaliser": {"method": "calibration_z", "envelope_s": 0.1},
        "rate_hz": RATE_HZ,
        "windows": dict(WINDOWS),
    }
    return Card.of(values | changes)


def recordings(names=("task-a", "task-b"), sessions=None, participant="p3", duration_s=20.0):
    rows = len(names)
    return pd.DataFrame(
        {
            "participant": participant,
            "session": list(sessions or [""] * rows),
            "task": "a",
            "recording": list(names),
            "kind": "scene",
            "file": "x.edf",
            "sha256": "0",
            "content_sha256": [str(i) for i in range(rows)],
            "channels_sha256": [str(i) for i in range(rows)],
            "rate_hz": RATE_HZ,
            "duration_s": duration_s,
            "n_samples": int(duration_s * RATE_HZ),
            "mains_hz": 50.0,
            "channels": [CHANNELS] * rows,
            "muscles": [CHANNELS] * rows,
            "bad_channels": [[] for _ in range(rows)],
            "synthetic": False,
        }
    )


def events(rows, participant="p3"):
    """EVENTS of (recording, onset_s, duration_s, label, role) rows."""
    frame = pd.DataFrame(rows, columns=["recording", "onset_s", "duration_s", "label", "role"])
    return frame.assign(participant=participant, event=frame.groupby("recording").cumcount())


def signals(names=("task-a", "task-b"), seconds=20.0, gap=None, seed=0):
    """SIGNALS of noise; ``gap`` (start_s, stop_s) cuts each recording into two segments."""
    rng = np.random.default_rng(seed)
    parts = []
    for name in names:
        time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        part = pd.DataFrame({"recording": name, "segment": 0, "time_s": time})
        for channel in CHANNELS:
            part[f"{channel}_uv"] = rng.normal(0, 5, len(time)).astype(np.float32)
        if gap:
            part["segment"] = (time >= gap[1]).astype(int)
            part = part[(time < gap[0]) | (time >= gap[1])]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def features(table):
    """FEATURES with one feature, the mean of the first channel, of every hop of SIGNALS ``table``."""
    length, hop = round(LENGTH_S * RATE_HZ), round(HOP_S * RATE_HZ)
    rows = []
    for (recording, segment), part in table.groupby(["recording", "segment"]):
        values, times = part["brow_left_uv"].to_numpy(), part["time_s"].to_numpy()
        for start in range(0, len(part) - length + 1, hop):
            rows.append((recording, segment, times[start], values[start : start + length].mean()))
    frame = pd.DataFrame(rows, columns=["recording", "segment", "start_s", "mean_absolute_value__brow_left"])
    return frame.assign(participant="p3", kind="scene", event=-1, label=None)


def write_person(folder: Path, people, happenings, table):
    """All per-participant inputs of predict_scenes; returns their paths by name."""
    paths = {name: folder / f"{name}.parquet" for name in ("recordings", "events", "signals", "features")}
    write_table(paths["recordings"], people, PARTICIPANT_RECORDINGS)
    write_table(paths["events"], happenings, EVENTS)
    write_table(paths["signals"], table, SIGNALS)
    write_table(paths["features"], features(table), FEATURES)
    paths["normaliser"] = folder / "normaliser.json"
    fitted = Normaliser("calibration_z", tuple(CHANNELS), (0.0, 0.0), (5.0, 5.0), (0.0, 0.0), 0.1, "p3")
    save_normaliser(paths["normaliser"], fitted)
    return paths


def write_lda(folder: Path, **changes) -> Path:
    """A linear discriminant that says smile where the feature is above 0."""
    path = folder / "lda" / "p3.safetensors"
    arrays = {
        "weights": np.array([[-2.0], [2.0]]),
        "bias": np.zeros(2),
        "centre": np.zeros(1),
        "scale": np.ones(1),
        "class_index": np.array([0, 1]),
    }
    save_checkpoint(path, arrays, card(features=["mean_absolute_value__brow_left"], **changes))
    return path
