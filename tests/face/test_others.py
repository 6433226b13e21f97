"""Tables that other tools wrote: read by name, and refused by name."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from face.test_live_link import written
from myoscene.cli import main
from myoscene.core.tables import read_table
from myoscene.face.names import BLENDSHAPES
from myoscene.face.tables import FACE_TABLE

OPENFACE = """\
frame, face_id, timestamp, confidence, success, x_0, X_0, pose_Rx, pose_Ry, pose_Rz, AU01_r, AU12_r, AU12_c
1, 0, 0.000, 0.98, 1, 300, 12, 0.1, -0.2, 0, 0.5, 2.25, 1
2, 0, 0.033, 0.20, 1, 301, 12, 0.1, -0.2, 0, 0.5, 2.25, 1
3, 0, 0.071, 0.98, 0, 302, 12, 0.1, -0.2, 0, 0.5, 2.25, 1
4, 0, 0.100, 0.97, 1, 303, 12, 0.1, -0.2, 0, 0.5, 1.75, 0
"""
PY_FEAT = """frame,FaceRectX,FaceScore,AU01,AU12,AU43,Pitch,Roll,Yaw,anger,neutral,input
0,100,0.99,0.1,0.8,0.2,1,2,3,0.1,0.9,a b.mp4
1,100,NaN,,,,,,,,,a b.mp4
"""
JEFAPATO = """frame;EAR2D6_l;EAR2D6_r;EAR2D6_valid;BS_jawOpen;BS_mouthSmileLeft;BS_Valid
0;0,31;0,30;True;0,25;0,5;True
1;0,31;0,30;True;0,00;0,0;False
"""


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., pd.DataFrame]:
    def run(source: Path | str, *more: str) -> pd.DataFrame:
        if isinstance(source, str):
            (tmp_path / "a.csv").write_text(source, encoding="utf-8")
            source = tmp_path / "a.csv"
        assert main(["face-table", str(source), "--out", str(tmp_path / "t.parquet"), *more]) == 0
        return read_table(tmp_path / "t.parquet", FACE_TABLE)

    return run


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(source: Path | str, *more: str) -> str:
        if isinstance(source, str):
            (tmp_path / "a.csv").write_text(source, encoding="utf-8")
            source = tmp_path / "a.csv"
        assert main(["face-table", str(source), "--out", str(tmp_path / "t.parquet"), *more]) == 2
        assert not (tmp_path / "t.parquet").exists()
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize("text", [OPENFACE, OPENFACE.replace(", ", ","), OPENFACE.replace("AU12_r", "au12_R")])
def test_openface_with_its_gates(table: Callable[..., pd.DataFrame], text: str) -> None:
    found = table(text)
    assert list(found.time_s) == [0, 0.033, 0.071, 0.1] and list(found.is_face) == [True, False, False, True]
    assert list(found.AU12_r.dropna()) == [2.25, 1.75] and list(found.AU12_c.dropna()) == [1, 0]
    assert found.yaw_deg[0] == pytest.approx(np.rad2deg(-0.2)) and "x_0" not in found


def test_py_feat_needs_a_rate(table: Callable[..., pd.DataFrame], refused: Callable[..., str]) -> None:
    assert "(py-feat) has no times; give the frames a second of its video with --rate-hz" in refused(PY_FEAT)
    found = table(PY_FEAT, "--rate-hz", "25")
    assert list(found.time_s) == [0, 0.04] and list(found.is_face) == [True, False]
    assert found.AU12[0] == 0.8 and found.AU12.isna()[1] and found.yaw_deg[0] == 3 and found.anger[0] == 0.1


def test_jefapato_with_semicolons_and_decimal_commas(table: Callable[..., pd.DataFrame]) -> None:
    found = table(JEFAPATO, "--rate-hz", "50")
    assert found.jawOpen[0] == 0.25 and found.mouthSmileLeft[0] == 0.5 and found.EAR2D6_l[0] == 0.31
    assert list(found.is_face) == [True, False] and found.jawOpen.isna()[1]


def test_a_row_of_live_link_face_that_lacks_a_value_is_none_of_a_face(table: Callable[..., pd.DataFrame]) -> None:
    rows = written(3)[1].splitlines()
    rows[2] = ",".join([*rows[2].split(",")[:5], "", *rows[2].split(",")[6:]])
    found = table("\n".join(rows))
    assert list(found.is_face) == [True, False, True] and found.jawOpen.isna().tolist() == [False, True, False]


def test_mediapipe_as_csv_and_as_json(table: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.uniform(0, 1, (3, 52)).round(4), columns=list(BLENDSHAPES))
    given = values[values.columns[::-1]].rename(columns=str.lower).assign(timestamp_ms=[0, 33, 70])
    found = table(given.to_csv(index=False))
    assert np.array_equal(found[list(BLENDSHAPES)], values) and list(found.time_s) == [0, 0.033, 0.07]
    for key, name in (("faceBlendshapes", "categoryName"), ("face_blendshapes", "category_name")):
        rows = [[{name: n, "score": v} for n, v in row.items()] for row in values.to_dict("records")]
        frames = [{"timestampMs": t, key: [row]} for t, row in zip((0, 33, 70), rows, strict=True)]
        frames.insert(2, {"timestampMs": 50, key: []})
        (tmp_path / "a.json").write_text(json.dumps(frames))
        found = table(tmp_path / "a.json")
        assert list(found.is_face) == [True, True, False, True] and list(found.time_s) == [0, 0.033, 0.05, 0.07]
        assert np.array_equal(found[found.is_face][list(BLENDSHAPES)], values)


def test_emoca_in_the_order_of_its_numbers_and_smirk(table: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    for name, number in (("2_00", 2), ("10_00", 10), ("clip_000001_000", 1)):
        folder = tmp_path / "emoca" / name
        folder.mkdir(parents=True)
        np.save(folder / "exp.npy", np.full(50, number, np.float32))
        np.save(folder / "pose.npy", np.arange(6.0))
        np.save(folder / "shape.npy", np.zeros(100))
    found = table(tmp_path / "emoca", "--rate-hz", "30")
    assert list(found.exp_49) == [1, 2, 10] and list(found.pose_05) == [5, 5, 5]
    assert list(found.frame) == [1, 2, 10] and np.allclose(found.time_s, [1 / 30, 2 / 30, 10 / 30]), "gaps stay"
    arrays = {"expression_params": np.arange(150).reshape(3, 50), "jaw_params": np.ones((3, 3)), "shape_params": 0}
    np.savez(tmp_path / "a.npz", **arrays)
    found = table(tmp_path / "a.npz", "--rate-hz", "30")
    assert list(found.expression_00) == [0, 50, 100] and list(found.jaw_02) == [1, 1, 1] and "eyelid_00" not in found


AU8 = "frame,success,confidence,timestamp," + ",".join(f"AU0{n}" for n in range(1, 9)) + "\n0,1,1,0" + ",0.5" * 8 + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (AU8, "AU01 to AU08 alone"),
        (OPENFACE.replace("4, 0", "4, 1"), "has 2 faces (face_id)"),
        (OPENFACE.replace("0.033", "0.000"), "the time of row 2 is missing, or not after"),
        (OPENFACE.replace("0.033", ""), "the time of row 2 is missing"),
        (OPENFACE.replace(", 1.75", ", much"), "line 5, column 'AU12_r': 'much' is no number"),
        (OPENFACE.replace("AU01_r", "AU12_r"), "column 'AU12_r' twice"),
        (OPENFACE.replace(" 0.98", " 0.1").replace("0.97", "0"), "no row in which a face was seen"),
        (OPENFACE.replace("\n2, 0", "\n2"), "line 3, has 12 cells for 13 columns"),
        (OPENFACE.splitlines()[0], "has no rows"),
        (
            "a,b\n1,2\n",
            "is no table of OpenFace 2, py-feat, Live Link Face, MediaPipe or JeFaPaTo: its columns are a, b",
        ),
        (PY_FEAT.replace("\n1,", "\n0,"), "several faces in one frame"),
    ],
)
def test_what_is_no_such_table(refused: Callable[..., str], text: str, said: str) -> None:
    assert said in refused(text)


def test_other_files_are_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "leave --rate-hz away" in refused(OPENFACE, "--rate-hz", "30")
    assert "does not exist" in refused(tmp_path / "none.csv")
    (tmp_path / "empty").mkdir()
    assert "holds no folder with exp.npy" in refused(tmp_path / "empty")
    (tmp_path / "a.npz").write_bytes(b"PK not an archive")
    assert "cannot be read as .npz" in refused(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", expression_params=np.array([{}], dtype=object))
    assert "b.npz" in refused(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", expression_params=np.zeros((3, 50)), jaw_params=np.zeros((2, 3)))
    assert "'jaw_params', has to hold 3 x 3 numbers" in refused(tmp_path / "c.npz", "--rate-hz", "30")
    for content, said in (
        ("{", "cannot be read as JSON"),
        ("[1, 2]", "is no list of frames"),
        ('[{"faceBlendshapes": [[{"categoryName": "jawOpen", "score": "x"}]]}]', "the score of jawOpen is no number"),
        ('[{"timestamp_ms": 1' + "0" * 400 + ', "faceBlendshapes": []}]', "its time is no number"),
        ('[{"faceBlendshapes": [[], []]}]', "has 2 faces"),
        ('[{"faceBlendshapes": []}]', "has no frame with all 52 blendshapes"),
    ):
        (tmp_path / "a.json").write_text(content)
        assert said in refused(tmp_path / "a.json")


def test_several_faces_of_one_image_of_emoca(refused: Callable[..., str], tmp_path: Path) -> None:
    for name in ("000001_000", "000001_001"):
        (tmp_path / "emoca" / name).mkdir(parents=True)
        np.save(tmp_path / "emoca" / name / "exp.npy", np.zeros(50))
    assert "several faces of one image, '000001_000' and '000001_001'" in refused(tmp_path / "emoca", "--rate-hz", "30")
    (tmp_path / "emoca" / "000001_001").rename(tmp_path / "emoca" / "face")
    assert "has no number of a frame in its name" in refused(tmp_path / "emoca", "--rate-hz", "30")


def test_a_timecode_at_30_frames_a_second(table: Callable[..., pd.DataFrame], refused: Callable[..., str]) -> None:
    header, *rows = written(63)[1].splitlines()
    cells = [row.split(",", 1)[1] for row in rows]
    codes = [f"00:00:{k // 30:02d}:{k % 30:02d}.000" for k in range(63)]
    text = "\n".join([header, *(f"{code},{cell}" for code, cell in zip(codes, cells, strict=True))])
    said = refused(text)
    assert "stay below 30" in said and "--rate-hz 30" in said
    assert np.allclose(table(text, "--rate-hz", "30").time_s, np.arange(63) / 30)
    assert table(text, "--rate-hz", "60").time_s[31] == pytest.approx(1 + 1 / 60)
    short = "\n".join(text.splitlines()[:30])
    assert np.allclose(table(short).time_s, np.arange(29) / 60), "too short to tell"


def test_a_short_row_of_live_link_face_without_values(
    table: Callable[..., pd.DataFrame], refused: Callable[..., str], tmp_path: Path
) -> None:
    rows = written(3)[1].splitlines()
    code = rows[2].split(",")[0]
    found = table("\n".join([*rows[:2], f"{code},0", rows[3]]))
    assert list(found.is_face) == [True, False, True] and found.jawOpen.isna().tolist() == [False, True, False]
    (tmp_path / "t.parquet").unlink()
    assert "line 3, has 2 cells" in refused("\n".join([*rows[:2], f"{code},61", rows[3]]))


def test_the_table_does_not_replace_its_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(PY_FEAT)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    for out in ("a.csv", "link.csv"):
        assert main(["face-table", str(tmp_path / "a.csv"), "--out", str(tmp_path / out), "--rate-hz", "30"]) == 2
        assert "would replace the source" in capsys.readouterr().err
    assert (tmp_path / "a.csv").read_text() == PY_FEAT


def test_damaged_compressed_archives(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, expression_params=np.random.default_rng(0).normal(size=(3, 50)))
    whole = path.read_bytes()
    damaged = whole[:200] + bytes(20) + whole[220:]
    central = whole.index(b"PK\x01\x02")
    encrypted = whole[: central + 8] + b"\x01" + whole[central + 9 :]
    for content in (damaged, encrypted):
        path.write_bytes(content)
        assert "cannot be read as .npz" in refused(path, "--rate-hz", "30")
