"""The stage: index tables and their refusals, clocks, tables with and without times, everybody against each other."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from face.builders import Faces, parameters, plain_csv
from face.test_others import OPENFACE, PY_FEAT
from myoscene.core.errors import InputError
from myoscene.core.tables import read_csv_table, write_table
from myoscene.face.check import check_faces
from myoscene.face.tables import PARTICIPANT_SHEET, SHEET


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    return Faces(tmp_path)


def test_tables_come_onto_the_clock_of_the_recording(faces: Faces) -> None:
    """The clock of a file, of a row and of the person add up, and rows stand in the order of the recordings."""
    faces.table("second.parquet")
    faces.table("below/first.parquet", parameters(names=["smile", "jawOpen"]))
    header = ("file", "recording", "offset_s", "notes")
    faces.index([("second.parquet", "task-b", "-0.25", "x"), ("./below/first.parquet", "task-a", "n/a", "y")], header)
    (faces.root / "offsets.tsv").write_text("participant_id\toffset_s\nsub-01\t1.5\n")
    found, sheet = faces.prepare("offsets.tsv")
    assert list(found) == ["participant", "session", "recording", "frame", "time_s", "is_face", "smile", "jawOpen"]
    assert found["recording"].drop_duplicates().tolist() == ["task-a", "task-b"]
    assert found["smile"].dtype == np.float32
    assert found.groupby("recording")["time_s"].min().tolist() == [1.5, 1.25]
    assert sheet["offset_s"].tolist() == [1.5, 1.25]
    assert sheet["n_frames"].tolist() == [60, 60] and sheet["rate_hz"].tolist() == [30.0, 30.0]
    assert sheet["source"].tolist() == ["table"] * 2 and not sheet["has_variable_rate"].any()
    assert (sheet["in_recording_fraction"] == 1).all()


def test_what_a_table_says_of_its_frames_is_told(faces: Faces) -> None:
    frame = parameters().assign(smile=0.5)
    frame.loc[:5, ["is_face", "smile", "jawOpen"]] = [False, np.nan, np.nan]
    frame["is_face"] = frame["is_face"].astype(bool)
    frame.loc[30:, "time_s"] += 0.5
    faces.table("a.parquet", frame)
    faces.index([("a.parquet", "task-a")])
    found, sheet = faces.prepare()
    assert (~found["is_face"]).sum() == 6 and found["smile"].isna().sum() == 6
    row = sheet.iloc[0]
    assert (row["usable_fraction"], row["has_variable_rate"], row["still"]) == (0.9, True, "smile")
    assert row["parameters"] == "jawOpen;smile" and row["mirror_bias_in"] == "" and np.isnan(row["mirror_bias"])


@pytest.mark.parametrize(
    ("name", "text", "cells"),
    [
        ("of.csv", OPENFACE, ("n/a",)),
        ("feat.csv", PY_FEAT, ("25",)),
        ("own.csv", plain_csv(parameters(names=["EAR", "my_value"])), ("n/a",)),
    ],
)
def test_tables_of_tools_and_plain_ones_are_read(faces: Faces, name: str, text: str, cells: tuple[str]) -> None:
    (faces.folder / name).write_text(text)
    faces.index([(name, "task-a", *cells)], ("file", "recording", "rate_hz"))
    found, sheet = faces.prepare()
    assert len(found) == sheet.loc[0, "n_frames"] > 1
    assert set(sheet.loc[0, "parameters"].split(";")) == set(found.columns[6:]) != set()


ROW = ("a.parquet", "task-a")


@pytest.mark.parametrize(
    ("rows", "header", "told"),
    [
        ([("gone.parquet", "task-a")], None, r"row 2: the file .*gone\.parquet is not there"),
        ([("../a.parquet", "task-a")], None, r"row 2: file '\.\./a\.parquet' leaves the index's folder"),
        ([("/a.parquet", "task-a")], None, r"row 2: file '/a\.parquet' leaves the index's folder"),
        ([("x\\a.parquet", "task-a")], None, r"row 2: file .* not written with `/`"),
        ([("n/a", "task-a")], None, r"row 2: no file"),
        ([("a.parquet", "task-c")], None, r"row 2: there is no EMG recording 'task-c' \(did you mean"),
        ([("a.parquet", "n/a")], None, r"row 2: there is no EMG recording 'n/a'"),
        ([ROW, ROW], None, r"row 3: the recording task-a also stands in .*row 2"),
        ([], None, r"row 1: the table has a header but no rows"),
        ([("a.parquet",)], ("file",), r"row 1: there is no column 'recording'"),
        ([(*ROW, "1")], ("file", "recording", "ofset_s"), r"no column 'ofset_s' \(did you mean 'offset_s'\?\)"),
        ([(*ROW, "soon")], ("file", "recording", "offset_s"), r"row 2, offset_s: 'soon' is not a number"),
        (
            [(*ROW, "100")],
            ("file", "recording", "offset_s"),
            r"between 100\.0 and 102\.0 s, outside of the EMG recording",
        ),
        ([(*ROW, "-3")], ("file", "recording", "offset_s"), r"between -3\.0 and -1\.0 s, outside of the EMG recording"),
        ([(*ROW, "0")], ("file", "recording", "rate_hz"), r"row 2: rate_hz is 0"),
        ([(*ROW, "30")], ("file", "recording", "rate_hz"), r"has times of its own"),
        ([(*ROW, "45")], ("file", "recording", "turn"), r"row 2: turn is 45; write one of 0, 90, 180, 270"),
        ([(*ROW, "a.parquet")], ("file", "recording", "video"), r"row 2: .*a\.parquet is no video"),
    ],
)
def test_a_row_at_fault_is_refused_and_nothing_is_written(faces: Faces, rows: Any, header: Any, told: str) -> None:
    faces.table("a.parquet")
    faces.index([ROW])
    assert len(faces.prepare()[0]) == 60, "without the change nothing is wrong"
    for path in faces.out.iterdir():
        path.unlink()
    faces.index(rows, header or ("file", "recording"))
    with pytest.raises(InputError, match=told) as refused:
        faces.prepare()
    assert "sub-01_face.tsv" in str(refused.value) or "a.parquet" in str(refused.value)
    assert not list(faces.out.iterdir())


def test_files_without_index_or_row_are_refused_and_not_every_file_is_one(faces: Faces) -> None:
    faces.table("a.parquet")
    with pytest.raises(InputError, match=r"holds files but no index table; add sub-01_face\.tsv with the columns"):
        faces.prepare()
    faces.index([ROW])
    for name in ("a.json", "notes.md", ".hidden.csv"):
        (faces.folder / name).write_text("{}")
    assert len(faces.prepare()[0]) == 60
    faces.table("b.parquet")
    with pytest.raises(InputError, match=r"b\.parquet has no row in .*sub-01_face\.tsv"):
        faces.prepare()
    faces.index([("b.parquet", "task-b")], name="sub-01_task-b_face.tsv")
    assert len(faces.prepare()[0]) == 120, "an index for each recording, too"
    faces.index([("b.parquet", "task-b")], name="sub-02_face.tsv")
    with pytest.raises(InputError, match=r"sub-02_face\.tsv: participant or session in the name differs"):
        faces.prepare()


def test_a_recording_that_is_left_out_has_no_face(faces: Faces) -> None:
    faces.table("a.parquet")
    faces.table("c.parquet")
    faces.index([ROW, ("c.parquet", "task-c")])
    with pytest.raises(InputError, match="there is no EMG recording 'task-c'"):
        faces.prepare()
    faces.left_out = ["task-c"]
    assert faces.prepare()[0]["recording"].unique().tolist() == ["task-a"]
    faces.emg, faces.left_out = ["task-b"], ["task-a", "task-c"]
    with pytest.raises(InputError, match="every recording that the index names is left out of this run"):
        faces.prepare()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"time_s": 0.0}, "the time of row 2 is missing, or not after the one above it"),
        ({"jawOpen": np.inf}, "infinite values"),
        ({"is_face": False}, "no row in which a face was seen"),
        ({"recording": 1.0}, "'recording' cannot be the name of a parameter"),
    ],
)
def test_a_table_at_fault_is_refused(faces: Faces, change: dict[str, Any], told: str) -> None:
    faces.table("a.parquet", parameters().assign(**change))
    faces.index([ROW])
    with pytest.raises(InputError, match=told):
        faces.prepare()


def test_damaged_tables_are_refused(faces: Faces) -> None:
    faces.index([ROW])
    path = faces.table("a.parquet")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"a\.parquet is not a readable table"):
        faces.prepare()
    pd.DataFrame({"time_s": [0.0, 1.0], "smile": ["a", "b"]}).to_parquet(path)
    with pytest.raises(InputError, match="the column 'smile' holds .* instead of numbers"):
        faces.prepare()
    pd.DataFrame({"smile": [0.0, 1.0]}).to_parquet(path)
    with pytest.raises(InputError, match="has no column 'time_s'"):
        faces.prepare()


def test_recordings_and_people_need_the_same_parameters(faces: Faces, tmp_path: Path) -> None:
    faces.table("a.parquet")
    _, sheet = faces.prepare() if faces.index([ROW]) else (None, None)
    faces.table("b.parquet", parameters(names=["jawOpen", "frown"]))
    faces.index([ROW, ("b.parquet", "task-b")])
    with pytest.raises(InputError, match=r"row 3: .*do not hold the same parameters \(frown is in one"):
        faces.prepare()
    paths = [tmp_path / f"{name}.parquet" for name in ("01", "02", "03")]
    for path, names in zip(paths, ("jawOpen;smile", "smile;jawOpen", "jawOpen;frown"), strict=True):
        write_table(path, sheet.assign(participant=path.stem, parameters=names), PARTICIPANT_SHEET)
    check_faces(paths[:2], tmp_path / "sheet.csv")
    assert read_csv_table(tmp_path / "sheet.csv", SHEET)["participant"].tolist() == ["01", "02"]
    with pytest.raises(InputError, match=r"participants 01 \(table\) and 03 \(table\) do not have the same parameters"):
        check_faces(paths, tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()


def test_whose_faces_are_used(faces: Faces) -> None:
    assert not faces.selected().participants
    with pytest.raises(InputError, match=r"face\.files is `required` but nobody"):
        faces.selected(files="required")
    faces.table("a.parquet")
    faces.index([ROW])
    assert faces.selected(files="required").participants == ["01"]
    assert not faces.selected(files="none").participants
    with pytest.raises(InputError, match=r"face\.offsets names .*gone\.tsv, which does not exist"):
        faces.selected("gone.tsv")


def test_a_video_without_model_or_runtime_is_refused_before_anything_runs(faces: Faces, tmp_path: Path) -> None:
    (faces.folder / "a.mp4").write_bytes(b"")
    faces.index([("a.mp4", "task-a")])
    told = r"a\.mp4 is a picture of a face, and .*the face model .*gone\.task is missing here; `make face-model` gets"
    with pytest.raises(InputError, match=told):
        faces.selected(model=str(tmp_path / "gone.task"))
