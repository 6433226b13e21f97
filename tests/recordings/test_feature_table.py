"""A table of ready features in place of recordings."""

from pathlib import Path

import numpy as np
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.emg.tables import FEATURES
from myoscene.recordings.feature_table import read_feature_table, write_feature_tables

CLASSES = ["neutral", "smile"]
GOOD = "participant,label,Cheek,jaw_2\nB,smile,1,2\nA,neutral,3.5,-4e-12\nB,neutral,5,6\n"


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "features.csv"
    path.write_text(text)
    return str(path)


def test_rows_become_labelled_windows(tmp_path: Path) -> None:
    frame = read_feature_table(table(tmp_path, GOOD), CLASSES, ["A", "B"])
    assert list(frame["participant"]) == ["B", "A", "B"]
    assert list(frame["label"]) == ["smile", "neutral", "neutral"]
    assert list(frame["event"]) == [0, 0, 1]
    assert list(frame["start_s"]) == [0.0, 0.0, 1.0]
    assert set(frame["recording"]) == {"table"} and set(frame["kind"]) == {"calibration"}
    assert list(frame.columns[-2:]) == ["cheek", "jaw_2"]
    np.testing.assert_array_equal(frame[["cheek", "jaw_2"]], np.array([[1, 2], [3.5, -4e-12], [5, 6]], np.float32))


def test_one_file_a_participant(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{name}.parquet") for name in "AB"]
    write_feature_tables(table(tmp_path, GOOD), paths, classes=CLASSES, participants=["A", "B"])
    assert list(read_table(paths[0], FEATURES)["cheek"]) == [3.5]
    assert list(read_table(paths[1], FEATURES)["cheek"]) == [1.0, 5.0]


def test_people_left_out_are_not_even_looked_at(tmp_path: Path) -> None:
    text = GOOD.replace("A,neutral,3.5", "A,wink,many")
    frame = read_feature_table(table(tmp_path, text), CLASSES, ["B"])
    assert set(frame["participant"]) == {"B"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("smile", "smiel"), "row 2: unknown label 'smiel' (did you mean 'smile'?)"),
        (GOOD.replace("3.5", ""), "row 3: no value in column 'Cheek'"),
        (GOOD.replace("3.5", "NaN"), "row 3: no value in column 'Cheek'"),
        (GOOD.replace("3.5", "high"), "row 3, column 'Cheek': 'high' is not a number"),
        (GOOD.replace("3.5", "inf"), "row 3, column 'Cheek': 'inf' is not a number"),
        (GOOD.replace("3.5,", ""), "row 3: 3 fields where the header has 4"),
        (GOOD.replace("A,neutral", "a.b,neutral"), "row 3: participant 'a.b' is not a BIDS label"),
        (GOOD.replace("jaw_2", "jaw 2"), "row 1: 'jaw 2' cannot name a feature"),
        (GOOD.replace("jaw_2", "Kind"), "row 1: 'Kind' cannot name a feature"),
        (GOOD.replace("jaw_2", "CHEEK"), "row 1: feature 'Cheek' stands there twice but for its case"),
        (GOOD.replace("label", "class"), "row 1: there is no column 'label'"),
        ("participant,label\nA,smile\n", "row 1: there are no feature columns"),
        ("participant,label,x\n", "row 1: the table has no rows of the participants used"),
        (GOOD.replace("smile", "neutral"), "has no row of the class 'smile'"),
        ("", "row 1: the table is empty"),
    ],
)
def test_a_wrong_table_is_refused_with_file_and_row(tmp_path: Path, text: str, says: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(InputError) as raised:
        read_feature_table(path, CLASSES, ["A", "B"])
    assert str(raised.value).startswith(path)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
