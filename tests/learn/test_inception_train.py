"""Training of ``eye_inception``: a head on frozen embeddings or the whole network, and its predictions."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.store import ArrayStore
from myoscene.learn.cohort.frames import EyeFrames, read_cohort_frames
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.checkpoint import card_path, read_checkpoint
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.models.eye_inception.embed import embed_both, frozen_network
from myoscene.learn.models.eye_inception.model import InceptionPredictor
from myoscene.learn.models.eye_inception.network import WIDTH, InceptionV3
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task
from myoscene.learn.tables import BLINKS, COHORT_EYES
from safetensors.numpy import load_file

from learn import eye_builders as e
from learn import inception_builders as ib

SHA = "b" * 64
HELD_OUT = "p02"
INCEPTION_MODELS = ["eye_inception", "eye_inception_plain"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody personalised but p03; embeddings tell the class only where they are personalised."""
    folder = ib.write_cohort(tmp_path_factory.mktemp("cohort"), frames=24, without_neutral=("p03",))
    ib.write_embeddings(folder / "all.npy", read_table(folder / "eyes.parquet", COHORT_EYES))
    return folder


def train(folder: Path, out: Path, model: str = "eye_inception", **more: Any) -> Path:
    """Train fold ``HELD_OUT``; the checkpoint's path. ``more``: arguments, or changed settings."""
    fold, classes = more.pop("fold", HELD_OUT), more.pop("classes", ib.CLASSES)
    weights, resume, blinks = (more.pop(name, None) for name in ("weights", "resume", "blinks"))
    frozen = more.get("mode") != "finetuned"
    embeddings = more.pop("embeddings", folder / "all.npy")
    told = replace(ib.spec(model, more.pop("sha256", SHA), **{"epochs": 6, **more}), classes=classes)
    files = e.cohort(folder, [blinks] if blinks else None, ib.N_EYES)
    files = replace(files, embeddings=embeddings if frozen else None)
    checkpoint = out / model / f"{fold}.safetensors"
    split = read_split(folder / "folds.csv", fold)
    train_task(Task(told, split, files, Execution(resume), weights=weights), checkpoint)
    return checkpoint


def frames_of(folder: Path, people: list[str], embeddings: bool = True) -> tuple[pd.DataFrame, EyeFrames]:
    store = folder / "all.npy" if embeddings else None
    return read_cohort_frames(replace(e.cohort(folder, n_eyes=ib.N_EYES), embeddings=store), people, ib.CLASSES)


def accuracy(predictor: Any, folder: Path, person: str = HELD_OUT) -> float:
    table, frames = frames_of(folder, [person])
    found = predictor.predict_frames(frames).argmax(axis=1)
    return float((found == [ib.CLASSES.index(label) for label in table["label"]]).mean())


def test_a_head_learns_what_its_own_embeddings_tell(cohort: Path, tmp_path: Path) -> None:
    personalised = load_predictor(train(cohort, tmp_path))
    plain = load_predictor(train(cohort, tmp_path, "eye_inception_plain"))
    assert isinstance(personalised, InceptionPredictor)
    assert accuracy(personalised, cohort) == 1.0
    assert accuracy(plain, cohort) < 0.8, "plain embeddings are noise here"
    ib.write_embeddings(tmp_path / "all.npy", read_table(cohort / "eyes.parquet", COHORT_EYES), 3.0, 0.0)
    told = load_predictor(train(cohort, tmp_path / "told", "eye_inception_plain", embeddings=tmp_path / "all.npy"))
    table, frames = frames_of(cohort, [HELD_OUT])
    found = told.predict_frames(replace(frames, embeddings=ArrayStore(tmp_path / "all.npy")))  # type: ignore[attr-defined]
    assert (found.argmax(axis=1) == [ib.CLASSES.index(label) for label in table["label"]]).all()
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    assert found.dtype == np.float32


def test_the_card_says_what_was_trained_and_not_where_the_weights_lay(cohort: Path, tmp_path: Path) -> None:
    path = train(cohort, tmp_path, sha256=SHA.upper())
    arrays, whole = read_checkpoint(path)
    card = whole.plain()
    split = read_split(cohort / "folds.csv", HELD_OUT)
    assert card["training_participants"] == list(split.training)
    assert card["members"] == [{"training": list(split.training), "validation": list(split.validation)}]
    assert card["weights_sha256"] == card["settings"]["sha256"] == SHA
    assert "inception.pth" not in card_path(path).read_text()
    assert (card["mode"], card["personalised"], card["n_eyes"]) == ("frozen", True, 2)
    assert {entry["head"] for entry in card["history"]} == {"plain", "personalised"}
    assert sum(array.nbytes for array in arrays.values()) < 100_000, "a head, not the network"


