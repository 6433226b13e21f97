"""Eye images of one participant: from files and index tables to frames, an image store and mean neutral images."""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.index import SIDES, EyeIndex, is_series, read_index
from myoscene.eyes.ingest import Images, ingest
from myoscene.eyes.labels import KnownLabels
from myoscene.eyes.pairs import Frames, label_frames, number_runs, pair
from myoscene.eyes.personalise import SessionNeutral, choose_neutral
from myoscene.eyes.quality import FLAGS, MEASURES, flag_images, frozen
from myoscene.eyes.rectify import Rectify
from myoscene.eyes.settings import FrameSettings, PersonaliseSettings
from myoscene.eyes.store import write_store
from myoscene.eyes.tables import FRAMES
from myoscene.recordings.eye_files import folders_of_files
from myoscene.recordings.tables import EVENTS

PathLike = str | os.PathLike[str]
# Frames that are put together at once. Our choice.
BATCH = 256


@dataclass(frozen=True)
class EyeSource:
    """A participant's eye images, as :func:`myoscene.eyes.selection.select_eyes` has them, and what is asked of them.

    Attributes:
        raw: the participant's raw files.
        dataset: folder of the dataset, as it stands in ``raw``.
        emg_recordings: names of the person's EMG recordings; None where the dataset holds eye images alone.
        scene_recordings: those of them that are scenes.
        scene_tasks: tasks that are scenes, whether they have EMG or not.
        left_out: recordings whose frames have no label, whatever the index says: their EMG is left out.
        cameras: what is done to the images of the left and of the right eye.
        offset_s: seconds to add to the eye times.
        classes: classes of the eye images; ``neutral`` and ``closed`` may be further labels, ``ignore_labels`` are left
            aside.
        frames, quality, personalise: these sections of the configuration's section `eyes`.
        synthetic: whether the images come from the generator.
    """

    raw: Sequence[str]
    participant: str
    dataset: str
    emg_recordings: Sequence[str] | None
    scene_recordings: Sequence[str]
    scene_tasks: Sequence[str]
    left_out: Sequence[str]
    cameras: Sequence[Mapping[str, Any]]
    offset_s: float
    classes: Sequence[str]
    neutral: str | None
    closed: str | None
    ignore_labels: Sequence[str]
    frames: FrameSettings
    quality: Mapping[str, float]
    personalise: PersonaliseSettings
    synthetic: bool

    @property
    def labels(self) -> KnownLabels:
        """What the labels of the index may be."""
        return KnownLabels(self.classes, self.neutral, self.closed, self.ignore_labels)

    def is_scene(self, recording: str) -> bool:
        """Whether a recording is a scene."""
        task = next(part.removeprefix("task-") for part in recording.split("_") if part.startswith("task-"))
        return recording in self.scene_recordings or task in self.scene_tasks


def prepare_eyes(
    source: EyeSource,
    events: PathLike | None,
    frames_path: PathLike,
    images_path: PathLike,
    neutrals_path: PathLike,
    *,
    threads: int = 1,
) -> None:
    """Read all eye images of a participant and write FRAMES, the image store and the store of mean neutral images.

    Everything is checked before anything is written. The result does not depend on ``threads``; the images in memory
    are those of some batches, however many there are.

    Args:
        events: EVENTS of the EMG recordings, whose expressions label frames of an index without labels; None without.

    Raises:
        InputError: whatever reading the index and the images refuses; nothing of the wanted eye; a
            session without mean neutral image, where that is an error.
    """
    participant, settings = source.participant, source.frames
    folders = folders_of_files(source.raw, source.dataset, participant)
    index = read_index(folders, participant, source.labels, source.emg_recordings)
    _check_recordings(index, source.emg_recordings or ())
    rectify = [_rectify(camera) for camera in source.cameras]
    paired = pair(index, settings.eyes, settings.pair_within_s)
    if not len(paired.frame):
        raise InputError(
            f"participant {participant} has no image of the {settings.eyes} eye; list the person in "
            "recordings.exclude_participants, or change eyes.frames.eyes"
        )
    table = _table(source, index, paired, read_table(events, EVENTS) if events is not None else None)
    wanted = np.zeros(len(index) + 1, bool)
    wanted[paired.left] = wanted[paired.right] = True
    shape = (settings.height_px, settings.width_px)
    read = partial(ingest, shape=shape, bits=settings.bits, folder=Path(images_path).parent, threads=threads)
    with closing(read(index, wanted[:-1], (rectify[0], rectify[1]))) as images:
        usable = _describe(table, index, paired, images, source)
        if settings.eyes != "both":
            table["has_left"] = table["has_right"] = table[f"has_{settings.eyes}"]
        means = _number_neutrals(table, choose_neutral(table, source.neutral, source.personalise), source)
        halves = {"both": (paired.left, paired.right), "left": (paired.left,), "right": (paired.right,)}[settings.eyes]
        _write(table, images, halves, usable, means, images_path, neutrals_path)
    write_table(frames_path, table[list(FRAMES.columns)], FRAMES)


def _rectify(camera: Mapping[str, Any]) -> Rectify:
    crop = camera["crop_px"]
    return Rectify(crop and tuple(crop), camera["rotation_deg"], camera["scale"])


def _check_recordings(index: EyeIndex, emg_recordings: Sequence[str]) -> None:
    """InputError for a recording that is none of EMG and has the session and task of one: a misnamed index.

    Recordings of eyes alone are fine; their tasks are others.
    """
    known = {_session_and_task(name): name for name in emg_recordings}
    for name in index.recordings:
        meant = known.get(_session_and_task(name))
        if meant and name not in emg_recordings:
            where = index.where(int(np.flatnonzero(index.recording == index.recordings.index(name))[0]))
            raise InputError(
                f"{where}: there is no EMG recording '{name}', but '{meant}' of the same session and task; name the "
                f"index like that one (sub-*_{meant}_eye.tsv)"
            )


