"""Everybody's frames together: the sheet, identical images, how sessions are personalised, what is left out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from eyes.builders import Dataset, picture
from myoscene.core.settings import from_plain
from myoscene.core.tables import read_table
from myoscene.eyes.check import check_eyes, exclude_frames
from myoscene.eyes.settings import PersonaliseSettings
from myoscene.eyes.tables import REMOVED
from PIL import Image


def check(
    dataset: Dataset,
    people: list[str],
    policy: str = "exclude",
    prepare: bool = True,
    scene_tasks: Sequence[str] = (),
) -> dict[str, pd.DataFrame]:
    """Prepare these people and check them; the tables by name."""
    out = dataset.root.parent / "out"
    if prepare:
        for person in people:
            dataset.prepare(person)
    paths = [out / name for name in ("sheet.csv", "identical.csv", "personalisation.csv", "excluded.parquet")]
    frames = [out / f"{person}.parquet" for person in people]
    exclude_frames(frames, paths[3], identical_policy=policy)
    check_eyes(
        frames,
        *paths[:3],
        neutral=dataset.config["eyes"]["neutral"],
        personalise=from_plain(PersonaliseSettings, dataset.config["eyes"]["personalise"]),
        scene_tasks=scene_tasks,
    )
    text: dict[str, Any] = {"participant": str, "session": str}
    found = {path.stem: pd.read_csv(path, dtype=text, keep_default_na=False) for path in paths[:3]}
    return found | {"excluded": read_table(paths[3], REMOVED)}


def put(dataset: Dataset, person: str, name: str, image: np.ndarray) -> None:
    Image.fromarray(image).save(dataset.folder(person) / name)


def test_the_sheet_counts_what_is_there(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 10 + ["n/a"] * 10)
    lost = [rows[2 * 3], rows[2 * 5], rows[2 * 5 + 1]]
    for row in lost:
        (dataset.folder() / row[0]).unlink()
    put(dataset, "01", rows[-1][0], np.full((40, 48), 9, np.uint8))
    dataset.write_index([row for row in rows if row not in lost])
    sheet = check(dataset, ["01"])["sheet"]
    assert len(sheet) == 1
    wanted = {"frames": 19, "labelled": 9, "left_only": 0, "right_only": 1, "missing": 1, "blank": 1, "frozen": 0}
    assert {name: sheet[name][0] for name in wanted} == wanted
    assert sheet["rate_hz"][0] == pytest.approx(10)
    assert (sheet["kind"][0], sheet["recording"][0], sheet["synthetic"][0]) == ("calibration", "task-calibration", True)


def test_personalisation_says_who_is_plain_and_why(dataset: Dataset) -> None:
    dataset.recording(["neutral"] * 60 + ["smile"] * 5, "01")
    dataset.recording(["smile"] * 5, "02", seed=1)
    dataset.recording(["neutral"] * 20, "03", session="2", seed=2)
    table = check(dataset, ["01", "02", "03"])["personalisation"]
    assert table["method"].tolist() == ["personalised", "plain", "personalised"]
    assert table["neutral_frames"].tolist() == [50, 0, 20]
    assert table["neutral_s"].tolist() == pytest.approx([5.0, 0.0, 2.0])
    assert table["reason"].tolist() == ["", "no usable frame is labelled neutral", ""]
    assert table["session"].tolist() == ["", "", "2"]


def test_identical_images_under_different_labels_and_of_different_people_are_found(dataset: Dataset) -> None:
    a = dataset.recording(["neutral"] * 4 + ["smile"] * 4, "01")
    b = dataset.recording(["neutral"] * 4 + ["smile"] * 4, "02", seed=1)
    c = dataset.recording(["neutral"] * 4, "03", seed=2)
    put(dataset, "01", a[2 * 1][0], picture(900))  # left, neutral
    put(dataset, "01", a[2 * 6 + 1][0], picture(900))  # right, smile
    put(dataset, "01", a[2 * 2][0], picture(901))  # left, neutral
    put(dataset, "02", b[2 * 3][0], picture(901))  # left, neutral
    put(dataset, "02", b[2 * 5][0], picture(902))  # left, smile
    put(dataset, "03", c[2 * 0][0], picture(902))  # left, neutral
    put(dataset, "03", c[2 * 1][0], picture(903))  # one person and one label: nothing wrong
    put(dataset, "03", c[2 * 2][0], picture(903))
    found = check(dataset, ["01", "02", "03"])
    table = found["identical"]
    told = list(zip(table["group"], table["participant"], table["eye"], table["label"], table["problem"], strict=True))
    both = "different labels; different people"
    assert told == [
        (0, "01", "left", "neutral", "different labels"),
        (0, "01", "right", "smile", "different labels"),
        (1, "01", "left", "neutral", "different people"),
        (1, "02", "left", "neutral", "different people"),
        (2, "02", "left", "smile", both),
        (2, "03", "left", "neutral", both),
    ]
    assert table["image"][0].endswith(a[2][0]) and table["image"][0].startswith("sourcedata/sub-01/eye/")
    left_out = found["excluded"]
    assert list(zip(left_out["participant"], left_out["frame"], left_out["reason"], strict=True)) == [
        ("01", 1, "identical"),
        ("01", 2, "shared"),
        ("01", 6, "identical"),
        ("02", 3, "shared"),
        ("02", 5, "shared"),
        ("03", 0, "shared"),
    ]
    kept = check(dataset, ["01", "02", "03"], "keep", prepare=False)
    pd.testing.assert_frame_equal(kept["identical"], table)
    assert kept["excluded"].empty


def test_no_image_of_somebody_else_takes_a_frame_from_training(dataset: Dataset) -> None:
    """Or a held-out person's files would change the fold that holds them out."""
    ours = dataset.recording(["neutral"] * 2 + ["smile"] * 2, "01")
    alone = check(dataset, ["01"])["excluded"]
    theirs = dataset.recording(["neutral"] * 2 + ["smile"] * 2, "02", seed=1)
    for row, other in zip(ours, reversed(theirs), strict=True):  # every image, and the opposite label
        (dataset.folder("02") / other[0]).write_bytes((dataset.folder("01") / row[0]).read_bytes())
    both = check(dataset, ["01", "02"])["excluded"]
    assert alone.empty
    assert set(both["reason"]) == {"shared"} and len(both) == 8


