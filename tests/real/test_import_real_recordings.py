"""The example mappings on the public recordings that they are for."""

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from importing.import_sources import read_bdf, validator_errors
from myoscene.importing.report import ImportReport
from myoscene.importing.run import import_dataset

pytestmark = pytest.mark.real


def imported(name: str, repository: Path, real_data: Path, folder: Path) -> tuple[Path, ImportReport]:
    report = import_dataset(repository / f"config/examples/{name}/mapping.yaml", real_data / name, folder / name)
    return folder / name, report


@pytest.fixture(scope="module")
def fmov(repository, real_data, tmp_path_factory):
    return imported("fmov", repository, real_data, tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def gestures(repository, real_data, tmp_path_factory):
    return imported("uci_gestures", repository, real_data, tmp_path_factory.mktemp("real"))


# --- fmov ---


def log_ratio(averaged: np.ndarray, onset: int) -> float:
    """The authors' number: mean of kept items 40 to 60 over that of the first 20, natural logarithm."""
    kept = averaged[onset - 200 : onset + 600 : 10]
    return float(np.log(np.mean(kept[39:60] / np.mean(kept[:20]))))


def test_every_person_has_twelve_events_of_three_conditions(fmov, real_data):
    dataset, report = fmov
    files = list((real_data / "fmov").glob("*_FMOV_preprocessed.txt"))
    assert len(report.recordings) == len(files) == len(report.participants)
    for recording in report.recordings:
        assert recording.events == {"angry": 4, "happy": 4, "neutral": 4}
        assert recording.rate_hz == 100.0 and 264 <= recording.n_samples / 100 <= 390
    assert validator_errors(dataset) == []
    assert set(report.ignored["files"]) == {"CorrugatorEventData.csv", "ZygomaticEventData.csv"}
    assert report.unmapped == {}


def test_the_authors_numbers_come_back_from_the_imported_dataset(fmov, real_data):
    dataset, _ = fmov
    theirs = {
        column: pd.read_csv(real_data / "fmov" / file).set_index(["Subject", "Stimulus", "event_no"]).iloc[:, 0]
        for column, file in ((0, "ZygomaticEventData.csv"), (1, "CorrugatorEventData.csv"))
    }
    compared = 0
    for path in sorted(dataset.glob("sub-*/emg/*_recording-source_physio.tsv.gz")):
        columns = np.array(
            [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()], float
        ).T
        match = re.match(r"sub-(\d+)_", path.name)
        assert match is not None
        person = int(match.group(1))
        if person not in theirs[0].index.get_level_values(0):
            continue
        stem = path.name.split("_recording")[0]
        events = pd.read_csv(path.with_name(f"{stem}_events.tsv"), sep="\t")
        for condition, rows in events.groupby("trial_type"):
            for number, onset in enumerate(sorted(rows["onset"]), start=1):
                for column, numbers in theirs.items():
                    wanted = numbers.loc[(person, str(condition).capitalize(), number)]
                    assert log_ratio(columns[column], round(onset * 100)) == pytest.approx(wanted, rel=0, abs=1e-9)
                    compared += 1
    assert compared >= 19 * 24


def test_the_raw_emg_comes_back_within_a_hundred_thousandth_of_a_microvolt(fmov, real_data):
    dataset, report = fmov
    recording = report.recordings[0]
    source = np.loadtxt(real_data / "fmov" / recording.file)[:, 1:3].T * 1e3
    path = dataset / f"sub-{recording.participant}/emg/sub-{recording.participant}_task-viewing_emg.bdf"
    back, rate, names = read_bdf(path)
    assert names == ["zygomaticus", "corrugator"] and rate == 100
    assert np.max(np.abs(back - source)) <= 1e-5 * max(1.0, np.max(np.abs(source)) / 100)


# --- uci_gestures ---


def test_held_samples_are_found_and_named(gestures):
    dataset, report = gestures
    held = [text for text in report.findings if "held samples" in text]
    assert len(held) == len(report.recordings)
    for text, recording in zip(held, report.recordings, strict=True):
        assert text.startswith(recording.file) and "the effective rate is 200 Hz" in text
        assert 0.85 < recording.held_fraction < 0.93 and recording.rate_hz == 200.0
    assert "held samples" in report.text()
    assert validator_errors(dataset) == []


def test_every_different_row_and_the_duration_survive(gestures, real_data):
    dataset, report = gestures
    recording = report.recordings[0]
    source = pd.read_csv(real_data / "uci_gestures" / recording.file, sep="\t")
    stem = dataset / f"sub-{recording.participant}/emg/sub-{recording.participant}_task-{recording.task}"
    back, _, _ = read_bdf(stem.with_name(stem.name + "_emg.bdf"))
    rows = source.iloc[:, 1:9].to_numpy()
    rows = rows[np.r_[True, np.any(rows[1:] != rows[:-1], axis=1)]]
    samples = back.T[np.r_[True, np.any(back.T[1:] != back.T[:-1], axis=1)]]
    assert np.array_equal(np.round(rows * 1e5), np.round(samples / 10))
    seconds = (source["time"].iloc[-1] - source["time"].iloc[0]) / 1e3
    assert back.shape[1] / 200 == pytest.approx(seconds, abs=0.1)


def test_labels_are_where_the_file_has_them(gestures, real_data):
    dataset, report = gestures
    names = {
        1: "rest",
        2: "fist",
        3: "flexion",
        4: "extension",
        5: "radial_deviation",
        6: "ulnar_deviation",
        7: "palm",
    }
    for recording in report.recordings[:6]:
        source = pd.read_csv(real_data / "uci_gestures" / recording.file, sep="\t")
        starts = source[(source["class"] != source["class"].shift()) & (source["class"] != 0)]
        folder = dataset / f"sub-{recording.participant}/emg"
        events = pd.read_csv(folder / f"sub-{recording.participant}_task-{recording.task}_events.tsv", sep="\t")
        assert list(events["trial_type"]) == [names[label] for label in starts["class"]]
        offset = events["onset"].to_numpy() - (starts["time"].to_numpy() - source["time"].iloc[0]) / 1e3
        assert np.ptp(offset) < 1e-6 and 0 <= offset[0] < 0.1
        if not recording.events.get("palm"):
            assert 7 not in set(source["class"])
    assert set(report.ignored["events"]) == {"0"} and "events" not in report.unmapped


def test_without_collapsing_the_rows_are_kept_and_the_defect_is_still_named(repository, real_data, tmp_path):
    mapping = yaml.safe_load((repository / "config/examples/uci_gestures/mapping.yaml").read_text())
    mapping["time"] = {"column": "time", "unit": "ms"}
    person = sorted((real_data / "uci_gestures").iterdir())[0]
    mapping["source"] = {"format": "delimited", "regex": r"(?P<task>\d)_raw_data_.*\.txt"}
    mapping["identifiers"]["participant"] = {"value": "one"}
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(mapping))
    report = import_dataset(tmp_path / "mapping.yaml", person, tmp_path / "out")
    held = [text for text in report.findings if "held samples" in text]
    assert held and all("`held_samples: collapse` in the mapping makes one sample of each" in text for text in held)
    assert all(900 < recording.rate_hz <= 1000 for recording in report.recordings)


