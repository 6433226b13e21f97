"""Who takes part, with which files, and every dataset or configuration that is refused at once."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from myoscene.core.errors import InputError
from recordings.builders import CALIBRATION_EVENTS, write_description, write_emg, write_rating, write_tsv
from selecting import select


def refused(section: dict[str, Any]) -> str:
    with pytest.raises(InputError) as raised:
        select(section)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_everybody_with_files_and_ratings(dataset: Path, section: dict[str, Any]) -> None:
    found = select(section)
    assert found.participants == ["01", "02", "03"]
    assert found.exclusions == []
    assert [recording.task for recording in found.recordings["02"]] == ["calibration", "calm", "hard"]
    assert set(map(Path, found.raw_files["02"])) == set((dataset / "sub-02" / "emg").iterdir())
    assert [Path(path).name for path in found.rating_files[:2]] == [
        "sub-01_task-calm_beh.tsv", "sub-01_task-hard_beh.tsv",
    ]  # fmt: skip
    assert found.synthetic is False
    write_description(dataset, synthetic=True)
    assert select(section).synthetic is True


def test_paths_stay_relative_when_the_dataset_is(
    dataset: Path, section: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dataset.parent)
    found = select({**section, "dataset": "ds"})
    assert found.raw_files["01"][0] == "ds/sub-01/emg/sub-01_task-calibration_emg.edf"


def test_somebody_is_left_out_by_name(dataset: Path, section: dict[str, Any]) -> None:
    (dataset / "sub-x y").mkdir()
    found = select({**section, "exclude_participants": ["sub-02", "x y"]})
    assert found.participants == ["01", "03"]
    assert [(row["participant"], row["reason"]) for row in found.exclusions] == [
        ("02", "listed in recordings.exclude_participants"),
        ("x y", "listed in recordings.exclude_participants"),
    ]
    assert not [path for path in found.rating_files if "sub-02" in path]


def test_a_name_to_leave_out_that_nobody_has(dataset: Path, section: dict[str, Any]) -> None:
    message = refused({**section, "exclude_participants": ["002"]})
    assert "recordings.exclude_participants names '002' (did you mean '02'?)" in message


def test_everybody_left_out(dataset: Path, section: dict[str, Any]) -> None:
    assert "has no participants" in refused({**section, "exclude_participants": ["01", "02", "03"]})


def test_a_dataset_without_participants(tmp_path: Path, section: dict[str, Any]) -> None:
    write_description(tmp_path / "ds")
    assert f"dataset {tmp_path / 'ds'} has no participants" in refused(section)


def test_a_dataset_without_recordings(tmp_path: Path, section: dict[str, Any]) -> None:
    (tmp_path / "ds" / "sub-01").mkdir(parents=True)
    assert "has no EMG recordings" in refused(section)


def test_a_person_without_calibration_stops_the_run(dataset: Path, section: dict[str, Any]) -> None:
    for path in (dataset / "sub-02" / "emg").glob("*calibration*"):
        path.unlink()
    message = refused(section)
    assert message.startswith("participant 02 has no calibration recording (task calibration)")
    found = select({**section, "missing_calibration": "exclude"})
    assert found.participants == ["01", "03"]
    assert found.exclusions[0]["reason"] == "no calibration recording (task calibration)"
    assert select({**section, "exclude_participants": ["02"]}).participants == ["01", "03"]
    assert select({**section, "calibration_tasks": []}).participants == ["01", "02", "03"]


def test_nobody_has_a_calibration(dataset: Path, section: dict[str, Any]) -> None:
    message = refused({**section, "calibration_tasks": ["calibrate"]})
    assert "recordings.calibration_tasks names 'calibrate' (did you mean 'calibration'?)" in message
    assert "tasks there: calibration, calm, hard" in message


def test_a_person_without_any_recording(dataset: Path, section: dict[str, Any]) -> None:
    shutil.rmtree(dataset / "sub-03" / "emg")
    assert refused(section).startswith("participant 03 has no EMG recording")
    found = select({**section, "missing_calibration": "exclude"})
    assert found.exclusions[0]["reason"] == "no EMG recording"


def test_recordings_of_other_tasks_are_listed_not_dropped_in_silence(dataset: Path, section: dict[str, Any]) -> None:
    found = select({**section, "scene_tasks": ["calm"]})
    assert [recording.task for recording in found.recordings["01"]] == ["calibration", "calm"]
    assert [row["recording"] for row in found.exclusions] == ["task-hard"] * 3
    assert "task 'hard' is neither" in found.exclusions[0]["reason"]
    assert "recordings.scene_tasks names 'clam' (did you mean 'calm'?)" in refused({**section, "scene_tasks": ["clam"]})


def test_sessions(tmp_path: Path, section: dict[str, Any]) -> None:
    root = tmp_path / "ds"
    for session in ("1", "2"):
        write_emg(root, "01", "calibration", session=session, events=CALIBRATION_EVENTS)
        write_rating(root, "01", "calm", [1] * 6, session=session)
    found = select(section)
    assert [r.recording for r in found.recordings["01"]] == [
        "ses-1_task-calibration",
        "ses-2_task-calibration",
    ]
    assert len(found.rating_files) == 2
    (root / "sub-01" / "ses-a.b").mkdir()
    assert "session 'a.b' is not a BIDS label" in refused(section)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["sub-01"], ["sub-02"], ["sub-01"]], "row 4: participant '01' is also in row 2"),
        ([["sub-01"], ["sub-a/b"]], "row 3: participant 'a/b' is not a BIDS label"),
        ([["sub-a.b"]], "row 2: participant 'a.b' is not a BIDS label"),
    ],
)
def test_a_wrong_row_of_the_participants_table(
    dataset: Path, section: dict[str, Any], rows: list[list[str]], says: str
) -> None:
    write_tsv(dataset / "participants.tsv", ["participant_id"], rows)
    message = refused(section)
    assert "participants.tsv, " in message
    assert says in message


def test_people_of_the_participants_table_without_data_are_listed(dataset: Path, section: dict[str, Any]) -> None:
    write_tsv(dataset / "participants.tsv", ["participant_id"], [["sub-01"], ["sub-99"]])
    (row,) = select(section).exclusions
    assert (row["participant"], row["reason"]) == ("99", "in participants.tsv, but there is no folder")


def test_a_feature_table_says_who_takes_part(tmp_path: Path, section: dict[str, Any]) -> None:
    path = tmp_path / "features.csv"
    section = {**section, "input": "features", "feature_table": str(path)}
    path.write_text("participant,label,x\nB,smile,1\nsub-A,smile,2\nC,smile,3\n")
    assert select(section).participants == ["A", "B", "C"]
    found = select({**section, "exclude_participants": ["B"]})
    assert (found.participants, found.raw_files, len(found.exclusions)) == (["A", "C"], {}, 1)
    assert "leaves no participant" in refused({**section, "exclude_participants": ["A", "B", "C"]})
    path.write_text("participant,label,x\nB,smile,1\na b,smile,2\n")
    assert "features.csv, row 3: participant 'a b' is not a BIDS label" in refused(section)
    path.write_text("person,label,x\nB,smile,1\n")
    assert "no column 'participant'" in refused(section)
    path.write_text("participant,label,x\n")
    assert "has a header but no rows" in refused(section)
    assert "recordings.feature_table is null" in refused({**section, "feature_table": None})


def test_ratings_alone(tmp_path: Path, section: dict[str, Any]) -> None:
    section = {
        **section,
        "input": "ratings",
        "dataset": str(tmp_path),
        "ratings": {**section["ratings"], "source": "csv"},
    }
    assert "ratings.csv does not exist" in refused(section)
    (tmp_path / "ratings.csv").write_text("Participant ID;MentalDemand\n7Q5SI;5\n1BX2A;6\n")
    found = select(section)
    assert found.participants == ["1BX2A", "7Q5SI"]
    assert found.rating_files == [str(tmp_path / "ratings.csv")]
    (tmp_path / "ratings.csv").write_text("Who,MentalDemand\n7Q5SI,5\n")
    assert "row 1: there is no column 'participant'" in refused(section)
    (tmp_path / "ratings.csv").write_text("participant,MentalDemand\n")
    assert "has no participants" in refused(section)
    assert "recordings.ratings.source is `none`" in refused(
        {**section, "ratings": {**section["ratings"], "source": "none"}}
    )


def test_ratings_alone_in_bids(tmp_path: Path, section: dict[str, Any]) -> None:
    write_rating(tmp_path / "ds", "01", "calm", [1] * 6)
    assert select({**section, "input": "ratings"}).participants == ["01"]
