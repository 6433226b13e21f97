"""What the writer makes is a BIDS dataset, and holds what it was given."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from importing.import_sources import read_bdf, snapshot, validator_errors
from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import (
    ChannelInfo,
    Place,
    write_beh,
    write_dataset_description,
    write_participants,
    write_phenotype,
    write_physio,
    write_recording,
)

CHANNELS = [
    ChannelInfo("zygomaticus_left", target_muscle="left zygomaticus major"),
    ChannelInfo("scr", units="uS", type="GSR"),
]
EVENTS = pd.DataFrame({"onset": [2.5, 0.25], "duration": [1.0, 0.5], "trial_type": ["frown", "smile"]})


def make(root):
    signal = np.random.default_rng(0).normal(0, 50, (2, 2561))
    write_dataset_description(
        root, {"name": "Made up", "synthetic": True, "licence": "CC0"}, "Made-up recordings. " * 20
    )
    write_participants(root, pd.DataFrame({"participant_id": ["02", "01"], "age": [np.nan, 30]}), {"age": "years"})
    for person, session in (("01", None), ("02", "a")):
        place = Place(person, session, "rest", 1)
        write_recording(root, place, signal, 512, CHANNELS, EVENTS, {"PowerLineFrequency": 50})
        write_physio(root, place, "source", {"x": signal[0] * 1e-9}, 512, {"x": {"Units": "mV"}})
        write_beh(root, Place(person, session, "elevator"), {"mental": 12.5}, {"mental": "Mental demand"})
    rows = pd.DataFrame({"participant_id": ["02", "01"], "mental": [3.0, np.nan]})
    write_phenotype(root, "nasa_tlx", rows, {"mental": "Mental demand"}, "NASA-TLX")
    return signal


def test_the_dataset_passes_the_official_validator(tmp_path):
    make(tmp_path)
    assert validator_errors(tmp_path) == []


def test_the_validator_of_these_tests_sees_faults(tmp_path):
    make(tmp_path)
    next(tmp_path.glob("sub-01/emg/*_channels.tsv")).write_text("name\ttype\nx\tEMG\n")
    assert validator_errors(tmp_path)


def test_signals_events_and_sidecars_hold_what_was_given(tmp_path):
    signal = make(tmp_path)
    stem = tmp_path / "sub-02/ses-a/emg/sub-02_ses-a_task-rest_run-1"
    back, rate, names = read_bdf(stem.with_name(stem.name + "_emg.bdf"))
    assert (rate, names) == (512, ["zygomaticus_left", "scr"])
    assert np.max(np.abs(back[:, :2561] - signal)) < 1e-4
    sidecar = json.loads(stem.with_name(stem.name + "_emg.json").read_text())
    assert sidecar["PowerLineFrequency"] == 50 and sidecar["SamplingFrequency"] == 512
    assert sidecar["EMGChannelCount"] == 1 and sidecar["RecordingDuration"] == back.shape[1] / 512
    events = pd.read_csv(stem.with_name(stem.name + "_events.tsv"), sep="\t")
    assert list(events["trial_type"]) == ["smile", "frown", "BAD_padding"]
    padding = events.iloc[2]
    assert padding["onset"] == pytest.approx(2561 / 512, abs=1e-9)
    assert padding["onset"] + padding["duration"] == pytest.approx(back.shape[1] / 512, abs=1e-9)
    assert json.loads((tmp_path / "dataset_description.json").read_text())["Synthetic"] is True


def test_physio_text_gives_every_digit_back(tmp_path):
    signal = make(tmp_path)
    text = gzip.decompress((tmp_path / "sub-01/emg/sub-01_task-rest_run-1_recording-source_physio.tsv.gz").read_bytes())
    assert [float(line) for line in text.split()] == list(signal[0] * 1e-9)


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    make(tmp_path / "a")
    make(tmp_path / "b")
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_a_real_dataset_is_not_marked_synthetic(tmp_path):
    write_dataset_description(tmp_path, {"name": "Real"})
    assert "Synthetic" not in json.loads((tmp_path / "dataset_description.json").read_text())


def test_missing_values_are_written_as_bids_wants_them(tmp_path):
    make(tmp_path)
    assert (tmp_path / "participants.tsv").read_text() == "participant_id\tage\nsub-01\t30\nsub-02\tn/a\n"
    assert (tmp_path / "phenotype/nasa_tlx.tsv").read_text() == "participant_id\tmental\nsub-01\tn/a\nsub-02\t3\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signal_uv": np.zeros((2, 0))}, "recording sub-01_task-rest has no samples"),
        ({"signal_uv": np.zeros((3, 5))}, r"shape \(3, 5\) for 2 channels"),
        ({"channels": [CHANNELS[0], CHANNELS[0]]}, "the channel 'zygomaticus_left' twice"),
    ],
)
def test_recordings_that_make_no_sense_are_refused(tmp_path, change, message):
    arguments = {
        "signal_uv": np.zeros((2, 50)),
        "rate_hz": 10.0,
        "channels": CHANNELS,
        "events": None,
    } | change
    with pytest.raises(InputError, match=message):
        write_recording(tmp_path, Place("01", None, "rest"), **arguments)
    assert not list(tmp_path.rglob("*.bdf"))


def test_two_rows_of_one_person_are_refused(tmp_path):
    rows = pd.DataFrame({"participant_id": ["01", "01"], "mental": [3.0, 4.0]})
    with pytest.raises(InputError, match="participant 'sub-01' has several rows"):
        write_phenotype(tmp_path, "nasa_tlx", rows, {}, "NASA-TLX")
    with pytest.raises(InputError, match="'sub-01' would stand twice in participants.tsv"):
        write_participants(tmp_path, rows)
