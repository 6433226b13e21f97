"""Scene effects against scipy and statsmodels, and every way in which they cannot be computed."""

import itertools

import numpy as np
import pandas as pd
import pytest
from myoscene.statistics.arrange import Cells
from myoscene.statistics.scene_effects import friedman, pairs_of, scene_effects, wilcoxon
from scipy import stats

ALPHA = 0.05


def run(folder, save, features):
    paths = [folder / f"{name}.csv" for name in ("effects", "pairs", "families")]
    scene_effects(save(folder, features)[0], *paths, alpha=ALPHA)
    return [pd.read_csv(path, keep_default_na=True, dtype={"note": str}).fillna({"note": ""}) for path in paths]


def wide(features, feature):
    rows = features[features["feature"] == feature]
    return rows.pivot(index="participant", columns="scene", values="value").to_numpy()


@pytest.fixture
def tables(tmp_path, study, save):
    features, _ = study()
    return features, *run(tmp_path, save, features)


def test_friedman_is_scipys_on_complete_cases(tables):
    features, effects, _, _ = tables
    effects = effects.set_index("feature")
    for name in ("occupancy_smile", "noise", "gappy"):
        values = wide(features, name)
        complete = values[~np.isnan(values).any(axis=1)]
        row = effects.loc[name]
        assert row["n_complete"] == len(complete)
        assert row["n_rows"] == (~np.isnan(values)).sum()
        if len(complete) < 3:
            assert np.isnan(row["friedman_p"]) and "Friedman" in row["note"]
            continue
        expected = stats.friedmanchisquare(*complete.T)
        assert row["friedman_chi2"] == pytest.approx(expected.statistic)
        assert row["friedman_p"] == pytest.approx(expected.pvalue)
        assert row["kendall_w"] == pytest.approx(expected.statistic / (len(complete) * 4))
    assert effects.loc["gappy", "n_complete"] < 6


def test_kendalls_w_from_its_definition():
    """W = 12 S / (n^2 (k^3 - k)), S being the squares of the rank sums around their mean."""
    values = np.random.default_rng(3).normal(size=(9, 4))
    sums = stats.rankdata(values, axis=1).sum(axis=0)
    w = 12 * ((sums - sums.mean()) ** 2).sum() / (81 * (64 - 4))
    assert friedman(values)["kendall_w"] == pytest.approx(w)
    assert friedman(np.tile(np.arange(4.0), (5, 1)))["kendall_w"] == pytest.approx(1)


def test_what_differs_is_found_and_what_does_not_is_not(tables):
    _, effects, _, _ = tables
    found = effects.set_index("feature")
    assert found.loc["occupancy_smile", "friedman_significant"]
    assert found.loc["occupancy_smile", "mixed_significant"]
    assert found.loc["occupancy_smile", "kendall_w"] > 0.9
    assert not found.loc["noise", "mixed_significant"]


def test_constant_and_absent_features_have_no_p_and_say_why(tables):
    _, effects, pairs, families = tables
    effects = effects.set_index("feature")
    for name, reason in (("constant", "constant"), ("absent", "too few")):
        assert effects.loc[name, ["friedman_p", "mixed_p", "friedman_p_bh", "mixed_p_by"]].isna().all()
        assert reason in effects.loc[name, "note"] and "Friedman" in effects.loc[name, "note"]
        assert not effects.loc[name, "mixed_significant"]
        assert pairs[pairs["feature"] == name]["p_holm"].isna().all()
        assert (pairs[pairs["feature"] == name]["note"] != "").all()
    families = families.set_index("family")
    assert families.loc["scene_effects_mixed", ["tests", "missing"]].tolist() == [4, 2]
    missing = effects["friedman_p"].isna().sum()
    assert families.loc["scene_effects_friedman", ["tests", "missing"]].tolist() == [6 - missing, missing]
    there = effects["mixed_p"].notna()
    expected = stats.false_discovery_control(effects.loc[there, "mixed_p"], method="by")
    np.testing.assert_allclose(effects.loc[there, "mixed_p_by"], expected, rtol=1e-6)


def test_pairs_are_scipys_with_holm_within_a_feature(tables):
    features, _, pairs, _ = tables
    rows = pairs[pairs["feature"] == "occupancy_smile"]
    values = wide(features, "occupancy_smile")
    assert len(rows) == 10
    p = []
    for (a, b), row in zip(itertools.combinations(range(5), 2), rows.itertuples(), strict=True):
        assert (row.scene_a, row.scene_b) == (f"scene{a}", f"scene{b}")
        assert row.median_difference == pytest.approx(np.median(values[:, b] - values[:, a]))
        p.append(stats.wilcoxon(values[:, a], values[:, b]).pvalue)
    np.testing.assert_allclose(rows["p"], p, rtol=1e-8)
    order = np.argsort(p, kind="stable")
    holm = np.maximum.accumulate(np.array(p)[order] * np.arange(10, 0, -1)).clip(max=1)
    np.testing.assert_allclose(rows["p_holm"].to_numpy()[order], holm, rtol=1e-8)


