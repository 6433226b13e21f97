"""The mixed model against statsmodels' likelihood, a general covariance matrix, and classical formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.statistics.mixed import log_likelihood, maximum_likelihood, mixed_model
from scipy import optimize, stats
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams


def table(seed, icc=0.5, people=8, scenes=6, missing=0.0, effect=0.0):
    generator = np.random.default_rng(seed)
    values = np.sqrt(1 - icc) * generator.normal(size=(people, scenes))
    values += np.sqrt(icc) * generator.normal(size=(people, 1)) + effect * np.arange(scenes)
    values[generator.random(values.shape) < missing] = np.nan
    return values


def long(values):
    person, scene = np.nonzero(~np.isnan(values))
    dummies = (scene[:, None] == np.unique(scene)[None, 1:]).astype(float)
    return values[person, scene], np.hstack([np.ones((len(person), 1)), dummies]), person


def by_matrix(y, design, person, icc):
    """Normal log-likelihood from the full covariance matrix."""
    covariance = (1 - icc) * np.eye(len(y)) + icc * (person[:, None] == person[None, :])
    inverse = np.linalg.inv(covariance)
    beta = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ y)
    left = y - design @ beta
    s2 = left @ inverse @ left / len(y)
    return stats.multivariate_normal(design @ beta, s2 * covariance).logpdf(y)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.97), st.floats(0, 0.4))
def test_likelihood_is_that_of_the_covariance_matrix(seed, icc, missing):
    y, design, person = long(table(seed, missing=missing))
    assert log_likelihood(y, design, person, icc) == pytest.approx(by_matrix(y, design, person, icc), abs=1e-8)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 0.5, 0.9]))
def test_the_maximum_is_the_highest_point(seed, icc):
    y, design, person = long(table(seed, icc, missing=0.1))
    best, at = maximum_likelihood(y, design, person)
    tried = [by_matrix(y, design, person, value) for value in np.linspace(0, 0.99, 60)]
    assert best >= max(tried) - 1e-9
    assert best == pytest.approx(by_matrix(y, design, person, at), abs=1e-7)
    found = optimize.minimize_scalar(
        lambda value: -by_matrix(y, design, person, value), bounds=(max(at - 0.02, 0), min(at + 0.02, 0.999))
    )
    assert -found.fun <= best + 1e-6


def test_likelihood_is_that_of_statsmodels_at_the_same_parameters():
    y, design, person = long(table(3, missing=0.15))
    best, icc = maximum_likelihood(y, design, person)
    assert 0.05 < icc < 0.95
    covariance = (1 - icc) * np.eye(len(y)) + icc * (person[:, None] == person[None, :])
    inverse = np.linalg.inv(covariance)
    beta = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ y)
    model = MixedLM(y, design, groups=person)
    model.reml = False
    model.cov_pen = model.fe_pen = None
    parameters = MixedLMParams.from_components(fe_params=beta, cov_re=np.array([[icc / (1 - icc)]]))
    assert best == pytest.approx(model.loglike(parameters), abs=1e-8)


def test_fit_is_that_of_statsmodels_where_statsmodels_arrives():
    values = table(4, icc=0.8, people=20)
    y, design, person = long(values)
    fit = MixedLM(y, design, groups=person).fit(reml=False)
    assert fit.converged
    best, icc = maximum_likelihood(y, design, person)
    assert best == pytest.approx(fit.llf, abs=1e-6)
    variance = float(np.asarray(fit.cov_re)[0, 0])
    assert icc == pytest.approx(variance / (variance + fit.scale), abs=1e-3)


def test_complete_table_gives_the_closed_form():
    """With complete data and variance between people, maximum likelihood is the analysis of variance: the
    likelihood ratio depends on sums of squares alone."""
    values = table(5, icc=0.8, effect=0.2)
    people, scenes = values.shape
    result = mixed_model(values)
    left = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
    within = values - values.mean(1, keepdims=True)
    ratio = (within**2).sum() / (left**2).sum()
    assert result["mixed_chi2"] == pytest.approx(people * (scenes - 1) * np.log(ratio), rel=1e-5)
    assert result["mixed_p"] == pytest.approx(stats.chi2.sf(result["mixed_chi2"], scenes - 1))
    assert result["mixed_df"] == 5 and result["note"] == ""


def test_shift_scale_and_order_change_nothing():
    values = table(6, missing=0.2)
    expected = mixed_model(values)
    changed = mixed_model(-1000 * values[::-1, ::-1] + 1e5)
    for name in ("mixed_chi2", "mixed_p", "icc"):
        assert changed[name] == pytest.approx(expected[name], rel=1e-4, abs=1e-6)


def test_level_is_kept_and_an_effect_is_found():
    p = [mixed_model(table(seed, icc=0.5, people=15))["mixed_p"] for seed in range(60)]
    assert 0.0 < np.mean(np.array(p) <= 0.05) <= 0.17
    found = [mixed_model(table(seed, icc=0.5, people=15, effect=0.3))["mixed_p"] for seed in range(10)]
    assert np.median(found) < 0.001


def test_where_nothing_can_be_fitted_it_says_why():
    too_few = mixed_model(table(7, people=2))
    assert np.isnan(too_few["mixed_p"]) and "too few" in too_few["note"]
    constant = mixed_model(np.full((8, 6), 3.3))
    assert np.isnan(constant["mixed_p"]) and "constant" in constant["note"]
    exact = mixed_model(np.arange(8)[:, None] + np.arange(6)[None, :] ** 2.0)
    assert np.isnan(exact["mixed_p"]) and "singular" in exact["note"]
    none = table(1, icc=0.0)
    none -= none.mean(axis=1, keepdims=True)
    flat = mixed_model(none)
    assert flat["icc"] == 0 and "no variance between participants" in flat["note"] and flat["mixed_p"] > 0
