"""Electrodes found in every frame by a network, without any mark."""

from dataclasses import dataclass, field

import numpy as np

from myoscene.face.mesh import Seen
from myoscene.face.region import Frame, Region
from myoscene.restore.cv import opencv
from myoscene.restore.follow import Mask
from myoscene.restore.judge import face_square
from myoscene.restore.net import Learnt

# From so large a chance on, a pixel is painted over. More around it costs more of the face than it hides.
_LEAST = 0.5
# How many frames a place is kept in which no restored face was seen.
_PATIENCE = 5
# Sides of the squares in which electrodes are looked for, as shares of the frame's shorter side.
_SIDES = (1.0, 0.75, 0.5, 0.35)


@dataclass
class NetFinder:
    """Finds electrodes around the face of the frame before; where there was none, wherever many are."""

    learnt: Learnt
    _place: Region | None = field(default=None, init=False)
    _missed: int = field(default=0, init=False)

    def __call__(self, frame: Frame, before: Seen | None) -> Mask:
        """``(height, width)``: 255 where something hides the face, 0 elsewhere; ``before``: the restored face."""
        if before is not None:
            self._place, self._missed = face_square(before), 0
        else:
            self._missed += 1
        if self._place is None or self._missed > _PATIENCE:
            self._place, self._missed = self._search(frame), 0
        return self._mask(frame, self._place)

    def _mask(self, frame: Frame, place: Region) -> Mask:
        cv2 = opencv()
        chances = self.learnt.hidden(frame, place)
        axes = place.axes()
        start = np.array([place.x, place.y]) - axes.sum(axis=1) / 2
        into = np.column_stack([axes / self.learnt.side, start])
        there = cv2.warpAffine(chances, into, frame.shape[1::-1], flags=cv2.INTER_LINEAR)
        # Half a pixel of the network on each side.
        side = 2 * max(1, round(place.width / self.learnt.side / 2)) + 1
        shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        return cv2.dilate((there > _LEAST).astype(np.uint8) * 255, shape)

    def _search(self, frame: Frame) -> Region:
        """A square around what is found in squares of several sizes; detectors see faces in electrodes."""
        height, width = frame.shape[:2]
        places = []
        for share in _SIDES:
            side = share * min(height, width)
            for y in np.linspace(side / 2, height - side / 2, max(1, round(2 * height / side) - 1)):
                for x in np.linspace(side / 2, width - side / 2, max(1, round(2 * width / side) - 1)):
                    places.append(Region(float(x), float(y), side, side))
        everywhere = np.zeros(frame.shape[:2], np.uint8)
        for place in places:
            everywhere |= self._mask(frame, place)
        rows, columns = np.nonzero(everywhere)
        if not len(rows):
            return places[0]
        # Some pixels far away are mistakes.
        low, high = np.percentile(np.column_stack([columns, rows]), (5, 95), axis=0)
        side = float(1.6 * max(*(high - low), 32))
        x, y = (low + high) / 2
        return Region(float(x), float(y), side, side)
