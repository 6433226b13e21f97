"""What a page for clinics and labs shows of one recording: tasks, sides, and what moves along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.drawing.face_muscles import muscles_of
from myoscene.drawing.face_names import closest
from myoscene.face.draw import Faces, read_faces
from myoscene.face.movement import (
    Floats,
    Movement,
    agreement,
    asymmetry,
    asymmetry_interval,
    by_region,
    movement,
    smoothed,
    synkinesis,
)
from myoscene.face.tables import MEAN
from myoscene.pipeline.envelope import moving_rms

REGIONS = ("brow", "eye", "nose", "mouth", "lips")
# Parameters of both sides, without their ends: where they are, and which tasks' names ask for the region.
_PARAMETERS = {
    "brow": "brow browOuterUp browDown",
    "eye": "lid eyeBlink eyeSquint eyeWide cheekSquint",
    "nose": "noseSneer mouthUpperUp",
    "mouth": "mouth mouthSmile mouthFrown mouthDimple mouthStretch",
    "lips": "mouthPress mouthLowerDown",
}
_WORDS = {
    "brow": "brow forehead frown raise surprise",
    "eye": "eye blink wink close squint",
    "nose": "nose snarl sneer wrinkle disgust",
    "mouth": "smile teeth grin corner joy happy",
    "lips": "lip pucker kiss whistle pout press",
}
_MUSCLES = {
    "brow": "frontalis_lateral frontalis_medial corrugator_supercilii depressor_supercilii",
    "eye": "orbicularis_oculi",
    "nose": "levator_labii",
    "mouth": "zygomaticus_major buccinator depressor_anguli_oris",
    "lips": "orbicularis_oris depressor_labii mentalis",
}
# Less than this is no movement: of a blendshape, and in distances between the outer corners of the eyes (our choice).
_LEAST_SHAPE, _LEAST_DISTANCE = 0.2, 0.05
# A raw signal swings about 0; its envelope is the root mean square over so long (s).
_RAW_MEAN, _ENVELOPE_S = 0.2, 0.2
ENDS = ((0, "left"), (1, "right"))


@dataclass(frozen=True)
class Task:
    """A time in which something was asked for: the place of its region in ``REGIONS``, or None."""

    name: str
    onset_s: float
    end_s: float
    asked: int | None


@dataclass(frozen=True)
class Sides:
    """Columns that come in pairs: ``values`` ``(rows, pairs, 2)``, left first.

    Attributes:
        least: ``(pairs,)``: a movement that is worth the name.
        mirrored: the same as the mirror image showed them; None where no mirror image was looked at.
    """

    time_s: Floats
    names: tuple[str, ...]
    regions: tuple[str, ...]
    values: Floats
    least: Floats
    mirrored: Floats | None = None

    def movements(self, task: Task, values: Floats) -> Movement | None:
        rows, pairs, sides = values.shape
        return movement(self.time_s, values.reshape(rows, pairs * sides), task.onset_s, task.end_s)


@dataclass(frozen=True)
class TaskResult:
    """One task; ``(pairs, 2)`` or ``(pairs,)``. ``peak_s``: when the face is furthest from rest."""

    task: Task
    excursion: Floats
    speed: Floats
    asymmetry: Floats
    low: Floats
    high: Floats
    seen: float
    peak_s: float
    peak: int


@dataclass(frozen=True)
class Matrices:
    """What moves along, ``(tasks, regions, 2)``: of the video and of the EMG, and Spearman's correlation over cells."""

    video: Floats
    emg: Floats | None
    correlation: float
    cells: int
    # Channel -> share of its most, of each task.
    activity: tuple[dict[str, float], ...]


