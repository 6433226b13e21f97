"""Events of a recording: label columns, marker edges, event files, annotations, marker streams."""

import string
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json
from myoscene.importing.formats.delimited import read_delimited, read_text
from myoscene.importing.identifiers import SourceFile
from myoscene.importing.mapping_schema import EventFile, EventSource, LabelColumn, Labels, MarkerEdges, StreamEvents
from myoscene.importing.table import SECONDS, SourceEvent, SourceTable
from myoscene.importing.timing import Timing


@dataclass
class Found:
    """Events of one recording, and what was found and not used.

    Attributes:
        file, table, timing: the recording; root: the source folder (or file).
        rows: onset and duration in seconds from the first sample, trial_type.
        left: "unmapped" or "ignored" -> label -> how often, of labels that the mapping does not know, or leaves aside.
        columns: columns that events were made from.
        files: event files that were read, relative to the source.
        streams: marker streams that were read.
        notes: findings for the report.
    """

    file: SourceFile
    table: SourceTable
    timing: Timing
    root: Path
    rows: list[tuple[float, float, str]] = field(default_factory=list)
    left: dict[str, Counter[str]] = field(default_factory=lambda: {"unmapped": Counter(), "ignored": Counter()})
    columns: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    streams: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add(self, onset: float, duration: float, label: str, rules: Labels) -> None:
        """Keep, set aside or list one event, by the mapping's ``values`` and ``ignore``."""
        kind, name = translate(label, rules)
        if kind == "kept":
            self.rows.append((float(onset), float(duration), name))
        else:
            self.left[kind][label] += 1

    def frame(self) -> pd.DataFrame:
        """The events in onset order, with the columns of ``_events.tsv``."""
        rows = [(round(onset, 9), round(duration, 9), name) for onset, duration, name in sorted(self.rows)]
        return pd.DataFrame(rows, columns=["onset", "duration", "trial_type"])

    def column(self, wanted: str | int) -> str:
        """The name of a column from which events are made."""
        name = self.table.column(wanted)
        self.columns.add(name)
        return name


def translate(label: str, rules: Labels) -> tuple[str, str]:
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


def find_events(sources: list[EventSource], table: SourceTable, timing: Timing, file: SourceFile, root: Path) -> Found:
    """All events that the mapping's ``events`` names, of one recording."""
    found = Found(file, table, timing, root)
    for source in sources:
        if "label_column" in source:
            _label_runs(found, source["label_column"])
        elif "marker_edges" in source:
            _marker_edges(found, source["marker_edges"])
        elif "event_file" in source:
            _event_file(found, source["event_file"])
        elif "annotations" in source:
            _stream_events(found, "annotations", source["annotations"])
        elif "markers" in source:
            _stream_events(found, "markers", source["markers"])
    _fill_open_ends(found)
    return found


def _label_runs(found: Found, rules: LabelColumn) -> None:
    table, timing = found.table, found.timing
    column = found.column(rules["column"])
    labels = table.texts(column)
    edges = np.r_[0, np.flatnonzero(labels[1:] != labels[:-1]) + 1, len(labels)]
    times = np.r_[timing.row_time_s, timing.row_time_s[-1] + 1 / timing.rate_hz][edges]
    for place, onset, end in zip(edges[:-1], times[:-1], times[1:], strict=True):
        if labels[place] != "":
            found.add(onset, end - onset, labels[place], rules)
    empty = int((labels == "").sum())
    if empty:
        found.notes.append(f"{table.shown}: {empty} rows have no label in column '{column}'")


