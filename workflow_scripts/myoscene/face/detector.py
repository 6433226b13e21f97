"""Finding faces: MediaPipe's short-range BlazeFace (Bazarevsky et al. 2019, arXiv 1907.05047)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myoscene.face.region import Frame, Region, around, sample

SIDE = 128
# (raw boxes (896, 16), raw scores (896,)) of an image (SIDE, SIDE, 3) with values from -1 to 1.
Network = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True)
class Face:
    """Score from 0 to 1; ``points`` in pixels: box's corners, then right eye, left eye, nose, mouth, both ears."""

    score: float
    points: NDArray[np.float64]

    def region(self) -> Region:
        """Where the mesh is to be looked for."""
        return around(self.points[:2], self.points[2], self.points[3])


def anchors() -> NDArray[np.float64]:
    """``(896, 2)``: the middles of the cells, 0 to 1: two a cell of 16 x 16, six a cell of 8 x 8."""
    found = []
    for cells, each in ((16, 2), (8, 6)):
        middles = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(middles, middles)
        found.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]), each, axis=0))
    return np.concatenate(found)


_ANCHORS = anchors()


def detect(frame: Frame, network: Network, least_score: float, overlap: float = 0.5) -> list[Face]:
    """Faces of a frame ``(height, width, 3)`` with at least this score, the surest first.

    Args:
        overlap: boxes that share more than this (intersection over union) are one face; their mean, weighted by score.
    """
    height, width = frame.shape[:2]
    whole = Region(width / 2, height / 2, max(width, height), max(width, height))
    raw, scores = network(sample(frame, whole, SIDE, zero_border=True).astype(np.float32) / 127.5 - 1)
    sure = 1 / (1 + np.exp(-np.clip(scores.astype(np.float64), -100, 100)))
    kept = np.flatnonzero(sure >= least_score)
    points = _decode(raw[kept].astype(np.float64), _ANCHORS[kept])
    return [Face(score, whole.to_frame(found)) for score, found in _merge(points, sure[kept], overlap)]


def _decode(raw: NDArray[np.float64], cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n, 8, 2)`` points of :class:`Face`, 0 to 1 within what the network saw."""
    values = raw.reshape(-1, 8, 2) / SIDE
    middle, half = values[:, 0] + cells, values[:, 1] / 2
    return np.concatenate([(middle - half)[:, None], (middle + half)[:, None], values[:, 2:] + cells[:, None]], axis=1)


def _merge(
    points: NDArray[np.float64], scores: NDArray[np.float64], overlap: float
) -> list[tuple[float, NDArray[np.float64]]]:
    """Score and points of each face: what overlaps the surest box is merged with it, then the next."""
    found = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        best = left[0]
        same = left[_shared(points[best], points[left]) > overlap]
        same = same if same.size else left[:1]
        found.append((float(scores[best]), np.average(points[same], axis=0, weights=scores[same])))
        left = left[~np.isin(left, same)]
    return found


def _shared(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of one box with others."""
    low, high = np.maximum(one[0], others[:, 0]), np.minimum(one[1], others[:, 1])
    both = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(others[:, 1] - others[:, 0], axis=1) + np.prod(one[1] - one[0]) - both
    return both / np.maximum(area, 1e-12)
