"""XDF files of LabStreamingLayer: effective rates, gaps, marker streams as events."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import LARGEST_RECORDING, gunzip, read_bytes
from myoscene.importing.formats.xdf_chunks import check_chunks
from myoscene.importing.mapping_schema import MappingFile, Xdf
from myoscene.importing.table import SourceEvent, SourceTable
from myoscene.recordings.read import HIGHEST_HZ

NAME = "xdf"


def read(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """A recording, by the mapping's ``xdf``."""
    return read_xdf(path, shown, mapping["xdf"])


def read_xdf(path: Path, shown: str, options: Xdf) -> SourceTable:
    """Read one signal stream, and every stream of texts as markers.

    Clock offsets are applied, stamps are not dejittered: the rate is measured from them later, per stretch without a
    gap, and markers keep the moment that they were stamped with (a regular nominal rate would spread them evenly).

    Raises:
        InputError: the file is damaged, or the stream is missing or stands twice.
    """
    streams = _load(path, shown)
    signal = _choose(streams, options["stream"], shown)
    stamps = np.asarray(signal["time_stamps"], dtype=float)
    samples = np.asarray(signal["time_series"])
    if not len(stamps) or samples.ndim != 2 or samples.dtype.kind not in "fiu" or len(stamps) != len(samples):
        raise InputError(f"{shown}: the stream '{options['stream']}' holds no samples; name another one")
    if not np.isfinite(stamps).all():
        raise InputError(f"{shown}: the stream '{options['stream']}' has samples without a time; record it again")
    if not samples.shape[1]:
        raise InputError(f"{shown}: the stream '{options['stream']}' has no channel; name another one")
    labels, units = _channels(signal, samples.shape[1])
    table = SourceTable(shown, pd.DataFrame(samples.astype(float), columns=labels), time_s=stamps, jitter=True)
    table.units = {label: unit for label, unit in zip(labels, units, strict=True) if unit}
    nominal = _nominal_rate(signal)
    if not 0 <= nominal <= HIGHEST_HZ:
        raise InputError(f"{shown}: the nominal rate of the stream '{options['stream']}' is none; record it again")
    if nominal:
        table.rate_hz = nominal
    resets = _clock_resets(signal)
    if resets:
        table.notes.append(f"{shown}: the clock of the stream '{options['stream']}' was reset {resets} time(s)")
    if "footer" not in signal:
        table.notes.append(f"{shown}: the stream '{options['stream']}' has no footer; the recording was cut off")
    _add_others(table, [stream for stream in streams if stream is not signal])
    return table


def _add_others(table: SourceTable, streams: list[dict[str, Any]]) -> None:
    """Streams of texts as markers; the names of all others."""
    markers: dict[str, list[SourceEvent]] = {}
    for stream in streams:
        name = _name(stream)
        if isinstance(stream["time_series"], list):
            texts = [str(row[0]) for row in stream["time_series"]]
            events = zip(stream["time_stamps"], texts, strict=True)
            markers.setdefault(name, []).extend(SourceEvent(float(t), np.nan, text.strip()) for t, text in events)
        else:
            table.extra.append(f"stream '{name}' ({stream['info']['type'][0] or 'no type'})")
    table.events = {"markers": markers}


def _load(path: Path, shown: str) -> list[dict[str, Any]]:
    import pyxdf

    data = read_bytes(path, shown, LARGEST_RECORDING)
    if data[:2] == b"\x1f\x8b":
        data = gunzip(data, shown, LARGEST_RECORDING)
    if data[:4] != b"XDF:":
        raise InputError(f"{shown} is no XDF file; correct the mapping's format or files")
    check_chunks(data, shown)
    try:
        file = io.BytesIO(data)
        streams, _ = pyxdf.load_xdf(file, dejitter_timestamps=False, synchronize_clocks=True, verbose=False)
    except Exception as error:  # pyxdf raises whatever its parser meets: struct, XML, value errors
        raise InputError(f"{shown} cannot be read as XDF ({error}); copy it again") from None
    return list(streams)


def _name(stream: dict[str, Any]) -> str:
    return str(stream["info"]["name"][0] or "unnamed")


def _nominal_rate(stream: dict[str, Any]) -> float:
    """In Hz, 0 for an irregular stream, -1 for what is no number."""
    try:
        return float(stream["info"]["nominal_srate"][0] or 0)
    except (KeyError, IndexError, TypeError, ValueError):
        return -1.0


def _choose(streams: list[dict[str, Any]], wanted: str, shown: str) -> dict[str, Any]:
    numeric = [stream for stream in streams if not isinstance(stream["time_series"], list)]
    for key in ("name", "type"):
        found = [stream for stream in numeric if stream["info"][key][0] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(f"{shown} has {len(found)} streams with the {key} '{wanted}'; name one of them")
    known = ", ".join(f"'{_name(s)}' ({s['info']['type'][0]})" for s in streams) or "none"
    raise InputError(f"{shown} has no signal stream '{wanted}'; it has {known}; correct the mapping")


def _channels(stream: dict[str, Any], count: int) -> tuple[list[str], list[str]]:
    labels, units = [str(i + 1) for i in range(count)], [""] * count
    try:
        entries = stream["info"]["desc"][0]["channels"][0]["channel"]
    except (KeyError, TypeError, IndexError):
        return labels, units
    for i, entry in enumerate(entries[:count]):
        label = (entry.get("label") or [None])[0]
        if label and label not in labels:
            labels[i] = label
        units[i] = str((entry.get("unit") or [""])[0] or "")
    return labels, units


def _clock_resets(stream: dict[str, Any]) -> int:
    """Steps in the clock offsets above 1 s: the sending computer's clock was set, or it was restarted."""
    offsets = np.asarray(stream.get("clock_values", []), dtype=float)
    return int(np.count_nonzero(np.abs(np.diff(offsets)) > 1.0)) if len(offsets) > 1 else 0
