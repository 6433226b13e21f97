"""Filters that keep state: a signal given in pieces comes out as in one piece, to the last bit, wherever it is cut."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.pipeline.chain import Cutting
from myoscene.pipeline.envelope import MovingRms, moving_rms
from myoscene.pipeline.filters import CausalFilter, condition_signal, filter_signal
from myoscene.pipeline.resample import Resampler, resample
from myoscene.pipeline.settings import FeatureSettings, FilterSettings, WindowSettings

CAUSAL = FilterSettings(phase="causal")
RATES = [(1000.0, 1000.0), (2000.0, 1000.0), (2048.0, 1000.0), (500.0, 1000.0), (1111.1, 1000.0), (1000.0, 300.0)]
# Where a signal is cut: twice at one place makes an empty piece, at neighbours one of a single sample.
CUTS = st.lists(st.integers(0, 700), max_size=8).flatmap(
    lambda cuts: st.sampled_from([cuts, cuts + cuts, cuts + [cut + 1 for cut in cuts]])
)


def noise(n: int, seed: int = 1) -> np.ndarray:
    """Two channels with an offset of millivolts, as an amplifier gives them."""
    return (np.random.default_rng(seed).standard_normal((2, n)) * 50 + [[3000.0], [-200.0]]).astype(np.float32)


def in_pieces(make: Callable[[], Any], signal: np.ndarray, cuts: list[int]) -> np.ndarray:
    """What a filter gives of ``signal`` cut at ``cuts``, with its rest where it has one."""
    part = make()
    found = [part(piece) for piece in np.split(signal, sorted(min(cut, signal.shape[1]) for cut in cuts), axis=1)]
    return np.concatenate([*found, part.finish()] if hasattr(part, "finish") else found, axis=1)


@settings(deadline=None, max_examples=30)
@given(cuts=CUTS, n=st.integers(151, 700), notch=st.booleans())
def test_band_pass_and_notches(cuts: list[int], n: int, notch: bool) -> None:
    filters = replace(CAUSAL, notch=notch)
    whole = filter_signal(noise(n), 1000.0, 50.0, filters)
    np.testing.assert_array_equal(in_pieces(lambda: CausalFilter(filters, 1000.0, 50.0), noise(n), cuts), whole)


@settings(deadline=None, max_examples=40)
@given(cuts=CUTS, n=st.integers(1, 700), rates=st.sampled_from(RATES))
def test_resampling(cuts: list[int], n: int, rates: tuple[float, float]) -> None:
    np.testing.assert_array_equal(in_pieces(lambda: Resampler(*rates), noise(n), cuts), resample(noise(n), *rates))


@settings(deadline=None, max_examples=40)
@given(cuts=CUTS, n=st.integers(1, 700), length=st.integers(0, 300))
def test_envelope(cuts: list[int], n: int, length: int) -> None:
    np.testing.assert_array_equal(in_pieces(lambda: MovingRms(length), noise(n), cuts), moving_rms(noise(n), length))


def test_all_of_it_one_after_the_other() -> None:
    """Sample by sample through filter and resampling, as a live signal comes: what the stage writes."""
    band, rate = CausalFilter(CAUSAL, 2000.0, 50.0), Resampler(2000.0, 1000.0)
    signal = noise(1500)
    found = [rate(band(signal[:, k : k + 1])) for k in range(1500)]
    whole = condition_signal(signal, 2000.0, 50.0, CAUSAL, 1000.0)
    np.testing.assert_array_equal(np.concatenate([*found, rate.finish()], axis=1).astype(np.float32), whole)


@pytest.mark.parametrize("rates", RATES)
def test_values_come_as_soon_as_they_are_certain(rates: tuple[float, float]) -> None:
    part = Resampler(*rates)
    came, given_ = 0, 0
    for piece in np.split(noise(3000), range(10, 3000, 10), axis=1):
        came += piece.shape[1]
        given_ += part(piece).shape[1]
        # Value k lies at k / new rate; it needs the samples up to the delay after it.
        late_s = came / rates[0] - given_ / rates[1]
        assert -1e-9 <= late_s <= part.delay_s + 2 / min(rates), (came, given_)
    assert len(part._kept[0]) < 2000, "what no later value needs is forgotten"


def test_a_zero_phase_filter_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="phase is 'zero', which needs a recording's end.*set it to causal"):
        CausalFilter(FilterSettings(), 1000.0)
    with pytest.raises(InputError, match="Nyquist limit of 250 Hz"):
        CausalFilter(CAUSAL, 500.0)


def test_nothing_in_gives_nothing_out() -> None:
    assert CausalFilter(CAUSAL, 1000.0)(np.zeros((3, 0))).shape == (3, 0)
    for part in (Resampler(2000.0, 1000.0), MovingRms(10)):
        with pytest.raises(ValueError, match="no piece came"):
            part.finish()
        assert part(np.zeros((3, 0))).shape == (3, 0)
        assert part.finish().shape == (3, 0)


def test_windows_of_a_part_are_windows_of_the_whole() -> None:
    """A window's features depend on its own samples alone, so that a live signal has those of the recording."""
    cutting = Cutting(WindowSettings(length_s=0.2, hop_s=0.05), FeatureSettings(), 1000.0, 50.0)
    signal = noise(1500)
    starts, values = cutting.compute(signal, 0, 1500)
    for k in (0, 7, len(starts) - 1):
        _, own = cutting.compute(signal[:, starts[k] : starts[k] + 200], 0, 200)
        np.testing.assert_allclose(own[0], values[k], rtol=1e-6)
