"""The command as it is typed: a real face under drawn electrodes, and what cannot be used."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from myoscene.cli import main
from myoscene.face.video import read_video
from myoscene.restore.writer import video_writer
from restore.conftest import Clips

pytestmark = pytest.mark.usefixtures("runtime", "model", "opencv")


def times(path: Path) -> np.ndarray:
    return np.array([picture.time_s for picture in read_video(path)])


def test_what_was_marked_once_is_painted_over_in_every_frame(
    clips: Clips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, out, both = clips.sensor.read_bytes(), tmp_path / "restored.mp4", tmp_path / "both.mkv"
    more = ["--mark", str(clips.marks), "--out", str(out), "--beside", str(both), "--judge", str(clips.clean)]
    assert main(["restore", str(clips.sensor), *more]) == 0
    said = capsys.readouterr().out
    shares = [float(value) for value in re.findall(r"a face in ([\d.]+)%", said)]
    assert "restored (mask)" in said and shares[0] < 50 and shares[1] == 100
    rows = [line.strip("| ").split(" | ") for line in said.splitlines() if line.startswith("| ") and "---" not in line]
    assert rows[0][0].startswith("frames") and rows[1][0] == "as it is" and rows[2][0] == "restored"
    psnr, ssim, mdsi = ([float(row[k]) for row in rows[1:]] for k in (4, 5, 6))
    assert rows[2][1] == "100.0%" and float(rows[2][2]) > 0.6  # in 12 frames little moves
    assert psnr[1] > psnr[0] + 3 and ssim[1] > ssim[0] + 0.1 and mdsi[1] < mdsi[0] - 0.05
    assert clips.sensor.read_bytes() == before
    assert np.allclose(times(out), times(clips.sensor), atol=1e-4)
    # On a clock of thousandths.
    assert np.allclose(times(both), times(clips.sensor), atol=1e-3)
    pictures = [[p.pixels[..., :3].astype(int) for p in read_video(path)] for path in (clips.clean, clips.sensor, out)]
    clean, sensor, restored = (np.array(part) for part in pictures)
    hidden = np.abs(sensor - clean).max(axis=-1) > 40
    assert np.abs(restored - clean)[hidden].mean() < 0.4 * np.abs(sensor - clean)[hidden].mean()
    wide = next(read_video(both)).pixels
    assert wide.shape == (272, 640, 4)
    assert np.abs(wide[:, :320, :3].astype(int) - sensor[0]).mean() < 4


def test_a_clip_that_needs_nothing_is_left_alone(
    clips: Clips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(clips.clean), "--out", str(tmp_path / "out.mp4"), "--mark", str(clips.marks)]) == 0
    said = capsys.readouterr().out
    assert "a face in 100.0% of 12 frames as it is; nothing was painted over" in said
    assert not list(tmp_path.iterdir())


def test_the_marking_page_holds_the_frame_and_what_marks_are_of(clips: Clips, tmp_path: Path) -> None:
    import cv2

    page = tmp_path / "page.html"
    assert main(["restore", str(clips.sensor), "--marking-page", str(page), "--at", "0.1"]) == 0
    text = page.read_text()
    told = json.loads(re.search(r"const told = (\{.*?\})", text)[1])  # type: ignore[index]
    assert told == {"time_s": 0.12, "width": 320, "height": 272}
    png = base64.b64decode(re.search(r"base64,([\w+/=]+)", text)[1])  # type: ignore[index]
    shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.array_equal(shown, list(read_video(clips.sensor))[3].pixels[..., :3])
    assert "http" not in text


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What is said; nothing may be left beside it."""

    def said_of(video: Path, *more: str, out: str | None = "out.mp4") -> str:
        before = set(tmp_path.iterdir())
        assert main(["restore", str(video), *(["--out", str(tmp_path / out)] if out else []), *more]) == 2
        assert set(tmp_path.iterdir()) == before
        said = capsys.readouterr().err.strip()
        assert said.count("\n") == 0
        return said

    return said_of


