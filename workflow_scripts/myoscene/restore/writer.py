"""Frames into a video, each at its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from myoscene.core.errors import InputError
from myoscene.face.region import Frame

# Times are whole multiples of this: exact for 24, 25, 30 and 60 frames a second, for those of NTSC, and for whole
# milliseconds. The codec's own limit is 65535.
_PARTS = 60000


class Writer:
    """Writes frames of one size; an odd last row or column is left out, as the codec asks."""

    def __init__(self, container: Any) -> None:
        self._container: Any = container
        self._stream: Any = None

    def write(self, frame: Frame, time_s: float) -> None:
        """Add a frame ``(height, width, 4)`` that is shown at ``time_s``."""
        import av

        height, width = (side // 2 * 2 for side in frame.shape[:2])
        if self._stream is None:
            self._stream = self._begin(width, height)
        shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]), format="rgba")
        shown = shown.reformat(format="yuv420p", interpolation="AREA")
        shown.pts, shown.time_base = round(time_s * _PARTS), Fraction(1, _PARTS)
        self._container.mux(self._stream.encode(shown))

    def end(self) -> None:
        """Write what the codec still holds."""
        if self._stream is not None:
            self._container.mux(self._stream.encode())

    def _begin(self, width: int, height: int) -> Any:
        # MPEG-4 by FFmpeg's own encoder (LGPL), at its best quality.
        stream = self._container.add_stream("mpeg4", rate=Fraction(30), options={"qmin": "1", "qmax": "2"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 80_000_000
        stream.time_base = stream.codec_context.time_base = Fraction(1, _PARTS)
        return stream


_FORMATS = {".mp4": "mp4", ".mkv": "matroska"}


def check_name(path: Path) -> None:
    """InputError for another name than *.mp4 or *.mkv."""
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"the video '{path}' has to be named *.mp4 or *.mkv")


@contextmanager
def video_writer(path: Path, named: Path) -> Iterator[Writer]:
    """A writer into ``path``, in the format that the name ``named`` says; without sound."""
    import av

    with av.open(str(path), "w", format=_FORMATS[named.suffix.lower()]) as container:
        writer = Writer(container)
        yield writer
        writer.end()
