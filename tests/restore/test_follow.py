"""Following marks on pictures that were moved by a known amount, and painting over."""

import numpy as np
import pytest
from myoscene.restore.follow import Follower, Points, drawn
from myoscene.restore.inpaint import paint_over
from myoscene.restore.settings import RestoreSettings
from scipy.ndimage import affine_transform, gaussian_filter

pytestmark = pytest.mark.usefixtures("opencv")
SHAPE = (120, 160)


@pytest.fixture(scope="module")
def texture() -> np.ndarray:
    """``(120, 160)`` with structure of some pixels."""
    noise = gaussian_filter(np.random.default_rng(0).normal(size=SHAPE), 2)
    return 128 + 50 * noise / noise.std()


def moved(texture: np.ndarray, turn: float, shift: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The texture turned about its middle and shifted (x, y), as RGBA, and the affine ``(2, 3)`` of its points."""
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array(SHAPE[::-1]) / 2
    affine = np.column_stack([turned, middle - turned @ middle + shift])
    back = turned.T[::-1, ::-1]
    grey = affine_transform(texture, back, offset=-back @ affine[::-1, 2], order=1, mode="nearest")
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 4, axis=2), affine


def squares() -> list[Points]:
    corners = np.array([[-4, -4], [4, -4], [4, 4], [-4, 4]], float)
    return [corners + (x, y) for x in (50, 80, 110) for y in (40, 60, 80)]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float(((one > 0) & (other > 0)).sum() / ((one > 0) | (other > 0)).sum())


def test_errors_do_not_add_up_however_long_a_face_moves(texture: np.ndarray) -> None:
    settings = RestoreSettings()
    follower = Follower(moved(texture, 0, (0, 0))[0], tuple(squares()), settings)
    found = []
    for t in np.linspace(0, 6 * np.pi, 120):
        frame, affine = moved(texture, 0.12 * np.sin(t), (9 * np.sin(t), 5 * np.sin(2 * t)))
        truth = drawn([points @ affine[:, :2].T + affine[:, 2] for points in squares()], SHAPE, settings.margin)
        found.append(overlap(follower.mask(frame), truth))
    assert min(found) > 0.85 and np.mean(found[-20:]) > 0.93
    assert follower.frames == 120 and follower.lost == 0


def test_marks_are_found_again_after_frames_that_show_something_else(texture: np.ndarray) -> None:
    settings = RestoreSettings()
    start = moved(texture, 0, (0, 0))[0]
    follower = Follower(start, tuple(squares()), settings)
    other = np.random.default_rng(1).integers(0, 255, (*SHAPE, 4)).astype(np.uint8)
    for frame in (start, other, other):
        follower.mask(frame)
    assert follower.lost == 2
    frame, affine = moved(texture, 0.05, (3, 1))
    masks = [follower.mask(frame) for _ in range(3)]
    truth = drawn([points @ affine[:, :2].T + affine[:, 2] for points in squares()], SHAPE, settings.margin)
    assert overlap(masks[-1], truth) > 0.9 and follower.lost <= 3


def test_polygons_that_overlap_are_both_painted_over_and_nothing_else_changes(texture: np.ndarray) -> None:
    frame = np.full((*SHAPE, 4), 120, np.uint8)
    frame[40:60, 40:60] = 255
    box = np.array([[40, 40], [60, 40], [60, 60], [40, 60]], float)
    mask = drawn([box, box + 5], SHAPE, 0.01)
    assert (mask[45:60, 45:60] == 255).all() and mask[70:].max() == 0
    painted = paint_over(frame, mask)
    assert np.abs(painted[..., :3].astype(int) - 120).max() <= 8
    rough = moved(texture, 0, (0, 0))[0]
    assert np.array_equal(paint_over(rough, mask)[mask == 0], rough[mask == 0])
    assert np.array_equal(paint_over(frame, np.zeros(SHAPE, np.uint8)), frame)
