"""Fewer people to train on: nested, nobody changes sides, held-out people stay."""

from pathlib import Path

import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.learn.cohort.split import Split
from myoscene.learn.scores.learning_curve import collect_learning_curve, drop_people
from myoscene.learn.tables import FOLDS, LEARNING_CURVE, PARTICIPANT_SCORES

NAMES = [f"p{number:02d}" for number in range(1, 24)]
SPLIT = Split("p23", tuple(NAMES[:18]), tuple(NAMES[18:22]), (NAMES[22],))


def test_smaller_sets_lie_inside_larger_ones_and_nobody_changes_sides() -> None:
    before: Split | None = None
    for people in range(2, 23):
        fewer = drop_people(SPLIT, people, seed=1)
        assert len(fewer.training) + len(fewer.validation) == people
        assert fewer.training and fewer.validation and fewer.test == SPLIT.test and fewer.fold == SPLIT.fold
        assert set(fewer.training) <= set(SPLIT.training) and set(fewer.validation) <= set(SPLIT.validation)
        assert list(fewer.training) == sorted(fewer.training)
        if before is not None:
            assert set(before.training) <= set(fewer.training)
            assert set(before.validation) <= set(fewer.validation)
        before = fewer
    assert before == SPLIT


@pytest.mark.parametrize("validating", [1, 2, 11, 21])
def test_any_proportion_of_validation_people(validating: int) -> None:
    split = Split("p23", tuple(NAMES[validating:22]), tuple(NAMES[:validating]), (NAMES[22],))
    before: set[str] = set()
    for people in range(2, 23):
        fewer = drop_people(split, people, seed=2)
        chosen = {*fewer.training, *fewer.validation}
        assert len(chosen) == people and before <= chosen
        assert fewer.training and fewer.validation
        before = chosen


def test_the_draw_depends_on_seed_and_fold_alone() -> None:
    assert drop_people(SPLIT, 6, 1) == drop_people(SPLIT, 6, 1)
    others = {drop_people(SPLIT, 6, seed).training for seed in range(20)}
    assert len(others) > 10
    turned = Split("p23", SPLIT.training[::-1], SPLIT.validation[::-1], SPLIT.test)
    assert drop_people(turned, 6, 1) == drop_people(SPLIT, 6, 1)


@pytest.mark.parametrize("people", [1, 23])
def test_numbers_that_a_fold_does_not_have_are_refused(people: int) -> None:
    with pytest.raises(InputError, match=f"holds {people}, but fold 'p23' has 22 people"):
        drop_people(SPLIT, people, 1)


def part(people: int, participants: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": "eye_cnn",
            "people": people,
            "participant": participants,
            "fold": participants,
            "frames": 100,
            "training_people": "p02;p03",
            "accuracy": 0.5 + people / 50,
            "balanced_accuracy": 0.5,
            "macro_f1": 0.5,
            "synthetic": True,
        }
    )


PEOPLE = ["007", "NA", "a", "b", "c"]


def write_whole(folder: Path, people: list[str] = PEOPLE) -> tuple[Path, Path]:
    """The model's own scores of ``people``, and folds of :data:`PEOPLE`, one of whom each validates."""
    scores = pd.DataFrame({"model": "eye_cnn", "participant": people, "fold": people, "windows": 80, "classes": 3})
    metrics = dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "brier", "ece"), 0.9)
    scores = scores.assign(**metrics, roc_auc=None, note="", synthetic=True)
    write_table(folder / "participants.csv", scores[list(PARTICIPANT_SCORES.columns)], PARTICIPANT_SCORES)
    rows = [(p, q, role) for p in PEOPLE for q, role in ((p, "test"), ("b" if p != "b" else "c", "validation"))]
    folds = pd.DataFrame(rows, columns=["fold", "participant", "role"]).assign(synthetic=True)
    write_table(folder / "folds.csv", folds, FOLDS)
    return folder / "participants.csv", folder / "folds.csv"


def test_parts_are_joined_in_order_and_end_with_everybody(tmp_path: Path) -> None:
    sources = []
    for people in (3, 2):
        sources.append(tmp_path / f"{people}.parquet")
        write_table(sources[-1], part(people, ["NA", "007"]), LEARNING_CURVE)
    write_table(tmp_path / "empty.parquet", part(2, []), LEARNING_CURVE)
    whole = write_whole(tmp_path, ["NA", "007", "a", "c"])
    collect_learning_curve([*sources, tmp_path / "empty.parquet"], *whole, tmp_path / "curve.csv")
    table = pd.read_csv(tmp_path / "curve.csv", dtype={"participant": str}, keep_default_na=False)
    assert list(table.columns) == list(LEARNING_CURVE.columns)
    # Person b has no eye images, hence no score: the others train on three of each other.
    assert list(table["people"]) == [2, 2, 3, 3, 3, 3]
    assert list(table["participant"]) == ["007", "NA", "007", "NA", "a", "c"]
    assert list(table["training_people"][-2:]) == ["007;NA;c", "007;NA;a"]
    assert list(table["accuracy"]) == pytest.approx([0.54, 0.54, 0.56, 0.56, 0.9, 0.9])
    first = (tmp_path / "curve.csv").read_bytes()
    collect_learning_curve(sources[::-1], *whole, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == first


def test_everybody_is_a_point_of_its_own(tmp_path: Path) -> None:
    write_table(tmp_path / "2.parquet", part(2, PEOPLE), LEARNING_CURVE)
    collect_learning_curve([tmp_path / "2.parquet"], *write_whole(tmp_path), tmp_path / "curve.csv")
    table = pd.read_csv(tmp_path / "curve.csv", dtype={"participant": str}, keep_default_na=False)
    assert list(table["people"]) == [2] * 5 + [4] * 5
    assert set(table.loc[table["people"] == 4, "frames"]) == {80}


def test_a_person_scored_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(tmp_path / f"{name}.parquet", part(4, ["p01"]), LEARNING_CURVE)
    with pytest.raises(InputError, match="'p01' is scored twice at 4 training people"):
        collect_learning_curve(
            [tmp_path / "a.parquet", tmp_path / "b.parquet"], *write_whole(tmp_path), tmp_path / "curve.csv"
        )
    assert not (tmp_path / "curve.csv").exists()
