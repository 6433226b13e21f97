"""One pass over a participant's image files: each read, hashed, decoded, rectified, resized and measured once."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from myoscene.core.errors import InputError
from myoscene.eyes.decode import Decoded, decode_file, decode_stack, decode_video
from myoscene.eyes.index import EyeIndex, is_series
from myoscene.eyes.quality import MEASURES, measure
from myoscene.eyes.rectify import SIDES, Cameras, Rectify
from myoscene.eyes.settings import FrameSettings
from myoscene.recordings.eye_files import VIDEOS

# Mean bytes of an image in its file from which a second thread pays: Python's lock is free only while one is decoded.
LARGE_BYTES = 8192
# Images that are in memory at once, a thread; only resized ones, beside the one that is being decoded. Our choice.
BATCH = 64


@dataclass(frozen=True)
class Scratch:
    """Resized images of one eye, ``shape`` (height, width) each, in a temporary file."""

    file: IO[bytes]
    shape: tuple[int, int]

    def write(self, images: NDArray[np.integer], pixels: NDArray[np.uint8]) -> None:
        """Put ``pixels`` ``(n, height, width)`` in the places of ``images`` ``(n,)``; threads may do so at once."""
        for image, row in zip(images.tolist(), pixels, strict=True):
            _whole(os.pwrite(self.file.fileno(), row.data, image * row.nbytes), row.nbytes)

    def read(self, images: NDArray[np.integer]) -> NDArray[np.uint8]:
        """The pixels ``(n, height, width)`` of ``images`` ``(n,)``."""
        found = np.empty((len(images), *self.shape), np.uint8)
        for image, row in zip(images.tolist(), found, strict=True):
            _whole(os.preadv(self.file.fileno(), [row.data], image * row.nbytes), row.nbytes)
        return found


def _whole(done: int, wanted: int) -> None:
    if done != wanted:
        raise OSError(f"a temporary file gave or took {done} of {wanted} bytes; is the disk full?")


@dataclass(frozen=True)
class Images:
    """What one pass found of each image ``(n, ...)``: its pixels, its measures ``(n, 4)``, digest, and bits a value."""

    pixels: Scratch
    measures: NDArray[np.float32]
    sha256: NDArray[np.void]
    depth: NDArray[np.uint8]


@contextmanager
def ingest(
    index: EyeIndex,
    wanted: NDArray[np.bool_],
    cameras: Cameras,
    settings: FrameSettings,
    folder: Path,
    threads: int = 1,
) -> Iterator[Images]:
    """The ``wanted`` images of an index, decoded, for as long as the context lasts.

    What comes out does not depend on ``threads``: each image has its own place. Of several faults the one that comes
    first in the index is told.

    Args:
        wanted: ``(n,)``. All rows of a stack or video are counted, wanted or not.
        folder: where the temporary file may lie.

    Raises:
        InputError: whatever decoding refuses; a stack or video with more or fewer images than the index says; images of
            one eye with 8 and with 16 bits.
    """
    shape = settings.height_px, settings.width_px
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(len(index) * shape[0] * shape[1])
        found = Images(
            Scratch(file, shape),
            np.zeros((len(index), len(MEASURES)), np.float32),
            np.zeros(len(index), "V32"),
            np.zeros(len(index), np.uint8),
        )
        work = _Work(index, wanted, (cameras.left, cameras.right), settings.bits, found, is_series(index))
        work.run(threads if _mean_bytes(index, wanted) >= LARGE_BYTES else 1)
        _check_depths(index, found.depth)
        yield found


@dataclass(frozen=True)
class _Work:
    index: EyeIndex
    wanted: NDArray[np.bool_]
    rectify: tuple[Rectify, Rectify]
    bits: int
    found: Images
    series: NDArray[np.bool_]

    def run(self, threads: int) -> None:
        """All tasks, some at a time; ``map`` raises the first fault of the index's order."""
        tasks = self.tasks()
        if threads == 1:
            for images in tasks:
                self.do(images)
            return
        with ThreadPoolExecutor(threads) as pool:
            while some := list(islice(tasks, 2 * threads)):
                for _ in pool.map(self.do, some):
                    pass

    def tasks(self) -> Iterator[NDArray[np.int64]]:
        """Images of files of one image, some at a time, and all images of each stack or video, in the index's order."""
        order = np.argsort(self.index.file, kind="stable")
        edges = np.searchsorted(self.index.file[order], np.arange(len(self.index.files) + 1))
        gathered: list[int] = []
        for file, series in enumerate(self.series):
            images = order[edges[file] : edges[file + 1]]
            if series and self.wanted[images].any():
                yield images
            elif not series and self.wanted[images[0]]:
                gathered.append(int(images[0]))
            if len(gathered) == BATCH:
                yield np.array(gathered)
                gathered = []
        if gathered:
            yield np.array(gathered)

    def do(self, images: NDArray[np.int64]) -> None:
        """One task."""
        if self.series[self.index.file[images[0]]]:
            self._series(images[np.argsort(self.index.frame[images], kind="stable")])
        else:
            self._take(images, (decode_file(self.index.name(image), self.bits) for image in images.tolist()))

    def _series(self, images: NDArray[np.int64]) -> None:
        path = self.index.name(int(images[0]))
        decode = decode_video if path.lower().endswith(VIDEOS) else decode_stack
        with closing(decode(path, self.bits)) as stream:
            counted = sum(self._take(images[at : at + BATCH], stream) for at in range(0, len(images), BATCH))
            counted += sum(1 for _ in stream)
        numbers = self.index.frame[images]
        if counted != len(images) or numbers[-1] != counted - 1:
            table = self.index.tables[self.index.table[images[0]]]
            raise InputError(
                f"{path} holds {counted} images, but {table} has {len(images)} rows of it, numbered {numbers[0]} to "
                f"{numbers[-1]}; give it one row an image, numbered from 0"
            )

    def _take(self, images: NDArray[np.int64], stream: Iterable[Decoded]) -> int:
        """Put what ``stream`` gives, at most all of ``images``, into place; how many there were."""
        found = self.found
        height, width = found.pixels.shape
        # One under the other in one image: turned into numbers all at once.
        strip = Image.new("L", (width, height * len(images)))
        taken = 0
        for image, decoded in zip(images.tolist(), stream, strict=False):
            rectify = self.rectify[self.index.side[image]]
            strip.paste(rectify.apply(decoded.image, (width, height), self.index.name(image)), (0, taken * height))
            found.sha256[image] = decoded.sha256
            found.depth[image] = decoded.depth
            taken += 1
        pixels = np.asarray(strip).reshape(len(images), height, width)[:taken]
        found.pixels.write(images[:taken], pixels)
        found.measures[images[:taken]] = measure(pixels)
        return taken


def _mean_bytes(index: EyeIndex, wanted: NDArray[np.bool_]) -> float:
    """Mean bytes of a ``wanted`` image in its file, which may hold several; of some files, if there are many."""
    numbers, images = np.unique(index.file[wanted], return_counts=True)
    some = slice(None, None, max(1, len(numbers) // BATCH))
    paths = [Path(index.files[number]) for number in numbers[some]]
    return sum(path.stat().st_size for path in paths if path.is_file()) / max(1, int(images[some].sum()))


def _check_depths(index: EyeIndex, depth: NDArray[np.uint8]) -> None:
    for side, name in enumerate(SIDES):
        images = np.flatnonzero((index.side == side) & (depth > 0))
        other = np.flatnonzero(depth[images] != depth[images[:1]])
        if len(other):
            first, image = int(images[0]), int(images[other[0]])
            raise InputError(
                f"{index.where(image)}: wrong bit depth, since {index.name(image)} has {depth[image]} bits a value and "
                f"{index.name(first)}, of the same ({name}) eye, {depth[first]}; export both alike"
            )
