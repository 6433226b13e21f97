"""Eye images of one participant: from files and index tables to frames, an image store and mean neutral images."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.index import EyeIndex, KnownLabels, is_series, read_index
from myoscene.eyes.ingest import Images, Scratch, ingest
from myoscene.eyes.pairs import Frames, choose_neutral, label_frames, number_runs, pair
from myoscene.eyes.quality import FLAGS, MEASURES, flag_images, frozen
from myoscene.eyes.rectify import SIDES, Cameras
from myoscene.eyes.settings import FrameSettings, ImageLimits, PersonaliseSettings
from myoscene.eyes.store import write_store
from myoscene.eyes.tables import FRAMES
from myoscene.recordings.eye_files import folders_of_files
from myoscene.recordings.tables import EVENTS

PathLike = str | os.PathLike[str]
# Frames that are put together at once. Our choice.
BATCH = 256


@dataclass(frozen=True)
class EyeSource:
    """A participant's eye images (:class:`myoscene.eyes.selection.EyeSelection`), and what is asked of them.

    Attributes:
        dataset: folder of the dataset, as it stands in ``raw``, the participant's files.
        emg_recordings: names of the person's EMG recordings; None where the dataset holds eye images alone.
        scene_recordings, scene_tasks: those of them that are scenes; tasks that are, whether they have EMG or not.
        left_out: recordings whose frames have no label, whatever the index says: their EMG is left out.
        offset_s: seconds to add to the eye times.
    """

    raw: Sequence[str]
    participant: str
    dataset: str
    emg_recordings: Sequence[str] | None
    scene_recordings: Sequence[str]
    scene_tasks: Sequence[str]
    left_out: Sequence[str]
    cameras: Cameras
    offset_s: float
    labels: KnownLabels
    frames: FrameSettings
    quality: ImageLimits
    personalise: PersonaliseSettings
    synthetic: bool


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
        InputError: whatever reading the index and the images refuses; nothing of the wanted eye; a session without
            mean neutral image, where that is an error.
    """
    participant, settings = source.participant, source.frames
    folders = folders_of_files(source.raw, source.dataset, participant)
    index = read_index(folders, participant, source.labels, source.emg_recordings)
    _check_recordings(index, source.emg_recordings or ())
    paired = pair(index, settings.eyes, settings.pair_within_s)
    if not len(paired.frame):
        raise InputError(
            f"participant {participant} has no image of the {settings.eyes} eye; list the person in "
            "recordings.exclude_participants, or change eyes.frames.eyes"
        )
    table = _table(source, index, paired, read_table(events, EVENTS) if events is not None else None)
    wanted = np.zeros(len(index) + 1, bool)
    wanted[paired.left] = wanted[paired.right] = True
    with ingest(index, wanted[:-1], source.cameras, settings, Path(images_path).parent, threads) as images:
        usable = _describe(table, index, paired, images, source)
        if settings.eyes != "both":
            table["has_left"] = table["has_right"] = table[f"has_{settings.eyes}"]
        _number_neutrals(table, source)
        sides = SIDES if settings.eyes == "both" else (settings.eyes,)
        # Images that stand side by side in each frame; the last place of `usable`, of no image, is False.
        halves = np.stack([getattr(paired, side) for side in sides], axis=1)
        halves[~usable[halves]] = -1
        _write(table, images.pixels, halves, images_path, neutrals_path)
    write_table(frames_path, table[list(FRAMES.columns)], FRAMES)


def _check_recordings(index: EyeIndex, emg_recordings: Sequence[str]) -> None:
    """InputError for a recording without EMG that has the session and task of one with EMG: a misnamed index."""

    def session_and_task(recording: str) -> list[str]:
        return [part for part in recording.split("_") if part.startswith(("ses-", "task-"))]

    for number, name in enumerate(index.recordings):
        alike = [known for known in emg_recordings if session_and_task(known) == session_and_task(name)]
        if alike and name not in emg_recordings:
            where = index.where(int(np.flatnonzero(index.recording == number)[0]))
            raise InputError(
                f"{where}: there is no EMG recording '{name}', but '{alike[-1]}' of the same session and task; name "
                f"the index like that one (sub-*_{alike[-1]}_eye.tsv)"
            )


