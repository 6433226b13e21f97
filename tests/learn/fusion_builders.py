"""A small cohort with both modalities, of which neither alone can tell all classes apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.store import write_store
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.paired import read_paired
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.models.fusion.base import FusionPredictor
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task
from myoscene.learn.tables import COHORT_EYES, COHORT_SIGNALS

from learn import builders as b
from learn import eye_builders as e

CLASSES = b.CLASSES
FRAMES_HZ = 20.0
# The signal of a frown is that of neutral; the eyes of a smile are those of neutral.
HIDDEN_FROM_EMG, HIDDEN_FROM_EYES = "frown", "smile"
LOOKS = {"neutral": "neutral", "smile": "neutral", "frown": "left_wink"}
RECORDING = "task-calibration"
EMG_CHANGES = {"epochs": 8}
EYE_CHANGES = {"epochs": 4}


def signals(people: list[str] = b.PEOPLE, seed: int = 0) -> pd.DataFrame:
    """As in ``builders``, but a frown cannot be told from neutral."""
    shown = [name if name != HIDDEN_FROM_EMG else "neutral" for name in CLASSES * 2]
    table = b.signals(people, dict.fromkeys(people, shown), seed)
    table["label"] = [(CLASSES * 2)[event] for event in table["event"]]
    return table


def write_cohort(
    folder: Path,
    people: list[str] = b.PEOPLE,
    without_eyes: tuple[str, ...] = (),
    without_times: tuple[str, ...] = (),
    change: dict[str, int] | None = None,
) -> Path:
    """Signals, eye frames of their time, and LOPO folds under ``folder``.

    Args:
        without_eyes: people without any eye frame.
        without_times: people whose frames have no time.
        change: person -> seed of other pixels and other signals.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = signals(people)
    for person, seed in (change or {}).items():
        other = signals(people, seed)
        columns = [name for name in table if name.startswith("signal__")]
        own = (table["participant"] == person).to_numpy()
        table.loc[own, columns] = np.resize(other[columns].to_numpy(), (own.sum(), len(columns)))
    b.write_cohort(folder, table, people)
    rows: list[dict[str, Any]] = []
    pictures, means = [], []
    for number, person in enumerate(people):
        if person in without_eyes:
            continue
        generator = np.random.default_rng([(change or {}).get(person, 0), number])
        appearance = float(generator.uniform(-1, 1))
        means.append(np.mean([e.frame("neutral", appearance, generator) for _ in range(10)], axis=0))
        for event, own in table[table["participant"] == person].groupby("event"):
            label, times = own["label"].iloc[0], own["time_s"].to_numpy()
            # Frames go on beyond the signal's event, at the person's own phase.
            for time in np.arange(times[0] - 0.1 + 0.003 + 0.007 * number, times[-1] + 0.1, 1 / FRAMES_HZ):
                pictures.append(e.frame(LOOKS[label], appearance, generator))
                rows.append(
                    {
                        "participant": person,
                        "session": "",
                        "recording": RECORDING,
                        "event": int(event),
                        "frame": len(rows),
                        "time_s": np.nan if person in without_times else time,
                        "label": label,
                        "row": len(rows),
                        "neutral": len(means) - 1,
                        "has_left": True,
                        "has_right": True,
                        "left_image": None,
                        "right_image": None,
                        "scored": True,
                    }
                )
    write_table(folder / "eyes.parquet", pd.DataFrame(rows), COHORT_EYES, row_group_by="participant")
    with write_store(folder / "eyes.npy", len(pictures), (e.HEIGHT, 2 * e.WIDTH)) as writer:
        writer.append(np.stack(pictures))
    with write_store(folder / "eye_neutrals.npy", len(means), (e.HEIGHT, 2 * e.WIDTH), np.float32) as writer:
        writer.append(np.array(means, dtype=np.float32))
    return folder


def cohort(folder: Path) -> Cohort:
    """The files of :func:`write_cohort`."""
    return Cohort(
        folder / "signals.parquet", folder / "eyes.parquet", folder / "eyes.npy", folder / "eye_neutrals.npy", n_eyes=2
    )


