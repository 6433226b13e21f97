"""Values that are equal are equal to the last bit, however they came about: every rank statistic counts on it."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.core.arrays import rounded
from myoscene.pipeline.states import find_runs
from myoscene.pipeline.summary import envelope_features, expression_summary, trend_per_minute

CLASSES = ["neutral", "smile"]
HOPS_S = ["0.1", "0.02", "0.3", "0.25"]


def summary(states, hop_s, classes=CLASSES):
    states = np.asarray(states, dtype=np.int64)
    probabilities = np.eye(len(classes) + 1)[states][:, : len(classes)].astype(np.float32)
    return expression_summary(states, probabilities, np.zeros(len(states), dtype=np.int64), classes, hop_s)


def exact(states, hop_s):
    """Features that are quotients of whole hops, as fractions; None where undefined."""
    states, hop = np.asarray(states), Fraction(hop_s)
    runs = find_runs(states, np.zeros(len(states), dtype=np.int64))
    minutes = len(states) * hop / 60
    found = {"switches_per_minute": (len(runs.state) - 1) / minutes if len(states) > 1 else None}
    for index, name in enumerate(CLASSES):
        lengths = sorted(int(length) for length in runs.length[runs.state == index])
        some, half = len(lengths), len(lengths) // 2
        found[f"occupancy_{name}"] = Fraction(sum(lengths), len(states))
        found[f"bouts_per_minute_{name}"] = some / minutes
        found[f"bout_mean_s_{name}"] = Fraction(sum(lengths), some) * hop if some else None
        found[f"bout_median_s_{name}"] = Fraction(lengths[half] + lengths[-half - 1], 2) * hop if some else None
        found[f"bout_longest_s_{name}"] = lengths[-1] * hop if some else None
        found[f"latency_s_{name}"] = int(runs.start[runs.state == index][0]) * hop if some else None
    return found


@pytest.mark.parametrize("hop_s", HOPS_S)
@given(scenes=st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), min_size=2, max_size=6))
def test_features_of_whole_hops_are_the_number_nearest_to_their_fraction(scenes, hop_s):
    by_value = {}
    for states in scenes:
        found = summary(states, float(hop_s))
        for name, fraction in exact(states, hop_s).items():
            assert math.isnan(found[name]) == (fraction is None)
            if fraction is not None:
                assert found[name] == pytest.approx(float(fraction), rel=1e-11)
                by_value.setdefault((name, fraction), set()).add(found[name])
    assert all(len(values) == 1 for values in by_value.values())


@pytest.mark.parametrize("hops", range(1, 200))
def test_durations_are_the_decimal_numbers_that_people_write(hops):
    found = summary([1] * hops, 0.1)
    for name in ("bout_mean_s_smile", "bout_median_s_smile", "bout_longest_s_smile"):
        assert found[name] == float(f"{hops // 10}.{hops % 10}")


def test_rates_of_equal_bouts_in_scenes_of_other_lengths_are_equal():
    """1 bout in 7 hops comes as often as 3 in 21, and a share of 1/3 is one of 2/6."""
    one, three = summary([0, 0, 0, 1, 1, 0, 0], 0.1), summary([0, 0, 0, 1, 1, 0, 0] * 3, 0.1)
    assert one["bouts_per_minute_smile"] == three["bouts_per_minute_smile"] == rounded(600 / 7)
    assert one["occupancy_smile"] == three["occupancy_smile"]


def test_entropies_do_not_depend_on_which_state_is_which():
    rng = np.random.default_rng(5)
    for _ in range(50):
        states = rng.integers(0, 5, 40)
        found = [summary(np.array(order)[states], 0.1, ["a", "b", "c", "d"]) for order in
                 itertools.islice(itertools.permutations(range(5)), 0, 120, 7)]  # fmt: skip
        for name in ("occupancy_entropy_bits", "transition_entropy_rate_bits", "switches_per_minute"):
            assert len({features[name] for features in found}) == 1, name


def test_envelopes_and_trends_do_not_depend_on_the_order_of_a_sum():
    rng = np.random.default_rng(6)
    values = rng.normal(size=997)
    channels = ["brow_left", "brow_right"]
    found = []
    for _ in range(30):
        rng.shuffle(values)
        found.append(envelope_features(np.stack([values, values[::-1] / 3]), channels))
    assert all(len({features[name] for features in found}) == 1 for name in found[0])
    # A face that does not change has a trend of 0, not of some 1e-18 of either sign.
    for level in rng.random(20):
        states, stretch = np.zeros(29, dtype=np.int64), np.zeros(29, dtype=np.int64)
        flat = expression_summary(states, np.full((29, 2), level), stretch, CLASSES, 0.1)
        assert flat["trend_smile"] == 0.0 and not math.copysign(1, flat["trend_smile"]) < 0
    assert trend_per_minute(np.array([[0.1], [0.4]]), 0.1) == pytest.approx(180)


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_rounding_is_done_once(value):
    once = rounded(value)
    assert rounded(once) == once and float(f"{once:.12g}") == once
    assert once == pytest.approx(value, rel=1e-11, abs=1e-12)
