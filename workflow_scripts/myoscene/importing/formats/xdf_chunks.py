"""What an XDF file's chunks announce, checked before pyxdf makes room for it.

pyxdf makes a list of as many samples as a chunk says it has, and skips what it cannot read; here a chunk that
announces more than it can hold is refused, and so is damage anywhere but at the end, where a recording was cut off.
"""

import re
import struct
from collections.abc import Iterator

from myoscene.core.errors import InputError

_HEADER, _SAMPLES = 2, 3
_TAGS = range(1, 7)
_WIDTHS = {1: "<B", 4: "<I", 8: "<Q"}


def check_chunks(data: bytes, shown: str) -> None:
    """Refuse a file whose chunks do not follow each other, or that announce more samples than they have bytes.

    Raises:
        InputError: names the byte at which the damage begins.
    """
    channels: dict[bytes, int] = {}
    for place, tag, content in _chunks(data, shown):
        stream = content[:4]
        if tag == _HEADER:
            counts = re.findall(rb"<channel_count>\s*(\d{1,9})\s*<", content)
            channels[stream] = int(counts[0]) if counts else 1
        elif tag == _SAMPLES:
            samples, _ = _length(content, 4)
            if samples is not None and samples * max(channels.get(stream, 1), 1) > len(content):
                raise InputError(
                    f"{shown} is damaged at byte {place}: a chunk of {len(content)} bytes announces {samples} samples; "
                    "copy it again"
                )


def _chunks(data: bytes, shown: str) -> Iterator[tuple[int, int, bytes]]:
    """Place, tag and content of every whole chunk; the last one may be cut off."""
    place = 4
    while place < len(data):
        length, start = _length(data, place)
        if length is None and len(data) - place < 9:
            return
        if length is None or length < 2:
            raise InputError(f"{shown} is damaged at byte {place}, where no chunk begins; copy it again")
        if start + length > len(data):
            return
        tag = int.from_bytes(data[start : start + 2], "little")
        if tag not in _TAGS:
            raise InputError(f"{shown} is damaged at byte {place}: there is no chunk of kind {tag}; copy it again")
        yield place, tag, data[start + 2 : start + length]
        place = start + length


def _length(data: bytes, place: int) -> tuple[int | None, int]:
    """The number of variable width at ``place``, None where there is none, and where what follows it begins."""
    width = data[place] if place < len(data) else 0
    start = place + 1 + width
    if width not in _WIDTHS or start > len(data):
        return None, place
    return struct.unpack(_WIDTHS[width], data[place + 1 : start])[0], start
