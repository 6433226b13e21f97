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
from myoscene.importing.bdf_file import write_bdf
from myoscene.machinery.files import atomic_path, write_text

BIDS_VERSION = "1.11.0"
MISSING = "n/a"
PADDING_EVENT = "BAD_padding"

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
class ChannelInfo:
    """One row of ``_channels.tsv``.

    Attributes:
        name: lower snake case; sides end in ``_left`` or ``_right``.
        target_muscle: anatomical name, "n/a" where there is none.
        units: of the samples that are written.
        type: BIDS channel type (EMG, MISC, GSR, TRIG, ...).
        reference, signal_electrode, placement_scheme, description: as in BIDS.
        low_cutoff, high_cutoff, notch: filters of the recorder, in Hz.
        status, status_description: "good", "bad" or "n/a", and why.
    """

    name: str
    target_muscle: str = MISSING
    units: str = "uV"
    type: str = "EMG"
    description: str = MISSING
    reference: str = MISSING
    signal_electrode: str = MISSING
    placement_scheme: str = MISSING
    low_cutoff: float | None = None
    high_cutoff: float | None = None
    notch: float | None = None
    status: str = MISSING
    status_description: str = MISSING


_CHANNEL_COLUMNS = (
    "name", "type", "units", "description", "signal_electrode", "reference", "target_muscle",
    "placement_scheme", "low_cutoff", "high_cutoff", "notch", "status", "status_description",
)  # fmt: skip


def write_dataset_description(
    root: str | os.PathLike[str],
    name: str,
    synthetic: bool = False,
    *,
    authors: Sequence[str] = (),
    licence: str | None = None,
    doi: str | None = None,
    how_to_acknowledge: str | None = None,
    readme: str | None = None,
    dataset_type: str = "raw",
) -> None:
    """Write ``dataset_description.json``, and ``README`` where its text is given.

    Args:
        synthetic: True marks a made-up cohort (key ``Synthetic``); everything computed from it carries the mark.
        licence: name of the licence, where known.
        doi: of the source that the dataset was made from.
        dataset_type: "raw" or "derivative".
    """
    root = Path(root)
    entries: dict[str, Any] = {"Name": name, "BIDSVersion": BIDS_VERSION, "DatasetType": dataset_type}
    if licence:
        entries["License"] = licence
    if authors:
        entries["Authors"] = list(authors)
    if how_to_acknowledge:
        entries["HowToAcknowledge"] = how_to_acknowledge
    entries["GeneratedBy"] = [{"Name": "Myoscene", "Version": __version__}]
    if doi:
        entries["SourceDatasets"] = [{"DOI": doi}]
    if synthetic:
        entries["Synthetic"] = True
    write_json(root / "dataset_description.json", entries)
    if readme:
        write_text(root / "README", readme.rstrip() + "\n")


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
    frame = pd.DataFrame(rows if isinstance(rows, pd.DataFrame) else list(rows)).copy()
    frame["participant_id"] = [_subject(value) for value in frame["participant_id"]]
    twice = frame["participant_id"][frame["participant_id"].duplicated()]
    if len(twice):
        raise InputError(f"participant '{twice.iloc[0]}' would stand twice in participants.tsv; give each a name")
    frame = frame[["participant_id", *(c for c in frame.columns if c != "participant_id")]]
    write_tsv(Path(root) / "participants.tsv", frame.sort_values("participant_id", kind="stable"))
    if descriptions:
        write_json(Path(root) / "participants.json", _column_objects(descriptions))


def recording_stem(participant: str, session: str | None, task: str, run: str | int | None) -> str:
    """``sub-X[_ses-Y]_task-T[_run-R]``: what the names of all files of one recording begin with."""
    parts = [_subject(participant)]
    if session not in (None, ""):
        parts.append(f"ses-{session}")
    parts.append(f"task-{task}")
    if run not in (None, ""):
        parts.append(f"run-{run}")
    return "_".join(parts)


def data_folder(root: str | os.PathLike[str], participant: str, session: str | None, datatype: str) -> Path:
    """``root/sub-X/[ses-Y/]datatype``."""
    folder = Path(root) / _subject(participant)
    if session not in (None, ""):
        folder /= f"ses-{session}"
    return folder / datatype


