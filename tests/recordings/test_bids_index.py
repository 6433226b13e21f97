"""The index of a dataset, the inheritance of sidecars, and identifiers that are refused."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.recordings import bids
from recordings.builders import write_emg, write_tsv
from selecting import select

LABELS = st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_recordings_come_with_their_entities(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "sub-B2/ses-1/emg/sub-B2_ses-1_task-calm_acq-dry_run-02_recording-face_emg.bdf",
        "sub-B2/ses-1/emg/sub-B2_ses-1_task-calm_acq-dry_run-02_recording-face_channels.tsv",
        "sub-B2/ses-1/beh/sub-B2_ses-1_task-calm_beh.tsv",
        "sub-A1/emg/sub-A1_task-calibration_emg.edf",
        "sub-A1/emg/.hidden_emg.edf",
        "participants.tsv",
    )
    first, second = bids.index_dataset(str(tmp_path))
    assert (first.participant, first.session, first.task, first.recording) == (
        "A1", "", "calibration", "task-calibration",
    )  # fmt: skip
    assert second.recording == "ses-1_task-calm_acq-dry_run-02_recording-face"
    assert (second.session, second.run, second.acquisition) == ("1", "02", "dry")
    assert bids.recording_of(second.path) == second
    assert bids.recording_of(first.path) == first


@given(participant=LABELS, session=LABELS | st.just(""), task=LABELS, run=LABELS | st.just(""))
def test_what_is_written_into_a_name_is_read_from_it(participant: str, session: str, task: str, run: str) -> None:
    stem = "_".join(
        f"{key}-{label}"
        for key, label in (("sub", participant), ("ses", session), ("task", task), ("run", run))
        if label
    )
    folder = f"ds/sub-{participant}/" + (f"ses-{session}/" if session else "") + "emg"
    found = bids.recording_of(f"{folder}/{stem}_emg.edf")
    assert (found.participant, found.session, found.task, found.run) == (participant, session, task, run)
    assert f"sub-{participant}_{found.recording}_emg.edf" == f"{stem}_emg.edf"


@pytest.mark.parametrize("label", ["a b", "a.b", "a_b", "a-b", "ä", "a+b"])
def test_a_participant_folder_that_bids_forbids_is_refused_by_name(tmp_path: Path, label: str) -> None:
    (tmp_path / f"sub-{label}" / "emg").mkdir(parents=True)
    with pytest.raises(InputError, match=re.escape(f"sub-{label}: ") + ".*letters and digits") as raised:
        bids.index_dataset(str(tmp_path))
    assert "\n" not in str(raised.value)
    assert bids.index_dataset(str(tmp_path), exclude=[label]) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("sub-01_task-a b_emg.edf", "'a b' is not a BIDS label"),
        ("sub-01_task-a.b_emg.edf", "name the file like"),
        ("sub-01_taska_emg.edf", "'taska' is not a BIDS entity"),
        ("sub-01_task-_emg.edf", "is not a BIDS label"),
        ("sub-01_emg.edf", "no task"),
        ("sub-02_task-a_emg.edf", "differs from the folder"),
        ("sub-01_ses-1_task-a_emg.edf", "differs from the folder"),
        ("sub-01_task-a_space-x_emg.edf", "no entity 'space'"),
        ("sub-01_task-a_task-b_emg.edf", "not a BIDS entity"),
        ("sub-01_task-a_emg.EDF", "lower case"),
        ("sub-01_task-a_emg.vhdr", "myoscene import"),
        ("sub-01_task-a_emg.xdf", "myoscene import"),
    ],
)
def test_a_wrong_file_name_is_refused_and_named(tmp_path: Path, name: str, says: str) -> None:
    touch(tmp_path, f"sub-01/emg/{name}")
    with pytest.raises(InputError) as raised:
        bids.index_dataset(str(tmp_path))
    assert says in str(raised.value)
    assert name in str(raised.value)


def test_the_same_recording_in_two_formats_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "sub-01/emg/sub-01_task-a_emg.edf", "sub-01/emg/sub-01_task-a_emg.bdf")
    with pytest.raises(InputError, match="same recording"):
        bids.index_dataset(str(tmp_path))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere does not exist; set recordings\.dataset"):
        bids.index_dataset(str(tmp_path / "nowhere"))


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "sub-01/emg/sub-01_task-a_emg.edf")
    listdir = os.listdir

    def refuse(folder: str) -> list[str]:
        if folder.endswith("emg"):
            raise PermissionError(13, "Permission denied", folder)
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(InputError, match=r"sub-01/emg cannot be read \(Permission denied\)"):
        bids.index_dataset(str(tmp_path))


def test_metadata_is_inherited_from_the_root_down(tmp_path: Path) -> None:
    path = str(write_emg(tmp_path, "01", "calm", session="1", entities="_run-1", meta={"SamplingFrequency": 200}))
    own = Path(path.replace("_emg.edf", "_emg.json"))
    own.write_text('{"RecordingType": "continuous"}')
    (tmp_path / "emg.json").write_text('{"PowerLineFrequency": 60, "A": "root", "B": "root", "C": "root"}')
    (tmp_path / "task-calm_emg.json").write_text('{"B": "task", "C": "task"}')
    (tmp_path / "task-other_emg.json").write_text('{"C": "other task"}')
    (tmp_path / "sub-01" / "sub-01_task-calm_emg.json").write_text('{"C": "person"}')
    (tmp_path / "sub-01" / "ses-1" / "sub-01_ses-1_emg.json").write_text('{"D": "session"}')
    assert bids.metadata(path) == {
        "PowerLineFrequency": 60, "A": "root", "B": "task", "C": "person", "D": "session",
        "RecordingType": "continuous",
    }  # fmt: skip


def test_the_closest_table_applies_alone(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    own = path.with_name("sub-01_task-calm_channels.tsv")
    shared = write_tsv(tmp_path / "task-calm_channels.tsv", ("name", "type", "units"), [("a", "EMG", "uV")])
    assert bids.closest_tsv(str(path), "channels") == str(own)
    own.unlink()
    assert bids.closest_tsv(str(path), "channels") == str(shared)
    shared.unlink()
    assert bids.closest_tsv(str(path), "channels") is None


def test_two_tables_that_apply_equally_are_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm", entities="_run-1")
    touch(tmp_path, "task-calm_events.tsv", "run-1_events.tsv")
    with pytest.raises(InputError, match="both apply to"):
        bids.closest_tsv(str(path), "events")


def test_raw_files_are_everything_that_reading_opens(tmp_path: Path) -> None:
    write_emg(tmp_path, "01", "calm", events=[])
    (tmp_path / "task-calm_emg.json").write_text("{}")
    found = bids.raw_files(str(tmp_path), bids.index_dataset(str(tmp_path)))
    stem = str(tmp_path / "sub-01" / "emg" / "sub-01_task-calm")
    assert set(found) == {
        f"{stem}_emg.edf", f"{stem}_emg.json", f"{stem}_channels.tsv", f"{stem}_events.tsv",
        str(tmp_path / "task-calm_emg.json"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"Synthetic": true}', True), ('{"Synthetic": "yes"}', False), ("{}", False), (None, False)],
)
def test_a_dataset_says_whether_it_is_synthetic(tmp_path: Path, text: str | None, expected: bool) -> None:
    if text is not None:
        (tmp_path / "dataset_description.json").write_text(text)
    assert bids.is_synthetic(str(tmp_path)) is expected


def test_broken_json_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "dataset_description.json"
    path.write_text('{\n "Name": "x",\n "Synthetic" true}')
    with pytest.raises(InputError, match=r"dataset_description\.json, row 3: not valid JSON"):
        bids.is_synthetic(str(tmp_path))
    path.write_text(json.dumps([1]))
    with pytest.raises(InputError, match="not a JSON object"):
        bids.is_synthetic(str(tmp_path))


def test_the_index_needs_the_standard_library_alone() -> None:
    """It is imported at every call of Snakemake, so nothing slow may come with it."""
    code = (
        "import sys; import myoscene.recordings.selection; "
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'scipy', 'edfio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_folder_of_a_large_dataset_is_listed_once(
    tmp_path: Path, section: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 people with 7 recordings: this runs at every call of Snakemake and must not grow quadratically."""
    for number in range(300):
        stems = [f"sub-{number:03d}/emg/sub-{number:03d}_task-{task}" for task in ("calibration", *"abcdef")]
        touch(tmp_path / "ds", *(f"{s}_{e}" for s in stems for e in ("emg.edf", "emg.json", "channels.tsv")))
    listed: list[str] = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: listed.append(str(folder)) or listdir(folder))
    assert len(select(section).participants) == 300
    assert len(listed) == len(set(listed)), "no folder twice"
    assert len(listed) <= 4 * 300 + 2
