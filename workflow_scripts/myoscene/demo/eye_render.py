"""Pictures as an infra-red camera inside a headset takes them: one eye, its lids, lashes and brow.

Everything is drawn from distances on the face (see :mod:`eye_person`), for many frames at a time. All grey values
and forms are our choice.
"""

from typing import NamedTuple

import numpy as np

from myoscene.demo.eye_person import EyeLook, Pose

BATCH = 32
# Where the middle of the image is on the face, above the pupil, so that the brow is in it.
MIDDLE_MM = 4.0
# The infra-red diodes, in millimetres from the middle of the image; x towards the nose.
DIODES_MM = ((-11.0, -13.0), (9.0, -15.0))
READ_NOISE = 1.3


class _Region(NamedTuple):
    """Where each pixel is on the face, ``(frames, height, width)`` float32 in millimetres: ``along`` is 1 in the middle
    of the lids and 0 at their corners; ``upper`` and ``lower`` are both lids' margins at each pixel's x."""

    x: np.ndarray
    y: np.ndarray
    along: np.ndarray
    upper: np.ndarray
    lower: np.ndarray


def render(look: EyeLook, pose: Pose, shape: tuple[int, int], side: str, rng: np.random.Generator) -> np.ndarray:
    """Images of one eye, ``(frames, height, width)`` uint8, a millimetre a pixel, left to right as the wearer has
    it."""
    images = np.empty((len(pose.close), *shape), dtype=np.uint8)
    light = _light(shape, side)
    if side == "right":
        pose = pose._replace(gaze_x=-pose.gaze_x)
    for start in range(0, len(images), BATCH):
        frames = slice(start, start + BATCH)
        # One value a frame, ready to meet pixels: (frames, 1, 1).
        part = Pose(*(values[frames, None, None] for values in pose))
        images[frames] = _picture(look, part, _region(look, part, shape, side), light, rng)
    return images


