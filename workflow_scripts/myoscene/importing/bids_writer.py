"""Writing an EMG-BIDS dataset (BIDS 1.11): used by the importer and by the demo cohort.

Every function writes atomically, and the bytes depend on the arguments alone: no dates, no machine names.
"""

import gzip
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene import __version__
from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bdf_file import write_bdf
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
SIDECAR_DEFAULTS: dict[str, Any] = {
    "EMGPlacementScheme": "Other",
    "EMGPlacementSchemeDescription": "Not stated; each electrode lies over the muscle named in channels.tsv.",
    "EMGReference": MISSING,
    "PowerLineFrequency": MISSING,
    "RecordingType": "continuous",
    "SoftwareFilters": MISSING,
    "HardwareFilters": MISSING,
}


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
        parts = (("ses", self.session), ("task", self.task), ("run", self.run))
        return "_".join(
            [_subject(self.participant), *(f"{key}-{label}" for key, label in parts if label or label == 0)]
        )

    def folder(self, root: str | os.PathLike[str], datatype: str) -> Path:
        """``root/sub-X/[ses-Y/]datatype``."""
        person = Path(root) / _subject(self.participant)
        return (person / f"ses-{self.session}" if self.session else person) / datatype


@dataclass(frozen=True)
class ChannelInfo:
    """One row of ``_channels.tsv``, its columns in order, as BIDS has them.

    ``name`` is lower snake case, sides at its end (``_left``); ``units`` are those of the samples that are written;
    ``low_cutoff``, ``high_cutoff`` and ``notch`` are filters of the recorder, in Hz.
    """

    name: str
    type: str = "EMG"
    units: str = "uV"
    description: str = MISSING
    signal_electrode: str = MISSING
    reference: str = MISSING
    placement_scheme: str = MISSING
    low_cutoff: float | None = None
    high_cutoff: float | None = None
    notch: float | None = None
    status: str = MISSING
    status_description: str = MISSING
    target_muscle: str = MISSING


@dataclass(frozen=True)
class About:
    """What ``dataset_description.json`` says.

    Attributes:
        synthetic: True marks a made-up cohort (key ``Synthetic``); everything computed from it carries the mark.
        doi: of the source that the dataset was made from.
        dataset_type: "raw" or "derivative".
    """

    name: str
    synthetic: bool = False
    authors: Sequence[str] = ()
    licence: str | None = None
    doi: str | None = None
    how_to_acknowledge: str | None = None
    dataset_type: str = "raw"


def write_dataset_description(root: str | os.PathLike[str], about: About, readme: str = "") -> None:
    """Write ``dataset_description.json``, and ``README`` where its text is given."""
    entries = {
        "Name": about.name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": about.dataset_type,
        "License": about.licence,
        "Authors": list(about.authors),
        "HowToAcknowledge": about.how_to_acknowledge,
        "GeneratedBy": [{"Name": "Myoscene", "Version": __version__}],
        "SourceDatasets": [{"DOI": about.doi}] if about.doi else None,
        "Synthetic": about.synthetic,
    }
    write_json(Path(root) / "dataset_description.json", {key: value for key, value in entries.items() if value})
    if readme:
        write_text(Path(root) / "README", readme.rstrip() + "\n")


def write_participants(
    root: str | os.PathLike[str],
    rows: pd.DataFrame | Iterable[Mapping[str, Any]],
    descriptions: Mapping[str, Any] | None = None,
) -> None:
    """Write ``participants.tsv``; ``participant_id`` may be given with or without ``sub-``.

    Args:
        rows: one row a participant; missing values become "n/a".
        descriptions: column -> description (or a BIDS column object), for ``participants.json``.
    """
    refusal = "participant '{}' would stand twice in participants.tsv; give each a name"
    frame = _by_person(pd.DataFrame(rows if isinstance(rows, pd.DataFrame) else list(rows)), refusal)
    write_tsv(
        Path(root) / "participants.tsv", frame[["participant_id", *(c for c in frame.columns if c != "participant_id")]]
    )
    if descriptions:
        write_json(Path(root) / "participants.json", _column_objects(descriptions))


