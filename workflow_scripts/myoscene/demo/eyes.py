"""The eye cameras' part of the demo cohort: the same people, sessions and events as the EMG, blinks included.

On disk each recording is an index table and a stack of images per eye, under ``sourcedata``. Rates, lengths and
imperfections are our choice.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.demo import face
from myoscene.demo.activity import Bout, spontaneous_bouts
from myoscene.demo.eye_person import SIDES, EyePerson, Wearing, draw_eyes, poses
from myoscene.demo.eye_render import render
from myoscene.demo.people import SimulatedPerson, stream
from myoscene.demo.scenes import SCENES, Event, events_of
from myoscene.importing.bids_writer import Place, write_tsv
from myoscene.machinery.files import atomic_path

ADJUST_TASK = "adjust"
NEUTRAL_S, CLOSED_S = 8.0, 4.0
# Half of what the paper records, which keeps the demo small.
RATE_HZ = 5.0
SHAPE_PX = (44, 44)
SESSIONS = ("1", "2")
# Streams of random numbers within a participant, far from those of the EMG (people.py).
EYE_STREAM, WEARING_STREAM, EYE_RECORDING_STREAM = 100, 110, 120
# Between one recording and the next the headset stays on.
BREAK_S = 30.0
POSED_GAZE_DEG = 2.0

# What is wrong with whose cameras: of the first people in a row of eight, one each.
IMPERFECTION_TEXTS = {
    "dropped_frames": "each camera loses about 1 % of its frames, not the same ones",
    "no_neutral_in_session_2": "no recording of a neutral face after the headset was put on again",
    "clock_ahead": "the cameras' clock is 1.7 s ahead of the EMG's (`sourcedata/eye_offsets.tsv`)",
    "no_right_eye_in_session_2": "the right camera is missing in session 2",
    "eyes_of_different_size": "the right camera's images are 48 x 40 instead of 44 x 44 pixels",
}
CLOCK_AHEAD_S = 1.7
ODD_SHAPE_PX = (40, 48)
COLUMN_TEXTS = {
    "file": "Stack of images, beside this table.",
    "frame": "Number of the image in the stack, from 0.",
    "time": "Seconds on the recording's clock, before the person's offset (sourcedata/eye_offsets.tsv).",
    "eye": "The wearer's left or right eye; images are left to right as the wearer has them.",
    "label": "What the person was asked to do; n/a where nothing was asked.",
    "session": "Eye session: from putting the headset on to taking it off.",
}
# Row of a table of the truth.
Row = dict[str, object]
# Tags of baseline TIFF and their types (3 short, 4 long, 5 rational); a stack has one such list a page.
_TAGS = {256: 3, 257: 3, 258: 3, 259: 3, 262: 3, 273: 4, 278: 3, 279: 4, 282: 5, 283: 5, 296: 3}


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is recorded: its BIDS labels (``run`` is None where there is one), its eye session, from putting the headset
    on to taking it off, what is asked, everything that the muscles do, how long the headset has been on, and spells of
    eyes closed on purpose."""

    task: str
    run: str | None = None
    session: str
    duration_s: float
    events: list[Event]
    bouts: Sequence[Bout]
    worn_s: float = 0.0
    closed_s: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class EyeRecording(_Plan):
    """What the eye cameras took in one recording, by side: times (frames,) on the cameras' clock, the label of each
    frame, "" for none, and images (frames, height, width) uint8, left to right as the wearer has it."""

    times_s: dict[str, np.ndarray]
    labels: dict[str, list[str]]
    images: dict[str, np.ndarray]


def imperfection(number: int) -> str | None:
    """What is wrong with the cameras of person ``number`` (from 1), None for nothing."""
    return dict(enumerate(IMPERFECTION_TEXTS)).get((number - 1) % 8)


def clock_offset_s(number: int) -> float:
    """Seconds to add to the cameras' times of person ``number`` to get the recordings' clock."""
    return -CLOCK_AHEAD_S if imperfection(number) == "clock_ahead" else 0.0


