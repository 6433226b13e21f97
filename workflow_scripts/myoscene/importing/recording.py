"""One source file to one BIDS recording."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import MISSING, MISSING_EVENT, ChannelInfo, write_physio, write_recording
from myoscene.importing.events import Found, find_events
from myoscene.importing.formats import FORMATS
from myoscene.importing.identifiers import SourceFile
from myoscene.importing.mapping_schema import Channel, MappingFile
from myoscene.importing.report import ImportedRecording, ImportReport, Job
from myoscene.importing.table import SourceTable
from myoscene.importing.timing import arrange
from myoscene.recordings.names import MICROVOLTS, canonical_channel, microvolts_per

_MEASURED = ("SamplingFrequency", "RecordingDuration", "EMGChannelCount", "TaskName")


@dataclass
class _Channel:
    """One channel of the mapping with its values.

    Attributes:
        entry: as the mapping has it.
        column: its column in the source.
        unit: of the source; "" where nobody says.
        values: (rows,) microvolt for EMG, the mapping's unit for others; NaN where there is no value.
        empty: no row has a value.
    """

    entry: Channel
    column: str
    unit: str
    values: np.ndarray
    empty: bool = False

    @property
    def name(self) -> str:
        """As BIDS has it."""
        return str(self.entry["name"])

    @property
    def is_emg(self) -> bool:
        """Whether it is EMG, in microvolt."""
        return self.entry.get("type", "EMG") == "EMG"

    @property
    def in_bdf(self) -> bool:
        """Whether it goes into the BDF file, and not as text beside it."""
        return self.entry.get("store", "bdf") == "bdf"


def import_recording(file: SourceFile, job: Job) -> None:
    """Read ``file`` and write its recording.

    Raises:
        InputError: anything in the file that cannot be used, with its row or column.
    """
    mapping, report = job.mapping, job.report
    policy, time = mapping.get("missing_samples", "error"), mapping.get("time", {})
    table = read_source(file.path, file.shown, mapping)
    if policy == "mark" and "column" in time:
        _leave_out_timeless(table, time["column"])
    channels = [_channel(table, entry) for entry in _entries(table, mapping)]
    if not any(channel.is_emg and channel.in_bdf for channel in channels):
        raise InputError(f"{file.shown}: no channel of the mapping is EMG; name at least one")
    lost = _missing(table, channels, policy)
    timing = arrange(table, np.stack([c.values for c in channels if c.is_emg]), time, policy)
    found = find_events(mapping.get("events", []), table, timing, file, job.source)
    if lost.any():
        report.findings.append(f"{file.shown}: {int(lost.sum())} rows without a value, marked as {MISSING_EVENT}")
    gaps = timing.source < 0
    edges = np.flatnonzero(np.diff(np.r_[False, gaps | lost[timing.source], False].astype(np.int8))).reshape(-1, 2)
    found.rows += [(a / timing.rate_hz, (b - a) / timing.rate_hz, MISSING_EVENT) for a, b in edges.tolist()]
    _write(found, channels, mapping, job.root)
    _report(found, channels, mapping, report)
    job.add([file])
    job.used |= found.files


def read_source(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """The table of one source file, by the mapping's format."""
    return FORMATS[mapping["source"]["format"]](path, shown, mapping)


def _leave_out_timeless(table: SourceTable, column: str | int) -> None:
    """Rows without a time have no place; the gap that they leave is marked like any other."""
    timed = ~np.isnan(table.numbers(column))
    if timed.all() or not timed.any():
        return
    table.notes.append(f"{table.shown}: {int((~timed).sum())} rows have no time and are left out")
    table.frame = table.frame[timed].reset_index(drop=True)
    if table.lines is not None:
        table.lines = table.lines[timed]


def _entries(table: SourceTable, mapping: MappingFile) -> list[Channel]:
    """The mapping's channels; without them those that the file itself names as EMG, or gives in volt."""
    if "channels" in mapping:
        return list(mapping["channels"])
    entries = table.entries
    if entries is None:
        in_volt = [str(name) for name in table.frame.columns if table.units.get(str(name)) in MICROVOLTS]
        entries = [{"column": name, "name": canonical_channel(name, table.shown)} for name in in_volt]
    if not entries:
        raise InputError(f"{table.shown} has no signal in V, mV or uV; name the `channels` in the mapping")
    return entries


def _channel(table: SourceTable, entry: Channel) -> _Channel:
    where = f"{table.shown}, channel '{entry['name']}'"
    factor = float(entry.get("scale", 1.0))
    column = table.column(entry["column"])
    channel = _Channel(entry, column, str(entry.get("unit") or table.units.get(column) or ""), np.zeros(0))
    if channel.is_emg and channel.in_bdf:
        if not channel.unit:
            raise InputError(f"{where}: the file states no unit; give its `unit` in the mapping")
        factor *= microvolts_per(channel.unit, where)
    values = table.numbers(column)
    channel.values = values if factor == 1.0 else values * factor
    return channel


