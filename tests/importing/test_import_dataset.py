"""Whole imports: what comes out, what is told, what is refused, and that nothing is half-written."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from importing.import_sources import (
    read_bdf,
    snapshot,
    text_mapping,
    text_rows,
    validator_errors,
    write_mapping,
    write_text,
)
from myoscene.core.errors import InputError
from myoscene.importing.run import import_dataset


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "src"
    for seed, person in enumerate(("p1", "p2")):
        for task in ("calibration", "scene"):
            write_text(folder / f"{person}_{task}.csv", text_rows(seed=10 * seed + len(task)))
    return folder


def run(tmp_path, mapping, source=None):
    return import_dataset(write_mapping(tmp_path / "m", mapping), source or tmp_path / "src", tmp_path / "out")


def refuse(tmp_path, mapping, message):
    before = snapshot(tmp_path / "src") if (tmp_path / "src").exists() else {}
    with pytest.raises(InputError, match=message) as caught:
        run(tmp_path, mapping)
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert (snapshot(tmp_path / "src") if before else {}) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_dataset_is_valid_and_holds_the_source(tmp_path, source):
    report = run(tmp_path, text_mapping())
    out = tmp_path / "out"
    assert validator_errors(out) == []
    assert report.participants == ["p1", "p2"] and len(report.recordings) == 4
    stem = out / "sub-p1/emg/sub-p1_task-calibration"
    back, rate, names = read_bdf(stem.with_name(stem.name + "_emg.bdf"))
    rows = np.array([[float(cell) for cell in row[1:3]] for row in text_rows(seed=len("calibration"))]).T
    assert rate == 100 and np.allclose(back, rows * 1e3, atol=1e-9)
    assert names == ["zygomaticus_left", "corrugator_left"]
    events = pd.read_csv(stem.with_name(stem.name + "_events.tsv"), sep="\t")
    assert events.to_dict("records") == [
        {"onset": 1.5, "duration": 1.5, "trial_type": "smile"},
        {"onset": 4.5, "duration": 1.5, "trial_type": "frown"},
    ]
    assert report.ignored == {"events": {"0": 8}} and report.unmapped == {}


def test_two_imports_have_the_same_bytes_and_leave_the_source_alone(tmp_path, source):
    before = snapshot(source)
    run(tmp_path, text_mapping())
    first = snapshot(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "first")
    run(tmp_path, text_mapping())
    assert snapshot(tmp_path / "out") == first and snapshot(source) == before
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_everything_that_is_not_mapped_is_listed(tmp_path, source):
    (source / "notes.docx").write_text("x")
    (source / "old.bak").write_text("x")
    for path in source.glob("*.csv"):
        lines = path.read_text().splitlines()
        extra = [line + (",aux,ppg" if i == 0 else ",1,2") for i, line in enumerate(lines)]
        path.write_text("\n".join(extra) + "\n")
    mapping = text_mapping(ignore={"files": ["*.bak"], "columns": ["ppg"]})
    mapping["events"] = [{"label_column": {"column": "label", "values": {"1": "smile"}}}]
    report = run(tmp_path, mapping)
    assert report.unmapped == {
        "files": {"notes.docx": 1}, "columns": {"aux": 4}, "events": {"0": 8, "2": 4},
    }  # fmt: skip
    assert report.ignored == {"files": {"old.bak": 1}, "columns": {"ppg": 4}}
    text = report.text()
    for words in (
        "files: notes.docx (1)",
        "columns: aux (4)",
        "events: 0 (8), 2 (4)",
        "left aside by the mapping, files: old.bak",
    ):
        assert words in text
    kept = json.loads((tmp_path / "out/code/import_report.json").read_text())
    assert kept["unmapped"]["events"] == {"0": 8, "2": 4} and len(kept["recordings"]) == 4
    assert (tmp_path / "out/code/mapping.yaml").read_text() == (tmp_path / "m/mapping.yaml").read_text()


def test_identical_files_of_two_people_are_told_with_both_names(tmp_path, source):
    (source / "p2_scene.csv").write_bytes((source / "p1_scene.csv").read_bytes())
    report = run(tmp_path, text_mapping())
    (finding,) = [text for text in report.findings if "identical bytes" in text]
    assert "p1_scene.csv and p2_scene.csv" in finding and "participants 'p1' and 'p2'" in finding
    assert finding in report.text()


def test_gzip_and_folders_and_renames(tmp_path):
    rows = "time,zyg,corr,label\n" + "\n".join(",".join(row) for row in text_rows()) + "\n"
    path = tmp_path / "src/Person 7/a/1.txt.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(rows.encode()))
    mapping = text_mapping(
        source={"format": "delimited", "files": "Person {participant}/{session}/{run}.txt.gz"},
        identifiers={"participant": {"rename": {"7": "x07"}}, "task": {"value": "rest"}},
    )
    run(tmp_path, mapping)
    assert (tmp_path / "out/sub-x07/ses-a/emg/sub-x07_ses-a_task-rest_run-1_emg.bdf").is_file()
    assert validator_errors(tmp_path / "out") == []


def test_a_regular_expression_may_name_the_parts(tmp_path, source):
    mapping = text_mapping(source={"format": "delimited", "regex": r"p(?P<participant>\d)_(?P<task>\w+)\.csv"})
    assert run(tmp_path, mapping).participants == ["1", "2"]


def test_marker_edges_and_physio(tmp_path, source):
    mapping = text_mapping(
        events=[
            {"marker_edges": {"column": "label", "edge": "rising", "threshold": 1.5, "label": "up"}},
            {
                "marker_edges": {
                    "column": "label",
                    "edge": "falling",
                    "threshold": 0.5,
                    "label": "down",
                    "duration_s": 2,
                }
            },
        ]
    )
    mapping["channels"][1] |= {"type": "MISC", "store": "physio"}
    run(tmp_path, mapping)
    stem = tmp_path / "out/sub-p1/emg/sub-p1_task-scene"
    events = pd.read_csv(stem.with_name(stem.name + "_events.tsv"), sep="\t").to_dict("records")
    assert events == [
        {"onset": 3.0, "duration": 2.0, "trial_type": "down"},
        {"onset": 4.5, "duration": 1.5, "trial_type": "up"},
    ]
    text = gzip.decompress(stem.with_name(stem.name + "_recording-source_physio.tsv.gz").read_bytes()).decode()
    assert [float(line) for line in text.split()] == [float(row[2]) for row in text_rows(seed=len("scene"))]
    assert validator_errors(tmp_path / "out") == []


@pytest.mark.parametrize("kind", ["tsv", "json"])
def test_event_files(tmp_path, source, kind):
    entries = [{"at": 500, "for": 250, "what": "01"}, {"at": 2000, "for": 0, "what": "02"}]
    for path in list(source.glob("*.csv")):
        beside = path.with_name(f"{path.stem}_events.{kind}")
        frame = pd.DataFrame(entries)
        beside.write_text(json.dumps(entries) if kind == "json" else frame.to_csv(sep="\t", index=False))
    event_file = {
        "file": "{participant}_{task}_events." + kind, "onset": "at", "onset_unit": "ms", "duration": "for",
        "label": "what", "values": {"01": "smile"},
    }  # fmt: skip
    mapping = text_mapping(
        events=[{"event_file": event_file}],
        source={"format": "delimited", "regex": r"(?P<participant>p\d)_(?P<task>[a-z]+)\.csv"},
    )
    mapping["ignore"] = {"columns": ["label"]}
    report = run(tmp_path, mapping)
    events = pd.read_csv(tmp_path / "out/sub-p1/emg/sub-p1_task-scene_events.tsv", sep="\t").to_dict("records")
    assert events == [{"onset": 0.5, "duration": 0.25, "trial_type": "smile"}]
    assert report.unmapped == {"events": {"02": 4}}
    (source / f"p2_scene_events.{kind}").unlink()
    with pytest.raises(InputError, match="p2_scene.csv has no event file 'p2_scene_events"):
        import_dataset(tmp_path / "m/mapping.yaml", source, tmp_path / "other")


def damage(source, row, column, value):
    path = source / "p2_scene.csv"
    lines = path.read_text().splitlines()
    cells = lines[row].split(",")
    cells[column] = value
    lines[row] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")


def test_missing_samples_are_an_error_by_row_and_column(tmp_path, source):
    for row in range(101, 151):
        damage(source, row, 2, "NaN")
    message = refuse(tmp_path, text_mapping(), "p2_scene.csv, row 102, column 'corr' has no value")
    assert "50 rows in all" in message and "missing_samples: mark" in message


def test_missing_samples_are_marked_when_asked(tmp_path, source):
    for row in range(101, 151):
        damage(source, row, 2, "NaN")
    report = run(tmp_path, text_mapping(missing_samples="mark"))
    stem = tmp_path / "out/sub-p2/emg/sub-p2_task-scene"
    events = pd.read_csv(stem.with_name(stem.name + "_events.tsv"), sep="\t")
    bad = events[events["trial_type"] == "BAD_missing"]
    assert bad[["onset", "duration"]].values.tolist() == [[1.0, 0.5]]
    back, _, _ = read_bdf(stem.with_name(stem.name + "_emg.bdf"))
    assert np.all(back[1, 100:150] == 0) and np.count_nonzero(back[0, 100:150]) > 40
    assert any("50 rows without a value, marked" in text for text in report.findings)
    assert validator_errors(tmp_path / "out") == []


def test_a_channel_without_any_value_is_bad_and_spoils_nothing_else(tmp_path, source):
    for row in range(1, 601):
        damage(source, row, 2, "")
    report = run(tmp_path, text_mapping(missing_samples="mark"))
    stem = tmp_path / "out/sub-p2/emg/sub-p2_task-scene"
    assert list(pd.read_csv(stem.with_name(stem.name + "_channels.tsv"), sep="\t")["status"])[1] == "bad"
    assert "BAD_missing" not in stem.with_name(stem.name + "_events.tsv").read_text()
    assert any("channel 'corrugator_left' has no value at all" in text for text in report.findings)


def test_a_constant_recording_is_told(tmp_path, source):
    rows = [[row[0], "0.5", "0.5", row[3]] for row in text_rows()]
    write_text(source / "p2_scene.csv", rows)
    report = run(tmp_path, text_mapping())
    assert any(text.startswith("p2_scene.csv: every channel keeps one value") for text in report.findings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": [{"column": "zygo", "name": "z", "unit": "mV"}]}, "p1_calibration.csv has no column "
            "'zygo'; it has time, zyg"),
        ({"channels": [{"column": "zyg", "name": "z", "unit": "mW"}]}, "p1_calibration.csv, channel 'z': "
            "unknown unit 'mW'"),
        ({"channels": [{"column": "zyg", "name": "z"}]}, "channel 'z': the file states no unit"),
        ({"channels": [{"column": "zyg", "name": "z", "unit": "C", "type": "TEMP"}]}, "no channel of the "
            "mapping is EMG"),
        ({"source": {"format": "delimited", "files": "{participant}_{task}.dat"}}, "no file below .* "
            "matches the pattern '{participant}_{task}.dat'; it has 4 files, such as 'p1_calibration.csv'"),
        ({"source": {"format": "delimited", "files": "{participant}_*.csv"}}, "nothing says which task "
            "this is"),
        ({"source": {"format": "delimited", "files": "{task}.csv"}, "identifiers": {"participant":
            {"value": "x"}}}, "p1_calibration.csv: 'p1_calibration' is not a task label.*clean"),
        ({"source": {"format": "delimited", "files": "{participant}_*.csv"}, "identifiers": {"task":
            {"value": "x"}}}, "would be the same recording \\(participant 'p1', task 'x'\\)"),
        ({"identifiers": {"participant": {"rename": {"p2": "p1"}}}}, "'p1' and 'p2' would both become the "
            "participant 'p1'"),
        ({"sidecar": {"SamplingFrequency": 5}}, "gives 'SamplingFrequency', which is measured"),
        ({"events": [{"event_file": {"file": "{nobody}.tsv", "onset": 1, "label": 2}}]}, "event file "
            "'{nobody}.tsv' uses a name"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_source_is_refused_whole(tmp_path, source, change, message):
    refuse(tmp_path, text_mapping(**change), message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "p2_scene.csv is empty"),
        (b"time,zyg,corr,label\n", "p2_scene.csv has a header and no row"),
        (b"time,zyg,corr,label\n0,1,2,\xff\n", "p2_scene.csv, row 2 is not utf-8 text"),
        (b"time,zyg,corr,label\n0,1,2,0\n1,x,2,0\n", "p2_scene.csv, row 3, column 'zyg' holds 'x'"),
        (b"time,zyg,corr,label\n0,1,2,0\n1,2\n", "p2_scene.csv, row 3 has 2 cells where 4"),
        (b"time,zyg,corr,label\n0,1,2,0\n.02,1,2,0\n.01,1,3,0\n", "p2_scene.csv, row 4: the time goes back"),
        (b"time,zyg,corr,label\n0,1,2,0\n", "p2_scene.csv has 1 rows, too few"),
    ],
)
def test_files_that_cannot_be_used_are_refused_by_row(tmp_path, source, content, message):
    (source / "p2_scene.csv").write_bytes(content)
    refuse(tmp_path, text_mapping(), message)


def test_places_that_cannot_be_used_are_refused(tmp_path, source):
    mapping = write_mapping(tmp_path / "m", text_mapping())
    with pytest.raises(InputError, match="there is no source"):
        import_dataset(mapping, tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="has no files"):
        import_dataset(mapping, tmp_path / "empty", tmp_path / "out")
    with pytest.raises(InputError, match="lies inside the source"):
        import_dataset(mapping, source, source / "bids")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/a.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty"):
        import_dataset(mapping, source, tmp_path / "full")
    assert snapshot(tmp_path / "full") == {"a.txt": b"mine"}
    import_dataset(mapping, source, tmp_path / "empty")
    assert (tmp_path / "empty/dataset_description.json").is_file()


def test_a_last_row_that_was_cut_off_and_rows_without_a_time(tmp_path, source):
    path = source / "p2_scene.csv"
    path.write_text(path.read_text()[:-9])
    damage(source, 300, 0, "")
    refuse(tmp_path, text_mapping(), "p2_scene.csv, row 601 has 3 cells where 4")
    report = run(tmp_path, text_mapping(missing_samples="mark"))
    assert "p2_scene.csv: row 601, the last one, is cut off and left out" in report.findings
    assert "p2_scene.csv: 1 rows have no time and are left out" in report.findings
    assert str(report) == report.text()


def test_a_recording_without_any_value_is_marked_whole(tmp_path, source):
    write_text(source / "p2_scene.csv", [[row[0], "", "", row[3]] for row in text_rows()])
    run(tmp_path, text_mapping(missing_samples="mark"))
    events = pd.read_csv(tmp_path / "out/sub-p2/emg/sub-p2_task-scene_events.tsv", sep="\t")
    bad = events[events["trial_type"] == "BAD_missing"]
    assert bad[["onset", "duration"]].values.tolist() == [[0.0, 6.0]]
    assert validator_errors(tmp_path / "out") == []
