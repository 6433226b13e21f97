"""Writing an EMG-BIDS dataset (BIDS 1.11): used by the importer and by the demo cohort.

Every function writes atomically, and the bytes depend on the arguments alone: no dates, no machine names.
"""

import gzip
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from myoscene import __version__
from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bdf_file import write_bdf
from myoscene.importing.mapping_schema import Dataset
from myoscene.machinery.files import atomic_path, write_text

BIDS_VERSION = "1.11.0"
MISSING = "n/a"
# Events of ours, with what they mean.
_EVENT_TEXTS = {
    "BAD_padding": "Samples added at the end because BDF holds whole records; not to be used.",
    "BAD_missing": "Samples that the source does not have; filled with zeros, not to be used.",
}
PADDING_EVENT, MISSING_EVENT = _EVENT_TEXTS

# BIDS requires these; "n/a" says openly that nobody stated it.
SIDECAR_DEFAULTS = {
    "EMGPlacementScheme": "Other",
    "EMGPlacementSchemeDescription": "Not stated; each electrode lies over the muscle named in channels.tsv.",
    "EMGReference": MISSING,
    "PowerLineFrequency": MISSING,
    "RecordingType": "continuous",
    "SoftwareFilters": MISSING,
    "HardwareFilters": MISSING,
}

PathLike = str | os.PathLike[str]
# Column -> what it is: a text, or BIDS's object (Description, Units, Levels).
Texts = Mapping[str, str | Mapping[str, object]]


@dataclass(frozen=True)
class Place:
    """Where something belongs in a dataset: BIDS labels without their keys, None (or "") where there is none."""

    participant: str
    session: str | None
    task: str
    run: str | int | None = None

    @property
    def stem(self) -> str:
        """``sub-X[_ses-Y]_task-T[_run-R]``: what the names of all files of one recording begin with."""
        parts = {"ses": self.session, "task": self.task, "run": self.run}
        named = [f"{key}-{label}" for key, label in parts.items() if label or label == 0]
        return "_".join([_subject(self.participant), *named])

    def folder(self, root: PathLike, datatype: str) -> Path:
        """``root/sub-X/[ses-Y/]datatype``."""
        person = Path(root) / _subject(self.participant)
        return (person / f"ses-{self.session}" if self.session else person) / datatype


@dataclass(frozen=True)
class ChannelInfo:
    """One row of ``_channels.tsv``, its columns in order, as BIDS has them."""

    name: str  # lower snake case, sides at its end (_left)
    type: str = "EMG"
    units: str = "uV"  # of the samples that are written
    description: str = MISSING
    reference: str = MISSING
    low_cutoff: float | None = None  # filters of the recorder, Hz
    high_cutoff: float | None = None
    notch: float | None = None
    status: str = MISSING
    status_description: str = MISSING
    target_muscle: str = MISSING


def write_dataset_description(
    root: PathLike, about: Dataset, readme: str = "", kind: Literal["raw", "derivative"] = "raw"
) -> None:
    """Write ``dataset_description.json``, and ``README`` where its text is given.

    ``synthetic`` marks a made-up cohort; everything computed from it carries the mark.
    """
    entries = {
        "Name": about["name"],
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": kind,
        "License": about.get("licence"),
        "Authors": about.get("authors"),
        "HowToAcknowledge": about.get("how_to_acknowledge"),
        "GeneratedBy": [{"Name": "Myoscene", "Version": __version__}],
        "SourceDatasets": [{"DOI": about["doi"]}] if "doi" in about else None,
        "Synthetic": about.get("synthetic"),
    }
    write_json(Path(root) / "dataset_description.json", {key: value for key, value in entries.items() if value})
    if readme:
        write_text(Path(root) / "README", readme.rstrip() + "\n")


def write_participants(root: PathLike, rows: pd.DataFrame, texts: Texts | None = None) -> None:
    """Write ``participants.tsv``, a row a participant, and with ``texts`` its json.

    ``participant_id``, the first column, may be given with or without ``sub-``; missing values become "n/a".
    """
    refusal = "participant '{}' would stand twice in participants.tsv; give each a name"
    write_tsv(Path(root) / "participants.tsv", _by_person(rows, refusal), texts)


def write_recording(
    root: PathLike,
    place: Place,
    signal_uv: np.ndarray,
    rate_hz: float,
    channels: Sequence[ChannelInfo],
    events: pd.DataFrame | None,
    sidecar: Mapping[str, object] | None = None,
    event_descriptions: Mapping[str, str] | None = None,
) -> None:
    """Write one recording: ``_emg.bdf``, ``_emg.json``, ``_channels.tsv`` and, with events, ``_events.tsv`` + json.

    Args:
        signal_uv: (channels, samples), each row in its channel's ``units``: microvolt for EMG.
        events: columns ``onset`` and ``duration`` in seconds, and ``trial_type``; None for no events.
        sidecar: keys of ``_emg.json``; they win over :data:`SIDECAR_DEFAULTS`.
        event_descriptions: trial_type -> description.

    Raises:
        InputError: no channel, no sample, a name twice, or values that a BDF file cannot hold.
    """
    names = [channel.name for channel in channels]
    if signal_uv.ndim != 2 or signal_uv.shape[0] != len(names):
        raise InputError(f"recording {place.stem} has an array of shape {signal_uv.shape} for {len(names)} channels")
    if not signal_uv.size:
        raise InputError(f"recording {place.stem} has no samples; leave it out")
    twice = first_repeat(sorted(names))
    if twice:
        raise InputError(f"recording {place.stem} has the channel '{twice[0]}' twice; name each channel once")
    stem = f"{place.folder(root, 'emg') / place.stem}_"
    units = [channel.units for channel in channels]
    _, padding, _ = write_bdf(Path(stem + "emg.bdf"), signal_uv, rate_hz, names, units)
    samples = signal_uv.shape[1]
    if padding:
        row = {"onset": samples / rate_hz, "duration": padding / rate_hz, "trial_type": PADDING_EVENT}
        events = pd.concat([frame for frame in (events, pd.DataFrame([row])) if frame is not None and len(frame)])
    about = _sidecar(place.task, rate_hz, (samples + padding) / rate_hz, channels, sidecar or {})
    write_json(Path(stem + "emg.json"), about)
    table = pd.DataFrame([vars(channel) for channel in channels], dtype=object)
    required = ("name", "type", "units", "target_muscle")
    said = [column for column in table if column in required or any(_cell(v) != MISSING for v in table[column])]
    write_tsv(Path(stem + "channels.tsv"), table[said])
    if events is not None:
        texts = _EVENT_TEXTS | dict(event_descriptions or {})
        levels = {label: texts.get(label, label.replace("_", " ")) for label in sorted(set(events["trial_type"]))}
        described = {"trial_type": {"Description": "What the participant did or saw.", "Levels": levels}}
        write_tsv(Path(stem + "events.tsv"), events.sort_values(["onset", "duration", "trial_type"]), described)


