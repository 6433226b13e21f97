"""Every fault is planted and found, and a clean recording has no flag."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.emg import quality as checks
from myoscene.emg.quality import assess_recording
from myoscene.emg.settings import EmgSettings
from myoscene.pipeline.rate import effective_rate, moves
from myoscene.recordings.read import EmgRecording
from scipy import signal as scipy_signal

RATE = 1000.0
N = 20_000
EVENTS = [("neutral", 500, 9_500), ("smile", 10_500, 19_500)]


def emg(seed: int = 1, rate: float = RATE, n: int = N) -> np.ndarray:
    """Three channels as an amplifier gives them: noise in a band, ten times stronger in the second half."""
    rng = np.random.default_rng(seed)
    sos = scipy_signal.butter(2, [20, 150], "bandpass", fs=rate, output="sos")
    x = scipy_signal.sosfilt(sos, rng.standard_normal((3, n)), axis=1)
    x *= np.where(np.arange(n) < n // 2, 10.0, 100.0)
    return (x + rng.standard_normal((3, n)) * 0.2 + 500.0).astype(np.float32)


def assess(x: np.ndarray, bad: Any = (), rate: float = RATE, **changes: Any) -> dict[str, list]:
    config = EmgSettings()
    recording = EmgRecording(x, rate, ("a", "b", "c"), ("", "", ""), 50.0, changes.pop("bad_channels", ()))
    frame = assess_recording(recording, bad, config.quality, replace(config.filters, **changes), EVENTS, "neutral")
    return frame.to_dict("list")


def test_a_clean_recording_has_no_flag() -> None:
    got = assess(emg())
    assert got["flags"] == ["", "", ""]
    assert got["snr_db"] == pytest.approx([20, 20, 20], abs=1)
    assert got["effective_rate_hz"] == [RATE] * 3
    assert got["offset_uv"] == pytest.approx([500] * 3, abs=3)
    assert got["missing_fraction"] == [0] * 3


def test_gaps_and_missing_samples_are_counted() -> None:
    got = assess(emg(), bad=[(1.0, 1.0), (5.0, 1.0)])
    assert got["n_gaps"] == [2] * 3
    assert got["missing_fraction"] == pytest.approx([0.1] * 3)
    assert got["flags"] == ["gaps;missing"] * 3
    assert assess(emg(), bad=[(1.0, 0.1)])["flags"] == ["gaps"] * 3, "few enough missing samples"


def test_a_flat_stretch_is_found() -> None:
    x = emg()
    x[1, 4000:6000] = x[1, 4000]
    got = assess(x)
    assert got["flat_fraction"] == pytest.approx([0, 0.1, 0], abs=1e-3)
    assert got["flags"] == ["", "flat", ""]


def test_a_dead_channel_is_flat_and_nothing_undefined_is_flagged() -> None:
    x = emg()
    x[2] = -187_500.02
    got = assess(x)
    assert got["flat_fraction"] == [0, 0, 1]
    assert got["flags"] == ["", "", "flat"]
    assert np.isnan(got["lag1_autocorrelation"][2])
    assert got["clipped_fraction"][2] == 0


def test_clipping_at_the_rails_is_found() -> None:
    x = emg()
    x[0] = np.clip(x[0], 450, 550)
    got = assess(x)
    assert got["clipped_fraction"][0] > 0.01
    assert got["clipped_fraction"][1:] == [0, 0]
    assert got["flags"] == ["clipped", "", ""]
    one_sided = emg()
    one_sided[0] = np.minimum(one_sided[0], 540)
    assert assess(one_sided)["flags"] == ["clipped", "", ""]


def test_coarse_steps_and_held_peaks_are_not_clipping() -> None:
    coarse = np.round(emg() / 20) * 20
    assert assess(coarse)["clipped_fraction"] == [0] * 3
    held = np.repeat(emg(n=N // 5), 5, axis=1)
    assert assess(held)["clipped_fraction"] == [0] * 3


def test_mains_is_found() -> None:
    x = emg()
    hum = np.sin(2 * np.pi * 50 * np.arange(N) / RATE) + 0.5 * np.sin(2 * np.pi * 150 * np.arange(N) / RATE)
    x[1] += (200 * hum).astype(np.float32)
    got = assess(x)
    assert got["flags"] == ["", "mains", ""]
    assert got["mains_ratio"][1] > 0.7
    assert max(got["mains_ratio"][0], got["mains_ratio"][2]) < 0.1
    assert np.isnan(checks.mains_ratio(x, RATE, None, (20, 450), [(0, N)])).all()


def test_mains_ratio_of_a_known_mixture() -> None:
    t = np.arange(60_000) / RATE
    x = (np.sin(2 * np.pi * 50 * t) + np.sin(2 * np.pi * 83 * t))[None]
    assert checks.mains_ratio(x, RATE, 50.0, (20, 450), [(0, 60_000)]) == pytest.approx(0.5, abs=0.01)


def test_an_electrode_that_shows_no_expression_is_found() -> None:
    x = emg()
    x[2, N // 2 :] = x[2, : N // 2]
    got = assess(x)
    assert got["flags"] == ["", "", "low_snr"]
    assert got["snr_db"][2] == pytest.approx(0, abs=0.5)


def test_snr_takes_the_best_class_and_needs_neutral() -> None:
    one, three = np.array([1.0]), {"smile": np.array([10.0]), "frown": np.array([100.0])}
    assert checks.snr_db(three, one) == pytest.approx([20])
    assert checks.snr_db(three, None) is None
    assert checks.snr_db({}, one) is None
    assert np.isnan(checks.snr_db(three, np.array([0.0]))).all()


def test_white_noise_is_no_muscle() -> None:
    x = emg()
    x[0] = 20 * np.random.default_rng(9).standard_normal(N)
    got = assess(x, notch=False)
    assert "white_noise" in got["flags"][0]
    assert got["flags"][1:] == ["", ""]
    assert abs(got["lag1_autocorrelation"][0]) < got["lag1_limit"][0] < got["lag1_autocorrelation"][1]


def test_lag1_of_a_known_process() -> None:
    rng = np.random.default_rng(4)
    x = scipy_signal.lfilter([1], [1, -0.6], rng.standard_normal(200_000))[None] + 1e4
    lag1, limit = checks.lag1_autocorrelation(x, [(0, 100_000), (100_000, 200_000)])
    assert lag1 == pytest.approx([0.6], abs=0.01)
    assert limit == pytest.approx(3.29 / np.sqrt(199_998))


def test_white_noise_passes_as_something_else_once_in_a_thousand() -> None:
    missed = 0
    for seed in range(300):
        lag1, limit = checks.lag1_autocorrelation(np.random.default_rng(seed).standard_normal((1, 2000)), [(0, 2000)])
        missed += abs(lag1[0]) >= limit
    assert missed <= 3


def test_a_channel_that_its_table_calls_bad_is_marked() -> None:
    assert assess(emg(), bad_channels=("b",))["flags"] == ["", "marked_bad", ""]


@settings(deadline=None, max_examples=25)
@given(hold=st.integers(2, 12), phase=st.integers(0, 11), seed=st.integers(0, 50))
def test_regular_holds_give_the_effective_rate_exactly(hold: int, phase: int, seed: int) -> None:
    x = np.repeat(np.random.default_rng(seed).standard_normal((2, 500)), hold, axis=1)[:, phase:]
    held = effective_rate(moves(x), 1200.0, 0.2)
    assert held.regular
    assert held.effective_rate_hz == pytest.approx(1200.0 / hold, rel=1e-12)


def test_holds_of_uneven_length_and_chance_repeats_do_not_mislead() -> None:
    rng = np.random.default_rng(1)
    source = rng.standard_normal((1, 3000))
    third = source[:, np.floor(np.arange(10_000) * 0.3 + 1e-9).astype(int)]
    assert effective_rate(moves(third), 1000.0, 0.2).effective_rate_hz == pytest.approx(300, rel=1e-3)
    coarse = np.repeat(np.round(rng.standard_normal((2, 4000)) * 2), 5, axis=1)
    got = effective_rate(moves(coarse), 1000.0, 0.2)
    assert got.effective_rate_hz == pytest.approx(200, rel=1e-9)
    assert got.update_rate_hz < 200


def test_a_dead_stretch_is_not_a_slower_device() -> None:
    x = np.random.default_rng(2).standard_normal((2, 1000))
    x[:, 300:800] = 0
    got = effective_rate(moves(x), 1000.0, 0.2)
    assert got.held_fraction == pytest.approx(0.5, abs=0.01)
    assert got.effective_rate_hz == 1000.0
    assert effective_rate(moves(np.zeros((2, 1000))), 1000.0, 0.2).effective_rate_hz == 1000.0


def test_bursts_give_no_more_than_their_count() -> None:
    rng = np.random.default_rng(3)
    holds = rng.choice([1, 2, 7, 13, 15, 21, 22], p=[0.26, 0.1, 0.16, 0.14, 0.14, 0.1, 0.1], size=4000)
    x = np.repeat(rng.standard_normal((2, 4000)), holds, axis=1)
    got = effective_rate(moves(x), 1000.0, 0.2)
    assert not got.regular
    assert got.effective_rate_hz == got.update_rate_hz == pytest.approx(102, rel=0.02)
    assert got.update_rate_hz == pytest.approx(1000 / holds.mean(), rel=0.01)


def test_lost_updates_of_a_device_at_the_declared_rate_are_no_slower_device() -> None:
    rng = np.random.default_rng(8)
    holds = rng.choice([1, 2, 3, 4, 5], p=[0.44, 0.23, 0.2, 0.11, 0.02], size=6000)
    got = effective_rate(moves(np.repeat(rng.standard_normal((2, 6000)), holds, axis=1)), 200.0, 0.2)
    assert got.effective_rate_hz == 200.0
    assert got.held_fraction > 0.45
    assert got.update_rate_hz == pytest.approx(200 / holds.mean(), rel=0.01)


def test_held_samples_are_flagged_with_rate_and_band() -> None:
    x = np.repeat(emg(n=N // 5), 5, axis=1)
    got = assess(x)
    assert got["effective_rate_hz"] == pytest.approx([200.0] * 3)
    assert got["held_fraction"] == pytest.approx([0.8] * 3, abs=1e-3)
    for flags in got["flags"]:
        assert {"held_samples", "effective_rate", "band_above_nyquist"} <= set(flags.split(";"))


def test_a_rate_below_the_band_is_flagged_and_still_measured() -> None:
    x = np.random.default_rng(5).standard_normal((3, 3000)).cumsum(axis=1)
    got = assess(x - x.mean(axis=1, keepdims=True), rate=100.0)
    assert all("band_above_nyquist" in flags for flags in got["flags"])
    assert np.isfinite(got["band_rms_uv"]).all()


def test_nothing_usable_leaves_measures_missing() -> None:
    got = assess(emg(), bad=[(0.0, 20.0)])
    assert got["missing_fraction"] == [1.0] * 3
    assert np.isnan(got["band_rms_uv"]).all()
    assert np.isnan(got["snr_db"]).all()
    assert got["flags"] == ["gaps;missing"] * 3
