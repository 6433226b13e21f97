"""Quality flags, mean neutral images, and what holds of the whole job: the same bytes again, memory, raw files."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eyes.builders import SHAPE, Dataset, picture
from myoscene.core.errors import InputError
from myoscene.eyes.quality import measure
from PIL import Image


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def replace(dataset: Dataset, row: list[Any], image: np.ndarray | Image.Image) -> None:
    made = image if isinstance(image, Image.Image) else Image.fromarray(image)
    made.save(dataset.folder() / row[0])


def test_measures_are_those_of_numpy() -> None:
    images = np.stack([picture(0), picture(1) // 8, np.full(SHAPE, 7, np.uint8)])
    images[1, :5] = 255
    found = measure(images)
    for image, row in zip(images.astype(float), found, strict=True):
        bend = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:] - 4 * image[1:-1, 1:-1]
        sharpness = (bend**2).mean() / image.var() if image.var() else 0.0
        saturated = ((image == 0) | (image == 255)).mean()
        assert row == pytest.approx([image.mean(), image.std(), saturated, sharpness], rel=1e-6)
    np.testing.assert_array_equal(measure(images[1:2])[0], found[1], err_msg="whatever the batch")


def test_wide_images_are_measured_without_overflow() -> None:
    stripes = np.zeros((1, 8, 4000), np.uint8)
    stripes[:, :, ::2] = 255
    image = stripes[0].astype(float)
    bend = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:] - 4 * image[1:-1, 1:-1]
    assert measure(stripes)[0, 3] == pytest.approx((bend**2).mean() / image.var(), rel=1e-6)


def test_images_of_no_use_are_flagged_and_count_as_missing(dataset: Dataset) -> None:
    rows = dataset.recording(["smile"] * 5)
    smooth = 128 + 60 * np.sin(np.arange(SHAPE[1]) / 20) * np.ones(SHAPE)
    bright = picture(51)
    bright[:25] = 255
    replace(dataset, rows[0], np.full(SHAPE, 90, np.uint8))
    replace(dataset, rows[3], bright)
    replace(dataset, rows[4], smooth.round().astype(np.uint8))
    replace(dataset, rows[6], np.zeros(SHAPE, np.uint8))
    replace(dataset, rows[7], bright)
    frames, images = dataset.prepare()
    assert frames["flags"].tolist() == [
        "left:blank",
        "right:saturated",
        "left:blurred",
        "left:blank;left:saturated;right:saturated",
        "",
    ]
    assert frames["has_left"].tolist() == [False, True, False, False, True]
    assert frames["has_right"].tolist() == [True, False, True, False, True]
    assert (images[0, :, :48] == 0).all() and (images[1, :, 48:] == 0).all()
    assert frames["left_mean"][0] == 90, "what was measured stays"
    assert frames["right_saturated_fraction"][1] == pytest.approx(25 / 40)


def test_frozen_images_are_flagged_by_time(dataset: Dataset) -> None:
    rows = dataset.recording(["smile"] * 30)
    for number in [*range(3, 14), *range(20, 30)]:  # 1.0 s from the first to the last, and 0.9 s
        replace(dataset, rows[2 * number], picture(77))
    frames, _ = dataset.prepare()
    assert frames.index[frames["flags"] == "left:frozen"].tolist() == list(range(3, 14))
    assert not frames["has_left"][3:14].any() and frames["has_right"].all()
    dataset.write_index([[row[0], row[1], "n/a", *row[3:]] for row in rows])
    frames, _ = dataset.prepare()
    assert (frames["flags"] == "").all(), "without times nothing can be said"


def test_the_mean_neutral_image_is_that_of_exactly_the_first_seconds(dataset: Dataset) -> None:
    labels = ["smile"] * 5 + ["neutral"] * 70
    rows = dataset.recording(labels)
    replace(dataset, rows[2 * 6], np.zeros(SHAPE, np.uint8))  # the left eye of the second neutral frame is blank
    for side in (0, 1):
        replace(dataset, rows[2 * 8 + side], np.zeros(SHAPE, np.uint8))  # both of the fourth
    frames, images = dataset.prepare()
    made = frames.index[frames["made_neutral"]].tolist()
    assert made == [5, 6, 7, *range(9, 56)], "50 frames at 10 Hz, of which one eye at least is of use"
    mean = dataset.neutrals()
    assert mean.shape == (1, 40, 96) and mean.dtype == np.float32
    with_left = [row for row in made if row != 6]
    np.testing.assert_array_equal(mean[0, :, :48], images[with_left, :, :48].mean(axis=0).astype(np.float32))
    np.testing.assert_array_equal(mean[0, :, 48:], images[made, :, 48:].mean(axis=0).astype(np.float32))
    assert (frames["neutral"] == 0).all()


def test_neutral_is_sought_by_session_in_calibrations_first(dataset: Dataset) -> None:
    dataset.config["recordings"]["scene_tasks"] = ["calm"]
    dataset.recording(["neutral"] * 30, task="calm", session="1", seed=1)
    dataset.recording(["neutral"] * 30, task="rest", session="1", seed=2)
    dataset.recording(["smile", "neutral"] * 15, task="calm", session="2", seed=3, rate_hz=5)
    frames, images = dataset.prepare()
    made = frames[frames["made_neutral"]]
    counts = made.groupby(["session", "recording"]).size()
    assert counts.to_dict() == {
        ("1", "ses-1_task-calm"): 20,
        ("1", "ses-1_task-rest"): 30,
        ("2", "ses-2_task-calm"): 15,
    }
    first = frames[(frames["recording"] == "ses-1_task-calm")].index[:20]
    assert made.index[made["recording"] == "ses-1_task-calm"].tolist() == first.tolist()
    for number, session in enumerate("12"):
        assert (frames.loc[frames["session"] == session, "neutral"] == number).all()
        mean = images[made.index[made["session"] == session]].mean(axis=0)
        np.testing.assert_array_equal(dataset.neutrals()[number], mean.astype(np.float32))


@pytest.mark.parametrize(
    ("labels", "changes", "times", "reason"),
    [
        (["smile"] * 9, {}, True, "no usable frame is labelled neutral"),
        (["neutral"] * 9, {}, True, r"only 0\.9 s of neutral, less than eyes\.personalise\.minimum_s \(1\)"),
        (["neutral"] * 30, {}, False, "the index gives no times"),
        (["neutral"] * 30, {"neutral": None}, True, r"eyes\.neutral is null"),
    ],
)
def test_a_session_without_neutral_is_plain_or_an_error(
    dataset: Dataset, labels: list[str], changes: dict[str, Any], times: bool, reason: str
) -> None:
    rows = dataset.recording(labels)
    if not times:
        dataset.write_index([[row[0], row[1], "n/a", *row[3:]] for row in rows])
    dataset.config["eyes"] |= changes
    frames, _ = dataset.prepare()
    assert (frames["neutral"] == -1).all() and not frames["made_neutral"].any()
    assert dataset.neutrals().shape == (0, 40, 96)
    dataset.config["eyes"]["personalise"]["missing"] = "error"
    with pytest.raises(InputError, match=rf"participant 01 has no mean neutral image \({reason}\)"):
        dataset.prepare(out="second")
    assert not list((dataset.root.parent / "second").glob("*"))


def test_an_error_names_the_session(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 30, session="1")
    dataset.recording(["smile"] * 30, session="2", seed=1)
    frames, _ = dataset.prepare()
    assert frames.groupby("session")["neutral"].unique().map(list).to_dict() == {"1": [0], "2": [-1]}
    dataset.config["eyes"]["personalise"]["missing"] = "error"
    with pytest.raises(InputError, match="no mean neutral image in session '2'"):
        dataset.prepare()


def test_results_are_the_same_bytes_again_and_with_two_threads(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 100 + ["smile"] * 60)
    pages = [Image.fromarray(picture(5000 + number)) for number in range(70)]
    pages[0].save(dataset.folder() / "more.tif", save_all=True, append_images=pages[1:])
    dataset.write_index([["more.tif", n, n / 10, "left", "smile"] for n in range(70)], task="more")
    before = bytes_of(dataset.root)
    for out, threads in (("once", 1), ("again", 1), ("two", 2), ("five", 5)):
        dataset.prepare(out=out, threads=threads)
    assert bytes_of(dataset.root) == before, "raw files are never written"
    parent = dataset.root.parent
    once = bytes_of(parent / "once")
    assert sorted(once) == ["01.npy", "01.parquet", "01_neutral.npy"], "no temporary file is left"
    for out in ("again", "two", "five"):
        assert bytes_of(parent / out) == once, out


def test_the_first_fault_is_told_with_threads_too(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 300)
    for number in (150, 500):
        (dataset.folder() / rows[number][0]).write_bytes(b"broken")
    for threads in (1, 3):
        with pytest.raises(InputError, match=rf"{rows[150][0]} cannot be read"):
            dataset.prepare(threads=threads)


def test_memory_does_not_grow_with_the_number_of_images(dataset: Dataset) -> None:
    """Ten times the images: what grows are rows of tables, far less than the images would."""
    dataset.config["eyes"]["frames"] |= {"height_px": 64, "width_px": 64}
    peaks = {}
    for images in (200, 2000):
        for number in range(images):
            body = picture(number, (10, 12)).tobytes()
            (dataset.folder() / f"{number}.pgm").write_bytes(b"P5 12 10 255\n" + body)
        dataset.write_index([[f"{n}.pgm", n, n / 50, "left", "neutral"] for n in range(images)])
        dataset.run(out="warm")
        tracemalloc.start()
        dataset.run(out="measured")
        peaks[images] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    store = 1800 * 64 * 128
    assert peaks[2000] - peaks[200] < store / 4, peaks
