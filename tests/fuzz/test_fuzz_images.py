"""Fuzzing eye images, stacks of them, their index tables, and the stores that they become."""

import hashlib
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from eyes.builders import picture, png16_rgb, tiff16_rgb
from fuzz import mutations
from fuzz.engine import fuzz
from fuzz.plain import cells, plain_number
from myoscene.eyes.decode import Decoded, decode_file, decode_stack
from myoscene.eyes.index import EyeIndex, KnownLabels, read_index
from myoscene.eyes.rectify import SIDES
from myoscene.eyes.store import ArrayStore
from myoscene.recordings.eye_files import EyeFolder
from PIL import Image

Record = Callable[[str, object], None]
SHAPE = (12, 16)


def encoded(kind: str, **options: Any) -> bytes:
    """A grey picture of SHAPE in a format that Pillow writes."""
    out = io.BytesIO()
    Image.fromarray(picture(1, SHAPE)).save(out, kind, **options)
    return out.getvalue()


def check_decoded(data: bytes, decoded: Decoded) -> None:
    """Grey, of a depth that is allowed, of the size in the file, and known by its bytes."""
    assert decoded.image.mode == "L" and decoded.depth in (8, 16)
    assert decoded.sha256 == hashlib.sha256(data).digest()
    assert 0 < decoded.image.width * decoded.image.height < 10**8
    assert np.asarray(decoded.image).shape == (decoded.image.height, decoded.image.width)
    plain = Image.open(io.BytesIO(data))
    if plain.format != "PPM":
        assert plain.size == decoded.image.size
        if plain.mode == "L" and decoded.depth == 8:
            assert np.array_equal(np.asarray(plain), np.asarray(decoded.image))


def fuzz_image(tmp_path: Path, record: Record, reader: str, seeds: list[bytes], ending: str) -> None:
    path = tmp_path / f"image{ending}"

    def read(data: bytes) -> Decoded:
        path.write_bytes(data)
        return decode_file(str(path), 16)

    fuzz(reader, seeds, read, changes=mutations.BINARY, names=[path.name], check=check_decoded, record=record)


def test_fuzz_png(tmp_path: Path, record_property: Record) -> None:
    deep = np.arange(12 * 16 * 3, dtype=np.uint16).reshape(12, 16, 3) * 100
    fuzz_image(tmp_path, record_property, "PNG", [encoded("PNG"), png16_rgb(deep)], ".png")


def test_fuzz_jpeg(tmp_path: Path, record_property: Record) -> None:
    seeds = [encoded("JPEG"), encoded("JPEG", progressive=True, quality=40)]
    fuzz_image(tmp_path, record_property, "JPEG", seeds, ".jpg")


def test_fuzz_pgm(tmp_path: Path, record_property: Record) -> None:
    values = picture(2, SHAPE)
    plain = b"P2\n# made\n16 12\n255\n" + b" ".join(b"%d" % v for v in values.ravel()) + b"\n"
    fuzz_image(tmp_path, record_property, "PGM", [encoded("PPM"), plain], ".pgm")


def test_fuzz_tiff(tmp_path: Path, record_property: Record) -> None:
    deep = np.arange(12 * 16 * 3, dtype=np.uint16).reshape(12, 16, 3) * 100
    seeds = [encoded("TIFF"), encoded("TIFF", compression="tiff_lzw"), tiff16_rgb(deep)]
    fuzz_image(tmp_path, record_property, "TIFF", seeds, ".tif")


def test_fuzz_tiff_stack(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "stack.tif"
    pages = [Image.fromarray(picture(seed, SHAPE)) for seed in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])

    def read(data: bytes) -> list[tuple[tuple[int, int], str, int, bytes]]:
        path.write_bytes(data)
        found = []
        for page in decode_stack(str(path), 16):
            found.append((page.image.size, page.image.mode, page.depth, page.sha256))
        return found

    def check(data: bytes, found: list[tuple[tuple[int, int], str, int, bytes]]) -> None:
        assert 0 < len(found) < 1000
        assert all(mode == "L" and depth in (8, 16) and math.prod(size) > 0 for size, mode, depth, _ in found)

    fuzz(
        "TIFF stack", [path.read_bytes()], read, changes=mutations.BINARY, names=[path.name], check=check,
        record=record_property,
    )  # fmt: skip


