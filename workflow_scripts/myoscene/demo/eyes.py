"""The eye cameras' part of the demo cohort: the same people, sessions and events as the EMG, blinks included.

Rates, lengths and imperfections are our choice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from myoscene.demo import face
from myoscene.demo.activity import Bout, spontaneous_bouts
from myoscene.demo.eye_movement import poses
from myoscene.demo.eye_person import SIDES, EyePerson, Wearing, draw_eyes, draw_wearing
from myoscene.demo.eye_render import render
from myoscene.demo.people import SimulatedPerson, stream
from myoscene.demo.scenes import CALIBRATION_TASK, SCENES, Event

ADJUST_TASK = "adjust"
NEUTRAL_S, CLOSED_S = 8.0, 4.0
# Half of what the paper records, which keeps the demo small.
RATE_HZ = 5.0
SHAPE_PX = (44, 44)
SESSIONS = ("1", "2")
# Streams of random numbers within a participant, far from those of the EMG (cohort.py).
EYE_STREAM, WEARING_STREAM, EYE_RECORDING_STREAM = 100, 110, 120
# Between one recording and the next the headset stays on.
BREAK_S = 30.0
POSED_GAZE_DEG = 2.0

# What is wrong with whose cameras, by the number in a row of eight people.
IMPERFECTIONS = {
    1: "dropped_frames",
    2: "no_neutral_in_session_2",
    3: "clock_ahead",
    4: "no_right_eye_in_session_2",
    5: "eyes_of_different_size",
}
IMPERFECTION_TEXTS = {
    "dropped_frames": "each camera loses about 1 % of its frames, not the same ones",
    "no_neutral_in_session_2": "no recording of a neutral face after the headset was put on again",
    "clock_ahead": "the cameras' clock is 1.7 s ahead of the EMG's (`sourcedata/eye_offsets.tsv`)",
    "no_right_eye_in_session_2": "the right camera is missing in session 2",
    "eyes_of_different_size": "the right camera's images are 48 x 40 instead of 44 x 44 pixels",
}
CLOCK_AHEAD_S = 1.7
ODD_SHAPE_PX = (40, 48)


@dataclass(frozen=True)
class EyeRecording:
    """What the eye cameras took in one recording.

    Attributes:
        task, run: BIDS labels; ``run`` is None where there is one.
        session: eye session, from putting the headset on to taking it off.
        times_s: side -> (frames,) on the cameras' clock; a side without camera is absent.
        labels: side -> label of each frame, "" for none.
        images: side -> (frames, height, width) uint8, left to right as the wearer has it.
        blinks: when the person blinked, on the recording's clock.
    """

    task: str
    run: str | None
    session: str
    times_s: dict[str, np.ndarray]
    labels: dict[str, list[str]]
    images: dict[str, np.ndarray]
    blinks: list[Event]


@dataclass(frozen=True)
class _Plan:
    """What is recorded; ``worn_s``: since the headset was put on; ``closed_s``: spells of eyes closed on purpose."""

    task: str
    run: str | None
    session: str
    duration_s: float
    events: list[Event]
    bouts: Sequence[Bout]
    worn_s: float = 0.0
    closed_s: tuple[tuple[float, float], ...] = ()


def imperfection(number: int) -> str | None:
    """What is wrong with the cameras of person ``number`` (from 1), None for nothing."""
    return IMPERFECTIONS.get((number - 1) % 8 + 1)


def clock_offset_s(number: int) -> float:
    """Seconds to add to the cameras' times of person ``number`` to get the recordings' clock."""
    return -CLOCK_AHEAD_S if imperfection(number) == "clock_ahead" else 0.0


def eye_person(number: int, seed: int) -> EyePerson:
    """The eyes of person ``number`` (from 1) of the cohort with this seed."""
    return draw_eyes(stream(seed, number, EYE_STREAM))


def eye_recordings(person: SimulatedPerson, number: int, seed: int) -> Iterator[EyeRecording]:
    """The eye recordings of ``person``, who is person ``number`` of this seed, one after the other in memory.

    Session 1: adjusting the headset (open eyes, then closed ones), the calibration, the first half of the scenes;
    session 2, with the headset put on again: adjusting, the other half. Random numbers are the eyes' own: nothing
    of the EMG depends on them.
    """
    eyes = eye_person(number, seed)
    wearings = {s: draw_wearing(stream(seed, number, WEARING_STREAM + i)) for i, s in enumerate(SESSIONS)}
    for index, plan in enumerate(_plans(person, number, seed)):
        yield _take(stream(seed, number, EYE_RECORDING_STREAM + index), eyes, wearings[plan.session], plan, number)


def _plans(person: SimulatedPerson, number: int, seed: int) -> Iterator[_Plan]:
    """The recordings in the order in which they were made.

    A recording that somebody lacks still has its place in the order: the others stay as they would be.
    """
    recordings = {recording.task: recording for recording in person.recordings}
    half = len(SCENES) // 2
    tasks = {"1": [CALIBRATION_TASK, *list(SCENES)[:half]], "2": list(SCENES)[half:]}
    rate = person.truth.parameters["blinks_per_min"]
    for run, session in enumerate(SESSIONS, start=1):
        adjust = _adjust_plan(stream(seed, number, EYE_STREAM + run), str(run), session, rate)
        if not (session == "2" and imperfection(number) == "no_neutral_in_session_2"):
            yield adjust
        worn_s = adjust.duration_s + BREAK_S
        for recording in (recordings[task] for task in tasks[session]):
            duration_s = recording.signal_uv.shape[1] / recording.rate_hz
            yield _Plan(recording.task, None, session, duration_s, recording.events, recording.bouts, worn_s)
            worn_s += duration_s + BREAK_S


def _adjust_plan(rng: np.random.Generator, run: str, session: str, blinks_per_min: float) -> _Plan:
    duration_s = NEUTRAL_S + CLOSED_S
    events = [Event(0.0, NEUTRAL_S, "neutral"), Event(NEUTRAL_S, CLOSED_S, "closed")]
    closing, opening = NEUTRAL_S + rng.uniform(0.2, 0.45), duration_s + rng.uniform(0.1, 0.4)
    blinks = spontaneous_bouts(rng, "blink", blinks_per_min, NEUTRAL_S, np.zeros(len(face.CHANNELS)))
    return _Plan(ADJUST_TASK, run, session, duration_s, events, blinks, closed_s=((float(closing), float(opening)),))


def _take(rng: np.random.Generator, eyes: EyePerson, wearing: Wearing, plan: _Plan, number: int) -> EyeRecording:
    fault = imperfection(number)
    sides = [s for s in SIDES if not (s == "right" and plan.session == "2" and fault == "no_right_eye_in_session_2")]
    times = _times(rng, plan, 0.01 if fault == "dropped_frames" else 0.0)
    gaze_deg = eyes.gaze_deg if plan.task in SCENES else POSED_GAZE_DEG
    seen = poses(rng, eyes, wearing, plan.bouts, plan.closed_s, times, plan.worn_s, gaze_deg)
    images = {}
    for side in SIDES:
        shape = ODD_SHAPE_PX if side == "right" and fault == "eyes_of_different_size" else SHAPE_PX
        if side in sides:
            images[side] = render(eyes.looks[side], seen[side], shape, side, rng)
    ahead = -clock_offset_s(number)
    return EyeRecording(
        task=plan.task,
        run=plan.run,
        session=plan.session,
        times_s={side: np.round(times[side] + ahead, 4) for side in sides},
        labels={side: _labels(times[side], plan.events) for side in sides},
        images=images,
        blinks=[Event.of(bout) for bout in plan.bouts if bout.label == "blink"],
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
