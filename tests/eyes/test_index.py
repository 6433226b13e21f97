"""Bad index tables, each refused in one sentence that names file and row; which recording an index is of."""

from pathlib import Path

import pytest
from eyes.builders import HEADER, Dataset, emg_selection, picture
from myoscene.core.errors import InputError
from PIL import Image


def one_row(**changes: str) -> list[str]:
    """The row of image ``extra.png``, with changes."""
    return list({"file": "extra.png", "frame": "7", "time": "0.7", "eye": "left", "label": "smile", **changes}.values())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"file": "gone.png"}, r"row 10: the file .*gone\.png is not there"),
        ({"file": "../extra.png"}, r"row 10: file '\.\./extra\.png' leaves the index's folder"),
        ({"file": "/extra.png"}, r"row 10: file '/extra\.png' leaves the index's folder"),
        ({"file": "a\\extra.png"}, r"row 10: .*not written with `/`"),
        ({"file": "extra.gif"}, r"row 10: file 'extra\.gif' is not a kind of image that is read"),
        ({"file": "n/a"}, r"row 10: no file"),
        ({"eye": "middle"}, r"row 10: eye 'middle' is neither left nor right"),
        ({"eye": "n/a"}, r"row 10: eye 'n/a' is neither left nor right"),
        ({"frame": "-1"}, r"row 10: frame '-1' is not a whole number"),
        ({"frame": "1.5"}, r"row 10: frame '1\.5' is not a whole number"),
        ({"frame": "n/a"}, r"row 10: frame 'n/a' is not a whole number"),
        ({"time": "soon"}, r"row 10, time: 'soon' is not a number"),
        ({"time": "inf"}, r"row 10, time: 'inf' is not a number"),
        ({"time": "n/a"}, r"row 10: no time, though other rows of task-calibration have one"),
        ({"label": "smlie"}, r"row 10: unknown label 'smlie' \(did you mean 'smile'\?\)"),
        ({"time": "0.05"}, r"row 10: time 0\.05 s lies before that of the left eye's row before it"),
        ({"time": "0.3"}, r"row 10: the same recording, eye and time as .*row 8"),
        ({"frame": "3"}, r"row 10: the same recording, eye and frame as .*row 8"),
    ],
)
def test_a_row_at_fault_is_refused_and_nothing_is_written(dataset: Dataset, changes: dict[str, str], told: str) -> None:
    rows = dataset.recording(["neutral"] * 4)
    Image.fromarray(picture(99)).save(dataset.folder() / "extra.png")
    dataset.write_index([*rows, one_row()])
    assert len(dataset.prepare()[0]) == 5, "without the change nothing is wrong"
    dataset.write_index([*rows, one_row(**changes)])
    with pytest.raises(InputError, match=told) as refused:
        dataset.prepare(out="second")
    assert "sub-01_task-calibration_eye.tsv, row 10" in str(refused.value)
    assert not (dataset.root.parent / "second").exists()


def test_one_file_in_two_rows_is_refused(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 4)
    dataset.write_index([*rows, one_row(file="calibration_left_002.png")])
    with pytest.raises(InputError, match=r"row 10: the same file and frame as .*, row 6; keep one of these rows"):
        dataset.prepare()
    dataset.write_index([*rows, one_row(file="./calibration_left_002.png")])
    with pytest.raises(InputError, match=r"row 10: the same file and frame as .*, row 6"):
        dataset.prepare()


def test_a_file_without_row_is_refused_but_not_every_file_is_an_image(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 2)
    for name in (".hidden.png", "camera.json", "notes.txt", "old.tsv.bak"):
        (dataset.folder() / name).write_bytes(b"nothing")
    (dataset.folder() / "below").mkdir()
    assert len(dataset.prepare()[0]) == 2
    Image.fromarray(picture(5)).save(dataset.folder() / "below" / "more.PNG")
    with pytest.raises(InputError, match=r"below/more\.PNG has no row in .*_eye\.tsv"):
        dataset.prepare()


@pytest.mark.parametrize("column", ["file", "frame", "eye"])
def test_a_missing_column_is_refused(dataset: Dataset, column: str) -> None:
    rows = dataset.recording(["neutral"])
    place = HEADER.index(column)
    cut = [[value for number, value in enumerate(row) if number != place] for row in [HEADER, *rows]]
    dataset.write_index(cut[1:], header=cut[0])
    with pytest.raises(InputError, match=rf"row 1: there is no column '{column}'"):
        dataset.prepare()


def test_an_index_without_rows_and_images_without_index_are_refused(dataset: Dataset) -> None:
    dataset.write_index([])
    with pytest.raises(InputError, match="has a header but no rows"):
        dataset.prepare()
    next(dataset.folder().glob("*.tsv")).unlink()
    Image.fromarray(picture(1)).save(dataset.folder() / "a.png")
    with pytest.raises(InputError, match="holds images but no index table"):
        dataset.prepare()


def test_times_labels_and_sessions_may_be_absent(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 3)
    dataset.write_index([[row[0], row[1], row[3]] for row in rows], header=("file", "frame", "eye"))
    frames, _ = dataset.prepare()
    assert frames["time_s"].isna().all() and frames["label"].isna().all()
    assert frames["frame"].tolist() == [0, 1, 2], "paired by equal number"
    assert frames["left_image"].notna().all() and frames["right_image"].notna().all()
    assert (frames["session"] == "").all()


