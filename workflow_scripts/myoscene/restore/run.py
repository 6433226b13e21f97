"""The command ``restore``: a video of a face with electrodes in, the same without them out."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from myoscene.core.errors import InputError
from myoscene.face.files import keep_apart
from myoscene.face.geometry import read_canonical
from myoscene.face.mesh import Networks, Seen, Tracker
from myoscene.face.model import PLACE, load_networks, read_model
from myoscene.face.parameters import watched
from myoscene.face.region import Frame
from myoscene.face.video import Picture, read_video
from myoscene.machinery.files import atomic_path
from myoscene.restore.follow import Follower, Mask
from myoscene.restore.inpaint import paint_over
from myoscene.restore.judge import Row, judge, require_same, table
from myoscene.restore.marks import Marks, read_marks
from myoscene.restore.page import frame_at
from myoscene.restore.settings import NetSettings, RestoreSettings
from myoscene.restore.writer import Writer, check_name, video_writer

METHODS = ("auto", "none", "mask", "net")
_NAMES = ("as it is", "restored")
# Frames between two words of progress.
_EVERY = 50
# A frame, and the face in the restored frame before -> what hides the face.
Finder = Callable[[Frame, Seen | None], Mask]


@dataclass(frozen=True)
class Files:
    """What the command reads and writes.

    Attributes:
        beside: a second video, the original left of the restored one.
        judge: the untouched video to judge by.
        reference: another video of the same person, without electrodes, that the method net learns from.
    """

    video: Path
    out: Path | None = None
    mark: Path | None = None
    beside: Path | None = None
    judge: Path | None = None
    reference: Path | None = None
    model: Path = PLACE
    turn: int = 0


@dataclass
class Count:
    """Frames, and those in which a face was seen."""

    frames: int = 0
    seen: int = 0

    def add(self, face: Seen | None) -> None:
        self.frames, self.seen = self.frames + 1, self.seen + (face is not None)

    @property
    def share(self) -> float:
        return self.seen / self.frames if self.frames else 0.0


@dataclass(frozen=True)
class Restored:
    """What was done: the method, frames with a face as the video is and restored, and frames with marks lost."""

    video: str
    method: str
    before: Count
    after: Count | None = None
    lost: int = 0
    learnt: str = ""
    rows: dict[str, Row] = field(default_factory=dict)

    def told(self) -> str:
        """As a person reads it."""
        lines = [f"{self.video}: a face in {self.before.share:.1%} of {self.before.frames} frames as it is"]
        if self.after is None:
            lines[0] += f"; nothing was painted over and no video written: measure {self.video} itself"
            return "\n".join(lines + self._judged())
        lines.append(f"restored ({self.method}): a face in {self.after.share:.1%}")
        lines += [self.learnt] if self.learnt else []
        if self.lost:
            lines.append(
                f"the marked frame was not found again in {self.lost} frames; marks were followed from the one before"
            )
        return "\n".join(lines + self._judged())

    def _judged(self) -> list[str]:
        moved = [row.moved for row in self.rows.values()]
        said = f"against the untouched video, r and error of the {moved[0]} blendshapes that move:" if moved else ""
        return ["", said, "", table(self.rows)] if moved else []


def restore(files: Files, method: str, settings: RestoreSettings) -> Restored:
    """Measure the video as it is, and write it without electrodes where ``method`` or the measurement asks for that.

    Nothing is written unless all of it can be.

    Args:
        method: of :data:`METHODS`; ``auto``: ``none`` where enough frames show a face, else what there is a file for.

    Raises:
        InputError: outputs that would replace inputs; no marks, or marks that do not fit; no face in any restored
            frame; as :mod:`myoscene.face.video` and :mod:`myoscene.face.model`.
    """
    _check(files, method)
    marks = read_marks(files.mark) if files.mark else None
    if files.judge:
        require_same(files.judge, files.video, files.turn)
    content = read_model(files.model)
    networks = load_networks(content)
    before = _counted(_pictures(files), networks)
    if method == "auto":
        method = "none" if before.share >= settings.enough else "mask" if marks or not files.reference else "net"
    if method == "none":
        one = judge(files.judge, [(files.video, files.turn)], networks, files.turn) if files.judge else []
        return Restored(files.video.name, method, before, rows=dict(zip(_NAMES, one, strict=False)))
    if method == "net":
        finder, learnt = _network(files, networks, content)
        after, rows = _write(files, networks, finder)
        return Restored(files.video.name, method, before, after, learnt=learnt, rows=rows)
    if marks is None:
        raise InputError(
            f"{files.video} shows a face in {before.share:.1%} of its frames, and there are no marks; make some with "
            f"`myoscene restore {files.video.name} --marking-page page.html`, and add --mark marks.json, or give a "
            "clip of the same person without electrodes (--reference clean.mp4)"
        )
    follower = _follower(files, marks, settings)
    after, rows = _write(files, networks, lambda frame, _: follower.mask(frame))
    return Restored(files.video.name, method, before, after, follower.lost, rows=rows)


def _network(files: Files, networks: Networks, content: dict[str, bytes]) -> tuple[Finder, str]:
    """A network that finds electrodes, and how well it found drawn ones. InputError where there is no reference."""
    if files.reference is None:
        raise InputError(
            "the method net learns from a clip of the same person without electrodes; add --reference clean.mp4, or "
            "mark electrodes (--marking-page)"
        )
    from myoscene.restore.find import NetFinder
    from myoscene.restore.net import learn

    canonical = read_canonical(content["geometry_pipeline_metadata_landmarks.binarypb"])
    found = learn(files.reference, networks, canonical.points, NetSettings(), files.turn, _say_learnt)
    said = (
        f"learnt from {found.shots} pictures of {files.reference.name} in {found.epochs} rounds: of electrodes drawn "
        f"onto its held-out part, an overlap of {found.dice:.2f} with the truth (Dice)"
    )
    return NetFinder(found), said


def _say_learnt(epoch: int, dice: float) -> None:
    if sys.stderr.isatty():
        print(f"learning, round {epoch}: overlap {dice:.2f}", file=sys.stderr, flush=True)


def _check(files: Files, method: str) -> None:
    if files.out is None:
        if method != "none":
            raise InputError("the restored video needs a name: add --out restored.mp4 (or ask for --method none)")
        return
    outputs = {"the restored video": files.out} | ({"the video --beside": files.beside} if files.beside else {})
    inputs = {"the video": files.video, "the model": files.model, "the marks": files.mark}
    inputs |= {"the untouched video": files.judge, "the reference": files.reference}
    keep_apart({f"{name} '{path}'": path for name, path in inputs.items() if path}, outputs)
    for path in outputs.values():
        check_name(path)


def _pictures(files: Files) -> Iterator[Picture]:
    try:
        yield from watched(read_video(files.video, files.turn), _say)
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def _say(number: int, time_s: float) -> None:
    if number % _EVERY == _EVERY - 1 and sys.stderr.isatty():
        print(f"\r{number + 1} frames, {time_s:.1f} s", end="", file=sys.stderr, flush=True)


def _counted(pictures: Iterable[Picture], networks: Networks) -> Count:
    tracker, count = Tracker(networks), Count()
    for picture in pictures:
        count.add(tracker.follow(picture.pixels, picture.time_s)[1])
    return count


def _follower(files: Files, marks: Marks, settings: RestoreSettings) -> Follower:
    """Of the marked frame. InputError where it is of another size."""
    marked = frame_at(files.video, marks.time_s, files.turn)
    height, width = marked.pixels.shape[:2]
    if marks.size != (width, height):
        raise InputError(
            f"{files.mark} is of a frame of {marks.size[0]} x {marks.size[1]} pixels, and {files.video} has {width} x "
            f"{height}; mark a frame of this video (--marking-page)"
        )
    return Follower(marked.pixels, marks.polygons, settings)


def _write(files: Files, networks: Networks, finder: Finder) -> tuple[Count, dict[str, Row]]:
    """Write the videos, whole or not at all; returns in how many frames of it a face is seen, and how it is judged."""
    assert files.out is not None
    with ExitStack() as stack:
        # In this order whole at the end: the restored video is the last, since it says that all is there.
        finals = [path for path in (files.out, files.beside) if path]
        paths = [stack.enter_context(atomic_path(path)) for path in finals]
        with ExitStack() as opened:
            writers = [
                opened.enter_context(video_writer(path, final)) for path, final in zip(paths, finals, strict=True)
            ]
            count = _painted(files, networks, finder, writers)
        if not count.seen:
            raise InputError(
                f"{files.video} shows no face in any frame, even without what hides it; check the marks, or give a "
                "video in which the face is seen from the front and is at least a tenth as high as the picture"
            )
        rows = []
        if files.judge:
            # What was written, and not what was meant to be.
            rows = judge(files.judge, [(files.video, files.turn), (paths[0], 0)], networks, files.turn)
    return count, dict(zip(_NAMES, rows, strict=False))


def _painted(files: Files, networks: Networks, finder: Finder, writers: list[Writer]) -> Count:
    """Paint over and write frame after frame."""
    tracker, count, face = Tracker(networks), Count(), None
    for picture in _pictures(files):
        painted = paint_over(picture.pixels, finder(picture.pixels, face))
        face = tracker.follow(painted, picture.time_s)[1]
        count.add(face)
        writers[0].write(painted, picture.time_s)
        for writer in writers[1:]:
            writer.write(np.concatenate([picture.pixels, painted], axis=1), picture.time_s)
    return count