def paired(faces: Faces, path: Path) -> Sides:
    """The parameters that a table has of both sides; InputError where there is none."""
    stems, table = {stem: region for region, text in _PARAMETERS.items() for stem in text.split()}, faces.table
    found = []
    for stem, region in stems.items():
        # ``mouthLeft`` is a direction, and ``mouth_left`` a side.
        ends = ("_left", "_right") if stem in ("brow", "lid", "mouth") else ("Left", "Right")
        names = [f"{stem}{end}" for end in ends]
        if all(name in table and table[name].notna().any() for name in names):
            found.append((stem, region, names))
    if not found:
        raise InputError(
            f"{path} has no parameter of both sides, such as mouthSmileLeft and mouthSmileRight; tools that give one "
            "number for both sides tell nothing of asymmetry"
        )
    own = np.stack([table[names].to_numpy(float) for *_, names in found], axis=1)
    means = [[f"{name}{MEAN}" for name in names] for *_, names in found]
    mirrored = None
    if all(name in table for names in means for name in names):
        mirrored = 2 * np.stack([table[names].to_numpy(float) for names in means], axis=1) - own
    stems_there, regions = (tuple(str(item[place]) for item in found) for place in (0, 1))
    least = np.array([_LEAST_DISTANCE if "_" in ends[0] else _LEAST_SHAPE for *_, ends in found])
    mirror = None if mirrored is None else _smooth(mirrored)
    return Sides(faces.time_s, stems_there, regions, _smooth(own), least, mirror)


def _smooth(values: Floats) -> Floats:
    return smoothed(values.reshape(len(values), -1)).reshape(values.shape)


def read_tasks(path: Path | None, faces: Faces) -> list[Task]:
    """Tasks of a TSV with onset and duration (s), task or trial_type, and perhaps asked; without one, a single task.

    Raises:
        InputError: the table cannot be used, or a task lies outside of the recording.
    """
    first, last = float(faces.time_s[0]), float(faces.time_s[-1])
    if path is None:
        return [Task("whole recording", first, last, None)]
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as TSV ({' '.join(str(error).split())}); check the file") from None
    name = next((one for one in ("task", "trial_type") if one in table), None)
    if name is None or not {"onset", "duration"} <= set(table) or table.empty:
        raise InputError(f"{path} has to be a TSV with the columns onset, duration (both in s) and task, and some rows")
    found = []
    for number, (_, row) in enumerate(table.iterrows(), 2):
        where = f"{path}, line {number}"
        try:
            onset, duration = float(row["onset"]), float(row["duration"])
        except ValueError:
            raise InputError(f"{where}: onset or duration is no number of seconds; mend it") from None
        if not (np.isfinite(onset) and 0 < duration < np.inf):
            raise InputError(f"{where}: onset and duration have to be finite, and the duration above 0; mend it")
        if onset >= last or onset + duration <= first:
            raise InputError(f"{where}: the task '{row[name]}' lies outside of the video ({first:.2f} to {last:.2f} s)")
        found.append(Task(row[name], onset, onset + duration, _asked(row[name], row.get("asked", ""), where)))
    return found


def _asked(name: str, told: str, where: str) -> int | None:
    """The region that a task asks for: as told, or by the first word in its name that speaks of one."""
    if told in ("none", "n/a"):
        return None
    if told:
        if told not in REGIONS:
            raise InputError(f"{where}: there is no region '{told}'{closest(told, REGIONS)}")
        return REGIONS.index(told)
    places = {name.casefold().find(word): region for region, words in _WORDS.items() for word in words.split()}
    there = [place for place in places if place >= 0]
    return REGIONS.index(places[min(there)]) if there else None


def results(sides: Sides, tasks: Sequence[Task]) -> list[TaskResult]:
    """Excursion, speed and asymmetry in each task; InputError where a task has fewer than three frames.

    Of face and mirror image, excursions and speeds are means; asymmetries are those of the two, and between them.
    """
    found = []
    for task in tasks:
        own = sides.movements(task, sides.values)
        if own is None:
            raise InputError(f"the task '{task.name}' has fewer than three frames of the video; make it longer")
        views = [own]
        if sides.mirrored is not None:
            other = sides.movements(task, sides.mirrored)
            views += [other] if other is not None else []
        excursions = [view.excursion.reshape(-1, 2) for view in views]
        ratios = [asymmetry(one[:, 0], one[:, 1]) for one in excursions]
        nothing = np.full(len(sides.names), np.nan)
        middle, low, high = asymmetry_interval(*ratios) if len(ratios) == 2 else (ratios[0], nothing, nothing)
        found.append(
            TaskResult(
                task,
                np.mean(excursions, axis=0),
                np.mean([view.speed.reshape(-1, 2) for view in views], axis=0),
                middle,
                low,
                high,
                own.seen,
                float(sides.time_s[own.peak]),
                own.peak,
            )
        )
    return found


