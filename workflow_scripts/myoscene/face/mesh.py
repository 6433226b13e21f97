"""From a frame to 478 landmarks and 52 blendshapes, following the face from frame to frame.

As MediaPipe's FaceLandmarker in its mode VIDEO with one face: the region of the next frame comes from the landmarks of
this one; faces are looked for where there is none; landmarks are smoothed by a one-euro filter (Casiez et al. 2012).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from myoscene.face import detector
from myoscene.face.names import BLENDSHAPE_POINTS
from myoscene.face.region import Frame, Region, around, sample, square
from myoscene.pipeline.one_euro import OneEuro

SIDE = 256
# Outer corners of the right and the left eye.
RIGHT_EYE, LEFT_EYE = 33, 263
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Networks:
    """The three networks of the model file, each as a function on arrays.

    Attributes:
        detector: see :data:`myoscene.face.detector.Network`.
        mesh: image ``(256, 256, 3)`` from 0 to 1 -> landmarks ``(478, 3)`` in its pixels, and presence from 0 to 1.
        blendshapes: ``(146, 2)`` landmarks in pixels -> ``(52,)``.
    """

    detector: detector.Network
    mesh: Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], float]]
    blendshapes: Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class Seen:
    """One face in one frame: ``landmarks`` ``(478, 3)`` in pixels, ``blendshapes`` ``(52,)``."""

    landmarks: Points
    blendshapes: NDArray[np.float32]


def smoother() -> OneEuro:
    """MediaPipe's filter of landmarks; movement is counted in sizes of the face a second."""
    return OneEuro(least_cutoff_hz=0.05, gain=80.0)


@dataclass
class Tracker:
    """Follows one face; ``smooth``: smooth its landmarks; ``least``: of presence, and of a detection's score."""

    networks: Networks
    smooth: bool = True
    least: float = 0.5
    _region: Region | None = field(default=None, init=False)
    _smoother: OneEuro | None = field(default=None, init=False)

    def follow(self, frame: Frame, time_s: float) -> tuple[float, Seen | None]:
        """Presence, NaN where there was no face to look at, and the face where presence is large enough."""
        region, self._region = self._region or self._found(frame), None
        sure = np.nan
        if region is not None:
            raw, sure = self.networks.mesh(_image(frame, region))
        if region is None or sure < self.least:
            self._smoother = None
            return sure, None
        points = region.to_frame(raw.astype(np.float64) / SIDE)
        self._region = square(around(points[:, :2], points[RIGHT_EYE], points[LEFT_EYE]))
        if self.smooth:
            self._smoother = self._smoother or smoother()
            points = self._smoother(points, time_s, float(np.ptp(points[:, :2], axis=0).mean()))
        shapes = self.networks.blendshapes(points[BLENDSHAPE_POINTS, :2].astype(np.float32))
        return sure, Seen(points, shapes)

    def _found(self, frame: Frame) -> Region | None:
        faces = detector.detect(frame, self.networks.detector, self.least)
        return faces[0].region() if faces else None


def presence(frame: Frame, region: Region, networks: Networks) -> float:
    """How sure it is, from 0 to 1, that the region of a frame holds a face."""
    return networks.mesh(_image(frame, region))[1]


def _image(frame: Frame, region: Region) -> NDArray[np.float32]:
    return sample(frame, region, SIDE).astype(np.float32) / np.float32(255)
