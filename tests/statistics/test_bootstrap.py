"""Weights, intervals and the influence of single people."""

import numpy as np
import pytest
from myoscene.statistics.estimators import (
    bootstrap_weights,
    largest_change,
    leave_one_out_weights,
    percentile_interval,
    within_participant,
)


def test_every_sample_draws_as_many_people_as_there_are():
    weights = bootstrap_weights(9, 300, seed=1)
    assert weights.shape == (300, 9)
    assert (weights.sum(axis=1) == 9).all()
    assert (weights == np.round(weights)).all() and weights.max() > 1
    assert weights.mean(axis=0) == pytest.approx(np.ones(9), abs=0.25)
    np.testing.assert_array_equal(weights, bootstrap_weights(9, 300, seed=1))
    assert (weights != bootstrap_weights(9, 300, seed=2)).any()


def test_leaving_out_has_one_zero_a_row():
    np.testing.assert_array_equal(leave_one_out_weights(3), [[0, 1, 1], [1, 0, 1], [1, 1, 0]])


def test_interval_is_the_percentiles_of_what_is_defined():
    values = np.arange(101.0)
    np.testing.assert_allclose(percentile_interval(values), [2.5, 97.5])
    values[:40] = np.nan
    np.testing.assert_allclose(percentile_interval(values), [41.5, 98.5])
    values[:60] = np.nan
    assert np.isnan(percentile_interval(values)).all()


def test_interval_covers_the_truth_about_as_often_as_it_says():
    """Within-person correlation of 0.5, 15 people: the bootstrap of so few is a little too narrow."""
    generator = np.random.default_rng(2)
    mask = np.ones((15, 6), dtype=bool)
    weights = bootstrap_weights(15, 300, seed=1)
    covered = []
    for _ in range(150):
        x = generator.normal(size=(1, 15, 6))
        y = 0.5 * x + np.sqrt(0.75) * generator.normal(size=x.shape) + generator.normal(size=(1, 15, 1))
        low, high = percentile_interval(within_participant(x, y, mask, weights))[:, 0, 0]
        covered.append(low <= 0.5 <= high)
    assert 0.85 <= np.mean(covered) <= 0.99


def test_largest_change_keeps_its_sign_and_names_the_person():
    estimate = np.array([0.5, 0.1, np.nan])
    left_out = np.array([[0.4, 0.55, 0.5], [0.2, np.nan, 0.05], [np.nan] * 3])
    change, who = largest_change(estimate, left_out)
    np.testing.assert_allclose(change, [-0.1, 0.1, np.nan])
    np.testing.assert_array_equal(who, [0, 0, -1])
