"""Eye networks: training, blink cleaning, and what the held-out person must not touch."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.learn.cohort.folds import write_folds
from myoscene.learn.cohort.frames import read_cohort_frames
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.image_input import network_input
from myoscene.learn.engine.task import Execution
from myoscene.learn.models.eye_cnn.blinks import deal, train_blinks
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task
from myoscene.learn.scores.evaluate import held_out_predictions
from myoscene.learn.tables import BLINKS, COHORT_EYES

from learn import eye_builders as b
from learn.builders import PEOPLE

EYE_MODELS = ["eye_cnn", "eye_cnn_plain"]


def mirrored_label(label: str) -> str:
    """The label that a mirrored face has: ``left_wink`` -> ``right_wink``; one without a side is its own mirror."""
    swap = {"left": "right", "right": "left"}
    return "_".join(swap.get(word, word) for word in label.split("_"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return b.write_eye_cohort(tmp_path_factory.mktemp("eyes"))


def train(folder: Path, out: Path, model: str = "eye_cnn", fold: str = "p02", blinks: Path | None = None, **changes):
    checkpoint = out / model / f"{fold}.safetensors"
    train_task(b.task(folder, b.spec(model, **changes), fold, blinks), checkpoint)
    return checkpoint


def find_blinks(folder: Path, out: Path, fold: str = "p02") -> tuple[Path, pd.DataFrame]:
    checkpoint, removed = out / "blinks" / f"{fold}.safetensors", out / "blinks" / f"{fold}.parquet"
    told = replace(b.spec(epochs=5), classes=["open", "closed"])
    given = {"closed": b.CLOSED, "keep_labels": ["left_wink", "right_wink"], "threshold": 0.5}
    train_blinks(b.task(folder, told, fold), checkpoint, removed, **given)
    return checkpoint, read_table(removed, BLINKS)


def frames_of(folder: Path, people: list[str]):
    return read_cohort_frames(b.cohort(folder), people, b.CLASSES)


def accuracy(folder: Path, checkpoint: Path, person: str) -> float:
    predictor = load_predictor(checkpoint)
    table = held_out_predictions(predictor, b.cohort(folder), (person,))
    values = table[[f"p_{name}" for name in predictor.classes]].to_numpy()
    assert np.allclose(values.sum(axis=1), 1, atol=1e-5)
    return float((np.array(predictor.classes)[values.argmax(axis=1)] == table["label"]).mean())


def test_mirrored_eyes_swap_left_and_right_labels(folder: Path, tmp_path: Path) -> None:
    predictor = load_predictor(train(folder, tmp_path))
    table, frames = frames_of(folder, ["p02"])
    winks = table["label"].isin(["left_wink", "right_wink"]).to_numpy()
    raw = frames.take(winks).batch()
    mirrored = replace(raw, pixels=raw.pixels.flip(-1), neutrals=raw.neutrals.flip(-1))
    mean = predictor.prepare.plain_mean

    def labels(given) -> list[str]:
        with torch.inference_mode():
            scores = predictor.members[0](network_input(given, mean, True, "local"))
        return [predictor.classes[place] for place in scores.argmax(dim=1)]

    true = list(table["label"][winks])
    assert np.mean([a == t for a, t in zip(labels(raw), true, strict=True)]) > 0.9
    swapped = [mirrored_label(label) for label in true]
    assert {"left_wink", "right_wink"} == set(swapped)
    assert np.mean([a == t for a, t in zip(labels(mirrored), swapped, strict=True)]) > 0.9
    assert mirrored_label("neutral") == "neutral"
    assert mirrored_label("left_brow_raise") == "right_brow_raise"


@pytest.mark.parametrize("model", EYE_MODELS)
def test_a_model_learns_and_its_card_says_how(folder: Path, tmp_path: Path, model: str) -> None:
    checkpoint = train(folder, tmp_path, model, epochs=8)
    assert accuracy(folder, checkpoint, "p02") > 0.8
    card = json.loads(checkpoint.with_suffix(".json").read_text())
    assert {*card["training_participants"], *card["validation_participants"]} == set(PEOPLE) - {"p02"}
    assert card["personalised"] is (model == "eye_cnn")
    assert card["classes"] == b.CLASSES
    assert all(np.isfinite(entry["validation_loss"]) for entry in card["history"])


def test_the_same_seed_gives_the_same_bytes_and_members_differ(folder: Path, tmp_path: Path) -> None:
    first, again = train(folder, tmp_path / "a", epochs=2), train(folder, tmp_path / "b", epochs=2)
    assert first.read_bytes() == again.read_bytes()
    assert first.with_suffix(".json").read_bytes() == again.with_suffix(".json").read_bytes()
    two = load_predictor(train(folder, tmp_path / "c", epochs=2, members=2))
    assert len(two.members) == 2
    assert two.card.members[0].validation != two.card.members[1].validation


def test_the_held_out_person_s_bytes_touch_neither_network_nor_blinks(folder: Path, tmp_path: Path) -> None:
    other = b.write_eye_cohort(tmp_path / "other", change={"p02": 99})
    assert (folder / "eyes.npy").read_bytes() != (other / "eyes.npy").read_bytes()
    ours, theirs = (find_blinks(where, tmp_path / name)[0] for where, name in ((folder, "a"), (other, "b")))
    assert ours.read_bytes() == theirs.read_bytes()
    ours = train(folder, tmp_path / "a", blinks=ours.with_suffix(".parquet"), epochs=2)
    theirs = train(other, tmp_path / "b", blinks=theirs.with_suffix(".parquet"), epochs=2)
    assert ours.read_bytes() == theirs.read_bytes()
    assert ours.with_suffix(".json").read_bytes() == theirs.with_suffix(".json").read_bytes()
    other = b.write_eye_cohort(tmp_path / "other2", change={"p01": 99})
    assert train(other, tmp_path / "c", epochs=2).read_bytes() != ours.read_bytes(), "a training person's do"


def test_frames_that_people_share_train_the_same_and_are_not_scored(folder: Path, tmp_path: Path) -> None:
    """Whether a held-out person has an image of a training person's must not change what trains."""
    rows = read_table(folder / "eyes.parquet", COHORT_EYES)
    chosen = tuple(rows.loc[rows["label"].isin(b.CLASSES)].groupby("participant").head(2)["row"])
    marked = b.write_eye_cohort(tmp_path / "marked", unscored=chosen)
    ours, theirs = train(folder, tmp_path / "a", epochs=1), train(marked, tmp_path / "b", epochs=1)
    assert ours.read_bytes() == theirs.read_bytes()
    found, fewer = (held_out_predictions(load_predictor(ours), b.cohort(f), ("p02",)) for f in (folder, marked))
    kept = ~found["row"].isin(chosen)
    assert (~kept).sum() == 2
    assert fewer["row"].tolist() == found.loc[kept, "row"].tolist()


