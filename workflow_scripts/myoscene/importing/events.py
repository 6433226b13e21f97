"""Events of a recording: label columns, marker edges, event files, annotations, marker streams."""

import string
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json
from myoscene.importing.formats.delimited import read_delimited, read_text
from myoscene.importing.formats.emteqpro import read_event_file
from myoscene.importing.identifiers import SourceFile
from myoscene.importing.table import SourceEvent, SourceTable
from myoscene.importing.timing import Timing

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}


@dataclass
class Found:
    """Events of one recording, and what was found and not used.

    Attributes:
        rows: onset and duration in seconds from the first sample, trial_type.
        unmapped: label -> how often, of labels that the mapping does not know.
        ignored: label -> how often, of labels that the mapping leaves aside.
        columns: columns that events were made from.
        files: event files that were read, relative to the source.
        notes: findings for the report.
    """

    rows: list[tuple[float, float, str]] = field(default_factory=list)
    unmapped: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    streams: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add(self, onset: float, duration: float, label: str, rules: dict[str, Any]) -> None:
        """Keep, set aside or list one event, by the mapping's ``values`` and ``ignore``."""
        kind, name = translate(label, rules)
        if kind == "kept":
            self.rows.append((onset, duration, name))
        else:
            counts = self.ignored if kind == "ignored" else self.unmapped
            counts[label] = counts.get(label, 0) + 1

    def table(self) -> pd.DataFrame:
        """The events in onset order, with the columns of ``_events.tsv``."""
        rows = sorted(self.rows)
        return pd.DataFrame(
            {
                "onset": [round(row[0], 9) for row in rows],
                "duration": [round(row[1], 9) for row in rows],
                "trial_type": [row[2] for row in rows],
            }
        )


def translate(label: str, rules: dict[str, Any]) -> tuple[str, str]:
    """("kept", trial_type), ("ignored", label) or ("unmapped", label)."""
    if label in {as_text(value) for value in rules.get("ignore", [])}:
        return "ignored", label
    values = rules.get("values")
    if values is None:
        return "kept", label
    return ("kept", as_text(values[label])) if label in values else ("unmapped", label)


def as_text(value: Any) -> str:
    """A YAML scalar as the label that it stands for: 1 and 1.0 are "1", true is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def find_events(
    sources: list[dict[str, Any]],
    table: SourceTable,
    timing: Timing,
    file: SourceFile,
    root: Path,
    format_name: str,
) -> Found:
    """All events that the mapping's ``events`` names, of one recording."""
    found = Found()
    for source in sources:
        kind, rules = next(iter(source.items()))
        if kind == "label_column":
            _label_runs(found, table, timing, rules)
        elif kind == "marker_edges":
            _marker_edges(found, table, timing, rules)
        elif kind == "event_file":
            _event_file(found, table, timing, rules, file, root)
        else:
            _stream_events(found, kind, table, timing, rules, file, root, format_name)
    _fill_open_ends(found, timing)
    return found


def _label_runs(found: Found, table: SourceTable, timing: Timing, rules: dict[str, Any]) -> None:
    column = table.column(rules["column"])
    found.columns.add(column)
    labels = table.texts(column)
    edges = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1), len(labels)]
    empty = 0
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        if labels[start] == "":
            empty += stop - start
            continue
        onset = timing.row_time_s[start]
        end = timing.row_time_s[stop] if stop < len(labels) else timing.row_time_s[-1] + 1 / timing.rate_hz
        found.add(float(onset), float(end - onset), labels[start], rules)
    if empty:
        found.notes.append(f"{table.shown}: {empty} rows have no label in column '{column}'")


def _marker_edges(found: Found, table: SourceTable, timing: Timing, rules: dict[str, Any]) -> None:
    column = table.column(rules["column"])
    found.columns.add(column)
    values = table.numbers(column)
    if np.isnan(values).any():
        count = int(np.isnan(values).sum())
        found.notes.append(
            f"{table.shown}: {count} rows of the marker column '{column}' have no value; it holds the last"
        )
        values = pd.Series(values).ffill().bfill().fillna(0).to_numpy()
    high = values > rules["threshold"]
    rises = np.flatnonzero(~high[:-1] & high[1:]) + 1
    falls = np.flatnonzero(high[:-1] & ~high[1:]) + 1
    onsets, ends = (rises, falls) if rules["edge"] == "rising" else (falls, rises)
    if not len(onsets):
        found.notes.append(f"{table.shown}: the marker column '{column}' has no {rules['edge']} edge")
    for onset in onsets:
        start = float(timing.row_time_s[onset])
        later = ends[ends > onset]
        stop = float(timing.row_time_s[later[0]]) if len(later) else np.inf
        found.rows.append((start, float(rules.get("duration_s", stop - start)), rules["label"]))


