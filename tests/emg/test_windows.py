"""Windows lie inside their span, on the grid, without gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.pipeline.windows import event_span, segment_span, window_starts


@given(
    start=st.integers(0, 500),
    span=st.integers(-50, 2000),
    length=st.integers(1, 300),
    hop=st.integers(1, 200),
)
def test_windows_are_exactly_those_that_fit(start: int, span: int, length: int, hop: int) -> None:
    stop = start + span
    starts = window_starts(start, stop, length, hop)
    wanted = []
    position = start
    while position + length <= stop:
        wanted.append(position)
        position += hop
    assert starts.tolist() == wanted
    assert starts.dtype == np.int64


def test_a_window_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 sample"):
        window_starts(0, 10, 0, 1)


def test_an_event_is_trimmed_by_rounded_samples() -> None:
    # 0.3 * 1000 is 299.99999999999994 in floating point: still sample 300.
    assert event_span(0.1, 1.0, 1000.0, 0.2, 0.1) == (300, 1000)
    assert event_span(1.0, 0.3, 1000.0, 0.5, 0.1) == (1500, 1200), "nothing is left"


@given(
    first=st.integers(0, 5000),
    n=st.integers(1, 3000),
    start=st.integers(-100, 9000),
    duration=st.integers(0, 4000),
    rate=st.sampled_from([100.0, 200.0, 965.4, 1000.0, 2048.0]),
)
def test_an_event_in_a_segment_holds_just_the_samples_inside_it(
    first: int, n: int, start: int, duration: int, rate: float
) -> None:
    time_s = first / rate + np.arange(n) / rate
    a, b = segment_span(time_s, rate, start, start + duration)
    inside = [k for k in range(n) if start <= first + k < start + duration]
    assert list(range(a, b)) == inside


def test_a_segment_off_the_grid_starts_at_its_first_sample_inside() -> None:
    time_s = 0.0004 + np.arange(100) / 1000.0
    assert segment_span(time_s, 1000.0, 10, 20) == (10, 20)
    assert (time_s[10:20] >= 0.010).all()


def test_times_of_another_rate_are_refused() -> None:
    with pytest.raises(InputError, match="do not fit 500 Hz"):
        segment_span(np.arange(100) / 1000.0, 500.0, 0, 10)


def test_an_empty_segment_holds_nothing() -> None:
    assert segment_span(np.zeros(0), 1000.0, 0, 10) == (0, 0)
