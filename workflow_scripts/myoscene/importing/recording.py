"""What is read by a format: a source file to one BIDS recording, and tables of ready features to one table."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing import formats
from myoscene.importing.bids_writer import (
    MISSING,
    MISSING_EVENT,
    ChannelInfo,
    write_dataset_description,
    write_physio,
    write_recording,
)
from myoscene.importing.events import Found, find_events
from myoscene.importing.identifiers import find_files
from myoscene.importing.mapping_schema import Channel, Features, MappingFile
from myoscene.importing.report import ImportedRecording, Job, SourceFile
from myoscene.importing.table import SourceTable
from myoscene.importing.timing import arrange
from myoscene.machinery.files import atomic_path
from myoscene.recordings.names import MICROVOLTS, canonical_channel, microvolts_per

_MEASURED = ("SamplingFrequency", "RecordingDuration", "EMGChannelCount", "TaskName")


@dataclass
class _Channel:
    """One channel of the mapping with its values."""

    entry: Channel
    column: str  # in the source
    unit: str  # of the source; "" where nobody says
    values: np.ndarray  # (rows,) microvolt for EMG in the BDF, the mapping's unit for others; NaN: no value
    empty: bool = False  # no row has a value


def import_recording(file: SourceFile, job: Job) -> None:
    """Read ``file`` and write its recording.

    Raises:
        InputError: anything in the file that cannot be used, with its row or column.
    """
    mapping, findings = job.mapping, job.report.findings
    policy, time = mapping.get("missing_samples", "error"), mapping.get("time", {})
    table: SourceTable = formats.load(mapping["source"]["format"]).read(file.path, file.shown, mapping)
    if policy == "mark" and "column" in time:
        _leave_out_timeless(table, time["column"])
    channels = [_channel(table, entry) for entry in _entries(table, mapping)]
    emg = [channel for channel in channels if channel.entry["type"] == "EMG"]
    if not any(channel.entry["store"] == "bdf" for channel in emg):
        raise InputError(f"{file.shown}: no channel of the mapping is EMG; name at least one")
    lost = _missing(table, [channel for channel in channels if channel.entry["store"] == "bdf"], policy)
    timing = arrange(table, np.stack([channel.values for channel in emg]), time, policy)
    if lost.any():
        findings.append(f"{file.shown}: {int(lost.sum())} rows without a value, marked as {MISSING_EVENT}")
    findings += [*table.notes, *timing.findings]
    found = find_events(file, table, timing, job)
    gaps = timing.source < 0
    edges = np.flatnonzero(np.diff(np.r_[False, gaps | lost[timing.source], False].astype(np.int8))).reshape(-1, 2)
    found.rows += [(a / timing.rate_hz, (b - a) / timing.rate_hz, MISSING_EVENT) for a, b in edges.tolist()]
    _write(found, channels)
    _report(found, channels)
    job.add([file])


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
    entries = mapping.get("channels", table.entries)
    if entries is None:
        in_volt = [str(name) for name in table.frame.columns if table.units.get(str(name)) in MICROVOLTS]
        entries = [{"column": name, "name": canonical_channel(name, table.shown)} for name in in_volt]
        if not entries:
            raise InputError(f"{table.shown} has no signal in V, mV or uV; name the `channels` in the mapping")
    return [{"type": "EMG", "store": "bdf", **entry} for entry in entries]


def _channel(table: SourceTable, entry: Channel) -> _Channel:
    where = f"{table.shown}, channel '{entry['name']}'"
    factor = float(entry.get("scale", 1.0))
    column = table.column(entry["column"])
    unit = str(entry.get("unit") or table.units.get(column) or "")
    if entry["type"] == "EMG" and entry["store"] == "bdf":
        if not unit:
            raise InputError(f"{where}: the file states no unit; give its `unit` in the mapping")
        factor *= microvolts_per(unit, where)
    values = table.numbers(column)
    return _Channel(entry, column, unit, values if factor == 1.0 else values * factor)


def _missing(table: SourceTable, stored: list[_Channel], policy: str) -> np.ndarray:
    """(rows,) True where a channel of the BDF has no value; those without any are marked ``empty`` and left aside."""
    absent = np.isnan([channel.values for channel in stored])
    if policy == "error" and absent.any():
        place = int(absent.any(axis=1).argmax())
        table.refuse(
            absent[place],
            f", column '{stored[place].column}' has no value ({int(absent[place].sum())} rows in all); set "
            "`missing_samples: mark` in the mapping to mark them, or correct the file",
        )
    empty = np.asarray(absent.all(axis=1))
    for channel, none in zip(stored, empty.tolist(), strict=True):
        channel.empty = none
    return np.asarray(absent[~empty].any(axis=0) if not empty.all() else absent[0])


def _info(table: SourceTable, channel: _Channel) -> ChannelInfo:
    """Its row of ``_channels.tsv``; what the mapping says has BIDS's names."""
    entry = channel.entry
    given: dict[str, Any] = {key: value for key, value in entry.items() if key in ChannelInfo.__dataclass_fields__}
    given["target_muscle"] = entry.get("muscle", MISSING)
    given["units"] = "uV" if entry["type"] == "EMG" else (channel.unit or MISSING)
    given["status"], given["status_description"] = table.status.get(channel.column, (MISSING, MISSING))
    if channel.empty:
        given |= {"status": "bad", "status_description": "the source has no value for it"}
    return ChannelInfo(**given)


