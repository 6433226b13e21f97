"""Where marked electrodes are in other frames, by optical flow (DIS: Kroeger et al. 2016, as OpenCV has it).

Every frame is compared with the marked one, after both have been laid over each other by what moved the whole face up
to the frame before: errors do not add up from frame to frame. Only where that is not believed, since going there and
back does not end at the start, is a frame compared with the one before.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from myoscene.face.region import Frame
from myoscene.restore.cv import opencv
from myoscene.restore.marks import Points
from myoscene.restore.settings import RestoreSettings

Mask = NDArray[np.uint8]
# How far around a corner movement is averaged, in pixels of the small pictures; and believed pixels that weigh as much
# as the movement of the whole face.
_REACH_PX, _DOUBT = 4.0, 3.0
# How much of what is around the marks is compared, as a share of their extent.
_AROUND = 0.3


@dataclass
class Follower:
    """Follows ``polygons`` of ``reference``, ``(height, width, 4)``, through other frames of the video.

    Attributes:
        frames, lost: how many frames were asked for, and in how many the marked one was not found again.
    """

    reference: Frame
    polygons: tuple[Points, ...]
    settings: RestoreSettings
    frames: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._cv = cv2 = opencv()
        self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        height, width = self.reference.shape[:2]
        self._scale = min(1.0, self.settings.flow_side / max(height, width))
        small = self._small(self.reference)
        every = np.concatenate(self.polygons) * self._scale
        around = np.ptp(every, axis=0) * _AROUND + 8
        low = np.maximum(np.floor(every.min(axis=0) - around), 0).astype(int)
        high = np.minimum(np.ceil(every.max(axis=0) + around), small.shape[::-1]).astype(int)
        self._start, self._size = low.astype(np.float64), tuple(int(n) for n in high - low)
        self._template = small[low[1] : high[1], low[0] : high[0]].copy()
        self._corners = [points * self._scale - low for points in self.polygons]
        self._pixels = [self._inside(points) for points in self._corners]
        self._near = [
            np.exp(-((corners[:, None] - pixels[None]) ** 2).sum(-1) / (2 * _REACH_PX**2))
            for corners, pixels in zip(self._corners, self._pixels, strict=True)
        ]
        # From the template into the frame before, and where the corners were there.
        self._whole = np.column_stack([np.eye(2), self._start])
        self._before, self._places = small, [corners + self._start for corners in self._corners]

    def mask(self, frame: Frame) -> Mask:
        """``(height, width)``: 255 where an electrode hides the face in the next frame, 0 elsewhere."""
        small = self._small(frame)
        self.frames += 1
        if not self._by_reference(small):
            self.lost += 1
            self._by_frame_before(small)
        self._before = small
        return self.draw([places / self._scale for places in self._places], frame.shape[:2])

    def draw(self, polygons: list[Points], shape: tuple[int, ...]) -> Mask:
        """Polygons in pixels of a frame as a mask, made larger by the margin."""
        return drawn(polygons, (shape[0], shape[1]), self.settings.margin)

    def _by_reference(self, small: Mask) -> bool:
        cv2 = self._cv
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpAffine(small, self._whole, self._size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        moved = self._dis.calc(self._template, there, None)
        back = self._dis.calc(there, self._template, None)
        starts = np.concatenate(self._pixels)
        flow = _at(moved, starts)
        gap = np.linalg.norm(flow + _at(back, starts + flow), axis=1)
        sure = gap < self.settings.gap_px
        if sure.mean() < self.settings.believed or sure.sum() < 12:
            return False
        whole, _ = cv2.estimateAffine2D(starts[sure], (starts + flow)[sure], ransacReprojThreshold=2.0)
        if whole is None or not 0.3 < np.linalg.det(whole[:, :2]) < 3:
            return False
        rest = (starts + flow - _moved(whole, starts)) * sure[:, None]
        parts = np.cumsum([len(pixels) for pixels in self._pixels])[:-1]
        self._places = []
        for corners, near, own, believed in zip(
            self._corners, self._near, np.split(rest, parts), np.split(sure, parts), strict=True
        ):
            own_part = (near @ own) / ((near @ believed.astype(np.float64)) + _DOUBT)[:, None]
            self._places.append(_moved(self._whole, _moved(whole, corners) + own_part))
        self._whole = self._whole[:, :2] @ whole + np.column_stack([np.zeros((2, 2)), self._whole[:, 2]])
        return True

    def _by_frame_before(self, small: Mask) -> None:
        flow = self._cv.blur(self._dis.calc(self._before, small, None), (5, 5))
        old = np.concatenate(self._places)
        new = old + _at(flow, old)
        step, _ = self._cv.estimateAffine2D(old, new, ransacReprojThreshold=3.0)
        if step is not None and 0.7 < np.linalg.det(step[:, :2]) < 1.4:
            self._whole = step[:, :2] @ self._whole + np.column_stack([np.zeros((2, 2)), step[:, 2]])
            far = np.linalg.norm(new - _moved(step, old), axis=1) > 6
            new[far] = _moved(step, old)[far]
        self._places = np.split(new, np.cumsum([len(places) for places in self._places])[:-1])

    def _small(self, frame: Frame) -> Mask:
        grey = self._cv.cvtColor(np.ascontiguousarray(frame), self._cv.COLOR_RGBA2GRAY)
        if self._scale == 1:
            return grey
        return self._cv.resize(grey, None, fx=self._scale, fy=self._scale, interpolation=self._cv.INTER_AREA)

    def _inside(self, corners: Points) -> Points:
        """Pixels of a polygon and of its surroundings, ``(n, 2)``."""
        drawn_one = np.zeros(self._size[::-1], np.uint8)
        self._cv.fillPoly(drawn_one, [np.rint(corners).astype(np.int32)], 255)
        rows, columns = np.nonzero(self._cv.dilate(drawn_one, np.ones((3, 3), np.uint8)))
        return np.column_stack([columns, rows]).astype(np.float64)


def drawn(polygons: list[Points], shape: tuple[int, int], margin: float) -> Mask:
    """Polygons in pixels as a mask ``(height, width)``, made larger by ``margin`` widths of the frame."""
    cv2 = opencv()
    mask = np.zeros(shape, np.uint8)
    # One by one: polygons that overlap would cancel out.
    for points in polygons:
        whole = np.clip(np.rint(points * 16), -(2**20), 2**20).astype(np.int32)
        cv2.fillPoly(mask, [whole], 255, shift=4)
    side = 2 * max(1, round(margin * shape[1])) + 1
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))


def _at(movement: NDArray[np.float32], places: Points) -> Points:
    """A field ``(height, width, 2)`` at places ``(n, 2)`` between its pixels."""
    where = places.T[::-1]
    return np.column_stack([map_coordinates(movement[..., i], where, order=1, mode="nearest") for i in (0, 1)]).astype(
        np.float64
    )


def _moved(affine: Points, places: Points) -> Points:
    return places @ affine[:, :2].T + affine[:, 2]
