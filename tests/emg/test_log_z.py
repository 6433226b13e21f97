"""The normaliser `calibration_log_z`: level and range of each channel, without labels."""

from pathlib import Path

import numpy as np
import pytest
from myoscene.emg.normalise import load_normaliser, save_normaliser
from myoscene.pipeline.envelope import envelope
from myoscene.pipeline.normalise import fit_normaliser
from myoscene.pipeline.settings import NormaliseSettings

RATE_HZ = 200.0
CHANNELS = ["a", "b", "c"]


def person(levels: list[float], ranges: list[float], seed: int = 0) -> np.ndarray:
    """Ten seconds of noise whose log amplitude swings by ``ranges`` around log ``levels``."""
    generator = np.random.default_rng(seed)
    swing = np.sin(2 * np.pi * np.arange(2000) / 400)
    amplitude = np.array(levels)[:, None] * np.exp(np.array(ranges)[:, None] * swing)
    return amplitude * generator.standard_normal((3, 2000))


def fit(stretches: list[np.ndarray], events: list[np.ndarray] | None = None):
    settings = NormaliseSettings(method="calibration_log_z", envelope_s=0.2)
    return fit_normaliser(stretches, RATE_HZ, CHANNELS, settings, events=events or (), participant="p01")


def logs(signal: np.ndarray) -> np.ndarray:
    return np.log(envelope(signal, RATE_HZ, 0.2))


def test_the_log_envelope_has_mean_0_and_sd_1() -> None:
    signal = person([1.0, 30.0, 5.0], [0.4, 1.0, 2.0])
    normaliser = fit([signal[:, :1200], signal[:, 1200:]])
    values = np.concatenate([logs(normaliser.waveform(x)) for x in (signal[:, :1200], signal[:, 1200:])], axis=1)
    assert np.abs(values.mean(axis=1)).max() < 0.01
    assert np.abs(values.std(axis=1) - 1).max() < 0.01
    found = np.log(normaliser.envelope(signal, RATE_HZ))
    assert np.allclose(found, logs(normaliser.waveform(signal)), atol=1e-4)


def test_gain_and_unit_do_not_matter() -> None:
    signal = person([1.0, 30.0, 5.0], [0.4, 1.0, 2.0])
    louder = signal * np.array([[1000.0], [0.01], [7.0]])
    first, second = fit([signal]).waveform(signal), fit([louder]).waveform(louder)
    assert np.allclose(first, second, rtol=1e-4, atol=1e-6)


def test_it_is_odd_and_has_no_memory() -> None:
    signal = person([1.0, 30.0, 5.0], [0.4, 1.0, 2.0])
    normaliser = fit([signal])
    whole = normaliser.waveform(signal)
    assert np.array_equal(normaliser.waveform(-signal), -whole)
    assert np.array_equal(normaliser.waveform(signal[:, 700:710]), whole[:, 700:710])
    assert np.all(np.diff(normaliser.waveform(np.tile(np.linspace(-9, 9, 99), (3, 1))), axis=1) > 0)


def test_only_events_count_where_there_are_some() -> None:
    signal = person([1.0, 30.0, 5.0], [0.4, 1.0, 2.0])
    inside = np.arange(2000) < 1000
    disturbed = signal.copy()
    disturbed[:, 1100:] *= 50
    assert fit([signal], [inside]).scale == fit([disturbed], [inside]).scale
    assert fit([signal]).scale != fit([disturbed]).scale
    nowhere = np.zeros(2000, dtype=bool)
    assert fit([signal], [nowhere]).scale == fit([signal]).scale


def test_a_channel_without_range_is_bounded_and_zeros_stay_zeros() -> None:
    signal = person([1.0, 30.0, 5.0], [0.0, 0.0, 0.0])
    assert max(fit([signal]).exponent) == pytest.approx(4.0)
    signal[:, 500:600] = 0.0
    values = fit([signal]).waveform(signal)
    assert np.isfinite(values).all()
    assert (values[:, 500:600] == 0).all()


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    signal = person([1.0, 30.0, 5.0], [0.4, 1.0, 2.0])
    normaliser = fit([signal])
    save_normaliser(tmp_path / "p01.json", normaliser)
    assert load_normaliser(tmp_path / "p01.json") == normaliser
