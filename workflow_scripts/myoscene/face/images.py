"""Images of one camera in a folder, as the frames of a video."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from myoscene.core.errors import InputError
from myoscene.face.video import Picture, check_size
from myoscene.recordings.eye_files import STILLS, is_image

# Pillow's modes of 8 bits a value.
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


def image_files(folder: Path) -> list[Path]:
    """The images that lie in ``folder``, in the order of their names."""
    return sorted(path for path in folder.iterdir() if is_image(path.name) and path.suffix.lower() in STILLS)


def read_images(folder: Path, rate_hz: float | None, turn: int = 0) -> Iterator[Picture]:
    """The images in the order of their names, ``rate_hz`` a second, turned counter-clockwise by ``turn`` degrees.

    Raises:
        InputError: no images, or no rate; an image that cannot be read, or has more than 8 bits a value.
    """
    from PIL import Image, ImageOps

    paths = image_files(folder)
    if not paths:
        raise InputError(f"{folder} holds no image ({', '.join(STILLS)}); give a video, or a folder with its frames")
    if rate_hz is None:
        raise InputError(
            f"{folder} holds images, which have no times; give the images a second with --rate-hz (in an index, the "
            "column rate_hz)"
        )
    for number, path in enumerate(paths):
        try:
            with Image.open(path) as image:
                mode = image.mode
                check_size(image.width, image.height, str(path))
                pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
        except InputError:
            raise
        except Exception as error:  # parsers of images raise whatever they meet
            raise InputError(f"{path} cannot be read as an image ({error}); replace the file") from None
        if mode not in _MODES:
            raise InputError(f"{path} has values of more than 8 bits, or other colours ({mode}); convert it to RGB")
        yield Picture(np.ascontiguousarray(np.rot90(pixels, turn // 90 % 4)), number / rate_hz)
