"""A turned rectangle of a frame: what a network is shown, and back from there into the frame.

Source of the geometry: MediaPipe's ImageToTensor, RectTransformation and LandmarkProjection calculators.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
# Positions between pixels: OpenCV samples at 32 of them.
_PARTS = 32


@dataclass(frozen=True)
class Region:
    """Centre, width and height in pixels of the frame; ``angle``: clockwise as seen, in radians."""

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    def axes(self) -> NDArray[np.float64]:
        """``(2, 2)``: columns are the region's own width and height, as vectors in the frame."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.array([[cos * self.width, -sin * self.height], [sin * self.width, cos * self.height]])

    def to_frame(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(n, 2)`` or ``(n, 3)`` points, 0 to 1 within the region, in pixels of the frame; depth scales as width."""
        found = (points[:, :2] - 0.5) @ self.axes().T + (self.x, self.y)
        return np.column_stack([found, points[:, 2:] * self.width])


def sample(frame: Frame, region: Region, side: int, *, zero_border: bool = False) -> Frame:
    """The region of a frame ``(height, width, 4)`` as a square of ``side`` pixels, ``(side, side, 3)``.

    One bilinear sample a pixel and no averaging, whatever the region's size, at positions rounded to 1/32 of a pixel:
    this is what the networks are used with (OpenCV's warpPerspective), and a filter against aliasing or another
    rounding gives other results. Outside the frame is its border, or black.
    """
    height, width = frame.shape[:2]
    axes = region.axes()
    start = np.array([region.x, region.y]) - axes.sum(axis=1) / 2
    steps = np.arange(side) / side
    x, y = (
        np.rint((start[i] + axes[i, 0] * steps + axes[i, 1] * steps[:, None]) * _PARTS).astype(np.int64).ravel()
        for i in (0, 1)
    )
    across, down = (x % _PARTS).astype(np.uint16)[:, None], (y % _PARTS).astype(np.uint32)[:, None]
    x, y = x // _PARTS, y // _PARTS
    columns, lines = ([np.clip(part + i, 0, most - 1) for i in (0, 1)] for part, most in ((x, width), (y, height)))
    # A pixel is one number, so that four values are gathered at once, and from no more of the frame than is needed.
    left, top = columns[0].min(), lines[0].min()
    part = frame.view(np.uint32)[top : lines[1].max() + 1, left : columns[1].max() + 1, 0]
    pixels, stride = np.ascontiguousarray(part).ravel(), part.shape[1]

    def row(i: int) -> NDArray[np.uint32]:
        first = (lines[i] - top) * stride - left
        near, far = (pixels[first + column] for column in columns)
        if zero_border:
            there = (y + i >= 0) & (y + i < height)
            near, far = (side * (there & (x + j >= 0) & (x + j < width)) for j, side in enumerate((near, far)))
        near, far = (one.astype(np.uint32).view(np.uint8).reshape(-1, 4).astype(np.uint16) for one in (near, far))
        return (near * (_PARTS - across) + far * across).astype(np.uint32)

    mixed = row(0) * (_PARTS - down) + row(1) * down
    rounded = (mixed + _PARTS**2 // 2) // _PARTS**2
    return rounded.astype(np.uint8).reshape(side, side, 4)[..., :3]


def around(points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> Region:
    """The upright box of ``points``, ``(n, 2)`` in pixels, made 1.5 times as large, turned as ``start`` to ``end``."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, (high - low) * 1.5
    return Region(middle[0], middle[1], size[0], size[1], float(np.arctan2(end[1] - start[1], end[0] - start[0])))


def square(region: Region) -> Region:
    """The region with both sides as long as its longer one."""
    side = max(region.width, region.height)
    return Region(region.x, region.y, side, side, region.angle)
