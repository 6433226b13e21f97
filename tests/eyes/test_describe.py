"""Eye recordings where there is no EMG: what they are, and the scenes and expressions in them."""

import pandas as pd
import pytest
from eyes.builders import Dataset
from eyes.test_check import check
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.eyes.describe import describe_eyes
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from selecting import select

CLASSES = ["neutral", "smile"]


def described(dataset: Dataset, participant: str = "01") -> tuple[pd.DataFrame, pd.DataFrame]:
    """PARTICIPANT_RECORDINGS, by name, and EVENTS of a person's frames."""
    frames = dataset.run(participant)[0]
    out = [frames.with_name(name) for name in ("recordings.parquet", "events.parquet")]
    describe_eyes(frames, *out, classes=CLASSES)
    recordings = read_table(out[0], PARTICIPANT_RECORDINGS).set_index("recording", drop=False)
    return recordings, read_table(out[1], EVENTS)


def rows_of(events: pd.DataFrame, recording: str) -> list[list]:
    found = events[events["recording"] == recording]
    assert found["event"].tolist() == list(range(len(found)))
    return found[["onset_s", "duration_s", "label", "role"]].round(6).to_numpy().tolist()


def test_a_scene_lasts_from_its_first_frame_to_the_end_of_its_last(dataset: Dataset) -> None:
    dataset.config["recordings"]["scene_tasks"] = ["calm"]
    dataset.recording(["neutral"] * 30 + ["smile"] * 20)
    rows = dataset.recording(["n/a"] * 40, task="calm", session="2", seed=1)
    dataset.write_index([[*row[:2], f"{float(row[2]) + 1.5:.3f}", *row[3:]] for row in rows], task="calm", session="2")
    recordings, events = described(dataset)
    scene, calibration = recordings.loc["ses-2_task-calm"], recordings.loc["task-calibration"]
    assert (scene["session"], scene["task"], scene["kind"]) == ("2", "calm", "scene")
    assert (calibration["session"], calibration["task"], calibration["kind"]) == ("", "calibration", "calibration")
    assert scene["rate_hz"] == pytest.approx(10) and scene["duration_s"] == pytest.approx(4.0)
    assert scene["n_samples"] == 40 and list(scene["channels"]) == [] and pd.isna(scene["mains_hz"])
    assert rows_of(events, "ses-2_task-calm") == [[1.5, 4.0, "calm", "scene"]]
    assert rows_of(events, "task-calibration") == [
        [0.0, 3.0, "neutral", "expression"],
        [3.0, 2.0, "smile", "expression"],
    ]


def test_labels_inside_a_scene_are_events_and_labels_that_are_no_class_are_ignored(dataset: Dataset) -> None:
    dataset.config["recordings"]["scene_tasks"] = ["calm"]
    dataset.config["eyes"]["frames"] |= {"trim_start_s": 0.5, "trim_end_s": 0.2}
    dataset.recording(["n/a"] * 10 + ["smile"] * 20 + ["closed"] * 10 + ["n/a"] * 5, task="calm")
    events = described(dataset)[1]
    assert rows_of(events, "task-calm") == [
        [0.0, 4.5, "calm", "scene"],
        [1.5, 1.3, "smile", "expression"],
        [3.5, 0.3, "closed", "ignored"],
    ]


def test_a_recording_without_times_is_no_scene(dataset: Dataset) -> None:
    dataset.config["recordings"]["scene_tasks"] = ["calm"]
    rows = dataset.recording(["smile"] * 8, task="calm")
    dataset.write_index([[*row[:2], "n/a", *row[3:]] for row in rows], task="calm")
    recordings, events = described(dataset)
    assert events.empty
    row = recordings.loc["task-calm"]
    assert row["kind"] == "scene" and row["n_samples"] == 8
    assert pd.isna(row["rate_hz"]) and pd.isna(row["duration_s"])


def test_the_hashes_tell_images_and_their_order(dataset: Dataset) -> None:
    dataset.recording(["smile"] * 4, task="a")
    rows = dataset.recording(["smile"] * 4, task="b")  # the same images
    dataset.recording(["smile"] * 4, task="c", seed=1)
    dataset.write_index([[rows[6 - n + 2 * (n % 2)][0], *row[1:]] for n, row in enumerate(rows)], task="b")
    found = described(dataset)[0]
    assert found["sha256"].nunique() == 3
    assert found.loc["task-a", "content_sha256"] == found.loc["task-b", "content_sha256"]
    assert found.loc["task-a", "content_sha256"] != found.loc["task-c", "content_sha256"]


def test_ratings_are_found_beside_eye_images(dataset: Dataset) -> None:
    dataset.recording(["smile"] * 2)
    beh = dataset.root / "sub-01" / "beh"
    beh.mkdir(parents=True)
    (beh / "sub-01_task-calm_beh.tsv").write_text("mental\n3\n")
    assert select(dataset.config["recordings"]).rating_files == [str(beh / "sub-01_task-calm_beh.tsv")]
    dataset.config["recordings"]["ratings"]["source"] = "none"
    assert select(dataset.config["recordings"]).rating_files == []


def test_a_scene_that_nobody_has_is_refused(dataset: Dataset) -> None:
    dataset.recording(["smile"] * 2, task="calm")
    with pytest.raises(InputError, match=r"scene_tasks names 'clam' \(did you mean 'calm'\?\)"):
        check(dataset, ["01"], scene_tasks=["clam"])
    check(dataset, ["01"], prepare=False, scene_tasks=["calm"])
