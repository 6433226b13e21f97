"""What happens over time, the calibration's cues and the scenes' stochastic sequences of expressions, and NASA-TLX
ratings of the scenes, with planted associations or without any."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from myoscene.demo import face
from myoscene.demo.activity import Bout
from myoscene.demo.face import Person
from myoscene.recordings.ratings_tables import SUBSCALES

CALIBRATION_TASK = "calibration"
REPETITIONS = 4
CUE_S = 5.0
PAUSE_S = 0.8
LEAD_S = 1.5
# Change of the share of a scene's time per standard deviation of the latent demand, and of the log size of frowns.
SLOPES = {"frown": 0.13, "smile": -0.04}
FROWN_SIZE_SLOPE = 0.16
# Standard deviations in points: what a person adds to every scene, and what differs from scene to scene
# within a person beyond the scene's own effect. 11^2 / (11^2 + 9^2) is an intraclass correlation of 0.6.
PERSON_SD = 11.0
DEVIATION_SD = 9.0
# Share of that deviation's standard deviation that follows the latent demand; the other subscales have none of it.
LOADINGS = {"physical": 0.94, "effort": 0.88}
# Features of the workflow's dictionary that the latent demand moves, and which way.
_MOVED = {
    "occupancy_frown": 1,
    "probability_mean_frown": 1,
    "envelope_mean_corrugator_center": 1,
    "occupancy_smile": -1,
    "probability_mean_smile": -1,
}


class Event(NamedTuple):
    """A cue or a state: onset and duration in seconds from the recording's first sample, and its label."""

    onset_s: float
    duration_s: float
    label: str


def events_of(bouts: Sequence[Bout], *labels: str) -> list[Event]:
    """What the truth tables say of the bouts with these labels, to the millisecond."""
    return [
        Event(round(float(b.onset_s), 3), round(float(b.duration_s), 3), b.label) for b in bouts if b.label in labels
    ]


class PlantedAssociation(NamedTuple):
    """A truth: within participant and scene, ``feature`` goes with ``subscale``, up (``sign`` 1) or down (-1);
    ``strength`` is the correlation of the latent demand with the subscale's deviations before rounding."""

    feature: str
    subscale: str
    sign: int
    strength: float


class Scene(NamedTuple):
    """A scene's design: the demand it is made for, the shares of its time that people spend in each active expression,
    and the mean NASA-TLX ratings it gets (mental, physical, temporal, performance, effort, frustration)."""

    demand: str
    share: tuple[float, ...]
    ratings: tuple[int, ...]


# Demands as in Meybodi et al. (2026): emotional, cognitive, physical, dual-task; the figures are our choice.
SCENES = {
    "calm": Scene("none", (0.10, 0.18, 0.08), (28, 30, 28, 30, 28, 28)),
    "joy": Scene("emotional", (0.34, 0.18, 0.10), (30, 35, 30, 32, 32, 28)),
    "threat": Scene("emotional", (0.08, 0.26, 0.20), (42, 38, 48, 45, 45, 52)),
    "memory": Scene("cognitive", (0.08, 0.24, 0.12), (62, 32, 50, 45, 58, 45)),
    "exertion": Scene("physical", (0.10, 0.25, 0.08), (35, 60, 45, 40, 60, 42)),
    "dualtask": Scene("dual-task", (0.08, 0.26, 0.13), (65, 50, 60, 52, 64, 55)),
}


def calibration_script(rng: np.random.Generator, person: Person) -> tuple[list[Event], list[Bout], float]:
    """Cues of the calibration (4 classes x 4 repetitions in random blocks), what the muscles do, and its length.

    There is an event per cue, neutral included; bouts follow after the reaction time. The length is in seconds.
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
    spells: list[tuple[str, float]] = []
    for label, share in zip(face.ACTIVE, scene.share, strict=True):
        own = share * person.tendency[label] * rng.lognormal(0.0, 0.1) + SLOPES.get(label, 0.0) * demand
        seconds = max(own, 0.015) * duration_s
        lengths = rng.lognormal(0.0, 0.4, max(1, rng.poisson(seconds / 1.8)))
        spells += [(label, float(length)) for length in lengths / lengths.sum() * seconds]
    order = rng.permutation(len(spells))
    # Not Python's sum, which rounds otherwise since 3.12.
    busy = float(np.cumsum([length for _, length in spells])[-1])
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


def planted_associations(null: bool = False) -> list[PlantedAssociation]:
    """Every association that is there by design, of the mean of the subscales (``raw_tlx``) too; none in the null
    variant."""
    if null:
        return []
    loading = np.array(list(LOADINGS.values()))
    # Variance of the sum of six unit deviations, of which those in LOADINGS share the latent demand.
    variance = len(SUBSCALES) + loading.sum() ** 2 - np.square(loading).sum()
    strengths = LOADINGS | {"raw_tlx": round(float(loading.sum() / np.sqrt(variance)), 3)}
    return [
        PlantedAssociation(feature, subscale, sign, strength)
        for subscale, strength in strengths.items()
        for feature, sign in _MOVED.items()
    ]


def normal_scores(rng: np.random.Generator) -> np.ndarray:
    """Latent deviations of one person, ``(scenes,)``, mean 0 and standard deviation 1 (with n - 1), in random order.

    The same six scores for everybody, so that no person and no seed carries more of the truth than another.
    """
    n = len(SCENES)
    # Blom's plotting positions, by the logistic approximation of the normal quantile.
    share = (np.arange(1, n + 1) - 0.375) / (n + 0.25)
    scores = np.log(share / (1.0 - share))
    return rng.permutation(scores / scores.std(ddof=1))


def draw_ratings(rng: np.random.Generator, drive: np.ndarray) -> dict[str, dict[str, float]]:
    """One person's ratings, scene -> subscale -> 0 to 100 in steps of 5, `performance` high when poor.

    ``physical`` and ``effort`` follow ``drive``, deviations of ``(scenes,)``: the latent demand, or, in the null
    variant, what has nothing to do with any muscle.
    """
    shared = rng.normal(0.0, PERSON_SD * np.sqrt(0.5))
    person = shared + rng.normal(0.0, PERSON_SD * np.sqrt(0.5), len(SUBSCALES))
    loading = np.array([LOADINGS.get(subscale, 0.0) for subscale in SUBSCALES])
    found = {}
    for (name, scene), value in zip(SCENES.items(), drive, strict=True):
        noise = rng.normal(0.0, 1.0, len(SUBSCALES)) * np.sqrt(1.0 - np.square(loading))
        points = np.array(scene.ratings) + person + DEVIATION_SD * (loading * value + noise)
        steps = np.clip(np.round(points / 5.0) * 5.0, 0.0, 100.0)
        found[name] = dict(zip(SUBSCALES, map(float, steps), strict=True))
    return found
