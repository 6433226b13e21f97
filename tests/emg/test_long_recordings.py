"""Long recordings: read, judged, conditioned and cut channel by channel, in as much memory as the rules ask for."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emg.test_jobs import emg_config, settings
from myoscene.config.check import complete
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.emg import participant
from myoscene.emg.condition import ConditionSettings, condition_participant
from myoscene.emg.extract import ExtractSettings, extract_participant
from myoscene.emg.participant import read_stretches, rows_of
from myoscene.emg.quality import AssessSettings, assess_participant
from myoscene.emg.tables import ENVELOPES, FEATURES
from myoscene.pipeline.filters import design, filter_signal, minimum_samples
from myoscene.pipeline.settings import FilterSettings
from myoscene.recordings import bids
from myoscene.recordings.describe import describe_participant
from myoscene.recordings.read import read_as_described
from myoscene.recordings.tables import PARTICIPANT_RECORDINGS
from recordings.builders import CALIBRATION_EVENTS, noise, samples, write_description, write_emg
from scipy import signal

N_CHANNELS, SECONDS, RATE_HZ = 12, 100.0, 1000.0
# Bytes a sample: of the channel that is worked on, and of the conditioned signal, which is written and fitted.
ALLOWED = {"describe": 4, "assess": 6, "condition": 14, "extract": 25}
CHANNELS = tuple(f"muscle_{number}" for number in range(N_CHANNELS))


def jobs(root: Path, work: Path) -> dict[str, Callable[[], object]]:
    """The jobs of participant 01, in their order."""
    work.mkdir(exist_ok=True)
    raw = bids.raw_files(str(root), bids.index_dataset(str(root)))
    files = [path for path in raw if path.endswith(bids.SUFFIXES)]
    section = complete({})["recordings"]
    asked = {name: section[name] for name in ("calibration_tasks", "classes", "scene_events", "ignore_events")}
    tables = work / "recordings.parquet", work / "events.parquet"
    made = work / "signals.parquet", work / "normaliser.json"
    outputs = work / "features.parquet", work / "envelopes.parquet"
    emg: dict[str, Any] = emg_config(rate_hz=RATE_HZ)
    return {
        "describe": lambda: describe_participant(
            raw, *map(str, tables), **asked, channels=[], neutral="neutral", synthetic=False
        ),
        "assess": lambda: assess_participant(*tables, files, work / "q.parquet", settings(AssessSettings, emg)),
        "condition": lambda: condition_participant(*tables, files, *made, settings(ConditionSettings, emg)),
        "extract": lambda: extract_participant(*tables, *made, *outputs, settings(ExtractSettings, emg)),
    }


@pytest.mark.parametrize(("extension", "names"), [(".edf", ALLOWED), (".bdf", ["describe"])])
def test_memory_is_that_of_a_channel_and_of_what_is_written(tmp_path: Path, extension: str, names: list[str]) -> None:
    """With all channels at once they took 10, 43, 44 and 50 bytes a sample, and 23 to describe a BDF."""
    peaks: dict[str, int] = {}
    for place, seconds in (("warm", 10.0), ("long", SECONDS)):  # libraries are loaded by the first, filters designed
        root, uv = tmp_path / place, noise(1, N_CHANNELS, seconds, RATE_HZ)
        write_description(root)
        write_emg(
            root, "01", "calibration", signal_uv=uv, channels=CHANNELS, rate_hz=RATE_HZ, events=CALIBRATION_EVENTS,
            extension=extension,
        )  # fmt: skip
        for name, job in jobs(root, tmp_path / f"{place} work").items():
            if name in names:
                tracemalloc.start()
                try:
                    job()
                    peaks[name] = tracemalloc.get_traced_memory()[1] // uv.size
                finally:
                    tracemalloc.stop()
    assert {name: peak for name, peak in peaks.items() if peak > ALLOWED[name]} == {}


def test_a_recording_in_several_row_groups_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups have an end (2**20 rows, 17 minutes at 1000 Hz): no window and no envelope stops there."""
    root = tmp_path / "ds"
    write_description(root)
    write_emg(root, "01", "calibration", signal_uv=noise(1, 3, 10, RATE_HZ), rate_hz=RATE_HZ, events=CALIBRATION_EVENTS)
    write_emg(root, "01", "calm", signal_uv=noise(2, 3, 10, RATE_HZ), rate_hz=RATE_HZ, events=[(4.0, 1.0, "BAD")])
    tables = {}
    for rows in (2**20, 900):
        monkeypatch.setattr(participant, "_PART", rows)
        work = tmp_path / str(rows)
        for job in jobs(root, work).values():
            job()
        stretches = [(s.recording, s.segment, s.signal_uv) for s in read_stretches(work / "signals.parquet")]
        tables[rows] = [
            *(array for _, _, array in stretches),
            read_table(work / "features.parquet", FEATURES).select_dtypes("number").to_numpy(),
            read_table(work / "envelopes.parquet", ENVELOPES).select_dtypes("number").to_numpy(),
        ]
        assert [stretch[:2] for stretch in stretches] == [("task-calibration", 0), ("task-calm", 0), ("task-calm", 1)]
    for whole, cut in zip(tables[2**20], tables[900], strict=True):
        np.testing.assert_array_equal(whole, cut)


@pytest.mark.parametrize("n", [minimum_samples(FilterSettings(), RATE_HZ), 1000, 2**17 + 5])
def test_filtering_in_pieces_is_that_of_scipy(n: int) -> None:
    uv, filters = noise(3, 2, n / RATE_HZ, RATE_HZ).astype(np.float32) + 3000, FilterSettings()
    data = uv.astype(np.float64) - np.median(uv.astype(np.float64), axis=1, keepdims=True)
    pad = minimum_samples(filters, RATE_HZ) - 1
    expected = signal.sosfiltfilt(design(filters, RATE_HZ, 50.0), data, axis=1, padlen=pad)
    np.testing.assert_array_equal(filter_signal(uv, RATE_HZ, 50.0, filters), expected)


def test_a_file_that_changes_between_two_passages_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "ds"
    write_description(root)
    path = write_emg(root, "01", "calibration", events=CALIBRATION_EVENTS)
    jobs(root, tmp_path / "work")["describe"]()
    table = read_table(tmp_path / "work" / "recordings.parquet", PARTICIPANT_RECORDINGS)
    recording = read_as_described(str(path), rows_of(table)[0])
    samples(recording)
    path.write_bytes(path.read_bytes()[:-2] + b"\1\1")
    with pytest.raises(InputError, match="changed while it was being read"):
        samples(recording)
