"""A small cohort of eye frames for tests: what a class looks like is drawn on top of what a person looks like."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from myoscene.core.tables import write_table
from myoscene.eyes.store import write_store
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.folds import write_folds
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.tables import COHORT_EYES

from learn.builders import PEOPLE, defaults

HEIGHT = WIDTH = 12
CLASSES = ["neutral", "left_wink", "right_wink"]
CLOSED = "closed"
PER_LABEL = 12


def eye(openness: float, appearance: float, generator: np.random.Generator) -> np.ndarray:
    """One eye ``(height, width)``: a dark disc, open by ``openness``, below a lid of the person's own height."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    picture = 120.0 + 30 * appearance + 2.0 * rows
    disc = ((columns - 5.5) ** 2 + (rows - 6) ** 2 < 16) & (rows > 8 - 5 * openness + appearance)
    picture = np.where(disc, 40.0, picture)
    picture[: 3 + round(2 * appearance)] -= 30  # a brow
    return picture + 4 * generator.standard_normal(picture.shape)


def frame(label: str, appearance: float, generator: np.random.Generator) -> np.ndarray:
    """Both eyes side by side ``(height, 2 * width)`` uint8, the wearer's left eye first."""
    shut = {"left_wink": (0.0, 1.0), "right_wink": (1.0, 0.0), CLOSED: (0.0, 0.0)}.get(label, (1.0, 1.0))
    both = [eye(shut[0], appearance, generator), eye(shut[1], appearance, generator)[:, ::-1]]
    return np.clip(np.hstack(both), 0, 255).astype(np.uint8)


def write_eye_cohort(
    folder: Path,
    people: list[str] = PEOPLE,
    labels: tuple[str, ...] = (*CLASSES, CLOSED),
    blinks: dict[str, int] | None = None,
    without_neutral: tuple[str, ...] = (),
    change: dict[str, int] | None = None,
    unscored: tuple[int, ...] = (),
) -> Path:
    """The cohort's eye table, its stores and LOPO folds under ``folder``.

    Args:
        blinks: person -> how many of the frames labelled neutral have closed eyes.
        without_neutral: people without a mean neutral image.
        change: person -> seed of other pixels.
        unscored: rows of frames that are not scored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    pictures, means = [], []
    for number, person in enumerate(people):
        generator = np.random.default_rng([(change or {}).get(person, 0), number])
        appearance = float(generator.uniform(-1, 1))
        has_neutral = person not in without_neutral
        if has_neutral:
            means.append(np.mean([frame("neutral", appearance, generator) for _ in range(10)], axis=0))
        for event, label in enumerate(labels):
            for index in range(PER_LABEL):
                blink = label == "neutral" and index < (blinks or {}).get(person, 0)
                pictures.append(frame(CLOSED if blink else label, appearance, generator))
                place = len(rows)
                rows.append(
                    {
                        "participant": person,
                        "session": "",
                        "recording": "task-calibration",
                        "event": event,
                        "frame": place,
                        "time_s": event * 3.0 + index / 10,
                        "label": label,
                        "row": place,
                        "neutral": len(means) - 1 if has_neutral else -1,
                        "has_left": True,
                        "has_right": True,
                        "left_image": f"sub-{person}/l{place}.png",
                        "right_image": f"sub-{person}/r{place}.png",
                        "scored": place not in unscored,
                    }
                )
    write_table(folder / "eyes.parquet", pd.DataFrame(rows), COHORT_EYES, row_group_by="participant")
    with write_store(folder / "eyes.npy", len(pictures), (HEIGHT, 2 * WIDTH)) as writer:
        writer.append(np.stack(pictures))
    with write_store(folder / "eye_neutrals.npy", len(means), (HEIGHT, 2 * WIDTH), np.float32) as writer:
        writer.append(np.array(means, dtype=np.float32).reshape(-1, HEIGHT, 2 * WIDTH))
    write_folds(folder / "folds.csv", people, FoldSettings("lopo", 60, 5, 0.2), seed=1, synthetic=True)
    return folder


def cohort(folder: Path, blinks: list[Path] | None = None, n_eyes: int = 2) -> Cohort:
    """The files of :func:`write_eye_cohort`."""
    stores = {name: folder / file for name, file in STORES.items()}
    return Cohort(**stores, blinks=blinks or [], n_eyes=n_eyes)


STORES = {"eyes": "eyes.parquet", "images": "eyes.npy", "neutrals": "eye_neutrals.npy"}
SMALL = {
    "widths": [6, 8],
    "members": 1,
    "epochs": 6,
    "batch_size": 16,
    "learning_rate": 0.01,
    "dropout": 0.1,
    "standardise": "eye",
}


def spec(model: str = "eye_cnn", **changes: Any) -> TrainingSpec:
    """What a rule says of a training, with test-sized settings; ``changes`` are settings."""
    return TrainingSpec(
        model=model,
        classes=CLASSES,
        settings={**defaults("eye_cnn"), **SMALL, **changes},
        seed=1,
        synthetic=True,
        frames={"height_px": HEIGHT},
        personalise={"seconds": 5.0},
        neutral="neutral",
    )


def task(
    folder: Path, told: TrainingSpec, fold: str = "p02", blinks: Path | None = None, execution: Execution | None = None
) -> Task:
    """One fold's training."""
    split = read_split(folder / "folds.csv", fold)
    return Task(told, split, cohort(folder, [blinks] if blinks else None), execution or Execution())
