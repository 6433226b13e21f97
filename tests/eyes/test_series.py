"""TIFF stacks and videos: exact values, streamed, and refused where their count differs from the index."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from eyes.builders import SHAPE, Dataset, picture
from myoscene.core.errors import InputError
from myoscene.eyes import ingest
from myoscene.eyes.decode import digest_of
from PIL import Image

LABELS = ["neutral", "neutral", "smile", "smile", "smile"]


def frames_of(side: int, number: int = 5) -> np.ndarray:
    return np.stack([picture(100 * side + frame) for frame in range(number)])


def write_stack(path: Path, images: np.ndarray) -> None:
    pages = [Image.fromarray(image) for image in images]
    pages[0].save(path, save_all=True, append_images=pages[1:])


def write_video(path: Path, images: np.ndarray, codec: str = "ffv1", pixels: str = "gray", raw: str = "") -> None:
    """A video without loss; ``images`` are of the format ``raw``, by default the video's own."""
    av = pytest.importorskip("av")
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=Fraction(10))
        stream.height, stream.width = SHAPE
        stream.pix_fmt = pixels
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format=raw or pixels)))
        container.mux(stream.encode())


def write(dataset: Dataset, ending: str) -> None:
    """Both eyes in one file each, rows of the left eye first, its frames from the last to the first within a time."""
    rows = []
    for side, eye in enumerate(("left", "right")):
        maker = write_stack if ending == ".tif" else write_video
        maker(dataset.folder() / f"{eye}{ending}", frames_of(side))
        rows += [[f"{eye}{ending}", n, f"{n / 10:.1f}", eye, label] for n, label in enumerate(LABELS)]
    dataset.write_index(rows)


@pytest.mark.parametrize("ending", [".tif", ".avi", ".mkv"])
def test_a_stack_and_a_video_give_exactly_their_values(dataset: Dataset, ending: str) -> None:
    write(dataset, ending)
    frames, images = dataset.prepare()
    np.testing.assert_array_equal(images[:, :, :48], frames_of(0))
    np.testing.assert_array_equal(images[:, :, 48:], frames_of(1))
    assert frames["left_image"].tolist() == [f"sourcedata/sub-01/eye/left{ending}#{n}" for n in range(5)]
    assert frames["right_sha256"].tolist() == [digest_of(image).hex() for image in frames_of(1)]
    assert frames["label"].tolist() == LABELS and frames["frame"].tolist() == list(range(5))


@pytest.mark.parametrize("ending", [".tif", ".avi"])
@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ([0, 1, 2, 3], r"holds 5 images, but .* has 4 rows of it, numbered 0 to 3"),
        ([0, 1, 2, 4], r"holds 5 images, but .* has 4 rows of it, numbered 0 to 4"),
        ([1, 2, 3, 4, 5], r"holds 5 images, but .* has 5 rows of it, numbered 1 to 5"),
        ([0, 1, 2, 3, 4, 5, 6], r"holds 5 images, but .* has 7 rows of it, numbered 0 to 6"),
    ],
)
def test_a_count_that_differs_from_the_index_is_refused(
    dataset: Dataset, ending: str, keep: list[int], told: str
) -> None:
    write(dataset, ending)
    (dataset.folder() / f"right{ending}").unlink()
    dataset.write_index([[f"left{ending}", n, n / 10, "left", "smile"] for n in keep])
    with pytest.raises(InputError, match=rf"left\{ending} {told}"):
        dataset.prepare()
    assert not list((dataset.root.parent / "out").glob("*"))


def test_one_row_of_a_stack_of_several_is_refused(dataset: Dataset) -> None:
    write_stack(dataset.folder() / "a.tif", frames_of(0))
    dataset.write_index([["a.tif", 0, 0.0, "left", "smile"]])
    with pytest.raises(InputError, match="holds 5 images where the index has one row"):
        dataset.prepare()


def test_a_stack_cut_short_is_refused(dataset: Dataset) -> None:
    write(dataset, ".tif")
    path = dataset.folder() / "left.tif"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match=r"left\.tif, image 4 cannot be read"):
        dataset.prepare()


