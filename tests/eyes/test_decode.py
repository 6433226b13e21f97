"""Every format and depth gives the right grey values; files at fault are refused by name."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from eyes.builders import SHAPE, Dataset, picture, png16_rgb, tiff16_rgb
from myoscene.core.errors import InputError
from myoscene.eyes import decode
from myoscene.eyes.decode import decode_file, decode_stack
from PIL import Image

GREY8 = picture(1)
RGB8 = np.stack([picture(seed) for seed in (1, 2, 3)], axis=2)
GREY16 = np.random.default_rng(1).integers(0, 65536, SHAPE).astype(np.uint16)
RGB16 = np.random.default_rng(2).integers(0, 65536, (*SHAPE, 3)).astype(np.uint16)
LUMA = np.array([0.299, 0.587, 0.114])


def saved(image: np.ndarray, kind: str, **options: str) -> bytes:
    handle = io.BytesIO()
    Image.fromarray(image).save(handle, kind, **options)
    return handle.getvalue()


def pnm(values: np.ndarray, largest: int) -> bytes:
    kind = b"P6" if values.ndim == 3 else b"P5"
    body = values.astype(">u2" if largest > 255 else np.uint8).tobytes()
    return kind + b"\n# made here\n%d %d\n%d\n" % (values.shape[1], values.shape[0], largest) + body


WRITERS: dict[str, tuple[str, Callable[[], bytes], np.ndarray]] = {
    "png grey 8": (".png", lambda: saved(GREY8, "PNG"), GREY8),
    "png rgb 8": (".png", lambda: saved(RGB8, "PNG"), RGB8),
    "png grey 16": (".png", lambda: saved(GREY16, "PNG"), GREY16),
    "png rgb 16": (".png", lambda: png16_rgb(RGB16), RGB16),
    "tiff grey 8": (".tif", lambda: saved(GREY8, "TIFF"), GREY8),
    "tiff rgb 8": (".tiff", lambda: saved(RGB8, "TIFF"), RGB8),
    "tiff rgb 8 lzw": (".tiff", lambda: saved(RGB8, "TIFF", compression="tiff_lzw"), RGB8),
    "tiff grey 16": (".TIF", lambda: saved(GREY16, "TIFF"), GREY16),
    "tiff grey 16 deflate": (".tif", lambda: saved(GREY16, "TIFF", compression="tiff_adobe_deflate"), GREY16),
    "tiff rgb 16": (".tif", lambda: tiff16_rgb(RGB16), RGB16),
    "tiff rgb 16 big endian": (".tif", lambda: tiff16_rgb(RGB16, ">"), RGB16),
    "pgm 8": (".pgm", lambda: pnm(GREY8, 255), GREY8),
    "pgm 16": (".pgm", lambda: pnm(GREY16, 65535), GREY16),
    "ppm 8": (".ppm", lambda: pnm(RGB8, 255), RGB8),
    "ppm 16": (".ppm", lambda: pnm(RGB16, 65535), RGB16),
    "pgm plain": (".pgm", lambda: b"P2 3 2 255\n1 2 3\n4 5 6\n", np.array([[1, 2, 3], [4, 5, 6]], np.uint8)),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_formats_and_depths(tmp_path: Path, kind: str) -> None:
    ending, write, values = WRITERS[kind]
    path = tmp_path / f"a{ending}"
    path.write_bytes(write())
    found = decode_file(str(path), 16)
    grey = values @ LUMA if values.ndim == 3 else values.astype(float)
    wanted = grey / (65535 / 255 if values.dtype == np.uint16 else 1)
    # Half a step of rounding; Pillow's own rounding of RGB may add one more half.
    np.testing.assert_allclose(np.asarray(found.image), wanted, atol=0.5 if values.ndim == 2 else 1.0)
    assert found.image.mode == "L"
    assert found.depth == 8 * values.itemsize
    assert found.sha256 == hashlib.sha256(path.read_bytes()).digest()


def test_jpeg_is_close_to_what_was_saved(tmp_path: Path) -> None:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    smooth = (100 + 60 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
    for name, image in (("grey", smooth), ("rgb", np.stack([smooth] * 3, axis=2))):
        Image.fromarray(image).save(tmp_path / f"{name}.jpg", quality=95)
        found = decode_file(str(tmp_path / f"{name}.jpg"), 16)
        assert found.depth == 8
        np.testing.assert_allclose(np.asarray(found.image), smooth, atol=4)


def test_fewer_significant_bits(tmp_path: Path) -> None:
    ten = (GREY16 >> 6).astype(np.uint16)
    path = tmp_path / "a.png"
    path.write_bytes(saved(ten, "PNG"))
    np.testing.assert_allclose(np.asarray(decode_file(str(path), 10).image), ten / (1023 / 255), atol=0.5)
    ten[0, 0] = 1024
    path.write_bytes(saved(ten, "PNG"))
    with pytest.raises(InputError, match=r"a\.png has the wrong bit depth: a value of 1024"):
        decode_file(str(path), 10)
    path = tmp_path / "a.pgm"
    path.write_bytes(pnm(GREY16 >> 6, 1023))
    assert decode_file(str(path), 10).depth == 16
    with pytest.raises(InputError, match="its largest value is 1023"):
        decode_file(str(path), 16)


@pytest.mark.parametrize(
    ("ending", "image"),
    [
        (".png", Image.fromarray(GREY8 > 99)),
        (".png", Image.fromarray(GREY8).convert("P")),
        (".png", Image.fromarray(RGB8).convert("RGBA")),
        (".png", Image.fromarray(GREY8).convert("LA")),
        (".tif", Image.fromarray(GREY8 > 99)),
        (".tif", Image.fromarray(GREY8.astype(np.float32))),
        (".tif", Image.fromarray(GREY8.astype(np.int32))),
        (".jpg", Image.fromarray(RGB8).convert("CMYK")),
    ],
)
def test_other_kinds_of_pixels_are_refused(tmp_path: Path, ending: str, image: Image.Image) -> None:
    path = tmp_path / f"a{ending}"
    image.save(path)
    with pytest.raises(InputError, match="wrong bit depth or kind of pixels") as refused:
        decode_file(str(path), 16)
    assert str(path) in str(refused.value)


def test_four_bits_are_refused_although_pillow_calls_them_grey(tmp_path: Path) -> None:
    Image.fromarray((GREY8 > 99).astype(np.uint8) * 255).save(tmp_path / "a.png", bits=4)
    with pytest.raises(InputError, match=r"wrong bit depth or kind of pixels \(L;4\)"):
        decode_file(str(tmp_path / "a.png"), 16)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_truncated_file_is_refused_by_name(tmp_path: Path, kind: str, kept: float) -> None:
    ending, write, _ = WRITERS[kind]
    whole = write()
    path = tmp_path / f"cut{ending}"
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(InputError, match="cannot be read as an image") as refused:
        decode_file(str(path), 16)
    assert str(path) in str(refused.value)


def test_a_truncated_jpeg_is_refused(tmp_path: Path) -> None:
    whole = saved(RGB8, "JPEG")
    for cut in (len(whole) // 2, len(whole) - 40):
        (tmp_path / "a.jpg").write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"a\.jpg cannot be read as an image"):
            decode_file(str(tmp_path / "a.jpg"), 16)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".pgm", ".mp4"])
@pytest.mark.parametrize("content", [b"", b"no image at all", bytes(2000)])
def test_an_unreadable_file_is_refused_by_name(dataset: Dataset, ending: str, content: bytes) -> None:
    (dataset.folder() / f"bad{ending}").write_bytes(content)
    dataset.write_index([[f"bad{ending}", 0, 0.0, "left", "smile"]])
    with pytest.raises(InputError, match=rf"bad\{ending} cannot be read"):
        dataset.prepare()
    assert not list((dataset.root.parent / "out").glob("*"))


def test_an_image_that_claims_to_be_huge_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_PIXELS", SHAPE[0] * SHAPE[1] - 1)
    (tmp_path / "a.png").write_bytes(saved(GREY8, "PNG"))
    with pytest.raises(InputError, match="48 x 40 pixels, which no eye camera gives"):
        decode_file(str(tmp_path / "a.png"), 16)


@pytest.mark.parametrize("values", [GREY8, RGB8, GREY16], ids=["grey 8", "rgb 8", "grey 16"])
def test_a_stack_gives_each_page_as_a_file_of_its_own_would(tmp_path: Path, values: np.ndarray) -> None:
    pages = [np.roll(values, shift, axis=0) for shift in range(5)]
    images = [Image.fromarray(page) for page in pages]
    images[0].save(tmp_path / "stack.tif", save_all=True, append_images=images[1:])
    seen = 0
    for page, found in zip(pages, decode_stack(str(tmp_path / "stack.tif"), 16), strict=True):
        (tmp_path / "one.png").write_bytes(saved(page, "PNG"))
        np.testing.assert_array_equal(found.image, decode_file(str(tmp_path / "one.png"), 16).image)
        assert found.sha256 == decode.digest_of(page)
        seen += 1
    assert seen == 5


def test_a_stack_of_16_bit_rgb(tmp_path: Path) -> None:
    (tmp_path / "one.tif").write_bytes(tiff16_rgb(RGB16))
    (found,) = decode_stack(str(tmp_path / "one.tif"), 16)
    assert found.sha256 == decode.digest_of(RGB16)
    np.testing.assert_array_equal(found.image, decode_file(str(tmp_path / "one.tif"), 16).image)


@pytest.mark.parametrize("ending", ["png", "pgm"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, ending: str) -> None:
    os.mkfifo(tmp_path / f"eye.{ending}")
    with pytest.raises(InputError, match="not a plain file"):
        decode_file(str(tmp_path / f"eye.{ending}"), 16)


def test_a_pipe_for_a_stack_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "eye.tif")
    with pytest.raises(InputError, match="not a plain file"):
        next(decode_stack(str(tmp_path / "eye.tif"), 16))