def _sidecar(
    task: str, rate_hz: float, duration_s: float, channels: Sequence[ChannelInfo], given: Mapping[str, object]
) -> dict[str, object]:
    content: dict[str, object] = (
        {"TaskName": task, "SamplingFrequency": _plain(rate_hz)} | SIDECAR_DEFAULTS | dict(given)
    )
    if content["EMGPlacementScheme"] != "Other" and "EMGPlacementSchemeDescription" not in given:
        del content["EMGPlacementSchemeDescription"]
    kinds = [channel.type for channel in channels]
    content["EMGChannelCount"] = kinds.count("EMG")
    if "MISC" in kinds:
        content["MiscChannelCount"] = kinds.count("MISC")
    content["RecordingDuration"] = _plain(duration_s)
    return content


def write_physio(
    root: PathLike, place: Place, label: str, columns: Mapping[str, np.ndarray], rate_hz: float, texts: Texts
) -> None:
    """Write signals beside the EMG that have to keep every digit: ``_recording-{label}_physio.tsv.gz`` + json.

    ``columns``: name -> (samples,), from the recording's first sample on; NaN becomes "n/a". A BDF sample has 24 bits;
    this text has the shortest digits that give the same float64 again.
    """
    rows = zip(*([_cell(float(v)) for v in values] for values in columns.values()), strict=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    stem = f"{place.folder(root, 'emg') / place.stem}_recording-{label}_physio"
    with atomic_path(Path(stem + ".tsv.gz")) as temporary:
        temporary.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
    about = {"TaskName": place.task, "SamplingFrequency": _plain(rate_hz), "StartTime": 0, "Columns": list(columns)}
    write_json(Path(stem + ".json"), about | _column_objects(texts))


def write_beh(root: PathLike, place: Place, values: Mapping[str, object], texts: Texts) -> None:
    """Write ``beh/sub-X_task-SCENE_beh.tsv`` + json: ratings of one scene by one participant, one a column."""
    path = place.folder(root, "beh") / f"{place.stem}_beh.tsv"
    write_tsv(path, pd.DataFrame([dict(values)]), texts, TaskName=place.task)


def write_phenotype(root: PathLike, name: str, rows: pd.DataFrame, texts: Texts, tool: str) -> None:
    """Write ``phenotype/{name}.tsv`` + json: one wide row a participant (column ``participant_id``).

    BIDS allows one row a participant and no more; several are an InputError that names the participant.
    """
    advice = "name the column of the scene, so that each rating gets a file of its own"
    refusal = f"participant '{{}}' has several rows in phenotype/{name}.tsv; {advice}"
    path = Path(root) / "phenotype" / f"{name}.tsv"
    write_tsv(path, _by_person(rows, refusal), texts, MeasurementToolMetadata={"Description": tool})


def write_tsv(path: Path, frame: pd.DataFrame, texts: Texts | None = None, **head: object) -> None:
    """Write a BIDS table: tabs, "n/a" for what is missing, numbers in the fewest digits that give them back.

    With ``texts``, the json beside it has the entries ``head``, then what each column is.
    """
    rows = [map(str, frame.columns), *(map(_cell, row) for row in frame.itertuples(index=False, name=None))]
    write_text(path, "".join("\t".join(row) + "\n" for row in rows))
    if texts is not None:
        write_json(path.with_suffix(".json"), head | _column_objects(texts))


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write ``content`` as indented JSON in its own order."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _by_person(rows: pd.DataFrame, refusal: str) -> pd.DataFrame:
    """``rows`` in the order of their participants, who get their ``sub-``; InputError where one has two rows."""
    frame = rows.assign(participant_id=[_subject(value) for value in rows["participant_id"]])
    twice = first_repeat(frame["participant_id"])
    if twice:
        raise InputError(refusal.format(twice[0]))
    return frame.sort_values("participant_id", kind="stable")


def _column_objects(texts: Texts) -> dict[str, object]:
    return {name: {"Description": text} if isinstance(text, str) else dict(text) for name, text in texts.items()}


def _subject(participant: object) -> str:
    return f"sub-{str(participant).removeprefix('sub-')}"


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else round(float(number), 9)


def _cell(value: object) -> str:
    if value is None or value is pd.NA:
        return MISSING
    if not isinstance(value, (float, np.floating)):
        return " ".join(str(value).split())
    number = float(value)
    if math.isnan(number):
        return MISSING
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
