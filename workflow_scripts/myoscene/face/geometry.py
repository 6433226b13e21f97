"""Head pose, and how far brows, lids and corners of the mouth stand, for each side."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
# Of the right and the left side: landmarks of the brow's middle, the lids' middles, the corner of the mouth, the inner
# and the outer corner of the eye.
_BROW = ((66, 105, 107), (296, 334, 336))
_LIDS = ((159, 145), (386, 374))
_MOUTH = (61, 291)
_INNER, _OUTER = (133, 362), (33, 263)
_UNDER_NOSE = 2
# MediaPipe's camera: vertical angle of view, and nearest distance (its default environment).
_VIEW_RAD, _NEAR = np.deg2rad(63.0), 1.0


@dataclass(frozen=True)
class Canonical:
    """The model's own face: ``points`` ``(468, 3)`` in cm, x to its left, y up, z forward; ``weights`` ``(468,)``."""

    points: Points
    weights: NDArray[np.float64]


def read_canonical(message: bytes) -> Canonical:
    """From the file ``geometry_pipeline_metadata_landmarks.binarypb`` (GeometryPipelineMetadata, protocol buffers)."""
    mesh, basis = b"", []
    for number, value in _fields(message):
        if number == 1:
            mesh = value
        elif number == 2:
            basis.append(dict(_fields(value)))
    vertices = b"".join(value for number, value in _fields(mesh) if number == 3)
    # Place and texture of a vertex are five numbers.
    points = np.frombuffer(vertices, "<f4").reshape(-1, 5)[:, :3].astype(np.float64)
    weights = np.zeros(len(points))
    for item in basis:
        weights[int.from_bytes(item.get(1, b""), "little")] = np.frombuffer(item[2], "<f4")[0]
    return Canonical(points, weights)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, bytes) of the fields of a protocol buffer; of a whole number, its bytes, the lowest first."""
    place = 0

    def whole() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(message):
        key = whole()
        kind = key & 7
        if kind == 0:
            yield key >> 3, whole().to_bytes(8, "little")
            continue
        size = whole() if kind == 2 else {1: 8, 5: 4}[kind]
        yield key >> 3, message[place : place + size]
        place += size


def rotation(points: Points, size: tuple[int, int], canonical: Canonical) -> Points:
    """``(3, 3)``: turns the model's own face as the seen one is turned.

    Args:
        points: landmarks ``(478, 3)`` in pixels.
        size: width and height of the frame.

    Source: MediaPipe's face geometry pipeline: weighted Procrustes (Schoenemann & Carroll 1970) under a camera.
    """
    width, height = size
    pixel = 2 * _NEAR * np.tan(_VIEW_RAD / 2) / height
    seen = (points[: len(canonical.points)] - (width / 2, height / 2, 0)) * (pixel, -pixel, pixel)
    depth = seen[:, 2].mean()
    scale = _procrustes(canonical, seen * (1, 1, -1))[1]
    scale *= _procrustes(canonical, _metric(seen, depth, scale))[1]
    return _procrustes(canonical, _metric(seen, depth, scale))[0]


def _metric(seen: Points, depth: float, scale: float) -> Points:
    z = (seen[:, 2] - depth + _NEAR) / scale
    return np.column_stack([seen[:, 0] * z / _NEAR, seen[:, 1] * z / _NEAR, -z])


def _procrustes(canonical: Canonical, target: Points) -> tuple[Points, float]:
    """Rotation and scale that bring the model's own face closest to ``target``."""
    weights = (canonical.weights / canonical.weights.sum())[:, None]
    source = canonical.points - (weights * canonical.points).sum(axis=0)
    moved = (weights * (target - (weights * target).sum(axis=0))).T @ source
    left, values, right = np.linalg.svd(moved)
    sign = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    return (left * sign) @ right, float((values * sign).sum() / (weights * source**2).sum())


def angles_deg(turned: Points) -> tuple[float, float, float]:
    """Yaw (positive: to the person's own left), pitch (up) and roll (towards the own right shoulder), in degrees."""
    yaw = np.arctan2(turned[0, 2], turned[2, 2])
    pitch = np.arcsin(np.clip(turned[1, 2], -1, 1))
    roll = np.arctan2(turned[1, 0], turned[1, 1])
    found = np.rad2deg([yaw, pitch, roll])
    return float(found[0]), float(found[1]), float(found[2])


def excursions(points: Points, turned: Points) -> NDArray[np.float64]:
    """``(6,)``, as :data:`myoscene.face.names.EXCURSIONS`, in distances between the outer corners of the eyes.

    Measured in the face's own axes, so that turning the head changes them little (our choice of measures):

    - brow: height of the brow's middle over the line through the inner corners of the eyes;
    - lid: opening between the middles of the lids;
    - mouth: how far the corner stands outwards and up (by equal shares) from the point under the nose.
    """
    own = (points * (1, -1, -1)) @ turned
    inner = own[list(_INNER)].mean(axis=0)
    unit = np.linalg.norm(own[_OUTER[1]] - own[_OUTER[0]])
    found = {}
    for side, outwards in ((0, -1), (1, 1)):
        corner = own[_MOUTH[side]] - own[_UNDER_NOSE]
        upper, lower = own[list(_LIDS[side])]
        found[side] = (
            own[list(_BROW[side])].mean(axis=0)[1] - inner[1],
            upper[1] - lower[1],
            (outwards * corner[0] + corner[1]) / np.sqrt(2),
        )
    return np.array([found[side][k] for k in range(3) for side in (1, 0)]) / unit
