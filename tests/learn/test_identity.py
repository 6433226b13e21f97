"""Cohorts by name and hash, models of another one refused by name, and folds frozen together."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from myoscene.core.errors import InputError
from myoscene.learn.cohort.identity import CohortIdentity, read_identity, write_identity
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.card import Card, TrainingSpec
from myoscene.learn.engine.checkpoint import card_path, read_checkpoint
from myoscene.learn.engine.fits import require_fit, require_parts
from myoscene.learn.engine.frozen import freeze_model
from myoscene.learn.models.registry import predictors

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
    assert len(first.sha256) == 64
    renamed = read_identity([identity(tmp_path, name="theirs")])
    assert (renamed.name, renamed.sha256) == ("theirs", first.sha256)
    assert read_identity([identity(tmp_path, content="y")]).sha256 != first.sha256
    assert read_identity([identity(tmp_path, people=("p1", "p3"))]).sha256 != first.sha256


def test_a_missing_identity_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone.json is not a record of a cohort"):
        read_identity([tmp_path / "gone.json"])


@pytest.mark.parametrize("text", ["[]", "{}", "{", "\xff", '{"name": 1}', "[" * 100_000])
def test_a_damaged_identity_or_card_or_frozen_model_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="damaged.json is not a record of a cohort"):
        read_identity([path])
    with pytest.raises(InputError, match="damaged.json is not a frozen model"):
        next(predictors(path))
    with pytest.raises(InputError, match="damaged.json is not a card of a model"):
        freeze_model([path], [path], tmp_path / "f.json", model="lda", spec=told(None))
    path.write_text('{"format": 1, "folds": [{"checkpoint": "x"}]}')
    with pytest.raises(InputError, match="a fold without its files"):
        next(predictors(path))


def told(path: Path | None, **changes: Any) -> TrainingSpec:
    """What a training of the cohort at ``path`` is told."""
    settings = {"shrinkage": True, "weights": "a/here"}
    cohort = read_identity([path]) if path else None
    return replace(TrainingSpec("lda", CLASSES, settings, 1, True, cohort=cohort), **changes)


def card_of(spec: TrainingSpec, **changes: Any) -> Card:
    """The card that such a training would write."""
    people = {"training_participants": ["p1"], "validation_participants": ["p2"], "missing_classes": []}
    return Card.of(json.loads(json.dumps(spec.plain() | people)) | changes)


def test_the_same_run_s_model_is_taken_wherever_a_weights_file_lay(tmp_path: Path) -> None:
    spec = told(identity(tmp_path))
    require_fit(card_of(spec), "x", spec)
    require_fit(card_of(spec, settings={"shrinkage": True, "weights": "b/there"}), "x", spec)


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
    spec = told(identity(tmp_path))
    with pytest.raises(InputError, match=says):
        require_fit(card_of(spec, **changes), "x", spec)


def test_a_renamed_cohort_is_another_one(tmp_path: Path) -> None:
    card = card_of(told(identity(tmp_path)))
    spec = told(identity(tmp_path, name="theirs"))
    with pytest.raises(InputError, match=r"the cohort 'ours' .*, but this run has the cohort 'theirs'"):
        require_fit(card, "x", spec)


def test_an_encoder_belongs_to_a_cohort_of_more_tables(tmp_path: Path) -> None:
    spec = told(None, cohort=CohortIdentity("ours", "1", {"signals": "a", "eyes": "b"}))
    split = Split("p3", ("p1",), ("p2",), ("p3",))
    part = {"name": "ours", "sha256": "2", "tables": {"signals": "a"}}
    require_parts({"x": card_of(spec, fold="p3", cohort=part)}, spec, split)
    for other in (part | {"tables": {"signals": "z"}}, part | {"name": "theirs"}, None):
        with pytest.raises(InputError, match="x was trained on the cohort"):
            require_parts({"x": card_of(spec, fold="p3", cohort=other)}, spec, split)


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingSpec]:
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
    about = replace(b.spec("lda"), cohort=read_identity([folder / "features.json"]))
    for person in b.PEOPLE[:2]:
        b.train(folder, "lda", person, spec=about)
    return folder, about


def freeze(folder: Path, about: TrainingSpec) -> Path:
    paths = sorted((folder / "lda").glob("*.safetensors"))
    target = folder / "frozen" / "lda.json"
    freeze_model(paths, [card_path(path) for path in paths], target, model="lda", spec=about)
    return target


def test_the_card_holds_cohort_and_configuration_apart(folds: tuple[Path, TrainingSpec]) -> None:
    folder, about = folds
    _, card = read_checkpoint(folder / "lda" / f"{b.PEOPLE[0]}.safetensors")
    assert card.spec.cohort == about.cohort
    _, bare = read_checkpoint(b.train(folder, "lda", b.PEOPLE[0], out=folder / "bare"))
    assert "cohort" not in bare.plain()
    assert bare.own["config_sha256"] == card.own["config_sha256"]


def test_a_frozen_model_is_its_folds_by_content(folds: tuple[Path, TrainingSpec], tmp_path: Path) -> None:
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
    assert [predictor.card.fold for _, predictor in found] == sorted(b.PEOPLE[:2])
    assert [Path(path).parent.name for path, _ in found] == ["lda", "lda"]
    assert json.loads(first)["training_participants"] == sorted(b.PEOPLE)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_fold_that_changed_since_is_refused(folds: tuple[Path, TrainingSpec], suffix: str) -> None:
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


def test_folds_of_another_cohort_are_not_frozen(folds: tuple[Path, TrainingSpec], tmp_path: Path) -> None:
    folder, about = folds
    other = replace(about, cohort=read_identity([identity(tmp_path)]))
    with pytest.raises(InputError, match="was trained on the cohort 'ours'"):
        freeze(folder, other)
