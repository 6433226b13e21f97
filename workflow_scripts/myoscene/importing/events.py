"""Events of a recording: label columns, marker edges, event files, annotations, marker streams."""

import string
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json
from myoscene.importing.formats.delimited import read_delimited, read_text
from myoscene.importing.mapping_schema import EventFile, LabelColumn, Labels, MarkerEdges, StreamEvents
from myoscene.importing.report import Job, SourceFile
from myoscene.importing.table import SECONDS, SourceTable
from myoscene.importing.timing import Timing


@dataclass
class Found:
    """A recording and its events."""

    file: SourceFile
    table: SourceTable
    timing: Timing
    job: Job
    rows: list[tuple[float, float, str]] = field(default_factory=list)  # onset_s, duration_s, trial_type
    streams: set[str] = field(default_factory=set)  # of markers that events were made from

    def add(self, onset: float, duration: float, label: str, rules: Labels) -> None:
        """Keep one event, or count it as left out, by the mapping's ``values`` and ``ignore``."""
        name = self.job.report.translate(label, rules)
        if name is not None:
            self.rows.append((float(onset), float(duration), name))

    def note(self, text: str) -> None:
        """A finding for the report."""
        self.job.report.findings.append(text)


def find_events(file: SourceFile, table: SourceTable, timing: Timing, job: Job) -> Found:
    """All events that the mapping's ``events`` names, of one recording.

    Those without an end last until the recording's; those that do not touch it are said so, and kept.
    """
    found = Found(file, table, timing, job)
    for source in job.mapping.get("events", []):
        for kind, rules in source.items():
            _KINDS[kind](found, rules)
    length = len(timing.source) / timing.rate_hz
    found.rows = [(on, max(0.0, length - on) if np.isinf(lasts) else lasts, label) for on, lasts, label in found.rows]
    for onset, duration, label in found.rows:
        if onset < -0.5 / timing.rate_hz or onset + duration > length + 1.5 / timing.rate_hz:
            found.note(
                f"the event '{label}' at {onset:.3f} s ({duration:.3f} s long) lies outside the recording of "
                f"{length:.3f} s; it is written as it is"
            )
    return found


def _label_runs(found: Found, rules: LabelColumn) -> None:
    timing = found.timing
    column = found.table.column(rules["column"])
    labels = found.table.texts(column)
    edges = np.r_[0, np.flatnonzero(labels[1:] != labels[:-1]) + 1, len(labels)]
    times = np.r_[timing.row_time_s, timing.row_time_s[-1] + 1 / timing.rate_hz][edges]
    for place, onset, end in zip(edges[:-1], times[:-1], times[1:], strict=True):
        if labels[place] != "":
            found.add(onset, end - onset, labels[place], rules)
    empty = int((labels == "").sum())
    if empty:
        found.note(f"{found.table.shown}: {empty} rows have no label in column '{column}'")


def _marker_edges(found: Found, rules: MarkerEdges) -> None:
    shown, times = found.table.shown, found.timing.row_time_s
    column = found.table.column(rules["column"])
    values = found.table.numbers(column)
    empty = int(np.isnan(values).sum())
    if empty:
        found.note(f"{shown}: {empty} rows of the marker column '{column}' have no value; it holds the last")
        values = pd.Series(values).ffill().bfill().fillna(0).to_numpy()
    steps = np.diff((values > rules["threshold"]).astype(np.int8))
    rising = 1 if rules["edge"] == "rising" else -1
    onsets, ends = (np.flatnonzero(steps == step) + 1 for step in (rising, -rising))
    if not len(onsets):
        found.note(f"{shown}: the marker column '{column}' has no {rules['edge']} edge")
    stops = np.r_[times[ends], np.inf][np.searchsorted(ends, onsets, side="right")]
    for onset, stop in zip(times[onsets].tolist(), stops.tolist(), strict=True):
        found.rows.append((onset, float(rules.get("duration_s", stop - onset)), rules["label"]))


def _event_file(found: Found, rules: EventFile) -> None:
    path, shown = _beside(rules["file"], found)
    if not path.is_file():
        raise InputError(
            f"{found.file.shown} has no event file '{shown}'; add it, or correct the mapping's `event_file`"
        )
    found.job.used.add(shown)
    if path.suffix == ".json":
        content = parse_json(read_text(path, shown), shown)
        if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
            raise InputError(f"{shown} is not a list of objects; correct the file")
        events = SourceTable(shown, pd.DataFrame(content))
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
    missing = np.isnan(onsets)
    events.refuse(missing, f": the event '{labels[int(missing.argmax())]}' has no onset; correct the file")
    for onset, duration, label in zip(onsets, durations, labels, strict=True):
        found.add(onset, duration, label, rules)


def _beside(template: str, found: Found) -> tuple[Path, str]:
    """The path of a file named by the recording's groups and ``{stem}``; folders count from the source's root."""
    name = found.file.path.name
    while "." in name.lstrip("."):
        name = name.rsplit(".", 1)[0]
    values = {"stem": name, **found.file.groups}
    shown = ""
    with suppress(KeyError, IndexError, ValueError):
        # Names alone: str.format would also look into the attributes of what a name stands for.
        if all(field in values for _, field, _, _ in string.Formatter().parse(template) if field is not None):
            shown = template.format(**values)
    if not shown:
        raise InputError(f"the mapping's event file '{template}' uses a name that `source: files` does not")
    folder = found.file.shown.rpartition("/")[0]
    if "/" not in template and folder:
        shown = f"{folder}/{shown}"
    source = found.job.source
    base = source if source.is_dir() else source.parent
    if not (base / shown).resolve().is_relative_to(base.resolve()):
        raise InputError(f"the mapping's event file '{shown}' lies outside of the source folder; put it inside")
    return base / shown, shown


def _stream_events(kind: str, found: Found, rules: StreamEvents) -> None:
    table = found.table
    streams = dict(table.events.get(kind, {}))
    if table.beside and kind == "markers":
        path, shown = _beside(rules.get("file", "{stem}.json"), found)
        if path.is_file():
            streams[shown], notes = table.beside(path, shown)
            found.job.used.add(shown)
            found.job.report.findings += notes
        else:
            found.note(f"{found.file.shown}: there is no event file '{shown}' beside it")
    wanted = rules.get("stream")
    if wanted is not None and wanted not in streams:
        known = ", ".join(f"'{name}'" for name in streams) or "none"
        raise InputError(f"{table.shown} has no marker stream '{wanted}'; it has {known}; correct the mapping")
    for name in streams if wanted is None else [wanted]:
        found.streams.add(name)
        events = sorted(streams[name], key=lambda event: event.onset_s)
        for event, after in zip(events, [*(later.onset_s for later in events[1:]), np.inf], strict=True):
            duration = event.duration_s
            if np.isnan(duration):
                duration = after - event.onset_s if rules.get("until_next") else rules.get("duration_s", 0.0)
            found.add(event.onset_s - found.timing.start_s, duration, event.label, rules)


_KINDS: dict[str, Callable[[Found, Any], None]] = {
    "label_column": _label_runs,
    "marker_edges": _marker_edges,
    "event_file": _event_file,
    "annotations": partial(_stream_events, "annotations"),
    "markers": partial(_stream_events, "markers"),
}
