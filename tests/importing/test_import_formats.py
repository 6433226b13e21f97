"""XDF, EDF/BDF and emteqPRO files, from made-up sources."""

import json

import numpy as np
import pandas as pd
import pytest
from importing.import_sources import (
    EMTEQ_IDS,
    events_of,
    read_bdf,
    run,
    validator_errors,
    write_edf,
    write_emteqpro,
    write_xdf,
)
from myoscene.core.errors import InputError

# --- XDF ---

XDF = {
    "source": {"format": "xdf", "files": "sub-{participant}_task-{task}.xdf"},
    "xdf": {"stream": "Face"},
    "channels": [
        {"column": "zyg", "name": "zygomaticus_left", "unit": "uV"},
        {"column": 2, "name": "corrugator_left"},
    ],
    "events": [{"markers": {"stream": "Markers", "values": {"s": "smile"}, "ignore": ["end"], "until_next": True}}],
}
MARKERS = [(101.37, "s"), (103.11, "end"), (104.02, "what")]


def test_xdf_has_its_effective_rate_and_markers_at_their_own_moments(tmp_path):
    rng = np.random.default_rng(1)
    stamps = 100 + np.arange(4000) / 493.0 + rng.uniform(0, 0.004, 4000)
    signal = rng.normal(0, 40, (4000, 2))
    write_xdf(tmp_path / "src/sub-01_task-rest.xdf", stamps, signal, MARKERS)
    report = run(tmp_path, XDF)
    back, rate, _ = read_bdf(tmp_path / "out/sub-01/emg/sub-01_task-rest_emg.bdf")
    assert rate == pytest.approx(493.0, rel=1e-4)
    assert np.max(np.abs(back[:, :4000] - signal.T)) < 1e-4
    event, padding = events_of(tmp_path / "out", "sub-01_task-rest").to_dict("records")
    assert padding["trial_type"] == "BAD_padding" and padding["onset"] == pytest.approx(4000 / 493)
    assert event["trial_type"] == "smile" and event["duration"] == pytest.approx(103.11 - 101.37, abs=1e-6)
    assert event["onset"] == pytest.approx(1.37, abs=0.005)
    assert any("stated rate is 500 Hz" in finding for finding in report.findings)
    assert report.unmapped == {"events": {"what": 1}, "streams": {"stream 'Head' (ACC)": 1}}
    assert report.ignored == {"events": {"end": 1}}
    assert validator_errors(tmp_path / "out") == []


def test_a_gap_in_xdf_is_an_error_or_marked(tmp_path):
    stamps = 100 + np.r_[np.arange(1000), np.arange(1000) + 1500] / 500.0
    write_xdf(
        tmp_path / "src/sub-01_task-rest.xdf",
        stamps,
        np.random.default_rng(0).normal(size=(2000, 2)),
        MARKERS,
    )
    with pytest.raises(InputError, match="sample 1001: 1002 ms to the row before, a gap"):
        run(tmp_path, XDF)
    run(tmp_path, XDF | {"missing_samples": "mark"})
    events = events_of(tmp_path / "out", "sub-01_task-rest")
    gap = events[events["trial_type"] == "BAD_missing"].iloc[0]
    assert (gap["onset"], gap["duration"]) == (pytest.approx(2.0), pytest.approx(1.0))


def test_xdf_faults_are_named(tmp_path):
    write_xdf(tmp_path / "src/sub-01_task-rest.xdf", 100 + np.arange(50) / 500, np.zeros((50, 2)), MARKERS)
    with pytest.raises(InputError, match="no signal stream 'Arm'; it has 'Face' \\(EMG\\), 'Markers'"):
        run(tmp_path, XDF | {"xdf": {"stream": "Arm"}})
    with pytest.raises(InputError, match="no marker stream 'Keys'; it has 'Markers'"):
        run(tmp_path, XDF | {"events": [{"markers": {"stream": "Keys"}}]})
    write_xdf(tmp_path / "src/sub-01_task-rest.xdf", 100 + np.arange(50) / 500, np.zeros((50, 2)), [(np.nan, "smile")])
    with pytest.raises(InputError, match=r"the stream 'Markers' has markers without a time"):
        run(tmp_path, XDF)
    (tmp_path / "src/sub-01_task-rest.xdf").write_bytes(b"nothing")
    with pytest.raises(InputError, match="is not an XDF file"):
        run(tmp_path, XDF)


# --- EDF and BDF ---

