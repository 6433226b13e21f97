"""Electrodes and cables drawn onto a face whose landmarks are known, so that what they hide is known, too.

A drawing, and no recording: what the networks of this room learn from, and what its figures are measured on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myoscene.face.region import Frame
from myoscene.restore.cv import opencv
from myoscene.restore.follow import Mask
from myoscene.restore.marks import Points

# Outer corners of the eyes; contours of eyes and mouth, near which nobody sticks an electrode; forehead and chin.
_EYES = (33, 263)
_FREE = (
    33, 133, 159, 145, 160, 158, 153, 144, 263, 362, 386, 374, 387, 385, 380, 373,
    61, 291, 0, 17, 13, 14, 40, 270, 91, 321, 37, 267, 84, 314,
)  # fmt: skip
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_SHADES = ((215, 215, 210), (60, 60, 65), (240, 240, 240), (150, 160, 175), (190, 170, 90))
_CABLES = ((30, 30, 30), (190, 40, 40), (40, 70, 170), (220, 220, 220), (40, 130, 60), (200, 160, 40))


@dataclass(frozen=True)
class Drawing:
    """What one participant wears.

    Attributes:
        points: landmarks that electrodes are stuck on, ``(n,)``.
        radius, cable: in distances between the outer corners of the eyes.
        shades, colours: of electrodes and their cables, ``(n, 3)``, red first.
        ends: where cables leave the face, as landmarks of its outline, ``(n,)``.
    """

    points: NDArray[np.int64]
    radius: float
    cable: float
    shades: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def shapes(self, landmarks: Points) -> list[Points]:
        """Polygons of the electrodes, and then of their cables, in pixels of the frame."""
        flat = landmarks[:, :2]
        unit = float(np.linalg.norm(flat[_EYES[0]] - flat[_EYES[1]]))
        turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        circle = np.column_stack([np.cos(turns), np.sin(turns)]) * self.radius * unit
        middle = flat[list(_OVAL)].mean(axis=0)
        cables = []
        for point, end in zip(self.points, self.ends, strict=True):
            start, through = flat[point], flat[end]
            far = through + (through - middle) * 0.35
            path = _bent(start, through, far)
            along = np.gradient(path, axis=0)
            across = np.column_stack([-along[:, 1], along[:, 0]])
            across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
            half = across * self.cable * unit / 2
            cables.append(np.concatenate([path + half, (path - half)[::-1]]))
        return [circle + flat[point] for point in self.points] + cables

    def draw(self, frame: Frame, landmarks: Points) -> tuple[Frame, Mask]:
        """The frame ``(height, width, 4)`` with electrodes, and the mask of what they hide, 255 and 0."""
        cv2 = opencv()
        shapes = self.shapes(landmarks)
        found, mask = np.ascontiguousarray(frame).copy(), np.zeros(frame.shape[:2], np.uint8)
        count = len(self.points)
        order = [*range(count, 2 * count), *range(count)]
        for place in order:
            whole = np.rint(shapes[place] * 16).astype(np.int32)
            shade = (self.colours[place - count] if place >= count else self.shades[place]).tolist()
            cv2.fillPoly(found, [whole], (*shade, 255), cv2.LINE_AA, 4)
            if place < count:
                inner = shapes[place].mean(axis=0) + (shapes[place] - shapes[place].mean(axis=0)) * 0.45
                dark = [max(0, value - 60) for value in shade]
                cv2.fillPoly(found, [np.rint(inner * 16).astype(np.int32)], (*dark, 255), cv2.LINE_AA, 4)
        changed = (found != frame).any(axis=-1)
        mask[changed] = 255
        return found, mask


def _bent(start: Points, through: Points, far: Points) -> Points:
    """12 places on a curve from ``start`` over ``through`` to ``far``."""
    t = np.linspace(0, 1, 12)[:, None]
    middle = 2 * through - (start + far) / 2
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * far


def arrange(canonical: Points, seed: int, count: int = 44) -> Drawing:
    """Spread ``count`` electrodes over the skin of a face, away from eyes and mouth, left and right alike.

    Args:
        canonical: the model's own face, ``(468, 3)`` in cm.
        seed: of sizes, colours and where the first electrode sits.
    """
    random = np.random.default_rng(seed)
    free = np.linalg.norm(canonical[:, None] - canonical[None, list(_FREE)], axis=-1).min(axis=1)
    left = np.flatnonzero((canonical[:, 0] > 0.6) & (free > 1.0) & (canonical[:, 2] > -3.5))
    chosen = [int(random.choice(left))]
    while len(chosen) < (count + 1) // 2:
        away = np.linalg.norm(canonical[left][:, None] - canonical[chosen][None], axis=-1).min(axis=1)
        chosen.append(int(left[away.argmax()]))
    mirrored = canonical[chosen] * (-1, 1, 1)
    right = np.linalg.norm(canonical[None] - mirrored[:, None], axis=-1).argmin(axis=1)
    points = np.array([point for pair in zip(chosen, right, strict=True) for point in pair])[:count]
    oval = np.array(_OVAL)
    nearest = np.linalg.norm(canonical[points][:, None] - canonical[oval][None], axis=-1).argmin(axis=1)
    shade = np.array(_SHADES)[random.integers(len(_SHADES))] + random.integers(-20, 16, (count, 1))
    return Drawing(
        points,
        float(random.uniform(0.045, 0.065)),
        float(random.uniform(0.014, 0.026)),
        np.clip(shade, 0, 255).astype(np.uint8),
        np.array(_CABLES, np.uint8)[random.integers(len(_CABLES), size=count)],
        oval[(nearest + random.integers(-1, 2, count)) % len(oval)],
    )