BOX = [[10, 10], [30, 10], [30, 30]]


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"polygons": []}, "marks nothing"),
        ({"polygons": [BOX[:2]]}, "polygon 0, has fewer than three corners"),
        ({"polygons": [BOX, [[10, 10], [400, 10], [30, 30]]]}, "polygon 1, reaches outside the frame of 320 x 272"),
        ({"polygons": [[[10, 10], [20, 20], [30, 30]]]}, "has no area"),
        ({"polygons": [[[10, 10], [20], [30, 30]]]}, "holds no marks"),
        ({"polygons": 3}, "holds no marks"),
        ({"polygons": [BOX], "width": 640}, "is of a frame of 640 x 272 pixels"),
        ({"polygons": [BOX], "width": 320.5}, "holds no marks"),
        ({"polygons": [BOX], "time_s": 99}, "ends before 99 s"),
        ({"polygons": [BOX], "time_s": float("nan")}, "says no time"),
        (None, "cannot be read"),
    ],
)
def test_marks_that_cannot_be_used_are_refused(
    marks: dict[str, object] | None, said: str, clips: Clips, refused: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "marks.json"
    path.write_text("{" if marks is None else json.dumps({"time_s": 0, "width": 320, "height": 272, **marks}))
    assert said in refused(clips.sensor, "--mark", str(path), "--method", "mask")


def test_what_is_missing_or_in_the_way_is_said(clips: Clips, refused: Callable[..., str], tmp_path: Path) -> None:
    marks = ("--mark", str(clips.marks))
    assert "there are no marks; make some with" in refused(clips.sensor)
    assert "do not exist; make them with" in refused(clips.sensor, "--mark", str(tmp_path / "none.json"))
    assert "add --out restored.mp4" in refused(clips.sensor, *marks, out=None)
    assert "has to be named *.mp4 or *.mkv" in refused(clips.sensor, *marks, out="out.avi")
    assert "would replace the video" in refused(clips.sensor, *marks, "--beside", str(clips.sensor))
    assert "has to be named *.html" in refused(clips.sensor, "--marking-page", str(tmp_path / "page.txt"))
    empty = tmp_path / "empty.mp4"
    with video_writer(empty, empty) as writer:
        for number in range(3):
            writer.write(np.full((272, 320, 4), 90, np.uint8), number / 25)
    assert "shows no face in any frame, even without" in refused(empty, *marks)


def test_sound_alone_is_refused(clips: Clips, refused: Callable[..., str], tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
    assert "has no pictures, only sound" in refused(tmp_path / "sound.wav", "--mark", str(clips.marks))


def test_an_untouched_clip_of_something_else_is_refused(
    clips: Clips, refused: Callable[..., str], tmp_path: Path
) -> None:
    """Before anything is painted over."""
    marks = ("--mark", str(clips.marks), "--judge")
    pictures = list(read_video(clips.clean))[:6]
    for name, side, times, said in [
        ("short", 320, range(5), "has another number of frames (5 are in both)"),
        ("small", 300, range(6), "has 300 x 272 pixels, and the video 320 x 272"),
        ("late", 320, range(1, 6), "frame 0 is at 0.040 s, and in the video at 0.000 s"),
    ]:
        path = tmp_path / f"{name}.mkv"
        with video_writer(path, path) as writer:
            for number, picture in zip(times, pictures, strict=False):
                writer.write(picture.pixels[:, :side], number / 25)
        assert said in refused(clips.sensor, *marks, str(path))


@pytest.mark.usefixtures("no_opencv")
def test_without_opencv_it_is_said_how_to_get_it(clips: Clips, refused: Callable[..., str]) -> None:
    assert "is not installed; `make restore`" in refused(clips.sensor, "--mark", str(clips.marks), "--method", "mask")
