"""Events of a recording: what each row of an `_events.tsv` means here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.recordings.tabular import did_you_mean, need_columns, number, read_tsv


@dataclass(frozen=True)
class Meaning:
    """What event labels mean; keys of the section ``recordings``."""

    classes: tuple[str, ...]
    scene_events: tuple[str, ...] = ()
    ignore_events: tuple[str, ...] = ()

    def role(self, label: str, kind: str) -> str | None:
        """Role of an event in a recording of this kind; None for a label that nobody knows.

        A label that begins with BAD marks samples not to be used (the convention of MNE-Python), a class is
        an expression, and a scene counts in scene recordings only.
        """
        if label.startswith("BAD"):
            return "bad"
        if label in self.classes:
            return "expression"
        if label in self.scene_events:
            return "scene" if kind == "scene" else "ignored"
        return "ignored" if label in self.ignore_events or label == "n/a" else None


@dataclass(frozen=True)
class Event:
    """One event with its row in the file (0: not from a file)."""

    row: int
    onset_s: float
    duration_s: float
    label: str
    role: str

    @property
    def end_s(self) -> float:
        return self.onset_s + self.duration_s


def read_events(
    path: str | None, *, kind: str, task: str, duration_s: float, rate_hz: float, meaning: Meaning, recording_path: str
) -> list[Event]:
    """Events of one recording of the kind ``calibration`` or ``scene`` in onset order.

    A scene recording without ``scene_events`` gets one event of role ``scene`` over all of it, named by its task.

    Raises:
        InputError: unknown label, event outside the recording, overlapping expressions or scenes, negative or missing
            time, a calibration without expressions, a recording without its scenes; the message names file and row.
    """
    events: list[Event] = []
    if path:
        table = read_tsv(path)
        need_columns(table, ("onset", "duration", "trial_type"))
        events = [_event(values, f"{path}, row {row}", row, kind, meaning) for row, values in table.rows]
    for event in events:
        _check_time(event, path or "", duration_s, rate_hz)
    if kind == "scene" and not meaning.scene_events:
        events.append(Event(0, 0.0, duration_s, task, "scene"))
    events.sort(key=lambda event: (event.onset_s, event.row))
    for role in ("expression", "scene"):
        for first, second in pairwise(event for event in events if event.role == role):
            if second.onset_s < first.end_s - 0.5 / rate_hz:
                raise InputError(
                    f"{path or ''}, row {second.row}: event '{second.label}' begins at {second.onset_s:g} s, before "
                    f"'{first.label}' of row {first.row} ends at {first.end_s:g} s; events of one kind may not overlap"
                )
    where = path or recording_path
    roles = {event.role for event in events}
    if kind == "calibration" and "expression" not in roles:
        raise InputError(
            f"{where} has no event of the classes {', '.join(meaning.classes)}; a calibration needs its "
            "expressions as trial_type in an _events.tsv, named as in recordings.classes"
        )
    if kind == "scene" and "scene" not in roles:
        raise InputError(
            f"{where} has none of the scenes {', '.join(meaning.scene_events)} as trial_type; "
            "add them to an _events.tsv or correct recordings.scene_events"
        )
    return events


def _event(values: Mapping[str, str], where: str, row: int, kind: str, meaning: Meaning) -> Event:
    label = values["trial_type"] or "n/a"
    role = meaning.role(label, kind)
    if role is None:
        known = (*meaning.classes, *meaning.scene_events, *meaning.ignore_events)
        raise InputError(
            f"{where}: unknown event '{label}'{did_you_mean(label, known)}; add it to recordings.classes, "
            "recordings.scene_events or recordings.ignore_events, or correct it"
        )
    onset, duration = (number(values[column], f"{where}, {column}") for column in ("onset", "duration"))
    if onset is None or (duration is None and role in ("expression", "scene")):
        missing = "onset" if onset is None else "duration"
        raise InputError(f"{where}: event '{label}' has no {missing}; write it in seconds")
    return Event(row, onset, duration or 0.0, label, role)


def _check_time(event: Event, path: str, duration_s: float, rate_hz: float) -> None:
    where = f"{path}, row {event.row}: event '{event.label}'"
    if event.duration_s < 0 or (event.duration_s == 0 and event.role in ("expression", "scene")):
        raise InputError(f"{where} lasts {event.duration_s:g} s; write a duration above 0 in seconds")
    # Tables round to the millisecond or so: half a sample beyond the edge is rounding, more is a wrong clock.
    slack_s = 0.5 / rate_hz
    if event.role != "ignored" and (event.onset_s < -slack_s or event.end_s > duration_s + slack_s):
        raise InputError(
            f"{where} ({event.onset_s:g} to {event.end_s:g} s) lies outside the recording (0 to {duration_s:g} s); "
            "correct its times, which count from the recording's first sample"
        )


def events_frame(participant: str, recording: str, events: Sequence[Event]) -> pd.DataFrame:
    """Events of one recording as rows of the table EVENTS, numbered in onset order."""
    columns = ("onset_s", "duration_s", "label", "role")
    values = {name: [getattr(event, name) for event in events] for name in columns}
    return pd.DataFrame({"participant": participant, "recording": recording, "event": range(len(events))} | values)
