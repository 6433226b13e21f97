"""Movements of which the answer is known exactly."""

import numpy as np
import pytest
from myoscene.face.movement import (
    agreement,
    asymmetry,
    asymmetry_interval,
    by_region,
    movement,
    smoothed,
    synkinesis,
)

TIME = np.arange(0, 6, 0.05)
NAN = float("nan")


def ramp(rest: float, top: float, rate: float) -> np.ndarray:
    """At rest until 2 s, then up to ``top`` at ``rate`` a second, where it stays."""
    return np.clip(rest + rate * np.clip(TIME - 2, 0, None), rest, top) if rate > 0 else np.full(len(TIME), rest)


def test_excursion_and_speed_of_a_ramp_are_exact() -> None:
    values = np.column_stack(
        [ramp(0.1, 0.7, 0.5), ramp(0.3, 0.4, 2.0), np.full(len(TIME), 0.2), np.full(len(TIME), NAN)]
    )
    for shown in (values, smoothed(values)):
        found = movement(TIME, shown, 2.0, 5.0)
        assert found is not None
        assert found.excursion == pytest.approx([0.6, 0.1, 0.0, NAN], nan_ok=True)
        assert found.speed[[0, 2, 3]] == pytest.approx([0.5, 0.0, NAN], nan_ok=True)
        assert found.seen == 1.0
    found = movement(TIME, -values, 2.0, 5.0)
    assert found is not None and found.signed[:2] == pytest.approx([-0.6, -0.1])


def test_the_clock_counts_not_the_number_of_a_row() -> None:
    times = np.sort(np.concatenate([TIME, TIME[40:100] + 0.01]))
    found = movement(times, np.interp(times, TIME, ramp(0, 0.6, 0.5))[:, None], 2.0, 5.0)
    assert found is not None and found.speed == pytest.approx([0.5])


def test_rest_is_what_lies_before_or_what_a_task_begins_with() -> None:
    values = np.where(TIME < 2, 0.4, 0.9)[:, None]
    first, second = movement(TIME, values, 2.0, 5.0), movement(TIME, values, 0.0, 5.0)
    assert first is not None and second is not None
    assert first.excursion == pytest.approx([0.5]) and second.excursion == pytest.approx([0.5])
    assert TIME[second.peak] >= 2.0
    assert movement(TIME, values, 7.0, 9.0) is None


def test_one_bad_frame_is_no_movement_and_a_missing_one_stays_missing() -> None:
    values = np.full((20, 1), 0.5)
    values[7], values[12] = 9.0, NAN
    found = smoothed(values)
    assert np.isnan(found[12]) and (found[np.isfinite(found)] == 0.5).all()
    known = np.random.default_rng(0).normal(size=(40, 3))
    inner = [[np.median(known[row - 2 : row + 3, column]) for column in range(3)] for row in range(2, 38)]
    assert np.array_equal(smoothed(known)[2:38], inner)
    assert smoothed(known)[0, 0] == np.median(known[:3, 0])


def test_asymmetry_says_which_side_moves() -> None:
    left, right = np.array([0.6, 0.0, 0.3, 0.0]), np.array([0.2, 0.5, 0.3, 0.0])
    assert asymmetry(left, right) == pytest.approx([0.5, -1.0, 0.0, NAN], nan_ok=True)
    middle, low, high = asymmetry_interval(np.array([0.2, -0.1]), np.array([-0.1, 0.3]))
    assert middle == pytest.approx([0.05, 0.1]) and list(low) == [-0.1, -0.1] and list(high) == [0.2, 0.3]


# Two tasks, three columns, left and right: a smile with a narrowing left eye, and a brow that is raised.
EXCURSIONS = np.array([[[0.8, 0.4], [0.2, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.04], [0.3, 0.2]]])
ORDER = ("mouth", "eye", "brow", "nose")


def test_what_moves_along_is_relative_to_what_was_asked_for_on_its_side() -> None:
    moved = by_region(EXCURSIONS, ["mouth", "eye", "brow"], ORDER, np.full(3, 0.05))
    assert moved[0, :3].ravel() == pytest.approx([1.0, 0.5, 1.0, 0.0, 0.0, 0.0])
    assert np.isnan(moved[:, 3]).all(), "nothing was measured of the nose"
    found = synkinesis(moved, [0, 2])
    assert found[0, 1] == pytest.approx([1.0, 0.0]) and np.isnan(found[0, 0]).all()
    assert found[1, 1] == pytest.approx([0.0, 0.2 / (2 / 3)])
    assert np.isnan(synkinesis(moved, [None, 1])[0]).all()
    assert np.isnan(synkinesis(moved, [2, 2])[0]).all(), "what was asked for did not move"


def test_noise_is_no_movement() -> None:
    still = by_region(EXCURSIONS / 100, ["mouth", "eye", "brow"], ORDER, np.full(3, 0.2))
    assert still[0, 0] == pytest.approx([0.04, 0.02]) and np.nanmax(still) < 0.05


def test_of_several_columns_a_region_moves_as_its_largest() -> None:
    two = by_region(EXCURSIONS, ["mouth", "mouth", "brow"], ORDER, np.full(3, 0.05))
    assert two[0, 0] == pytest.approx([1.0, 0.5]) and two[1, 0] == pytest.approx([0.0, 0.2])


def test_agreement_is_of_the_cells_that_both_have() -> None:
    one = np.array([0.1, 0.2, 0.3, 0.4, 0.5, NAN])
    assert agreement(one, one**3) == (pytest.approx(1.0), 5)
    assert agreement(one, -one) == (pytest.approx(-1.0), 5)
    few = agreement(one, np.array([1.0, 2, 3, NAN, NAN, 4]))
    assert np.isnan(few[0]) and few[1] == 3
    assert np.isnan(agreement(one, np.ones(6))[0])