def _event_file(
    found: Found, table: SourceTable, timing: Timing, rules: dict[str, Any], file: SourceFile, root: Path
) -> None:
    path, shown = _beside(rules["file"], file, root)
    if not path.is_file():
        raise InputError(f"{file.shown} has no event file '{shown}'; add it, or correct the mapping's `event_file`")
    found.files.add(shown)
    events = (
        _json_table(path, shown)
        if path.suffix == ".json"
        else read_delimited(path, shown, rules.get("text", {}), as_text=True)
    )
    scale = _SECONDS[rules.get("onset_unit", "s")]
    onsets = events.numbers(rules["onset"]) * scale
    if rules.get("clock") == "file":
        onsets = onsets - timing.start_s
    durations = np.full(len(onsets), float(rules.get("duration_s", 0.0)))
    if "duration" in rules:
        durations = np.nan_to_num(events.numbers(rules["duration"]) * scale)
    labels = events.texts(rules["label"])
    for row, (onset, duration, label) in enumerate(zip(onsets, durations, labels, strict=True)):
        if np.isnan(onset):
            raise InputError(f"{events.where(row)}: the event '{label}' has no onset; correct the file")
        found.add(float(onset), float(duration), label, rules)


def _beside(template: str, file: SourceFile, root: Path) -> tuple[Path, str]:
    """The path of a file named by the recording's groups and ``{stem}``; folders count from the source's root."""
    name = file.path.name
    while "." in name.lstrip("."):
        name = name.rsplit(".", 1)[0]
    values = {"stem": name, **file.groups}
    try:
        # Names alone: str.format would also look into the attributes of what a name stands for.
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
        shown = template.format(**values) if all(field in values for field in fields) else ""
    except (KeyError, IndexError, ValueError):
        shown = ""
    if not shown:
        raise InputError(f"the mapping's event file '{template}' uses a name that `source: files` does not")
    folder = file.shown.rpartition("/")[0]
    if "/" not in template and folder:
        shown = f"{folder}/{shown}"
    base = root if root.is_dir() else root.parent
    if not (base / shown).resolve().is_relative_to(base.resolve()):
        raise InputError(f"the mapping's event file '{shown}' lies outside of the source folder; put it inside")
    return base / shown, shown


def _json_table(path: Path, shown: str) -> SourceTable:
    content = parse_json(read_text(path, shown), shown)
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise InputError(f"{shown} is no list of objects; correct the file")
    return SourceTable(shown, pd.DataFrame(content))


def _stream_events(
    found: Found,
    kind: str,
    table: SourceTable,
    timing: Timing,
    rules: dict[str, Any],
    file: SourceFile,
    root: Path,
    format_name: str,
) -> None:
    streams = dict(table.events.get(kind, {}))
    if format_name == "emteqpro" and kind == "markers":
        path, shown = _beside(rules.get("file", "{stem}.json"), file, root)
        if path.is_file():
            events, notes = read_event_file(path, shown)
            found.files.add(shown)
            found.notes += notes
            streams[shown] = events
        else:
            found.notes.append(f"{file.shown}: there is no event file '{shown}' beside it")
    wanted = rules.get("stream")
    if wanted is not None and wanted not in streams:
        known = ", ".join(f"'{name}'" for name in streams) or "none"
        raise InputError(f"{table.shown} has no marker stream '{wanted}'; it has {known}; correct the mapping")
    for name, events in streams.items():
        if wanted in (None, name):
            found.streams.add(name)
            _add_stream(found, events, timing, rules)


def _add_stream(found: Found, events: list[SourceEvent], timing: Timing, rules: dict[str, Any]) -> None:
    events = sorted(events, key=lambda event: event.onset_s)
    for number, event in enumerate(events):
        duration = event.duration_s
        if np.isnan(duration):
            duration = float(rules.get("duration_s", 0.0))
            if rules.get("until_next"):
                after = events[number + 1].onset_s if number + 1 < len(events) else np.inf
                duration = after - event.onset_s
        found.add(event.onset_s - timing.start_s, duration, event.label, rules)


def _fill_open_ends(found: Found, timing: Timing) -> None:
    """Events without an end last until the recording's; those that do not touch it are said so, and kept."""
    length = len(timing.source) / timing.rate_hz
    rows = []
    for onset, duration, label in found.rows:
        if np.isinf(duration):
            duration = max(0.0, length - onset)
        if onset < -0.5 / timing.rate_hz or onset + duration > length + 1.5 / timing.rate_hz:
            found.notes.append(
                f"the event '{label}' at {onset:.3f} s ({duration:.3f} s long) lies outside the recording of "
                f"{length:.3f} s; it is written as it is"
            )
        rows.append((onset, duration, label))
    found.rows = rows