def eye_recordings(person: SimulatedPerson, number: int, seed: int) -> Iterator[EyeRecording]:
    """The eye recordings of ``person``, who is person ``number`` of this seed, one after the other in memory.

    Session 1: adjusting the headset (open eyes, then closed ones), the calibration, the first half of the scenes;
    session 2, with the headset put on again: adjusting, the other half. Random numbers are the eyes' own: nothing
    of the EMG depends on them.
    """
    eyes = draw_eyes(stream(seed, number, EYE_STREAM))
    wearings = {s: Wearing(stream(seed, number, WEARING_STREAM + i)) for i, s in enumerate(SESSIONS)}
    for index, plan in enumerate(_plans(person, number, seed)):
        yield _take(stream(seed, number, EYE_RECORDING_STREAM + index), eyes, wearings[plan.session], plan, number)


def _plans(person: SimulatedPerson, number: int, seed: int) -> Iterator[_Plan]:
    """The recordings in the order in which they were made.

    A recording that somebody lacks still has its place in the order: the others stay as they would be.
    """
    first = 1 + len(SCENES) // 2
    for session, recordings in zip(SESSIONS, (person.recordings[:first], person.recordings[first:]), strict=True):
        rng, end_s = stream(seed, number, EYE_STREAM + int(session)), NEUTRAL_S + CLOSED_S
        closed_s = float(NEUTRAL_S + rng.uniform(0.2, 0.45)), float(end_s + rng.uniform(0.1, 0.4))
        still = np.zeros(len(face.CHANNELS))
        adjust = _Plan(
            task=ADJUST_TASK,
            run=session,
            session=session,
            duration_s=end_s,
            events=[Event(0.0, NEUTRAL_S, "neutral"), Event(NEUTRAL_S, CLOSED_S, "closed")],
            bouts=spontaneous_bouts(rng, "blink", person.parameters["blinks_per_min"], NEUTRAL_S, still),
            closed_s=(closed_s,),
        )
        if not (session == "2" and imperfection(number) == "no_neutral_in_session_2"):
            yield adjust
        worn_s = end_s + BREAK_S
        for recording in recordings:
            duration_s = recording.signal_uv.shape[1] / recording.rate_hz
            yield _Plan(
                task=recording.task,
                session=session,
                duration_s=duration_s,
                events=recording.events,
                bouts=recording.bouts,
                worn_s=worn_s,
            )
            worn_s += duration_s + BREAK_S


def _take(rng: np.random.Generator, eyes: EyePerson, wearing: Wearing, plan: _Plan, number: int) -> EyeRecording:
    fault = imperfection(number)
    one_eye = fault == "no_right_eye_in_session_2" and plan.session == "2"
    shapes = {side: SHAPE_PX for side in SIDES if not (side == "right" and one_eye)}
    if fault == "eyes_of_different_size":
        shapes["right"] = ODD_SHAPE_PX
    times = _times(rng, plan, 0.01 if fault == "dropped_frames" else 0.0)
    gaze_deg = eyes.gaze_deg if plan.task in SCENES else POSED_GAZE_DEG
    seen = poses(rng, eyes, wearing, plan.bouts, plan.closed_s, times, plan.worn_s, gaze_deg)
    return EyeRecording(
        **vars(plan),
        times_s={side: np.round(times[side] - clock_offset_s(number), 4) for side in shapes},
        labels={side: _labels(times[side], plan.events) for side in shapes},
        images={side: render(eyes.looks[side], seen[side], shape, side, rng) for side, shape in shapes.items()},
    )


def _times(rng: np.random.Generator, plan: _Plan, lost: float) -> dict[str, np.ndarray]:
    """Side -> when its camera took each frame: the right one 4 ms after the left one, both with some jitter."""
    start = rng.uniform(0.01, 0.9 / RATE_HZ)
    every = np.arange(start, plan.duration_s - 0.02, 1.0 / RATE_HZ)
    found = {}
    for side, later_s in (("left", 0.0), ("right", 0.004)):
        times = every + later_s + np.clip(rng.normal(0.0, 0.001, len(every)), -0.004, 0.004)
        found[side] = times[rng.random(len(every)) >= lost]
    return found


def _labels(times_s: np.ndarray, events: Sequence[Event]) -> list[str]:
    labels = np.full(len(times_s), "", dtype=object)
    for event in events:
        labels[(times_s >= event.onset_s) & (times_s < event.onset_s + event.duration_s)] = event.label
    return list(labels)


