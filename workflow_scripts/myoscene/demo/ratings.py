"""NASA-TLX ratings with planted associations, or without any."""

from dataclasses import dataclass

import numpy as np

from myoscene.demo.scenes import SCENES
from myoscene.recordings.ratings_tables import SUBSCALES

# Standard deviations in points: what a person adds to every scene, and what differs from scene to scene
# within a person beyond the scene's own effect. 11^2 / (11^2 + 9^2) is an intraclass correlation of 0.6.
PERSON_SD = 11.0
DEVIATION_SD = 9.0
# Share of that deviation's standard deviation that follows the latent demand; the other subscales have none of it.
LOADINGS = {"physical": 0.94, "effort": 0.88}


@dataclass(frozen=True)
class PlantedAssociation:
    """A truth: within participant and scene, ``feature`` goes with ``subscale``.

    Attributes:
        sign: +1 or -1.
        strength: correlation of the latent demand with the subscale's deviations before rounding.
    """

    feature: str
    subscale: str
    sign: int
    strength: float


# Features of the workflow's dictionary that the latent demand moves, and which way.
_MOVED = {
    "occupancy_frown": 1,
    "probability_mean_frown": 1,
    "envelope_mean_corrugator_center": 1,
    "occupancy_smile": -1,
    "probability_mean_smile": -1,
}


def planted_associations(null: bool = False) -> list[PlantedAssociation]:
    """Every association that is there by design; none in the null variant.

    The mean of the six subscales (``raw_tlx``) follows because two of its parts do.
    """
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


def draw_ratings(rng: np.random.Generator, participant: str, drive: np.ndarray) -> list[dict[str, object]]:
    """One person's ratings, a row a scene: 0 to 100 in steps of 5, `performance` high when poor.

    Args:
        drive: deviations that ``physical`` and ``effort`` follow, ``(scenes,)``: the latent demand, or, in the null
            variant, deviations that have nothing to do with any muscle.
    """
    shared = rng.normal(0.0, PERSON_SD * np.sqrt(0.5))
    person = shared + rng.normal(0.0, PERSON_SD * np.sqrt(0.5), len(SUBSCALES))
    rows: list[dict[str, object]] = []
    for (name, scene), value in zip(SCENES.items(), drive, strict=True):
        loading = np.array([LOADINGS.get(subscale, 0.0) for subscale in SUBSCALES])
        noise = rng.normal(0.0, 1.0, len(SUBSCALES)) * np.sqrt(1.0 - np.square(loading))
        points = np.array(scene.ratings) + person + DEVIATION_SD * (loading * value + noise)
        steps = np.clip(np.round(points / 5.0) * 5.0, 0.0, 100.0)
        rows.append(
            {"participant": participant, "session": "", "scene": name}
            | {subscale: float(step) for subscale, step in zip(SUBSCALES, steps, strict=True)}
        )
    return rows
