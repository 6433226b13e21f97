"""What happens over time: the calibration's cues and the scenes' stochastic sequences of expressions."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from myoscene.demo import face
from myoscene.demo.activity import Bout
from myoscene.demo.person import Person

CALIBRATION_TASK = "calibration"
REPETITIONS = 4
CUE_S = 5.0
PAUSE_S = 0.8
LEAD_S = 1.5
# Change of the share of a scene's time per standard deviation of the latent demand, and of the log size of frowns.
FROWN_SLOPE = 0.13
SMILE_SLOPE = -0.04
FROWN_SIZE_SLOPE = 0.16


class Event(NamedTuple):
    """A cue or a state: onset and duration in seconds from the recording's first sample, and its label."""

    onset_s: float
    duration_s: float
    label: str

    @classmethod
    def of(cls, bout: Bout) -> "Event":
        """What the truth tables say of a bout, to the millisecond."""
        return cls(round(float(bout.onset_s), 3), round(float(bout.duration_s), 3), bout.label)


@dataclass(frozen=True)
class Scene:
    """A scene's design: the demand it is made for, the shares of its time that people spend in each expression, and the
    mean NASA-TLX ratings it gets (mental, physical, temporal, performance, effort, frustration)."""

    demand: str
    share: dict[str, float]
    ratings: tuple[float, float, float, float, float, float]


def _scene(demand: str, smile: float, frown: float, brow_raise: float, *ratings: float) -> Scene:
    mental, physical, temporal, performance, effort, frustration = ratings
    share = {"smile": smile, "frown": frown, "brow_raise": brow_raise}
    return Scene(demand, share, (mental, physical, temporal, performance, effort, frustration))


# Demands as in Meybodi et al. (2026): emotional, cognitive, physical, dual-task; the figures are our choice.
SCENES: dict[str, Scene] = {
    "calm": _scene("none", 0.10, 0.18, 0.08, 28, 30, 28, 30, 28, 28),
    "joy": _scene("emotional", 0.34, 0.18, 0.10, 30, 35, 30, 32, 32, 28),
    "threat": _scene("emotional", 0.08, 0.26, 0.20, 42, 38, 48, 45, 45, 52),
    "memory": _scene("cognitive", 0.08, 0.24, 0.12, 62, 32, 50, 45, 58, 45),
    "exertion": _scene("physical", 0.10, 0.25, 0.08, 35, 60, 45, 40, 60, 42),
    "dualtask": _scene("dual-task", 0.08, 0.26, 0.13, 65, 50, 60, 52, 64, 55),
}


def calibration_script(rng: np.random.Generator, person: Person) -> tuple[list[Event], list[Bout], float]:
    """Cues of the calibration (4 classes x 4 repetitions in random blocks), what the muscles do, and its length.

    Returns:
        events: one per cue, all classes, neutral included; bouts: what follows, after the reaction time, of the size of
        that repetition; duration in seconds.
    """
    events, bouts = [], []
    at = LEAD_S
    for _ in range(REPETITIONS):
        for index in rng.permutation(len(face.CLASSES)):
            label = face.CLASSES[index]
            events.append(Event(round(at, 3), CUE_S, label))
            if label != "neutral":
                start, stop = (float(np.clip(rng.normal(person.reaction_s, 0.06), 0.2, 0.6)) for _ in range(2))
                # People let go a little before the cue ends as often as after it.
                release = CUE_S + stop - 0.35
                bouts.append(make_bout(rng, person, at + start, release - start, label))
            at += CUE_S + PAUSE_S
    return events, bouts, round(at + LEAD_S - PAUSE_S, 3)


def scene_bouts(rng: np.random.Generator, person: Person, scene: Scene, demand: float, duration_s: float) -> list[Bout]:
    """A scene's expressions: random in order, number, length and gaps, with shares that depend on the person,
    the scene and the latent demand (in standard deviations).

    Frowning grows with physical effort (de Morree & Marcora 2010, corrugator); the slopes are our choice.
    """
    slopes = {"frown": FROWN_SLOPE, "smile": SMILE_SLOPE}
    spells: list[tuple[str, float]] = []
    for label in face.ACTIVE:
        share = scene.share[label] * person.tendency[label] * rng.lognormal(0.0, 0.1)
        share = max(share + slopes.get(label, 0.0) * demand, 0.015)
        seconds = share * duration_s
        number = max(1, rng.poisson(seconds / 1.8))
        lengths = rng.lognormal(0.0, 0.4, number)
        spells += [(label, float(length)) for length in lengths / lengths.sum() * seconds]
    order = rng.permutation(len(spells))
    busy = sum(length for _, length in spells)
    # A person who is hardly ever neutral still has a moment between expressions.
    free = max(duration_s - busy, 0.15 * duration_s)
    squeeze = min(1.0, (duration_s - free) / busy)
    gaps = rng.dirichlet(np.full(len(spells) + 1, 1.5)) * free
    bouts, at = [], 0.0
    for gap, index in zip(gaps, order, strict=False):
        label, length = spells[index]
        at += gap
        intensity = rng.uniform(0.6, 1.0) * (np.exp(FROWN_SIZE_SLOPE * demand) if label == "frown" else 1.0)
        bouts.append(make_bout(rng, person, at, length * squeeze, label, intensity))
        at += length * squeeze
    return bouts


def make_bout(
    rng: np.random.Generator, person: Person, onset_s: float, duration_s: float, label: str, intensity: float = 1.0
) -> Bout:
    """One expression of ``person``, whose size and mixture of muscles vary from one time to the next."""
    size = intensity * rng.lognormal(0.0, person.repetition_sd)
    mixture = rng.lognormal(0.0, person.mixture_sd, len(face.CHANNELS))
    return Bout(onset_s, duration_s, label, person.expression_uv[label] * size * mixture)
