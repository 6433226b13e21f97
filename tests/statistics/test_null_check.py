"""False positives on simulated null cohorts, from raw signals to p; a bad estimator would be noticed."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from myoscene.config.sections import defaults
from myoscene.core.settings import from_plain
from myoscene.learn.models.settings import LdaSettings
from myoscene.pipeline.chain import SignalSettings
from myoscene.pipeline.settings import StateSettings
from myoscene.statistics.estimators import ESTIMATORS, PRIMARY
from myoscene.statistics.null_check import (
    ALL_COHORTS,
    rate_interval,
    summarised,
    write_null_check,
)
from myoscene.statistics.null_cohort import NullSettings, count_positives, null_cohort, write_null_cohorts
from myoscene.statistics.tlx import associate, with_discoveries

COHORTS = 12


def settings(scene_s=5.0):
    config = defaults()

    def part(kind, section):
        return from_plain(kind, {item.name: section[item.name] for item in fields(kind)})

    return NullSettings(
        emg=part(SignalSettings, config["emg"]),
        scenes=part(StateSettings, config["scenes"]),
        lda=from_plain(LdaSettings, config["learn"]["lda"]),
        scene_s=scene_s,
        subscales=config["statistics"]["subscales"],
        alpha=0.05,
        permutations=999,
    )


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """null_check.csv of 12 cohorts, as the rules make it."""
    folder = tmp_path_factory.mktemp("null")
    half = COHORTS // 2
    paths = [folder / "first.csv", folder / "second.csv"]
    for path, seeds in zip(paths, (range(1, half + 1), range(half + 1, COHORTS + 1)), strict=True):
        write_null_cohorts(path, seeds, settings())
    write_null_check(paths, folder / "null_check.csv")
    return pd.read_csv(folder / "null_check.csv")


def keeps_its_level(row, alpha=0.05):
    """The interval over cohorts covers alpha, or the rate is near it."""
    return row["ci_low"] <= alpha <= row["ci_high"] or 0.03 <= row["rate"] <= 0.07


def test_the_primary_estimator_keeps_its_level(check):
    row = check[(check["seed"] == ALL_COHORTS) & check["primary"]].iloc[0]
    assert row["cohorts"] == COHORTS and row["tests"] > 5000
    assert keeps_its_level(row), f"{row['rate']:.3f} ({row['ci_low']:.3f} to {row['ci_high']:.3f})"
    single = check[(check["seed"] != ALL_COHORTS) & check["primary"]]
    assert (single["bh_discoveries"] > 0).mean() <= 0.15


@pytest.mark.parametrize("estimator", ["within_participant", "pooled_spearman"])
def test_the_check_notices_estimators_that_do_not(check, estimator):
    row = check[(check["seed"] == ALL_COHORTS) & (check["estimator"] == estimator)].iloc[0]
    assert not keeps_its_level(row) and row["ci_low"] > 0.05


def test_every_cohort_is_counted_for_every_estimator(check):
    assert len(check) == (COHORTS + 1) * len(ESTIMATORS)
    single = check[check["seed"] != ALL_COHORTS]
    assert (single["false_positives"] == (single["rate"] * single["tests"]).round()).all()
    for estimator, rows in single.groupby("estimator"):
        row = check[(check["seed"] == ALL_COHORTS) & (check["estimator"] == estimator)].iloc[0]
        assert row["rate"] == pytest.approx(rows["rate"].mean())
        assert row["false_positives"] == rows["false_positives"].sum()
        assert sorted(rows["seed"]) == list(range(1, COHORTS + 1))


def test_planted_associations_come_out_where_they_are_planted():
    """The same chain on an ordinary demo cohort: frowning goes with physical demand and with effort."""
    x, y = null_cohort(1, 8, settings(45.0), null=False)
    rows = associate(x, y, permutations=50000, bootstrap_samples=99, seed=1)
    rows, families = with_discoveries(rows, "estimator", 0.05)
    found = rows[rows["primary"] & rows["significant"]]
    frown = found[found["feature"] == "occupancy_frown"].set_index("subscale")["estimate"]
    assert frown["physical"] > 0.4 and frown["effort"] > 0.3
    planted = found["subscale"].isin(["physical", "effort", "raw_tlx"])
    assert planted.mean() >= 0.8
    counts = families.set_index("family")["significant_bh"]
    assert counts[PRIMARY] == len(found) >= 5


@pytest.fixture(scope="module")
def small():
    """A cohort of three people."""
    return null_cohort(1, 3, settings())


def test_a_cohort_is_the_same_every_time_and_another_for_another_seed(small):
    first, second, other = small, *(null_cohort(seed, 3, settings()) for seed in (1, 2))
    np.testing.assert_array_equal(first[0].values, second[0].values)
    np.testing.assert_array_equal(first[1].values, second[1].values)
    assert (first[1].values != other[1].values).any()
    x, y = first
    assert x.participants == ["01", "02", "03"] and len(x.scenes) == 6
    assert x.values.shape == (len(x.variables), 3, 6) and len(set(x.variables)) == len(x.variables) > 50
    assert np.isfinite(x.values[x.variables.index("occupancy_frown")]).all()
    np.testing.assert_allclose(y.values[y.variables.index("raw_tlx")], y.values[:6].mean(axis=0))


def test_features_are_those_of_the_scenes_stage(small):
    from myoscene.demo import face
    from myoscene.scenes.expression import feature_dictionary

    x, _ = small
    hop_s = settings().emg.windows.hop_s
    expected = feature_dictionary(list(face.CLASSES), list(face.CHANNELS), hop_s)
    assert set(x.variables) == set(expected["feature"])


def test_counts_of_a_table_with_known_p(small):
    """Ratings that are the features themselves: every p of the primary is the smallest there is."""
    x, y = small
    same = count_positives(x, x, seed=3, alpha=0.2, permutations=99).set_index("estimator").loc[PRIMARY]
    assert same["false_positives"] >= len(x.variables) // 2 and same["participants"] == 3
    none = count_positives(x, y, seed=3, alpha=1e-9, permutations=99)
    assert none.loc[none["primary"], "false_positives"].eq(0).all() and none["tests"].gt(0).all()


def test_interval_by_hand():
    low, high = rate_interval(np.array([0.04, 0.06]))
    assert (low, high) == pytest.approx((0.05 - 12.7062 * 0.01, 0.05 + 12.7062 * 0.01), abs=1e-5)
    assert np.isnan(rate_interval(np.array([0.04]))).all()


def test_a_cohort_without_tests_does_not_count():
    rows = pd.DataFrame(
        {
            "seed": [1, 2, 3], "estimator": PRIMARY, "primary": True, "alpha": 0.05,
            "tests": [10, 0, 20], "missing": [0, 9, 1], "false_positives": [1, 0, 1],
            "rate": [0.1, np.nan, 0.05], "bh_discoveries": [0, 0, 1],
        }
    )  # fmt: skip
    together = summarised(rows).iloc[0]
    assert together["cohorts"] == 2 and together["rate"] == pytest.approx(0.075)
    assert together["tests"] == 30 and together["missing"] == 10 and together["bh_discoveries"] == 1
