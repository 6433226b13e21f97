"""Splits by participant, on made-up people."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.learn.cohort.folds import assign, roles, validation_participants, write_folds
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.cohort.split import read_split

PEOPLE = [f"p{number:02d}" for number in range(1, 13)]
GIVEN = {"max_lopo": 60, "k": 4, "seed": 1}


def test_lopo_names_folds_like_people() -> None:
    assert assign(reversed(PEOPLE), "lopo", **GIVEN) == {name: name for name in PEOPLE}


def test_auto_groups_a_large_cohort() -> None:
    assert set(assign(PEOPLE, "auto", max_lopo=12, k=4, seed=1).values()) == set(PEOPLE)
    assert set(assign(PEOPLE, "auto", max_lopo=11, k=4, seed=1).values()) == {f"group{n:02d}" for n in range(1, 5)}


@given(
    st.sets(st.from_regex(r"[A-Za-z0-9]{1,6}", fullmatch=True), min_size=4, max_size=30),
    st.sampled_from(["lopo", "grouped"]),
    st.integers(2, 12),
    st.integers(0, 5),
    st.floats(0.01, 0.5),
)
def test_every_fold_splits_people(names: set[str], method: str, k: int, seed: int, fraction: float) -> None:
    fold_of = assign(names, method, 60, k, seed)
    assert list(fold_of) == sorted(names)
    sizes = [list(fold_of.values()).count(fold) for fold in set(fold_of.values())]
    assert max(sizes) - min(sizes) <= 1
    rows = roles(fold_of, fraction, seed)
    assert sorted(person for _, person, role in rows if role == "test") == sorted(names)
    for fold in set(fold_of.values()):
        test = {person for f, person, role in rows if f == fold and role == "test"}
        validation = {person for f, person, role in rows if f == fold and role == "validation"}
        assert test and validation
        assert not test & validation
        assert set(names) - test - validation


def test_the_split_depends_on_the_seed_and_on_nothing_else() -> None:
    first = assign(PEOPLE, "grouped", **GIVEN)
    assert assign(list(reversed(PEOPLE)), "grouped", **GIVEN) == first
    assert assign(PEOPLE, "grouped", max_lopo=60, k=4, seed=2) != first
    lopo = assign(PEOPLE, "lopo", **GIVEN)
    chosen = [tuple(validation_participants(lopo, fold, 0.2, 1)) for fold in PEOPLE]
    assert len(set(chosen)) > 3, "every fold draws its own validation people"
    assert chosen != [tuple(validation_participants(lopo, fold, 0.2, 2)) for fold in PEOPLE]


def test_validation_share() -> None:
    lopo = assign(PEOPLE, "lopo", **GIVEN)
    assert len(validation_participants(lopo, "p01", 0.2, 1)) == 2
    assert len(validation_participants(lopo, "p01", 0.01, 1)) == 1
    assert len(validation_participants(assign(PEOPLE[:3], "lopo", **GIVEN), "p01", 0.5, 1)) == 1


@pytest.mark.parametrize("number", [2, 3, 5])
def test_people_with_eye_images_both_validate_and_train_in_every_fold_that_has_two(number: int) -> None:
    lopo = assign(PEOPLE, "lopo", **GIVEN)
    for fold in PEOPLE:
        chosen = validation_participants(lopo, fold, 0.4, 1, PEOPLE[:number])
        assert len(chosen) == 4
        known = {*PEOPLE[:number]} - {fold}
        if len(known) > 1:
            assert known & {*chosen} and known - {*chosen}


def test_a_draw_among_everybody_does_not_depend_on_who_is_complete() -> None:
    lopo = assign(PEOPLE, "lopo", **GIVEN)
    for fold in PEOPLE:
        drawn = validation_participants(lopo, fold, 0.2, 1)
        assert drawn == validation_participants(lopo, fold, 0.2, 1, PEOPLE)
        assert not {*validation_participants(lopo, fold, 0.2, 1, PEOPLE[2:])} & {*PEOPLE[:2]}


@pytest.mark.parametrize("people", [[], ["p01"], ["p01", "p02"]])
def test_fewer_than_three_people_are_refused(people: list[str]) -> None:
    with pytest.raises(InputError, match=r"one to test, one to validate and one to train on") as error:
        assign(people, "lopo", **GIVEN)
    assert str(error.value).startswith(f"{len(people)} participant(s)")


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(InputError, match="'p02' occurs twice"):
        assign(["p01", "p02", "p02", "p03"], "lopo", **GIVEN)


def test_a_fold_that_leaves_one_person_is_refused() -> None:
    with pytest.raises(InputError, match="learn.folds.k = 2 leaves fewer than two of the 3"):
        assign(PEOPLE[:3], "grouped", max_lopo=60, k=2, seed=1)


def test_the_table_gives_the_split_back(tmp_path: Path) -> None:
    path = tmp_path / "folds.csv"
    people = ["01", "007", "NA", "1e3"]  # names that a careless reader takes for numbers or for nothing
    write_folds(path, people, FoldSettings("lopo", 60, 3, 0.2), seed=1, synthetic=False)
    split = read_split(path, "NA")
    assert split.test == ("NA",)
    assert {*split.training, *split.validation} == {"01", "007", "1e3"}
    with pytest.raises(InputError, match="no fold 'p99'"):
        read_split(path, "p99")


def test_assign_needs_only_the_standard_library() -> None:
    """The workflow calls it while it is read: pandas alone would cost half a second at every call."""
    code = (
        "import sys; from myoscene.learn.cohort.folds import assign; assign(['a', 'b', 'c'], 'lopo', 60, 10, 1); "
        "print([name for name in ('numpy', 'pandas', 'torch', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
