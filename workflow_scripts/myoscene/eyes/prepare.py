"""Eye images of one participant: from files and index tables to frames, an image store and mean neutral images."""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.index import EyeIndex, is_series, read_index
from myoscene.eyes.ingest import Images, Scratch, ingest
from myoscene.eyes.labels import KnownLabels
from myoscene.eyes.pairs import Frames, label_frames, number_runs, pair
from myoscene.eyes.personalise import SessionNeutral, choose_neutral
from myoscene.eyes.quality import FLAGS, MEASURES, flag_images, frozen
from myoscene.eyes.rectify import Rectify
from myoscene.eyes.store import write_store
from myoscene.eyes.tables import FRAMES
from myoscene.recordings.eye_files import folders_of_files
from myoscene.recordings.tables import EVENTS

PathLike = str | os.PathLike[str]
# Frames that are put together at once. Our choice.
BATCH = 256


def prepare_eyes(
    raw: Sequence[str],
    frames_path: PathLike,
    images_path: PathLike,
    neutrals_path: PathLike,
    *,
    participant: str,
    dataset: str,
    emg_recordings: Sequence[str] | None,
    scene_recordings: Sequence[str],
    scene_tasks: Sequence[str],
    left_out: Sequence[str] = (),
    cameras: Sequence[Mapping[str, Any]],
    offset_s: float,
    events: PathLike | None,
    classes: Sequence[str],
    neutral: str | None,
    closed: str | None,
    ignore_labels: Sequence[str],
    frames: Mapping[str, Any],
    quality: Mapping[str, Any],
    personalise: Mapping[str, Any],
    synthetic: bool,
    threads: int = 1,
) -> None:
    """Read all eye images of a participant and write FRAMES, the image store and the store of mean neutral images.

    Everything is checked before anything is written. The result does not depend on ``threads``; the images in memory
    are those of some batches, however many there are.

    Args:
        raw: the participant's raw files, as :func:`myoscene.eyes.selection.select_eyes` lists them.
        dataset: folder of the dataset, as it stands in ``raw``.
        emg_recordings: names of the person's EMG recordings; None where the dataset holds eye images alone.
        scene_recordings: those of them that are scenes.
        scene_tasks: tasks that are scenes, whether they have EMG or not.
        left_out: recordings whose frames have no label, whatever the index says: their EMG is left out.
        cameras: what is done to the images of the left and of the right eye, as ``select_eyes`` has it.
        offset_s: seconds to add to the eye times.
        events: EVENTS of the EMG recordings, whose expressions label frames of an index without labels; None without.
        classes: classes of the eye images; ``neutral`` and ``closed`` may be further labels, ``ignore_labels`` are left
            aside.
        frames, quality, personalise: these sections of the configuration's section `eyes`.

    Raises:
        InputError: whatever reading the index and the images refuses; nothing of the wanted eye; a
            session without mean neutral image, where that is an error.
    """
    known = KnownLabels(classes, neutral, closed, ignore_labels)
    index = read_index(folders_of_files(raw, dataset, participant), participant, known, emg_recordings)
    _check_recordings(index, emg_recordings or ())
    rectify = _rectify(cameras[0]), _rectify(cameras[1])
    paired = pair(index, frames["eyes"], frames["pair_within_s"])
    if not len(paired.frame):
        raise InputError(
            f"participant {participant} has no image of the {frames['eyes']} eye; list the person in "
            "recordings.exclude_participants, or change eyes.frames.eyes"
        )
    spoken = read_table(events, EVENTS) if events is not None else None
    table = _table(index, paired, paired.time_s + offset_s, spoken, known, frames)
    scene = [_is_scene(name, scene_recordings, scene_tasks) for name in index.recordings]
    table["kind"] = np.where(np.array(scene)[paired.recording], "scene", "calibration")
    table.loc[table["recording"].isin(left_out), ["label", "event"]] = [None, -1]
    table["participant"], table["synthetic"] = participant, synthetic
    with closing(_images(index, paired, rectify, frames, Path(images_path).parent, threads)) as images:
        usable = _describe(table, index, paired, images, quality, dataset)
        if frames["eyes"] != "both":
            table["has_left"] = table["has_right"] = table[f"has_{frames['eyes']}"]
        chosen = choose_neutral(table, neutral, personalise["seconds"], personalise["minimum_s"])
        means = _number_neutrals(table, chosen, participant, personalise["missing"])
        _write(table, images.pixels, paired, usable, frames["eyes"], len(means), images_path, neutrals_path)
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


