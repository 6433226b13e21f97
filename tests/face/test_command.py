"""The command as it is typed: what it writes of a real video, and what it says of videos that cannot be used."""

import json
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from myoscene.cli import main
from myoscene.core.tables import read_table
from myoscene.face import run
from myoscene.face.live_link import read_live_link
from myoscene.face.names import BLENDSHAPES, EXCURSIONS, PARAMETERS, other_side
from myoscene.face.tables import FACE_PARAMETERS, MEAN
from myoscene.face.video import read_video

needs_networks = pytest.mark.usefixtures("runtime", "model")
Command = Callable[..., int]


def write_video(
    path: Path,
    frames: Sequence[np.ndarray],
    rate: int = 25,
    *,
    codec: str = "mpeg4",
    pixels: str = "yuv420p",
    times: Sequence[int] | None = None,
    **context: Any,
) -> Path:
    """A video of RGBA ``frames``; ``times``: in thousandths of a second, instead of those of ``rate``."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        stream.bit_rate = 8_000_000
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        if times:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, pixel in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixel), format="rgba").reformat(format=pixels)
            frame.pts = times[number] if times else number
            frame.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def frames(videos: Path, runtime: None, model: Path) -> list[np.ndarray]:
    """12 frames of a face, 640 x 360, for networks to look at."""
    pictures = read_video(videos / "single_face.mp4")
    return [next(pictures).pixels for _ in range(12)]


@pytest.fixture
def no_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is said before a network looks at a frame."""
    monkeypatch.setattr(run, "read_model", lambda model: {"geometry_pipeline_metadata_landmarks.binarypb": b""})
    for name in ("load_networks", "read_canonical"):
        monkeypatch.setattr(run, name, lambda content: None)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return lambda video, *more: main(["face-parameters", str(video), "--out", str(tmp_path / "t.parquet"), *more])


