"""emteqPRO CSV files: a facial EMG mask inside VR headsets."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json
from myoscene.importing.formats.delimited import read_lines, read_text, text_lines
from myoscene.importing.mapping_schema import Channel, MappingFile
from myoscene.importing.table import SourceEvent, SourceTable
from myoscene.recordings.names import canonical_channel

ORDER = 5
J2000_UNIX_S = 946_684_800  # 2000-01-01 in Unix seconds
# Kind of column -> the line of metadata with what it is divided by, and its unit then.
_DIVISORS = dict.fromkeys(("Raw", "Filtered", "Amplitude"), ("Emg/Properties.rawToVoltageDivisor", "V"))
_DIVISORS["Contact"] = ("Emg/Properties.contactToImpedanceDivisor", "Ohm")
_CONTACT_STATES = {"0": "OFF", "1": "ON", "2": "STABLE", "3": "SETTLED"}
_CHANNEL = re.compile(r"Emg/(\w+)\[([^\]]*)\]")
_SIGNALS = {
    "RightFrontalis": ("frontalis_right", "right frontalis"),
    "RightZygomaticus": ("zygomaticus_right", "right zygomaticus major"),
    "RightOrbicularis": ("orbicularis_right", "right orbicularis oculi"),
    "CenterCorrugator": ("corrugator_center", "corrugator supercilii"),
    "LeftOrbicularis": ("orbicularis_left", "left orbicularis oculi"),
    "LeftZygomaticus": ("zygomaticus_left", "left zygomaticus major"),
    "LeftFrontalis": ("frontalis_left", "left frontalis"),
}

Metadata = dict[str, str]


def read(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """Read one file: Raw, Filtered and Amplitude in volt, Contact in ohm, time in seconds since 2000-01-01.

    Lines that begin with ``#`` are metadata wherever they stand; the header's own first field is ``Frame#`` (``Frame``
    in older files). The channels' order is that of ``#Emg/Properties.ids[]``.

    Raises:
        InputError: an OCOsense file (optical, no EMG), no header, no ids or divisors, or a broken row.
    """
    metadata: Metadata = {}
    numbered = []
    for number, line in enumerate(text_lines(read_text(path, shown)), start=1):
        if line.startswith("#"):
            key, _, value = line[1:].partition(",")
            metadata.setdefault(key.strip(), value.strip())
        elif line.strip():
            numbered.append((number, line))
    header = numbered[0][1].split(",") if numbered else [""]
    if any(re.search(r"(?i)\boco", text) for text in (*metadata, *metadata.values(), *header)):
        raise InputError(
            f"{shown} is an OCOsense file: optical skin movement at 50 Hz, not EMG; take it out of the mapping's files"
        )
    if header[0].strip() not in ("Frame#", "Frame"):
        raise InputError(f"{shown} is not an emteqPRO file: no header begins with 'Frame#'; correct its format")
    table = read_lines(numbered, ",", {}, shown)
    ids = _ids(metadata)
    table.frame.columns = pd.Index([_named(str(name), ids, shown) for name in table.frame.columns])
    if not any(name.startswith("Emg/") for name in table.frame.columns):
        raise InputError(f"{shown} has no `Emg/` columns; correct the mapping's files")
    _scale(table, metadata)
    table.clock = "Time"
    table.time_s = table.numbers("Time") + _number(metadata, "Time/Seconds.referenceOffset", shown)
    table.refuse(np.isnan(table.time_s), " has no time; correct the file")
    start = float(table.time_s[0]) + J2000_UNIX_S
    table.notes.append(f"{shown}: {metadata.get('Format/Version', 'no version')}, starts at Unix time {start:.3f} s")
    table.beside = read_event_file
    names = {name: match[2] for name in table.frame.columns if (match := _CHANNEL.fullmatch(name))}
    states = {name: f"Emg/ContactStates[{identifier}]" for name, identifier in names.items()}
    table.status = {name: _contact_status(table, column) for name, column in states.items() if column in table.frame}
    if "channels" not in mapping:
        table.entries = _entries(names, mapping.get("emteqpro", {}).get("signal", "Raw"), shown)
    return table


def _entries(names: dict[str, str], signal: str, shown: str) -> list[Channel]:
    """Mapping entries for every channel of ``signal`` (Raw or Filtered), where the mapping names none."""
    entries: list[Channel] = []
    for column, identifier in names.items():
        if column.startswith(f"Emg/{signal}["):
            name, muscle = _SIGNALS.get(identifier) or (canonical_channel(identifier, shown), "n/a")
            entries.append({"column": column, "name": name, "muscle": muscle, "unit": "V"})
    if not entries:
        raise InputError(f"{shown} has no columns 'Emg/{signal}[...]'; choose another `emteqpro: signal`")
    return entries


def _contact_status(table: SourceTable, column: str) -> tuple[str, str]:
    """BIDS status of a channel by its contact states: "bad" where the electrode was off for over half the rows."""
    states = np.array([_CONTACT_STATES.get(text, text.upper()) for text in table.texts(column)], dtype=object)
    off, settled = (float(np.mean(states == state)) for state in ("OFF", "SETTLED"))
    return ("bad" if off > 0.5 else "good"), f"electrode off in {off:.1%} of the rows, settled in {settled:.1%}"


def read_event_file(path: Path, shown: str) -> tuple[list[SourceEvent], list[str]]:
    """Events of the JSON beside a recording, in seconds since 2000-01-01, and what could not be paired.

    Type 0 is an instant; 1 a start, which lasts until the next 2 with its label.
    """
    content = parse_json(read_text(path, shown), shown)
    if isinstance(content, dict):
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(lists) == 1 else None
    if not isinstance(content, list):
        raise InputError(f"{shown} is not a list of events; correct the file")
    rows = []
    for number, entry in enumerate(content, start=1):
        try:
            rows.append((float(entry["Timestamp"]) / 1e3, int(entry["Type"]), str(entry["Label"]).strip()))
            known = np.isfinite(rows[-1][0])
        except (KeyError, TypeError, ValueError, OverflowError):
            known = False
        if not known:
            raise InputError(f"{shown}, event {number} needs Label, Timestamp and Type; correct the file") from None
        if rows[-1][1] not in (0, 1, 2):
            raise InputError(f"{shown}, event {number} has the type {rows[-1][1]}; 0, 1 and 2 are known")
    return _pair(sorted(rows, key=lambda row: row[0]), shown)


def _pair(rows: list[tuple[float, int, str]], shown: str) -> tuple[list[SourceEvent], list[str]]:
    events, notes = [], []
    started: dict[str, list[float]] = {}
    for time, kind, label in rows:
        if kind == 0:
            events.append(SourceEvent(time, 0.0, label))
        elif kind == 1:
            started.setdefault(label, []).append(time)
        elif started.get(label):
            onset = started[label].pop(0)
            events.append(SourceEvent(onset, time - onset, label))
        else:
            notes.append(f"{shown}: an end of '{label}' without a start is left out")
    for label, times in started.items():
        for onset in times:
            notes.append(f"{shown}: '{label}' starts and never ends; it is taken to last until the recording's end")
            events.append(SourceEvent(onset, np.inf, label))
    return sorted(events, key=lambda event: event.onset_s), notes


def _ids(metadata: Metadata) -> list[str]:
    whole = metadata.get("Emg/Properties.ids[]", metadata.get("Emg/Properties.ids", ""))
    if whole:
        return [part for part in re.split(r"[,;|\s\[\]\"']+", whole) if part]
    single = [(re.fullmatch(r"Emg/Properties\.ids\[(\d+)\]", key), value) for key, value in metadata.items()]
    return [value for _, value in sorted(((int(m[1]), value) for m, value in single if m), key=lambda pair: pair[0])]


def _named(column: str, ids: list[str], shown: str) -> str:
    """``Emg/Raw[3]`` of older files under the name that the ids give place 3."""
    match = _CHANNEL.fullmatch(column)
    if match is None or not match[2].isdigit():
        return column
    place = int(match[2])
    if place >= len(ids):
        raise InputError(
            f"{shown}: column '{column}' has no name, because '#Emg/Properties.ids[]' lists {len(ids)} channels; "
            "correct the file"
        )
    return f"Emg/{match[1]}[{ids[place]}]"


def _number(metadata: Metadata, key: str, shown: str) -> float:
    try:
        return float(metadata[key].split(",")[0])
    except (KeyError, ValueError):
        raise InputError(f"{shown} has no usable line '#{key}'; without it its values have no unit or time") from None


def _scale(table: SourceTable, metadata: Metadata) -> None:
    for name in table.frame.columns:
        match = re.fullmatch(r"Emg/(\w+)\[.*\]", name)
        if match and match[1] in _DIVISORS:
            key, table.units[name] = _DIVISORS[match[1]]
            divisor = _number(metadata, key, table.shown)
            if divisor <= 0:
                raise InputError(f"{table.shown}: '#{key}' is {divisor:g}; a divisor is above 0")
            table.frame[name] = table.numbers(name) / divisor
