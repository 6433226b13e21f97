"""Eye frames, embeddings and an InceptionV3 weights file for tests, all made up."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from myoscene.core.tables import write_table
from myoscene.eyes.store import ArrayStore, write_store
from myoscene.eyes.tables import FRAMES, REMOVED
from myoscene.learn.cohort.collect_eyes import EyeLabels, collect_eyes
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.cohort.folds import write_folds
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.models.eye_inception.network import WIDTH, InceptionV3
from safetensors.torch import save_file
from torch import nn

from learn.builders import defaults

PEOPLE = ["p01", "p02", "p03", "p04", "p05"]
CLASSES = ["neutral", "squint", "closed"]
HEIGHT, EYE_WIDTH, N_EYES = 12, 16, 2
# The smallest image that the network takes: as much of its arithmetic as 299 px, in a tenth of the time.
SIDE = 75
SESSIONS = ("1", "2")


def network(seed: int = 0) -> InceptionV3:
    """A network whose activations neither die nor explode, with statistics that are not those of a fresh one."""
    torch.manual_seed(seed)
    found = InceptionV3()
    for module in found.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=(2 / module.weight[0].numel()) ** 0.5)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.5, 1.5)  # type: ignore[arg-type]
            nn.init.zeros_(module.num_batches_tracked)  # type: ignore[arg-type]
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)
    return found


def written_out(number: int, count: int) -> torch.Tensor:
    """Values from -1 to 1 that any machine and version makes alike, other ones for each ``number``."""
    waves = torch.sin(torch.arange(count, dtype=torch.float64) * 12.9898 + number * 78.233) * 43758.5453
    return 2 * (waves - waves.floor()) - 1


def written_out_state() -> dict[str, torch.Tensor]:
    """A state of the network from :func:`written_out`, by which two implementations can be compared."""
    found = {}
    for number, (name, tensor) in enumerate(sorted(network().state_dict().items())):
        values = written_out(number, tensor.numel()).reshape(tensor.shape)
        if name.endswith(("bn.weight", "running_var")):
            values = 1 + values / 4
        elif tensor.dim() > 1:
            values = values * (6 / tensor[0].numel()) ** 0.5
        else:
            values = values / 10
        found[name] = values.to(tensor.dtype)
    return found


def save_weights(path: Path, state: dict[str, Any] | None = None) -> str:
    """Write a network's (or the given) state in the format of the suffix; its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = dict(network().state_dict()) if state is None else state
    if path.suffix == ".safetensors":
        save_file(state, str(path))
    else:
        torch.save(state, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def person_frames(person: str, labels: list[str | None], neutral: dict[str, int]) -> pd.DataFrame:
    """FRAMES rows of one person; first half session 1, then session 2; ``neutral``: its row of each session, or -1."""
    half = (len(labels) + 1) // 2
    sessions = [SESSIONS[0]] * half + [SESSIONS[1]] * (len(labels) - half)
    numbers = [*range(half), *range(len(labels) - half)]
    given: dict[str, Any] = {
        "participant": person,
        "session": sessions,
        "recording": [f"ses-{session}_task-faces" for session in sessions],
        "kind": "calibration",
        "frame": numbers,
        "time_s": [number / 10 for number in numbers],
        "label": labels,
        "event": 0,
        "has_left": True,
        "has_right": True,
        "flags": "",
        "neutral": [neutral[session] for session in sessions],
        "made_neutral": False,
        "synthetic": True,
    }
    table = pd.DataFrame({name: given.get(name) for name in FRAMES.columns}, index=range(len(labels)))
    measures = [name for name in FRAMES.columns if name.endswith(("_mean", "_sd", "_fraction", "_sharpness"))]
    return table.astype(dict.fromkeys(measures, float))


def write_person(folder: Path, person: str, labels: list[str | None], *, neutral: bool = True) -> None:
    """Frames, images and mean neutral images (all noise) of one person under ``folder``."""
    draw = np.random.default_rng(PEOPLE.index(person))
    rows = dict(zip(SESSIONS, (0, 1) if neutral else (-1, -1), strict=True))
    write_table(folder / f"frames/{person}.parquet", person_frames(person, labels, rows), FRAMES)
    shape = (HEIGHT, N_EYES * EYE_WIDTH)
    with write_store(folder / f"images/{person}.npy", len(labels), shape) as writer:
        writer.append(draw.integers(0, 256, (len(labels), *shape)).astype(np.uint8))
    with write_store(folder / f"neutrals/{person}.npy", 2 * neutral, shape, np.float32) as writer:
        writer.append(draw.uniform(60, 200, (2 * neutral, *shape)).astype(np.float32))


def write_cohort(folder: Path, frames: int = 12, without_neutral: tuple[str, ...] = ()) -> Path:
    """Everybody's frames, the cohort's table and stores, and LOPO folds; every 4th frame has no label."""
    labels: list[str | None] = [None if place % 4 == 3 else CLASSES[place % 4] for place in range(frames)]
    for person in PEOPLE:
        write_person(folder, person, labels, neutral=person not in without_neutral)
    write_table(folder / "excluded.parquet", pd.DataFrame(columns=list(REMOVED.columns)), REMOVED)
    collect_eyes(
        [FrameFiles(*(folder / f"{kind}/{person}.{suffix}" for kind, suffix in KINDS)) for person in PEOPLE],
        folder / "excluded.parquet",
        EyeLabels(CLASSES, "neutral", "closed"),
        eyes=folder / "eyes.parquet",
        images=folder / "eyes.npy",
        neutrals=folder / "eye_neutrals.npy",
    )
    write_folds(folder / "folds.csv", PEOPLE, FoldSettings("lopo", 60, 5, 0.2), seed=1, synthetic=True)
    return folder


KINDS = (("frames", "parquet"), ("images", "npy"), ("neutrals", "npy"))


def write_embeddings(path: Path, table: pd.DataFrame, plain: float = 0.0, personalised: float = 3.0) -> Path:
    """Embeddings of the cohort's ``table``: noise, and in a few values the class, as strong as is said."""
    draw = np.random.default_rng(5)
    values = draw.standard_normal((len(table), 2, WIDTH)).astype(np.float32)
    for place, label in enumerate(table["label"]):
        column = CLASSES.index(label) * 200
        values[place, :, column : column + 200] += np.array([[plain], [personalised]], dtype=np.float32)
    with write_store(path, len(table), (2, WIDTH), np.float32) as writer:
        writer.append(values)
    return path


def spec(model: str, sha256: str | None, **changes: Any) -> TrainingSpec:
    """What a rule says of a training; ``changes`` are settings."""
    settings = {
        **defaults("eye_inception"),
        "weights": "somewhere/inception.pth",
        "sha256": sha256,
        "side_px": SIDE,
        **changes,
    }
    return TrainingSpec(model, CLASSES, settings, 1, True, frames={}, neutral="neutral")


class Reads:
    """Which rows of which store were read: put in the place of ``ArrayStore.read``."""

    def __init__(self) -> None:
        self.rows: dict[str, set[int]] = {}
        self.most = 0
        self._read = ArrayStore.read

    def __call__(self, store: ArrayStore, rows: np.ndarray) -> np.ndarray:
        self.rows.setdefault(store.path.name, set()).update(int(row) for row in rows)
        self.most = max(self.most, len(rows))
        return self._read(store, rows)

    def watch(self, monkeypatch: Any) -> "Reads":
        """Note every read from now on."""
        monkeypatch.setattr(ArrayStore, "read", lambda store, rows: self(store, rows))
        return self