def test_same_bytes_again_and_nothing_of_held_out_people_or_blinks_is_read(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read_table(cohort / "eyes.parquet", COHORT_EYES)
    held_out = set(table.loc[table["participant"] == HELD_OUT, "row"])
    blinks = set(table.loc[(table["label"] == "squint") & (table["participant"] == "p04"), "row"]) | held_out
    rows = table[table["row"].isin(blinks)][["participant", "row", "label"]]
    said = rows.assign(fold=HELD_OUT, p_closed=0.9, synthetic=True)[list(BLINKS.columns)]
    write_table(tmp_path / "blinks.parquet", said, BLINKS)
    reads = ib.Reads().watch(monkeypatch)
    first = train(cohort, tmp_path / "a", blinks=tmp_path / "blinks.parquet")
    assert reads.rows["all.npy"] == set(table["row"]) - blinks
    without = train(cohort, tmp_path / "b")
    assert reads.rows["all.npy"] == set(table["row"]) - held_out
    assert without.read_bytes() != first.read_bytes()
    # Other embeddings of the held-out person and of blinks change nothing.
    poisoned = np.load(cohort / "all.npy")
    poisoned[sorted(blinks)] = np.nan
    np.save(tmp_path / "poisoned.npy", poisoned)
    given = {"blinks": tmp_path / "blinks.parquet", "embeddings": tmp_path / "poisoned.npy"}
    again = train(cohort, tmp_path / "c", **given)
    assert again.read_bytes() == first.read_bytes()
    assert card_path(again).read_bytes() == card_path(first).read_bytes()


def test_a_session_without_neutral_is_predicted_by_the_plain_models_head(cohort: Path, tmp_path: Path) -> None:
    """As ``eye_inception_plain`` predicts it, while sessions with a neutral image are predicted otherwise."""
    personalised, plain = (load_predictor(train(cohort, tmp_path, model, fold="p03")) for model in INCEPTION_MODELS)
    _, without = frames_of(cohort, ["p03"])
    assert (without.neutral < 0).all()
    assert np.array_equal(personalised.predict_frames(without), plain.predict_frames(without))  # type: ignore[attr-defined]
    table, mixed = frames_of(cohort, ["p03", "p04"])
    both, own = personalised.predict_frames(mixed), plain.predict_frames(mixed)  # type: ignore[attr-defined]
    without_neutral = (table["participant"] == "p03").to_numpy()
    assert np.array_equal(both[without_neutral], own[without_neutral])
    assert (np.abs(both[~without_neutral] - own[~without_neutral]).max(axis=1) > 1e-4).all()
    stored = np.load(cohort / "all.npy")[table["row"]]
    expected = np.where(without_neutral[:, None], stored[:, 0], stored[:, 1])
    assert np.array_equal(personalised.embed_frames(mixed), expected)  # type: ignore[attr-defined]


def test_people_without_a_neutral_validate_no_personalised_head(cohort: Path, tmp_path: Path) -> None:
    """The fold is stopped by p03, who has no mean neutral image: somebody else's personalised frames stop that head."""
    split = read_split(cohort / "folds.csv", HELD_OUT)
    assert split.validation == ("p03",)
    card = read_checkpoint(train(cohort, tmp_path))[1].plain()
    assert card["heads"]["plain"]["validation_participants"] == ["p03"]
    (other,) = card["heads"]["personalised"]["validation_participants"]
    assert other in split.training
    table = read_table(cohort / "eyes.parquet", COHORT_EYES)
    trained = table["participant"].isin(set(split.training) - {other})
    assert card["heads"]["personalised"]["frames"] == trained.sum()


def test_where_nobody_has_a_neutral_the_plain_head_is_all_there_is(tmp_path: Path) -> None:
    folder = ib.write_cohort(tmp_path, frames=12, without_neutral=tuple(ib.PEOPLE))
    ib.write_embeddings(folder / "all.npy", read_table(folder / "eyes.parquet", COHORT_EYES))
    path = train(folder, tmp_path, epochs=1)
    card = json.loads(card_path(path).read_text())
    assert card["heads"]["personalised"]["trained"] is False
    assert "too few people" in card["heads"]["personalised"]["reason"]
    predictor = load_predictor(path)
    plain = load_predictor(train(folder, tmp_path, "eye_inception_plain", epochs=1))
    _, frames = frames_of(folder, [HELD_OUT])
    assert np.array_equal(predictor.predict_frames(frames), plain.predict_frames(frames))  # type: ignore[attr-defined]


def test_a_class_that_nobody_trained_on_is_never_predicted(cohort: Path, tmp_path: Path) -> None:
    table = read_table(cohort / "eyes.parquet", COHORT_EYES)
    gone = table[(table["label"] == "closed") & (table["participant"] != HELD_OUT)]
    said = gone[["participant", "row", "label"]].assign(fold=HELD_OUT, p_closed=1.0, synthetic=True)
    write_table(tmp_path / "blinks.parquet", said[list(BLINKS.columns)], BLINKS)
    predictor = load_predictor(train(cohort, tmp_path, blinks=tmp_path / "blinks.parquet"))
    assert predictor.card.missing_classes == ["closed"]
    found = predictor.predict_frames(frames_of(cohort, [HELD_OUT])[1])  # type: ignore[attr-defined]
    assert (found[:, ib.CLASSES.index("closed")] == 0).all()
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


def test_frames_without_embeddings_need_the_weights_again(tmp_path: Path) -> None:
    folder = ib.write_cohort(tmp_path, frames=4, without_neutral=("p01",))
    checksum = ib.save_weights(tmp_path / "weights.safetensors")
    network = frozen_network(tmp_path / "weights.safetensors", checksum, ib.SIDE)
    table, everybody = frames_of(folder, ib.PEOPLE, embeddings=False)
    np.save(folder / "all.npy", embed_both(network, everybody))
    path = train(folder, tmp_path, sha256=checksum, epochs=2)
    arrays, card = read_checkpoint(path)
    _, embedded = frames_of(folder, ["p01", HELD_OUT])
    _, pixels = frames_of(folder, ["p01", HELD_OUT], embeddings=False)
    with pytest.raises(InputError, match=f"fold 'p02' keeps only its head.*SHA-256 {checksum}.*eye_inception.weights"):
        InceptionPredictor(arrays, card).predict_frames(pixels)
    with pytest.raises(InputError, match="eye_inception needs the very file"):
        InceptionPredictor(
            arrays, replace(card, own={**card.own, "weights_sha256": SHA}), tmp_path / "weights.safetensors"
        ).predict_frames(pixels)
    predictor = InceptionPredictor(arrays, card, tmp_path / "weights.safetensors")
    assert np.allclose(predictor.predict_frames(pixels), predictor.predict_frames(embedded), atol=1e-3)
    assert np.allclose(predictor.embed_frames(pixels), predictor.embed_frames(embedded), atol=1e-3)
    with pytest.raises(InputError, match="12 x 32 px .2 eyes.*trained on 12 x 64 px"):
        InceptionPredictor(arrays, replace(card, images=replace(card.images, width_px=64))).predict_frames(embedded)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sha256": None}, "eye_inception needs the SHA-256"),
        ({"embeddings": None}, "does not come with InceptionV3 embeddings"),
        ({"mode": "finetuned"}, "eye_inception needs InceptionV3 weights"),
        ({"mode": "finetuned", "weights": "absent.pth"}, "there is no 'absent.pth'"),
        (
            {"classes": ["closed"]},
            r"have eye frames of 1 class\(es\) \(closed\), at least 2 are needed; check the labels",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_and_leaves_nothing(
    given: dict[str, Any], said: str, cohort: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said):
        train(cohort, tmp_path, **given)
    assert not list(tmp_path.rglob("*.*"))


def test_a_store_of_other_images_is_refused(cohort: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "less.npy", np.load(cohort / "all.npy")[:-1])
    with pytest.raises(InputError, match="less.npy does not come with InceptionV3 embeddings of its images"):
        train(cohort, tmp_path, embeddings=tmp_path / "less.npy")


def test_fine_tuning_trains_everything_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ib.write_cohort(tmp_path, frames=4, without_neutral=("p03",))
    weights = tmp_path / "weights.safetensors"
    checksum = ib.save_weights(weights)
    table = read_table(folder / "eyes.parquet", COHORT_EYES)
    reads = ib.Reads().watch(monkeypatch)
    path = train(
        folder, tmp_path, mode="finetuned", weights=weights, sha256=checksum, epochs=1, batch_size=5,
        resume=tmp_path / "state.safetensors",
    )  # fmt: skip
    held_out = set(table.loc[table["participant"] == HELD_OUT, "row"])
    assert reads.rows["eyes.npy"] == set(table["row"]) - held_out
    assert not list(tmp_path.glob("state*")), "the kept state goes when the training is done"
    arrays, card = read_checkpoint(path)
    assert (card.own["mode"], card.own["weights_sha256"], len(card.own["history"])) == ("finetuned", checksum, 1)
    before = load_file(str(weights))
    trunk = [name for name in InceptionV3(auxiliary=False).state_dict() if not name.startswith("fc.")]
    assert set(arrays) == {"plain_mean", "0/fc.weight", "0/fc.bias", *(f"0/{name}" for name in trunk)}
    changed = [name for name in trunk if not np.array_equal(arrays[f"0/{name}"], before[name])]
    assert changed == trunk, "filters, gains and statistics of every layer go on"
    moved = max(float(np.abs(arrays[f"0/{name}"] - before[name]).max()) for name in trunk if "conv.weight" in name)
    assert moved < 0.01, "from the file's weights on, not from others"
    predictor = load_predictor(path)
    _, frames = frames_of(folder, [HELD_OUT, "p03"], embeddings=False)
    found = predictor.predict_frames(frames)  # type: ignore[attr-defined]
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    assert found.std() > 0
    assert predictor.embed_frames(frames).shape == (len(frames), WIDTH)  # type: ignore[attr-defined]
