"""Eye images whose labels stand in the names of files and folders."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from importing.import_sources import (
    snapshot,
    text_mapping,
    text_rows,
    validator_errors,
    write_mapping,
    write_text,
)
from myoscene.core.errors import InputError
from myoscene.importing.mapping import load_mapping
from myoscene.importing.run import import_dataset
from PIL import Image

FILES = "{participant}/{label}/{eye}_{frame}.png"


def draw(path, seed, size=(6, 5)):
    """A tiny grey image of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)).save(path)


@pytest.fixture
def source(tmp_path):
    """Two people, two labels, both eyes, frames 0 to 2: labels and frames so that base names clash."""
    for p, person in enumerate(("a1", "a2")):
        for k, label in enumerate(("smile", "rest")):
            for e, eye in enumerate("LR"):
                for frame in range(3):
                    draw(
                        tmp_path / f"src/{person}/{label}/{eye}_{frame + 10 * k}.png",
                        1000 * p + 100 * k + 10 * e + frame,
                    )
    return tmp_path / "src"


def images(**changes):
    """The mapping's section; a key that changes to None is left out."""
    base = {"files": FILES, "labels": {"values": {"smile": "happiness", "rest": "neutral"}}} | changes
    return {"images": {key: value for key, value in base.items() if value is not None}}


def run(tmp_path, mapping):
    return import_dataset(write_mapping(tmp_path / "m", mapping), tmp_path / "src", tmp_path / "out")


def refuse(tmp_path, mapping, message):
    before = snapshot(tmp_path / "src")
    with pytest.raises(InputError, match=message) as caught:
        run(tmp_path, mapping)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert snapshot(tmp_path / "src") == before


def table(tmp_path, name):
    return pd.read_csv(tmp_path / "out/sourcedata" / name, sep="\t", keep_default_na=False)


def test_images_are_copied_and_indexed(tmp_path, source):
    before = snapshot(source)
    report = run(tmp_path, images())
    index = table(tmp_path, "sub-a1/eye/sub-a1_task-eyes_eye.tsv")
    assert list(index.columns) == ["file", "frame", "time", "eye", "label", "session"]
    assert list(index["frame"]) == [0, 0, 1, 1, 2, 2, 10, 10, 11, 11, 12, 12]
    assert list(index["eye"]) == ["left", "right"] * 6
    assert list(index["label"]) == ["happiness"] * 6 + ["neutral"] * 6
    assert set(index["time"]) == set(index["session"]) == {"n/a"}
    folder = tmp_path / "out/sourcedata/sub-a1/eye"
    for file, frame, eye in index[["file", "frame", "eye"]].itertuples(index=False):
        label = "smile" if frame < 10 else "rest"
        assert (folder / file).read_bytes() == before[f"a1/{label}/{eye[0].upper()}_{frame}.png"]
    assert {p.name for p in folder.glob("*.png")} == set(index["file"])
    assert snapshot(source) == before
    assert report.participants == ["a1", "a2"] and report.images == {"happiness": 12, "neutral": 12}
    assert report.findings == [] and report.unmapped == {}
    assert "24 eye images" in report.text() and "happiness (12)" in report.text()


def test_a_dataset_of_images_alone_is_valid(tmp_path, source):
    run(tmp_path, images())
    out = tmp_path / "out"
    assert validator_errors(out) == []
    assert json.loads((out / "dataset_description.json").read_text())["Name"] == "Made up"
    assert "24 eye images" in (out / "README").read_text()
    assert json.loads((out / "code/import_report.json").read_text())["images"] == {"happiness": 12, "neutral": 12}
    assert json.loads((out / "sourcedata/sub-a1/eye/sub-a1_task-eyes_eye.json").read_text())["TaskName"] == "eyes"


def test_two_imports_have_the_same_bytes(tmp_path, source):
    run(tmp_path, images())
    (tmp_path / "out").rename(tmp_path / "first")
    run(tmp_path, images())
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "first")


