"""Cohorts by name and hash, models of another one refused by name, and folds frozen together."""

import json
from pathlib import Path
from typing import Any

import pytest
from myoscene.core.errors import InputError
from myoscene.learn.cohort.identity import (
    read_identity,
    require_made_for,
    require_same_cohort,
    with_cohort,
    write_identity,
)
from myoscene.learn.engine.checkpoint import card_path, read_checkpoint
from myoscene.learn.engine.frozen import freeze_model, predictors

from learn import builders as b

CLASSES = ["neutral", "smile"]


def identity(folder: Path, content: str = "x", name: str = "ours", people: tuple[str, ...] = ("p1", "p2")) -> Path:
    table = folder / "features.parquet"
    table.write_text(content)
    path = folder / f"{name}.json"
    write_identity(path, {"features": table}, name=name, participants=people, classes=CLASSES)
    return path


def test_a_cohort_is_its_people_and_their_data_whatever_its_name(tmp_path: Path) -> None:
    first = read_identity([identity(tmp_path)])
    assert read_identity([identity(tmp_path)]) == first
    assert len(first["sha256"]) == 64
    renamed = read_identity([identity(tmp_path, name="theirs")])
    assert (renamed["name"], renamed["sha256"]) == ("theirs", first["sha256"])
    assert read_identity([identity(tmp_path, content="y")])["sha256"] != first["sha256"]
    assert read_identity([identity(tmp_path, people=("p1", "p3"))])["sha256"] != first["sha256"]


def test_a_missing_identity_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone.json is no record of a cohort"):
        read_identity([tmp_path / "gone.json"])


@pytest.mark.parametrize("text", ["[]", "{}", "{", "\xff", '{"name": 1}', "[" * 100_000])
def test_a_damaged_identity_or_card_or_frozen_model_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="damaged.json is no record of a cohort"):
        read_identity([path])
    with pytest.raises(InputError, match="damaged.json is no frozen model"):
        next(predictors(path))
    with pytest.raises(InputError, match="damaged.json is no card of a model"):
        freeze_model([path], [path], tmp_path / "f.json", model="lda", classes=CLASSES, about={})
    path.write_text('{"format": 1, "folds": [{"checkpoint": "x"}]}')
    with pytest.raises(InputError, match="a fold without its files"):
        next(predictors(path))


