"""Small datasets of eye images, and the stage run on them."""

import copy
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from myoscene.config.check import defaults
from myoscene.core.settings import from_plain
from myoscene.core.tables import read_table
from myoscene.eyes.prepare import EyeSource, prepare_eyes
from myoscene.eyes.selection import EyeSelection, select_eyes
from myoscene.eyes.settings import EyesSettings
from myoscene.eyes.store import ArrayStore
from myoscene.eyes.tables import FRAMES
from myoscene.recordings.selection import Selection
from myoscene.recordings.settings import RecordingsSettings
from PIL import Image
from selecting import select

SHAPE = (40, 48)
HEADER = ("file", "frame", "time", "eye", "label")


def picture(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """An image that no other seed has, uint8, neither blank, saturated nor blurred."""
    return np.random.default_rng(seed).integers(20, 236, shape).astype(np.uint8)


def png16_rgb(values: np.ndarray) -> bytes:
    """A PNG with 16-bit RGB, which Pillow reads but does not write."""
    height, width, _ = values.shape

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def tiff16_rgb(values: np.ndarray, order: str = "<") -> bytes:
    """A TIFF with contiguous 16-bit RGB, little (``<``) or big endian, which Pillow reads but does not write."""
    height, width, _ = values.shape
    data = values.astype(f"{order}u2").tobytes()
    bits_at = 8 + 2 + 9 * 12 + 4
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, bits_at), (259, 3, 1, 1), (262, 3, 1, 2)]
    tags += [(273, 4, 1, bits_at + 6), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, len(data))]
    made = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags))
    for tag, kind, count, value in tags:
        short = kind == 3 and count == 1
        made += struct.pack(f"{order}HHI", tag, kind, count)
        made += struct.pack(f"{order}HH", value, 0) if short else struct.pack(f"{order}I", value)
    return made + struct.pack(f"{order}I3H", 0, 16, 16, 16) + data


class Dataset:
    """A dataset of eye images under ``root``, made row by row."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config: dict[str, Any] = copy.deepcopy(defaults())
        self.config["recordings"] |= {"input": "eyes", "dataset": str(root)}
        self.config["recordings"]["classes"] = ["neutral", "smile"]
        # So that small recordings keep all their frames.
        self.config["eyes"]["frames"] |= {"trim_start_s": 0.0, "trim_end_s": 0.0, "height_px": 40, "width_px": 48}

    def folder(self, participant: str = "01", session: str = "") -> Path:
        """The folder of a person's eye images."""
        parts = [f"sub-{participant}", *([f"ses-{session}"] if session else []), "eye"]
        path = self.root.joinpath("sourcedata", *parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write_index(
        self,
        rows: Sequence[Sequence[Any]],
        participant: str = "01",
        task: str = "calibration",
        session: str = "",
        header: Sequence[str] = HEADER,
        name: str = "",
    ) -> Path:
        """Write an index table."""
        ses = f"_ses-{session}" if session else ""
        path = self.folder(participant, session) / (name or f"sub-{participant}{ses}_task-{task}_eye.tsv")
        lines = ["\t".join(map(str, line)) for line in [header, *rows]]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def recording(
        self,
        labels: Sequence[str],
        participant: str = "01",
        task: str = "calibration",
        session: str = "",
        rate_hz: float = 10.0,
        eyes: Sequence[str] = ("left", "right"),
        seed: int = 0,
    ) -> list[list[Any]]:
        """PNG files and an index with one frame of each eye a label; the rows, left and right in turn."""
        rows = []
        for number, label in enumerate(labels):
            for side, eye in enumerate(eyes):
                name = f"{task}_{eye}_{number:03d}.png"
                image = picture(1000 * seed + 2 * number + side)
                Image.fromarray(image).save(self.folder(participant, session) / name)
                rows.append([name, number, f"{number / rate_hz:.3f}", eye, label])
        self.write_index(rows, participant, task, session)
        return rows

    def prepare(self, participant: str = "01", out: str = "out", **given: Any) -> tuple[pd.DataFrame, np.ndarray]:
        """Run the stage's job; frames and image store."""
        frames, images, _ = self.run(participant, out, **given)
        store = ArrayStore(images)
        return read_table(frames, FRAMES), store.read(np.arange(len(store)))

    def run(self, participant: str = "01", out: str = "out", **given: Any) -> list[Path]:
        """Run the stage's job; the files that it wrote."""
        config = self.config
        selection = given.pop("selection", None) or select(config["recordings"])
        eyes = chosen_eyes(config, selection)
        folder = self.root.parent / out
        settings: dict[str, Any] = {
            "raw": eyes.raw_files[participant],
            "participant": participant,
            "dataset": str(self.root),
            "emg_recordings": None,
            "cameras": eyes.cameras[participant],
            "offset_s": eyes.offset_s[participant],
            "scene_recordings": [],
            "scene_tasks": config["recordings"]["scene_tasks"],
            "left_out": [],
            "labels": {
                "classes": config["recordings"]["classes"],
                **{name: config["eyes"][name] for name in ("neutral", "closed", "ignore_labels")},
            },
            "synthetic": True,
            "quality": {name: limit for name, limit in config["eyes"]["quality"].items() if name != "identical"},
            **{name: config["eyes"][name] for name in ("frames", "personalise")},
        }
        paths = [folder / f"{participant}{ending}" for ending in (".parquet", ".npy", "_neutral.npy")]
        events, threads = given.pop("events", None), given.pop("threads", 1)
        prepare_eyes(from_plain(EyeSource, settings | given), events, *paths, threads=threads)
        return paths

    def neutrals(self, participant: str = "01", out: str = "out") -> np.ndarray:
        """Mean neutral images of the last run."""
        store = ArrayStore(self.root.parent / out / f"{participant}_neutral.npy")
        return store.read(np.arange(len(store)))


def chosen_eyes(config: dict[str, Any], selection: Selection) -> EyeSelection:
    """Whose eye images a configuration asks for."""
    sections = from_plain(RecordingsSettings, config["recordings"]), from_plain(EyesSettings, config["eyes"])
    return select_eyes(*sections, selection)


def emg_selection(dataset: Dataset, recordings: Sequence[str], participant: str = "01") -> Selection:
    """A selection with EMG recordings of these names, whose task is what follows ``task-``."""
    from myoscene.recordings.bids import Recording

    dataset.config["recordings"]["input"] = "emg"
    found = [Recording(participant, "", name.partition("task-")[2], "", "", name, "") for name in recordings]
    return Selection([participant], recordings={participant: found})
