"""The cohort's eye table, features of frames, the list of removed frames, and a point of the learning curve."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.store import ArrayStore, write_store
from myoscene.eyes.tables import EYE_FEATURES, FRAMES, REMOVED
from myoscene.learn.cohort.collect_eyes import EyeLabels, collect_eyes
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.cohort.removed import list_removed
from myoscene.learn.models.eye_cnn.blinks import train_blinks
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task
from myoscene.learn.scores.curve import train_curve_fold
from myoscene.learn.scores.eye_features import Trained, extract_eye_features
from myoscene.learn.tables import BLINKS, COHORT_EYES, LEARNING_CURVE

from learn import eye_builders as b

SHAPE = (b.HEIGHT, 2 * b.WIDTH)


def frames_table(person: str, labels: list[str | None]) -> pd.DataFrame:
    """FRAMES of one person, a frame a label: the first one made the mean neutral image."""
    n = len(labels)
    rows: dict[str, object] = {
        "participant": person, "session": "1", "recording": "task-calibration", "kind": "calibration",
        "frame": np.arange(n), "time_s": np.arange(n) / 10, "label": labels, "event": np.arange(n, dtype=np.int32),
        "has_left": True, "has_right": True, "flags": "", "neutral": 0, "made_neutral": [True] + [False] * (n - 1),
        "synthetic": True,
    }  # fmt: skip
    for side in ("left", "right"):
        rows |= {f"{side}_image": [f"{person}_{side}#{i}" for i in range(n)], f"{side}_sha256": "0"}
        rows |= {f"{side}_{name}": 1.0 for name in ("mean", "sd", "saturated_fraction", "sharpness")}
    return pd.DataFrame(rows)


def write_people(folder: Path, people: list[str], labels: list[str | None]) -> dict[str, list[Path]]:
    """Frames, images and neutrals of ``people``; image i of a person is filled with its number."""
    made: dict[str, list[Path]] = {"frames": [], "images": [], "neutrals": []}
    for number, person in enumerate(people):
        paths = [folder / kind / person for kind in made]
        table = frames_table(person, labels)
        write_table(paths[0].with_suffix(".parquet"), table, FRAMES)
        pixels = np.broadcast_to(np.arange(len(labels))[:, None, None] + 100 * number, (len(labels), *SHAPE))
        with write_store(paths[1].with_suffix(".npy"), len(labels), SHAPE) as writer:
            writer.append(pixels.astype(np.uint8))
        with write_store(paths[2].with_suffix(".npy"), 1, SHAPE, np.float32) as writer:
            writer.append(np.full((1, *SHAPE), number, dtype=np.float32))
        for kind, path, suffix in zip(made, paths, (".parquet", ".npy", ".npy"), strict=True):
            made[kind].append(path.with_suffix(suffix))
    return made


def collect(folder: Path, people: dict[str, list[Path]], excluded: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    write_table(folder / "excluded.parquet", excluded, REMOVED)
    collect_eyes(
        [FrameFiles(*files) for files in zip(people["frames"], people["images"], people["neutrals"], strict=True)],
        folder / "excluded.parquet",
        EyeLabels(classes, "neutral", "closed"),
        eyes=folder / "eyes.parquet",
        images=folder / "eyes.npy",
        neutrals=folder / "eye_neutrals.npy",
    )
    return read_table(folder / "eyes.parquet", COHORT_EYES)


NOTHING = pd.DataFrame(columns=list(REMOVED.columns))
LABELS = ["neutral", "neutral", "smile", None, "closed", "smile"]


def test_the_cohort_holds_labelled_frames_of_use_and_their_pixels(tmp_path: Path) -> None:
    people = write_people(tmp_path, ["a", "b"], LABELS)
    excluded = frames_table("b", LABELS).iloc[[5]].assign(reason="identical", p_closed=np.nan)
    table = collect(tmp_path, people, excluded[list(REMOVED.columns)], ["neutral", "smile"])
    assert table.groupby("participant")["frame"].apply(list).to_dict() == {"a": [1, 2, 4, 5], "b": [1, 2, 4]}
    pixels = ArrayStore(tmp_path / "eyes.npy").read(table["row"].to_numpy())[:, 0, 0]
    assert pixels.tolist() == [1, 2, 4, 5, 101, 102, 104]
    means = ArrayStore(tmp_path / "eye_neutrals.npy").read(table["neutral"].to_numpy())[:, 0, 0]
    assert means.tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_frames_that_people_share_train_and_are_not_scored(tmp_path: Path) -> None:
    people = write_people(tmp_path, ["a", "b"], LABELS)
    shared = frames_table("b", LABELS).iloc[[2, 5]].assign(reason="shared", p_closed=np.nan)
    table = collect(tmp_path, people, shared[list(REMOVED.columns)], ["neutral", "smile"])
    assert table.groupby("participant")["frame"].apply(list).to_dict() == {"a": [1, 2, 4, 5], "b": [1, 2, 4, 5]}
    assert table.loc[~table["scored"], ["participant", "frame"]].to_numpy().tolist() == [["b", 2], ["b", 5]]


def test_a_class_that_nobody_has_is_refused(tmp_path: Path) -> None:
    people = write_people(tmp_path, ["a", "b"], LABELS)
    with pytest.raises(InputError, match="of the class\\(es\\) frown"):
        collect(tmp_path, people, NOTHING, ["neutral", "frown"])
    assert not (tmp_path / "eyes.parquet").exists()
    assert not (tmp_path / "eyes.npy").exists()


def test_frames_of_two_sizes_are_refused(tmp_path: Path) -> None:
    people = write_people(tmp_path, ["a", "b"], LABELS)
    with write_store(people["images"][1], len(LABELS), (4, 4)) as writer:
        writer.append(np.zeros((len(LABELS), 4, 4), dtype=np.uint8))
    with pytest.raises(InputError, match="frames of different size"):
        collect(tmp_path, people, NOTHING, ["neutral", "smile"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort, and the fold p02 with its blinks."""
    folder = b.write_eye_cohort(tmp_path_factory.mktemp("trained"), blinks={"p02": 3})
    given = {"closed": b.CLOSED, "keep_labels": ["left_wink", "right_wink"], "threshold": 0.5}
    told = replace(b.spec(epochs=5), classes=["open", "closed"])
    train_blinks(b.task(folder, told), folder / "blinks.safetensors", folder / "blinks.parquet", **given)
    train_task(b.task(folder, b.spec(epochs=2), blinks=folder / "blinks.parquet"), folder / "p02.safetensors")
    return folder


