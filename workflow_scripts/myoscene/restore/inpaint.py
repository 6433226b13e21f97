"""Painting over: what is hidden is continued from around it (Telea 2004, as OpenCV has it)."""

import numpy as np

from myoscene.face.region import Frame
from myoscene.restore.cv import opencv
from myoscene.restore.follow import Mask

_RADIUS_PX = 3


def paint_over(frame: Frame, mask: Mask) -> Frame:
    """A copy of the frame ``(height, width, 4)`` in which pixels of ``mask`` other than 0 come from around them."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    found = frame.copy()
    if not len(rows):
        return found
    part = (
        slice(max(rows[0] - 8, 0), rows[-1] + 9),
        slice(max(columns[0] - 8, 0), columns[-1] + 9),
    )
    cv2 = opencv()
    shown = np.ascontiguousarray(frame[part][..., :3])
    found[part][..., :3] = cv2.inpaint(shown, np.ascontiguousarray(mask[part]), _RADIUS_PX, cv2.INPAINT_TELEA)
    return found
