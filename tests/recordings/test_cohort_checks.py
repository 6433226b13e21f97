"""Describing participants, and the checks of one person's recordings against another's."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.recordings.cohort import check_cohort, list_exclusions
from myoscene.recordings.describe import describe_participant
from myoscene.recordings.read import read_emg
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS, SHEET
from recordings.builders import CALIBRATION_EVENTS, CHANNELS, CLASSES, noise, write_emg
from selecting import select


def describe(section: dict[str, Any], out: Path, **changed: Any) -> dict[str, Any]:
    """Describe everybody; the arguments that check_cohort needs."""
    selection = select(section)
    names = ("calibration_tasks", "classes", "neutral", "scene_events", "ignore_events", "channels")
    recordings, events = [], []
    for name in selection.participants:
        recordings.append(str(out / "p" / f"{name}.parquet"))
        events.append(str(out / "e" / f"{name}.parquet"))
        describe_participant(
            selection.raw_files[name], recordings[-1], events[-1], synthetic=selection.synthetic,
            **{key: section[key] for key in names}, **changed,
        )  # fmt: skip
    return {"recordings": recordings, "events": events, "exclusions": selection.exclusions}


def check(
    section: dict[str, Any], out: Path, notes_paths: tuple[str, ...] = (), **changed: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    given = describe(section, out)
    options = {name: section[name] for name in ("classes", "bad_channels", "max_rate_difference")}
    options["shortest_event_s"] = 1.0
    check_cohort(
        given["recordings"], given["events"], str(out / "s.parquet"), str(out / "s.csv"), str(out / "n.csv"),
        **{**options, **changed},
    )  # fmt: skip
    list_exclusions([str(out / "n.csv"), *notes_paths], str(out / "x.csv"), exclusions=given["exclusions"])
    exclusions = pd.read_csv(out / "x.csv", dtype=str, keep_default_na=False)
    return read_table(out / "s.parquet", SHEET), exclusions


def refused(section: dict[str, Any], out: Path, **changed: Any) -> str:
    with pytest.raises(InputError) as raised:
        check(section, out, **changed)
    message = str(raised.value)
    assert "\n" not in message
    assert not (out / "s.parquet").exists()
    assert not (out / "x.csv").exists()
    return message


def test_a_participant_is_described(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    describe(section, tmp_path)
    frame = read_table(tmp_path / "p" / "01.parquet", PARTICIPANT_RECORDINGS)
    assert list(frame["recording"]) == ["task-calibration", "task-calm", "task-hard"]
    assert list(frame["kind"]) == ["calibration", "scene", "scene"]
    assert set(frame["n_samples"]) == {2000} and set(frame["duration_s"]) == {10.0}
    assert list(frame["channels"][0]) == sorted(CHANNELS)
    events = read_table(tmp_path / "e" / "01.parquet", EVENTS)
    assert list(events["label"]) == [*CLASSES, "calm", "hard"]
    assert events["event"].dtype == np.int32


def test_describing_twice_gives_the_same_bytes(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    describe(section, tmp_path / "a")
    describe(section, tmp_path / "b")
    for name in ("p/02.parquet", "e/02.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_person_without_neutral(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calibration", events=CALIBRATION_EVENTS[1:], seed=101)
    with pytest.raises(
        InputError, match=r"participant 02 has no 'neutral' event in the calibration \(.*sub-02_task-cal"
    ):
        describe(section, tmp_path)
    assert not (tmp_path / "p" / "02.parquet").exists()
    assert not (tmp_path / "e" / "02.parquet").exists()
    describe({**section, "neutral": None}, tmp_path)


def test_neutral_may_stand_in_any_of_several_calibrations(
    dataset: Path, section: dict[str, Any], tmp_path: Path
) -> None:
    write_emg(dataset, "02", "calibration", events=CALIBRATION_EVENTS[1:], seed=101)
    write_emg(dataset, "02", "calibration", entities="_run-2", events=CALIBRATION_EVENTS[:1], seed=999)
    describe(section, tmp_path)


def test_a_good_cohort_gives_a_sheet_and_no_remarks(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    sheet, exclusions = check(section, tmp_path)
    assert len(sheet) == 9
    assert sheet["channels"][0] == ";".join(sorted(CHANNELS))
    assert exclusions.empty
    assert sheet["content_sha256"].is_unique
    assert (tmp_path / "s.csv").read_text().count("\n") == 10


def test_one_recording_under_two_participants(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    shutil.copy(
        dataset / "sub-01/emg/sub-01_task-calibration_emg.edf",
        dataset / "sub-03/emg/sub-03_task-calibration_emg.edf",
    )
    message = refused(section, tmp_path)
    assert message.startswith("participants 01 and 03 have the same recording (")
    assert "list the other in recordings.exclude_participants" in message
    _, exclusions = check({**section, "exclude_participants": ["03"]}, tmp_path)
    assert list(exclusions["participant"]) == ["03"]


def test_a_renamed_and_reordered_copy_is_still_the_same(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(
        dataset, "02", "calm", signal_uv=noise(100)[::-1], channels=CHANNELS, meta={"TaskName": "x"},
    )  # fmt: skip
    assert "participants 01 and 02 have the same recording" in refused(section, tmp_path)


def test_one_recording_twice_in_one_person(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    shutil.copy(dataset / "sub-02/emg/sub-02_task-calm_emg.edf", dataset / "sub-02/emg/sub-02_task-hard_emg.edf")
    message = refused(section, tmp_path)
    assert message.startswith("participant 02 has the same recording twice (")
    assert "sub-02_task-calm_emg.edf" in message and "sub-02_task-hard_emg.edf" in message


def test_the_content_hash_is_of_the_samples(tmp_path: Path) -> None:
    one = write_emg(tmp_path, "01", "a", signal_uv=noise(1), meta={"PowerLineFrequency": 60})
    same = write_emg(tmp_path, "02", "b", signal_uv=noise(1))
    signal = noise(1)
    signal[1, 700] += 1.0
    other = write_emg(tmp_path, "03", "c", signal_uv=signal)
    hashes = [read_emg(str(path)).content_sha256 for path in (one, same, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_exchanged_channels_change_the_table_that_all_else_is_built_from(tmp_path: Path) -> None:
    """Labels of EDF are cut to 16 characters: the rows of `channels.tsv` say which of two alike is which."""
    names = ("corrugator_supercilii_left", "corrugator_supercilii_right")
    first, second = (
        read_emg(str(write_emg(tmp_path / place, "1", "cal", channels=order, signal_uv=noise(1, channels=2))))
        for place, order in (("a", names), ("b", names[::-1]))
    )
    assert first.content_sha256 == second.content_sha256
    assert first.channels_sha256 != second.channels_sha256


def test_a_channel_that_one_person_lacks(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calm", channels=CHANNELS[:2])
    message = refused(section, tmp_path)
    assert message.startswith("participant 02 has no channel 'corrugator_center' in ")
    assert "sub-02_task-calm_emg.edf" in message
    assert "(frontalis_right, zygomaticus_right)" in message
    sheet, _ = check({**section, "channels": list(CHANNELS[:2])}, tmp_path)
    assert set(sheet["channels"]) == {"frontalis_right;zygomaticus_right"}


def test_a_channel_that_one_person_alone_has(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "03", "calm", channels=(*CHANNELS, "masseter_left"), signal_uv=noise(8, 4))
    message = refused(section, tmp_path)
    assert message.startswith("channel 'masseter_left' is in participant 03 only (")
    assert "sub-03_task-calm_emg.edf" in message


def test_rates_that_differ_between_people(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calm", rate_hz=250.0)
    message = refused(section, tmp_path)
    assert message.startswith("the sampling rate is 200 Hz in participant 01 (")
    assert "250 Hz in participant 02 (" in message
    check({**section, "max_rate_difference": 0.25}, tmp_path)


def test_measured_rates_that_nearly_agree_are_allowed(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calm", rate_hz=201.0)
    check(section, tmp_path)


def test_a_channel_marked_bad(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calm", status=["good", "bad", "good"])
    message = refused(section, tmp_path)
    assert message.startswith("participant 02: channel 'zygomaticus_right' of ")
    _, exclusions = check({**section, "bad_channels": "keep"}, tmp_path)
    (row,) = exclusions.to_dict("records")
    assert (row["participant"], row["recording"], row["channel"]) == ("02", "task-calm", "zygomaticus_right")


def test_a_class_that_one_person_lacks_is_said(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calibration", events=CALIBRATION_EVENTS[:3], seed=101)
    _, exclusions = check(section, tmp_path)
    (row,) = exclusions.to_dict("records")
    assert (row["participant"], row["recording"], row["channel"]) == ("02", "", "")
    assert row["reason"] == "the calibration has no event of the class 'brow_raise'"


def test_a_class_that_nobody_has_is_refused(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    message = refused({**section, "classes": [*CLASSES, "wink"]}, tmp_path)
    assert message.startswith("nobody's calibration has an event of the class 'wink'")


def test_expressions_in_scenes_are_no_calibration(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    write_emg(dataset, "02", "calm", events=[(1, 1, "wink")])
    assert "class 'wink'" in refused({**section, "classes": [*CLASSES, "wink"]}, tmp_path)


def test_a_scene_that_one_person_lacks_is_said(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    for path in (dataset / "sub-02" / "emg").glob("*hard*"):
        path.unlink()
    _, exclusions = check(section, tmp_path)
    assert list(exclusions["reason"]) == ["has no recording of the scene 'hard'"]


def test_of_eye_images_alone_only_the_scenes_are_checked(tmp_path: Path) -> None:
    """Their recordings have no channels, and may have no rate."""
    scenes = {"01": ["calm", "hard"], "02": ["hard"]}
    for person, labels in scenes.items():
        rows = [(person, f"task-{x}", number, 0.0, 9.0, x, "scene") for number, x in enumerate(labels)]
        write_table(tmp_path / f"{person}.parquet", pd.DataFrame(rows, columns=list(EVENTS.columns)), EVENTS)
    check_cohort(
        [], [str(tmp_path / f"{person}.parquet") for person in scenes],
        str(tmp_path / "s.parquet"), str(tmp_path / "s.csv"), str(tmp_path / "n.csv"),
        classes=CLASSES, bad_channels="error", max_rate_difference=0.01, shortest_event_s=1.0,
    )  # fmt: skip
    assert read_table(tmp_path / "s.parquet", SHEET).empty
    notes = pd.read_csv(tmp_path / "n.csv", dtype=str, keep_default_na=False)
    assert notes[["participant", "reason"]].to_numpy().tolist() == [["02", "has no recording of the scene 'calm'"]]


def test_notes_on_ratings_join_the_exclusions(dataset: Path, section: dict[str, Any], tmp_path: Path) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text('participant,recording,channel,reason\n01,,,"no rating, of calm"\n02,,,has ratings\n')
    _, exclusions = check({**section, "exclude_participants": ["02"]}, tmp_path, (str(notes),))
    assert exclusions[["participant", "reason"]].to_numpy().tolist() == [
        ["01", "no rating, of calm"], ["02", "listed in recordings.exclude_participants"],
    ]  # fmt: skip


def test_no_recordings_at_all_give_an_empty_sheet(tmp_path: Path) -> None:
    check_cohort(
        [], [], str(tmp_path / "s.parquet"), str(tmp_path / "s.csv"), str(tmp_path / "x.csv"),
        classes=["smile"], bad_channels="error", max_rate_difference=0.01, shortest_event_s=1.0,
    )  # fmt: skip
    assert read_table(tmp_path / "s.parquet", SHEET).empty
    assert (tmp_path / "x.csv").read_text() == "participant,recording,channel,reason\n"


def test_events_too_short_for_a_window_are_refused_or_noted(
    dataset: Path, section: dict[str, Any], tmp_path: Path
) -> None:
    message = refused(section, tmp_path, shortest_event_s=30.0)
    assert "too short" in message and "emg.windows.length_s" in message and "30 s" in message
    path = next((dataset / "sub-02" / "emg").glob("*calibration*_events.tsv"))
    lines = path.read_text().splitlines()
    column = lines[0].split("\t").index("duration")
    first = lines[1].split("\t")
    first[column] = "0.3"
    path.write_text("\n".join([lines[0], "\t".join(first), *lines[2:]]) + "\n")
    _, exclusions = check(section, tmp_path)
    assert ["too short for a window" in reason for reason in exclusions["reason"]] == [True]
    assert list(exclusions["participant"]) == ["02"]