def test_a_stack_that_shares_both_eyes(dataset: Dataset) -> None:
    both = np.stack([frames_of(n % 2)[n // 2] for n in range(10)])
    write_stack(dataset.folder() / "both.tif", both)
    rows = [["both.tif", n, n // 2 / 10, ("left", "right")[n % 2], "smile"] for n in range(10)]
    dataset.write_index(rows)
    _, images = dataset.prepare()
    np.testing.assert_array_equal(images, np.concatenate([frames_of(0), frames_of(1)], axis=2))


def test_videos_of_other_pixels(dataset: Dataset) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (3, *SHAPE)).astype(np.uint16)
    colour = np.random.default_rng(2).integers(0, 256, (3, *SHAPE, 3)).astype(np.uint8)
    for name, images, codec, pixels, raw in (
        ("deep", deep, "ffv1", "gray16le", ""),
        ("colour", colour, "rawvideo", "bgr24", "rgb24"),
    ):
        write_video(dataset.folder() / "a.avi", images, codec, pixels, raw)
        dataset.write_index([["a.avi", n, n / 10, "left", "smile"] for n in range(3)])
        _, found = dataset.prepare()
        wanted = deep / 257 if name == "deep" else colour @ np.array([0.299, 0.587, 0.114])
        np.testing.assert_allclose(found[:, :, :48], wanted, atol=1.0, err_msg=name)


@pytest.mark.parametrize(("pixels", "chroma"), [("yuv420p", 20), ("yuv422p", 40), ("yuyv422", 0)])
def test_luma_of_limited_range_is_stretched(dataset: Dataset, pixels: str, chroma: int) -> None:
    grey = frames_of(0, 3)
    luma = (16 + grey.astype(float) * 219 / 255).round().astype(np.uint8)
    if chroma:
        images = np.concatenate([luma, np.full((3, chroma, 48), 128, np.uint8)], axis=1)
    else:
        images = np.stack([luma, np.full_like(luma, 128)], axis=3)
    write_video(dataset.folder() / "a.avi", images, "ffv1" if chroma else "rawvideo", pixels)
    dataset.write_index([["a.avi", n, n / 10, "left", "smile"] for n in range(3)])
    _, found = dataset.prepare()
    np.testing.assert_allclose(found[:, :, :48], grey, atol=1)


@pytest.mark.parametrize(("pixels", "told"), [("yuva420p", "wrong bit depth or kind"), ("gray10le", "10 bits where")])
def test_videos_of_refused_pixels(dataset: Dataset, pixels: str, told: str) -> None:
    av = pytest.importorskip("av")
    with av.open(dataset.folder() / "a.mkv", "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(10))
        stream.height, stream.width, stream.pix_fmt = *SHAPE, pixels
        frame = av.VideoFrame(SHAPE[1], SHAPE[0], pixels)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    dataset.write_index([["a.mkv", 0, 0.0, "left", "smile"]])
    with pytest.raises(InputError, match=rf"a\.mkv, frame 0 has the wrong bit depth.*|{told}") as refused:
        dataset.prepare()
    assert told in str(refused.value)


def test_a_damaged_video_is_refused(dataset: Dataset) -> None:
    path = dataset.folder() / "a.mp4"
    planes = np.concatenate([frames_of(0), np.full((5, 20, 48), 128, np.uint8)], axis=1)
    write_video(path, planes, "mpeg4", "yuv420p")
    dataset.write_index([["a.mp4", n, n / 10, "left", "smile"] for n in range(5)])
    dataset.prepare()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"a\.mp4(, frame \d+)? (cannot be read as a video|is damaged)"):
        dataset.prepare()


def test_a_video_without_pyav_says_what_to_install(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    write(dataset, ".avi")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InputError, match=r"PyAV, .* is not installed; `pip install 'myoscene\[video\]'`"):
        dataset.prepare()


@pytest.mark.parametrize("ending", [".tif", ".avi"])
def test_a_series_is_read_a_batch_at_a_time(dataset: Dataset, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(ingest, "BATCH", 2)
    written: list[int] = []
    plain = ingest.Scratch.write

    def counted(self: ingest.Scratch, images: np.ndarray, pixels: np.ndarray) -> None:
        written.append(len(pixels))
        plain(self, images, pixels)

    monkeypatch.setattr(ingest.Scratch, "write", counted)
    write(dataset, ending)
    _, images = dataset.prepare()
    assert written == [2, 2, 1, 2, 2, 1]
    np.testing.assert_array_equal(images[:, :, :48], frames_of(0))
