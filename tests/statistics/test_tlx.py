"""The table of associations: what is in each row, and what happens when something is missing."""

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.statistics.estimators import ESTIMATORS, PRIMARY, bootstrap_weights
from myoscene.statistics.tlx import TlxSettings, align, associate, tlx_associations
from scipy import stats

SUBSCALES = ["mental", "physical", "raw_tlx"]
SETTINGS = {"alpha": 0.05, "permutations": 1000, "bootstrap_samples": 200, "seed": 1, "family": "estimator"}


@pytest.fixture
def run(tmp_path, save):
    def run(features, ratings, **changes):
        made = tmp_path / "associations.csv", tmp_path / "families.csv"
        settings = TlxSettings(**{"subscales": SUBSCALES, "applied": []} | SETTINGS | changes)
        tlx_associations(*save(tmp_path, features, ratings), *made, settings)
        text = {"note": str, "loo_participant": str}
        rows = pd.read_csv(made[0], dtype=text).fillna({"note": "", "loo_participant": ""})
        return rows, pd.read_csv(made[1])

    return run


def one(rows, feature, subscale="physical", estimator=PRIMARY):
    found = rows[(rows["feature"] == feature) & (rows["subscale"] == subscale) & (rows["estimator"] == estimator)]
    assert len(found) == 1
    return found.iloc[0]


def wide(frame, column, value):
    rows = frame if column is None else frame[frame["feature"] == column]
    return rows.pivot(index="participant", columns="scene", values=value).to_numpy()


def test_every_estimator_feature_and_subscale_has_a_row(run, study):
    rows, families = run(*study())
    assert len(rows) == 4 * 6 * 3
    assert list(rows["estimator"].unique()) == [estimator.name for estimator in ESTIMATORS]
    assert (rows["primary"] == (rows["estimator"] == PRIMARY)).all()
    assert list(families["family"]) == list(rows["estimator"].unique())
    assert (families["tests"] + families["missing"] == 18).all()
    assert not rows["synthetic"].any()


def test_a_planted_association_is_found_by_the_primary_estimator(run, study):
    rows, families = run(*study())
    row = one(rows, "occupancy_frown")
    assert row["estimate"] > 0.7 and row["p"] <= 2 / 720 and row["significant"]
    assert row["ci_low"] > 0 and row["ci_low"] < row["estimate"] < row["ci_high"] <= 1
    assert row["exact"] and row["permutations"] == 720
    assert (row["n_participants"], row["n_scenes"], row["n_rows"]) == (6, 5, 30)
    assert not one(rows, "noise").significant
    assert families["significant_bh"].iloc[0] == rows[rows["primary"]]["significant"].sum() >= 1


