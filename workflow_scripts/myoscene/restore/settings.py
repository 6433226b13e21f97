"""Settings of the removal of electrodes from videos."""

from dataclasses import dataclass

from myoscene.core.settings import Count, Fraction, Positive


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
