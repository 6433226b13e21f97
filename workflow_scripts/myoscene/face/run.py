"""The command ``face-parameters``: a video in, a table, its summary and a Live Link Face CSV out."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.core.tables import write_parts
from myoscene.face.files import keep_apart
from myoscene.face.geometry import read_canonical
from myoscene.face.images import read_images
from myoscene.face.live_link import LiveLinkWriter
from myoscene.face.model import PLACE, load_networks, read_model
from myoscene.face.parameters import Clip, Part, parts, watched
from myoscene.face.settings import FaceSettings
from myoscene.face.summary import Summary, summarise
from myoscene.face.tables import FACE_PARAMETERS
from myoscene.face.video import read_video
from myoscene.machinery.files import atomic_path

# Frames between two words of progress.
_EVERY = 100


def face_parameters(
    video: Path,
    out: Path,
    settings: FaceSettings,
    *,
    live_link: Path | None = None,
    model: Path = PLACE,
    turn: int = 0,
    rate_hz: float | None = None,
) -> Summary:
    """Write the table ``face_parameters`` of a video, its summary beside it (``.json``), and the CSV where asked for.

    A folder of images is a video, too. Nothing is written unless all of it can be. Returns the summary.

    Args:
        turn: degrees counter-clockwise by which the video is turned before a face is looked for.
        rate_hz: images a second of a folder of images, which have no times.

    Raises:
        InputError: a rate of a video, which has times; an output that would replace an input, another output, or a
            ``.json`` that is no summary; as :mod:`myoscene.face.video`, :mod:`myoscene.face.images`,
            :mod:`myoscene.face.model` and :mod:`myoscene.face.parameters`.
    """
    if out.suffix != ".parquet":
        raise InputError(f"the table '{out}' has to be named *.parquet; Live Link Face CSV goes to --live-link")
    outputs = {"the table": out, "its summary": out.with_suffix(".json")}
    keep_apart(
        {f"the video '{video}'": video, f"the model '{model}'": model},
        outputs | ({"the Live Link Face CSV": live_link} if live_link else {}),
    )
    if rate_hz is not None and not video.is_dir():
        raise InputError(f"{video} has times of its own; leave --rate-hz away (in an index: rate_hz)")
    _check_summary(out.with_suffix(".json"))
    files = read_model(model)
    networks = load_networks(files)
    canonical = read_canonical(files["geometry_pipeline_metadata_landmarks.binarypb"])
    clip = Clip()
    with ExitStack() as stack:
        # In this order whole at the end: the table is the last, since it says that all is there.
        table = stack.enter_context(atomic_path(out))
        summary_path = stack.enter_context(atomic_path(out.with_suffix(".json")))
        pictures = watched(read_images(video, rate_hz, turn) if video.is_dir() else read_video(video, turn), _say)
        found = parts(pictures, networks, canonical, settings, clip, video)
        if live_link:
            rows = stack.enter_context(atomic_path(live_link))
            found = _both(found, LiveLinkWriter(stack.enter_context(rows.open("w", encoding="utf-8", newline=""))))
        try:
            write_parts(table, found, FACE_PARAMETERS)
        finally:
            _say_no_more(clip)
        summary = summarise(clip)
        kept = {"video": video.name, **asdict(summary), "settings": asdict(settings)}
        summary_path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return summary


def _check_summary(path: Path) -> None:
    """InputError where ``path`` is there and not a summary, as the command before wrote it."""
    if not path.exists():
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not {"video", "model_sha256", "settings"} <= found.keys():
        raise InputError(
            f"{path} is no summary of a video, and would be replaced by one; give another --out, or move it"
        )


def _both(found: Iterator[Part], writer: LiveLinkWriter) -> Iterator[Part]:
    for part in found:
        writer.write(part)
        yield part


def _say_no_more(clip: Clip) -> None:
    if len(clip.times_s) + clip.left_out >= _EVERY and sys.stderr.isatty():
        print(file=sys.stderr)


def _say(number: int, time_s: float) -> None:
    if number % _EVERY == _EVERY - 1 and sys.stderr.isatty():
        print(f"\r{number + 1} frames, {time_s:.1f} s", end="", file=sys.stderr, flush=True)