def read_muscles(path: Path, chosen: Mapping[str, str]) -> Sides:
    """Envelopes of the channels that have a side and a muscle's name; raw signals become RMS envelopes.

    Raises:
        InputError: the table cannot be used, or no channel has such a name on both sides.
    """
    table = read_faces(path, chosen, beside=True)
    regions = {muscle: region for region, text in _MUSCLES.items() for muscle in text.split()}
    found = []
    for column in table.table.columns:
        stem = column.removesuffix("_left")
        if stem == column or f"{stem}_right" not in table.table:
            continue
        try:
            muscle = muscles_of(column)[0][0]
        except InputError:
            continue
        if muscle in regions:
            found.append((stem, regions[muscle]))
    if not found:
        raise InputError(
            f"{path} has no muscle of both sides; name channels as zygomaticus_left and zygomaticus_right are"
        )
    step = float(np.median(np.diff(table.time_s))) if len(table.time_s) > 1 else 1.0
    columns = [f"{stem}_{side}" for stem, _ in found for side in ("left", "right")]
    values = [_envelope(table.table[name].to_numpy(float), step) for name in columns]
    names, areas = (tuple(item[place] for item in found) for place in (0, 1))
    both = np.stack(values, axis=1).reshape(len(table.time_s), -1, 2)
    # A rise by less than a muscle's usual activity is none.
    least = np.array([max(np.nanmedian(both[:, place]), 1e-12) for place in range(both.shape[1])])
    return Sides(table.time_s, names, areas, both, least)


def _envelope(values: Floats, step_s: float) -> Floats:
    known = values[np.isfinite(values)]
    if not len(known) or known.min() >= 0 or abs(known.mean()) > _RAW_MEAN * known.std():
        return values
    found = moving_rms(np.nan_to_num(values - known.mean())[None], max(1, round(_ENVELOPE_S / step_s)))[0]
    return np.where(np.isfinite(values), found, np.nan)


def matrices(found: Sequence[TaskResult], sides: Sides, muscles: Sides | None, emg: Path | None) -> Matrices:
    """What moves along in video and EMG; InputError where the EMG lies beside the tasks."""
    asked = [one.task.asked for one in found]
    video = synkinesis(
        by_region(np.stack([one.excursion for one in found]), sides.regions, REGIONS, sides.least), asked
    )
    if muscles is None:
        return Matrices(video, None, float("nan"), 0, tuple({} for _ in found))
    rises = []
    for one in found:
        moved = muscles.movements(one.task, muscles.values)
        if moved is None:
            raise InputError(
                f"{emg} ({muscles.time_s[0]:.2f} to {muscles.time_s[-1]:.2f} s) has no signal in the task "
                f"'{one.task.name}'; give both tables in seconds on one clock"
            )
        # Less activity than at rest is no movement.
        rises.append(np.where(moved.signed < 0, 0.0, moved.excursion).reshape(-1, 2))
    every = np.stack(rises)
    share = every / np.maximum(np.fmax.reduce(every, axis=(0, 2), initial=0.0), muscles.least)[None, :, None]
    activity = tuple(
        {f"{name}_{side}": float(task[place, end]) for place, name in enumerate(muscles.names) for end, side in ENDS}
        for task in share
    )
    of_emg = synkinesis(by_region(every, muscles.regions, REGIONS, muscles.least), asked)
    return Matrices(video, of_emg, *agreement(video, of_emg), activity)