# --- kolodziej and queue_tlx ---


def test_the_feature_table_is_the_source(repository, real_data, tmp_path):
    from scipy.io import loadmat

    dataset, report = imported("kolodziej", repository, real_data, tmp_path)
    frame = pd.read_csv(dataset / "derivatives/features/features.csv")
    files = sorted((real_data / "kolodziej").glob("*.mat"))
    assert report.feature_rows == len(frame) == 70 * len(files)
    labels = ["neutral", "smile", "sadness", "surprise", "disgust", "anger", "fear"]
    for path in files:
        rows = frame[frame["participant"] == path.stem]
        data = loadmat(path)["data"].astype(float)
        assert np.array_equal(rows.iloc[:, 2:].to_numpy(), data[:, :8])
        assert list(rows["label"]) == [labels[int(label) - 1] for label in data[:, 8]]
    assert validator_errors(dataset) == []


def test_the_ratings_are_the_source(repository, real_data, tmp_path):
    dataset, report = imported("queue_tlx", repository, real_data, tmp_path)
    source = pd.read_csv(real_data / "queue_tlx/nasatlx.csv", dtype={"Participant ID": str}).sort_values(
        "Participant ID"
    )
    frame = pd.read_csv(dataset / "phenotype/nasa_tlx.tsv", sep="\t")
    names = ["mental", "physical", "temporal", "performance", "effort", "frustration"]
    columns = ["MentalDemand", "PhysicalDemand", "TemporalDemand", "Performance", "Effort", "Frustration"]
    assert list(frame.columns) == ["participant_id", *names] and report.ratings == len(source)
    assert list(frame["participant_id"]) == ["sub-" + name for name in source["Participant ID"]]
    assert np.array_equal(frame[names].to_numpy(float), source[columns].to_numpy(float))
    about = json.loads((dataset / "phenotype/nasa_tlx.json").read_text())
    assert "0 perfect to 100 failure" in about["performance"]["Description"]
    assert validator_errors(dataset) == []