def eye_spec(**changes: Any) -> TrainingSpec:
    """What a rule says of the training of ``eye_cnn``."""
    return replace(e.spec(**(EYE_CHANGES | changes)), classes=CLASSES)


def spec(model: str, **changes: Any) -> TrainingSpec:
    """What a rule says of the training of a fusion; ``changes`` are settings."""
    of_eyes = {name: getattr(eye_spec(), name) for name in ("frames", "personalise", "neutral")}
    return replace(b.spec("cnn_tcn"), model=model, settings={**b.defaults("fusion"), **changes}, **of_eyes)


def encoders(folder: Path, fold: str, out: Path | None = None, emg: Any = None, eyes: Any = None) -> tuple[Path, Path]:
    """Checkpoints of ``cnn_tcn`` and ``eye_cnn`` of a fold; ``emg`` and ``eyes`` are changes of their settings."""
    target = out or folder
    first = b.train(folder, "cnn_tcn", fold, target, spec=b.spec("cnn_tcn", **(EMG_CHANGES | (emg or {}))))
    second = target / "eye_cnn" / f"{fold}.safetensors"
    train_task(e.task(folder, eye_spec(**(eyes or {})), fold), second)
    return first, second


def train(
    folder: Path, told: TrainingSpec, fold: str, given: tuple[Path, Path], out: Path, blinks: Path | None = None,
    execution: Execution | None = None,
) -> Path:  # fmt: skip
    """Train a fusion of the checkpoints ``given``; its own checkpoint's path."""
    checkpoint = out / told.model / f"{fold}.safetensors"
    files = replace(cohort(folder), blinks=[blinks] if blinks else [])
    parts = dict(zip(("signal", "eyes"), given, strict=True))
    split = read_split(folder / "folds.csv", fold)
    train_task(Task(told, split, files, execution or Execution(), parts), checkpoint)
    return checkpoint


def rows_of(folder: Path, people: tuple[str, ...]) -> pd.DataFrame:
    """Rows of the cohort's eye table."""
    return read_table(folder / "eyes.parquet", COHORT_EYES, where={"participant": people})


def signals_of(folder: Path, people: tuple[str, ...]) -> pd.DataFrame:
    """Rows of the cohort's signals."""
    return read_table(folder / "signals.parquet", COHORT_SIGNALS, where={"participant": people})


def balanced(values: np.ndarray, labels: pd.Series) -> float:
    right = np.array(CLASSES)[values.argmax(axis=1)] == labels.to_numpy()
    return float(np.mean([right[(labels == name).to_numpy()].mean() for name in CLASSES]))


def probabilities(table: pd.DataFrame) -> np.ndarray:
    return table[[f"p_{name}" for name in CLASSES]].to_numpy()


def by_modality(path: Path, folder: Path, person: str) -> tuple[dict[str, np.ndarray], pd.Series]:
    """Probabilities of all windows of ``person`` by both modalities, by the signal, and by the eyes alone."""
    predictor = load_predictor(path)
    assert isinstance(predictor, FusionPredictor)
    items, frames = read_paired(cohort(folder), (person,), CLASSES)
    found: dict[str, list[np.ndarray]] = {"both": [], "emg": [], "eyes": []}
    labels: list[str] = []
    for item in items:
        signal, hop = item.stretch.signal.numpy(), predictor.card.signal.hop_samples
        times = item.stretch.time_s[predictor.window_starts(signal.shape[1], hop)]
        own = frames.take(item.places)
        found["both"].append(predictor.predict_windows(times, signal, hop, own, item.times))
        found["emg"].append(predictor.predict_windows(times, signal, hop))
        found["eyes"].append(predictor.predict_windows(times, frames=own, frame_times=item.times))
        labels += [CLASSES[item.stretch.label]] * len(times)
    return {name: np.concatenate(parts) for name, parts in found.items()}, pd.Series(labels)
