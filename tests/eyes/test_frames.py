"""Frames of both eyes: pairs, sides, sizes, clocks, headsets, labels and their runs."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from eyes.builders import Dataset, emg_selection, picture
from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.eyes.pairs import _partners
from myoscene.eyes.rectify import read_headsets
from myoscene.recordings.tables import EVENTS
from PIL import Image


def test_the_wearers_left_eye_is_in_the_left_half(dataset: Dataset) -> None:
    dataset.recording(["neutral", "smile"])
    frames, images = dataset.prepare()
    assert images.shape == (2, 40, 96) and images.dtype == np.uint8
    for row in range(2):
        np.testing.assert_array_equal(images[row, :, :48], picture(2 * row))
        np.testing.assert_array_equal(images[row, :, 48:], picture(2 * row + 1))
    assert frames["has_left"].all() and frames["has_right"].all()
    file = dataset.root / frames["right_image"][1]
    assert frames["right_sha256"][1] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert frames["left_mean"].to_numpy() == pytest.approx([picture(0).mean(), picture(2).mean()])
    assert frames["left_sd"].to_numpy() == pytest.approx([picture(0).std(), picture(2).std()])


def test_missing_frames_leave_one_eye(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 4)
    lost = [rows[2], rows[7]]  # left of frame 1, right of frame 3
    dataset.write_index([row for row in rows if row not in lost])
    for row in lost:
        (dataset.folder() / row[0]).unlink()
    frames, images = dataset.prepare()
    assert frames["has_left"].tolist() == [True, False, True, True]
    assert frames["has_right"].tolist() == [True, True, True, False]
    assert frames["frame"].tolist() == [0, 1, 2, 3]
    assert (images[1, :, :48] == 0).all() and (images[3, :, 48:] == 0).all()
    assert frames["left_image"].isna().tolist() == [False, True, False, False]
    assert frames["left_mean"].isna().tolist() == [False, True, False, False]


def test_one_eye_only(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 20, eyes=["right"])
    frames, images = dataset.prepare()
    assert not frames["has_left"].any() and frames["has_right"].all()
    assert (images[:, :, :48] == 0).all()
    neutral = dataset.neutrals()
    assert np.isnan(neutral[0, :, :48]).all() and not np.isnan(neutral[0, :, 48:]).any()


@pytest.mark.parametrize("eye", ["left", "right"])
def test_frames_of_one_eye_by_configuration(dataset: Dataset, eye: str) -> None:
    dataset.recording(["neutral"] * 20)
    dataset.config["eyes"]["frames"]["eyes"] = eye
    frames, images = dataset.prepare()
    assert images.shape == (20, 40, 48)
    np.testing.assert_array_equal(images[3], picture(6 + (eye == "right")))
    assert frames["has_left"].all() and frames["has_right"].all()
    other = "right" if eye == "left" else "left"
    assert frames[f"{eye}_image"].notna().all() and frames[f"{other}_image"].isna().all()
    assert dataset.neutrals().shape == (1, 40, 48)


def test_nothing_of_the_wanted_eye_is_refused(dataset: Dataset) -> None:
    dataset.recording(["neutral"], eyes=["left"])
    dataset.config["eyes"]["frames"]["eyes"] = "right"
    with pytest.raises(InputError, match="participant 01 has no image of the right eye"):
        dataset.prepare()


def test_eyes_of_different_size_are_brought_to_one(dataset: Dataset) -> None:
    dataset.config["eyes"]["frames"] |= {"height_px": 16, "width_px": 20}
    rows = []
    for eye, shape in (("left", (40, 50)), ("right", (64, 64))):
        image = np.zeros(shape, np.uint8)
        image[:, shape[1] // 2 :] = 200
        Image.fromarray(image).save(dataset.folder() / f"{eye}.png")
        rows.append([f"{eye}.png", 0, 0.0, eye, "smile"])
    dataset.write_index(rows)
    _, images = dataset.prepare()
    assert images.shape == (1, 16, 40)
    for half in (images[0, :, :20], images[0, :, 20:]):
        assert (half[:, :8] == 0).all() and (half[:, 12:] == 200).all()


def test_resizing_averages_instead_of_picking_pixels(dataset: Dataset) -> None:
    dataset.config["eyes"]["frames"] |= {"height_px": 10, "width_px": 10}
    dataset.config["eyes"]["quality"]["blank_sd"] = 0
    fine = (np.indices((200, 200)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(fine).save(dataset.folder() / "a.png")
    dataset.write_index([["a.png", 0, 0.0, "left", "smile"]])
    frames, _ = dataset.prepare()
    assert frames["left_mean"][0] == pytest.approx(127.5, abs=2)
    assert frames["left_sd"][0] < 8


def test_left_and_right_are_paired_by_time() -> None:
    left = np.array([0.0, 0.1, 0.2, 0.3, 0.9])
    right = np.array([0.01, 0.16, 0.19, 0.8])
    assert _partners(left, right, 0.05).tolist() == [0, -1, 2, -1, -1]
    assert _partners(left, right, 0.1).tolist() == [0, -1, 2, -1, 3], "the second is nearest to one who is not to it"
    assert _partners(left, right[:0], 1.0).tolist() == [-1] * 5
    assert _partners(left[:1], right[:1], 0.01).tolist() == [0]


def test_partners_are_each_others_nearest() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        left, right = np.sort(rng.uniform(0, 5, 40)), np.sort(rng.uniform(0, 5, 30))
        gaps = np.abs(left[:, None] - right[None])
        wanted = [
            int(gaps[i].argmin()) if gaps[:, gaps[i].argmin()].argmin() == i and gaps[i].min() <= 0.05 else -1
            for i in range(len(left))
        ]
        assert _partners(left, right, 0.05).tolist() == wanted


def test_a_frames_time_is_the_mean_of_both_eyes_and_frames_follow_it(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 3)
    for row in rows:
        row[2] = f"{float(row[2]) + (0.02 if row[3] == 'right' else 0.0):.2f}"
    dataset.write_index(rows)
    frames, _ = dataset.prepare()
    assert frames["time_s"].tolist() == pytest.approx([0.01, 0.11, 0.21])
    dataset.config["eyes"]["frames"]["pair_within_s"] = 0.01
    frames, _ = dataset.prepare()
    assert frames["time_s"].tolist() == pytest.approx([0.0, 0.02, 0.1, 0.12, 0.2, 0.22])
    assert frames["has_left"].tolist() == [True, False] * 3
    assert frames["frame"].is_unique


def test_an_offset_brings_times_to_the_recordings_clock(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 3)
    (dataset.root / "sourcedata" / "eye_offsets.tsv").write_text("participant_id\toffset_s\nsub-01\t-1.7\n")
    frames, _ = dataset.prepare()
    assert frames["time_s"].tolist() == pytest.approx([-1.7, -1.6, -1.5])


def test_a_cropped_and_rotated_eye_comes_back(dataset: Dataset) -> None:
    """A camera that is turned by 20 degrees and magnifies by 2 sees the scene as it is, once rectified."""
    size = 240
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    scene = (120 + 80 * np.sin(x / 17) * np.cos(y / 11)).astype(np.uint8)
    turned = Image.fromarray(scene).rotate(-20, Image.Resampling.BICUBIC)
    seen = Image.new("L", (320, 280))
    seen.paste(turned, (50, 30))
    seen.save(dataset.folder() / "a.png")
    dataset.write_index([["a.png", 0, 0.0, "right", "smile"]])
    # The middle of the scene is at (170, 150) of the camera's image; the crop shows 160 pixels, the scale 80 of them.
    (dataset.root / "sourcedata" / "eye_headsets.yaml").write_text(
        "headsets:\n  vive: {right: {crop_px: [90, 70, 250, 230], rotation_deg: 20, scale: 2}}\n"
        "participants: {'01': vive}\n"
    )
    dataset.config["eyes"]["frames"] |= {"height_px": 80, "width_px": 80}
    dataset.config["eyes"]["quality"]["min_sharpness"] = 0.0
    _, images = dataset.prepare()
    middle = scene[80:160, 80:160].astype(float)
    assert np.abs(images[0, :, 80:] - middle).mean() < 2
    assert np.corrcoef(images[0, :, 80:].ravel(), middle.ravel())[0, 1] > 0.999


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("headsets: [", "not valid YAML"),
        ("- a", "the file is not a mapping"),
        ("headset: {}", r"unknown key 'headset' \(did you mean 'headsets'\?\)"),
        ("headsets: {v: {up: {}}}", "unknown key 'up'"),
        ("headsets: {v: {left: {rotate: 3}}}", "unknown key 'rotate'"),
        ("headsets: {v: {left: {scale: 0}}}", "scale is 0; write a number above 0"),
        ("headsets: {v: {left: {rotation_deg: yes}}}", "rotation_deg is True; write a number"),
        ("headsets: {v: {left: {crop_px: [1, 2, 3]}}}", r"crop_px is \[1, 2, 3\]"),
        ("headsets: {v: {left: {crop_px: [9, 0, 5, 5]}}}", r"crop_px is \[9, 0, 5, 5\]"),
        ("headsets: {v: {}}\ndefault: w", "headset 'w' is not under `headsets`"),
        ("headsets: {v: {}}\nparticipants: {'7': v}", "participant '7' has no folder"),
        (
            "headsets: {v: {left: {crop_px: [0, 0, 99, 9]}}}\ndefault: v",
            r"a\.png has 48 x 40 pixels and .* 0, 0, 99, 9",
        ),
        ("headsets: {v: {left: {scale: 0.5}}}\ndefault: v", r"a\.png has 48 x 40 pixels"),
    ],
)
def test_a_headset_file_at_fault_is_refused(dataset: Dataset, text: str, told: str) -> None:
    Image.fromarray(picture(0)).save(dataset.folder() / "a.png")
    dataset.write_index([["a.png", 0, 0.0, "left", "smile"]])
    (dataset.root / "sourcedata" / "eye_headsets.yaml").write_text(text)
    with pytest.raises(InputError, match=told):
        dataset.prepare()


def test_without_headsets_images_stay_as_they_are(tmp_path: Path) -> None:
    cameras = read_headsets(None)["01"]
    image = Image.fromarray(picture(0))
    for side in (cameras.left, cameras.right):
        np.testing.assert_array_equal(side.apply(image, image.size, ""), image)


def test_labels_of_both_eyes_that_differ_are_refused(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 3)
    rows[3][4] = "smile"
    dataset.write_index(rows)
    with pytest.raises(InputError, match=r"row 5: label 'smile', but 'neutral' for the left eye .*row 4"):
        dataset.prepare()


def test_runs_are_numbered_and_trimmed(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 10 + ["n/a"] * 2 + ["smile"] * 10 + ["neutral"] * 10)
    dataset.config["eyes"]["frames"] |= {"trim_start_s": 0.5, "trim_end_s": 0.1}
    frames, _ = dataset.prepare()
    wanted = [-1] * 5 + [0] * 4 + [-1] * 3 + [-1] * 5 + [1] * 4 + [-1] * 6 + [2] * 4 + [-1]
    assert frames["event"].tolist() == wanted
    assert frames["label"].fillna("").tolist() == [{-1: "", 0: "neutral", 1: "smile", 2: "neutral"}[e] for e in wanted]


def test_a_long_pause_ends_a_run(dataset: Dataset) -> None:
    rows = dataset.recording(["smile"] * 20)
    kept = [row for row in rows if row[1] not in (3, *range(8, 15))]
    for row in rows:
        if row not in kept:
            (dataset.folder() / row[0]).unlink()
    dataset.write_index(kept)
    frames, _ = dataset.prepare()
    assert frames["event"].tolist() == [0] * 7 + [1] * 5, "one lost frame does not, seven do"


def events_table(path: Path, recording: str = "task-calibration") -> Path:
    rows = [(0, 0.0, 0.5, "neutral"), (1, 0.5, 0.5, "smile"), (2, 1.0, 0.5, "smile"), (3, 1.6, 0.3, "frown")]
    table = pd.DataFrame(rows, columns=["event", "onset_s", "duration_s", "label"])
    write_table(path, table.assign(participant="01", recording=recording, role="expression"), EVENTS)
    return path


def test_frames_without_labels_get_those_of_the_emg(dataset: Dataset, tmp_path: Path) -> None:
    dataset.recording(["n/a"] * 20)
    (dataset.root / "sourcedata" / "eye_offsets.tsv").write_text("participant_id\toffset_s\n01\t0.1\n")
    selection = emg_selection(dataset, ["task-calibration"])
    given = {"selection": selection, "events": events_table(tmp_path / "events.parquet")}
    frames, _ = dataset.prepare(**given)
    wanted = ["neutral"] * 4 + ["smile"] * 10 + [""] * 6
    assert frames["label"].fillna("").tolist() == wanted, "on the recording's clock; frown is not a label of this set"
    assert frames["event"].tolist() == [0] * 4 + [1] * 5 + [2] * 5 + [-1] * 6, "one run an event"
    other = events_table(tmp_path / "other.parquet", "task-other")
    assert dataset.prepare(selection=selection, events=other)[0]["label"].isna().all()
    dataset.recording(["smile"] + ["n/a"] * 19)
    frames, _ = dataset.prepare(**given)
    assert frames["label"].notna().tolist() == [True] + [False] * 19, "an index with labels of its own keeps them"
    dataset.recording(["talking"] + ["n/a"] * 19)
    dataset.config["eyes"]["ignore_labels"] = ["talking"]
    frames, _ = dataset.prepare(**given)
    assert frames["label"].isna().all(), "and one that is left aside is a label, too"


def test_images_of_one_eye_with_8_and_16_bits_are_refused(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 3)
    deep = (picture(9).astype(np.uint16) << 8).astype(np.uint16)
    for name in ("calibration_right_000.png", "calibration_right_001.png", "calibration_right_002.png"):
        Image.fromarray(deep).save(dataset.folder() / name)
    dataset.prepare()
    Image.fromarray(deep).save(dataset.folder() / rows[4][0])
    with pytest.raises(InputError, match=r"row 6: wrong bit depth, since .*left_002\.png has 16 bits a value"):
        dataset.prepare()