def test_the_other_estimators_have_scipys_p(run, study):
    features, ratings = study()
    rows, _ = run(features, ratings)
    x, y = wide(features, "noise", "value"), wide(ratings, None, "physical")
    pooled = one(rows, "noise", estimator="pooled_spearman")
    expected = stats.spearmanr(x.ravel(), y.ravel())
    assert (pooled["estimate"], pooled["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert pooled["n_rows"] == 30 and pooled["permutations"] == 0 and "repeated" in pooled["note"]
    between = one(rows, "noise", estimator="between_scenes")
    expected = stats.pearsonr(x.mean(axis=0), y.mean(axis=0))
    assert (between["estimate"], between["p"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert between["n_scenes"] == 5 and "number of scenes" in between["note"]
    within = one(rows, "noise", estimator="within_participant")
    centred = [(v - v.mean(axis=1, keepdims=True)).ravel() for v in (x, y)]
    r = np.corrcoef(*centred)[0, 1]
    t = r * np.sqrt(23 / (1 - r**2))
    assert within["estimate"] == pytest.approx(r)
    assert within["p"] == pytest.approx(2 * stats.t.sf(abs(t), 23))
    assert "designed differences" in within["note"]


def test_leaving_one_out_names_whose_absence_changes_most(run, study):
    features, ratings = study()
    x, y = wide(features, "noise", "value"), wide(ratings, None, "physical")

    def centred(v):
        return (v - v.mean(0) - v.mean(1, keepdims=True) + v.mean()).ravel()

    def primary(kept):
        return np.corrcoef(centred(x[kept]), centred(y[kept]))[0, 1]

    everyone = np.arange(6)
    changes = [primary(np.delete(everyone, p)) - primary(everyone) for p in range(6)]
    row = one(run(features, ratings)[0], "noise")
    most = int(np.argmax(np.abs(changes)))
    assert row["loo_max_change"] == pytest.approx(changes[most])
    assert row["loo_participant"] == f"{most + 1:02d}"


def test_interval_is_the_bootstrap_of_participants(run, study):
    features, ratings = study()
    x, y = wide(features, "noise", "value"), wide(ratings, None, "mental")

    def centred(v):
        return (v - v.mean(0) - v.mean(1, keepdims=True) + v.mean()).ravel()

    samples = []
    for counts in bootstrap_weights(6, 200, seed=1):
        drawn = np.repeat(np.arange(6), counts.astype(int))
        if len(set(drawn)) > 1:
            samples.append(np.corrcoef(centred(x[drawn]), centred(y[drawn]))[0, 1])
    row = one(run(features, ratings)[0], "noise", "mental")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(np.quantile(samples, [0.025, 0.975])), abs=1e-8)


def test_constant_and_absent_features_are_missing_and_counted(run, study):
    rows, families = run(*study())
    for name, reason in (("constant", "no variation"), ("absent", "0 participant(s)")):
        missing = rows[rows["feature"] == name]
        assert missing[["estimate", "ci_low", "p", "p_bh", "p_by", "loo_max_change"]].isna().all(axis=None)
        assert missing["note"].str.startswith(reason).all()
        assert (missing["loo_participant"] == "").all() and not missing["significant"].any()
    assert families["missing"].tolist() == [6, 6, 6, 6]


def test_gaps_of_a_feature_are_left_out_and_counted(run, study):
    features, ratings = study()
    row = one(run(features, ratings)[0], "gappy")
    values = wide(features, "gappy", "value")
    used = (~np.isnan(values)).sum(axis=1)
    assert row["n_rows"] == used[used >= 2].sum() < 30
    assert row["n_participants"] == (used >= 2).sum()
    assert 0 < row["p"] <= 1 and row["permutations"] == 720


def test_correction_is_within_families_and_leaves_missing_p_out(run, study):
    rows, _ = run(*study())
    for _, part in rows.groupby("estimator"):
        there = part["p"].notna()
        expected = stats.false_discovery_control(part.loc[there, "p"])
        np.testing.assert_allclose(part.loc[there, "p_bh"], expected, rtol=1e-8)
    rows, families = run(*study(), family="estimator_and_subscale")
    assert len(families) == 12 and f"{PRIMARY}/mental" in set(families["family"])
    part = rows[rows["primary"] & (rows["subscale"] == "mental") & rows["p"].notna()]
    np.testing.assert_allclose(part["p_by"], stats.false_discovery_control(part["p"], method="by"), rtol=1e-8)


def test_names_and_order_of_people_do_not_matter(run, study):
    features, ratings = study()
    first, _ = run(features, ratings)

    def renamed(frame):
        return frame.assign(participant=frame["participant"].map(lambda p: f"{9 - int(p):02d}"))

    second, _ = run(renamed(features), renamed(ratings).sample(frac=1, random_state=1))
    for column in ("estimate", "p", "loo_max_change"):
        np.testing.assert_allclose(first[column], second[column], atol=1e-9)


def test_the_same_input_gives_the_same_bytes(tmp_path, run, study):
    run(*study())
    first = (tmp_path / "associations.csv").read_bytes()
    run(*study())
    assert (tmp_path / "associations.csv").read_bytes() == first
    run(*study(), seed=2)
    assert (tmp_path / "associations.csv").read_bytes() != first


def test_a_person_without_a_rating_of_one_scene(run, study):
    features, ratings = study()
    lost = (ratings["participant"] == "02") & (ratings["scene"] == "scene3")
    row = one(run(features, ratings[~lost])[0], "occupancy_frown")
    # The one who was rated in other scenes keeps the own block: 5! permutations are left.
    assert (row["n_rows"], row["n_participants"], row["permutations"]) == (29, 6, 120)
    assert row["p"] <= 0.05


def test_nobody_rated_in_the_same_scenes(run, study):
    features, ratings = study(people=3)
    number = ratings["participant"].astype(int)
    lost = ratings["scene"].str[-1].astype(int) == number
    row = one(run(features, ratings[~lost])[0], "noise")
    assert np.isnan(row["p"]) and not np.isnan(row["estimate"])
    assert row["note"] == "no two participants were rated in the same scenes"


def test_few_permutations_are_said(run, study):
    row = one(run(*study(people=3))[0], "noise")
    assert row["permutations"] == 6 and row["p"] >= 1 / 6
    assert row["note"] == "only 6 permutations of the participants exist"


def test_many_people_are_permuted_at_random(run, study):
    row = one(run(*study(people=8))[0], "occupancy_frown")
    assert not row["exact"] and row["permutations"] == 1000
    assert row["p"] == pytest.approx(1 / 1001)


def test_one_scene_leaves_the_pooled_estimator(run, study):
    rows, _ = run(*study(scenes=1))
    for estimator, reason in (
        (PRIMARY, "0 participant"),
        ("within_participant", "0 participant"),
        ("between_scenes", "1 scene"),
    ):
        row = one(rows, "noise", estimator=estimator)
        assert np.isnan(row["p"]) and row["note"].startswith(reason)
    assert 0 < one(rows, "noise", estimator="pooled_spearman").p <= 1


def test_two_scenes_leave_no_correlation_of_scene_means(run, study):
    rows, _ = run(*study(scenes=2))
    assert one(rows, "noise", estimator="between_scenes").note.startswith("2 scene(s)")
    assert one(rows, "noise")["p"] > 0


@pytest.mark.parametrize("people", [0, 1, 2])
def test_fewer_than_three_people_are_refused_in_one_sentence(run, study, people):
    features, ratings = study()
    kept = ratings[ratings["participant"].astype(int) <= people]
    with pytest.raises(
        InputError, match=rf"^{people} participant.*associations need 3.*recordings.ratings.source"
    ) as error:
        run(features, kept)
    assert "\n" not in str(error.value)


def test_nothing_is_written_when_it_is_refused(tmp_path, run, study):
    features, ratings = study()
    with pytest.raises(InputError):
        run(features, ratings.assign(scene="elsewhere"))
    assert not list(tmp_path.glob("*.csv"))


def test_sessions_are_matched_and_averaged(study):
    features, ratings = study()
    twice = pd.concat([features.assign(session="a"), features.assign(session="b", value=features["value"] + 1)])
    rated = pd.concat(
        [
            ratings.assign(session="a"),
            ratings.assign(session="b", mental=20.0),
            ratings.assign(session="c", mental=99.0),
        ]
    )
    x, y = align(twice, rated, ["mental"])
    np.testing.assert_allclose(x.values[2], wide(features, "noise", "value") + 0.5)
    np.testing.assert_allclose(y.values[0], (wide(ratings, None, "mental") + 20) / 2)
    # Ratings that name no session are those of all sessions.
    x, y = align(twice, ratings, ["mental"])
    np.testing.assert_allclose(x.values[2], wide(features, "noise", "value") + 0.5)
    np.testing.assert_allclose(y.values[0], wide(ratings, None, "mental"))


def test_a_subscale_that_nobody_has_is_missing(run, study):
    rows, _ = run(*study(), subscales=["physical", "weighted_tlx"])
    missing = rows[rows["subscale"] == "weighted_tlx"]
    assert len(missing) == 24 and missing["p"].isna().all() and (missing["note"] != "").all()


def test_a_mark_of_synthetic_data_is_kept(run, study):
    features, ratings = study()
    rows, families = run(features.assign(synthetic=True), ratings)
    assert rows["synthetic"].all() and families["synthetic"].all()


def test_an_association_with_everything_is_one(study):
    """A rating that is the feature itself correlates with it perfectly, in every estimator."""
    features, ratings = study()
    x, y = align(features, ratings, ["mental"])
    y.values[0] = 3 * x.values[2] - 7
    rows = associate(x, y, permutations=1000, bootstrap_samples=99, seed=1)
    same = rows[rows["feature"] == "noise"]
    np.testing.assert_allclose(same["estimate"], 1, atol=1e-9)
    np.testing.assert_allclose(same["loo_max_change"], 0, atol=1e-9)
    assert same["p"].iloc[0] == pytest.approx(1 / 720)
