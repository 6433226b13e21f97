"""Settings of the removal of electrodes from videos."""

from dataclasses import dataclass
from typing import Annotated

from myoscene.core.settings import Count, Fraction, Positive, Within


@dataclass(frozen=True)
class RestoreSettings:
    """How electrodes are followed and painted over; all of it our choice."""

    enough: Fraction = 0.95
    """With a face in so large a share of frames as it is, a clip is left alone by the method auto."""

    flow_side: Count = 640
    """Longest side in pixels of the pictures in which movement is measured; larger frames are made smaller."""

    margin: Positive = 0.004
    """By how much more than its polygon an electrode is painted over, as a share of the frame's width."""

    gap_px: Positive = 1.0
    """Movement is believed where going there and back ends no farther from the start, in pixels of these pictures."""

    believed: Fraction = 0.3
    """Below this share of believed pixels, a frame is compared with the frame before and not with the marked one."""


@dataclass(frozen=True)
class NetSettings:
    """The network that finds electrodes and how it learns; all of it our choice."""

    side: Count = 128
    """Side in pixels of the squares that it looks at; divides by 8."""

    width: Count = 8
    """Planes of its first block."""

    epochs: Count = 10
    """It learns at most so many times ``batches`` batches."""

    batches: Count = 30
    """Batches between two looks at the held-out part."""

    batch: Count = 8
    """Pictures in a batch."""

    patience: Count = 4
    """It stops after so many looks at the held-out part that were not better than the best."""

    rate: Positive = 0.004
    """Highest learning rate."""

    held_out: Fraction = 0.25
    """Share of the reference clip, its end, that is held out."""

    every: Count = 2
    """It is shown every n-th frame of the reference clip."""

    dice_min: Fraction = 0.5
    """Least overlap with drawn electrodes in the held-out part with which the network is used."""

    shots_min: Count = 20
    """Fewest frames with a face to learn from."""

    shots_max: Count = 300
    """Most of them; they are in memory together."""

    seed: Annotated[int, Within(ge=0)] = 0
    """Of drawn electrodes, first weights and order."""
