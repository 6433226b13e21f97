"""Small cohort tables for tests: amplitude-coded classes with differences between people, at 200 Hz."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from myoscene.config import sections
from myoscene.core.tables import write_table
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.folds import write_folds
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.models.registry import MODELS
from myoscene.learn.models.train import train_task
from myoscene.learn.tables import COHORT_FEATURES, COHORT_SIGNALS
from myoscene.pipeline.features import column_names, window_features
from myoscene.pipeline.windows import window_starts

RATE_HZ = 200.0
WINDOW, HOP = 40, 10
CLASSES = ["neutral", "smile", "frown"]
CHANNELS = ["zygomaticus_left", "zygomaticus_right", "corrugator_center"]
NAMES = ["root_mean_square", "log_band_power", "waveform_length"]
LEVELS = np.array([[0.2, 0.2, 0.2], [0.35, 0.35, 0.2], [0.2, 0.2, 0.4]])
PEOPLE = ["p01", "p02", "p03", "p04", "p05"]


def defaults(section: str) -> dict[str, Any]:
    """The default settings of ``learn.<section>``."""
    return dict(sections.defaults()["learn"][section])


SETTINGS: dict[str, dict[str, Any]] = {
    "lda": {},
    "knn": {"neighbours": 5},
    "boosted_trees": {"iterations": 20, "smallest_leaf": 5},
    "cnn_tcn": {
        "stem_filters": 6,
        "stem_kernel_samples": 5,
        "stride_samples": 5,
        "width": 8,
        "kernel_steps": 2,
        "members": 1,
        "epochs": 12,
        "learning_rate": 0.02,
        "batch_size": 4,
        "time_shift_s": 0.05,
    },
    "cnn": {"step_samples": 10, "width": 16, "kernel_steps": 2, "epochs": 24, "learning_rate": 0.02, "batch_size": 4},
    "lstm": {"step_samples": 5, "width": 8, "epochs": 12, "learning_rate": 0.02, "batch_size": 4},
}


def spec(model: str, **changes: Any) -> TrainingSpec:
    """What a rule says of a training, with test-sized settings; ``changes`` are settings."""
    return TrainingSpec(
        model=model,
        classes=CLASSES,
        settings={**defaults(MODELS[model].section), **SETTINGS[model], **changes},
        seed=1,
        synthetic=True,
        rate_hz=RATE_HZ,
        windows={"length_s": WINDOW / RATE_HZ, "hop_s": HOP / RATE_HZ, "trim_start_s": 0.1, "trim_end_s": 0.0},
        conditioning={"phase": "zero", "low_cut_hz": 20.0, "high_cut_hz": 90.0},
        normaliser={"method": "calibration_z"},
    )


def signals(people: list[str] = PEOPLE, labels: dict[str, list[str]] | None = None, seed: int = 0) -> pd.DataFrame:
    """A cohort signals table: two events a class and person of 90 to 130 samples (``labels``: a person's own)."""
    generator = np.random.default_rng(seed)
    frames = []
    for person in people:
        gain = np.exp(0.2 * generator.standard_normal(len(CHANNELS)))
        for event, label in enumerate((labels or {}).get(person, CLASSES * 2)):
            samples = int(generator.integers(90, 130))
            level = LEVELS[CLASSES.index(label)] * gain
            values = generator.standard_normal((samples, len(CHANNELS))) * level
            rows = pd.DataFrame(values.astype(np.float32), columns=[f"signal__{name}" for name in CHANNELS])
            rows.insert(0, "time_s", event * 2.0 + np.arange(samples) / RATE_HZ)
            rows.insert(0, "label", label)
            rows.insert(0, "event", event)
            rows.insert(0, "segment", 0)
            rows.insert(0, "recording", "task-calibration")
            rows.insert(0, "participant", person)
            frames.append(rows)
    return pd.concat(frames, ignore_index=True)


def features(table: pd.DataFrame) -> pd.DataFrame:
    """The cohort features table of a cohort signals table."""
    frames = []
    columns = [f"signal__{name}" for name in CHANNELS]
    for (person, recording, event), rows in table.groupby(["participant", "recording", "event"], sort=False):
        starts = window_starts(0, len(rows), WINDOW, HOP)
        values = window_features(rows[columns].to_numpy().T, starts, WINDOW, NAMES, 0.01)
        frame = pd.DataFrame(values.reshape(len(starts), -1), columns=column_names(NAMES, CHANNELS))
        label, times = rows["label"].iloc[0], rows["time_s"].to_numpy()[starts]
        identity = (person, recording, "calibration", 0, event, times, label)
        for place, (name, value) in enumerate(zip(COHORT_FEATURES.columns, identity, strict=True)):
            frame.insert(place, name, value)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def write_cohort(folder: Path, table: pd.DataFrame, people: list[str] = PEOPLE) -> Path:
    """Signals, features and LOPO folds of ``table`` under ``folder``."""
    write_table(folder / "signals.parquet", table, COHORT_SIGNALS, row_group_by="participant")
    write_table(folder / "features.parquet", features(table), COHORT_FEATURES, row_group_by="participant")
    write_folds(folder / "folds.csv", people, FoldSettings("lopo", 60, 5, 0.2), seed=1, synthetic=True)
    return folder


def train(
    folder: Path,
    model: str,
    fold: str,
    out: Path | None = None,
    spec: TrainingSpec | None = None,
    execution: Execution | None = None,
) -> Path:
    """Train ``model`` on the cohort in ``folder``; the checkpoint's path."""
    checkpoint = (out or folder) / model / f"{fold}.safetensors"
    split = read_split(folder / "folds.csv", fold)
    told = spec or globals()["spec"](model)
    train_task(Task(told, split, cohort_of(folder, model), execution or Execution()), checkpoint)
    return checkpoint


def cohort_of(folder: Path, model: str) -> Cohort:
    """The cohort table that ``model`` reads."""
    return Cohort(windows=folder / ("features.parquet" if MODELS[model].kind == "features" else "signals.parquet"))
