"""Stretches of a recording between bad events."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from myoscene.recordings.read import good_segments


def test_good_segments_leave_out_what_a_bad_event_touches() -> None:
    assert good_segments(1000, 100.0, []) == [(0, 1000)]
    assert good_segments(1000, 100.0, [(2.0, 1.0)]) == [(0, 200), (300, 1000)]
    assert good_segments(1000, 100.0, [(1.999, 1.002)]) == [(0, 199), (301, 1000)]
    assert good_segments(1000, 1000.0, [(0.1, 0.2)]) == [(0, 100), (300, 1000)]
    assert good_segments(1000, 100.0, [(0.0, 10.0)]) == []
    assert good_segments(1000, 100.0, [(-1.0, 2.0), (9.5, 3.0)]) == [(100, 950)]
    assert good_segments(1000, 100.0, [(3.0, 2.0), (1.0, 3.0), (4.5, 0.1)]) == [(0, 100), (500, 1000)]


def test_a_bad_event_without_duration_is_a_boundary() -> None:
    assert good_segments(1000, 100.0, [(4.0, 0.0)]) == [(0, 400), (400, 1000)]
    assert good_segments(1000, 100.0, [(0.0, 0.0)]) == [(0, 1000)]


EVENTS = st.lists(st.tuples(st.floats(-2, 12), st.floats(0, 5)), max_size=8)


@given(EVENTS, st.sampled_from([100.0, 123.4, 1000.0]))
def test_segments_are_in_order_disjoint_and_free_of_bad_samples(
    events: list[tuple[float, float]], rate_hz: float
) -> None:
    n_samples = 1000
    segments = good_segments(n_samples, rate_hz, events)
    edges = [edge for segment in segments for edge in segment]
    assert edges == sorted(edges)
    assert all(0 <= start < stop <= n_samples for start, stop in segments)
    good = np.zeros(n_samples, dtype=bool)
    for start, stop in segments:
        good[start:stop] = True
    bad = np.zeros(n_samples, dtype=bool)
    edge = np.zeros(n_samples, dtype=bool)
    at = np.arange(n_samples)
    for onset, duration in events:
        first, last = onset * rate_hz, (onset + duration) * rate_hz
        if duration > 0:
            bad |= (at + 1 > first + 0.01) & (at < last - 0.01)
            edge |= (np.abs(at + 1 - first) <= 0.01) | (np.abs(at - last) <= 0.01)
    np.testing.assert_array_equal(good[~edge], ~bad[~edge])
