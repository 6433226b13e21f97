"""Eye frames of one person over scenes, and small models with random weights that read them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from myoscene.config.sections import defaults
from myoscene.core.tables import write_table
from myoscene.eyes.store import write_store
from myoscene.eyes.tables import EYE_FEATURES, FRAMES
from myoscene.learn.engine.card import Card, SignalInput
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.models.cnn_tcn.model import CnnTcn
from myoscene.learn.models.eye_cnn.model import EyeCnn
from myoscene.learn.models.settings import CnnTcnSettings, EyeCnnSettings
from myoscene.scenes.raw import EyeFiles
from scenes.builders import CHANNELS, CLASSES, LENGTH_S, card

HEIGHT, WIDTH = 8, 16  # both eyes side by side
FRAMES_HZ = 10.0
SECTION = {"eyes": "both", "height_px": 8, "width_px": 8}
PERSONALISE = {"seconds": 5.0, "minimum_s": 1.0}


def settings_of(section: str, **changes: Any) -> dict[str, Any]:
    return {**defaults()["learn"][section], **changes}


def frames(names=("task-a", "task-b"), seconds=20.0, gap=None, participant="p3"):
    """FRAMES at 10 Hz, a little off the hops; none from ``gap[0]`` to ``gap[1]`` seconds."""
    parts = []
    for name in names:
        time = np.arange(0.013, seconds, 1 / FRAMES_HZ)
        if gap:
            time = time[(time < gap[0]) | (time >= gap[1])]
        parts.append(pd.DataFrame({"recording": name, "frame": np.arange(len(time)), "time_s": time}))
    table = pd.concat(parts, ignore_index=True)
    fixed: dict[str, Any] = {
        "participant": participant,
        "session": "",
        "kind": "scene",
        "label": None,
        "event": -1,
        "has_left": True,
        "has_right": True,
        "flags": "",
        "neutral": 0,
        "made_neutral": False,
        "synthetic": True,
    }
    for column, kind in FRAMES.columns.items():
        if column not in table and column not in fixed:
            table[column] = None if str(kind) == "string" else np.nan
    return table.assign(**fixed)[list(FRAMES.columns)]


def write_eyes(folder: Path, table: pd.DataFrame, blinks=None, seed=0) -> EyeFiles:
    """The stores of ``table`` and, with ``blinks`` (one flag a frame), its features."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    write_table(folder / "frames.parquet", table, FRAMES)
    with write_store(folder / "images.npy", len(table), (HEIGHT, WIDTH)) as writer:
        writer.append(generator.integers(0, 256, (len(table), HEIGHT, WIDTH)).astype(np.uint8))
    with write_store(folder / "neutrals.npy", 1, (HEIGHT, WIDTH), np.float32) as writer:
        writer.append(generator.uniform(0, 255, (1, HEIGHT, WIDTH)).astype(np.float32))
    if blinks is not None:
        known = table[[name for name in EYE_FEATURES.columns if name in table]]
        write_table(
            folder / "features.parquet",
            known.assign(openness=np.float32(1), blink=blinks, personalised=True),
            EYE_FEATURES,
        )
    return EyeFiles(
        folder / "frames.parquet",
        folder / "images.npy",
        folder / "neutrals.npy",
        blinks=folder / "features.parquet" if blinks is not None else None,
    )


def _eye_cnn() -> tuple[dict[str, np.ndarray], Card]:
    said = settings_of("eye_cnn", widths=[4, 6])
    torch.manual_seed(3)
    network = EyeCnn(len(CLASSES), 2, EyeCnnSettings(**said))
    arrays = {f"0/{name}": value.numpy() for name, value in network.state_dict().items()}
    arrays["plain_mean"] = np.full((HEIGHT, WIDTH), 100, dtype=np.float32)
    # Random weights with a larger head, so that frames differ clearly.
    arrays["0/head.weight"] = arrays["0/head.weight"] * 40
    sizes = {"height_px": HEIGHT, "width_px": WIDTH, "n_eyes": 2, "personalised": True, "settings": said}
    nothing = {"conditioning": None, "normaliser": None, "rate_hz": None, "windows": None}
    made = {"frames": dict(SECTION), "personalise": dict(PERSONALISE)}
    return arrays, card(model="eye_cnn", members=[{}], **sizes, **nothing, **made)


def _cnn_tcn() -> tuple[dict[str, np.ndarray], Card]:
    said = settings_of("cnn_tcn", stride_samples=5, stem_kernel_samples=5, dilations=[1, 2])
    torch.manual_seed(2)
    network = CnnTcn(SignalInput(CHANNELS, 50, 10), len(CLASSES), CnnTcnSettings(**said))
    arrays = {f"0/{name}": value.numpy() for name, value in network.state_dict().items()}
    sizes = {"channels": CHANNELS, "window_samples": 50, "hop_samples": 10, "settings": said}
    return arrays, card(model="cnn_tcn", members=[{}], **sizes)


def write_eye_cnn(folder: Path, **changes: Any) -> Path:
    arrays, said = _eye_cnn()
    path = folder / "eye_cnn" / "p3.safetensors"
    save_checkpoint(path, arrays, Card.of(said.plain() | changes))
    return path


def write_cnn_tcn(folder: Path) -> Path:
    path = folder / "cnn_tcn" / "p3.safetensors"
    save_checkpoint(path, *_cnn_tcn())
    return path


def write_fusion(folder: Path, model="fusion_late", **changes: Any) -> Path:
    """A fusion of the two models above; the joint one starts as training starts it."""
    from myoscene.learn.models.cnn_tcn.model import CnnTcnPredictor
    from myoscene.learn.models.eye_cnn.model import EyePredictor
    from myoscene.learn.models.fusion.joint import JointNetwork

    emg, eyes = _cnn_tcn(), _eye_cnn()
    arrays = {f"emg/{name}": value for name, value in emg[0].items()}
    arrays |= {f"eyes/{name}": value for name, value in eyes[0].items()}
    network = JointNetwork(CnnTcnPredictor(*emg).members[0], EyePredictor(*eyes).members[0])
    arrays |= {f"joint/0/{name}": value.numpy() for name, value in network.head.state_dict().items()}
    calibration = {"temperature_emg": 0.5, "temperature_eyes": 2.0, "weight_emg": 0.7, "weight_eyes": 0.9}
    of_emg, of_eyes = emg[1].plain(), eyes[1].plain()
    names = ("height_px", "width_px", "n_eyes", "personalised", "frames", "personalise")
    said = of_emg | {name: of_eyes[name] for name in names}
    said |= {"model": model, "encoders": {"emg": of_emg, "eyes": of_eyes}, "calibration": calibration}
    path = folder / model / "p3.safetensors"
    save_checkpoint(path, arrays, Card.of(said | changes))
    return path


def windows_of(times: np.ndarray, start: float) -> np.ndarray:
    """Which frames lie in the window from ``start`` on."""
    return (times >= start - 1e-9) & (times < start + LENGTH_S - 1e-9)