def test_training_reads_no_row_of_the_held_out_person(folder: Path, tmp_path: Path, monkeypatch) -> None:
    from myoscene.eyes.store import ArrayStore

    read: set[int] = set()
    original = ArrayStore.read
    monkeypatch.setattr(
        ArrayStore,
        "read",
        lambda self, rows: (
            read.update(int(row) for row in rows) if self.path.name == "eyes.npy" else None,
            original(self, rows),
        )[1],
    )
    train(folder, tmp_path, epochs=1)
    table, frames = frames_of(folder, ["p02"])
    assert read
    assert not read & set(frames.rows.tolist())


def test_blinks_are_found_and_nobody_judges_the_own_frames(tmp_path: Path) -> None:
    folder = b.write_eye_cohort(tmp_path / "cohort", blinks={"p01": 3, "p02": 4})
    checkpoint, found = find_blinks(folder, tmp_path)
    counts = found["participant"].value_counts()
    assert counts.get("p01", 0) == 3
    assert counts.get("p02", 0) == 4, "held out"
    assert set(found["label"]) == {"neutral"}
    assert (found["p_closed"] >= 0.5).all()
    card = json.loads(checkpoint.with_suffix(".json").read_text())
    one, two = card["members"]
    assert not set(one["training"]) & set(two["training"])
    assert sorted(one["training"] + two["training"]) == sorted(set(PEOPLE) - {"p02"})
    split = read_split(folder / "folds.csv", "p02")
    assert set(map(tuple, (one["training"], two["training"]))) == set(deal(split, 1))
    kept = held_out_predictions(
        load_predictor(train(folder, tmp_path, blinks=checkpoint.with_suffix(".parquet"), epochs=1)),
        b.cohort(folder, [checkpoint.with_suffix(".parquet")]), ("p02",),
    )  # fmt: skip
    assert len(kept) == 3 * b.PER_LABEL - 4