def person_files(folder: Path, person: str) -> FrameFiles:
    """FRAMES and stores of one person of the cohort, with one frame more that has no eye of use."""
    cohort = read_table(folder / "eyes.parquet", COHORT_EYES, where={"participant": [person]})
    table = frames_table(person, [*cohort["label"], None]).assign(made_neutral=False)
    table.loc[len(cohort), ["has_left", "has_right"]] = False
    table["neutral"] = np.int32(cohort["neutral"].iloc[0])
    pixels = ArrayStore(folder / "eyes.npy").read(cohort["row"].to_numpy())
    write_table(folder / "frames.parquet", table, FRAMES)
    with write_store(folder / "images.npy", len(table), SHAPE) as writer:
        writer.append(pixels)
        writer.append(np.zeros((1, *SHAPE), dtype=np.uint8))
    return FrameFiles(folder / "frames.parquet", folder / "images.npy", folder / "eye_neutrals.npy")


def test_features_of_every_frame_by_the_held_out_fold(trained: Path) -> None:
    files = person_files(trained, "p02")
    given = {"participant": "p02", "n_eyes": 2, "threshold": 0.5}
    models = (Trained(trained / "p02.safetensors"), Trained(trained / "blinks.safetensors"))
    extract_eye_features(files, *models, trained / "f.parquet", **given)
    table = read_table(trained / "f.parquet", EYE_FEATURES)
    closed = table["label"] == b.CLOSED
    assert table.loc[closed, "openness"].mean() < 0.3
    seen = table["openness"].notna()
    assert table.loc[~closed & (table["label"] == "neutral"), "blink"].sum() == 3
    assert table.loc[closed, "blink"].all()
    assert seen.sum() == len(table) - 1
    assert not table["blink"].iloc[-1]
    embedding = table[[name for name in table if name.startswith("embedding__")]]
    assert embedding.shape[1] == 64
    assert embedding[seen].notna().all(axis=None)
    assert embedding[~seen].isna().all(axis=None)