def write_eyes(root: Path, person: SimulatedPerson, number: int, seed: int) -> dict[str, list[Row]]:
    """Write everything that the eye cameras took of ``person``; what no lab would know of it: truth table -> rows.

    One recording is in memory at a time.
    """
    folder = root / "sourcedata" / f"sub-{person.participant}" / "eye"
    blinks: list[Row] = []
    for recording in eye_recordings(person, number, seed):
        stem = Place(person.participant, None, recording.task, recording.run).stem
        tables = []
        for side, images in recording.images.items():
            file = f"{stem}_{side}.tif"
            write_stack(folder / file, images)
            labels = [label or None for label in recording.labels[side]]
            seen = {"time": recording.times_s[side], "eye": side, "label": labels, "session": recording.session}
            tables.append(pd.DataFrame({"file": file, "frame": range(len(images))} | seen))
        frame = pd.concat(tables).sort_values(["time", "file"])
        write_tsv(folder / f"{stem}_eye.tsv", frame, COLUMN_TEXTS, Synthetic=True, TaskName=recording.task)
        blinks += [
            {"task": recording.task, "run": recording.run, "onset": blink.onset_s, "duration": blink.duration_s}
            for blink in events_of(recording.bouts, "blink")
        ]
    fault, eyes = imperfection(number), draw_eyes(stream(seed, number, EYE_STREAM))
    return {
        "eye_people": [{"parameter": k, "value": v} for k, v in eyes.parameters().items()],
        "eye_imperfections": [{"imperfection": fault, "description": IMPERFECTION_TEXTS[fault]}] if fault else [],
        "blinks": blinks,
    }


def readme(labels: list[str]) -> str:
    """What the dataset's README says about the eye images."""
    faults = [(label, imperfection(number)) for number, label in enumerate(labels, start=1)]
    lines = [f"- sub-{label}: {IMPERFECTION_TEXTS[fault]}." for label, fault in faults if fault]
    return f"""
`sourcedata/sub-*/eye` holds synthetic (rendered) infra-red images of both eyes with their brows, made for the same
people, sessions and events as the EMG: the same muscle activity moves lids and brows, and the blinks are those of
the EMG. {RATE_HZ:g} images a second and eye. Eye session 1 (the headset is put on): `adjust` run 1 (a relaxed face,
then closed eyes; without EMG, on a clock of its own), the calibration and the first three scenes; session 2 (put on
again): `adjust` run 2 and the last three scenes. The images of each eye are the pages of a TIFF file; the tables say
when each was taken. Made imperfect on purpose:

{chr(10).join(lines)}
"""


def write_stack(path: Path, images: np.ndarray) -> None:
    """Write ``images`` (pages, height, width) uint8 as a multi-page TIFF file with deflate compression, atomically.

    Pillow writes a page the more slowly the more there are before it, 1.4 ms a page of a calibration against
    0.1 ms here. The form: TIFF 6.0 (Adobe 1992), with Adobe's code 8 for deflate (Technical Note 2, 2002).
    """
    height, width = images.shape[1:]
    parts = [b"II*\0" + struct.pack("<I", 8)]
    at = 8
    for index, image in enumerate(images):
        strip = zlib.compress(np.ascontiguousarray(image).tobytes(), 6)
        resolution = at + 2 + 12 * len(_TAGS) + 4
        data = resolution + 16
        end = data + len(strip) + len(strip) % 2
        # Size, 8 bits a sample, deflate, black is zero, the one strip, no unit of length.
        values = (width, height, 8, 8, 1, data, height, len(strip), resolution, resolution + 8, 1)
        entries = (struct.pack("<HHII", *tag, 1, value) for tag, value in zip(_TAGS.items(), values, strict=True))
        following = end if index + 1 < len(images) else 0
        parts.append(struct.pack("<H", len(_TAGS)) + b"".join(entries) + struct.pack("<I", following))
        parts.append(struct.pack("<4I", 1, 1, 1, 1) + strip + b"\0" * (len(strip) % 2))
        at = end
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"".join(parts))