def _marker_edges(found: Found, rules: MarkerEdges) -> None:
    table, timing = found.table, found.timing
    column = found.column(rules["column"])
    values = table.numbers(column)
    empty = int(np.isnan(values).sum())
    if empty:
        found.notes.append(
            f"{table.shown}: {empty} rows of the marker column '{column}' have no value; it holds the last"
        )
        values = pd.Series(values).ffill().bfill().fillna(0).to_numpy()
    steps = np.diff((values > rules["threshold"]).astype(np.int8))
    rising = 1 if rules["edge"] == "rising" else -1
    onsets, ends = (np.flatnonzero(steps == step) + 1 for step in (rising, -rising))
    if not len(onsets):
        found.notes.append(f"{table.shown}: the marker column '{column}' has no {rules['edge']} edge")
    stops = np.r_[timing.row_time_s[ends], np.inf][np.searchsorted(ends, onsets, side="right")]
    for onset, stop in zip(timing.row_time_s[onsets].tolist(), stops.tolist(), strict=True):
        found.rows.append((onset, float(rules.get("duration_s", stop - onset)), rules["label"]))


def _event_file(found: Found, rules: EventFile) -> None:
    path, shown = _beside(rules["file"], found)
    if not path.is_file():
        raise InputError(
            f"{found.file.shown} has no event file '{shown}'; add it, or correct the mapping's `event_file`"
        )
    found.files.add(shown)
    if path.suffix == ".json":
        events = _json_table(path, shown)
    else:
        events = read_delimited(path, shown, rules.get("text", {}), as_text=True)
    scale = SECONDS[rules.get("onset_unit", "s")]
    onsets = events.numbers(rules["onset"]) * scale
    if rules.get("clock") == "file":
        onsets = onsets - found.timing.start_s
    durations = np.full(len(onsets), float(rules.get("duration_s", 0.0)))
    if "duration" in rules:
        durations = np.nan_to_num(events.numbers(rules["duration"]) * scale)
    labels = events.texts(rules["label"])
    if np.isnan(onsets).any():
        row = int(np.isnan(onsets).argmax())
        raise InputError(f"{events.where(row)}: the event '{labels[row]}' has no onset; correct the file")
    for onset, duration, label in zip(onsets, durations, labels, strict=True):
        found.add(onset, duration, label, rules)


def _beside(template: str, found: Found) -> tuple[Path, str]:
    """The path of a file named by the recording's groups and ``{stem}``; folders count from the source's root."""
    file, root = found.file, found.root
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


def _stream_events(found: Found, kind: str, rules: StreamEvents) -> None:
    table = found.table
    streams = dict(table.events.get(kind, {}))
    if table.beside and kind == "markers":
        path, shown = _beside(rules.get("file", "{stem}.json"), found)
        if path.is_file():
            streams[shown], notes = table.beside(path, shown)
            found.files.add(shown)
            found.notes += notes
        else:
            found.notes.append(f"{found.file.shown}: there is no event file '{shown}' beside it")
    wanted = rules.get("stream")
    if wanted is not None and wanted not in streams:
        known = ", ".join(f"'{name}'" for name in streams) or "none"
        raise InputError(f"{table.shown} has no marker stream '{wanted}'; it has {known}; correct the mapping")
    for name, events in streams.items():
        if wanted in (None, name):
            found.streams.add(name)
            _add_stream(found, events, rules)


def _add_stream(found: Found, events: list[SourceEvent], rules: StreamEvents) -> None:
    events = sorted(events, key=lambda event: event.onset_s)
    for event, after in zip(events, [*(e.onset_s for e in events[1:]), np.inf], strict=True):
        duration = event.duration_s
        if np.isnan(duration):
            duration = after - event.onset_s if rules.get("until_next") else rules.get("duration_s", 0.0)
        found.add(event.onset_s - found.timing.start_s, duration, event.label, rules)


def _fill_open_ends(found: Found) -> None:
    """Events without an end last until the recording's; those that do not touch it are said so, and kept."""
    rate_hz = found.timing.rate_hz
    length = len(found.timing.source) / rate_hz
    found.rows = [(on, max(0.0, length - on) if np.isinf(lasts) else lasts, label) for on, lasts, label in found.rows]
    for onset, duration, label in found.rows:
        if onset < -0.5 / rate_hz or onset + duration > length + 1.5 / rate_hz:
            found.notes.append(
                f"the event '{label}' at {onset:.3f} s ({duration:.3f} s long) lies outside the recording of "
                f"{length:.3f} s; it is written as it is"
            )