def write_recording(
    root: str | os.PathLike[str],
    place: Place,
    signal_uv: np.ndarray,
    rate_hz: float,
    channels: Sequence[ChannelInfo],
    events: pd.DataFrame | None,
    sidecar: Mapping[str, Any] | None = None,
    event_descriptions: Mapping[str, str] | None = None,
) -> Path:
    """Write one recording: ``_emg.bdf``, ``_emg.json``, ``_channels.tsv`` and, with events, ``_events.tsv`` + json.

    Args:
        signal_uv: (channels, samples), each row in its channel's ``units``: microvolt for EMG.
        rate_hz: samples per second.
        events: columns ``onset`` and ``duration`` in seconds, ``trial_type``, and any more; None for no events.
        sidecar: keys of ``_emg.json``; they win over :data:`SIDECAR_DEFAULTS`.
        event_descriptions: trial_type -> description.

    Returns:
        the path of the BDF file.

    Raises:
        InputError: no channel, no sample, a name twice, or values that a BDF file cannot hold.
    """
    names = [channel.name for channel in channels]
    _check_recording(place.stem, signal_uv, names)
    stem = f"{place.folder(root, 'emg') / place.stem}_"
    path = Path(stem + "emg.bdf")
    _, padding, _ = write_bdf(path, signal_uv, rate_hz, names, [channel.units for channel in channels])
    samples = signal_uv.shape[1]
    if padding:
        row = {"onset": samples / rate_hz, "duration": padding / rate_hz, "trial_type": PADDING_EVENT}
        events = pd.concat([frame for frame in (events, pd.DataFrame([row])) if frame is not None and len(frame)])
    content = _sidecar(place.task, rate_hz, (samples + padding) / rate_hz, channels, sidecar or {})
    write_json(Path(stem + "emg.json"), content)
    write_tsv(Path(stem + "channels.tsv"), _channel_table(channels))
    if events is not None:
        _write_events(Path(stem + "events.tsv"), events, _EVENT_TEXTS | dict(event_descriptions or {}))
    return path


def _write_events(path: Path, events: pd.DataFrame, descriptions: Mapping[str, str]) -> None:
    """Write events in onset order, and the json that describes their ``trial_type`` levels."""
    first = ["onset", "duration", "trial_type"]
    more = [column for column in events.columns if column not in first]
    frame = events[[*first, *more]].sort_values(first, kind="stable")
    write_tsv(path, frame)
    levels = sorted({str(label) for label in frame["trial_type"] if not pd.isna(label)})
    texts = {label: descriptions.get(label, label.replace("_", " ")) for label in levels}
    objects: dict[str, Any] = {"trial_type": {"Description": "What the participant did or saw.", "Levels": texts}}
    objects |= _column_objects({c: descriptions.get(c, f"Column '{c}' of the source.") for c in more})
    write_json(path.with_suffix(".json"), objects)