def _write(found: Found, channels: list[_Channel]) -> None:
    timing, place, mapping = found.timing, found.file.place, found.job.mapping
    sidecar = mapping.get("sidecar", {})
    for key in _MEASURED:
        if key in sidecar:
            raise InputError(f"the mapping's sidecar gives '{key}', which is measured; take it out")
    samples = {c.entry["name"]: np.where(timing.source < 0, np.nan, c.values[timing.source]) for c in channels}
    stored = [channel for channel in channels if channel.entry["store"] == "bdf"]
    events = None
    if mapping.get("events") or found.rows:
        rows = [(round(onset, 9), round(duration, 9), label) for onset, duration, label in found.rows]
        events = pd.DataFrame(rows, columns=["onset", "duration", "trial_type"])
    write_recording(
        found.job.root,
        place,
        np.nan_to_num([samples[channel.entry["name"]] for channel in stored]),
        timing.rate_hz,
        [_info(found.table, channel) for channel in stored],
        events,
        sidecar,
        mapping.get("event_descriptions", {}),
    )
    beside = [channel.entry for channel in channels if channel.entry["store"] == "physio"]
    if beside:
        about = {
            entry["name"]: {
                "Description": entry.get("description", f"Column '{entry['column']}' of the source."),
                "Units": entry.get("unit", MISSING),
            }
            for entry in beside
        }
        write_physio(found.job.root, place, "source", {name: samples[name] for name in about}, timing.rate_hz, about)


def _report(found: Found, channels: list[_Channel]) -> None:
    """What was made of the file, and what in it was not used."""
    file, table, timing, report, mapping = found.file, found.table, found.timing, found.job.report, found.job.mapping
    names = [channel.entry["name"] for channel in channels]
    for channel, name in zip(channels, names, strict=True):
        if channel.empty:
            found.note(f"{file.shown}: channel '{name}' has no value at all; its status is bad")
    samples, held = len(timing.source), round(timing.held_fraction, 6)
    events = dict(sorted(Counter(label for _, _, label in found.rows).items()))
    report.recordings.append(ImportedRecording(file.shown, *file.labels, timing.rate_hz, samples, names, events, held))
    columns = [mapping.get("time", {}).get("column", table.clock)]
    for source in mapping.get("events", []):
        columns += [source[kind]["column"] for kind in ("label_column", "marker_edges") if kind in source]
    used = {channel.column for channel in channels} | {table.column(column) for column in columns if column}
    found.job.leave_columns(table, used)
    streams = found.job.ignored.get("streams", [])
    for text in table.extra:
        report.leave("streams", text, any(f"'{name}'" in text for name in streams))
    for name, stream in (item for kind in table.events.values() for item in kind.items()):
        if name not in found.streams and stream:
            report.leave("streams", f"markers '{name}'", name in streams, len(stream))


def import_features(job: Job) -> None:
    """Write ``derivatives/features/features.csv``: participant, label, then one column a feature.

    Numbers keep all their digits. Rows whose label the mapping does not know are counted in the report.

    Raises:
        InputError: no file matches, a column is missing, a cell is not a number or empty.
    """
    rules = job.mapping["features"]
    names = [column["name"] for column in rules["columns"]]
    for name in names:
        if names.count(name) > 1 or name in ("participant", "label"):
            raise InputError(f"the mapping's feature '{name}' stands twice or is taken; name each feature once")
    if rules["format"] == "matlab" and "matlab" not in rules:
        raise InputError("the mapping's `features` have the format matlab, which needs `matlab: {variable: ...}`")
    # A feature file belongs to a person; its task plays no part.
    found = find_files(job, {"files": rules["files"]}, {"value": "features"})
    frame = pd.concat([_feature_rows(file, rules, job) for file in found], ignore_index=True)
    folder = job.root / "derivatives" / "features"
    with atomic_path(folder / "features.csv") as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
    name = f"{job.mapping['dataset']['name']}: features"
    write_dataset_description(folder, {"name": name}, kind="derivative")
    job.report.feature_rows = len(frame)
    job.add(found)


def _feature_rows(file: SourceFile, rules: Features, job: Job) -> pd.DataFrame:
    table: SourceTable = formats.load(rules["format"]).read(file.path, file.shown, cast(MappingFile, rules))
    texts = table.texts(rules["label"]["column"])
    table.refuse(texts == "", " has no label; correct the file")
    labels = [job.report.translate(text, rules["label"]) for text in texts]
    kept = [label is not None for label in labels]
    data: dict[str, object] = {
        "participant": file.place.participant,
        "label": [label for label in labels if label is not None],
    }
    for column in rules["columns"]:
        values = table.numbers(column["column"])
        table.refuse(np.isnan(values), f", feature '{column['name']}' has no value; correct the file")
        data[column["name"]] = values[kept]
    used = {table.column(column["column"]) for column in [*rules["columns"], rules["label"]]}
    job.leave_columns(table, used)
    for text in table.extra:
        job.report.leave("streams", text)
    return pd.DataFrame(data)
