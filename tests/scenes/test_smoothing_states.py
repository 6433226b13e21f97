"""Smoothing against a naive loop; floor, dwell and runs against hand-made sequences and their properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from myoscene.pipeline.states import candidates, decide, dwell_hops, find_runs, hold, smooth, smoothing_weight

UNCERTAIN = 3
SEQUENCES = st.lists(st.integers(0, UNCERTAIN), min_size=1, max_size=60)


def naive_smooth(values, hop_s, tau_s):
    weight = 1.0 if tau_s == 0 else 1 - math.exp(-hop_s / tau_s)
    result = [list(values[0])]
    for row in values[1:]:
        result.append([old + weight * (new - old) for old, new in zip(result[-1], row, strict=True)])
    return np.array(result)


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=st.floats(0, 1)),
    st.sampled_from([0.02, 0.1, 1.0]),
    st.sampled_from([0.0, 0.05, 0.3, 4.0]),
)
def test_smoothing_is_the_naive_loop(values, hop_s, tau_s):
    assert np.allclose(smooth(values, hop_s, tau_s), naive_smooth(values, hop_s, tau_s), atol=1e-12)


def test_a_step_is_followed_to_63_percent_in_one_time_constant():
    step = np.vstack([[0.0], np.ones((3, 1))])
    assert smooth(step, 0.1, 0.3)[3, 0] == pytest.approx(1 - math.exp(-1))
    assert smoothing_weight(0.1, 0.0) == 1.0


def test_rows_go_on_summing_to_one_and_the_first_row_stays():
    values = np.random.default_rng(1).dirichlet(np.ones(4), 50)
    smoothed = smooth(values, 0.1, 0.3)
    assert np.allclose(smoothed.sum(axis=1), 1)
    assert np.allclose(smoothed[0], values[0], rtol=1e-14)
    assert smooth(values[:0], 0.1, 0.3).shape == (0, 4)


@pytest.mark.parametrize(
    ("dwell", "hop", "expected"),
    [(0.2, 0.1, 2), (0.3, 0.1, 3), (0.21, 0.1, 3), (0.0, 0.1, 1), (0.05, 0.1, 1), (0.7, 0.1, 7)],
)
def test_dwell_in_hops(dwell, hop, expected):
    assert dwell_hops(dwell, hop) == expected


def test_floor_is_strict_and_ties_go_to_the_first_class():
    smoothed = np.array([[0.5, 0.5], [0.499, 0.501], [0.4, 0.4]])
    assert candidates(smoothed, 0.5).tolist() == [0, 1, 2]
    assert candidates(smoothed, 0.505).tolist() == [2, 2, 2]
    assert candidates(smoothed, 0.0).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("states", "hops", "expected"),
    [
        ([0, 0, 1, 0, 0], 2, [0, 0, 0, 0, 0]),  # a flicker keeps the state before it
        ([0, 0, 1, 1, 2, 2], 2, [0, 0, 1, 1, 2, 2]),  # onsets are not delayed
        ([1, 0, 0, 2], 2, [0, 0, 0, 0]),  # short ends belong to their neighbour
        ([0, 1, 2, 1, 0], 2, [3, 3, 3, 3, 3]),  # nothing lasts: uncertain
        ([2], 2, [3]),
        ([2], 1, [2]),
        ([0, 0, 3, 1, 1], 2, [0, 0, 0, 1, 1]),  # uncertain has to last, too
        ([0, 0, 3, 3, 1, 1], 2, [0, 0, 3, 3, 1, 1]),
        ([0, 0, 1, 2, 1, 1], 2, [0, 0, 0, 0, 1, 1]),
        ([3, 3, 3], 2, [3, 3, 3]),
    ],
)
def test_minimum_dwell_by_hand(states, hops, expected):
    assert hold(np.array(states), hops, UNCERTAIN).tolist() == expected


@given(SEQUENCES, st.integers(1, 6))
def test_no_state_is_shorter_than_the_dwell(states, hops):
    held = hold(np.array(states), hops, UNCERTAIN)
    runs = find_runs(held, np.zeros(len(held), dtype=int))
    assert len(held) == len(states)
    if len(runs.length) > 1 or held[0] != UNCERTAIN:
        assert runs.length.min() >= hops


@given(SEQUENCES, st.integers(1, 6))
def test_holding_twice_changes_nothing_and_long_runs_stay(states, hops):
    states = np.array(states)
    held = hold(states, hops, UNCERTAIN)
    assert np.array_equal(hold(held, hops, UNCERTAIN), held) or len(states) < hops
    runs = find_runs(states, np.zeros(len(states), dtype=int))
    for state, start, length in zip(runs.state, runs.start, runs.length, strict=True):
        if length >= hops:
            assert (held[start : start + length] == state).all()
    assert np.array_equal(hold(states, 1, UNCERTAIN), states)


@given(SEQUENCES, st.data())
def test_runs_rebuild_the_sequence(states, data):
    stretch = np.sort(data.draw(st.lists(st.integers(0, 3), min_size=len(states), max_size=len(states))))
    runs = find_runs(np.array(states), stretch)
    assert np.repeat(runs.state, runs.length).tolist() == states
    assert np.repeat(runs.stretch, runs.length).tolist() == stretch.tolist()
    keys = list(zip(runs.state, runs.stretch, strict=True))
    assert all(one != other for one, other in zip(keys, keys[1:], strict=False))


def test_all_below_the_floor_is_uncertain():
    assert decide(np.full((5, 3), 1 / 3), 0.5, 2).tolist() == [3] * 5