def _table(source: EyeSource, index: EyeIndex, paired: Frames, events: pd.DataFrame | None) -> pd.DataFrame:
    """Frames with what their index says: the columns of FRAMES that need no image."""
    time_s = paired.time_s + source.offset_s
    labels, label, apart = label_frames(index, paired, time_s, events, source.labels)
    event = number_runs(paired, label, apart, source.frames)
    of_tasks = {f"task-{task}" for task in source.scene_tasks}
    scene = np.array([n in source.scene_recordings or bool(of_tasks & set(n.split("_"))) for n in index.recordings])
    sessions, recordings, names = (np.array(n, object) for n in (index.sessions, index.recordings, [*labels, None]))
    table = pd.DataFrame(
        {
            "participant": source.participant,
            "session": sessions[paired.session],
            "recording": recordings[paired.recording],
            "kind": np.where(scene[paired.recording], "scene", "calibration"),
            "frame": paired.frame,
            "time_s": time_s,
            "label": names[np.where(event >= 0, label, len(labels))],
            "event": event,
            "synthetic": source.synthetic,
        }
    )
    table.loc[table["recording"].isin(source.left_out), ["label", "event"]] = [None, -1]
    return table


def _describe(
    table: pd.DataFrame, index: EyeIndex, paired: Frames, images: Images, source: EyeSource
) -> NDArray[np.bool_]:
    """Add what was found of each image to ``table``; whether each image is of use, and False at the end for none."""
    group = np.unique(np.stack([index.session, index.recording, index.side], axis=1), axis=0, return_inverse=True)[1]
    flags = np.zeros((len(index) + 1, len(FLAGS)), bool)
    flags[:-1] = flag_images(images.measures, source.quality)
    flags[:-1, FLAGS.index("frozen")] = frozen(group.reshape(-1), index.time_s, images.sha256, source.quality.frozen_s)
    usable: NDArray[np.bool_] = np.logical_not(flags.any(axis=1))
    usable[-1] = False
    # What is missing stands at the end, where -1 finds it.
    measures = np.append(images.measures, np.full((1, len(MEASURES)), np.nan, np.float32), axis=0)
    digests = np.array([*(digest.tobytes().hex() for digest in images.sha256), None], object)
    files, series = [file.removeprefix(f"{Path(source.dataset)}/") for file in index.files], is_series(index)
    places = zip(index.file.tolist(), index.frame.tolist(), strict=True)
    names = np.array([*(f"{files[i]}#{frame}" if series[i] else files[i] for i, frame in places), None], object)
    texts: list[list[str]] = [[] for _ in range(len(table))]
    for side, numbers in zip(SIDES, (paired.left, paired.right), strict=True):
        table[f"has_{side}"] = usable[numbers]
        table[f"{side}_image"] = pd.Series(names[numbers], dtype="str")
        table[f"{side}_sha256"] = pd.Series(digests[numbers], dtype="str")
        table[[f"{side}_{name}" for name in MEASURES]] = measures[numbers]
        for row, flag in np.argwhere(flags[numbers]):
            texts[row].append(f"{side}:{FLAGS[flag]}")
    table["flags"] = [";".join(told) for told in texts]
    return usable


def _number_neutrals(table: pd.DataFrame, source: EyeSource) -> None:
    """Add `neutral` and `made_neutral` to ``table``."""
    table["neutral"], table["made_neutral"] = np.int32(-1), False
    for session in choose_neutral(table, source.labels.neutral, source.personalise):
        if not session.reason:
            table.loc[table["session"] == session.session, "neutral"] = table["neutral"].max() + 1
            table.loc[session.rows, "made_neutral"] = True
        elif source.personalise.missing == "error":
            named = f" in session '{session.session}'" if session.session else ""
            raise InputError(
                f"participant {source.participant} has no mean neutral image{named} ({session.reason}); add neutral "
                "frames, or set eyes.personalise.missing to `plain`"
            )


def _write(
    table: pd.DataFrame, pixels: Scratch, halves: NDArray[np.int64], images_path: PathLike, neutrals_path: PathLike
) -> None:
    """Write the image store, and the means of the neutral frames.

    Args:
        halves: ``(frames, 1 or 2)`` numbers of the images that stand side by side in each frame, -1 without.
    """
    height, width = pixels.shape
    shape = (height, width * halves.shape[1])
    with write_store(images_path, len(table), shape) as store:
        for start in range(0, len(table), BATCH):
            numbers = halves[start : start + BATCH]
            batch = np.zeros((*numbers.shape, height, width), np.uint8)
            batch[numbers >= 0] = pixels.read(numbers[numbers >= 0])
            store.append(batch.transpose(0, 2, 1, 3).reshape(-1, *shape))
    means = int(table["neutral"].max()) + 1
    with write_store(neutrals_path, means, shape, np.float32) as store:
        for mean in range(means):
            made = halves[(table["made_neutral"] & (table["neutral"] == mean)).to_numpy()]
            total = np.zeros((len(made[0]), height, width), np.int64)
            for frame in made:
                total[frame >= 0] += pixels.read(frame[frame >= 0])
            with np.errstate(invalid="ignore"):
                neutral = (total / (made >= 0).sum(axis=0)[:, None, None]).astype(np.float32)
            store.append(neutral.transpose(1, 0, 2).reshape(1, *shape))
