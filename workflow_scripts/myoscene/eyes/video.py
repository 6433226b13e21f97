"""Frames of eye-camera videos, one after the other; needs PyAV, which is an optional extra."""

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.eyes.decode import MAX_PIXELS, Decoded, digest_of, require_plain, to_grey

# Grey formats of more than 8 bits -> bits a value.
_DEEP = {f"gray{bits}{order}": bits for bits in (9, 10, 12, 14, 16) for order in ("le", "be")}
# ITU-R BT.601: luma of video is 16 to 235, unless it says otherwise.
_STRETCH = ((np.arange(256) - 16) * 255 / 219).clip(0, 255).round().astype(np.uint8)
_FULL_RANGE = 2


def decode_video(path: str, bits: int) -> Generator[Decoded, None, None]:
    """Frames of the one video stream of a file, in the order in which they are shown.

    Grey of 8 or 16 bits is taken as it is; RGB and YUV of 8 bits become grey.

    Raises:
        InputError: PyAV is not installed, the file cannot be read or is damaged, has no video or several, or values of
            a depth that is refused.
    """
    try:
        import av
    except ImportError:
        raise InputError(
            f"{path} is a video, and PyAV, which reads videos, is not installed; `pip install 'myoscene[video]'`"
        ) from None
    try:
        # Metadata are not ours to judge: text in another encoding does no harm.
        require_plain(path)
        with av.open(path, metadata_errors="replace") as container:
            if len(container.streams.video) != 1:
                raise InputError(
                    f"{path} has {len(container.streams.video)} video streams; give each camera a file of its own"
                )
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise InputError(f"{path} holds a kind of video that PyAV cannot decode; convert or replace the file")
            # What the codec notices of damage; by default damaged frames are patched up from their neighbours.
            stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
            stream.codec_context.thread_count = 1
            for number, frame in enumerate(container.decode(stream)):
                where = f"{path}, frame {number}"
                values = _values(frame, where, bits)
                yield Decoded(*to_grey(values, bits, where), digest_of(values))
    except av.FFmpegError as error:
        raise InputError(f"{path} cannot be read as a video ({error.strerror}); replace the file") from None


def _values(frame: Any, where: str, bits: int) -> NDArray[Any]:
    """``(height, width)`` or ``(height, width, 3)``, uint8 or uint16."""
    if frame.width * frame.height > MAX_PIXELS:
        raise InputError(
            f"{where} has {frame.width} x {frame.height} pixels, which no eye camera gives; replace the file"
        )
    if frame.is_corrupt:
        raise InputError(f"{where} is damaged; replace the file")
    kind = frame.format.name
    if kind in _DEEP:
        if _DEEP[kind] not in (16, bits):
            raise InputError(
                f"{where} has the wrong bit depth: {_DEEP[kind]} bits where eyes.frames.bits is {bits}; set it to "
                "the bits that the camera fills"
            )
        return _plane(frame, 2).view(">u2" if kind.endswith("be") else "<u2").astype(np.uint16)
    depths = {component.bits for component in frame.format.components}
    if depths != {8} or frame.format.has_palette or any(component.is_alpha for component in frame.format.components):
        raise InputError(
            f"{where} has the wrong bit depth or kind of pixels ({kind}); store it as grey of 8 or 16 bits, or RGB or "
            "YUV of 8 bits"
        )
    if frame.format.is_rgb:
        return frame.to_ndarray(format="rgb24")
    if kind in ("gray", "gray8"):
        return _plane(frame, 1)
    if not frame.format.is_planar:
        frame = frame.reformat(format="yuv422p")
    full = kind.startswith("yuvj") or frame.color_range == _FULL_RANGE
    return _plane(frame, 1) if full else _STRETCH[_plane(frame, 1)]


def _plane(frame: Any, bytes_a_value: int) -> NDArray[np.uint8]:
    """The grey or luma values themselves, ``(height, bytes a row)``: a conversion would filter or stretch them."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return np.ascontiguousarray(rows[: frame.height, : bytes_a_value * frame.width])
