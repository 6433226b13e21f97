"""The normaliser: its numbers by hand, what it refuses, and that it comes back from its file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.emg.normalise import load_normaliser, save_normaliser
from myoscene.pipeline.envelope import envelope_indices, moving_rms
from myoscene.pipeline.features import fit_standardiser
from myoscene.pipeline.normalise import Normaliser, fit_normaliser
from myoscene.pipeline.settings import NormaliseSettings

RATE = 1000.0


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 100), n=st.integers(1, 60), length=st.integers(1, 80))
def test_the_envelope_is_the_rms_of_each_window(seed: int, n: int, length: int) -> None:
    x = np.random.default_rng(seed).standard_normal((2, n))
    got = moving_rms(x, length)
    for k in range(n):
        first = max(k - length // 2, 0)
        last = min(k - length // 2 + length, n)
        wanted = [np.sqrt(sum(v * v for v in row[first:last]) / (last - first)) for row in x]
        np.testing.assert_allclose(got[:, k], wanted, rtol=1e-9, atol=1e-9)


def calibration() -> tuple[np.ndarray, np.ndarray]:
    """Two channels: 2 s of rest of SD 2 uV, then 2 s of activity of SD 50 uV; and which samples are rest."""
    x = np.random.default_rng(1).standard_normal((2, 4000))
    sd = np.where(np.arange(4000) < 2000, 2.0, 50.0)
    return (x * sd * np.array([[1.0], [3.0]])).astype(np.float32), np.arange(4000) < 1800


def fit(method: str, stretches: list, neutral: list | None = None) -> Normaliser:
    settings = NormaliseSettings(method=method)
    return fit_normaliser(stretches, RATE, ["a", "b"], settings, neutral=neutral or (), participant="07")


def test_neutral_max_is_percentile_and_resting_median() -> None:
    x, rest = calibration()
    fitted = fit("neutral_max", [x], [rest])
    envelope = moving_rms(x, 100)
    np.testing.assert_allclose(fitted.scale, np.percentile(envelope, 95, axis=1))
    np.testing.assert_allclose(fitted.floor, np.median(envelope[:, rest], axis=1))
    assert fitted.floor == pytest.approx([2, 6], rel=0.1)
    np.testing.assert_allclose(fitted.waveform(x), x / np.array(fitted.scale)[:, None], rtol=1e-6)
    got = fitted.envelope(x, RATE)
    floor, scale = np.array(fitted.floor)[:, None], np.array(fitted.scale)[:, None]
    np.testing.assert_allclose(got, (envelope - floor) / (scale - floor), rtol=1e-4, atol=1e-5)
    assert np.median(got[:, rest]) == pytest.approx(0, abs=0.02)
    assert got.dtype == fitted.waveform(x).dtype == np.float32
    assert (fitted.n_samples, fitted.n_neutral) == (4000, 1800)


def test_a_gain_of_the_electrode_makes_no_difference() -> None:
    x, rest = calibration()
    a = fit("neutral_max", [x], [rest])
    b = fit("neutral_max", [x * np.float32(8)], [rest])
    np.testing.assert_allclose(a.waveform(x), b.waveform(x * np.float32(8)), rtol=1e-5)
    np.testing.assert_allclose(a.envelope(x, RATE), b.envelope(x * np.float32(8), RATE), rtol=1e-4, atol=1e-6)


def test_stretches_are_pooled_without_an_envelope_across_the_gap() -> None:
    x, rest = calibration()
    halves = fit("neutral_max", [x[:, :2000], x[:, 2000:]], [rest[:2000], rest[2000:]])
    pooled = np.concatenate([moving_rms(x[:, :2000], 100), moving_rms(x[:, 2000:], 100)], axis=1)
    np.testing.assert_allclose(halves.scale, np.percentile(pooled, 95, axis=1))


def test_calibration_z_is_median_and_mad() -> None:
    x, _ = calibration()
    fitted = fit("calibration_z", [x + np.float32(5)])
    centre = np.median(x + np.float32(5), axis=1)
    np.testing.assert_allclose(fitted.centre, centre, rtol=1e-6)
    mad = np.median(np.abs(x + np.float32(5) - centre[:, None]), axis=1)
    np.testing.assert_allclose(fitted.scale, 1.4826 * mad, rtol=1e-5)
    noise = np.random.default_rng(2).standard_normal((2, 50_000))
    z = fit("calibration_z", [noise])
    assert np.median(z.envelope(noise, RATE)) == pytest.approx(1, abs=0.02), "rest that is all there is has 1"


def test_none_changes_nothing() -> None:
    x, _ = calibration()
    fitted = fit("none", [])
    np.testing.assert_array_equal(fitted.waveform(x), x)
    np.testing.assert_allclose(fitted.envelope(x, RATE), moving_rms(x, 100), rtol=1e-6)


@pytest.mark.parametrize("method", ["neutral_max", "calibration_z"])
def test_a_constant_channel_is_refused_by_name(method: str) -> None:
    x, rest = calibration()
    x[1] = 0
    with pytest.raises(InputError, match="participant 07, channel 'b'.*constant"):
        fit(method, [x], [rest])


def test_a_channel_that_never_rises_above_rest_is_refused_by_name() -> None:
    x, _ = calibration()
    x[0] = np.sin(2 * np.pi * 100 * np.arange(4000) / RATE)
    with pytest.raises(InputError, match="channel 'a'.*does not exceed its resting"):
        fit("neutral_max", [x], [np.ones(4000, dtype=bool)])


def test_no_neutral_and_no_sample_are_refused() -> None:
    x, rest = calibration()
    with pytest.raises(InputError, match="participant 07.*no usable neutral sample"):
        fit("neutral_max", [x], [np.zeros_like(rest)])
    with pytest.raises(InputError, match="participant 07: no usable sample"):
        fit("calibration_z", [])
    with pytest.raises(ValueError, match="no normaliser is called"):
        fit("max", [x], [rest])


def test_a_normaliser_comes_back_from_its_file(tmp_path: Path) -> None:
    x, rest = calibration()
    fitted = fit("neutral_max", [x], [rest])
    path = tmp_path / "n.json"
    save_normaliser(path, fitted)
    assert load_normaliser(path) == fitted
    with pytest.raises(InputError, match="is missing"):
        load_normaliser(tmp_path / "other.json")
    for text in ("{}", "[]", "no json", '{"channels": 3}'):
        path.write_text(text)
        with pytest.raises(InputError, match="is not a normaliser"):
            load_normaliser(path)


def test_envelope_samples_are_regular() -> None:
    assert envelope_indices(1000, 1000.0, 50.0).tolist() == list(range(0, 1000, 20))
    assert envelope_indices(0, 1000.0, 50.0).tolist() == []
    assert envelope_indices(5, 100.0, 100.0).tolist() == [0, 1, 2, 3, 4]


def test_standardised_features_have_centre_zero_and_spread_one() -> None:
    values = np.random.default_rng(3).gamma(2, 3, (5000, 2)) * [1, 1000]
    robust = fit_standardiser(values, "calibration_z")(values)
    assert np.median(robust, axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert 1.4826 * np.median(np.abs(robust), axis=0) == pytest.approx([1, 1], rel=1e-5)
    plain = fit_standardiser(values, "calibration_mean_sd")(values)
    assert plain.mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
    assert plain.std(axis=0) == pytest.approx([1, 1], rel=1e-5)


def test_a_feature_that_does_not_vary_becomes_zero() -> None:
    for method in ("calibration_z", "calibration_mean_sd"):
        assert not fit_standardiser(np.full((9, 1), 4.0), method)(np.full((9, 1), 4.0)).any()
    counts = np.array([[0.0]] * 8 + [[9.0]])
    assert np.isfinite(fit_standardiser(counts, "calibration_z")(counts)).all()
    with pytest.raises(ValueError, match="no standardiser"):
        fit_standardiser(counts, "mean")