def _missing(table: SourceTable, channels: list[_Channel], policy: str) -> np.ndarray:
    """(rows,) True where a channel of the BDF has no value; those without any are marked ``empty`` and left aside."""
    stored = [channel for channel in channels if channel.in_bdf]
    absent = np.isnan([channel.values for channel in stored])
    if policy == "error" and absent.any():
        place = int(absent.any(axis=1).argmax())
        rows = np.flatnonzero(absent[place])
        raise InputError(
            f"{table.where(int(rows[0]))}, column '{stored[place].column}' has no value ({len(rows)} rows in all); "
            "set `missing_samples: mark` in the mapping to mark them, or correct the file"
        )
    empty = np.asarray(absent.all(axis=1))
    for channel, none in zip(stored, empty, strict=True):
        channel.empty = bool(none)
    return np.asarray(absent[~empty].any(axis=0) if not empty.all() else absent[0])


def _info(table: SourceTable, channel: _Channel) -> ChannelInfo:
    entry = channel.entry
    status, text = table.status.get(channel.column, (MISSING, MISSING))
    if channel.empty:
        status, text = "bad", "the source has no value for it"
    return ChannelInfo(
        name=channel.name,
        target_muscle=entry.get("muscle", MISSING),
        units="uV" if channel.is_emg else (channel.unit or MISSING),
        type=entry.get("type", "EMG"),
        description=entry.get("description", MISSING),
        reference=entry.get("reference", MISSING),
        low_cutoff=entry.get("low_cutoff"),
        high_cutoff=entry.get("high_cutoff"),
        notch=entry.get("notch"),
        status=status,
        status_description=text,
    )


def _write(found: Found, channels: list[_Channel], mapping: MappingFile, root: Path) -> None:
    timing, place = found.timing, found.file.place
    sidecar = dict(mapping.get("sidecar", {}))
    for key in _MEASURED:
        if key in sidecar:
            raise InputError(f"the mapping's sidecar gives '{key}', which is measured; take it out")
    samples = {c.name: np.where(timing.source < 0, np.nan, c.values[timing.source]) for c in channels}
    stored = [channel for channel in channels if channel.in_bdf]
    write_recording(
        root,
        place,
        np.nan_to_num([samples[channel.name] for channel in stored]),
        timing.rate_hz,
        [_info(found.table, channel) for channel in stored],
        found.frame() if mapping.get("events") or found.rows else None,
        sidecar,
        mapping.get("event_descriptions", {}),
    )
    beside = [channel for channel in channels if not channel.in_bdf]
    if beside:
        about: dict[str, dict[str, Any]] = {}
        for channel in beside:
            text = channel.entry.get("description", f"Column '{channel.entry['column']}' of the source.")
            about[channel.name] = {"Description": text, "Units": channel.entry.get("unit", MISSING)}
        write_physio(root, place, "source", {c.name: samples[c.name] for c in beside}, timing.rate_hz, about)


def _report(found: Found, channels: list[_Channel], mapping: MappingFile, report: ImportReport) -> None:
    file, timing = found.file, found.timing
    participant, session, task, run = file.labels
    report.findings += [*found.table.notes, *timing.findings, *found.notes]
    for channel in channels:
        if channel.empty:
            report.findings.append(f"{file.shown}: channel '{channel.name}' has no value at all; its status is bad")
    report.recordings.append(
        ImportedRecording(
            file=file.shown,
            participant=participant,
            session=session,
            task=task,
            run=run,
            rate_hz=timing.rate_hz,
            n_samples=len(timing.source),
            channels=[channel.name for channel in channels],
            events=dict(sorted(Counter(label for _, _, label in found.rows).items())),
            held_fraction=round(timing.held_fraction, 6),
        )
    )
    _report_unused(found, channels, mapping, report)


def _report_unused(found: Found, channels: list[_Channel], mapping: MappingFile, report: ImportReport) -> None:
    table, ignore = found.table, mapping.get("ignore", {})
    clock = mapping.get("time", {}).get("column", table.clock)
    used = {channel.column for channel in channels} | found.columns | ({table.column(clock)} if clock else set())
    report.leave_columns(table, used, ignore.get("columns", []))
    streams = ignore.get("streams", [])
    for text in table.extra:
        report.leave("ignored" if any(f"'{name}'" in text for name in streams) else "unmapped", "streams", text)
    for name, events in (item for kind in table.events.values() for item in kind.items()):
        if name not in found.streams and events:
            report.leave("ignored" if name in streams else "unmapped", "streams", f"markers '{name}'", len(events))
    for which, labels in found.left.items():
        for label, count in labels.items():
            report.leave(which, "events", label, count)