def test_an_unlabelled_image_contradicts_no_label(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral", "n/a", "neutral"])
    put(dataset, "01", rows[0][0], picture(900))
    put(dataset, "01", rows[2][0], picture(900))
    assert check(dataset, ["01"])["identical"].empty


def test_a_camera_that_failed_takes_no_frame_from_the_other_eye(dataset: Dataset) -> None:
    """It gives the same black image under every label, to everybody."""
    for number, person in enumerate(("01", "02")):
        rows = dataset.recording(["neutral"] * 4 + ["smile"] * 4, person, seed=number)
        for row in rows[1::2]:
            put(dataset, person, row[0], np.zeros((40, 48), np.uint8))
    found = check(dataset, ["01", "02"])
    assert found["sheet"]["blank"].tolist() == [8, 8]
    assert found["identical"].empty
    assert "identical" not in set(found["excluded"]["reason"])


def test_labelled_frames_that_are_left_out_each_have_one_reason(dataset: Dataset) -> None:
    rows = dataset.recording(["neutral"] * 52 + ["smile"] * 3 + ["n/a"] * 2)
    blank = np.zeros((40, 48), np.uint8)
    for frame in (50, 52, 55):
        for side in (0, 1):
            put(dataset, "01", rows[2 * frame + side][0], blank)
    put(dataset, "01", rows[2 * 10][0], picture(904))  # left, neutral
    put(dataset, "01", rows[2 * 53][0], picture(904))  # left, smile
    found = check(dataset, ["01"])["excluded"]
    assert found["frame"].tolist() == [*range(50), 50, 52, 53]
    assert found["reason"].tolist() == ["neutral mean"] * 50 + ["quality"] * 2 + ["identical"]
    assert found["p_closed"].isna().all() and found["synthetic"].all()
    assert "identical" not in set(check(dataset, ["01"], "keep", prepare=False)["excluded"]["reason"])


def test_tables_are_the_same_bytes_again(dataset: Dataset, tmp_path: Path) -> None:
    dataset.recording(["neutral"] * 30, "01")
    dataset.recording(["smile"] * 5, "02")  # the same images as those of the other
    names = ("sheet.csv", "identical.csv", "personalisation.csv", "excluded.parquet")
    written = []
    for _ in range(2):
        check(dataset, ["01", "02"])
        written.append([(tmp_path / "out" / name).read_bytes() for name in names])
    assert written[0] == written[1]
    assert written[0][1].count(b"different people") == 20
