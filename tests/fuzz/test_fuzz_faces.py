"""Fuzzing videos of faces, as they are decoded, and tables of face parameters that other tools wrote."""

import io
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from eyes.builders import picture
from face.test_live_link import written as written_live_link
from face.test_others import JEFAPATO, OPENFACE, PY_FEAT
from fuzz import mutations
from fuzz.engine import INPUTS, fuzz
from fuzz.plain import cells, plain_number
from myoscene.core.tables import read_table
from myoscene.face.folders import FaceFolder
from myoscene.face.index import FaceRow, read_index
from myoscene.face.names import BLENDSHAPES
from myoscene.face.others.plain import read_plain
from myoscene.face.others.read import face_table, times
from myoscene.face.tables import FACE_TABLE
from myoscene.face.video import read_video

Record = Callable[[str, object], None]
FRAMES = 4


def test_fuzz_face_video(tmp_path: Path, record_property: Record) -> None:
    av = pytest.importorskip("av")
    seeds = []
    for codec, kind, ending in (("mpeg4", "yuv420p", "mp4"), ("ffv1", "yuv420p10le", "mkv")):
        path = tmp_path / f"seed.{ending}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=Fraction(10))
            stream.width, stream.height, stream.pix_fmt = 64, 64, kind
            for seed in range(FRAMES):
                frame = av.VideoFrame.from_ndarray(picture(seed, (64, 64)), format="gray")
                container.mux(stream.encode(frame.reformat(format=kind)))
            container.mux(stream.encode())
        seeds.append(path.read_bytes())
    source = tmp_path / "camera.mkv"

    def read(data: bytes) -> list[tuple[tuple[int, ...], float]]:
        source.write_bytes(data)
        return [(found.pixels.shape, found.time_s) for found in read_video(source)]

    def check(data: bytes, found: list[tuple[tuple[int, ...], float]]) -> None:
        assert 0 < len(found) <= 100 * FRAMES and all(len(shape) == 3 and shape[2] == 4 for shape, _ in found)
        assert (np.diff([time_s for _, time_s in found]) > 0).all()

    fuzz(
        "face video", seeds, read, changes=mutations.BINARY, names=[source.name], check=check, record=record_property,
        inputs=INPUTS // 2,
    )  # fmt: skip


def whole(data: bytes, table: pd.DataFrame) -> None:
    """Frames and times grow, and numbers are there where a face is."""
    assert len(table) and np.isfinite(table.time_s).all() and (np.diff(table.time_s) > 0).all()
    assert table.is_face.any() and not np.isinf(table.drop(columns="is_face").to_numpy(float)).any()
    assert table[~table.is_face].drop(columns=["frame", "time_s", "is_face"]).isna().all(axis=None)


def written(tmp_path: Path, name: str, rate_hz: float | None = None) -> Callable[[bytes], pd.DataFrame]:
    """The table that the command makes of a file of these bytes."""

    def read(data: bytes) -> pd.DataFrame:
        (tmp_path / name).write_bytes(data)
        face_table(tmp_path / name, tmp_path / "t.parquet", rate_hz)
        return read_table(tmp_path / "t.parquet", FACE_TABLE)

    return read


@pytest.mark.parametrize(
    ("text", "rate_hz"), [(OPENFACE, None), (PY_FEAT, 30.0), (JEFAPATO, 30.0), (written_live_link()[1], None)]
)
def test_fuzz_face_table(tmp_path: Path, record_property: Record, text: str, rate_hz: float | None) -> None:
    read = written(tmp_path, "faces.csv", rate_hz)
    fuzz(
        "face table (text)", [text.encode()], read, changes=mutations.TEXT, names=["faces.csv"], check=whole,
        record=record_property, inputs=INPUTS // 4,
    )  # fmt: skip


