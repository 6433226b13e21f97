"""Permutation of whole participants against brute force, and that it keeps its level."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.statistics.estimators import correlation_p, within_participant_and_scene
from myoscene.statistics.permutation import draw, permutation_p, strata


def tables(seed, people=5, scenes=4, features=3, ratings=2):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(features, people, scenes)), generator.normal(size=(ratings, people, scenes))


def brute_force(x, y, mask, people_of_stratum):
    """Every exchange of blocks, each correlated anew by least squares on the table that it makes."""
    people = mask.shape[0]
    weights = np.ones((1, people))
    observed = np.abs(within_participant_and_scene(x, y, mask, weights)[:, :, 0])
    reached, number = np.zeros(observed.shape), 0
    for parts in itertools.product(*(itertools.permutations(group) for group in people_of_stratum)):
        order = np.arange(people)
        for group, part in zip(people_of_stratum, parts, strict=True):
            order[list(group)] = part
        r = within_participant_and_scene(x, y[:, order], mask, weights)[:, :, 0]
        reached += np.abs(np.nan_to_num(r)) >= observed - 1e-9
        number += 1
    return reached / number


@pytest.mark.parametrize("people", [3, 4, 5])
def test_exact_p_is_that_of_brute_force(people):
    x, y = tables(people, people)
    mask = np.ones((people, 4), dtype=bool)
    plan = draw(mask, 1000, seed=1)
    assert plan.exact and len(plan) == math.factorial(people)
    assert len({tuple(order) for order in plan.order}) == len(plan)
    expected = brute_force(x, y, mask, [range(people)])
    np.testing.assert_allclose(permutation_p(x, y, mask, plan), expected, atol=1e-12)


def test_missing_features_are_handled_like_by_brute_force():
    x, y = tables(7)
    mask = np.ones((5, 4), dtype=bool)
    mask[0, 1] = mask[3, 2] = mask[3, 3] = False
    x[:, ~mask] = np.nan
    plan = draw(np.ones((5, 4), dtype=bool), 1000, seed=1)
    expected = brute_force(np.nan_to_num(x), y, mask, [range(5)])
    np.testing.assert_allclose(permutation_p(x, y, mask, plan), expected, atol=1e-12)


def test_people_with_other_scenes_exchange_only_among_themselves():
    x, y = tables(8, people=6)
    rated = np.ones((6, 4), dtype=bool)
    rated[[1, 4], 0] = False
    rated[5, 2] = False
    y[:, ~rated] = np.nan
    groups = [(0, 2, 3), (1, 4), (5,)]
    assert sorted(tuple(map(int, group)) for group in strata(rated)) == groups
    plan = draw(rated, 1000, seed=1)
    assert len(plan) == 12
    expected = brute_force(x, np.nan_to_num(y), rated, groups)
    np.testing.assert_allclose(permutation_p(x, y, rated, plan), expected, atol=1e-12)


def test_a_person_without_ratings_stays_where_he_is():
    rated = np.ones((4, 3), dtype=bool)
    rated[2] = False
    plan = draw(rated, 1000, seed=1)
    assert len(plan) == 6 and (plan.order[:, 2] == 2).all()


def test_random_permutations_count_the_observed_order():
    x, y = tables(9, people=8)
    y[0] = x[0]
    mask = np.ones((8, 4), dtype=bool)
    plan = draw(mask, 500, seed=3)
    assert not plan.exact and len(plan) == 500
    p = permutation_p(x, y, mask, plan)
    assert p[0, 0] == pytest.approx(1 / 501)
    again = draw(mask, 500, seed=3)
    assert (again.order == plan.order).all()
    assert (draw(mask, 500, seed=4).order != plan.order).any()


def test_random_permutations_come_near_the_exact_p():
    x, y = tables(10, people=6)
    mask = np.ones((6, 4), dtype=bool)
    exact = permutation_p(x, y, mask, draw(mask, 720, seed=1))
    random = permutation_p(x, y, mask, draw(mask, 700, seed=1))
    assert np.abs(exact - random).max() < 0.08


def test_results_do_not_depend_on_chunks(monkeypatch):
    x, y = tables(11, people=6)
    mask = np.ones((6, 4), dtype=bool)
    plan = draw(mask, 720, seed=1)
    whole = permutation_p(x, y, mask, plan)
    monkeypatch.setattr("myoscene.statistics.permutation._CHUNK_BYTES", 5000)
    np.testing.assert_array_equal(permutation_p(x, y, mask, plan), whole)


def test_a_constant_feature_has_no_p():
    x, y = tables(12)
    x[1] = 4.2
    mask = np.ones((5, 4), dtype=bool)
    p = permutation_p(x, y, mask, draw(mask, 200, seed=1))
    assert np.isnan(p[1]).all() and not np.isnan(p[[0, 2]]).any()


seeds = st.integers(0, 10**6)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(3, 6), st.integers(2, 5))
def test_p_is_a_probability(seed, people, scenes):
    x, y = tables(seed, people, scenes)
    mask = np.random.default_rng(seed).random((people, scenes)) > 0.2
    x[:, ~mask] = np.nan
    p = permutation_p(x, y, mask, draw(np.ones(mask.shape, dtype=bool), 100, seed))
    there = p[~np.isnan(p)]
    assert ((there > 0) & (there <= 1)).all()


@settings(max_examples=20, deadline=None)
@given(seeds, st.permutations(range(5)))
def test_order_scale_and_levels_do_not_change_the_exact_p(seed, people):
    x, y = tables(seed)
    mask = np.ones((5, 4), dtype=bool)
    generator = np.random.default_rng(seed)
    changed_x = -3 * x + 7 + 5 * generator.normal(size=(1, 5, 1)) + 5 * generator.normal(size=(1, 1, 4))
    changed_y = 0.1 * y - 4 + generator.normal(size=(1, 5, 1)) + generator.normal(size=(1, 1, 4))
    plan = draw(mask, 200, seed=1)
    changed = permutation_p(changed_x[:, people], changed_y[:, people], mask, plan)
    np.testing.assert_allclose(changed, permutation_p(x, y, mask, plan), atol=1e-12)


def test_level_is_kept_where_plain_p_is_not():
    """Autocorrelated rows and shared scene effects: p of whole blocks stays at 5 %, p by rows does not."""
    generator = np.random.default_rng(5)
    studies, people, scenes = 400, 7, 6
    mask = np.ones((people, scenes), dtype=bool)
    plan = draw(mask, 199, seed=1)
    shape = (1, people, scenes)
    rejected, by_rows = [], []
    for _ in range(studies):
        # Slow drifts within a person: neighbouring scenes are alike, as in a fixed order of scenes.
        x, y = (generator.normal(size=shape).cumsum(axis=2) + generator.normal(size=(1, 1, scenes)) for _ in range(2))
        rejected.append(permutation_p(x, y, mask, plan)[0, 0] <= 0.05)
        r = within_participant_and_scene(x, y, mask, np.ones((1, people)))[0, 0, 0]
        by_rows.append(correlation_p(r, (people - 1) * (scenes - 1) - 1) <= 0.05)
    assert 0.02 <= np.mean(rejected) <= 0.08
    assert np.mean(by_rows) > 0.12