def test_names_that_clash_keep_their_folders(tmp_path, source):
    draw(source / "a1/rest/L_2.png", 77)
    draw(source / "a1/rest/l_1.PNG", 78)
    run(tmp_path, images(regex=r"(?P<participant>\w+)/(?P<label>\w+)/(?P<eye>\w)_\d+\.(?i:png)", files=None))
    index = table(tmp_path, "sub-a1/eye/sub-a1_task-eyes_eye.tsv").set_index("file")
    clashing = {"a1/smile/L_2.png", "a1/rest/L_2.png", "a1/smile/L_1.png", "a1/rest/l_1.PNG"}
    assert {name for name in index.index if "/" in name} == clashing
    assert index.loc["a1/rest/L_2.png", "label"] == "neutral" and index.loc["a1/smile/L_2.png", "label"] == "happiness"
    folder = tmp_path / "out/sourcedata/sub-a1/eye"
    assert (folder / "a1/rest/L_2.png").read_bytes() == (source / "a1/rest/L_2.png").read_bytes()


def test_labels_and_files_that_are_not_mapped_are_listed(tmp_path, source):
    draw(source / "a1/wink/L_90.png", 5)
    (source / "notes.txt").write_text("x")
    report = run(tmp_path, images(labels={"values": {"smile": "happiness"}, "ignore": ["rest"]}))
    assert report.unmapped == {"labels": {"wink": 1}, "files": {"notes.txt": 1}}
    assert report.ignored == {"labels": {"rest": 12}}
    assert set(table(tmp_path, "sub-a1/eye/sub-a1_task-eyes_eye.tsv")["label"]) == {"happiness"}
    assert not list((tmp_path / "out").rglob("L_90.png")) and not list((tmp_path / "out").rglob("L_10.png"))


def test_identical_images_are_told_with_both_names(tmp_path, source):
    shutil.copy(source / "a1/smile/L_0.png", source / "a1/rest/L_10.png")
    shutil.copy(source / "a1/smile/R_0.png", source / "a2/smile/R_0.png")
    shutil.copy(source / "a1/smile/R_1.png", source / "a1/smile/R_2.png")
    findings = run(tmp_path, images()).findings
    assert len(findings) == 2
    assert any(
        "a1/smile/L_0.png and a1/rest/L_10.png: identical bytes (labels 'happiness' and 'neutral')" in text
        for text in findings
    )
    assert any(
        "a1/smile/R_0.png and a2/smile/R_0.png: identical bytes (participants 'a1' and 'a2')" in text
        for text in findings
    )


def test_sessions_tasks_times_and_constants(tmp_path):
    for session in ("1", "2"):
        for at in (500, 1250, 40):
            draw(tmp_path / f"src/P-7_{session}_joy_{at}.png", int(session) * 10000 + at)
    mapping = {
        "images": {
            "files": "{participant}_{session}_{task}_{time}.png",
            "eye": {"value": "right"},
            "time_unit": "ms",
        },
        "identifiers": {"participant": {"clean": True}},
    }
    run(tmp_path, mapping)
    index = table(tmp_path, "sub-P7/ses-2/eye/sub-P7_ses-2_task-joy_eye.tsv")
    assert list(index["time"]) == [0.04, 0.5, 1.25]
    assert set(index["session"]) == {2} and set(index["eye"]) == {"right"} and set(index["label"]) == {"n/a"}
    assert [file.split("_")[-1] for file in index["file"]] == ["40.png", "500.png", "1250.png"]


def test_a_rate_gives_times(tmp_path, source):
    run(tmp_path, images(rate_hz=4))
    index = table(tmp_path, "sub-a2/eye/sub-a2_task-eyes_eye.tsv")
    assert list(index["time"]) == [frame / 4 for frame in index["frame"]]


def test_frame_numbers_that_repeat_are_replaced_and_told(tmp_path, source):
    draw(source / "a1/rest/L_2.png", 77)
    report = run(tmp_path, images())
    index = table(tmp_path, "sub-a1/eye/sub-a1_task-eyes_eye.tsv")
    assert sorted(index.query("eye == 'left'")["frame"]) == list(range(7))
    assert sorted(index.query("eye == 'right'")["frame"]) == list(range(6))
    assert any("participant a1, task eyes: frame numbers repeat" in text for text in report.findings)
    assert 10 in set(table(tmp_path, "sub-a2/eye/sub-a2_task-eyes_eye.tsv")["frame"])


