"""The face that the demo cohort shares: electrodes, muscles, expressions and how far signals spread.

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