EDF = {
    "source": {"format": "edf", "files": "{participant}_{task}.?df"},
    "channels": [
        {"column": "EMG Zyg L", "name": "zygomaticus_left", "muscle": "left zygomaticus major"},
        {"column": "EMG Corr L", "name": "corrugator_left"},
    ],
    "events": [{"annotations": {"values": {"Smile": "smile"}}}],
}


@pytest.mark.parametrize("bdf", [False, True])
def test_edf_and_bdf_with_annotations(tmp_path, bdf):
    name = "p1_rest.bdf" if bdf else "p1_rest.edf"
    data = write_edf(tmp_path / "src" / name, bdf=bdf)
    report = run(tmp_path, EDF)
    back, rate, names = read_bdf(tmp_path / "out/sub-p1/emg/sub-p1_task-rest_emg.bdf")
    assert rate == 200 and names == ["zygomaticus_left", "corrugator_left"]
    assert np.max(np.abs(back - data * 1e3)) < (0.001 if bdf else 0.01)
    assert events_of(tmp_path / "out", "sub-p1_task-rest").to_dict("records") == [
        {"onset": 1.0, "duration": 2.0, "trial_type": "smile"}
    ]
    assert report.unmapped == {"events": {"Cough": 1}, "streams": {"signal 'Resp' (10 Hz)": 1}}
    assert validator_errors(tmp_path / "out") == []


def test_edf_without_channels_takes_those_in_volt(tmp_path):
    write_edf(tmp_path / "src/p1_rest.edf")
    run(tmp_path, {key: value for key, value in EDF.items() if key != "channels"})
    assert read_bdf(tmp_path / "out/sub-p1/emg/sub-p1_task-rest_emg.bdf")[2] == [
        "emg_zyg_left",
        "emg_corr_left",
    ]


def test_edf_faults_are_named(tmp_path):
    path = tmp_path / "src/p1_rest.edf"
    write_edf(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-700])
    with pytest.raises(InputError, match="p1_rest.edf is truncated: its header announces"):
        run(tmp_path, EDF)
    path.write_bytes(whole[:100])
    with pytest.raises(InputError, match="p1_rest.edf is truncated: it is shorter than"):
        run(tmp_path, EDF)
    path.write_bytes(b"x" * 3000)
    with pytest.raises(InputError, match="is not an EDF or BDF file"):
        run(tmp_path, EDF)
    path.write_bytes(whole[:192] + b"EDF+D" + whole[197:])
    with pytest.raises(InputError, match="discontinuous EDF\\+D"):
        run(tmp_path, EDF)
    path.write_bytes(whole.replace(b"EMG Zyg L ", b"EMG Zyg L\x1c"))
    with pytest.raises(InputError, match=r"the label 'EMG Zyg L\\x1c' of signal 1 holds a control character"):
        run(tmp_path, EDF)
    path.write_bytes(whole)
    channels = [{"column": "EMG Zyg L", "name": "a"}, {"column": "Resp", "name": "b"}]
    with pytest.raises(InputError, match="'EMG Zyg L' has 200 Hz and 'Resp' 10 Hz"):
        run(tmp_path, EDF | {"channels": channels})
    with pytest.raises(InputError, match="no signal 'EMG X'; it has EMG Zyg L"):
        run(tmp_path, EDF | {"channels": [{"column": "EMG X", "name": "a"}]})
    assert not (tmp_path / "out").exists()


# --- emteqPRO ---

EMTEQ = {
    "source": {"format": "emteqpro", "files": "{participant}/{task}.csv"},
    "events": [{"markers": {"values": {"Smile": "smile", "Blink": "blink"}}}],
}
ORDER = ["frontalis_left", "frontalis_right", "zygomaticus_right", "orbicularis_right",
         "corrugator_center", "orbicularis_left", "zygomaticus_left"]  # fmt: skip


def write_events(path, entries, base_s=700_000_000.0):
    rows = [{"Label": a, "Timestamp": round((base_s + t) * 1000), "Type": k} for a, t, k in entries]
    path.write_text(json.dumps(rows))