def _session_and_task(recording: str) -> tuple[str, ...]:
    return tuple(part for part in recording.split("_") if part.startswith(("ses-", "task-")))


def _table(source: EyeSource, index: EyeIndex, paired: Frames, events: pd.DataFrame | None) -> pd.DataFrame:
    """Frames with what their index says: the columns of FRAMES that need no image."""
    time_s = paired.time_s + source.offset_s
    labels, label, apart = label_frames(index, paired, time_s, events, source.labels)
    event = number_runs(paired, label, apart, source.frames)
    scene = np.array([source.is_scene(name) for name in index.recordings])
    table = pd.DataFrame(
        {
            "participant": source.participant,
            "session": _named(index.sessions, paired.session),
            "recording": _named(index.recordings, paired.recording),
            "kind": np.where(scene[paired.recording], "scene", "calibration"),
            "frame": paired.frame,
            "time_s": time_s,
            "label": _named([*labels, None], np.where(event >= 0, label, len(labels))),
            "event": event,
            "synthetic": source.synthetic,
        }
    )
    table.loc[table["recording"].isin(source.left_out), ["label", "event"]] = [None, -1]
    return table


def _named(names: Sequence[str | None], numbers: NDArray[np.integer]) -> NDArray[np.object_]:
    return np.array(names, object)[numbers]


def _describe(
    table: pd.DataFrame, index: EyeIndex, paired: Frames, images: Images, source: EyeSource
) -> NDArray[np.bool_]:
    """Add what was found of each image to ``table``; whether each image is of use, and False at the end for none."""
    flags = flag_images(images.measures, source.quality)
    group = np.unique(np.stack([index.session, index.recording, index.side], axis=1), axis=0, return_inverse=True)[1]
    still = frozen(group.reshape(-1), index.time_s, images.sha256, source.quality["frozen_s"])
    flags[:, FLAGS.index("frozen")] = still
    usable = np.append(~flags.any(axis=1), False)
    series = is_series(index)
    base = str(Path(source.dataset)) + "/"
    texts: list[list[str]] = [[] for _ in range(len(table))]
    for side, numbers in zip(SIDES, (paired.left, paired.right), strict=True):
        there = numbers >= 0
        names, digests = np.full((2, len(table)), None, object)
        for row in np.flatnonzero(there).tolist():
            i = numbers[row]
            number = f"#{index.frame[i]}" if series[index.file[i]] else ""
            names[row] = index.name(i).removeprefix(base) + number
            digests[row] = images.sha256[i].tobytes().hex()
        table[f"has_{side}"] = usable[numbers]
        table[f"{side}_image"] = pd.Series(names, dtype="str")
        table[f"{side}_sha256"] = pd.Series(digests, dtype="str")
        for column, name in enumerate(MEASURES):
            table[f"{side}_{name}"] = np.where(there, images.measures[numbers, column], np.float32(np.nan))
        for row, flag in np.argwhere(there[:, None] & flags[numbers]):
            texts[row].append(f"{side}:{FLAGS[flag]}")
    table["flags"] = [";".join(told) for told in texts]
    return usable


def _number_neutrals(table: pd.DataFrame, chosen: Sequence[SessionNeutral], source: EyeSource) -> int:
    """Add `neutral` and `made_neutral` to ``table``; the number of sessions with a mean neutral image."""
    table["neutral"], table["made_neutral"] = np.int32(-1), False
    means = 0
    for session in chosen:
        if not session.reason:
            table.loc[table["session"] == session.session, "neutral"] = means
            table.loc[session.rows, "made_neutral"] = True
            means += 1
        elif source.personalise.missing == "error":
            named = f" in session '{session.session}'" if session.session else ""
            raise InputError(
                f"participant {source.participant} has no mean neutral image{named} ({session.reason}); add neutral "
                "frames, or set eyes.personalise.missing to `plain`"
            )
    return means


def _write(
    table: pd.DataFrame,
    images: Images,
    halves: Sequence[NDArray[np.int64]],
    usable: NDArray[np.bool_],
    means: int,
    images_path: PathLike,
    neutrals_path: PathLike,
) -> None:
    """Write the image store and, from the same pass, the means of the neutral frames.

    Args:
        halves: numbers of the images that stand side by side in each frame, ``(n,)`` each, -1 without.
    """
    height, width = images.pixels.shape
    shape = (height, width * len(halves))
    made = np.where(table["made_neutral"], table["neutral"], -1)
    total = np.zeros((means, len(halves), height, width), np.int64)
    number = np.zeros((means, len(halves)), np.int64)
    with write_store(images_path, len(table), shape) as store:
        for start in range(0, len(table), BATCH):
            rows = slice(start, start + BATCH)
            batch = np.zeros((len(made[rows]), len(halves), height, width), np.uint8)
            for half, numbers in enumerate(halves):
                there = usable[numbers[rows]]
                batch[there, half] = images.pixels.read(numbers[rows][there])
                for mean in np.unique(made[rows][made[rows] >= 0]):
                    mine = there & (made[rows] == mean)
                    total[mean, half] += batch[mine, half].sum(axis=0, dtype=np.int64)
                    number[mean, half] += mine.sum()
            store.append(batch.transpose(0, 2, 1, 3).reshape(-1, *shape))
    with np.errstate(invalid="ignore"):
        neutral = (total / number[:, :, None, None]).astype(np.float32)
    with write_store(neutrals_path, means, shape, np.float32) as store:
        store.append(neutral.transpose(0, 2, 1, 3).reshape(-1, *shape))
