"""False discovery rate against statsmodels and a worked example."""

import gc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.statistics.fdr import adjusted, correct
from myoscene.statistics.scene_effects import holm_adjusted
from statsmodels.stats.multitest import multipletests


@pytest.fixture(scope="module", autouse=True)
def without_garbage_collection():
    """statsmodels collects garbage at each call of Holm's method: 0.3 s in a process that holds much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda: 0)
        yield


probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(probabilities)
def test_bh_and_by_are_statsmodels(p):
    p = np.array(p)
    np.testing.assert_allclose(adjusted(p, "bh"), multipletests(p, method="fdr_bh")[1], atol=1e-12)
    np.testing.assert_allclose(adjusted(p, "by"), multipletests(p, method="fdr_by")[1], atol=1e-12)


@given(probabilities, st.integers(0, 17))
def test_holm_is_statsmodels_to_the_last_bit(p, digits):
    p = np.round(p, digits)
    np.testing.assert_array_equal(holm_adjusted(p), multipletests(p, method="holm")[1])


def test_a_hand_example():
    """Four tests: p m / rank, the smallest from the right; BY multiplies by 1+1/2+1/3+1/4."""
    p = np.array([0.01, 0.04, 0.03, 0.20])
    bh = np.array([0.04, 0.16 / 3, 0.16 / 3, 0.20])
    np.testing.assert_allclose(adjusted(p, "bh"), bh)
    np.testing.assert_allclose(adjusted(p, "by"), np.minimum(bh * 25 / 12, 1))


def test_missing_p_leave_the_family():
    p = np.array([0.01, np.nan, 0.04, 0.03, np.nan, 0.20])
    there = ~np.isnan(p)
    np.testing.assert_allclose(adjusted(p, "bh")[there], adjusted(p[there], "bh"))
    assert np.isnan(adjusted(p, "by")[~there]).all()
    assert np.isnan(adjusted(np.array([np.nan]), "bh")).all()


def test_families_are_corrected_one_by_one_and_counted():
    p = pd.Series([0.001, 0.20, np.nan, 0.04, 0.049, np.nan, np.nan], index=list("abcdefg"))
    family = pd.Series(["one", "one", "one", "two", "two", "two", "none"], index=p.index)
    tests, families = correct(p, family, alpha=0.05)
    assert list(tests.index) == list("abcdefg")
    assert tests["p_bh"]["a"] == pytest.approx(0.002)
    assert tests["p_bh"]["d"] == pytest.approx(0.049)
    assert list(tests["significant"]) == [True, False, False, True, True, False, False]
    assert families.to_dict("list") == {
        "family": ["one", "two", "none"],
        "tests": [2, 2, 0],
        "missing": [1, 1, 1],
        "significant_bh": [1, 2, 0],
        "significant_by": [1, 0, 0],
    }


def test_holm_by_hand_with_a_missing_p():
    """Step down: 3 x 0.01, 2 x 0.02, then not smaller than the one before."""
    np.testing.assert_allclose(holm_adjusted(np.array([0.02, np.nan, 0.01, 0.03])), [0.04, np.nan, 0.03, 0.04])
    assert np.isnan(holm_adjusted(np.array([np.nan, np.nan]))).all()
