"""One source file to one BIDS recording."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import ChannelInfo, write_physio, write_recording
from myoscene.importing.events import Found, find_events
from myoscene.importing.formats.delimited import read_delimited
from myoscene.importing.formats.edf import read_edf
from myoscene.importing.formats.emteqpro import channel_entries, contact_status, read_emteqpro
from myoscene.importing.formats.matlab import read_matlab
from myoscene.importing.formats.xdf import read_xdf
from myoscene.importing.identifiers import SourceFile
from myoscene.importing.report import ImportedRecording, ImportReport
from myoscene.importing.table import SourceTable
from myoscene.importing.timing import MISSING_EVENT, Timing, arrange
from myoscene.recordings.names import MICROVOLTS, canonical_channel, microvolts_per

_MEASURED = ("SamplingFrequency", "RecordingDuration", "EMGChannelCount", "TaskName")


def import_recording(
    file: SourceFile, mapping: dict[str, Any], source: Path, root: Path, report: ImportReport
) -> set[str]:
    """Read ``file``, write its recording below ``root``, and add to ``report``; returns the event files read.

    Raises:
        InputError: anything in the file that cannot be used, with its row or column.
    """
    policy = mapping.get("missing_samples", "error")
    table = read_source(file.path, file.shown, mapping)
    if policy == "mark" and "column" in mapping.get("time", {}):
        _leave_out_timeless(table, mapping["time"]["column"])
    entries = _channels(table, mapping)
    values = np.stack([_values(table, entry) for entry in entries])
    emg = np.array([entry.get("type", "EMG") == "EMG" for entry in entries])
    stored = np.array([entry.get("store", "bdf") == "bdf" for entry in entries])
    if not (emg & stored).any():
        raise InputError(f"{file.shown}: no channel of the mapping is EMG; name at least one")
    lost, empty = _missing(table, entries, values, stored, policy)
    timing = arrange(table, values[emg], mapping.get("time", {}), policy)
    found = find_events(mapping.get("events", []), table, timing, file, source, mapping["source"]["format"])
    if lost.any():
        report.findings.append(f"{file.shown}: {int(lost.sum())} rows without a value, marked as {MISSING_EVENT}")
    gaps = timing.source < 0
    bad = gaps | lost[timing.source]
    _add_missing(found, bad, timing.rate_hz)
    samples = np.where(gaps, np.nan, values[:, timing.source])
    infos = [_info(table, entry, i in empty) for i, entry in enumerate(entries)]
    _write(file, mapping, root, samples, timing, entries, infos, stored, found)
    _report(file, mapping, report, table, timing, entries, found, empty)
    return found.files


def read_source(path: Path, shown: str, mapping: dict[str, Any]) -> SourceTable:
    """The table of one source file, by the mapping's format."""
    kind = mapping["source"]["format"]
    if kind == "delimited":
        cut_row = mapping.get("missing_samples") == "mark"
        return read_delimited(path, shown, mapping.get("text", {}), cut_row=cut_row)
    if kind == "matlab":
        return read_matlab(path, shown, mapping["matlab"])
    if kind == "xdf":
        return read_xdf(path, shown, mapping["xdf"])
    if kind == "emteqpro":
        return read_emteqpro(path, shown)
    return read_edf(path, shown, [channel["column"] for channel in mapping.get("channels", [])])


def _leave_out_timeless(table: SourceTable, column: str | int) -> None:
    """Rows without a time have no place; the gap that they leave is marked like any other."""
    timed = ~np.isnan(table.numbers(column))
    if timed.all() or not timed.any():
        return
    table.notes.append(f"{table.shown}: {int((~timed).sum())} rows have no time and are left out")
    table.frame = table.frame[timed].reset_index(drop=True)
    if table.lines is not None:
        table.lines = table.lines[timed]


def _channels(table: SourceTable, mapping: dict[str, Any]) -> list[dict[str, Any]]:
    """The mapping's channels; without them those that the file itself names as EMG, or gives in volt."""
    if "channels" in mapping:
        return list(mapping["channels"])
    if mapping["source"]["format"] == "emteqpro":
        entries = channel_entries(table, mapping.get("emteqpro", {}).get("signal", "Raw"))
    else:
        entries = [{"column": name, "name": None, "source_name": name} for name in _in_volt(table)]
    for entry in entries:
        if entry["name"] is None:
            entry["name"] = canonical_channel(entry["source_name"], table.shown)
    if not entries:
        raise InputError(f"{table.shown} has no signal in V, mV or uV; name the `channels` in the mapping")
    return entries


def _in_volt(table: SourceTable) -> list[str]:
    return [str(name) for name in table.frame.columns if table.units.get(str(name)) in MICROVOLTS]


def _unit(table: SourceTable, entry: dict[str, Any]) -> str:
    return str(entry.get("unit") or table.units.get(table.column(entry["column"])) or "")


def _values(table: SourceTable, entry: dict[str, Any]) -> np.ndarray:
    """(rows,) of one channel: microvolt for EMG, the mapping's unit for others; NaN where there is no value."""
    where = f"{table.shown}, channel '{entry['name']}'"
    factor = float(entry.get("scale", 1.0))
    if entry.get("type", "EMG") == "EMG" and entry.get("store", "bdf") == "bdf":
        unit = _unit(table, entry)
        if not unit:
            raise InputError(f"{where}: the file states no unit; give its `unit` in the mapping")
        factor *= microvolts_per(unit, where)
    values = table.numbers(entry["column"])
    return values if factor == 1.0 else values * factor


