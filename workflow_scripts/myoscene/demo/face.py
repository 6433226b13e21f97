"""The face: electrodes, muscles and expressions that the demo cohort shares, and what makes one person's differ.

Amplitudes follow the order of magnitude that Fridlund & Cacioppo (1986) and van Boxtel (2010) describe for surface EMG
of the face, a few microvolt at rest and tens of microvolt in a posed expression; the single figures are our choice.
"""

import numpy as np

RATE_HZ = 1000.0
MAINS_HZ = 50.0
CLASSES = ("neutral", "smile", "frown", "brow_raise")
ACTIVE = CLASSES[1:]

FRONTALIS, ZYGOMATICUS, ORBICULARIS, CORRUGATOR = range(4)
# A mask's seven sensors (our choice): channel -> muscle, its side (+1 right, 0 middle, -1 left), and the electrode's
# position in centimetres, seen from the front, the nasion at (0, 0).
_ELECTRODES = {
    "frontalis_right": (FRONTALIS, 1, (3.0, 4.5)),
    "zygomaticus_right": (ZYGOMATICUS, 1, (4.5, -4.5)),
    "orbicularis_right": (ORBICULARIS, 1, (5.0, -1.5)),
    "corrugator_center": (CORRUGATOR, 0, (0.0, 1.8)),
    "orbicularis_left": (ORBICULARIS, -1, (-5.0, -1.5)),
    "zygomaticus_left": (ZYGOMATICUS, -1, (-4.5, -4.5)),
    "frontalis_left": (FRONTALIS, -1, (-3.0, 4.5)),
}
CHANNELS = tuple(_ELECTRODES)
MUSCLE_OF_CHANNEL, SIDE_OF_CHANNEL, POSITIONS_CM = (np.array(part) for part in zip(*_ELECTRODES.values(), strict=True))
_NAMES = ("frontalis", "zygomaticus major", "orbicularis oculi", "corrugator supercilii")
MUSCLES = tuple(_NAMES[muscle] for muscle in MUSCLE_OF_CHANNEL)

# Root mean square in microvolt of frontalis, zygomaticus, orbicularis, corrugator in a typical posed expression:
# smiling takes the eye muscle along (Duchenne), frowning narrows the eyes, raised brows leave the rest alone.
TYPICAL_UV = {
    "smile": np.array([1.5, 45.0, 18.0, 3.0]),
    "frown": np.array([8.0, 2.5, 11.0, 38.0]),
    "brow_raise": np.array([40.0, 1.5, 4.0, 14.0]),
}


def crosstalk(spread_cm: float) -> np.ndarray:
    """Amplitude of each muscle's signal under each electrode, ``(channels, muscles)``, 1 on the diagonal.

    Falls off as ``exp(-distance / spread)``. That neighbouring facial electrodes pick up each other's muscles
    is Fridlund & Cacioppo (1986); the exponential form is our choice.
    """
    distance = np.linalg.norm(POSITIONS_CM[:, None, :] - POSITIONS_CM[None, :, :], axis=-1)
    return np.exp(-distance / spread_cm)


class Person:
    """One synthetic person's parameters, drawn; all distributions are our choice.

    Co-activation patterns vary freely, efforts are skewed (most people make an expression fully, a few
    hardly, as with raising the brows on command), and electrodes differ in gain, noise and pick-up. Names end in units;
    arrays are ``(channels,)``.
    """

    def __init__(self, rng: np.random.Generator, unsteadiness: float) -> None:
        """Who repeats an expression the more differently the larger ``unsteadiness`` (0 to 1)."""
        n = len(CHANNELS)
        expressivity = float(rng.lognormal(0.0, 0.35))
        asymmetry = float(rng.normal(0.0, 0.25))
        effort = {label: float(rng.beta(2.0 if label == "brow_raise" else 4.0, 1.0)) for label in ACTIVE}
        # Root mean square of each channel's muscle: in a full expression, by class, and at rest.
        self.expression_uv = {label: _pattern(rng, label, effort[label] * expressivity, asymmetry) for label in ACTIVE}
        self.tonic_uv = rng.lognormal(np.log(1.8), 0.4, n)
        # How fully each class is made, from 0 (not at all) to 1; overall size; log of right over left amplitude.
        self.effort = effort
        self.expressivity = expressivity
        self.asymmetry = asymmetry
        # Mean time from a cue to the muscles' activity, and from its end to their release.
        self.reaction_s = float(rng.uniform(0.25, 0.5))
        # Log standard deviations from one time to the next: of an expression's size, of each muscle's share in it.
        self.repetition_sd = 0.2 + 0.3 * unsteadiness
        self.mixture_sd = 0.25 + 0.65 * unsteadiness
        # Spectrum of each muscle.
        self.low_hz = rng.uniform(50.0, 80.0, n)
        self.high_hz = rng.uniform(110.0, 170.0, n)
        self.firing_hz = rng.uniform(26.0, 36.0, n)
        # How far signals spread over the face, and electrodes.
        self.spread_cm = float(rng.uniform(1.2, 2.2))
        self.gain = rng.lognormal(0.0, 0.2, n)
        self.floor_uv = rng.uniform(0.8, 1.6, n)
        self.wander_uv = rng.uniform(5.0, 20.0, n)
        self.mains_uv = rng.lognormal(np.log(1.2), 0.4, n)
        self.offset_uv = rng.uniform(-150.0, 150.0, n)
        self.motion_per_min = float(rng.uniform(1.0, 4.0))
        self.blinks_per_min = float(rng.uniform(8.0, 22.0))
        self.swallows_per_min = float(rng.uniform(0.5, 2.0))
        # How readily each class is shown in a scene, about 1.
        self.tendency = {label: float(rng.lognormal(0.0, 0.15)) for label in ACTIVE}

    def parameters(self) -> dict[str, float]:
        """Every parameter by name, arrays spread over the channels: the rows of the truth table."""
        rows: dict[str, float] = {}
        for name, value in vars(self).items():
            for label, one in (value if isinstance(value, dict) else {"": value}).items():
                of_channel = dict(zip(CHANNELS, one, strict=True)) if isinstance(one, np.ndarray) else {"": one}
                rows |= {"__".join(filter(None, (name, label, c))): float(v) for c, v in of_channel.items()}
        return rows


def _pattern(rng: np.random.Generator, label: str, size: float, asymmetry: float) -> np.ndarray:
    """Microvolt per channel of one expression: the typical pattern, varied by muscle and by side."""
    typical = TYPICAL_UV[label]
    main = typical == typical.max()
    # Which muscles come along differs more between people than how strongly the leading one acts.
    by_muscle = typical * np.exp(rng.normal(0.0, np.where(main, 0.25, 0.5)))
    habit = rng.beta(1.2, 6.0, len(typical)) * typical.max()
    by_muscle = size * np.where(main, by_muscle, by_muscle + habit)
    sides = SIDE_OF_CHANNEL * asymmetry / 2.0 + rng.normal(0.0, 0.15, len(CHANNELS))
    return by_muscle[MUSCLE_OF_CHANNEL] * np.exp(sides)