def _picture(look: EyeLook, pose: Pose, region: _Region, light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x, y, along, upper, lower = region
    gap = np.clip(upper - lower, 0.0, None)
    opening = _step(upper - y, 0.9) * _step(y - lower, 0.9) * (gap * gap / (gap * gap + 0.8))
    eyeball, glints = _eyeball(look, pose, region)
    image = _skin(look, pose, region)
    image += opening * (eyeball - image)
    # Lashes stand on the margin of the upper lid, few and short ones on that of the lower.
    hair = look.lashes * along**0.3 * np.exp(-np.square((y - upper - 0.2) / 0.9))
    hair *= 0.85 + 0.15 * np.cos(2.4 * x)
    image *= 1.0 - hair - 0.25 * look.lashes * along * np.exp(-np.square((y - lower) / 0.7))
    image *= light * pose.gain
    image += 150.0 * opening * glints
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    image += noise * np.sqrt(READ_NOISE**2 + 0.012 * np.clip(image, 0.0, None))
    return np.clip(np.rint(image), 0.0, 255.0).astype(np.uint8)


def _region(look: EyeLook, pose: Pose, shape: tuple[int, int], side: str) -> _Region:
    across = np.arange(shape[1], dtype=np.float32) - (shape[1] - 1) / 2.0
    up = (shape[0] - 1) / 2.0 - np.arange(shape[0], dtype=np.float32) + MIDDLE_MM
    right = across[None, None, :] - pose.shift_x
    high = up[None, :, None] - pose.shift_y
    cos, sin = np.cos(pose.rotate_rad) / pose.scale, np.sin(pose.rotate_rad) / pose.scale
    x = cos * right + sin * high
    y = cos * high - sin * right
    if side == "right":
        x = -x
    x = (x - np.float32(look.place_x)) * np.float32(1.0 + look.turn_x) + np.float32(look.lean) * y
    y = (y - np.float32(look.place_y)) * np.float32(1.0 + look.turn_y)
    along = np.clip(1.0 - np.square(x / look.width), 0.0, 1.0) ** 0.8
    # The upper lid goes along with the gaze; a smile pushes the lower one up, a frown narrows a little.
    top = look.upper + 1.7 * pose.lift - 1.0 * pose.frown - 0.6 * pose.cheek + 0.45 * pose.gaze_y
    bottom = look.lower - 2.6 * pose.cheek - 0.3 * pose.frown - 0.15 * pose.gaze_y
    bottom = np.maximum(bottom, 0.8) - 0.5 * pose.close
    top = np.maximum(top, 0.6) * (1.0 - pose.close) - bottom * pose.close
    line = np.float32(look.tilt) * x
    return _Region(x, y, along, line + top * along, line - bottom * along)


def _eyeball(look: EyeLook, pose: Pose, region: _Region) -> tuple[np.ndarray, np.ndarray]:
    """Grey values of sclera, iris and pupil, and the diodes' reflections in the cornea (0 to 1)."""
    x, y, _, upper, _ = region
    radius = np.sqrt(np.square(x - pose.gaze_x) + np.square(y - pose.gaze_y))
    grey = look.sclera * (1.0 - 0.25 * np.square(x / 14.0))
    iris = look.iris_grey * (0.8 + 0.2 * _step(look.iris - 0.9 - radius, 1.2))
    grey += _step(look.iris - radius, 1.3) * (iris - grey)
    grey += _step(look.pupil * pose.pupil - radius, 1.0) * (look.pupil_grey - grey)
    grey *= 1.0 - 0.4 * np.exp(-np.clip(upper - y, 0.0, None) / 1.6)
    glints = np.zeros_like(x)
    for diode_x, diode_y in DIODES_MM:
        distance = np.square(x - 0.5 * pose.gaze_x - 0.17 * diode_x) + np.square(y - 0.5 * pose.gaze_y - 0.14 * diode_y)
        glints += np.exp(-distance / 0.75)
    return grey, glints


def _skin(look: EyeLook, pose: Pose, region: _Region) -> np.ndarray:
    """Grey values of lids, cheek and brow before the light falls on them."""
    x, y, along, upper, lower = region
    cheek, frown, lift = pose.cheek, pose.frown, pose.lift
    shade = np.ones_like(x)
    for wave_x, wave_y, phase, amplitude in look.texture.astype(np.float32):
        shade += amplitude * np.cos(wave_x * x + wave_y * (y - 1.0 * lift) + phase)
    shade -= look.socket * np.exp(-np.square((x - 11.0) / 6.0) - np.square((y - 6.0) / 5.0))
    # The fold above the lid rises with the brow and smooths out when the eye closes.
    fold = upper + look.crease * (1.0 + 0.3 * lift - 0.25 * frown)
    shade -= 0.2 * along * (1.0 - 0.6 * pose.close) * np.exp(-np.square((y - fold) / 0.9))
    # The cheek bulges below the lower lid, with a line between.
    below = y - lower
    shade += 0.2 * cheek * along * np.exp(-np.square((below + 4.5) / 2.4))
    shade -= (0.05 + 0.13 * cheek) * along * np.exp(-np.square((below + 1.8) / 0.8))
    # The furrow between the brows.
    shade -= 0.22 * np.clip(frown, 0.0, None) * np.exp(-np.square((x - 18.5) / 2.0) - np.square((y - 10.0) / 6.0))
    shade *= 1.0 - _brow(look, x, y, frown, lift)
    return np.float32(look.skin) * shade


def _brow(look: EyeLook, x: np.ndarray, y: np.ndarray, frown: np.ndarray, lift: np.ndarray) -> np.ndarray:
    """How much the brow darkens the skin, 0 to 1: it thins out to the temple."""
    x = x - 1.6 * frown
    nasal = np.clip((x + 18.0) / 34.0, 0.0, 1.0)
    middle = look.brow_height + look.brow_arch * (1.0 - np.square((x + 3.0) / 15.0)) + look.brow_slope * x
    middle = middle + 4.2 * lift - frown * (1.4 + 2.2 * nasal)
    thick = look.brow_thickness * (0.45 + 0.65 * nasal)
    body = np.exp(-np.square(np.square((y - middle) / thick)))
    body *= _step(x + 17.0, 4.0) * _step(15.5 - x, 3.0)
    return look.brow_depth * body * (0.88 + 0.12 * np.cos(2.1 * x + 1.3 * y))


def _light(shape: tuple[int, int], side: str) -> np.ndarray:
    """Illumination by the diodes, times the lens's vignette, ``(height, width)`` float32: fixed to the camera."""
    across = np.arange(shape[1]) - (shape[1] - 1) / 2.0
    nasal = across if side == "left" else -across
    up = (shape[0] - 1) / 2.0 - np.arange(shape[0])
    x, y = np.meshgrid(nasal, up)
    light = np.full(shape, 0.62)
    for diode_x, diode_y in DIODES_MM:
        light += 0.36 * np.exp(-(np.square(x - diode_x) + np.square(y - diode_y)) / (2.0 * 13.0**2))
    return (light / (1.0 + (np.square(x) + np.square(y)) / 34.0**2)).astype(np.float32) * np.float32(1.25)


def _step(distance: np.ndarray, soft: float) -> np.ndarray:
    """0 to 1 across an edge that is ``soft`` millimetres wide."""
    return np.clip(distance / np.float32(soft) + np.float32(0.5), 0.0, 1.0)