def test_a_frozen_model_gives_its_first_fold_s_embedding_and_its_folds_mean_openness(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = person_files(trained, "p02")
    given = {"participant": "p02", "n_eyes": 2, "threshold": 0.5}
    models = (Trained(trained / "p02.safetensors"), Trained(trained / "blinks.safetensors"))
    extract_eye_features(files, *models, trained / "alone.parquet", **given)
    alone = read_table(trained / "alone.parquet", EYE_FEATURES)
    eyes, blinks, wide, none = (
        load_predictor(trained / f"{name}.safetensors") for name in ("p02", "blinks", "blinks", "blinks")
    )
    monkeypatch.setattr(wide, "predict_frames", lambda frames: np.tile(np.float32([1, 0]), (len(frames), 1)))
    none.members = []  # a fold that had nothing to fit a classifier on counts for nothing
    frozen = {"eyes": [("a", eyes), ("b", blinks)], "blinks": [("a", blinks), ("b", wide), ("c", none)]}
    monkeypatch.setattr("myoscene.learn.scores.eye_features.predictors", lambda name: iter(frozen[name]))
    extract_eye_features(files, Trained("eyes"), Trained("blinks"), trained / "frozen.parquet", **given)
    table = read_table(trained / "frozen.parquet", EYE_FEATURES)
    names = [name for name in table if name.startswith("embedding__")]
    pd.testing.assert_frame_equal(table[names], alone[names])
    assert np.allclose(table["openness"], (1 + alone["openness"]) / 2, atol=1e-6, equal_nan=True)


def test_features_by_a_fold_that_knew_the_person_are_refused(trained: Path) -> None:
    files = person_files(trained, "p01")
    with pytest.raises(InputError, match="p01 trained the model"):
        extract_eye_features(
            files, Trained(trained / "p02.safetensors"), None, trained / "g.parquet",
            participant="p01", n_eyes=2, threshold=0.5,
        )  # fmt: skip
    assert not (trained / "g.parquet").exists()


def test_a_blink_is_listed_as_the_person_s_own_fold_judged_it(trained: Path, tmp_path: Path) -> None:
    found = read_table(trained / "blinks.parquet", BLINKS)
    first = frames_table("p01", ["neutral"]).assign(reason="neutral mean", p_closed=np.nan)
    write_table(tmp_path / "excluded.parquet", first[list(REMOVED.columns)], REMOVED)
    fold_of = {person: person for person in b.PEOPLE}
    given = (tmp_path / "excluded.parquet", trained / "eyes.parquet", [trained / "blinks.parquet"])
    list_removed(*given, tmp_path / "removed.csv", fold_of=fold_of, synthetic=True)
    table = pd.read_csv(tmp_path / "removed.csv")
    blinks = table[table["reason"] == "blink"]
    assert (blinks["participant"] == "p02").all()
    assert len(blinks) == (found["participant"] == "p02").sum() == 3
    assert (table["participant"] == "p01").sum() == 1


def test_a_point_of_the_learning_curve_trains_on_fewer_people(trained: Path, tmp_path: Path) -> None:
    task = b.task(trained, b.spec(epochs=1), blinks=trained / "blinks.parquet")
    train_curve_fold(task, tmp_path / "c.safetensors", tmp_path / "c.parquet", people=2, bins=10)
    table = read_table(tmp_path / "c.parquet", LEARNING_CURVE)
    assert table["people"].tolist() == [2]
    assert table["participant"].tolist() == ["p02"]
    people = table["training_people"].iloc[0].split(";")
    assert len(people) == 2 and {*people} < {*b.PEOPLE} - {"p02"}, "some of the others, not all"
    card = json.loads((tmp_path / "c.json").read_text())
    members = [name for member in card["members"] for name in (*member["training"], *member["validation"])]
    assert {*members, *card["training_participants"], *card["validation_participants"]} == {*people}
