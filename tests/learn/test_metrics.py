"""Scores against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from myoscene.learn.scores import metrics
from sklearn import metrics as reference


@pytest.fixture(scope="module")
def case() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    true = generator.integers(4, size=300)
    scores = generator.standard_normal((300, 4)) + 1.5 * np.eye(4)[true]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return true, np.round(probabilities, 2) / np.round(probabilities, 2).sum(axis=1, keepdims=True)  # with ties


def test_against_scikit_learn(case: tuple[np.ndarray, np.ndarray]) -> None:
    true, probabilities = case
    predicted = probabilities.argmax(axis=1)
    found = metrics.scores(true, probabilities, 10)
    assert np.array_equal(metrics.confusion(true, predicted, 4), reference.confusion_matrix(true, predicted))
    expected = {
        "accuracy": reference.accuracy_score(true, predicted),
        "balanced_accuracy": reference.balanced_accuracy_score(true, predicted),
        "macro_f1": reference.f1_score(true, predicted, average="macro"),
        "roc_auc": reference.roc_auc_score(true, probabilities, multi_class="ovr", average="macro"),
        "brier": np.mean([np.sum((p - np.eye(4)[t]) ** 2) for t, p in zip(true, probabilities, strict=True)]),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-12), name
    assert set(found) == set(metrics.METRICS)


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.95, 0.05], [0.85, 0.15], [0.85, 0.15], [0.35, 0.65]])
    true = np.array([0, 1, 0, 1])
    # bins (.9, 1]: |.95 - 1| x 1/4; (.8, .9]: |.85 - .5| x 2/4; (.6, .7]: |.65 - 1| x 1/4
    expected = 0.05 / 4 + 0.35 / 2 + 0.35 / 4
    assert metrics.expected_calibration_error(true, probabilities, 10) == pytest.approx(expected)


def test_perfect_and_certain() -> None:
    true = np.array([0, 1, 2, 0])
    found = metrics.scores(true, np.eye(3)[true], 10)
    assert found["brier"] == found["ece"] == 0
    assert found["macro_f1"] == found["roc_auc"] == found["balanced_accuracy"] == 1


def test_an_absent_class_leaves_auc_undefined_and_the_rest_defined() -> None:
    true = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1], [0.3, 0.6, 0.1]])
    found = metrics.scores(true, probabilities, 10)
    assert math.isnan(found["roc_auc"])
    assert found["balanced_accuracy"] == pytest.approx(0.75)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)


def test_one_class_only() -> None:
    true = np.array([1, 1, 1, 1])
    probabilities = np.array([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9]])
    found = metrics.scores(true, probabilities, 10)
    assert math.isnan(found["roc_auc"])
    assert found["balanced_accuracy"] == found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx(2 * 3 / (4 + 3))
    assert all(math.isfinite(found[name]) for name in ("brier", "ece"))
