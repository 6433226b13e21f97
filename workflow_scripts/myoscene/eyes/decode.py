"""Images as grey values of 8 bits: PNG, JPEG, PNM, TIFF and, with PyAV, an optional extra, videos; each file read once.

Grey and RGB with 8 or 16 bits a value. Anything else (1 bit, palette, alpha, 32 bits, floating point) is refused: which
of its values would be brightness is not for us to guess.
"""

import hashlib
import io
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from myoscene.core.errors import InputError
from myoscene.recordings.eye_files import ending_of

# A file that ends too early is an error, whatever another package has set.
ImageFile.LOAD_TRUNCATED_IMAGES = False
# More pixels than any eye camera has; a small file may claim to hold far more than fits into memory. Our choice.
MAX_PIXELS = 2**25
Reader = Callable[[Any], ImageFile.ImageFile]
# The readers themselves: `Image.open` would first look for one, which takes as long as a small image.
_READERS: dict[str, Reader] = {
    ".png": PngImageFile,
    **dict.fromkeys((".jpg", ".jpeg"), JpegImageFile),
    **dict.fromkeys((".tif", ".tiff"), TiffImageFile),
}
# Pillow reads the high byte of 16-bit RGB; read in the other byte order, it gives the low one.
_LOW_BYTES = {
    "RGB;16B": "RGB;16L",
    "RGB;16L": "RGB;16B",
    "RGB;16N": "RGB;16B" if sys.byteorder == "little" else "RGB;16L",
}
# ITU-R BT.601, as Pillow has it, in 16-bit fixed point.
_LUMA = (19595, 38470, 7471)
_FEW_BITS = tuple(f"L;{bits}" for bits in range(1, 8))
_TIFF_BITS, _TIFF_PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
# Grey formats of more than 8 bits -> bits a value.
_DEEP = {f"gray{bits}{order}": bits for bits in (9, 10, 12, 14, 16) for order in ("le", "be")}
# ITU-R BT.601: luma of video is 16 to 235, unless it says otherwise.
_STRETCH = ((np.arange(256) - 16) * 255 / 219).clip(0, 255).round().astype(np.uint8)
_FULL_RANGE = 2


class Decoded(NamedTuple):
    """One image: grey, 8 bits, in its own size; its bits a value in the file, 8 or 16; and a digest.

    ``sha256`` is of the file's bytes, or of the decoded values of one image of a stack or video.
    """

    image: Image.Image
    depth: int
    sha256: bytes


def decode_file(path: str, bits: int) -> Decoded:
    """The one image of a file; ``bits`` of its 16-bit values are significant.

    Raises:
        InputError: an unreadable file, a depth or a kind of pixels that is refused, values beyond ``bits``, several
            images, or too many pixels; the message opens with ``path``.
    """
    require_plain(path)
    try:
        with open(path, "rb") as handle:
            data = handle.read()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check that it exists and may be read") from None
    reader = _READERS.get(ending_of(path))
    if reader is None:
        values = read_pnm(data, path, bits)
    else:
        reopen = partial(_open, data, reader, path)
        image = reopen()
        with _guarded(path):
            images = getattr(image, "n_frames", 1)
        if images > 1:
            raise InputError(
                f"{path} holds {images} images where the index has one row; give it one row an image, numbered from 0"
            )
        values = _values(image, path, reopen)
    return Decoded(*to_grey(values, bits, path), hashlib.sha256(data).digest())


def require_plain(path: str) -> None:
    """InputError for what is not a plain file: a pipe would be waited for."""
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 (quicker, of many)
        raise InputError(f"{path} cannot be read (it is not a plain file); remove it, or put the images there")


def decode_stack(path: str, bits: int) -> Generator[Decoded, None, None]:
    """The pages of a TIFF file, one after the other. Raises InputError as :func:`decode_file`."""
    require_plain(path)
    with _open(path, TiffImageFile, path) as image, _open(path, TiffImageFile, path) as twin:
        for page in count():
            where = f"{path}, image {page}"
            with _guarded(where):
                try:
                    image.seek(page)
                except EOFError:
                    return
            values = _values(image, where, lambda: twin)
            yield Decoded(*to_grey(values, bits, where), digest_of(values))


def digest_of(values: NDArray[Any]) -> bytes:
    """SHA-256 of decoded values, their type and shape included."""
    digest = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.digest()


def to_grey(values: NDArray[Any], bits: int, where: str) -> tuple[Image.Image, int]:
    """Grey image of 8 bits of ``(height, width)`` or ``(height, width, 3)`` uint8 or uint16, and the bits of these.

    Raises:
        InputError: a value of uint16 beyond its significant ``bits``.
    """
    if values.dtype == np.uint8:
        image = Image.fromarray(np.ascontiguousarray(values))
        return (image.convert("L") if values.ndim == 3 else image), 8
    limit = 2**bits - 1
    if bits < 16 and values.max(initial=0) > limit:
        raise InputError(
            f"{where} has the wrong bit depth: a value of {values.max()} where eyes.frames.bits ({bits}) allows "
            f"{limit}; set it to the bits that the camera fills"
        )
    if values.ndim == 3:
        values = (values.astype(np.uint64) @ np.array(_LUMA, np.uint64) + 2**15 >> 16).astype(np.uint16)
    return Image.fromarray(_eight_bits(limit)[values]), 16