def test_an_eye_may_be_a_letter_and_a_label_left_aside(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral", "talking", "smile"])
    dataset.write_index([[*row[:3], {"left": "L", "right": "r"}[row[3]], row[4]] for row in rows])
    dataset.config["eyes"]["ignore_labels"] = ["talking"]
    frames, _ = dataset.prepare()
    assert frames["label"].fillna("").tolist() == ["neutral", "", "smile"]
    assert frames["event"].tolist() == [0, -1, 1]


def test_a_session_that_contradicts_its_folder_is_refused(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 2, session="1")
    header = (*HEADER, "session")
    dataset.write_index([[*row, "ses-1"] for row in rows], session="1", header=header)
    frames, _ = dataset.prepare()
    assert set(frames["session"]) == {"1"} and set(frames["recording"]) == {"ses-1_task-calibration"}
    dataset.write_index([[*row, "2"] for row in rows], session="1", header=header)
    with pytest.raises(InputError, match="row 2: session '2' contradicts the folder ses-1"):
        dataset.prepare()


def test_eye_sessions_within_a_recording(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 4)
    sessions = ["b", "b", "b", "b", "a", "a", "a", "a"]
    dataset.write_index([[*row, s] for row, s in zip(rows, sessions, strict=True)], header=(*HEADER, "session"))
    frames, _ = dataset.prepare()
    assert frames["session"].tolist() == ["a", "a", "b", "b"], "by session, then time"
    assert frames["time_s"].tolist() == [0.2, 0.3, 0.0, 0.1]


def test_names_that_are_no_bids_names(dataset: Dataset, tmp_path: Path) -> None:
    rows = dataset.recording(["neutral"] * 2)
    path = dataset.folder() / "sub-01_task-calibration_eye.tsv"
    path.rename(dataset.folder() / "index.tsv")
    assert set(dataset.prepare()[0]["recording"]) == {"task-eyes"}
    tasks = [[*row, "calm"] for row in rows]
    dataset.write_index(tasks, header=(*HEADER, "task"), name="index.tsv")
    assert set(dataset.prepare()[0]["recording"]) == {"task-calm"}
    dataset.write_index(rows, name="index.tsv")
    one = emg_selection(dataset, ["task-storm"])
    given = {"selection": one, "emg_recordings": ["task-storm"]}
    assert set(dataset.prepare(**given)[0]["recording"]) == {"task-storm"}
    with pytest.raises(InputError, match=r"of which recording these images are cannot be told \(2 EMG recordings"):
        dataset.prepare(selection=one, emg_recordings=["task-calm", "task-storm"])
    (dataset.folder() / "sub-02_task-calibration_eye.tsv").write_text("file\tframe\teye\n")
    with pytest.raises(InputError, match="index.tsv: one of several indices, and no task in its name"):
        dataset.prepare(**given)


def test_an_index_of_somebody_else_is_refused(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"])
    (dataset.folder() / "sub-01_task-calibration_eye.tsv").unlink()
    dataset.write_index(rows, name="sub-02_task-calibration_eye.tsv")
    with pytest.raises(InputError, match="participant or session in the name differs from the folder"):
        dataset.prepare()


def test_an_index_of_another_run_than_the_emg_is_refused(dataset: Dataset) -> None:
    dataset.recording(["neutral"], task="calm")
    with pytest.raises(InputError, match="no EMG recording 'task-calm', but 'task-calm_run-1' of the same session"):
        dataset.prepare(emg_recordings=["task-calibration", "task-calm_run-1"])
    dataset.prepare(emg_recordings=["task-calibration", "ses-1_task-calm"])


def test_frames_of_a_recording_whose_emg_is_left_out_have_no_label(dataset: Dataset) -> None:
    dataset.recording(["neutral", "smile"], task="calibration")
    dataset.recording(["neutral", "smile"], task="practice", seed=1)
    frames, _ = dataset.prepare(left_out=["task-practice"])
    practice = frames["recording"] == "task-practice"
    assert practice.sum() == 2 and frames.loc[practice, "label"].isna().all()
    assert frames.loc[practice, "event"].tolist() == [-1, -1] and not frames.loc[practice, "made_neutral"].any()
    assert frames.loc[~practice, "label"].tolist() == ["neutral", "smile"]


def test_scenes_are_told_from_calibrations(dataset: Dataset) -> None:
    dataset.recording(["neutral"], task="calibration")
    dataset.recording(["smile"], task="calm", seed=1)
    dataset.recording(["smile"], task="adjust", seed=2)
    frames, _ = dataset.prepare(scene_recordings=["task-calm"], scene_tasks=[])
    kinds = dict(zip(frames["recording"], frames["kind"], strict=True))
    assert kinds == {"task-calibration": "calibration", "task-adjust": "calibration", "task-calm": "scene"}
    frames, _ = dataset.prepare(scene_tasks=["adjust"])
    assert set(frames.loc[frames["kind"] == "scene", "recording"]) == {"task-adjust"}
