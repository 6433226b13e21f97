"""Whose eye images are used, with which files; label sets; nothing is opened while Snakemake reads its rules."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from eyes.builders import Dataset, chosen_eyes, emg_selection
from myoscene.config.check import complete
from myoscene.core.errors import InputError
from myoscene.eyes.selection import EyeSelection
from myoscene.eyes.settings import LABEL_SETS, EyesSettings, eye_classes
from myoscene.recordings.bids import Folders
from myoscene.recordings.eye_files import eye_folders, folders_of_files
from myoscene.recordings.selection import Selection
from selecting import select


def chosen(dataset: Dataset, selection: Selection | None = None) -> EyeSelection:
    return chosen_eyes(dataset.config, selection or select(dataset.config["recordings"]))


def touch(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def test_people_are_those_with_a_folder_for_eye_images(dataset: Dataset) -> None:
    a = touch(dataset.folder("a", "1") / "sub-a_ses-1_task-x_eye.tsv")
    b = [touch(dataset.folder("b") / name) for name in ("index.tsv", "img/2.PNG", "img/deep/1.avi")]
    for name in (".hidden.png", "notes.txt", ".git/x.png", "img/other.tsv"):
        touch(dataset.folder("b") / name)
    touch(dataset.root / "sourcedata" / "sub-c" / "ratings" / "x.tsv")
    found = chosen(dataset)
    assert found.participants == ["a", "b"]
    assert found.raw_files == {"a": [a], "b": sorted(b)}
    assert select(dataset.config["recordings"]).participants == ["a", "b"]
    for person in "ab":
        folders = eye_folders(str(dataset.root), person, Folders())
        assert folders_of_files(found.raw_files[person], str(dataset.root), person) == folders


def test_people_may_be_left_out(dataset: Dataset) -> None:
    for person in ("a", "b", "b-d"):
        touch(dataset.root / "sourcedata" / f"sub-{person}" / "eye" / "index.tsv")
    dataset.config["recordings"]["exclude_participants"] = ["sub-a", "b-d"]
    selection = select(dataset.config["recordings"])
    assert selection.participants == ["b"]
    assert [row["participant"] for row in selection.exclusions] == ["a", "b-d"]
    dataset.config["recordings"]["exclude_participants"] = ["a"]
    with pytest.raises(InputError, match="participant 'b-d' is not a BIDS label"):
        select(dataset.config["recordings"])
    dataset.config["recordings"]["exclude_participants"] = ["b-d", "x"]
    with pytest.raises(InputError, match="exclude_participants names 'x'"):
        select(dataset.config["recordings"])


def test_a_dataset_without_eye_images_is_refused(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="does not exist"):
        select(dataset.config["recordings"])
    touch(dataset.root / "sourcedata" / "sub-a" / "x.txt")
    with pytest.raises(InputError, match="has no eye images"):
        select(dataset.config["recordings"])
    touch(dataset.folder("b") / "notes.txt")
    with pytest.raises(InputError, match="participant b has a folder for eye images .* neither index nor image"):
        chosen(dataset)


def test_with_emg_some_people_may_have_no_eye_images(dataset: Dataset) -> None:
    selection = emg_selection(dataset, ["task-calibration", "task-calm"], "a")
    both = Selection(["a", "b"], recordings={**selection.recordings, "b": []})
    dataset.root.mkdir()
    assert chosen(dataset, both) == EyeSelection(without=["a", "b"])
    touch(dataset.folder("a") / "index.tsv")
    found = chosen(dataset, both)
    assert (found.participants, found.without) == (["a"], ["b"])
    assert found.emg_recordings == {"a": ["task-calibration", "task-calm"]}
    assert found.scene_recordings == {"a": ["task-calm"]}


@pytest.mark.parametrize(
    ("kind", "images", "told"),
    [
        ("emg", "required", "eyes.images is `required` but nobody"),
        ("features", "required", "recordings.input is `features`, which has none"),
        ("ratings", "required", "recordings.input is `ratings`, which has none"),
        ("eyes", "none", "recordings.input is `eyes` but eyes.images is `none`"),
        ("emg", "auto", None),
        ("emg", "none", None),
        ("features", "auto", None),
    ],
)
def test_whether_there_have_to_be_images(dataset: Dataset, kind: str, images: str, told: str | None) -> None:
    dataset.root.mkdir()
    dataset.config["recordings"]["input"], dataset.config["eyes"]["images"] = kind, images
    if told is None:
        assert chosen(dataset, Selection(["a"])) == EyeSelection(without=["a"])
        return
    with pytest.raises(InputError, match=told):
        chosen(dataset, Selection(["a"]))


def test_images_may_be_left_aside_where_there_are_some(dataset: Dataset) -> None:
    selection = emg_selection(dataset, ["task-calibration"], "a")
    touch(dataset.folder("a") / "index.tsv")
    dataset.config["eyes"]["images"] = "none"
    assert chosen(dataset, selection).participants == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("participant_id\toffset\na\t1\n", "there is no column 'offset_s'"),
        ("participant_id\toffset_s\na\t1\nsub-a\t2\n", "row 3: participant 'a' is also in row 2"),
        ("participant_id\toffset_s\nab\t1\n", r"row 2: participant 'ab' \(did you mean 'abc'\?\) has no folder"),
    ],
)
def test_offsets_at_fault_are_refused(dataset: Dataset, text: str, told: str) -> None:
    for person in ("a", "abc"):
        touch(dataset.folder(person) / "index.tsv")
    (dataset.root / "sourcedata" / "eye_offsets.tsv").write_text(text)
    with pytest.raises(InputError, match=told):
        chosen(dataset)


@pytest.mark.parametrize("key", ["headsets", "offsets"])
def test_a_named_file_has_to_be_there(dataset: Dataset, key: str) -> None:
    touch(dataset.folder("a") / "index.tsv")
    dataset.config["eyes"]["frames"][key] = "my.file"
    with pytest.raises(InputError, match=rf"eyes\.frames\.{key} names .*my\.file, which does not exist"):
        chosen(dataset)
    (dataset.root / "my.file").write_text(
        {"headsets": "headsets: {v: {left: {scale: 2}}}\ndefault: v\n", "offsets": "participant_id\toffset_s\na\t3\n"}[
            key
        ]
    )
    found = chosen(dataset)
    assert found.offset_s == {"a": 3.0 if key == "offsets" else 0.0}
    assert found.cameras["a"]["left"]["scale"] == (2.0 if key == "headsets" else 1.0)


def test_a_newcomers_rows_in_the_shared_files_concern_nobody_else(dataset: Dataset) -> None:
    """What a person's job is told and reads decides what reruns."""
    headsets, offsets = (dataset.root / "sourcedata" / f"eye_{name}" for name in ("headsets.yaml", "offsets.tsv"))
    known = "headsets: {v: {left: {crop_px: [0, 0, 9, 9]}}, w: {right: {scale: 2}}}\nparticipants: {a: v"
    touch(dataset.folder("a") / "index.tsv")
    headsets.write_text(known + "}\n")
    offsets.write_text("participant_id\toffset_s\na\t0.5\n")
    before = chosen(dataset)
    touch(dataset.folder("c") / "index.tsv")
    headsets.write_text(known + ", c: w}\n")
    offsets.write_text("participant_id\toffset_s\nc\t-2\na\t0.5\n")
    after = chosen(dataset)
    for told in ("raw_files", "cameras", "offset_s"):
        assert getattr(before, told)["a"] == getattr(after, told)["a"]
    assert after.cameras["a"]["left"]["crop_px"] == [0, 0, 9, 9] and after.cameras["c"]["right"]["scale"] == 2
    assert after.offset_s == {"a": 0.5, "c": -2.0}
    assert not [path for files in after.raw_files.values() for path in files if path in (str(headsets), str(offsets))]
    assert json.loads(json.dumps(asdict(after))) == asdict(after), "a cluster's job has it from a file"


def test_label_sets() -> None:
    def classes(label_set: Any, listed: list[str]) -> list[str]:
        return eye_classes(["neutral", "smile"], EyesSettings(label_set=label_set, classes=listed))

    assert classes("recordings", []) == ["neutral", "smile"]
    assert classes("action_units", []) == list(LABEL_SETS["action_units"]) and len(LABEL_SETS["action_units"]) == 10
    assert classes("emotive", []) == ["neutral", "anger", "surprise", "happiness", "closed"]
    assert classes("listed", ["b", "a"]) == ["b", "a"]
    for label_set, listed, told in (
        ("listed", [], "eyes.classes is empty"),
        ("emotive", ["a"], "eyes.label_set is 'emotive'"),
    ):
        with pytest.raises(InputError, match=told):
            classes(label_set, listed)
    with pytest.raises(InputError, match=r"'eyes.classes' is \['a', 'a'\], but has to be .*without repeats"):
        complete({"eyes": {"label_set": "listed", "classes": ["a", "a"]}})


def test_selection_loads_no_heavy_package() -> None:
    code = (
        "import sys; import myoscene.eyes.selection, myoscene.eyes.settings; "
        "print([m for m in ('numpy', 'pandas', 'PIL', 'av', 'yaml', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
