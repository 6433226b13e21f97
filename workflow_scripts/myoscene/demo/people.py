"""A whole synthetic person, and a cohort of them, in memory; :mod:`myoscene.demo.cohort` writes them as BIDS."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from myoscene.core.errors import InputError
from myoscene.demo import activity, face, scenes
from myoscene.demo.activity import Bout, spontaneous_bouts
from myoscene.demo.face import Person
from myoscene.demo.scenes import Event

SCENE_S = 45.0
# Streams of random numbers within a participant; the scenes follow from SCENE_STREAM on.
PERSON_STREAM, LATENT_STREAM, RATING_STREAM, NULL_STREAM, CALIBRATION_STREAM, SCENE_STREAM = range(6)


class SimulatedRecording(NamedTuple):
    """One recording: ``signal_uv`` is ``(channels, samples)`` float32 in microvolt, channels as in
    :data:`face.CHANNELS`; ``events`` are the cues that a lab would know (none in a scene); ``bouts`` is everything
    that the muscles did, blinks and swallows included, and ``activity_uv`` the root mean square of each muscle,
    ``(channels, steps)`` at :data:`activity.ENVELOPE_RATE_HZ`, which no lab knows."""

    task: str
    signal_uv: np.ndarray
    rate_hz: float
    events: list[Event]
    bouts: list[Bout]
    activity_uv: np.ndarray


@dataclass(frozen=True)
class SimulatedPerson:
    """One person's recordings, ratings (scene -> subscale -> points), and what a real recording never tells: parameters
    by name, what drives the expressions, and what drives the ratings, ``(scenes,)`` each."""

    participant: str
    recordings: list[SimulatedRecording]
    ratings: dict[str, dict[str, float]]
    parameters: dict[str, float]
    demand: np.ndarray
    rating_drive: np.ndarray


def generate_cohort(
    participants: int = 8, seed: int = 1, null: bool = False, scene_s: float = SCENE_S
) -> list[SimulatedPerson]:
    """``participants`` synthetic people in memory; person k is the same in every cohort of this seed."""
    return [generate_person(number, seed, null, scene_s) for number in range(1, participants + 1)]


def generate_person(number: int, seed: int = 1, null: bool = False, scene_s: float = SCENE_S) -> SimulatedPerson:
    """Person ``number`` (from 1) of the cohort with this seed.

    With ``null`` the ratings' deviations within person and scene have nothing to do with the expressions; the signals
    are those of the ordinary variant. InputError for a seed or length of scenes that makes no cohort.
    """
    if seed < 0:
        raise InputError(f"the demo cohort's seed is {seed}: give 0 or a larger whole number")
    if not 5.0 <= scene_s <= 3600.0:
        raise InputError(f"the demo cohort's scenes would last {scene_s:g} s: give 5 to 3600 s")
    # How unsteady people are: steps of the golden ratio from a random start, so that every small cohort holds steady
    # and unsteady people, and nobody changes when people are added.
    start = float(stream(seed, 0, PERSON_STREAM).random())
    unsteadiness = (start + number * (np.sqrt(5.0) - 1.0) / 2.0) % 1.0
    person = Person(stream(seed, number, PERSON_STREAM), unsteadiness)
    demand, drive = latent_demand(seed, number, null)
    rng = stream(seed, number, CALIBRATION_STREAM)
    events, bouts, duration_s = scenes.calibration_script(rng, person)
    recordings = [_record(rng, person, scenes.CALIBRATION_TASK, bouts, duration_s, events)]
    for index, (name, scene) in enumerate(scenes.SCENES.items()):
        rng = stream(seed, number, SCENE_STREAM + index)
        bouts = scenes.scene_bouts(rng, person, scene, float(demand[index]), scene_s)
        recordings.append(_record(rng, person, name, bouts, scene_s, []))
    ratings = scenes.draw_ratings(stream(seed, number, RATING_STREAM), drive)
    return SimulatedPerson(f"{number:02d}", recordings, ratings, person.parameters(), demand, drive)


def latent_demand(seed: int, number: int, null: bool) -> tuple[np.ndarray, np.ndarray]:
    """What drives a person's expressions and what drives the ratings, ``(scenes,)`` each: one and the same,
    or, in the null variant, two that have nothing to do with each other."""
    demand = scenes.normal_scores(stream(seed, number, LATENT_STREAM))
    return demand, scenes.normal_scores(stream(seed, number, NULL_STREAM)) if null else demand


def stream(seed: int, number: int, stream: int) -> np.random.Generator:
    """Random numbers of their own for each person and purpose: nothing added later changes what is there."""
    return np.random.default_rng(np.random.SeedSequence([seed, number, stream]))


def _record(
    rng: np.random.Generator, person: Person, task: str, bouts: list[Bout], duration_s: float, events: list[Event]
) -> SimulatedRecording:
    """What the electrodes pick up while the muscles make ``bouts``, and while the person blinks and swallows."""
    length = round(duration_s * face.RATE_HZ), face.RATE_HZ
    eyes = np.where(face.MUSCLE_OF_CHANNEL == face.ORBICULARIS, 22.0, 0.0)
    throat = np.where(face.MUSCLE_OF_CHANNEL == face.ZYGOMATICUS, 5.0, 0.0)
    everything = [
        *bouts,
        *spontaneous_bouts(rng, "blink", person.blinks_per_min, duration_s, eyes),
        *spontaneous_bouts(rng, "swallow", person.swallows_per_min, duration_s, throat),
    ]
    frequencies = activity.frequency_grid(*length)
    spectra = zip(person.low_hz, person.high_hz, person.firing_hz, strict=True)
    amplitude = np.sqrt([activity.emg_spectrum(frequencies, *parameters) for parameters in spectra])
    muscles = activity.shaped_noise(rng, amplitude, length[0])
    level_uv = activity.envelopes(rng, everything, person.tonic_uv, *length)
    muscles *= level_uv
    pick_up = person.gain[:, None] * face.crosstalk(person.spread_cm)
    signal = pick_up.astype(np.float32) @ muscles
    signal += activity.mains(rng, person.mains_uv, face.MAINS_HZ, *length)
    signal += activity.motion(rng, person.motion_per_min, len(face.CHANNELS), *length)
    signal += activity.electrode_noise(rng, person.floor_uv, person.wander_uv, *length)
    signal += person.offset_uv.astype(np.float32)[:, None]
    step = round(face.RATE_HZ / activity.ENVELOPE_RATE_HZ)
    return SimulatedRecording(task, signal, face.RATE_HZ, events, everything, level_uv[:, ::step].copy())