def made(tmp_path: Path, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a training is told, and the card that it would write."""
    about = with_cohort({"settings": {"shrinkage": True, "weights": "a/here"}, "seed": 1}, [identity(tmp_path)])
    card = {"model": "lda", "classes": CLASSES, **json.loads(json.dumps(about))}
    return about, card | changes


def test_the_same_run_s_model_is_taken_wherever_a_weights_file_lay(tmp_path: Path) -> None:
    about, card = made(tmp_path)
    require_made_for(card, "x", model="lda", classes=CLASSES, about=about)
    card["settings"] = {"shrinkage": True, "weights": "b/there"}
    require_made_for(card, "x", model="lda", classes=CLASSES, about=about)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model": "knn"}, "x holds the model 'knn', not 'lda'"),
        ({"cohort": {"name": "theirs", "sha256": "ab" * 32}}, "the cohort 'theirs' .abababababab., but this run has"),
        ({"cohort": None}, "the cohort of an older version"),
        ({"classes": ["neutral", "frown"]}, "tells apart the classes neutral, frown, but this run has neutral, smile"),
        ({"settings": {"shrinkage": False}}, "another configuration: settings.shrinkage was False, and is True"),
        ({"seed": 2}, "another configuration: seed was 2, and is 1"),
        ({"settings": None}, "another configuration: settings was None"),
    ],
)
def test_a_model_of_something_else_is_refused_by_name(tmp_path: Path, changes: dict, says: str) -> None:
    about, card = made(tmp_path, **changes)
    with pytest.raises(InputError, match=says):
        require_made_for(card, "x", model="lda", classes=CLASSES, about=about)


def test_a_renamed_cohort_is_another_one(tmp_path: Path) -> None:
    _, card = made(tmp_path)
    about = with_cohort({}, [identity(tmp_path, name="theirs")])
    with pytest.raises(InputError, match=r"the cohort 'ours' .*, but this run has the cohort 'theirs'"):
        require_made_for(card, "x", model="", classes=CLASSES, about=about)


def test_an_encoder_belongs_to_a_cohort_of_more_tables(tmp_path: Path) -> None:
    whole = {"name": "ours", "sha256": "1", "tables": {"signals": "a", "eyes": "b"}}
    part = {"name": "ours", "sha256": "2", "tables": {"signals": "a"}}
    require_same_cohort({"cohort": part}, "x", {"cohort": whole})
    for other in (part | {"tables": {"signals": "z"}}, part | {"name": "theirs"}, None):
        with pytest.raises(InputError, match="x was trained on the cohort"):
            require_same_cohort({"cohort": other}, "x", {"cohort": whole})


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with two folds of an lda, and what they were told."""
    folder = tmp_path_factory.mktemp("folds")
    table = b.signals()
    b.write_cohort(folder, table)
    write_identity(
        folder / "features.json",
        {"features": folder / "features.parquet"},
        name="ours",
        participants=b.PEOPLE,
        classes=b.CLASSES,
    )
    about = with_cohort(b.about("lda"), [folder / "features.json"])
    for person in b.PEOPLE[:2]:
        b.train(folder, "lda", person, about=about)
    return folder, about


def freeze(folder: Path, about: dict[str, Any]) -> Path:
    paths = sorted((folder / "lda").glob("*.safetensors"))
    target = folder / "frozen" / "lda.json"
    freeze_model(paths, [card_path(path) for path in paths], target, model="lda", classes=b.CLASSES, about=about)
    return target


def test_the_card_holds_cohort_and_configuration_apart(folds: tuple[Path, dict[str, Any]]) -> None:
    folder, about = folds
    _, card = read_checkpoint(folder / "lda" / f"{b.PEOPLE[0]}.safetensors")
    assert card["cohort"] == about["cohort"]
    _, bare = read_checkpoint(b.train(folder, "lda", b.PEOPLE[0], out=folder / "bare"))
    assert "cohort" not in bare
    assert bare["config_sha256"] == card["config_sha256"]


def test_a_frozen_model_is_its_folds_by_content(folds: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, about = folds
    frozen = freeze(folder, about)
    first = frozen.read_bytes()
    assert str(folder) not in first.decode()
    assert freeze(folder, about).read_bytes() == first
    moved = tmp_path / "moved"
    folder.rename(moved)
    try:
        found = list(predictors(moved / "frozen" / "lda.json"))
    finally:
        moved.rename(folder)
    assert [predictor.card["fold"] for _, predictor in found] == sorted(b.PEOPLE[:2])
    assert [Path(path).parent.name for path, _ in found] == ["lda", "lda"]
    assert json.loads(first)["training_participants"] == sorted(b.PEOPLE)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_fold_that_changed_since_is_refused(folds: tuple[Path, dict[str, Any]], suffix: str) -> None:
    folder, about = folds
    frozen = freeze(folder, about)
    path = folder / "lda" / f"{b.PEOPLE[1]}{suffix}"
    kept = path.read_bytes()
    path.write_bytes(kept + b" ")
    try:
        with pytest.raises(InputError, match=rf"{path.name} is missing, or no longer the c"):
            list(predictors(frozen))
    finally:
        path.write_bytes(kept)


def test_folds_of_another_cohort_are_not_frozen(folds: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, about = folds
    other = with_cohort({name: about[name] for name in about if name != "cohort"}, [identity(tmp_path)])
    with pytest.raises(InputError, match="was trained on the cohort 'ours'"):
        freeze(folder, other)
