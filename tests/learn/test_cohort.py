"""The cohort tables: what goes in, and that no stretch crosses an event, a gap or a recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.emg.normalise import save_normaliser
from myoscene.emg.tables import FEATURES, SIGNALS
from myoscene.learn.cohort.collect import PersonSignals, StretchSettings, collect_features, collect_signals
from myoscene.learn.cohort.stretches import stretches
from myoscene.learn.tables import COHORT_FEATURES, COHORT_SIGNALS
from myoscene.pipeline.normalise import Normaliser
from myoscene.pipeline.windows import window_starts
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS

RATE_HZ = 100.0
CLASSES = ["neutral", "smile"]
CUT = StretchSettings(CLASSES, RATE_HZ, length_s=0.5, trim_start_s=0.2, trim_end_s=0.1)


def recording_rows(participant: str) -> pd.DataFrame:
    rows = []
    for task, kind in (("calibration", "calibration"), ("film", "scene")):
        row: dict = dict.fromkeys(PARTICIPANT_RECORDINGS.columns, "")
        row |= {"participant": participant, "task": task, "recording": f"task-{task}", "kind": kind}
        row |= {
            "rate_hz": RATE_HZ,
            "duration_s": 12.0,
            "n_samples": 1200,
            "mains_hz": 50.0,
            "synthetic": False,
        }
        rows.append(row | {name: ["a", "b"] for name in ("channels", "muscles")} | {"bad_channels": []})
    return pd.DataFrame(rows)


def write_person(folder: Path, participant: str, channels: tuple[str, ...] = ("a", "b"), onset: float = 3.0) -> None:
    """A calibration with a gap at 6.0-6.5 s inside the second event, and a scene with a scored expression."""
    frames = []
    for recording in ("task-calibration", "task-film"):
        time = np.arange(1200) / RATE_HZ
        rows = pd.DataFrame({"recording": recording, "segment": (time >= 6.25).astype(np.int32), "time_s": time})
        for place, name in enumerate(channels):
            rows[f"{name}_uv"] = (np.arange(1200) + 10_000.0 * place).astype(np.float32)
        frames.append(rows[(time < 6.0) | (time >= 6.5)])
    write_table(folder / f"{participant}.signals.parquet", pd.concat(frames), SIGNALS, row_group_by="recording")
    write_table(folder / f"{participant}.recordings.parquet", recording_rows(participant), PARTICIPANT_RECORDINGS)
    events = [
        ("task-calibration", 0, 1.0, 1.5, "neutral", "expression"),
        ("task-calibration", 1, onset, 6.0, "smile", "expression"),
        ("task-calibration", 2, 9.5, 0.6, "neutral", "expression"),
        ("task-calibration", 3, 6.0, 0.5, "BAD", "bad"),
        ("task-calibration", 4, 10.5, 1.0, "instruction", "ignored"),
        ("task-film", 0, 2.0, 2.0, "smile", "expression"),
    ]
    columns = ["recording", "event", "onset_s", "duration_s", "label", "role"]
    table = pd.DataFrame(events, columns=columns).assign(participant=participant)
    write_table(folder / f"{participant}.events.parquet", table, EVENTS)
    zeros = (0.0,) * len(channels)
    normaliser = Normaliser("calibration_z", channels, zeros, (2.0,) * len(channels), zeros, 0.1)
    save_normaliser(folder / f"{participant}.json", normaliser)


def collect(folder: Path, people: list[str], **changes) -> pd.DataFrame:
    suffixes = ("recordings.parquet", "events.parquet", "signals.parquet", "json")
    files = [PersonSignals(person, *(folder / f"{person}.{suffix}" for suffix in suffixes)) for person in people]
    collect_signals(files, folder / "cohort.parquet", replace(CUT, **changes))
    return read_table(folder / "cohort.parquet", COHORT_SIGNALS)


def test_only_trimmed_labelled_calibration_events(tmp_path: Path) -> None:
    write_person(tmp_path, "p01")
    table = collect(tmp_path, ["p01"])
    assert set(table["recording"]) == {"task-calibration"}, "the scene's expressions are for scoring alone"
    spans = [
        (int(e), int(s), rows["label"].iloc[0], rows["time_s"].min(), rows["time_s"].max())
        for (e, s), rows in table.groupby(["event", "segment"], sort=False)
    ]
    # Event 1 is cut by the gap into two; event 2 is shorter than a window once it is trimmed.
    assert spans == [
        (0, 0, "neutral", 1.2, 2.39),
        (1, 0, "smile", 3.2, 5.99),
        (1, 1, "smile", 6.5, 8.89),
    ]
    expected = np.round(table["time_s"] * RATE_HZ) / 2
    assert np.array_equal(table["signal__a"], expected.astype(np.float32)), "normalised: divided by 2"
    assert np.array_equal(table["signal__b"], (expected + 5000).astype(np.float32))


def test_no_window_crosses_an_event_or_a_gap(tmp_path: Path) -> None:
    write_person(tmp_path, "p01")
    for item in stretches(collect(tmp_path, ["p01"]), CLASSES):
        steps = np.diff(item.signal[0].numpy())
        assert np.allclose(steps, 0.5), "neighbours in a stretch were neighbours in the recording"
        for start in window_starts(0, item.signal.shape[1], 50, 10):
            inside = item.time_s[start : start + 50]
            assert inside[-1] - inside[0] == pytest.approx(49 / RATE_HZ)


def test_a_row_group_a_person(tmp_path: Path) -> None:
    people = ["p01", "p02", "p03"]
    for person in people:
        write_person(tmp_path, person)
    table = collect(tmp_path, people)
    assert list(dict.fromkeys(table["participant"])) == people
    assert pq.ParquetFile(tmp_path / "cohort.parquet").num_row_groups == 3


def test_a_person_without_a_usable_event_is_named(tmp_path: Path) -> None:
    write_person(tmp_path, "p01")
    write_person(tmp_path, "p02")
    with pytest.raises(InputError, match=r"p01\.events\.parquet has no calibration event as long as a window"):
        collect(tmp_path, ["p01", "p02"], length_s=20.0)
    assert not (tmp_path / "cohort.parquet").exists()


def test_other_channels_are_named(tmp_path: Path) -> None:
    write_person(tmp_path, "p01")
    write_person(tmp_path, "p02", channels=("a", "c"))
    with pytest.raises(InputError, match="participant 'p02' has other channels than 'p01'"):
        collect(tmp_path, ["p01", "p02"])


def test_a_class_that_nobody_made_is_named(tmp_path: Path) -> None:
    write_person(tmp_path, "p01")
    with pytest.raises(InputError, match=r"nobody has a labelled window of the class\(es\) frown"):
        collect(tmp_path, ["p01"], classes=["neutral", "smile", "frown"])


def feature_rows(participant: str, column: str = "root_mean_square__a") -> pd.DataFrame:
    rows = [
        ("task-calibration", "calibration", 0, 1.2, "neutral", 1.0),
        ("task-calibration", "calibration", 1, 3.2, "smile", 2.0),
        ("task-film", "scene", -1, 0.0, None, 3.0),
    ]
    frame = pd.DataFrame(rows, columns=["recording", "kind", "event", "start_s", "label", column])
    frame[column] = frame[column].astype(np.float32)
    return frame.assign(participant=participant, segment=0)


def test_features_of_labelled_windows(tmp_path: Path) -> None:
    sources = []
    for person in ("p01", "p02"):
        sources.append(tmp_path / f"{person}.parquet")
        write_table(sources[-1], feature_rows(person), FEATURES)
    collect_features(sources, tmp_path / "cohort.parquet", classes=CLASSES)
    table = read_table(tmp_path / "cohort.parquet", COHORT_FEATURES)
    assert table["participant"].tolist() == ["p01", "p01", "p02", "p02"]
    assert table["label"].tolist() == CLASSES * 2
    assert table["root_mean_square__a"].tolist() == [1.0, 2.0] * 2
    assert pq.ParquetFile(tmp_path / "cohort.parquet").num_row_groups == 2


def test_features_that_differ_or_lack_labels_are_named(tmp_path: Path) -> None:
    first, second = tmp_path / "p01.parquet", tmp_path / "p02.parquet"
    write_table(first, feature_rows("p01"), FEATURES)
    write_table(second, feature_rows("p02", "root_mean_square__b"), FEATURES)
    with pytest.raises(InputError, match=r"p02\.parquet and .*p01\.parquet differ .* root_mean_square__a"):
        collect_features([first, second], tmp_path / "cohort.parquet", classes=CLASSES)
    write_table(second, feature_rows("p02").iloc[2:], FEATURES)
    with pytest.raises(InputError, match=r"p02\.parquet has no calibration event"):
        collect_features([first, second], tmp_path / "cohort.parquet", classes=CLASSES)
    with pytest.raises(InputError, match="frown"):
        collect_features([first], tmp_path / "cohort.parquet", classes=[*CLASSES, "frown"])
