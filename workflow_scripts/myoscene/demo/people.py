"""A whole synthetic person, and a cohort of them, in memory; :mod:`myoscene.demo.cohort` writes them as BIDS."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from myoscene.core.errors import InputError
from myoscene.demo import disturbance, face
from myoscene.demo.activity import Bout, emg_spectrum, envelopes, frequency_grid, shaped_noise, spontaneous_bouts
from myoscene.demo.person import Person, draw_person
from myoscene.demo.ratings import draw_ratings, normal_scores
from myoscene.demo.scenes import CALIBRATION_TASK, SCENES, Event, calibration_script, scene_bouts

SCENE_S = 45.0
# Streams of random numbers within a participant; the scenes follow from SCENE_STREAM on.
PERSON_STREAM, LATENT_STREAM, RATING_STREAM, NULL_STREAM, CALIBRATION_STREAM, SCENE_STREAM = range(6)


class SimulatedRecording(NamedTuple):
    """One recording: ``signal_uv`` is ``(channels, samples)`` float32 in microvolt, channels as in
    :data:`face.CHANNELS`; ``events`` are the cues that a lab would know (none in a scene); ``bouts`` is everything
    that the muscles did, blinks and swallows included, which no lab knows."""

    task: str
    signal_uv: np.ndarray
    rate_hz: float
    events: list[Event]
    bouts: list[Bout]


@dataclass(frozen=True)
class Truth:
    """What a real recording never tells.

    Attributes:
        parameters: the person's parameters by name.
        latent: a row a scene: ``scene``, ``demand`` (drives expressions), ``rating_drive`` (drives ratings).
        bouts: task -> expressions as the muscles made them.
    """

    parameters: dict[str, float]
    latent: list[dict[str, object]]
    bouts: dict[str, list[Event]] = field(default_factory=dict)


@dataclass(frozen=True)
class SimulatedPerson:
    """One person's recordings, rating rows (as in the ratings table) and truth."""

    participant: str
    recordings: list[SimulatedRecording]
    ratings: list[dict[str, object]]
    truth: Truth


def participant_labels(participants: int) -> list[str]:
    """``01``, ``02``, ...; the first labels stay the same when people are added, up to 99."""
    if participants < 1:
        raise InputError(f"a demo cohort needs at least 1 participant, not {participants}: give a larger number")
    return [f"{number:02d}" for number in range(1, participants + 1)]


def generate_cohort(
    participants: int = 8, seed: int = 1, null: bool = False, scene_s: float = SCENE_S
) -> list[SimulatedPerson]:
    """``participants`` synthetic people in memory; person k is the same in every cohort of this seed."""
    return [generate_person(int(label), seed, null, scene_s) for label in participant_labels(participants)]


def generate_person(number: int, seed: int = 1, null: bool = False, scene_s: float = SCENE_S) -> SimulatedPerson:
    """Person ``number`` (from 1) of the cohort with this seed.

    Args:
        null: the ratings' deviations within person and scene have nothing to do with the expressions; the signals are
            those of the ordinary variant.
        scene_s: length of each scene in seconds, at least 5.

    Raises:
        InputError: a number, seed or length that makes no cohort.
    """
    if seed < 0:
        raise InputError(f"the demo cohort's seed is {seed}: give 0 or a larger whole number")
    if not 5.0 <= scene_s <= 3600.0:
        raise InputError(f"the demo cohort's scenes would last {scene_s:g} s: give 5 to 3600 s")
    label = f"{number:02d}"
    person = draw_person(stream(seed, number, PERSON_STREAM), _unsteadiness(seed, number))
    demand, drive = latent_demand(seed, number, null)
    rng = stream(seed, number, CALIBRATION_STREAM)
    events, made, duration_s = calibration_script(rng, person)
    recordings = [_record(rng, person, CALIBRATION_TASK, made, duration_s, events)]
    bouts = {CALIBRATION_TASK: [Event.of(bout) for bout in made]}
    for index, (name, scene) in enumerate(SCENES.items()):
        rng = stream(seed, number, SCENE_STREAM + index)
        made = scene_bouts(rng, person, scene, float(demand[index]), scene_s)
        recordings.append(_record(rng, person, name, made, scene_s, []))
        bouts[name] = [Event.of(bout) for bout in made]
    latent: list[dict[str, object]] = [
        {"scene": name, "demand": float(z), "rating_drive": float(d)}
        for name, z, d in zip(SCENES, demand, drive, strict=True)
    ]
    ratings = draw_ratings(stream(seed, number, RATING_STREAM), label, drive)
    return SimulatedPerson(label, recordings, ratings, Truth(person.parameters(), latent, bouts))


def latent_demand(seed: int, number: int, null: bool) -> tuple[np.ndarray, np.ndarray]:
    """What drives a person's expressions and what drives the ratings, ``(scenes,)`` each: one and the same,
    or, in the null variant, two that have nothing to do with each other."""
    demand = normal_scores(stream(seed, number, LATENT_STREAM))
    return demand, normal_scores(stream(seed, number, NULL_STREAM)) if null else demand


def stream(seed: int, number: int, stream: int) -> np.random.Generator:
    """Random numbers of their own for each person and purpose: nothing added later changes what is there."""
    return np.random.default_rng(np.random.SeedSequence([seed, number, stream]))


def _unsteadiness(seed: int, number: int) -> float:
    """A number from 0 to 1 that neighbouring people share as little as possible.

    Steps of the golden ratio from a random start: every small cohort holds steady and unsteady people, and
    nobody changes when people are added.
    """
    start = float(stream(seed, 0, PERSON_STREAM).random())
    return (start + number * (np.sqrt(5.0) - 1.0) / 2.0) % 1.0


def _record(
    rng: np.random.Generator, person: Person, task: str, bouts: list[Bout], duration_s: float, events: list[Event]
) -> SimulatedRecording:
    """What the electrodes pick up while the muscles make ``bouts``, and while the person blinks and swallows."""
    n_samples = round(duration_s * face.RATE_HZ)
    n_channels = len(face.CHANNELS)
    eyes = np.where(face.MUSCLE_OF_CHANNEL == face.ORBICULARIS, 22.0, 0.0)
    throat = np.where(face.MUSCLE_OF_CHANNEL == face.ZYGOMATICUS, 5.0, 0.0)
    everything = [
        *bouts,
        *spontaneous_bouts(rng, "blink", person.blinks_per_min, duration_s, eyes),
        *spontaneous_bouts(rng, "swallow", person.swallows_per_min, duration_s, throat),
    ]
    frequencies = frequency_grid(n_samples, face.RATE_HZ)
    spectra = zip(person.low_hz, person.high_hz, person.firing_hz, strict=True)
    amplitude = np.sqrt([emg_spectrum(frequencies, *parameters) for parameters in spectra])
    muscles = shaped_noise(rng, amplitude, n_samples)
    muscles *= envelopes(rng, everything, person.tonic_uv, n_samples, face.RATE_HZ)
    pick_up = person.gain[:, None] * face.crosstalk(person.spread_cm)
    signal = pick_up.astype(np.float32) @ muscles
    signal += disturbance.mains(rng, person.mains_uv, face.MAINS_HZ, n_samples, face.RATE_HZ)
    signal += disturbance.motion(rng, person.motion_per_min, n_channels, n_samples, face.RATE_HZ)
    signal += disturbance.electrode_noise(rng, person.floor_uv, person.wander_uv, n_samples, face.RATE_HZ)
    signal += person.offset_uv.astype(np.float32)[:, None]
    return SimulatedRecording(task, signal, face.RATE_HZ, events, everything)