@cache
def _eight_bits(limit: int) -> NDArray[np.uint8]:
    """Table of the nearest of 256 grey values for each value up to ``limit``."""
    return ((np.arange(limit + 1, dtype=np.int64) * 255 + limit // 2) // limit).astype(np.uint8)


def read_pnm(data: bytes, where: str, bits: int) -> NDArray[Any]:
    """Values of a binary or plain PGM or PPM file: ``(height, width)`` or ``(height, width, 3)``, uint8 or uint16.

    Pillow would fill a file that ends too early, and stretch values of more than 8 bits as it likes.

    Raises:
        InputError: another format, a wrong length, or a largest value that is not that of 8, 16 or ``bits`` bits.
    """
    header = re.match(rb"P([2356])" + rb"(?:\s|#[^\n]*\n)+(\d{1,9})" * 3 + rb"(?:#[^\n]*\n)?\s", data)
    if header is None:
        raise InputError(f"{where} cannot be read as an image (no grey or RGB PNM file); replace or remove it")
    kind, width, height, largest = (int(number) for number in header.groups())
    _check_size((width, height), where)
    if largest not in (2**8 - 1, 2**bits - 1, 2**16 - 1):
        raise InputError(
            f"{where} has the wrong bit depth: its largest value is {largest}, which is neither 255, 65535 nor that of "
            f"eyes.frames.bits ({bits}); set it to the bits that the camera fills"
        )
    shape = (height, width, 3) if kind in (3, 6) else (height, width)
    stored, dtype = (">u2", np.uint16) if largest > 255 else ("u1", np.uint8)
    body = data[header.end() :]
    if kind in (2, 3):
        numbers = body.split()
        if len(numbers) != np.prod(shape) or not all(
            n.isdigit() and len(n) < 10 and int(n) <= largest for n in numbers
        ):
            raise InputError(
                f"{where} cannot be read as an image (too few, too many or wrong values); replace the file"
            )
        return np.array([int(n) for n in numbers], dtype).reshape(shape)
    if len(body) != np.prod(shape) * np.dtype(stored).itemsize:
        raise InputError(
            f"{where} cannot be read as an image (it is cut short, or longer than it says); replace the file, or "
            "remove it and its row"
        )
    return np.frombuffer(body, stored).reshape(shape).astype(dtype)


def _open(source: str | bytes, reader: Reader, where: str) -> ImageFile.ImageFile:
    """The image, of which only the header has been read."""
    with _guarded(where):
        return reader(io.BytesIO(source) if isinstance(source, bytes) else source)


def _check_size(size: tuple[int, int], where: str) -> None:
    if size[0] * size[1] > MAX_PIXELS or 0 in size:
        raise InputError(f"{where} has {size[0]} x {size[1]} pixels, which no eye camera gives; replace the file")


@contextmanager
def _guarded(where: str) -> Iterator[None]:
    """InputError for whatever is raised within, since Pillow raises about everything on broken files."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{where} cannot be read as an image ({reason}); replace the file, or remove it and its row"
        ) from None


def _values(image: ImageFile.ImageFile, where: str, reopen: Callable[[], ImageFile.ImageFile]) -> NDArray[Any]:
    """Decoded values ``(height, width)`` or ``(height, width, 3)``, uint8 or uint16; ``reopen`` gives the file anew."""
    _check_size(image.size, where)
    raw = _raw_mode(image)
    _check_pixels(image, raw, where)
    with _guarded(where):
        if image.mode == "RGB" and ";16" in raw:
            return _rgb16(image, reopen())
        values = np.asarray(image)
        return values if image.mode in ("L", "RGB") else values.astype(np.uint16)


def _raw_mode(image: ImageFile.ImageFile) -> str:
    """How the values lie in the file, in Pillow's words."""
    args = image.tile[0].args if getattr(image, "tile", None) else ""
    return str(args[0] if isinstance(args, tuple) and args else args)


def _check_pixels(image: ImageFile.ImageFile, raw: str, where: str) -> None:
    # Pillow spreads 2 and 4 bits over 8 and calls the result grey, too.
    few = raw.startswith(_FEW_BITS)
    fits = image.mode in ("L", "RGB", "I;16", "I;16B", "I;16L") and not few
    if fits and image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        depths = set(tags.get(_TIFF_BITS, (1,)))
        fits = depths == {8} or (depths == {16} and tags.get(_TIFF_PHOTOMETRIC) != _WHITE_IS_ZERO)
    if not fits:
        raise InputError(
            f"{where} has the wrong bit depth or kind of pixels ({raw if few else image.mode}); store it as grey or "
            "RGB with 8 or 16 bits a value, without palette and alpha"
        )


def _rgb16(image: ImageFile.ImageFile, twin: ImageFile.ImageFile) -> NDArray[np.uint16]:
    """16-bit RGB ``(height, width, 3)``: Pillow has no mode for it, and reads one byte of the two at a time.

    (tifffile reads no PNG, and LZW only with a wheel of 26 MB.)
    """
    if (raw := _raw_mode(image)) not in _LOW_BYTES:
        raise ValueError(f"16-bit RGB as {raw} is not supported; store pixels together")
    twin.seek(image.tell())
    swapped = _LOW_BYTES[_raw_mode(twin)]
    twin.tile = [
        tile._replace(args=(swapped, *tile.args[1:]) if isinstance(tile.args, tuple) else swapped) for tile in twin.tile
    ]
    return np.asarray(image).astype(np.uint16) << 8 | np.asarray(twin)


def decode_video(path: str, bits: int) -> Generator[Decoded, None, None]:
    """Frames of the one video stream of a file as they are shown; RGB and YUV of 8 bits become grey.

    Raises:
        InputError: no PyAV, a file that is unreadable or damaged, no video or several, or a depth that is refused.
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
                values = _video_values(frame, where, bits)
                yield Decoded(*to_grey(values, bits, where), digest_of(values))
    except av.FFmpegError as error:
        raise InputError(f"{path} cannot be read as a video ({error.strerror}); replace the file") from None


def _video_values(frame: Any, where: str, bits: int) -> NDArray[Any]:
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
