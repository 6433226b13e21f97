"""Judging a restored video by the untouched one: parameters that come back first, then pictures."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.face.mesh import LEFT_EYE, RIGHT_EYE, Networks, Seen, Tracker
from myoscene.face.names import BLENDSHAPES
from myoscene.face.region import Frame, Region, around, sample, square
from myoscene.face.video import Picture, read_video
from myoscene.restore.pictures import mdsi, psnr, ssim

# A parameter moves where its standard deviation in the untouched video is above this.
_MOVED = 0.005
# Side of the square around the face in which pictures are compared, in pixels; every so many frames are.
_SIDE, _EVERY = 256, 5
# Frames with a face in both from which on parameters are compared.
_LEAST = 10
_HEAD = ("", "frames with a face", "median r", "mean error", "PSNR dB", "SSIM", "MDSI")


@dataclass(frozen=True)
class Row:
    """What one video is worth.

    Attributes:
        face_share: of frames in which a face is seen.
        r, error: median correlation and mean absolute difference of blendshapes that move, over frames with a face in
            both; not a number where these are too few.
        psnr_db, ssim, mdsi: means over frames, of the square around the face; the face is that of the untouched video.
        moved: how many blendshapes move.
    """

    face_share: float
    r: float
    error: float
    psnr_db: float
    ssim: float
    mdsi: float
    moved: int

    def cells(self) -> tuple[str, ...]:
        """As a row of the printed table."""
        return (
            f"{self.face_share:.1%}",
            *(f"{value:.2f}" if np.isfinite(value) else "-" for value in (self.r,)),
            *(f"{value:.3f}" if np.isfinite(value) else "-" for value in (self.error,)),
            f"{self.psnr_db:.1f}",
            f"{self.ssim:.2f}",
            f"{self.mdsi:.2f}",
        )


@dataclass
class Judge:
    """Gathers one video's frames beside the untouched ones; memory does not grow with them."""

    networks: Networks
    _frames: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)
    # Over frames with a face in both: their number, and sums of x, y, x2, y2, xy and |x - y|.
    _both: int = field(default=0, init=False)
    _sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros((6, len(BLENDSHAPES))), init=False)
    # Over frames with a face in the untouched video: their number, and sums of x and x2.
    _clean: int = field(default=0, init=False)
    _clean_sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, len(BLENDSHAPES))), init=False)
    _apart: list[tuple[float, float, float]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._tracker = Tracker(self.networks)

    def add(self, clean: Frame, truth: Seen | None, frame: Frame, time_s: float) -> Seen | None:
        """Add a frame, and what is seen in the untouched one; returns what is seen in the frame."""
        face = self._tracker.follow(frame, time_s)[1]
        self._frames += 1
        self._seen += face is not None
        if truth is None:
            return face
        x = truth.blendshapes.astype(np.float64)
        self._clean += 1
        self._clean_sums += (x, x * x)
        if face is not None:
            y = face.blendshapes.astype(np.float64)
            self._both += 1
            self._sums += (x, y, x * x, y * y, x * y, np.abs(x - y))
        if self._frames % _EVERY == 1:
            place = face_square(truth)
            shown = [sample(np.ascontiguousarray(part), place, _SIDE) for part in (clean, frame)]
            self._apart.append((psnr(*shown), ssim(*shown), mdsi(*shown)))
        return face

    def row(self) -> Row:
        """What was gathered."""
        x, xx = self._clean_sums / max(self._clean, 1)
        moved = np.sqrt(np.maximum(xx - x * x, 0)) > _MOVED
        r = error = float("nan")
        if self._both >= _LEAST and moved.any():
            x, y, xx, yy, xy, apart = self._sums[:, moved] / self._both
            spread = np.sqrt(np.maximum(xx - x * x, 0) * np.maximum(yy - y * y, 0))
            # What stands still in one of both has no correlation: it counts as none at all.
            each = np.divide(xy - x * y, spread, out=np.zeros_like(spread), where=spread > 1e-12)
            r, error = float(np.median(each)), float(apart.mean())
        pictures = np.mean(self._apart, axis=0) if self._apart else np.full(3, np.nan)
        p, s, m = (float(value) for value in pictures)
        return Row(self._seen / max(self._frames, 1), r, error, p, s, m, int(moved.sum()))


def face_square(face: Seen) -> Region:
    """The square around a face, 1.5 times as large as its landmarks reach."""
    points = face.landmarks
    return square(around(points[:, :2], points[RIGHT_EYE], points[LEFT_EYE]))


def judge(clean: Path, others: Sequence[tuple[Path, int]], networks: Networks, turn: int = 0) -> list[Row]:
    """A row for each of the other videos, frame by frame beside the untouched one.

    Args:
        others: the path of a video, and by how many degrees counter-clockwise it is turned.

    Raises:
        InputError: another number of frames, other times or another size; no face in the untouched video.
    """
    judges, tracker, seen = [Judge(networks) for _ in others], Tracker(networks), False
    for first, *rest in _together([(clean, turn), *others]):
        truth = tracker.follow(first.pixels, first.time_s)[1]
        seen = seen or truth is not None
        height, width = (min(picture.pixels.shape[i] for picture in (first, *rest)) for i in (0, 1))
        for one, picture in zip(judges, rest, strict=True):
            one.add(first.pixels[:height, :width], truth, np.ascontiguousarray(picture.pixels), first.time_s)
    if not seen:
        raise InputError(f"{clean} shows no face in any frame; give the untouched video of the same face (--judge)")
    return [one.row() for one in judges]


def require_same(clean: Path, video: Path, turn: int = 0) -> None:
    """InputError, as :func:`judge` would raise it, where the frames of two videos do not belong together."""
    for _ in _together([(clean, turn), (video, turn)]):
        pass


def _together(paths: Sequence[tuple[Path, int]]) -> Iterator[tuple[Picture, ...]]:
    """The frames of several videos that belong together."""
    clean = paths[0][0]
    with ExitStack() as stack:
        videos = [stack.enter_context(closing(read_video(path, turn))) for path, turn in paths]  # type: ignore[type-var]
        before_s = None
        for number, pictures in enumerate(zip_longest(*videos)):
            if any(picture is None for picture in pictures):
                raise InputError(f"{clean} has another number of frames ({number} are in both); {_SAME}")
            first, *rest = pictures
            every_s = first.time_s - before_s if before_s is not None else 0.02
            before_s = first.time_s
            for picture in rest:
                # An odd last row or column is not written.
                if any(abs(a - b) > 1 for a, b in zip(first.pixels.shape, picture.pixels.shape, strict=True)):
                    raise InputError(
                        f"{clean} has {first.pixels.shape[1]} x {first.pixels.shape[0]} pixels, and the video "
                        f"{picture.pixels.shape[1]} x {picture.pixels.shape[0]}; {_SAME}"
                    )
                if abs(picture.time_s - first.time_s) > every_s / 2:
                    raise InputError(
                        f"{clean}: frame {number} is at {first.time_s:.3f} s, and in the video at "
                        f"{picture.time_s:.3f} s; {_SAME}"
                    )
            yield pictures


_SAME = "judge by the same recording without electrodes, frame by frame"


def table(rows: dict[str, Row]) -> str:
    """The rows as a Markdown table."""
    lines = [_HEAD, ("---",) * len(_HEAD), *((name, *row.cells()) for name, row in rows.items())]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
