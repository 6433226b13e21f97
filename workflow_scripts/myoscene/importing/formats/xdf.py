"""XDF files of LabStreamingLayer: effective rates, gaps, marker streams as events."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import LARGEST_RECORDING, gunzip, read_bytes
from myoscene.importing.mapping_schema import MappingFile
from myoscene.importing.table import SourceEvent, SourceTable
from myoscene.recordings.records import HIGHEST_HZ

ORDER = 3
# Tags of chunks; bytes that a number of variable width may have.
_HEADER, _SAMPLES = 2, 3
_TAGS = range(1, 7)
_WIDTHS = (1, 4, 8)

Stream = dict[str, Any]  # as pyxdf has it


def read(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """The one signal stream that the mapping's ``xdf`` names, and every stream of texts as markers.

    Clock offsets are applied, stamps are not dejittered: the rate is measured from them later, per stretch without a
    gap, and markers keep the moment that they were stamped with (a regular nominal rate would spread them evenly).

    Raises:
        InputError: the file is damaged, or the stream is missing or stands twice.
    """
    wanted = mapping["xdf"]["stream"]
    streams = _load(path, shown)
    signal = _choose(streams, wanted, shown)
    stamps = np.asarray(signal["time_stamps"], dtype=float)
    samples = np.asarray(signal["time_series"])
    if not len(stamps) or samples.ndim != 2 or samples.dtype.kind not in "fiu" or len(stamps) != len(samples):
        raise InputError(f"{shown}: the stream '{wanted}' holds no samples; name another one")
    if not np.isfinite(stamps).all():
        raise InputError(f"{shown}: the stream '{wanted}' has samples without a time; record it again")
    if not samples.shape[1]:
        raise InputError(f"{shown}: the stream '{wanted}' has no channel; name another one")
    units = _channels(signal, samples.shape[1])
    table = SourceTable(shown, pd.DataFrame(samples.astype(float), columns=list(units)), time_s=stamps, jitter=True)
    table.units = {label: unit for label, unit in units.items() if unit}
    try:
        nominal = float(signal["info"]["nominal_srate"][0] or 0)  # 0: irregular
    except (KeyError, IndexError, TypeError, ValueError):
        nominal = -1.0
    if not 0 <= nominal <= HIGHEST_HZ:
        raise InputError(f"{shown}: the nominal rate of the stream '{wanted}' is not a rate; record it again")
    table.rate_hz = nominal or None
    # Steps in the clock offsets above 1 s: the sending computer's clock was set, or it was restarted.
    resets = np.count_nonzero(np.abs(np.diff(np.asarray(signal.get("clock_values", []), dtype=float))) > 1.0)
    if resets:
        table.notes.append(f"{shown}: the clock of the stream '{wanted}' was reset {resets} time(s)")
    if "footer" not in signal:
        table.notes.append(f"{shown}: the stream '{wanted}' has no footer; the recording was cut off")
    markers: dict[str, list[SourceEvent]] = {}
    for stream in streams:
        if isinstance(stream["time_series"], list):
            if not np.isfinite(stream["time_stamps"]).all():
                raise InputError(f"{shown}: the stream '{_name(stream)}' has markers without a time; copy it again")
            texts = zip(stream["time_stamps"], stream["time_series"], strict=True)
            events = [SourceEvent(float(time), np.nan, str(row[0]).strip()) for time, row in texts]
            markers.setdefault(_name(stream), []).extend(events)
        elif stream is not signal:
            table.extra.append(f"stream '{_name(stream)}' ({stream['info']['type'][0] or 'no type'})")
    table.events = {"markers": markers}
    return table


def _load(path: Path, shown: str) -> list[Stream]:
    import pyxdf

    data = read_bytes(path, shown, LARGEST_RECORDING)
    if data[:2] == b"\x1f\x8b":
        data = gunzip(data, shown, LARGEST_RECORDING)
    if data[:4] != b"XDF:":
        raise InputError(f"{shown} is not an XDF file; correct the mapping's format or files")
    _check_chunks(data, shown)
    try:
        file = io.BytesIO(data)
        streams, _ = pyxdf.load_xdf(file, dejitter_timestamps=False, synchronize_clocks=True, verbose=False)
    except Exception as error:  # pyxdf raises whatever its parser meets: struct, XML, value errors
        raise InputError(f"{shown} cannot be read as XDF ({error}); copy it again") from None
    return list(streams)


def _name(stream: Stream) -> str:
    return str(stream["info"]["name"][0] or "unnamed")


def _choose(streams: list[Stream], wanted: str, shown: str) -> Stream:
    numeric = [stream for stream in streams if not isinstance(stream["time_series"], list)]
    for key in ("name", "type"):
        found = [stream for stream in numeric if stream["info"][key][0] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(f"{shown} has {len(found)} streams with the {key} '{wanted}'; name one of them")
    known = ", ".join(f"'{_name(s)}' ({s['info']['type'][0]})" for s in streams) or "none"
    raise InputError(f"{shown} has no signal stream '{wanted}'; it has {known}; correct the mapping")


def _channels(stream: Stream, count: int) -> dict[str, str]:
    """Label of each channel, its number where it has none of its own -> unit."""
    labels, units = [str(i + 1) for i in range(count)], [""] * count
    try:
        entries = stream["info"]["desc"][0]["channels"][0]["channel"]
    except (KeyError, TypeError, IndexError):
        entries = []
    for i, entry in enumerate(entries[:count]):
        label = (entry.get("label") or [None])[0]
        if label and label not in labels:
            labels[i] = label
        units[i] = str((entry.get("unit") or [""])[0] or "")
    return dict(zip(labels, units, strict=True))


def _check_chunks(data: bytes, shown: str) -> None:
    """Refuse damage, which pyxdf skips, and chunks of fewer bytes than samples, for which pyxdf would make room."""
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
    return int.from_bytes(data[place + 1 : start], "little"), start
