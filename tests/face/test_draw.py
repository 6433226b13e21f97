"""The command ``draw-face``: which columns are drawn, and what is said of tables that cannot be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.cli import main
from myoscene.drawing.face import face_svg

TABLE = pd.DataFrame(
    {
        "frame": [0, 1, 2],
        "time_s": [0.0, 0.04, 0.08],
        "is_face": [True, True, False],
        "mouthSmileLeft": [0.0, 0.5, 0.9],
        "jawOpen": [0.1, 0.2, 0.3],
        "jawOpen_mirror_mean": [0.3, 0.4, 0.5],
        "AU04_r": [0.0, 2.5, 5.0],
        "AU04_c": [0.0, 1.0, 1.0],
        "AU28_c": [0.0, 1.0, 0.0],
        "pose_Rx": [0.1, 0.1, 0.1],
    }
)


def run(folder: Path, table: pd.DataFrame, *more: str, out: str = "face.svg", kind: str = "csv") -> int:
    path = folder / f"t.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    return main(["draw-face", str(path), "--out", str(folder / out), *more])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_frame_nearest_to_a_time_is_drawn(tmp_path: Path, kind: str) -> None:
    assert run(tmp_path, TABLE, "--at", "0.05", kind=kind) == 0
    wanted = face_svg({"mouthSmileLeft": 0.5, "jawOpen": 0.4, "AU04": 0.5, "AU28": 1.0})
    assert (tmp_path / "face.svg").read_text().strip() == wanted


def test_a_frame_without_a_face_is_grey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, TABLE, "--at", "0.08") == 0
    assert "no face was seen" in capsys.readouterr().out
    nothing = dict.fromkeys(("mouthSmileLeft", "jawOpen", "AU04", "AU28"), np.nan)
    assert (tmp_path / "face.svg").read_text().strip() == face_svg(nothing)


def test_all_frames_become_a_page(tmp_path: Path) -> None:
    assert run(tmp_path, TABLE, "--animate", out="face.html") == 0
    text = (tmp_path / "face.html").read_text()
    assert '"time_s":[0.0,0.04,0.08]' in text and text.count("<figure") == 1 and str(tmp_path) not in text


@pytest.mark.parametrize(
    ("change", "more", "out", "told"),
    [
        ({}, (), "face.svg", "either --at"),
        ({}, ("--at", "0", "--animate"), "face.svg", "either --at"),
        ({}, ("--at", "0"), "face.html", r"*.svg"),
        ({}, ("--at", "3"), "face.svg", "from 0.00 to 0.08 s"),
        ({}, ("--at", "nan"), "face.svg", "none at nan s"),
        ({"time_s": [0.0, 0.1, 0.1]}, ("--at", "0"), "face.svg", "does not grow"),
        ({"time_s": ["a", "b", "c"]}, ("--at", "0"), "face.svg", "holds text"),
        ({"is_face": ["yes", "yes", "no"]}, ("--at", "0"), "face.svg", "'is_face'"),
        ({"jawOpen": [0.0, np.inf, 0.0]}, ("--at", "0"), "face.svg", "infinite"),
        ({"participant": ["01", "02", "02"]}, ("--at", "0"), "face.svg", "--participant: 01, 02"),
        ({"participant": ["01", "01", "01"]}, ("--at", "0", "--participant", "1"), "face.svg", "no participant '1'"),
        ({}, ("--at", "0", "--recording", "1"), "face.svg", "leave --recording away"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(
    tmp_path: Path,
    change: dict[str, list[object]],
    more: tuple[str, ...],
    out: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tmp_path, TABLE.assign(**change), *more, out=out) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_table_with_nothing_to_draw_or_no_table_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, TABLE[["time_s", "pose_Rx"]], "--at", "0") == 2
    assert "nothing to draw" in capsys.readouterr().err
    assert run(tmp_path, TABLE.drop(columns="time_s"), "--at", "0") == 2
    assert "no column 'time_s'" in capsys.readouterr().err
    (tmp_path / "t.parquet").write_bytes(b"nothing")
    for path in ("t.parquet", "absent.csv", "t.txt"):
        assert main(["draw-face", str(tmp_path / path), "--out", str(tmp_path / "f.svg"), "--at", "0"]) == 2
        assert path in capsys.readouterr().err


def test_where_only_some_frames_were_looked_at_mirrored_the_plain_values_are_drawn(tmp_path: Path) -> None:
    assert run(tmp_path, TABLE.assign(jawOpen_mirror_mean=[0.3, np.nan, 0.5]), "--at", "0.04") == 0
    wanted = face_svg({"mouthSmileLeft": 0.5, "jawOpen": 0.2, "AU04": 0.5, "AU28": 1.0})
    assert (tmp_path / "face.svg").read_text().strip() == wanted


def test_one_recording_of_several_is_drawn(tmp_path: Path) -> None:
    both = pd.concat([TABLE.assign(recording="a"), TABLE.assign(recording="b", jawOpen_mirror_mean=0.9)])
    assert run(tmp_path, both, "--at", "0", "--recording", "b") == 0
    assert (tmp_path / "face.svg").read_text().strip() == face_svg(
        {"mouthSmileLeft": 0.0, "jawOpen": 0.9, "AU04": 0.0, "AU28": 0.0}
    )
