"""Settings of face parameters."""

from dataclasses import dataclass
from typing import Annotated

from myoscene.core.settings import Count, Fraction, Positive, Within


@dataclass(frozen=True)
class FaceSettings:
    """How a video of a face becomes parameters."""

    presence_min: Fraction = 0.5
    """A face counts as seen from this presence on, and a place as a face from this score on. [MediaPipe's default]"""

    smooth: bool = True
    """Smooth the landmarks by MediaPipe's one-euro filter; false: leave them as they are, without its lag of some
    frames. [MediaPipe, mode VIDEO]"""

    mirror_every: Annotated[int, Within(ge=0)] = 1
    """Look at the mirror image of every n-th frame, too; 0: of none. [our choice]"""

    yaw_max_deg: Positive = 30.0
    """A face that is turned further to a side is marked: half of it is hardly seen. [our choice]"""

    rate_min_hz: Positive = 5.0
    """Videos with fewer frames a second are refused: expressions last from half a second. [our choice]"""

    rate_max_hz: Positive = 120.0
    """Of videos with more frames a second, some are left out. [our choice]"""

    look_every: Count = 15
    """Faces are counted in every n-th frame. [our choice]"""

    several_faces: bool = False
    """Follow one face where there are several, instead of refusing the video. [our choice]"""

    batch: Count = 512
    """Frames of which the parameters are in memory at a time. [our choice]"""