def test_without_closed_eyes_nothing_is_removed_and_the_card_says_so(tmp_path: Path) -> None:
    folder = b.write_eye_cohort(tmp_path / "cohort", labels=tuple(b.CLASSES))
    checkpoint, found = find_blinks(folder, tmp_path)
    assert found.empty
    assert "no blink was removed" in json.loads(checkpoint.with_suffix(".json").read_text())["note"]
    assert load_predictor(checkpoint).members == []


def test_two_people_with_closed_eyes_are_in_different_halves(tmp_path: Path) -> None:
    folder = b.write_eye_cohort(tmp_path)
    split = read_split(folder / "folds.csv", "p02")
    people = sorted(split.training + split.validation)
    for pair in itertools.combinations(people, 2):
        one, other = deal(split, 1, pair)
        assert {*one, *other} == {*people} and not {*one} & {*other}
        assert {*one} & {*pair} and {*other} & {*pair}
    assert deal(split, 1, people) == deal(split, 1)


def test_members_are_stopped_by_people_who_have_eye_images(tmp_path: Path) -> None:
    """p04 has a fold and EMG, and no eye image."""
    folder = b.write_eye_cohort(tmp_path / "cohort", people=[name for name in PEOPLE if name != "p04"])
    complete = [name for name in PEOPLE if name != "p04"]
    settings = FoldSettings("lopo", 60, 5, 0.2)
    write_folds(folder / "folds.csv", PEOPLE, settings, seed=1, synthetic=True, complete=complete)
    checkpoint = train(folder, tmp_path, epochs=1, members=len(PEOPLE))
    members = json.loads(checkpoint.with_suffix(".json").read_text())["members"]
    assert len(members) == len(PEOPLE)
    assert all(member["validation"] and "p04" not in member["validation"] for member in members)


def test_a_killed_training_goes_on_to_the_same_bytes(folder: Path, tmp_path: Path, monkeypatch) -> None:
    from myoscene.learn.engine import loop as training

    whole = train(folder, tmp_path / "a", epochs=3)
    resume = tmp_path / "state.safetensors"
    task = b.task(folder, b.spec(epochs=3), execution=Execution(resume))
    calls = []
    original = training.save_state

    def stop_after_two(*arguments) -> None:
        original(*arguments)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "save_state", stop_after_two)
    target = tmp_path / "b" / "eye_cnn" / "p02.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_task(task, target)
    monkeypatch.setattr(training, "save_state", original)
    assert resume.is_file()
    train_task(task, target)
    assert target.read_bytes() == whole.read_bytes()
    assert not resume.exists()


def test_frames_of_another_size_are_refused(folder: Path, tmp_path: Path) -> None:
    predictor = load_predictor(train(folder, tmp_path, epochs=1))
    _, frames = frames_of(folder, ["p02"])
    predictor.card = replace(predictor.card, images=replace(predictor.card.images, height_px=99))
    with pytest.raises(InputError, match="99 x"):
        predictor.predict_frames(frames)


def test_training_people_of_one_class_are_refused(tmp_path: Path) -> None:
    folder = b.write_eye_cohort(tmp_path / "cohort", labels=("neutral",))
    with pytest.raises(InputError, match="1 class"):
        train(folder, tmp_path)