def test_fuzz_eye_index(tmp_path: Path, record_property: Record) -> None:
    folder = tmp_path / "sourcedata" / "sub-01" / "eye"
    folder.mkdir(parents=True)
    images = [f"{folder}/left_{n}.png" for n in range(3)] + [f"{folder}/right_{n}.png" for n in range(3)]
    path = folder / "sub-01_task-calibration_eye.tsv"
    lines = ["file\tframe\ttime\teye\tlabel\tsession"]
    for number in range(3):
        for eye in SIDES:
            lines.append(f"{eye}_{number}.png\t{number}\t{number / 10}\t{eye}\t{('neutral', 'smile')[number % 2]}\tn/a")
    place = EyeFolder("", str(folder), (str(path),), tuple(images))
    known = KnownLabels(["neutral", "smile"], "neutral", "closed")

    def read(data: bytes) -> EyeIndex:
        path.write_bytes(data)
        return read_index([place], "01", known, None)

    def check(data: bytes, index: EyeIndex) -> None:
        header, rows = cells(data, "\t")
        assert len(index) == len(rows) and sorted(index.files) == sorted(images)
        for image, row in enumerate(rows):
            cell = dict(zip(header, row, strict=True))
            assert index.name(image) == str(folder / cell["file"])
            assert index.frame[image] == int(cell["frame"]) and SIDES[index.side[image]][0] == cell["eye"].lower()[0]
            time = plain_number(cell.get("time", ""))
            assert index.time_s[image] == time or (time is None and np.isnan(index.time_s[image]))

    def same(one: EyeIndex, other: EyeIndex) -> bool:
        return one.files == other.files and np.array_equal(one.time_s, other.time_s) and one.labels == other.labels

    fuzz(
        "eye index.tsv", ["\n".join([*lines, ""]).encode()], read, changes=mutations.TEXT,
        names=[path.name, "left_", "right_"], check=check, neutral=mutations.NEUTRAL_TSV, same=same,
        record=record_property,
    )  # fmt: skip


def _npy(data: bytes, where: int, what: int) -> bytes:
    """The shape, type or order in a NPY header becomes another; its length stays right."""
    kinds = (b"'|u1'", b"'<f4'", b"'>f8'", b"'|O'", b"'<U9'", b"'|V0'", b"[('a', '<f8')]", b"'<M8[s]'", b"(1,)")
    shapes = (
        b"(5, 4, 3)",
        b"(-5, -4, 3)",
        b"()",
        b"(60,)",
        b"(0, 7)",
        b"(1000000000000,)",
        b"(2305843009213693952, 8)",
    )
    shapes += (b"(5.0, 4, 3)", b"(True, 60)", b"None", b"'x'", b"((5, 4), 3)", b"(5, 4, 3, 0)", b"(" * 90, b"9" * 5000)
    header = b"{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (
        kinds[what % len(kinds)] if where % 2 else b"'|u1'",
        (b"False", b"True", b"0", b"None")[what // 16 % 4 if where % 7 == 0 else 0],
        shapes[where // 2 % len(shapes)],
    )
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little", signed=False) + header + data[-60:]


def test_fuzz_store(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "store.npy"
    np.save(path, np.arange(60, dtype=np.uint8).reshape(5, 4, 3))

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        store = ArrayStore(path)
        if len(store) > 10_000:
            return store, None
        return store, store.read(np.arange(len(store)))

    def check(data: bytes, found: Any) -> None:
        store, values = found
        plain = np.load(io.BytesIO(data), allow_pickle=False)
        assert plain.shape == store.shape and plain.dtype == store.dtype
        assert values is None or np.array_equal(plain.view(np.uint8), values.view(np.uint8)) or plain.size == 0

    fuzz(
        "image store (NPY)", [path.read_bytes()], read, changes=(*mutations.BINARY, *(_npy,) * 6), names=[path.name],
        check=check, record=record_property,
    )  # fmt: skip
