"""Images as grey values of 8 bits: PNG, JPEG, PNM, TIFF; one by one, each file read once.

Grey and RGB with 8 or 16 bits a value. Anything else (1 bit, palette, alpha, 32 bits, floating point) is refused: which
of its values would be brightness is not for us to guess.

tifffile is no way round the reading of 16-bit RGB in two halves (:func:`_rgb16`), which PNG needs as well: it reads LZW
and JPEG only with imagecodecs, a wheel of 26 MB, and takes half as long again for a small image (tifffile 2026.3.3).
"""

import errno
import hashlib
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple, TypeVar

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
# The readers themselves: `Image.open` would first look for one, which takes as long as a small image.
_READERS: dict[str, Callable[[Any], ImageFile.ImageFile]] = {
    ".png": PngImageFile,
    ".jpg": JpegImageFile,
    ".jpeg": JpegImageFile,
    ".tif": TiffImageFile,
    ".tiff": TiffImageFile,
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
_WHITE_IS_ZERO = 0
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
Result = TypeVar("Result")
_Loaded = tuple[Image.Image, int, "NDArray[Any] | Callable[[], NDArray[Any]]"]


class Decoded(NamedTuple):
    """One image.

    Attributes:
        image: grey, 8 bits, in its own size.
        depth: bits a value in the file, 8 or 16.
        sha256: of the file's bytes, or of the decoded values of one image of a stack or video.
    """

    image: Image.Image
    depth: int
    sha256: bytes


def decode_file(path: str, bits: int) -> Decoded:
    """The one image of a file.

    Args:
        bits: significant bits of 16-bit values.

    Raises:
        InputError: the file cannot be read, is cut short, a depth or a kind of pixels that is refused, values beyond
            ``bits``, more than one image, or too many pixels; the message opens with ``path``.
    """
    try:
        data = _content(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check that it exists and may be read") from None
    digest = hashlib.sha256(data).digest()
    reader = _READERS.get(ending_of(path))
    if reader is None:
        return Decoded(*to_grey(read_pnm(data, path, bits), bits, path), digest)
    image = _open(data, reader, path)
    images: int = _guarded(path, lambda: getattr(image, "n_frames", 1))
    if images > 1:
        raise InputError(
            f"{path} holds {images} images where the index has one row; give it one row an image, numbered from 0"
        )
    grey, depth, _ = _load(image, path, bits, lambda: _open(data, reader, path))
    return Decoded(grey, depth, digest)


def _content(path: str) -> bytes:
    """A file's bytes. (Python's own file objects take longer to make than a small image to decode.)"""
    # Nobody may write to a pipe of that name: opening it must not wait.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        size = state.st_size
        data = os.read(handle, size + 1)
        if len(data) != size:
            while more := os.read(handle, 2**20):
                data += more
        return data
    finally:
        os.close(handle)


def require_plain(path: str) -> None:
    """InputError for what is no plain file: a pipe would be waited for."""
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 (quicker, of many)
        raise InputError(f"{path} cannot be read (it is no plain file); remove it, or put the images there")


def decode_stack(path: str, bits: int) -> Generator[Decoded, None, None]:
    """The pages of a TIFF file; each is good until the next is asked for. Raises InputError as :func:`decode_file`."""
    with ExitStack() as stack:
        image = stack.enter_context(_open(path, TiffImageFile, path))
        again: list[ImageFile.ImageFile] = []

        def twin() -> ImageFile.ImageFile:
            if not again:
                again.append(stack.enter_context(_open(path, TiffImageFile, path)))
            again[0].seek(image.tell())
            return again[0]

        for page in count():
            grey, depth, values = _load(image, f"{path}, image {page}", bits, twin)
            yield Decoded(grey, depth, digest_of(values() if callable(values) else values))
            if not _guarded(f"{path}, image {page + 1}", partial(_sought, image, page + 1)):
                return


def _sought(image: Image.Image, page: int) -> bool:
    try:
        image.seek(page)
    except EOFError:
        return False
    return True


def digest_of(values: NDArray[Any]) -> bytes:
    """SHA-256 of decoded values, their type and shape included."""
    digest = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.digest()


def to_grey(values: NDArray[Any], bits: int, where: str) -> tuple[Image.Image, int]:
    """Grey image of 8 bits, and the bits a value had.

    Args:
        values: ``(height, width)`` or ``(height, width, 3)``, uint8 or uint16.
        bits: significant bits of uint16.

    Raises:
        InputError: a value beyond ``bits``.
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
    return Image.fromarray(_eight_bits(bits)[values]), 16


@cache
def _eight_bits(bits: int) -> NDArray[np.uint8]:
    """Table of the nearest of 256 grey values for each value of ``bits`` bits."""
    limit = 2**bits - 1
    return ((np.arange(limit + 1, dtype=np.int64) * 255 + limit // 2) // limit).astype(np.uint8)


def read_pnm(data: bytes, where: str, bits: int) -> NDArray[Any]:
    """Values of a binary or plain PGM or PPM file: ``(height, width)`` or ``(height, width, 3)``, uint8 or uint16.

    Pillow would fill a file that ends too early, and stretch values of more than 8 bits as it likes.

    Raises:
        InputError: another format, a wrong length, or a largest value that is neither that of 8 bits, of 16 bits,
            nor of ``bits``.
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
    wide = largest > 255
    body = data[header.end() :]
    if kind in (2, 3):
        numbers = body.split()
        if len(numbers) != np.prod(shape) or not all(
            n.isdigit() and len(n) < 10 and int(n) <= largest for n in numbers
        ):
            raise InputError(
                f"{where} cannot be read as an image (too few, too many or wrong values); replace the file"
            )
        return np.array([int(n) for n in numbers], np.uint16 if wide else np.uint8).reshape(shape)
    if len(body) != np.prod(shape) * (2 if wide else 1):
        raise InputError(
            f"{where} cannot be read as an image (it is cut short, or longer than it says); replace the file, or "
            "remove it and its row"
        )
    return np.frombuffer(body, ">u2" if wide else np.uint8).reshape(shape).astype(np.uint16 if wide else np.uint8)


def _open(source: str | bytes, reader: Callable[[Any], ImageFile.ImageFile], where: str) -> ImageFile.ImageFile:
    """The image, of which only the header has been read."""
    if isinstance(source, str):
        require_plain(source)
    return _guarded(where, lambda: reader(io.BytesIO(source) if isinstance(source, bytes) else source))


def _check_size(size: tuple[int, int], where: str) -> None:
    if size[0] * size[1] > MAX_PIXELS or 0 in size:
        raise InputError(f"{where} has {size[0]} x {size[1]} pixels, which no eye camera gives; replace the file")


def _guarded(where: str, work: Callable[[], Result]) -> Result:
    """What ``work`` gives; InputError for whatever it raises, since Pillow raises about everything on broken files."""
    try:
        return work()
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{where} cannot be read as an image ({reason}); replace the file, or remove it and its row"
        ) from None


def _load(image: ImageFile.ImageFile, where: str, bits: int, twin: Callable[[], ImageFile.ImageFile]) -> _Loaded:
    """Grey image of 8 bits, bits a value, and the values as they were decoded (or what makes them).

    Args:
        twin: gives the same image once more, not yet loaded.
    """
    _check_size(image.size, where)
    raw = _raw_mode(image)
    _check_pixels(image, raw, where)
    if image.mode == "RGB" and ";16" in raw:
        values = _guarded(where, lambda: _rgb16(image, twin()))
    elif image.mode in ("L", "RGB"):
        grey = _guarded(where, lambda: _loaded(image))
        return grey, 8, lambda: np.asarray(image)
    else:
        values = _guarded(where, lambda: np.asarray(image).astype(np.uint16))
    return (*to_grey(values, bits, where), values)


def _loaded(image: Image.Image) -> Image.Image:
    image.load()
    return image if image.mode == "L" else image.convert("L")


def _raw_mode(image: ImageFile.ImageFile) -> str:
    """How the values lie in the file, in Pillow's words."""
    tiles = getattr(image, "tile", None)
    args = tiles[0].args if tiles else ""
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
    """16-bit RGB ``(height, width, 3)``: Pillow has no mode for it, and reads one byte of the two at a time."""
    kinds = {_raw_mode(image)}
    if not kinds <= set(_LOW_BYTES):
        raise ValueError(f"16-bit RGB as {kinds.pop()} is not supported; store pixels together")
    swapped = _LOW_BYTES[_raw_mode(twin)]
    twin.tile = [
        tile._replace(args=(swapped, *tile.args[1:]) if isinstance(tile.args, tuple) else swapped) for tile in twin.tile
    ]
    return np.asarray(image).astype(np.uint16) << 8 | np.asarray(twin)