def write_recording(
    root: str | os.PathLike[str],
    participant: str,
    session: str | None,
    task: str,
    run: str | int | None,
    signal_uv: np.ndarray,
    rate_hz: float,
    channels: Sequence[ChannelInfo],
    events: pd.DataFrame | None,
    sidecar: Mapping[str, Any] | None = None,
    *,
    event_descriptions: Mapping[str, str] | None = None,
) -> Path:
    """Write one recording: ``_emg.bdf``, ``_emg.json``, ``_channels.tsv`` and, with events, ``_events.tsv`` + json.

    Args:
        participant, session, task, run: BIDS labels, without their keys; ``session`` and ``run`` may be None.
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
    name = recording_stem(participant, session, task, run)
    names = [channel.name for channel in channels]
    _check_recording(name, signal_uv, names)
    stem = data_folder(root, participant, session, "emg") / name
    path = stem.with_name(stem.name + "_emg.bdf")
    _, padding, _ = write_bdf(path, signal_uv, rate_hz, names, [channel.units for channel in channels])
    if padding:
        row = {
            "onset": signal_uv.shape[1] / rate_hz,
            "duration": padding / rate_hz,
            "trial_type": PADDING_EVENT,
        }
        events = pd.concat([frame for frame in (events, pd.DataFrame([row])) if frame is not None and len(frame)])
    write_json(
        stem.with_name(stem.name + "_emg.json"),
        _sidecar(task, rate_hz, (signal_uv.shape[1] + padding) / rate_hz, channels, sidecar or {}),
    )
    write_tsv(stem.with_name(stem.name + "_channels.tsv"), _channel_table(channels))
    if events is not None:
        write_events(stem, events, event_descriptions or {})
    return path


def write_events(stem: Path, events: pd.DataFrame, descriptions: Mapping[str, str]) -> None:
    """Write ``{stem}_events.tsv`` in onset order, and the json that describes its ``trial_type`` levels."""
    first = ["onset", "duration", "trial_type"]
    frame = events[[*first, *(c for c in events.columns if c not in first)]]
    frame = frame.sort_values(["onset", "duration", "trial_type"], kind="stable")
    write_tsv(stem.with_name(stem.name + "_events.tsv"), frame)
    levels = sorted({str(label) for label in frame["trial_type"] if not pd.isna(label)})
    known = {PADDING_EVENT: "Samples added at the end because BDF holds whole records; not to be used."}
    known |= {"BAD_missing": "Samples that the source does not have; filled with zeros, not to be used."}
    texts = {label: descriptions.get(label, known.get(label, label.replace("_", " "))) for label in levels}
    objects: dict[str, Any] = {"trial_type": {"Description": "What the participant did or saw.", "Levels": texts}}
    for column in frame.columns[3:]:
        objects[column] = {"Description": descriptions.get(column, f"Column '{column}' of the source.")}
    write_json(stem.with_name(stem.name + "_events.json"), objects)


def write_physio(
    root: str | os.PathLike[str],
    participant: str,
    session: str | None,
    task: str,
    run: str | int | None,
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
    stem = recording_stem(participant, session, task, run)
    folder = data_folder(root, participant, session, "emg")
    rows = zip(*([_cell(float(v)) for v in values] for values in columns.values()), strict=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    path = folder / f"{stem}_recording-{label}_physio.tsv.gz"
    with atomic_path(path) as temporary:
        temporary.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
    sidecar = {
        "TaskName": task,
        "SamplingFrequency": _plain(rate_hz),
        "StartTime": 0,
        "Columns": list(columns),
    }
    write_json(
        folder / f"{stem}_recording-{label}_physio.json",
        sidecar | {k: dict(v) for k, v in descriptions.items()},
    )
    return path


def write_beh(
    root: str | os.PathLike[str],
    participant: str,
    session: str | None,
    task: str,
    values: pd.DataFrame | Mapping[str, Any],
    descriptions: Mapping[str, Any] | None = None,
    run: str | int | None = None,
) -> Path:
    """Write ``beh/sub-X_task-SCENE_beh.tsv`` + json: ratings of one scene by one participant.

    Args:
        values: column -> value (one row), or a frame.
        descriptions: column -> description, or a BIDS column object (Description, Units, Levels).
    """
    frame = values if isinstance(values, pd.DataFrame) else pd.DataFrame([dict(values)])
    stem = data_folder(root, participant, session, "beh") / recording_stem(participant, session, task, run)
    path = stem.with_name(stem.name + "_beh.tsv")
    write_tsv(path, frame)
    write_json(path.with_suffix(".json"), {"TaskName": task} | _column_objects(descriptions or {}))
    return path


def write_phenotype(
    root: str | os.PathLike[str],
    name: str,
    rows: pd.DataFrame,
    descriptions: Mapping[str, Any],
    tool: str,
) -> Path:
    """Write ``phenotype/{name}.tsv`` + json: one wide row a participant (column ``participant_id``).

    BIDS allows one row a participant and no more; several are an InputError that names the participant.
    """
    frame = rows.copy()
    frame["participant_id"] = [_subject(value) for value in frame["participant_id"]]
    twice = frame["participant_id"][frame["participant_id"].duplicated()]
    if len(twice):
        raise InputError(
            f"participant '{twice.iloc[0]}' has several rows in phenotype/{name}.tsv; name the column of the scene, so "
            "that each rating gets a file of its own"
        )
    path = Path(root) / "phenotype" / f"{name}.tsv"
    write_tsv(path, frame.sort_values("participant_id", kind="stable"))
    write_json(
        path.with_suffix(".json"),
        {"MeasurementToolMetadata": {"Description": tool}} | _column_objects(descriptions),
    )
    return path


def write_tsv(path: Path, frame: pd.DataFrame) -> None:
    """Write a BIDS table: tabs, "n/a" for what is missing, numbers in the fewest digits that give them back."""
    lines = ["\t".join(str(column) for column in frame.columns)]
    for row in frame.itertuples(index=False, name=None):
        lines.append("\t".join(_cell(value) for value in row))
    write_text(path, "\n".join(lines) + "\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` as indented JSON in its own order."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _check_recording(where: str, signal: np.ndarray, names: Sequence[str]) -> None:
    if signal.ndim != 2 or signal.shape[0] != len(names):
        raise InputError(f"recording {where} has an array of shape {signal.shape} for {len(names)} channels")
    if not names or not signal.shape[1]:
        raise InputError(f"recording {where} has no samples; leave it out")
    twice = sorted({name for name in names if list(names).count(name) > 1})
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
    table = pd.DataFrame([{c: getattr(channel, c) for c in _CHANNEL_COLUMNS} for channel in channels], dtype=object)
    required = ["name", "type", "units", "target_muscle"]
    empty = [c for c in table.columns if c not in required and all(_cell(v) == MISSING for v in table[c])]
    table = table.drop(columns=empty)
    return table[["name", "type", "units", *(c for c in table.columns if c not in required), "target_muscle"]]


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
