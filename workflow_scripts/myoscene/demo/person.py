"""What makes one synthetic person's face and electrodes differ from another's. All distributions are our choice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from myoscene.demo import face


@dataclass(frozen=True)
class Person:
    """One synthetic person's parameters.

    Attributes:
        expression_uv: class -> root mean square of each channel's muscle in a full expression, ``(channels,)``.
        tonic_uv: root mean square of each muscle at rest, ``(channels,)``.
        effort: class -> how fully the person makes it, 0 (not at all) to 1.
        expressivity: overall size of the person's expressions.
        asymmetry: log of right over left amplitude.
        reaction_s: mean time from a cue to the muscles' activity, and from its end to their release.
        repetition_sd: log standard deviation of an expression's size from one time to the next.
        mixture_sd: log standard deviation of each muscle's share in it.
        low_hz, high_hz, firing_hz: spectrum of each muscle, ``(channels,)``.
        spread_cm: how far signals spread over the face.
        gain, floor_uv, wander_uv, mains_uv, offset_uv: electrodes, ``(channels,)``.
        motion_per_min, blinks_per_min, swallows_per_min: rates.
        tendency: class -> how readily the person shows it in a scene, about 1.
    """

    expression_uv: dict[str, np.ndarray]
    tonic_uv: np.ndarray
    effort: dict[str, float]
    expressivity: float
    asymmetry: float
    reaction_s: float
    repetition_sd: float
    mixture_sd: float
    low_hz: np.ndarray
    high_hz: np.ndarray
    firing_hz: np.ndarray
    spread_cm: float
    gain: np.ndarray
    floor_uv: np.ndarray
    wander_uv: np.ndarray
    mains_uv: np.ndarray
    offset_uv: np.ndarray
    motion_per_min: float
    blinks_per_min: float
    swallows_per_min: float
    tendency: dict[str, float]

    def parameters(self) -> dict[str, float]:
        """Every parameter by name, arrays spread over the channels: the rows of the truth table."""
        return dict(_flat(vars(self)))


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            value = dict(zip(face.CHANNELS, value, strict=True))
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}__")
        else:
            yield before + name, float(value)


def draw_person(rng: np.random.Generator, unsteadiness: float) -> Person:
    """Draw a person, who repeats an expression the more differently the larger ``unsteadiness`` (0 to 1).

    Co-activation patterns vary freely, efforts are skewed (most people make an expression fully, a few
    hardly, as with raising the brows on command), and electrodes differ in gain, noise and pick-up.
    """
    n = len(face.CHANNELS)
    expressivity = float(rng.lognormal(0.0, 0.35))
    asymmetry = float(rng.normal(0.0, 0.25))
    effort = {label: float(rng.beta(2.0 if label == "brow_raise" else 4.0, 1.0)) for label in face.ACTIVE}
    return Person(
        expression_uv={label: _pattern(rng, label, effort[label] * expressivity, asymmetry) for label in face.ACTIVE},
        tonic_uv=rng.lognormal(np.log(1.8), 0.4, n),
        effort=effort,
        expressivity=expressivity,
        asymmetry=asymmetry,
        reaction_s=float(rng.uniform(0.25, 0.5)),
        repetition_sd=0.2 + 0.3 * unsteadiness,
        mixture_sd=0.25 + 0.65 * unsteadiness,
        low_hz=rng.uniform(50.0, 80.0, n),
        high_hz=rng.uniform(110.0, 170.0, n),
        firing_hz=rng.uniform(26.0, 36.0, n),
        spread_cm=float(rng.uniform(1.2, 2.2)),
        gain=rng.lognormal(0.0, 0.2, n),
        floor_uv=rng.uniform(0.8, 1.6, n),
        wander_uv=rng.uniform(5.0, 20.0, n),
        mains_uv=rng.lognormal(np.log(1.2), 0.4, n),
        offset_uv=rng.uniform(-150.0, 150.0, n),
        motion_per_min=float(rng.uniform(1.0, 4.0)),
        blinks_per_min=float(rng.uniform(8.0, 22.0)),
        swallows_per_min=float(rng.uniform(0.5, 2.0)),
        tendency={label: float(rng.lognormal(0.0, 0.15)) for label in face.ACTIVE},
    )


def _pattern(rng: np.random.Generator, label: str, size: float, asymmetry: float) -> np.ndarray:
    """Microvolt per channel of one expression: the typical pattern, varied by muscle and by side."""
    typical = face.TYPICAL_UV[label]
    main = typical == typical.max()
    # Which muscles come along differs more between people than how strongly the leading one acts.
    by_muscle = typical * np.exp(rng.normal(0.0, np.where(main, 0.25, 0.5)))
    habit = rng.beta(1.2, 6.0, len(typical)) * typical.max()
    by_muscle = size * np.where(main, by_muscle, by_muscle + habit)
    sides = face.SIDE_OF_CHANNEL * asymmetry / 2.0 + rng.normal(0.0, 0.15, len(face.CHANNELS))
    return by_muscle[face.MUSCLE_OF_CHANNEL] * np.exp(sides)
