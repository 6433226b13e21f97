"""Frames of a video with the times that its container gives them, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.face.region import Frame

_NO_PYAV = "PyAV, which reads videos, is not installed; `pip install 'myoscene[face]'`, or `make face-model`"
# Transfer functions of HDR (ITU-T H.273): PQ and HLG.
_HDR = {16: "PQ", 18: "HLG"}
_LEAST_SIDE, _MOST_PIXELS = 64, 2**26


@dataclass(frozen=True)
class Picture:
    """One frame as it is to be shown, ``(height, width, 4)``, red first; ``time_s`` of the container."""

    pixels: Frame
    time_s: float


def read_video(path: Path, turn: int = 0) -> Iterator[Picture]:
    """Frames of the video, turned as its metadata say and then counter-clockwise by ``turn`` degrees.

    Raises:
        InputError: no PyAV; a file that is no video, has no picture, several of them or HDR; damaged frames; frames
            without times, or with times that do not grow.
    """
    try:
        import av
    except ImportError:
        raise InputError(_NO_PYAV) from None
    if not path.is_file():
        raise InputError(f"the video {path} does not exist, or is no file; check the path")
    last_s: float | None = None
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            stream = _stream(container, path)
            # What the codec notices of damage; by default damaged frames are patched up from their neighbours.
            stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
            stream.codec_context.thread_count = 1
            for number, frame in enumerate(container.decode(stream)):
                if frame.is_corrupt:
                    raise _damaged(path, number, last_s)
                if frame.time is None:
                    raise InputError(f"{path}, frame {number}, has no time; convert the video to MP4 or Matroska")
                if last_s is not None and frame.time <= last_s:
                    raise InputError(
                        f"{path}: frame {number} is at {frame.time:.3f} s, and the one before at {last_s:.3f} s; times "
                        "have to grow: convert the video anew"
                    )
                last_s = frame.time
                yield Picture(_pixels(frame, f"{path}, frame {number}", turn), last_s)
    except av.FFmpegError as error:
        if last_s is not None:
            raise _damaged(path, None, last_s) from None
        raise InputError(f"{path} cannot be read as a video ({error.strerror}); replace the file") from None
    if last_s is None:
        raise InputError(f"{path} holds no frame; replace the file")


def frame_times(path: Path) -> NDArray[np.float64]:
    """The times of all frames in seconds, ``(frames,)``, which grow; no frame is decoded.

    Raises:
        InputError: as :func:`read_video`.
    """
    try:
        import av
    except ImportError:
        raise InputError(_NO_PYAV) from None
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            stream = _stream(container, path)
            kept = (packet for packet in container.demux(stream) if packet.pts is not None and not packet.is_discard)
            times = [float(packet.pts * packet.time_base) for packet in kept]
    except av.FFmpegError as error:
        raise InputError(f"{path} cannot be read as a video ({error.strerror}); replace the file") from None
    return np.unique(np.array(times, float))


def _stream(container: Any, path: Path) -> Any:
    from av.stream import Disposition

    pictures = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not pictures:
        raise InputError(f"{path} has no pictures, only {_kinds(container)}; give the video itself")
    if len(pictures) > 1:
        raise InputError(f"{path} has {len(pictures)} video streams; give each camera a file of its own")
    if pictures[0].codec_context is None:
        raise InputError(f"{path} holds a kind of video that PyAV cannot decode; convert it to MP4 (H.264)")
    return pictures[0]


def _kinds(container: Any) -> str:
    names = {"audio": "sound", "video": "a cover picture"}
    return " and ".join(sorted({names.get(s.type, s.type) for s in container.streams})) or "an empty container"


def _damaged(path: Path, number: int | None, last_s: float | None) -> InputError:
    where = f"frame {number}" if number is not None else "what follows"
    return InputError(
        f"{path} is damaged: {where} after {last_s or 0:.3f} s cannot be decoded; copy it again from the camera, or "
        f"keep the whole part (ffmpeg -i VIDEO -t {last_s or 0:.3f} -c copy PART.mp4)"
    )


def check_size(width: int, height: int, where: str) -> None:
    """InputError, which opens with ``where``, for a picture that is too small or too large."""
    if min(width, height) < _LEAST_SIDE or width * height > _MOST_PIXELS:
        raise InputError(f"{where} has {width} x {height} pixels; between {_LEAST_SIDE} a side and 8K can be used")


def _pixels(frame: Any, where: str, turn: int) -> Frame:
    if frame.color_trc in _HDR:
        raise InputError(
            f"{where} is HDR ({_HDR[frame.color_trc]}), whose brightness the networks do not know; record without HDR, "
            "or convert the video to ordinary colours (BT.709), for one with ffmpeg's filters zscale and tonemap"
        )
    aspect = frame.sample_aspect_ratio if hasattr(frame, "sample_aspect_ratio") else None
    width = round(frame.width * float(aspect)) if aspect else frame.width
    check_size(width, frame.height, where)
    pixels = frame.to_ndarray(format="rgba", width=width)
    quarters = round((frame.rotation + turn) / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else pixels
