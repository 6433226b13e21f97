"""The eye images on disk: tables, stacks, imperfections, and that the EMG knows nothing of them."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.cli import main
from myoscene.demo.cohort import simulate_cohort
from myoscene.demo.eyes import IMPERFECTION_TEXTS, eye_recordings, write_stack
from myoscene.demo.people import generate_person
from myoscene.demo.scenes import SCENES
from PIL import Image

SHORT_S = 6.0
TASKS = ["calibration", *SCENES]


def hashes(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("eyes") / "six_people"
    simulate_cohort(root, participants=6, seed=5, scene_s=SHORT_S)
    return root


def index(dataset: Path, person: str, name: str) -> pd.DataFrame:
    path = dataset / f"sourcedata/sub-{person}/eye/sub-{person}_task-{name}_eye.tsv"
    return pd.read_csv(path, sep="\t", dtype={"session": str}, keep_default_na=False)


def pages(path: Path) -> np.ndarray:
    with Image.open(path) as stack:
        found = []
        for page in range(stack.n_frames):
            stack.seek(page)
            found.append(np.asarray(stack))
    return np.stack(found)


def test_everything_else_is_the_same_without_eyes(dataset: Path, tmp_path: Path) -> None:
    assert (
        main(
            [
                "simulate",
                str(tmp_path / "n"),
                "--participants",
                "6",
                "--seed",
                "5",
                "--scene-s",
                "6",
                "--no-eyes",
                "--no-faces",
            ]
        )
        == 0
    )
    with_eyes, without = hashes(dataset), hashes(tmp_path / "n")
    different = {name for name in without if with_eyes[name] != without[name]}
    assert different == {"README"}
    added = set(with_eyes) - set(without)
    ours = ("sub-", "truth/eye_", "truth/blinks", "eye_offsets")
    assert added and all(name.startswith(tuple(f"sourcedata/{start}" for start in ours)) for name in added)


def test_same_arguments_same_images(dataset: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "again", participants=1, seed=5, scene_s=SHORT_S, null=True)
    first, again = hashes(dataset), hashes(tmp_path / "again")
    images = [name for name in again if name.endswith((".tif", "_eye.tsv"))]
    assert len(images) == 3 * 9
    assert all(first[name] == again[name] for name in images)


def test_each_table_names_each_page_once(dataset: Path) -> None:
    found = sorted(dataset.glob("sourcedata/sub-*/eye/*_eye.tsv"))
    assert len(found) == 6 * 9 - 1
    named = set()
    for path in found:
        table = pd.read_csv(path, sep="\t", keep_default_na=False)
        assert list(table.columns) == ["file", "frame", "time", "eye", "label", "session"]
        for (file, eye), rows in table.groupby(["file", "eye"]):
            with Image.open(path.parent / str(file)) as stack:
                assert list(rows["frame"]) == list(range(stack.n_frames))
                assert stack.mode == "L"
            assert str(file).endswith(f"_{eye}.tif")
            assert (np.diff(rows["time"]) > 0).all() and rows["time"].min() >= 0
            named.add(path.parent / str(file))
    assert named == set(dataset.glob("sourcedata/sub-*/eye/*.tif"))


def test_files_hold_what_memory_holds(dataset: Path) -> None:
    for recording in eye_recordings(generate_person(4, 5, scene_s=SHORT_S), 4, 5):
        run = f"_run-{recording.run}" if recording.run else ""
        for side, images in recording.images.items():
            path = dataset / f"sourcedata/sub-04/eye/sub-04_task-{recording.task}{run}_{side}.tif"
            assert np.array_equal(pages(path), images)


def test_sessions_and_rates(dataset: Path) -> None:
    sessions = {task: set(index(dataset, "06", task)["session"]) for task in TASKS}
    assert sessions == {task: {"1" if place < 4 else "2"} for place, task in enumerate(TASKS)}
    assert set(index(dataset, "06", "adjust_run-1")["session"]) == {"1"}
    assert set(index(dataset, "06", "adjust_run-2")["session"]) == {"2"}
    for name in ("adjust_run-1", "calibration", "joy"):
        left = index(dataset, "06", name).query("eye == 'left'")
        assert np.median(np.diff(left["time"])) == pytest.approx(1 / 5, abs=0.002)
    assert len(index(dataset, "06", "joy")) == 2 * 5 * SHORT_S


def test_left_and_right_belong_together(dataset: Path) -> None:
    table = index(dataset, "06", "calibration")
    left, right = (table.query(f"eye == '{side}'")["time"].to_numpy() for side in ("left", "right"))
    assert np.abs(right - left).max() < 0.02


def test_labels_are_the_cues(dataset: Path) -> None:
    table = index(dataset, "06", "calibration")
    events = pd.read_csv(dataset / "sub-06/emg/sub-06_task-calibration_events.tsv", sep="\t")
    for event in events.itertuples():
        inside = table["time"].between(event.onset, event.onset + event.duration - 1e-6)
        assert set(table.loc[inside, "label"]) == {event.trial_type}
    assert (table["label"] == "n/a").sum() > 50
    assert set(index(dataset, "06", "threat")["label"]) == {"n/a"}


def test_imperfections_are_made_and_told(dataset: Path) -> None:
    told = pd.read_csv(dataset / "sourcedata/truth/eye_imperfections.tsv", sep="\t").set_index("participant_id")
    assert dict(told["imperfection"]) == {f"sub-{n:02d}": name for n, name in enumerate(IMPERFECTION_TEXTS, start=1)}
    readme = (dataset / "README").read_text()
    assert all(f"- {who}: {text}." in readme for who, text in told["description"].items())
    frames = {person: index(dataset, person, "calibration") for person in ("01", "06")}
    assert 0.95 < len(frames["01"]) / len(frames["06"]) < 1.0
    folder = dataset / "sourcedata"
    assert not list(folder.glob("sub-02/eye/*run-2*")) and list(folder.glob("sub-03/eye/*run-2*"))
    offsets = pd.read_csv(folder / "eye_offsets.tsv", sep="\t")
    assert offsets.to_dict("records") == [{"participant_id": "sub-03", "offset_s": -1.7}]
    assert index(dataset, "03", "calm")["time"].min() > 1.7 > index(dataset, "04", "calm")["time"].min()
    eyes_of_4 = {task: set(index(dataset, "04", task)["eye"]) for task in TASKS}
    assert eyes_of_4 == {task: {"left", "right"} if n < 4 else {"left"} for n, task in enumerate(TASKS)}
    sizes = {side: pages(folder / f"sub-05/eye/sub-05_task-joy_{side}.tif").shape[1:] for side in ("left", "right")}
    assert sizes == {"left": (44, 44), "right": (40, 48)}


def test_the_clock_that_is_ahead_is_put_right_by_its_offset(dataset: Path) -> None:
    table = index(dataset, "03", "calibration")
    events = pd.read_csv(dataset / "sub-03/emg/sub-03_task-calibration_events.tsv", sep="\t")
    event = events.iloc[3]
    inside = (table["time"] - 1.7).between(event["onset"], event["onset"] + event["duration"] - 1e-4)
    assert set(table.loc[inside, "label"]) == {event["trial_type"]}


def test_blinks_are_told(dataset: Path) -> None:
    blinks = pd.read_csv(dataset / "sourcedata/truth/blinks.tsv", sep="\t")
    assert set(blinks["participant_id"]) == {f"sub-{n:02d}" for n in range(1, 7)}
    bouts = [b for b in generate_person(6, 5, scene_s=SHORT_S).recordings[0].bouts if b.label == "blink"]
    stored = blinks.query("participant_id == 'sub-06' and task == 'calibration'")
    assert list(stored["onset"]) == pytest.approx([b.onset_s for b in bouts], abs=1e-3)


def test_everything_says_synthetic(dataset: Path) -> None:
    assert "synthetic (rendered)" in (dataset / "README").read_text()
    for path in dataset.glob("sourcedata/sub-*/eye/*.json"):
        assert json.loads(path.read_text())["Synthetic"] is True


def test_a_stack_of_odd_sizes_comes_back(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 13, 5), dtype=np.uint8)
    write_stack(tmp_path / "a.tif", images)
    assert np.array_equal(pages(tmp_path / "a.tif"), images)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