def test_ties_and_zeros_are_counted_out_exactly():
    """Of five people one does not differ and four rise: two of 2^4 signs are as extreme."""
    row = wilcoxon(np.array([0.0, 1.0, 1.0, 1.0, 2.0]))
    assert row["p"] == pytest.approx(2 / 16)
    assert row["n_participants"] == 5 and row["median_difference"] == 1
    nobody = wilcoxon(np.zeros(5))
    assert np.isnan(nobody["p"]) and "no difference" in nobody["note"]
    assert "2 participant(s)" in wilcoxon(np.ones(2))["note"]


def test_wilcoxon_is_scipys_to_the_last_bit_with_ties_and_zeros_or_without():
    random = np.random.default_rng(4)
    # scipy goes over all signs of up to 13 people in a loop, of 13 in half a second.
    people = (*[*range(3, 11), 14, 15, 16] * 5, 11, 12, 13)
    tied = [random.integers(-3, 4, number) / 3 for number in people]
    ordinary = [random.normal(size=n) for n in (3, 8, 13, 14, 60)]
    for difference in (*tied, np.array([0.0, 0.0, 1.5]), np.ones(13), -np.ones(5), *ordinary):
        if difference.any():
            row, expected = wilcoxon(difference), stats.wilcoxon(difference)
            assert (row["statistic"], row["p"]) == (expected.statistic, expected.pvalue), difference


def test_two_scenes_leave_the_mixed_model_and_the_pair(tmp_path, study, save):
    features, _ = study(scenes=2)
    effects, pairs, _ = run(tmp_path, save, features)
    assert effects["friedman_p"].isna().all()
    assert effects["note"].str.contains("three are needed|0 scene").all()
    row = effects.set_index("feature").loc["occupancy_smile"]
    assert row["mixed_p"] < 0.01 and row["mixed_df"] == 1
    assert len(pairs) == 6


def test_one_scene_gives_tables_without_p(tmp_path, study, save):
    features, _ = study(scenes=1)
    effects, pairs, families = run(tmp_path, save, features)
    assert len(effects) == 6 and effects[["friedman_p", "mixed_p"]].isna().all(axis=None)
    assert len(pairs) == 0 and "p_holm" in pairs.columns
    assert families["tests"].tolist() == [0, 0]


def test_no_scenes_at_all_give_empty_tables(tmp_path, study, save):
    features, _ = study()
    effects, pairs, families = run(tmp_path, save, features.iloc[:0])
    assert len(effects) == len(pairs) == 0 and "mixed_p_bh" in effects.columns
    assert list(families.columns[:2]) == ["family", "tests"] and len(families) == 0


def test_sessions_are_averaged(tmp_path, study, save):
    features, _ = study()
    twice = pd.concat(
        [
            features.assign(session="a", value=features["value"] - 0.3),
            features.assign(session="b", value=features["value"] + 0.3),
        ]
    )
    once, again = run(tmp_path, save, features)[0], run(tmp_path, save, twice)[0]
    np.testing.assert_allclose(again["mixed_p"], once["mixed_p"], rtol=1e-6)
    assert again["n_rows"].tolist() == once["n_rows"].tolist()


def test_order_of_rows_changes_nothing(tmp_path, study, save):
    features, _ = study()
    first = run(tmp_path, save, features)
    people = features["participant"].map(lambda p: f"{9 - int(p):02d}")
    second = run(tmp_path, save, features.assign(participant=people))
    for a, b in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(a, b, rtol=1e-6)


def test_pure_noise_is_computed_whole_and_seldom_significant():
    values = np.random.default_rng(1).normal(size=(24, 8, 6))
    names = [f"feature{f}" for f in range(24)]
    table = Cells(values, names, [f"{p:02d}" for p in range(8)], [f"s{s}" for s in range(6)])
    from myoscene.statistics.scene_effects import effects_of

    effects = effects_of(table)
    by_feature = effects.set_index("feature")["friedman_p"]
    expected = [stats.friedmanchisquare(*of.T).pvalue for of in values]
    np.testing.assert_allclose(by_feature[names], expected, rtol=1e-9)
    for column in ("friedman_p", "mixed_p"):
        assert effects[column].notna().all()
        # 1.2 of 24 are expected at .05; 6 or more have a chance below 0.2 %.
        assert (effects[column] <= 0.05).sum() < 6
    assert len(pairs_of(table)) == 24 * 15