def _table(
    index: EyeIndex,
    paired: Frames,
    time_s: NDArray[np.float64],
    spoken: pd.DataFrame | None,
    known: KnownLabels,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Frames with what their index says: the columns of FRAMES that need no image."""
    labels, label, apart = label_frames(index, paired, time_s, spoken, known)
    event = number_runs(paired, label, apart, settings)
    return pd.DataFrame(
        {
            "session": _named(index.sessions, paired.session),
            "recording": _named(index.recordings, paired.recording),
            "frame": paired.frame,
            "time_s": time_s,
            "label": _named([*labels, None], np.where(event >= 0, label, len(labels))),
            "event": event,
        }
    )


def _images(
    index: EyeIndex,
    paired: Frames,
    rectify: tuple[Rectify, Rectify],
    settings: Mapping[str, Any],
    folder: Path,
    threads: int,
) -> Images:
    """All images of the frames, decoded."""
    wanted = np.zeros(len(index) + 1, bool)
    wanted[paired.left] = wanted[paired.right] = True
    shape = (settings["height_px"], settings["width_px"])
    return ingest(index, wanted[:-1], rectify, shape=shape, bits=settings["bits"], folder=folder, threads=threads)


def _is_scene(recording: str, scene_recordings: Sequence[str], scene_tasks: Sequence[str]) -> bool:
    task = next(part.removeprefix("task-") for part in recording.split("_") if part.startswith("task-"))
    return recording in scene_recordings or task in scene_tasks


def _named(names: Sequence[str | None], numbers: NDArray[np.integer]) -> NDArray[np.object_]:
    return np.array(names, object)[numbers]


def _describe(
    table: pd.DataFrame,
    index: EyeIndex,
    paired: Frames,
    images: Images,
    quality: Mapping[str, Any],
    dataset: str,
) -> NDArray[np.bool_]:
    """Add what was found of each image to ``table``; whether each image is of use, and False at the end for none."""
    flags = flag_images(images.measures, quality)
    group = np.unique(np.stack([index.session, index.recording, index.side], axis=1), axis=0, return_inverse=True)[1]
    flags[:, FLAGS.index("frozen")] = frozen(group.reshape(-1), index.time_s, images.sha256, quality["frozen_s"])
    usable = np.append(~flags.any(axis=1), False)
    series = is_series(index)
    base = str(Path(dataset)) + "/"
    texts = np.full(len(table), "", object)
    for side, numbers in (("left", paired.left), ("right", paired.right)):
        there = numbers >= 0
        names = [
            index.name(i).removeprefix(base) + (f"#{index.frame[i]}" if series[index.file[i]] else "")
            if i >= 0
            else None
            for i in numbers
        ]
        table[f"has_{side}"] = usable[numbers]
        table[f"{side}_image"] = pd.Series(names, dtype="str")
        table[f"{side}_sha256"] = pd.Series(
            [images.sha256[i].tobytes().hex() if i >= 0 else None for i in numbers], dtype="str"
        )
        for column, name in enumerate(MEASURES):
            table[f"{side}_{name}"] = np.where(there, images.measures[numbers, column], np.float32(np.nan))
        for row in np.flatnonzero(there & flags[numbers].any(axis=1)):
            told = ";".join(f"{side}:{flag}" for flag, on in zip(FLAGS, flags[numbers[row]], strict=True) if on)
            texts[row] = f"{texts[row]};{told}" if texts[row] else told
    table["flags"] = texts
    return usable


def _number_neutrals(
    table: pd.DataFrame, chosen: Sequence[SessionNeutral], participant: str, missing: str
) -> list[SessionNeutral]:
    """Add `neutral` and `made_neutral` to ``table``; the sessions with a mean neutral image, in the store's order."""
    table["neutral"], table["made_neutral"] = np.int32(-1), False
    means: list[SessionNeutral] = []
    for session in chosen:
        if session.reason:
            if missing == "error":
                named = f" in session '{session.session}'" if session.session else ""
                raise InputError(
                    f"participant {participant} has no mean neutral image{named} ({session.reason}); add neutral "
                    "frames, or set eyes.personalise.missing to `plain`"
                )
            continue
        table.loc[table["session"] == session.session, "neutral"] = len(means)
        table.loc[session.rows, "made_neutral"] = True
        means.append(session)
    return means


def _write(
    table: pd.DataFrame,
    pixels: Scratch,
    paired: Frames,
    usable: NDArray[np.bool_],
    eyes: str,
    means: int,
    images_path: PathLike,
    neutrals_path: PathLike,
) -> None:
    """Write the image store and, from the same pass, the means of the neutral frames."""
    height, width = pixels.shape
    halves = {"both": (paired.left, paired.right), "left": (paired.left,), "right": (paired.right,)}[eyes]
    shape = (height, width * len(halves))
    made = np.where(table["made_neutral"], table["neutral"], -1)
    total = np.zeros((means, len(halves), height, width), np.int64)
    number = np.zeros((means, len(halves)), np.int64)
    with write_store(images_path, len(table), shape) as store:
        for start in range(0, len(table), BATCH):
            rows = slice(start, start + BATCH)
            batch = np.zeros((len(made[rows]), len(halves), height, width), np.uint8)
            for half, images in enumerate(halves):
                there = usable[images[rows]]
                batch[there, half] = pixels.read(images[rows][there])
                for mean in np.unique(made[rows][made[rows] >= 0]):
                    mine = there & (made[rows] == mean)
                    total[mean, half] += batch[mine, half].sum(axis=0, dtype=np.int64)
                    number[mean, half] += mine.sum()
            store.append(batch.transpose(0, 2, 1, 3).reshape(-1, *shape))
    with np.errstate(invalid="ignore"):
        neutral = (total / number[:, :, None, None]).astype(np.float32)
    with write_store(neutrals_path, means, shape, np.float32) as store:
        store.append(neutral.transpose(0, 2, 1, 3).reshape(-1, *shape))