@pytest.mark.parametrize("old", [False, True])
def test_emteqpro_channels_scale_time_and_events_come_from_the_file(tmp_path, old):
    raw = write_emteqpro(tmp_path / "src/p1/calibration.csv", old=old)
    write_events(
        tmp_path / "src/p1/calibration.json",
        [
            ("Smile", 0.5, 1),
            ("Blink", 0.7, 0),
            ("Smile", 1.2, 2),
            ("Smile", 1.6, 1),
            ("Other", 1.7, 0),
            ("Lost", 1.8, 2),
        ],
    )
    report = run(tmp_path, EMTEQ)
    stem = tmp_path / "out/sub-p1/emg/sub-p1_task-calibration"
    back, rate, names = read_bdf(stem.with_name(stem.name + "_emg.bdf"))
    assert names == [name[:16] for name in ORDER] and rate == 1000.0
    assert np.array_equal(np.round(back), raw.T)  # counts / 1e6 V = microvolt
    channels = pd.read_csv(stem.with_name(stem.name + "_channels.tsv"), sep="\t")
    assert list(channels["name"]) == ORDER
    assert list(channels["status"]) == ["bad"] + ["good"] * 6
    assert channels["target_muscle"][4] == "corrugator supercilii"
    events = events_of(tmp_path / "out", "sub-p1_task-calibration").round(6).to_dict("records")
    assert events == [
        {"onset": 0.5, "duration": 0.7, "trial_type": "smile"},
        {"onset": 0.7, "duration": 0.0, "trial_type": "blink"},
        {"onset": 1.6, "duration": 0.4, "trial_type": "smile"},
    ]
    assert report.unmapped["events"] == {"Other": 1} and "files" not in report.unmapped
    assert "Faceplate/FitState" in report.unmapped["columns"]
    assert any("an end of 'Lost' without a start" in text for text in report.findings)
    assert any("'Smile' starts and never ends" in text for text in report.findings)
    assert any("starts at Unix time 1646684800.000 s" in text for text in report.findings)
    assert validator_errors(tmp_path / "out") == []


def test_the_emteqpro_order_is_never_assumed():
    assert EMTEQ_IDS[0] != "RightFrontalis"  # else the test above would not see a fixed order


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "#Format/Version,CSV1.1",
            "#Device/Name,OCOsense",
            "calibration.csv is an OCOsense file: .* not EMG",
        ),
        ("Faceplate/FitState", "OCO/Raw[0]", "is an OCOsense file"),
        ("Frame#", "Index", "no header begins with 'Frame#'"),
        (
            "#Emg/Properties.rawToVoltageDivisor,1000000\n",
            "",
            "no usable line '#Emg/Properties.rawToVoltageDivisor'",
        ),
        ("#Time/Seconds.referenceOffset,700000000\n", "", "no usable line '#Time/Seconds.referenceOffset'"),
        ("\n3,0.0030,9,", "\n3,0.0030,9,1,", "calibration.csv, row 10 has 18 cells where 17"),
        ("\n3,0.0030,9,", "\n3,oops,9,", "row 10, column 'Time' holds 'oops'"),
    ],
)
def test_emteqpro_faults_are_named(tmp_path, old, new, message):
    path = tmp_path / "src/p1/calibration.csv"
    write_emteqpro(path, rows=50)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        run(tmp_path, EMTEQ)


def test_old_columns_without_ids_are_refused(tmp_path):
    path = tmp_path / "src/p1/calibration.csv"
    write_emteqpro(path, rows=50, old=True)
    lines = [line for line in path.read_bytes().split(b"\r\n") if b"Properties.ids" not in line]
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(InputError, match=r"lists 0 channels"):
        run(tmp_path, EMTEQ)


@pytest.mark.parametrize("text", ['{"a": 1}', '[{"Label": "x"}]', '[{"Label": "x", "Timestamp": 1, "Type": 7}]', "[{]"])
def test_event_files_that_are_none_are_refused(tmp_path, text):
    write_emteqpro(tmp_path / "src/p1/calibration.csv", rows=50)
    (tmp_path / "src/p1/calibration.json").write_text(text)
    with pytest.raises(InputError, match="^p1/calibration.json"):
        run(tmp_path, EMTEQ)


def test_radio_gaps_are_marked_when_asked(tmp_path):
    path = tmp_path / "src/p1/calibration.csv"
    write_emteqpro(path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:700] + lines[1200:]) + "\n")
    with pytest.raises(InputError, match="calibration.csv, row 701: .* a gap"):
        run(tmp_path, EMTEQ)
    run(tmp_path, EMTEQ | {"missing_samples": "mark"})
    events = events_of(tmp_path / "out", "sub-p1_task-calibration")
    assert list(events["trial_type"]) == ["BAD_missing"]
    assert events["duration"][0] == pytest.approx(0.499, abs=0.002)
