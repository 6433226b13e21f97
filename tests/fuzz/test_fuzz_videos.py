"""Fuzzing eye-camera videos, as they are decoded for the frames."""

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from eyes.builders import picture
from fuzz import mutations
from fuzz.engine import fuzz
from myoscene.eyes.decode import decode_video

av = pytest.importorskip("av")
Record = Callable[[str, object], None]
Found = list[tuple[tuple[int, int], str, int, bytes]]
FRAMES = 4


def write_video(path: Path, codec: str, pixels: str) -> None:
    """Some frames of 32 x 16 pixels."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = 32, 16, pixels
        for seed in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(seed, (16, 32)), format="gray")
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode())


def test_fuzz_video(tmp_path: Path, record_property: Record) -> None:
    """Lossless Matroska, and what cameras write: motion JPEG in AVI, MPEG-4 in MP4."""
    seeds = []
    for codec, kind, ending in (("ffv1", "gray", "mkv"), ("mjpeg", "yuvj420p", "avi"), ("mpeg4", "yuv420p", "mp4")):
        path = tmp_path / f"seed.{ending}"
        write_video(path, codec, kind)
        seeds.append(path.read_bytes())
    source = tmp_path / "camera.mkv"  # the container is told by its content

    def read(data: bytes) -> Found:
        source.write_bytes(data)
        found = []
        for frame in decode_video(str(source), 16):
            found.append((frame.image.size, frame.image.mode, frame.depth, frame.sha256))
        return found

    def check(data: bytes, found: Found) -> None:
        assert len(found) <= 100 * FRAMES
        assert all(mode == "L" and depth in (8, 16) and math.prod(size) > 0 for size, mode, depth, _ in found)

    fuzz("video", seeds, read, changes=mutations.BINARY, names=[source.name], check=check, record=record_property)
