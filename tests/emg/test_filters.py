"""Conditioning: the band, the mains, the times, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from myoscene.core.errors import InputError
from myoscene.pipeline.filters import (
    check_band,
    condition_signal,
    filter_signal,
    minimum_samples,
    notch_frequencies,
)
from myoscene.pipeline.resample import resample
from myoscene.pipeline.settings import FilterSettings
from scipy import signal as scipy_signal

RATE = 1000.0
FILTERS = FilterSettings()


def sine(frequency: float, seconds: float = 4.0, rate: float = RATE) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)[None]


def gain(frequency: float, sidecar_hz: float | None = None, **changes: Any) -> float:
    out = condition_signal(sine(frequency), RATE, sidecar_hz, replace(FILTERS, **changes), RATE)
    return float(np.sqrt(2 * np.mean(out[0, 1000:3000] ** 2)))


@pytest.mark.parametrize("phase", ["zero", "causal"])
def test_the_band_passes_and_the_rest_does_not(phase: str) -> None:
    assert gain(100, phase=phase) == pytest.approx(1, abs=0.01)
    assert gain(2, phase=phase) < 1e-3
    assert gain(495, phase=phase) < 0.02
    # -3 dB at the edge for one pass, -6 dB for two.
    assert gain(20, phase=phase) == pytest.approx(0.5 if phase == "zero" else np.sqrt(0.5), abs=0.01)


def test_mains_and_its_harmonics_inside_the_band_are_removed() -> None:
    for frequency in (50, 100, 400):
        assert gain(frequency, 50.0) < 0.01
    assert gain(60, 50.0) == pytest.approx(1, abs=0.05)
    assert gain(50, 50.0, notch=False) == pytest.approx(1, abs=0.01)
    assert gain(60, 50.0, mains_hz=60.0) < 0.01, "the configured mains overrides the sidecar's"
    assert gain(50, None) == pytest.approx(1, abs=0.01), "no notch where the mains is not known"


def test_notches_lie_strictly_inside_the_band() -> None:
    assert notch_frequencies(20, 450, 50) == [50, 100, 150, 200, 250, 300, 350, 400]
    assert notch_frequencies(50, 200, 50) == [100, 150]
    assert notch_frequencies(20, 45, 50) == []
    assert notch_frequencies(20, 450, None) == []


@pytest.mark.parametrize("phase", ["zero", "causal"])
def test_an_offset_leaves_neither_itself_nor_a_transient(phase: str) -> None:
    quiet = np.random.default_rng(1).standard_normal((2, 4000))
    plain = filter_signal(quiet, RATE, 50.0, replace(FILTERS, phase=phase))
    shifted = filter_signal(quiet + 40_000.0, RATE, 50.0, replace(FILTERS, phase=phase))
    assert np.abs(shifted).max() < 10
    np.testing.assert_allclose(plain, shifted, atol=1e-9)
    assert not filter_signal(np.full((1, 500), -187_500.02), RATE, 50.0, replace(FILTERS, phase=phase)).any()


@pytest.mark.parametrize("model_rate", [1000.0, 500.0, 2000.0, 1024.0])
def test_an_impulse_stays_where_it_is(model_rate: float) -> None:
    filters = replace(FILTERS, high_cut_hz=200.0, notch=False)
    impulse = np.zeros((1, 3000))
    impulse[0, 1250] = 100.0
    out = condition_signal(impulse, RATE, None, filters, model_rate)
    assert out.shape[1] == int(np.ceil(3000 * model_rate / RATE))
    assert abs(int(np.abs(out[0]).argmax()) - 1.250 * model_rate) <= 0.5


def test_causal_filtering_sees_nothing_that_comes_later() -> None:
    causal = replace(FILTERS, phase="causal")
    x = np.random.default_rng(2).standard_normal((1, 2000))
    y = x.copy()
    y[0, 1500:] += 50.0
    a, b = (condition_signal(v, RATE, 50.0, causal, RATE) for v in (x, y))
    assert np.array_equal(a[:, :1500], b[:, :1500])
    assert not np.array_equal(a[:, 1500:], b[:, 1500:])
    zero = [condition_signal(v, RATE, 50.0, FILTERS, RATE) for v in (x, y)]
    assert not np.array_equal(zero[0][:, 1450:1500], zero[1][:, 1450:1500]), "zero phase does look ahead"


def test_causal_filtering_agrees_with_scipy() -> None:
    x = np.random.default_rng(6).standard_normal((2, 1000))
    sos = scipy_signal.butter(4, [20, 450], "bandpass", fs=RATE, output="sos")
    zi = np.stack([scipy_signal.sosfilt_zi(sos) * v for v in x[:, 0]], axis=1)
    wanted = scipy_signal.sosfilt(sos, x, axis=1, zi=zi)[0]
    got = filter_signal(x, RATE, None, replace(FILTERS, phase="causal"))
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("rate", "limit"), [(100.0, "50 Hz"), (900.0, "450 Hz"), (899.0, "449.5 Hz")])
def test_a_band_at_or_above_the_nyquist_limit_is_refused_by_name(rate: float, limit: str) -> None:
    with pytest.raises(InputError, match=f"Nyquist limit of {limit}.*emg.filters.high_cut_hz"):
        condition_signal(np.zeros((1, 5000)), rate, None, FILTERS, rate)


def test_the_effective_rate_counts_too() -> None:
    check_band(FILTERS, 1000.0, 1000.0)
    with pytest.raises(InputError, match="participant 7.*Nyquist limit of 100 Hz.*effective rate 200 Hz.*held"):
        check_band(FILTERS, 1000.0, 200.0, "participant 7, recording task-calibration")


def test_the_model_rate_has_to_hold_the_band_too() -> None:
    with pytest.raises(InputError, match="Nyquist limit of 250 Hz"):
        condition_signal(np.zeros((1, 5000)), RATE, None, FILTERS, 500.0)


def test_an_upside_down_band_is_refused() -> None:
    with pytest.raises(InputError, match="low_cut_hz"):
        check_band(replace(FILTERS, low_cut_hz=450.0), 2000.0)


def test_too_short_a_stretch_is_refused() -> None:
    shortest = minimum_samples(FILTERS, RATE)
    assert filter_signal(np.ones((1, shortest)), RATE, None, FILTERS).shape == (1, shortest)
    with pytest.raises(InputError, match="too short"):
        filter_signal(np.ones((1, shortest - 1)), RATE, None, FILTERS)


def test_a_slow_device_and_a_narrow_band_work() -> None:
    narrow = replace(FILTERS, high_cut_hz=45.0)
    out = condition_signal(sine(30, 10, 100.0), 100.0, 50.0, narrow, 100.0)
    assert out.dtype == np.float32
    assert np.sqrt(2 * np.mean(out[0, 200:800] ** 2)) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("phase", ["zero", "causal"])
def test_one_channel_at_a_time_is_all_channels_at_once(phase: str) -> None:
    noise = np.random.default_rng(5).normal(size=(3, 4001)).astype(np.float32)
    filters = replace(FILTERS, phase=phase)
    at_once = resample(filter_signal(noise, 2000, 50, filters), 2000, 1000).astype(np.float32)
    np.testing.assert_array_equal(condition_signal(noise, 2000, 50, filters, 1000), at_once)