def test_fuzz_face_json(tmp_path: Path, record_property: Record) -> None:
    shapes = [[{"categoryName": name, "score": 0.5} for name in BLENDSHAPES]]
    seeds = [json.dumps([{"timestamp_ms": 33 * k, "faceBlendshapes": shapes} for k in range(2)]).encode()]
    read = written(tmp_path, "faces.json")
    fuzz(
        "face table (JSON)", seeds, read, changes=(*mutations.TEXT, *mutations.TREE), names=["faces.json"], check=whole,
        record=record_property, inputs=INPUTS // 4,
    )  # fmt: skip


def test_fuzz_face_arrays(tmp_path: Path, record_property: Record) -> None:
    seeds = []
    for save in (np.savez, np.savez_compressed):
        handle = io.BytesIO()
        save(handle, expression_params=np.ones((3, 50), np.float32), jaw_params=np.ones((3, 3), np.float32))
        seeds.append(handle.getvalue())
    read = written(tmp_path, "faces.npz", 30.0)
    fuzz(
        "face table (NPZ)", seeds, read, changes=mutations.BINARY, names=["faces.npz"], check=whole,
        record=record_property, inputs=INPUTS // 4,
    )  # fmt: skip


def test_fuzz_face_index(tmp_path: Path, record_property: Record) -> None:
    recordings = ["task-a", "task-b", "ses-1_task-b"]
    path = tmp_path / "sub-01_face.tsv"
    header = "file\trecording\toffset_s\trate_hz\tvideo\tturn\tnotes"
    lines = (header, "a.csv\ttask-a\t-0.25\t30\tb.mp4\tn/a\tx", "c.mp4\ttask-b\tn/a\tn/a\tn/a\t90\ty")
    files = tuple(f"{tmp_path}/{name}" for name in ("a.csv", "b.mp4", "c.mp4"))
    folder = FaceFolder("", str(tmp_path), (str(path),), files)

    def read(data: bytes) -> list[FaceRow]:
        path.write_bytes(data)
        return read_index([folder], "01", recordings, [])

    def check(data: bytes, found: list[FaceRow]) -> None:
        names, rows = cells(data, "\t")
        said = {row[names.index("recording")]: dict(zip(names, row, strict=True)) for row in rows}
        assert len(said) == len(rows) == len(found) and {row.recording for row in found} == set(said) <= set(recordings)
        for row in found:
            given = said[row.recording]
            assert row.file in files and row.video in (*files, "") and row.turn in (0, 90, 180, 270)
            assert row.offset_s == (plain_number(given.get("offset_s", "")) or 0.0)
            assert row.rate_hz is None or row.rate_hz == plain_number(given["rate_hz"]) > 0

    fuzz(
        "face index", ["\n".join((*lines, "")).encode()], read, changes=mutations.TEXT, names=[path.name, *recordings],
        check=check, neutral=mutations.NEUTRAL_TSV, record=record_property,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_fuzz_plain_face_table(tmp_path: Path, record_property: Record, kind: str) -> None:
    path = tmp_path / f"own.{kind}"
    seed = pd.DataFrame({"frame": [0, 1, 2], "time_s": [0.0, 0.1, 0.2], "is_face": [True, False, True], "jaw": 0.5})
    seed.to_parquet(path) if kind == "parquet" else seed.to_csv(path, index=False)

    def read(data: bytes) -> pd.DataFrame:
        path.write_bytes(data)
        found, _ = read_plain(path)
        fixed = {"frame": found.frame, "time_s": times(found, path, None), "is_face": found.is_face}
        return found.values.assign(**fixed)

    def check(data: bytes, table: pd.DataFrame) -> None:
        assert len(table) and np.isfinite(table.time_s).all() and (np.diff(table.time_s) > 0).all()
        assert table.is_face.any() and not np.isinf(table.drop(columns="is_face").to_numpy(float)).any()

    fuzz(
        f"face table (plain {kind})", [path.read_bytes()], read, names=[path.name], check=check, record=record_property,
        changes=mutations.BINARY if kind == "parquet" else mutations.TEXT, inputs=INPUTS // 4,
    )  # fmt: skip
