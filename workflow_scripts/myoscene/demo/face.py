"""The face that the demo cohort shares: electrodes, muscles, expressions and how far signals spread.

Amplitudes follow the order of magnitude that Fridlund & Cacioppo (1986) and van Boxtel (2010) describe for surface EMG
of the face, a few microvolt at rest and tens of microvolt in a posed expression; the single figures are our choice.
"""

import numpy as np

RATE_HZ = 1000.0
MAINS_HZ = 50.0
CHANNELS = (
    "frontalis_right",
    "zygomaticus_right",
    "orbicularis_right",
    "corrugator_center",
    "orbicularis_left",
    "zygomaticus_left",
    "frontalis_left",
)
MUSCLES = (
    "frontalis",
    "zygomaticus major",
    "orbicularis oculi",
    "corrugator supercilii",
    "orbicularis oculi",
    "zygomaticus major",
    "frontalis",
)
CLASSES = ("neutral", "smile", "frown", "brow_raise")
ACTIVE = CLASSES[1:]

FRONTALIS, ZYGOMATICUS, ORBICULARIS, CORRUGATOR = range(4)
# Muscle (without side) of each channel, and its side: +1 right, 0 middle, -1 left.
MUSCLE_OF_CHANNEL = np.array([FRONTALIS, ZYGOMATICUS, ORBICULARIS, CORRUGATOR, ORBICULARIS, ZYGOMATICUS, FRONTALIS])
SIDE_OF_CHANNEL = np.array([1, 1, 1, 0, -1, -1, -1])

# Electrode positions in centimetres, seen from the front, the nasion at (0, 0): a mask's seven sensors (our choice).
POSITIONS_CM = np.array([[3.0, 4.5], [4.5, -4.5], [5.0, -1.5], [0.0, 1.8], [-5.0, -1.5], [-4.5, -4.5], [-3.0, 4.5]])

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
