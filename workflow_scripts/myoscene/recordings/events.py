"""Events of a recording: what each row of an `_events.tsv` means here."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.recordings.tabular import did_you_mean, need_columns, number, read_tsv


@dataclass(frozen=True)
class Meaning:
    """What event labels mean, from the configuration.

    Attributes:
        classes: expression classes.
        scene_events: labels that are scenes, where one recording holds several.
        ignore_events: labels to leave aside.
    """

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
        """Time at which the event ends."""
        return self.onset_s + self.duration_s


def read_events(
    path: str | None, *, kind: str, task: str, duration_s: float, rate_hz: float, meaning: Meaning, recording_path: str
) -> list[Event]:
    """Events of one recording in onset order.

    A scene recording without ``scene_events`` gets one event of role ``scene`` over its whole length, named by its
    task.

    Args:
        path: the ``_events.tsv``, None where there is none.
        kind: ``calibration`` or ``scene``.
        recording_path: the EMG file, for messages.

    Raises:
        InputError: unknown label, event outside the recording, overlapping expressions or scenes, negative or missing
            time, a calibration without expressions, a recording without its scenes; the message names file and row.
    """
    events = _read_rows(path, kind, meaning) if path else []
    for event in events:
        _check_time(event, path or "", duration_s, rate_hz)
    if kind == "scene" and not meaning.scene_events:
        events.append(Event(0, 0.0, duration_s, task, "scene"))
    events.sort(key=lambda event: (event.onset_s, event.row))
    for role in ("expression", "scene"):
        _check_overlap([event for event in events if event.role == role], path or "", rate_hz)
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


def _read_rows(path: str, kind: str, meaning: Meaning) -> list[Event]:
    table = read_tsv(path)
    need_columns(table, ("onset", "duration", "trial_type"))
    events = []
    for row, values in table.rows:
        where = f"{path}, row {row}"
        label = values["trial_type"] or "n/a"
        role = meaning.role(label, kind)
        if role is None:
            known = (*meaning.classes, *meaning.scene_events, *meaning.ignore_events)
            raise InputError(
                f"{where}: unknown event '{label}'{did_you_mean(label, known)}; add it to recordings.classes, "
                "recordings.scene_events or recordings.ignore_events, or correct it"
            )
        onset = number(values["onset"], f"{where}, onset")
        duration = number(values["duration"], f"{where}, duration")
        if onset is None or (duration is None and role in ("expression", "scene")):
            missing = "onset" if onset is None else "duration"
            raise InputError(f"{where}: event '{label}' has no {missing}; write it in seconds")
        events.append(Event(row, onset, duration or 0.0, label, role))
    return events


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


def _check_overlap(events: Sequence[Event], path: str, rate_hz: float) -> None:
    """Raise InputError when two of ``events`` (in onset order) overlap by more than half a sample."""
    for first, second in zip(events, events[1:], strict=False):
        if second.onset_s < first.end_s - 0.5 / rate_hz:
            raise InputError(
                f"{path}, row {second.row}: event '{second.label}' begins at {second.onset_s:g} s, before "
                f"'{first.label}' of row {first.row} ends at {first.end_s:g} s; events of one kind may not overlap"
            )


def events_frame(participant: str, recording: str, events: Sequence[Event]) -> pd.DataFrame:
    """Events of one recording as rows of the table EVENTS, numbered in onset order."""
    columns = ("onset_s", "duration_s", "label", "role")
    values = {name: [getattr(event, name) for event in events] for name in columns}
    return pd.DataFrame({"participant": participant, "recording": recording, "event": range(len(events))} | values)
