"""The four correlations against scipy, statsmodels and plain loops, and what must not change them."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.statistics.estimators import (
    ESTIMATORS,
    between_scenes,
    leave_one_out_weights,
    pooled_spearman,
    within_participant,
    within_participant_and_scene,
)
from scipy import stats

FUNCTIONS = [estimator.function for estimator in ESTIMATORS]
ONE = np.ones((1, 7))


def tables(seed, features=3, ratings=2, people=7, scenes=5, missing=0.0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(features, people, scenes)) + generator.normal(size=(features, people, 1))
    y = generator.normal(size=(ratings, people, scenes)) + generator.normal(size=(ratings, 1, scenes))
    mask = generator.random((people, scenes)) >= missing
    return x, y, mask


def residuals(values, mask, scene_effects=True):
    """Of the least-squares fit on dummies, by numpy's solver on the long table."""
    person, scene = np.nonzero(mask)
    columns = [person[:, None] == np.arange(mask.shape[0])]
    if scene_effects:
        columns.append(scene[:, None] == np.arange(mask.shape[1]))
    design = np.hstack(columns).astype(float)
    y = values[person, scene]
    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_primary_is_the_correlation_of_least_squares_residuals(missing):
    x, y, mask = tables(1, missing=missing)
    r = within_participant_and_scene(x, y, mask, ONE)[:, :, 0]
    for f in range(len(x)):
        for k in range(len(y)):
            expected = np.corrcoef(residuals(x[f], mask), residuals(y[k], mask))[0, 1]
            assert r[f, k] == pytest.approx(expected, abs=1e-12)


def test_primary_of_a_complete_table_is_double_centring():
    x, y, mask = tables(2)

    def centred(v):
        return v - v.mean(0, keepdims=True) - v.mean(1, keepdims=True) + v.mean()

    expected = np.corrcoef(centred(x[0]).ravel(), centred(y[1]).ravel())[0, 1]
    assert within_participant_and_scene(x, y, mask, ONE)[0, 1, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_within_participant_is_the_ancova_of_statsmodels(missing):
    x, y, mask = tables(3, missing=missing)
    r = within_participant(x, y, mask, ONE)[1, 0, 0]
    person, scene = np.nonzero(mask)
    data = {"x": x[1][person, scene], "y": y[0][person, scene], "person": person}
    fit = smf.ols("y ~ C(person) + x", pd.DataFrame(data)).fit()
    without = smf.ols("y ~ C(person)", pd.DataFrame(data)).fit()
    share = (without.ssr - fit.ssr) / without.ssr
    assert r == pytest.approx(np.sign(fit.params["x"]) * np.sqrt(share), abs=1e-12)


def test_pooled_spearman_is_scipys_with_ties():
    x, y, mask = tables(4, missing=0.2)
    x, y = np.round(x), np.round(y)
    r = pooled_spearman(x, y, mask, ONE)[:, :, 0]
    for f in range(len(x)):
        for k in range(len(y)):
            assert r[f, k] == pytest.approx(stats.spearmanr(x[f][mask], y[k][mask]).statistic, abs=1e-12)


def test_between_scenes_is_the_correlation_of_means():
    x, y, mask = tables(5, missing=0.2)
    means = [np.where(mask, v, 0).sum(0) / mask.sum(0) for v in (x[2], y[1])]
    expected = stats.pearsonr(*means).statistic
    assert between_scenes(x, y, mask, ONE)[2, 1, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_counts_are_people_who_occur_several_times(function, missing):
    """A bootstrap row gives what the table with those people repeated gives."""
    x, y, mask = tables(6, missing=missing)
    x, y = np.round(2 * x), np.round(2 * y)
    counts = np.array([[2.0, 0, 1, 3, 0, 1, 0]])
    drawn = np.repeat(np.arange(7), counts[0].astype(int))
    expected = function(x[:, drawn], y[:, drawn], mask[drawn], np.ones((1, len(drawn))))
    np.testing.assert_allclose(function(x, y, mask, counts), expected, atol=1e-10)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_weight_of_zero_leaves_the_person_out(function):
    x, y, mask = tables(7, missing=0.1)
    left_out = function(x, y, mask, leave_one_out_weights(7))
    for person in range(7):
        others = np.delete(np.arange(7), person)
        expected = function(x[:, others], y[:, others], mask[others], np.ones((1, 6)))[:, :, 0]
        np.testing.assert_allclose(left_out[:, :, person], expected, atol=1e-10)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6])
def test_a_constant_feature_has_no_correlation(function, constant):
    x, y, mask = tables(8)
    x[0] = constant
    r = function(x, y, mask, ONE)[:, :, 0]
    assert np.isnan(r[0]).all()
    assert not np.isnan(r[1:]).any()


def test_what_is_a_person_or_a_scene_has_nothing_left():
    x, y, mask = tables(9)
    x[0] = np.arange(7)[:, None]
    x[1] = np.arange(5)[None, :]
    x[2] = x[0] + 3 * x[1]
    assert np.isnan(within_participant_and_scene(x, y, mask, ONE)).all()
    within = within_participant(x, y, mask, ONE)[:, 0, 0]
    assert np.isnan(within[0]) and not np.isnan(within[1])


def test_two_scenes_are_too_few_for_between_scenes_and_one_for_within():
    x, y, mask = tables(10, scenes=2)
    assert np.isnan(between_scenes(x, y, mask, ONE)).all()
    assert not np.isnan(within_participant_and_scene(x, y, mask, ONE)).any()
    assert np.isnan(within_participant(x[:, :, :1], y[:, :, :1], mask[:, :1], ONE)).all()


seeds = st.integers(0, 10**6)


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.001, 1e4), st.floats(-1e3, 1e3), st.sampled_from(FUNCTIONS))
def test_scale_and_shift_change_nothing(seed, scale, shift, function):
    x, y, mask = tables(seed, missing=0.2)
    np.testing.assert_allclose(
        function(scale * x + shift, y / scale - shift, mask, ONE), function(x, y, mask, ONE), atol=1e-6
    )


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(FUNCTIONS), st.randoms(use_true_random=False))
def test_order_of_people_and_scenes_changes_nothing(seed, function, random):
    x, y, mask = tables(seed, missing=0.2)
    people, scenes = list(range(7)), list(range(5))
    random.shuffle(people)
    random.shuffle(scenes)
    mixed = function(x[:, people][:, :, scenes], y[:, people][:, :, scenes], mask[people][:, scenes], ONE)
    np.testing.assert_allclose(mixed, function(x, y, mask, ONE), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0, 20))
def test_levels_of_people_and_scenes_do_not_change_the_primary(seed, size):
    x, y, mask = tables(seed, missing=0.2)
    generator = np.random.default_rng(seed)
    shifted = [v + size * generator.normal(size=(1, 7, 1)) + size * generator.normal(size=(1, 1, 5)) for v in (x, y)]
    expected = within_participant_and_scene(x, y, mask, ONE)
    np.testing.assert_allclose(within_participant_and_scene(*shifted, mask, ONE), expected, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(FUNCTIONS))
def test_a_correlation_is_symmetric_and_at_most_one(seed, function):
    x, y, mask = tables(seed, missing=0.3)
    r = function(x, y, mask, ONE)
    assert np.nanmax(np.abs(r)) <= 1
    np.testing.assert_allclose(r[:, :, 0], function(y, x, mask, ONE)[:, :, 0].T, atol=1e-12)
    itself = function(x, -x, mask, ONE)[:, :, 0]
    np.testing.assert_allclose(np.diag(itself), -1, atol=1e-9)
