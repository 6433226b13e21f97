"""Several networks in one fold: other validation people each, one checkpoint, averaged probabilities."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.core.tables import read_table
from myoscene.learn.cohort.split import Split, member_splits
from myoscene.learn.engine.task import Execution
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.scores.evaluate import held_out_predictions
from myoscene.learn.scores.members import spread
from myoscene.learn.scores.metrics import score_participants
from myoscene.learn.tables import PREDICTIONS

from learn import builders as b
from learn.test_evaluate import evaluate
from learn.test_training import Stopped, stop_after


@given(training=st.integers(1, 12), validation=st.integers(1, 4), members=st.integers(1, 8), seed=st.integers(0, 99))
def test_members_share_the_people_that_are_not_held_out(
    training: int, validation: int, members: int, seed: int
) -> None:
    names = [f"p{i:02d}" for i in range(training + validation + 1)]
    size = min(validation, training)
    split = Split("p00", tuple(names[1 + size :]), tuple(names[1 : 1 + size]), ("p00",))
    if not split.training:
        return
    found = member_splits(split, members, seed)
    assert len(found) == members
    assert found[0] == split
    for member in found:
        assert set(member.training) | set(member.validation) == set(split.training) | set(split.validation)
        assert not set(member.training) & set(member.validation)
        assert member.training
        assert "p00" not in member.training + member.validation
    assert found == member_splits(split, members, seed)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return b.write_cohort(tmp_path_factory.mktemp("members"), b.signals())


def test_probabilities_are_the_mean_of_the_members(cohort: Path) -> None:
    path = b.train(cohort, "cnn_tcn", "p02", cohort / "three", spec=b.spec("cnn_tcn", epochs=2, members=3))
    model = load_predictor(path)
    card = json.loads(path.with_suffix(".json").read_text())
    assert len(model.members) == len(card["members"]) == 3
    assert {entry["member"] for entry in card["history"]} == {0, 1, 2}
    x = np.random.default_rng(0).standard_normal((len(model.channels), 400)).astype(np.float32)
    hop = card["hop_samples"]
    _, together = model.predict_signal(x, hop)
    every = list(model.members)
    alone = []
    for network in every:
        model.members = [network]
        alone.append(model.predict_signal(x, hop)[1])
    assert np.allclose(np.mean(alone, axis=0), together, atol=1e-6)
    assert np.abs(alone[0] - alone[1]).max() > 1e-3, "members differ"
    assert np.allclose(together.sum(axis=1), 1, atol=1e-5)


def test_one_member_is_the_first_of_many(cohort: Path) -> None:
    one = load_predictor(b.train(cohort, "cnn_tcn", "p02", cohort / "one", spec=b.spec("cnn_tcn", epochs=2)))
    many = load_predictor(
        b.train(cohort, "cnn_tcn", "p02", cohort / "two", spec=b.spec("cnn_tcn", epochs=2, members=2))
    )
    first, same = one.members[0].state_dict(), many.members[0].state_dict()
    assert all(np.array_equal(first[name].numpy(), same[name].numpy()) for name in first)


def test_a_training_stopped_in_its_second_member_goes_on(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = b.spec("cnn_tcn", epochs=3, members=2)
    state = tmp_path / "state.safetensors"
    with monkeypatch.context() as context:
        stop_after(context, 5)
        with pytest.raises(Stopped):
            b.train(cohort, "cnn_tcn", "p02", tmp_path / "stopped", spec=said, execution=Execution(state))
    assert len(list(tmp_path.glob("state*.safetensors"))) == 2
    with monkeypatch.context() as context:
        stop_after(context, 1)  # one epoch is left
        resumed = b.train(cohort, "cnn_tcn", "p02", tmp_path / "resumed", spec=said, execution=Execution(state))
    assert not list(tmp_path.glob("state*.safetensors"))
    fresh = b.train(cohort, "cnn_tcn", "p02", tmp_path / "fresh", spec=said)
    assert resumed.read_bytes() == fresh.read_bytes()


def test_the_held_out_person_changes_no_member(cohort: Path, tmp_path: Path) -> None:
    said = b.spec("cnn_tcn", epochs=2, members=3)
    before = b.train(cohort, "cnn_tcn", "p02", tmp_path / "a", spec=said)
    table = b.signals()
    columns = [name for name in table if name.startswith("signal__")]
    table.loc[table["participant"] == "p02", columns] *= -37
    changed = b.write_cohort(tmp_path / "changed", table)
    after = b.train(changed, "cnn_tcn", "p02", tmp_path / "b", spec=said)
    assert before.read_bytes() == after.read_bytes()


@pytest.fixture(scope="module")
def scored(cohort: Path) -> dict[str, Path]:
    return evaluate(cohort, "cnn_tcn", out="pairs_", spec=b.spec("cnn_tcn", epochs=2, members=2))


def test_the_model_is_scored_by_averaged_probabilities_and_members_alone(cohort: Path, scored: dict[str, Path]) -> None:
    members = pd.read_csv(scored["members"], dtype={"participant": str})
    assert members[["participant", "member"]].values.tolist() == [[name, m] for name in b.PEOPLE for m in (0, 1)]
    table = read_table(scored["predictions"], PREDICTIONS)
    windows = table[table["participant"] == "p03"]
    whole = load_predictor(cohort / "cnn_tcn" / "p03.safetensors")
    probabilities = [f"p_{name}" for name in b.CLASSES]
    alone = []
    for member in (0, 1):
        signals = held_out_predictions(whole.alone(member), b.cohort_of(cohort, "cnn_tcn"), ("p03",))
        alone.append(signals[probabilities].to_numpy())
        expected = score_participants(signals, b.CLASSES, 10).iloc[0]
        row = members[(members["participant"] == "p03") & (members["member"] == member)].iloc[0]
        for metric in ("accuracy", "balanced_accuracy", "macro_f1"):
            assert row[metric] == pytest.approx(expected[metric])
    assert np.abs(alone[0] - alone[1]).max() > 1e-3, "members differ"
    assert np.allclose(windows[probabilities], np.mean(alone, axis=0), atol=1e-6)


def test_the_summary_says_how_far_members_lie_apart(scored: dict[str, Path]) -> None:
    members, summary = pd.read_csv(scored["members"]), pd.read_csv(scored["summary"]).set_index("metric")
    assert (summary["members"] == 2).all()
    for metric in ("accuracy", "balanced_accuracy", "macro_f1"):
        apart = members.groupby("participant")[metric].std(ddof=1)
        alone = np.sqrt((apart**2).sum()) / len(apart)
        assert summary.loc[metric, "sd_members"] == pytest.approx(alone) and alone > 0
        assert summary.loc[metric, "sd_seeds"] == pytest.approx(alone / np.sqrt(2))
    assert summary.loc[["brier", "ece"], ["sd_members", "sd_seeds"]].isna().all(axis=None)


def test_the_spread_is_that_of_many_seeds_where_folds_of_several_people_share_a_network() -> None:
    generator = np.random.default_rng(4)

    def seed(members: int) -> pd.DataFrame:
        """Six folds of two people each: what a network adds is the same for both."""
        rows = [
            (f"f{fold}", f"p{fold}{place}", member)
            for fold in range(6)
            for place in (0, 1)
            for member in range(members)
        ]
        table = pd.DataFrame(rows, columns=["fold", "participant", "member"])
        added = {key: generator.normal(0, 0.1) for key in set(zip(table["fold"], table["member"], strict=True))}
        noise = [added[key] for key in zip(table["fold"], table["member"], strict=True)]
        return table.assign(macro_f1=0.8 + np.array(noise))

    single = np.std([seed(1)["macro_f1"].mean() for _ in range(2000)], ddof=1)
    told = np.mean([spread(seed(4), "macro_f1")["sd_members"] for _ in range(300)])
    assert told == pytest.approx(single, rel=0.06)


def test_a_model_that_is_no_ensemble_is_its_only_member(cohort: Path) -> None:
    paths = evaluate(cohort, "lda", out="pairs_")
    members, people = (pd.read_csv(paths[name]) for name in ("members", "participants"))
    assert (members["member"] == 0).all()
    assert members["macro_f1"].tolist() == people["macro_f1"].tolist()
    summary = pd.read_csv(paths["summary"])
    assert (summary["members"] == 1).all()
    assert summary[["sd_members", "sd_seeds"]].isna().all(axis=None)