def _missing(
    table: SourceTable, entries: list[dict[str, Any]], values: np.ndarray, stored: np.ndarray, policy: str
) -> tuple[np.ndarray, set[int]]:
    """(rows,) True where a channel of the BDF has no value, and the channels that have none at all."""
    absent = np.isnan(values) & stored[:, None]
    if policy == "error" and absent.any():
        channel = int(absent.any(axis=1).argmax())
        rows = np.flatnonzero(absent[channel])
        raise InputError(
            f"{table.where(int(rows[0]))}, column '{table.column(entries[channel]['column'])}' has no value "
            f"({len(rows)} rows in all); set `missing_samples: mark` in the mapping to mark them, or correct the file"
        )
    empty = {int(i) for i in np.flatnonzero(absent.all(axis=1))}
    if len(empty) == int(stored.sum()):
        return np.ones(values.shape[1], dtype=bool), empty
    partly = [i for i in range(len(entries)) if i not in empty]
    return absent[partly].any(axis=0), empty


def _add_missing(found: Found, bad: np.ndarray, rate_hz: float) -> None:
    edges = np.flatnonzero(np.diff(np.r_[False, bad, False].astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        found.rows.append((start / rate_hz, (stop - start) / rate_hz, MISSING_EVENT))


def _info(table: SourceTable, entry: dict[str, Any], empty: bool) -> ChannelInfo:
    kind = entry.get("type", "EMG")
    status, text = contact_status(table, table.column(entry["column"])) if table.names else ("n/a", "n/a")
    if empty:
        status, text = "bad", "the source has no value for it"
    return ChannelInfo(
        name=entry["name"],
        target_muscle=entry.get("muscle", "n/a"),
        units="uV" if kind == "EMG" else (_unit(table, entry) or "n/a"),
        type=kind,
        description=entry.get("description", "n/a"),
        reference=entry.get("reference", "n/a"),
        low_cutoff=entry.get("low_cutoff"),
        high_cutoff=entry.get("high_cutoff"),
        notch=entry.get("notch"),
        status=status,
        status_description=text,
    )


def _write(
    file: SourceFile,
    mapping: dict[str, Any],
    root: Path,
    samples: np.ndarray,
    timing: Timing,
    entries: list[dict[str, Any]],
    infos: list[ChannelInfo],
    stored: np.ndarray,
    found: Found,
) -> None:
    sidecar = dict(mapping.get("sidecar", {}))
    for key in _MEASURED:
        if key in sidecar:
            raise InputError(f"the mapping's sidecar gives '{key}', which is measured; take it out")
    place = (file.participant, file.session, file.task, file.run)
    write_recording(
        root,
        *place,
        np.nan_to_num(samples[stored]),
        timing.rate_hz,
        [info for info, keep in zip(infos, stored, strict=True) if keep],
        found.table() if mapping.get("events") or found.rows else None,
        sidecar,
        event_descriptions=mapping.get("event_descriptions", {}),
    )
    beside = [i for i in range(len(entries)) if not stored[i]]
    if beside:
        columns = {entries[i]["name"]: samples[i] for i in beside}
        about: dict[str, dict[str, Any]] = {}
        for i in beside:
            text = entries[i].get("description", f"Column '{entries[i]['column']}' of the source.")
            about[entries[i]["name"]] = {"Description": text, "Units": entries[i].get("unit", "n/a")}
        write_physio(root, *place, "source", columns, timing.rate_hz, about)


def _report(
    file: SourceFile,
    mapping: dict[str, Any],
    report: ImportReport,
    table: SourceTable,
    timing: Timing,
    entries: list[dict[str, Any]],
    found: Found,
    empty: set[int],
) -> None:
    report.findings += [*table.notes, *timing.findings, *found.notes]
    for i in sorted(empty):
        report.findings.append(f"{file.shown}: channel '{entries[i]['name']}' has no value at all; its status is bad")
    events = pd.Series([row[2] for row in found.rows], dtype=object).value_counts()
    report.recordings.append(
        ImportedRecording(
            file=file.shown,
            participant=file.participant,
            session=file.session or "",
            task=file.task,
            run=file.run or "",
            rate_hz=timing.rate_hz,
            n_samples=len(timing.source),
            channels=[entry["name"] for entry in entries],
            events={str(k): int(events[k]) for k in sorted(events.index)},
            held_fraction=round(timing.held_fraction, 6),
        )
    )
    _report_unused(mapping, report, table, entries, found)


def _report_unused(
    mapping: dict[str, Any],
    report: ImportReport,
    table: SourceTable,
    entries: list[dict[str, Any]],
    found: Found,
) -> None:
    used = {table.column(entry["column"]) for entry in entries} | found.columns
    if "column" in mapping.get("time", {}):
        used.add(table.column(mapping["time"]["column"]))
    elif mapping["source"]["format"] == "emteqpro":
        used.add("Time")
    names = [str(name) for name in table.frame.columns]
    ignore = mapping.get("ignore", {})
    aside = {names[c - 1] if isinstance(c, int) and c <= len(names) else str(c) for c in ignore.get("columns", [])}
    for name in names:
        if name not in used:
            report.leave("ignored" if name in aside else "unmapped", "columns", name)
    for text in table.extra:
        known = any(f"'{name}'" in text for name in ignore.get("streams", []))
        report.leave("ignored" if known else "unmapped", "streams", text)
    for streams in table.events.values():
        for name, events in streams.items():
            if name not in found.streams and events:
                which = "ignored" if name in ignore.get("streams", []) else "unmapped"
                report.leave(which, "streams", f"markers '{name}'", len(events))
    for label, count in found.unmapped.items():
        report.leave("unmapped", "events", label, count)
    for label, count in found.ignored.items():
        report.leave("ignored", "events", label, count)