def test_signals_and_images_together(tmp_path, source):
    for person in ("a1", "a2"):
        write_text(source / f"{person}_calibration.csv", text_rows())
    report = run(tmp_path, text_mapping(**images()) | {"identifiers": {"task": {"rename": {"calibration": "cal"}}}})
    assert len(report.recordings) == 2
    assert (tmp_path / "out/sub-a1/emg/sub-a1_task-cal_emg.bdf").is_file()
    assert (tmp_path / "out/sourcedata/sub-a1/eye/sub-a1_task-eyes_eye.tsv").is_file()
    assert list(pd.read_csv(tmp_path / "out/participants.tsv", sep="\t")["participant_id"]) == ["sub-a1", "sub-a2"]
    assert validator_errors(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eye": {"values": {"L": "left"}}}, "a1/rest/R_10.png: eye 'R' is neither left nor right"),
        ({"labels": {"values": {"grin": "happiness"}}}, "no image below .* has a label .*'rest', 'smile'"),
        ({"files": "{participant}/{label}/{eye}_{frame}.jpg"}, "matches the pattern .* it has 24 files, such as"),
        ({"files": "{participant}/{label}/{frame}_{eye}.png"}, "eye '10' is neither left nor right"),
        ({"files": "{participant}/{frame}/{eye}_*.png", "labels": {}}, "'images.labels': the pattern has no"),
    ],
)
def test_what_does_not_fit_is_refused_whole(tmp_path, source, change, message):
    refuse(tmp_path, images(**change), message)


def test_frames_times_and_files_that_cannot_be_used_are_refused(tmp_path, source):
    without = {"files": "{participant}/{frame}/{eye}_*.png"}
    refuse(tmp_path, {"images": without}, "a1/rest/L_10.png: frame 'rest' is not a whole number")
    timed = {"files": "{participant}/{time}/{eye}_*.png", "time_unit": "s"}
    refuse(tmp_path, {"images": timed}, "a1/rest/L_10.png: time 'rest' is not a number")
    twice = {"files": "{participant}/*/{eye}_{frame}.png", "rate_hz": 5}
    draw(source / "a1/rest/L_2.png", 77)
    refuse(tmp_path, {"images": twice}, "a1/rest/L_2.png and a1/smile/L_2.png would be the same eye .* at 0.4 s")
    (source / "a1/rest/L_7.mp4").write_bytes(b"video")
    refuse(tmp_path, images(files="{participant}/{label}/{eye}_{frame}.*"), "L_7.mp4 is a video")
    (source / "a1/rest/L_7.mp4").rename(source / "a1/rest/L_7.txt")
    refuse(tmp_path, images(files="{participant}/{label}/{eye}_{frame}.*"), "L_7.txt is not an image that is read")
    (source / "a1/rest/L_7.txt").rename(source / "a1/rest/L  x_7.png")
    refuse(
        tmp_path,
        images(regex=r"(?P<participant>\w+)/(?P<label>\w+)/(?P<eye>\w).*", files=None),
        "cannot hold this name",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file": "x"}, "unknown key 'images.file'; did you mean 'files'"),
        ({"labels": {"valeus": {}}}, "unknown key 'images.labels.valeus'; did you mean 'values'"),
        ({"eye": {"value": "both"}}, "'images.eye.value'.*one of left, right"),
        ({"regex": "(?P<participant>.*)"}, "either `files` or `regex`"),
        ({"eye": {"value": "left"}}, "either one `value`, or {eye}"),
        ({"files": "{participant}.png", "labels": None}, "nothing says which eye"),
        ({"time_unit": "s"}, "{time} in the pattern and `time_unit` need each other"),
        ({"files": "{participant}/{label}/{eye}_{time}.png", "rate_hz": 3, "time_unit": "s"}, "it needs {frame}"),
        ({"rate_hz": 0}, "'images.rate_hz'"),
        ({"regex": "(?P<participant>", "files": None}, "is not a regular expression"),
    ],
)
def test_wrong_mappings_are_named(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        load_mapping(write_mapping(tmp_path, images(**change)))