@pytest.fixture
def refused(command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What is said of a video; nothing may be left beside it."""

    def said_of(video: Path, *more: str) -> str:
        before = set(tmp_path.iterdir())
        assert command(video, "--live-link", str(tmp_path / "t.csv"), *more) == 2
        assert set(tmp_path.iterdir()) == before
        said = capsys.readouterr().err.strip()
        assert said.count("\n") == 0
        return said

    return said_of


@needs_networks
def test_a_real_video_becomes_a_table_a_summary_and_a_live_link_file(
    command: Command, videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(videos / "single_face.mp4", "--live-link", str(tmp_path / "t.csv")) == 0
    table = read_table(tmp_path / "t.parquet", FACE_PARAMETERS)
    assert len(table) == 72 and table.is_face.all() and (table.presence > 0.9).all() and (table.faces == 1).all()
    # The container's times: 30 frames a second.
    assert np.allclose(table.time_s, np.arange(72) / 30, atol=1e-3)
    shapes = table[list(BLENDSHAPES)].to_numpy()
    assert shapes.min() >= 0 and shapes.max() <= 1 and not table.is_turned.any()
    # A smile of both sides: the corners move outwards and up while the smile does.
    for side in ("left", "right"):
        assert np.corrcoef(table[f"mouth_{side}"], table[f"mouthSmile{side.title()}"])[0, 1] > 0.9
        assert np.corrcoef(table[f"lid_{side}"], table[f"eyeBlink{side.title()}"])[0, 1] < -0.9
    summary = json.loads((tmp_path / "t.json").read_text())
    assert summary["frames"] == 72 and summary["face_share"] == 1 and not summary["has_variable_rate"]
    assert {"cheekPuff", "tongueOut"} <= set(summary["never_moved_by_model"])
    assert {"cheekPuff", "noseSneerLeft", "noseSneerRight"} <= set(summary["still_in_this_video"])
    for name in PARAMETERS:
        bias = 2 * (table[name] - table[f"{name}{MEAN}"]).mean()
        assert bias == pytest.approx(summary["mirror_bias"][name], abs=1e-4)
    assert 0.005 < np.mean([abs(summary["mirror_bias"][name]) for name in BLENDSHAPES]) < 0.08
    assert "cheekPuff" in capsys.readouterr().out
    read = read_live_link(tmp_path / "t.csv")
    assert np.abs(read.time_s - table.time_s).max() < 1e-4
    for name in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight", "yaw_deg", "roll_deg"):
        assert np.abs(read[name] - table[name]).max() < 1e-5
    assert not read.tongueOut.any()


def test_the_mirrored_video_has_the_sides_exchanged(command: Command, frames: list[np.ndarray], tmp_path: Path) -> None:
    found = []
    for name, pixels in (("as_it_is", frames), ("mirrored", [frame[:, ::-1] for frame in frames])):
        assert command(write_video(tmp_path / f"{name}.mkv", pixels[:4], codec="ffv1", pixels="bgr0")) == 0
        found.append(read_table(tmp_path / "t.parquet", FACE_PARAMETERS))
    for name in (*BLENDSHAPES, *EXCURSIONS):
        one, other = found[0][f"{name}{MEAN}"], found[1][f"{other_side(name)}{MEAN}"]
        assert np.allclose(one, other, atol=2e-3), name
    assert np.allclose(found[0].yaw_deg, -found[1].yaw_deg, atol=3)


def test_a_face_that_is_gone_for_a_while_is_marked_and_found_again(
    command: Command, frames: list[np.ndarray], tmp_path: Path
) -> None:
    dark = np.zeros_like(frames[0])
    shown = [*frames[:3], dark, dark, dark, *frames[3:6]]
    video = write_video(
        tmp_path / "v.mkv", shown, codec="ffv1", pixels="bgr0", times=[0, 40, 80, 120, 160, 290, 330, 370, 410]
    )
    assert command(video, "--live-link", str(tmp_path / "t.csv"), "--mirror-every", "2") == 0
    table = read_table(tmp_path / "t.parquet", FACE_PARAMETERS)
    assert list(table.is_face) == [True] * 3 + [False] * 3 + [True] * 3
    assert table.jawOpen.isna().tolist() == (~table.is_face).tolist()
    assert list(table.is_frozen) == [False] * 4 + [True] * 2 + [False] * 3
    assert list(table.time_s) == [0, 0.04, 0.08, 0.12, 0.16, 0.29, 0.33, 0.37, 0.41]
    assert table[f"jawOpen{MEAN}"].notna().tolist() == [True, False, True, False, False, False, True, False, True]
    assert json.loads((tmp_path / "t.json").read_text())["has_variable_rate"]
    assert len(read_live_link(tmp_path / "t.csv")) == 6


@needs_networks
def test_no_face(refused: Callable[..., str], tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (6, 120, 160, 4), np.uint8)
    said = refused(write_video(tmp_path / "v.mkv", list(noise)))
    assert "shows no face in any of its 6 frames" in said


def test_two_faces(refused: Callable[..., str], command: Command, frames: list[np.ndarray], tmp_path: Path) -> None:
    both = [np.hstack([frame[:, 100:540], frame[:, 100:540]]) for frame in frames]
    video = write_video(tmp_path / "v.mkv", [both[i % 12] for i in range(31)])
    said = refused(video)
    assert "shows 2 faces" in said and "--several-faces" in said
    assert command(video, "--several-faces", "--mirror-every", "0") == 0
    table = read_table(tmp_path / "t.parquet", FACE_PARAMETERS)
    assert (table.faces == 2).all() and table.is_face.all()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_sideways(
    refused: Callable[..., str], command: Command, frames: list[np.ndarray], tmp_path: Path, quarters: int
) -> None:
    video = write_video(tmp_path / "v.mkv", [np.rot90(frame, quarters) for frame in frames[:3]])
    assert f"shows a face that is not upright; add --turn {360 - 90 * quarters}" in refused(video)
    assert command(video, "--turn", f"{360 - 90 * quarters}") == 0
    table = read_table(tmp_path / "t.parquet", FACE_PARAMETERS)
    assert table.is_face.all() and (table.roll_deg.abs() < 10).all()


def test_turned_by_the_metadata(command: Command, frames: list[np.ndarray], tmp_path: Path) -> None:
    """As telephones write them: pixels on their side, and a matrix in the track's header that turns them."""
    video = write_video(tmp_path / "v.mp4", [np.rot90(frame) for frame in frames[:3]])
    content = bytearray(video.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    content[place : place + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    video.write_bytes(content)
    assert next(read_video(video)).pixels.shape == frames[0].shape
    assert command(video) == 0
    table = read_table(tmp_path / "t.parquet", FACE_PARAMETERS)
    assert table.is_face.all() and (table.roll_deg.abs() < 10).all()


def test_damaged(refused: Callable[..., str], frames: list[np.ndarray], tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mp4", frames)
    content = bytearray(video.read_bytes())
    middle = content.index(b"mdat") + len(content) // 3
    content[middle : middle + 3000] = bytes(np.random.default_rng(1).integers(0, 255, 3000, np.uint8))
    video.write_bytes(content)
    assert "is damaged" in refused(video)
    video.write_bytes(bytes(content[: len(content) // 2]))
    assert "cannot be read as a video" in refused(video)


@pytest.mark.usefixtures("no_networks")
def test_sound_alone(refused: Callable[..., str], tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "v.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    assert "has no pictures, only sound" in refused(tmp_path / "v.wav")


def test_one_frame_a_second(refused: Callable[..., str], frames: list[np.ndarray], tmp_path: Path) -> None:
    said = refused(write_video(tmp_path / "v.mkv", frames[:3], rate=1))
    assert "has 1 frames a second, and expressions need at least 5" in said


def test_of_240_frames_a_second_120_are_used(
    command: Command, frames: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(tmp_path / "v.mp4", frames, rate=240)
    assert command(video) == 0
    table = read_table(tmp_path / "t.parquet", FACE_PARAMETERS)
    assert np.allclose(table.time_s, np.arange(6) / 120, atol=1e-3)
    assert "6 frames were left out" in capsys.readouterr().out


def test_10_bit_is_read(command: Command, frames: list[np.ndarray], tmp_path: Path) -> None:
    deep = write_video(tmp_path / "v.mkv", frames[:3], codec="ffv1", pixels="yuv420p10le")
    assert command(deep) == 0
    assert read_table(tmp_path / "t.parquet", FACE_PARAMETERS).is_face.all()


@pytest.mark.usefixtures("no_networks")
def test_hdr_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    dark = [np.zeros((120, 160, 4), np.uint8)] * 3
    hdr = write_video(tmp_path / "h.mkv", dark, codec="ffv1", pixels="yuv420p10le", color_trc=16)
    assert "is HDR (PQ)" in refused(hdr)


def test_another_model_file_and_none(refused: Callable[..., str], tmp_path: Path) -> None:
    other = tmp_path / "face_landmarker.task"
    other.write_bytes(b"another model")
    said = refused(tmp_path / "v.mp4", "--model", str(other))
    assert "is not the face model that this version knows" in said and "make face-model" in said
    said = refused(tmp_path / "v.mp4", "--model", str(tmp_path / "none.task"))
    assert "does not exist; `make face-model`" in said


def test_no_runtime(refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "read_model", lambda model: {})
    monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert.interpreter", None)
    said = refused(tmp_path / "v.mp4")
    assert "runtime (ai-edge-litert) is not installed; `make face-model`" in said


@pytest.mark.usefixtures("no_networks")
def test_no_video(
    refused: Callable[..., str], command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "does not exist" in refused(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("not a video")
    assert "cannot be read as a video" in refused(tmp_path / "text.mp4")
    assert main(["face-parameters", "v.mp4", "--out", str(tmp_path / "t.csv")]) == 2
    assert "has to be named *.parquet" in capsys.readouterr().err


def test_outputs_replace_no_input_nor_each_other(
    refused: Callable[..., str], command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video, summary = tmp_path / "v.mp4", tmp_path / "t.json"
    video.write_text("a video")
    (tmp_path / "link.csv").symlink_to(video)
    (tmp_path / "same.csv").hardlink_to(video)
    for name, replaced in (
        ("v.mp4", "the video"),
        ("link.csv", "the video"),
        ("same.csv", "the video"),
        ("t.parquet", "the table"),
        ("t.json", "its summary"),
    ):
        assert command(video, "--live-link", str(tmp_path / "none" / ".." / name)) == 2
        assert f"would replace {replaced}" in capsys.readouterr().err, name
    assert command(tmp_path / "t.parquet") == 2 and "would replace the video" in capsys.readouterr().err
    assert command(video, "--model", str(summary)) == 2 and "would replace the model" in capsys.readouterr().err
    for content in ("notes", '{"video": "v.mp4"}', "[" * 100000):
        summary.write_text(content)
        assert "is no summary of a video" in refused(video) and summary.read_text() == content
    assert video.read_text() == "a video"