def write_physio(
    root: str | os.PathLike[str],
    place: Place,
    label: str,
    columns: Mapping[str, np.ndarray],
    rate_hz: float,
    descriptions: Mapping[str, Mapping[str, Any]],
) -> Path:
    """Write signals beside the EMG that have to keep every digit: ``_recording-{label}_physio.tsv.gz`` + json.

    A BDF sample has 24 bits; this text has the shortest digits that give the same float64 again.

    Args:
        columns: name -> (samples,), the first sample at the recording's first sample; NaN becomes "n/a".
        descriptions: name -> BIDS column object (Description, Units).
    """
    rows = zip(*([_cell(float(v)) for v in values] for values in columns.values()), strict=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    stem = f"{place.folder(root, 'emg') / place.stem}_recording-{label}_physio"
    path = Path(stem + ".tsv.gz")
    with atomic_path(path) as temporary:
        temporary.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
    about = {"TaskName": place.task, "SamplingFrequency": _plain(rate_hz), "StartTime": 0, "Columns": list(columns)}
    write_json(Path(stem + ".json"), about | _column_objects(descriptions))
    return path


def write_beh(
    root: str | os.PathLike[str],
    place: Place,
    values: pd.DataFrame | Mapping[str, Any],
    descriptions: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``beh/sub-X_task-SCENE_beh.tsv`` + json: ratings of one scene by one participant.

    Args:
        values: column -> value (one row), or a frame.
        descriptions: column -> description, or a BIDS column object (Description, Units, Levels).
    """
    path = place.folder(root, "beh") / f"{place.stem}_beh.tsv"
    write_tsv(path, values if isinstance(values, pd.DataFrame) else pd.DataFrame([dict(values)]))
    write_json(path.with_suffix(".json"), {"TaskName": place.task} | _column_objects(descriptions or {}))
    return path


def write_phenotype(
    root: str | os.PathLike[str], name: str, rows: pd.DataFrame, descriptions: Mapping[str, Any], tool: str
) -> Path:
    """Write ``phenotype/{name}.tsv`` + json: one wide row a participant (column ``participant_id``).

    BIDS allows one row a participant and no more; several are an InputError that names the participant.
    """
    refusal = (
        f"participant '{{}}' has several rows in phenotype/{name}.tsv; name the column of the scene, so "
        "that each rating gets a file of its own"
    )
    path = Path(root) / "phenotype" / f"{name}.tsv"
    write_tsv(path, _by_person(rows, refusal))
    about = {"MeasurementToolMetadata": {"Description": tool}}
    write_json(path.with_suffix(".json"), about | _column_objects(descriptions))
    return path


def write_tsv(path: Path, frame: pd.DataFrame) -> None:
    """Write a BIDS table: tabs, "n/a" for what is missing, numbers in the fewest digits that give them back."""
    rows = [map(str, frame.columns), *(map(_cell, row) for row in frame.itertuples(index=False, name=None))]
    write_text(path, "".join("\t".join(row) + "\n" for row in rows))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` as indented JSON in its own order."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _check_recording(where: str, signal: np.ndarray, names: Sequence[str]) -> None:
    if signal.ndim != 2 or signal.shape[0] != len(names):
        raise InputError(f"recording {where} has an array of shape {signal.shape} for {len(names)} channels")
    if not names or not signal.shape[1]:
        raise InputError(f"recording {where} has no samples; leave it out")
    twice = first_repeat(sorted(names))
    if twice:
        raise InputError(f"recording {where} has the channel '{twice[0]}' twice; name each channel once")


def _sidecar(
    task: str, rate_hz: float, duration_s: float, channels: Sequence[ChannelInfo], given: Mapping[str, Any]
) -> dict[str, Any]:
    content = {"TaskName": task, "SamplingFrequency": _plain(rate_hz)} | SIDECAR_DEFAULTS | dict(given)
    if content["EMGPlacementScheme"] != "Other" and "EMGPlacementSchemeDescription" not in given:
        del content["EMGPlacementSchemeDescription"]
    kinds = [channel.type for channel in channels]
    content["EMGChannelCount"] = kinds.count("EMG")
    if "MISC" in kinds:
        content["MiscChannelCount"] = kinds.count("MISC")
    content["RecordingDuration"] = _plain(duration_s)
    return content


def _channel_table(channels: Sequence[ChannelInfo]) -> pd.DataFrame:
    table = pd.DataFrame([vars(channel) for channel in channels], dtype=object)
    required = ("name", "type", "units", "target_muscle")
    return table[[c for c in table.columns if c in required or any(_cell(v) != MISSING for v in table[c])]]


def _by_person(rows: pd.DataFrame, refusal: str) -> pd.DataFrame:
    """``rows`` in the order of their participants, who get their ``sub-``; InputError where one has two rows."""
    frame = rows.assign(participant_id=[_subject(value) for value in rows["participant_id"]])
    twice = first_repeat(frame["participant_id"])
    if twice:
        raise InputError(refusal.format(twice[0]))
    return frame.sort_values("participant_id", kind="stable")


def _column_objects(descriptions: Mapping[str, Any]) -> dict[str, Any]:
    return {k: {"Description": v} if isinstance(v, str) else dict(v) for k, v in descriptions.items()}


def _subject(participant: Any) -> str:
    return f"sub-{str(participant).removeprefix('sub-')}"


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else round(float(number), 9)


def _cell(value: Any) -> str:
    if value is None or value is pd.NA:
        return MISSING
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return MISSING
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return " ".join(str(value).split())
