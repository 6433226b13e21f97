"""Calibration and combination of two modalities' probabilities, on made-up ones whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.learn.models.fusion.late import (
    Calibration,
    Windows,
    balanced_log_loss,
    combine,
    fit_calibration,
    report,
    tempered,
)
from scipy.special import softmax
from sklearn.metrics import log_loss

CLASSES = 4


def made_up(
    events: int, sharpness: tuple[float, float], strength: tuple[float, float] = (1.5, 1.5), seed: int = 0
) -> tuple[Windows, np.ndarray]:
    """Windows (one an event) whose modalities err independently, each with logits ``sharpness`` times too large.

    Returns:
        The windows, and the probabilities ``(windows, classes)`` by Bayes' rule, which know both.
    """
    generator = np.random.default_rng(seed)
    labels = generator.integers(CLASSES, size=events)
    posterior = []
    for force in strength:
        # Evidence is normal around the true class; its log likelihood ratios are then linear in it.
        evidence = force * np.eye(CLASSES)[labels] + generator.standard_normal((events, CLASSES))
        posterior.append(force * evidence)
    emg, eyes = (softmax(times * logits, axis=1) for times, logits in zip(sharpness, posterior, strict=True))
    windows = Windows(emg, eyes, np.ones(events, dtype=bool), labels.astype(np.int64), np.arange(events))
    return windows, softmax(posterior[0] + posterior[1], axis=1)


def everywhere(given: Calibration, windows: Windows) -> np.ndarray:
    return combine(given, windows.emg, windows.eyes, windows.has_eyes)


@pytest.mark.parametrize("sharpness", [(2.5, 0.5), (1.0, 1.0), (0.4, 3.0)])
def test_known_temperatures_are_found_again(sharpness: tuple[float, float]) -> None:
    windows, bayes = made_up(6000, sharpness)
    found = fit_calibration(windows)
    assert found.temperature_emg == pytest.approx(sharpness[0], rel=0.06)
    assert found.temperature_eyes == pytest.approx(sharpness[1], rel=0.06)
    # Independent errors: both count in full, and what comes out is nearly Bayes' rule.
    assert found.weight_emg == pytest.approx(1, abs=0.08)
    assert found.weight_eyes == pytest.approx(1, abs=0.08)
    assert np.abs(everywhere(found, windows) - bayes).mean() < 0.01


def test_both_together_beat_each_alone_on_others() -> None:
    fitted = fit_calibration(made_up(60, (2.0, 0.6), seed=1)[0])
    fresh, _ = made_up(3000, (2.0, 0.6), seed=2)
    both = balanced_log_loss(everywhere(fitted, fresh), fresh.labels)
    alone = [
        balanced_log_loss(tempered(fresh.emg, fitted.temperature_emg), fresh.labels),
        balanced_log_loss(tempered(fresh.eyes, fitted.temperature_eyes), fresh.labels),
    ]
    raw = balanced_log_loss(everywhere(Calibration(), fresh), fresh.labels)
    assert both < 0.8 * min(alone)
    assert both < raw


def test_a_modality_that_knows_nothing_is_left_out() -> None:
    windows, _ = made_up(4000, (1.0, 1.0), strength=(1.5, 0.0))
    generator = np.random.default_rng(0)
    noise = softmax(2 * generator.standard_normal(windows.eyes.shape), axis=1)
    found = fit_calibration(Windows(windows.emg, noise, windows.has_eyes, windows.labels, windows.events))
    assert found.temperature_eyes > 5
    own = tempered(windows.emg, found.temperature_emg)
    joined = combine(found, windows.emg, noise, windows.has_eyes)
    assert balanced_log_loss(joined, windows.labels) <= balanced_log_loss(own, windows.labels) + 1e-3


def test_every_class_counts_alike() -> None:
    windows, _ = made_up(4000, (2.0, 2.0))
    rare = (windows.labels != 0) | (np.arange(4000) % 20 == 0)
    few = Windows(*(part[rare] for part in (windows.emg, windows.eyes, windows.has_eyes, windows.labels)),
                  windows.events[rare])  # fmt: skip
    per_class = [balanced_log_loss(few.emg[few.labels == c], few.labels[few.labels == c]) for c in range(CLASSES)]
    assert balanced_log_loss(few.emg, few.labels) == pytest.approx(np.mean(per_class))
    whole = log_loss(windows.labels, windows.emg, sample_weight=(1 / np.bincount(windows.labels))[windows.labels])
    assert balanced_log_loss(windows.emg, windows.labels) == pytest.approx(whole)


def test_few_events_change_little() -> None:
    """Two validation events that both models get right must not make the fusion sure of everything."""
    windows, _ = made_up(2, (1.0, 1.0), strength=(3.0, 3.0))
    repeated = Windows(*(np.repeat(part, 50, axis=0) for part in (windows.emg, windows.eyes, windows.has_eyes,
                                                                   windows.labels, windows.events)))  # fmt: skip
    found = fit_calibration(repeated)
    assert 1 / 3 < found.temperature_emg < 3
    assert found.weight_emg < 1.5
    # Windows of an event are one piece of evidence, however many they are.
    once = fit_calibration(windows)
    assert found.temperature_emg == pytest.approx(once.temperature_emg, rel=1e-3)
    assert found.weight_eyes == pytest.approx(once.weight_eyes, rel=1e-3)


def test_without_eyes_in_the_validation_only_the_signal_is_calibrated() -> None:
    windows, _ = made_up(3000, (2.0, 2.0))
    none = Windows(windows.emg, np.zeros_like(windows.eyes), ~windows.has_eyes, windows.labels, windows.events)
    found = fit_calibration(none)
    assert found.temperature_emg == pytest.approx(2, rel=0.1)
    assert (found.temperature_eyes, found.weight_emg, found.weight_eyes) == (1.0, 0.5, 0.5)
    said = report(found, none)
    assert said["validation_loss"] == {"emg": None, "eyes": None, "fusion": None}
    assert said["windows"] == 3000
    assert said["windows_with_eyes"] == 0


def test_a_missing_modality_leaves_the_other_one_calibrated() -> None:
    windows, _ = made_up(50, (2.0, 0.5))
    found = Calibration(2.0, 0.5, 0.7, 1.2)
    has_eyes = np.arange(50) % 2 == 0
    joined = combine(found, windows.emg, windows.eyes, has_eyes)
    assert np.allclose(joined[~has_eyes], tempered(windows.emg, 2.0)[~has_eyes])
    assert np.abs(joined - tempered(windows.emg, 2.0))[has_eyes].max() > 0.05
    alone = combine(found, None, windows.eyes, has_eyes)
    assert np.allclose(alone[has_eyes], tempered(windows.eyes, 0.5)[has_eyes])
    assert np.isnan(alone[~has_eyes]).all()


@settings(max_examples=40, deadline=None)
@given(
    temperatures=st.tuples(*[st.floats(0.05, 20)] * 2),
    weights=st.tuples(*[st.floats(0, 5)] * 2),
    seed=st.integers(0, 99),
    certain=st.booleans(),
)
def test_what_comes_out_are_probabilities(
    temperatures: tuple[float, float], weights: tuple[float, float], seed: int, certain: bool
) -> None:
    windows, _ = made_up(20, (1.0, 1.0), seed=seed)
    emg = np.eye(CLASSES)[windows.labels] if certain else windows.emg  # exact zeros have no logarithm
    joined = combine(Calibration(*temperatures, *weights), emg, windows.eyes, windows.has_eyes)
    assert np.isfinite(joined).all()
    assert (joined >= 0).all()
    assert np.allclose(joined.sum(axis=1), 1)


def test_a_temperature_changes_no_ranking_and_one_changes_nothing() -> None:
    windows, _ = made_up(200, (1.0, 1.0))
    assert np.allclose(tempered(windows.emg, 1.0), windows.emg, atol=1e-6)
    for temperature in (0.3, 4.0):
        assert np.array_equal(tempered(windows.emg, temperature).argmax(axis=1), windows.emg.argmax(axis=1))
    assert tempered(windows.emg, 4.0).max() < windows.emg.max()
