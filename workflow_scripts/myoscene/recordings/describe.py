"""What one participant's recordings are: rates, lengths, channels, hashes and events."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.machinery.digests import raw_sha256
from myoscene.recordings import bids
from myoscene.recordings.content import channels_hash, content_hash
from myoscene.recordings.events import Event, Meaning, events_frame, read_events
from myoscene.recordings.read import EmgRecording, read_emg
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS


class Asked(TypedDict):
    """What is read, and what it means; keys of the section ``recordings`` but for the last.

    Attributes:
        neutral: the class that the calibration has to hold; None where the recordings have none.
        synthetic: the dataset says that it is made up.
    """

    calibration_tasks: Sequence[str]
    classes: Sequence[str]
    neutral: str | None
    scene_events: Sequence[str]
    ignore_events: Sequence[str]
    channels: Sequence[str]
    synthetic: bool


def describe_participant(raw: Sequence[str], recordings_path: str, events_path: str, **asked: Unpack[Asked]) -> None:
    """Read every recording of a participant and write PARTICIPANT_RECORDINGS and EVENTS.

    Args:
        raw: the participant's raw files; sidecars among them are found again by inheritance.

    Raises:
        InputError: whatever :func:`read_emg` and :func:`read_events` refuse; a calibration without neutral.
    """
    meaning = Meaning(tuple(asked["classes"]), tuple(asked["scene_events"]), tuple(asked["ignore_events"]))
    rows: list[dict[str, Any]] = []
    frames: list[pd.DataFrame] = []
    calibration: list[tuple[bids.Recording, list[Event]]] = []
    for recording in sorted(bids.recording_of(path) for path in raw if path.endswith(bids.SUFFIXES)):
        kind = "calibration" if recording.task in asked["calibration_tasks"] else "scene"
        emg = read_emg(recording.path, asked["channels"])
        events = read_events(
            bids.closest_tsv(recording.path, "events"),
            kind=kind,
            task=recording.task,
            duration_s=emg.signal_uv.shape[1] / emg.rate_hz,
            rate_hz=emg.rate_hz,
            meaning=meaning,
            recording_path=recording.path,
        )
        rows.append(_row(recording, kind, emg, asked["synthetic"]))
        frames.append(events_frame(recording.participant, recording.recording, events))
        if kind == "calibration":
            calibration.append((recording, events))
    _check_neutral(calibration, asked["neutral"])
    frame = pd.DataFrame(rows, columns=list(PARTICIPANT_RECORDINGS.columns))
    # Every reading comes before the first writing, so that bad input leaves nothing half-written.
    write_table(recordings_path, frame, PARTICIPANT_RECORDINGS)
    write_table(events_path, pd.concat(frames, ignore_index=True), EVENTS)


def _check_neutral(calibration: Sequence[tuple[bids.Recording, list[Event]]], neutral: str | None) -> None:
    if not calibration or neutral is None:
        return
    if not any(event.label == neutral for _, events in calibration for event in events):
        first = calibration[0][0]
        raise InputError(
            f"participant {first.participant} has no '{neutral}' event in the calibration ({first.path}); add one, "
            "leave the person out with recordings.exclude_participants, or set recordings.neutral to null"
        )


def _row(recording: bids.Recording, kind: str, emg: EmgRecording, synthetic: bool) -> dict[str, Any]:
    samples = emg.signal_uv.shape[1]
    return {
        "participant": recording.participant,
        "session": recording.session,
        "task": recording.task,
        "recording": recording.recording,
        "kind": kind,
        "file": recording.path,
        "sha256": raw_sha256(recording.path),
        "content_sha256": content_hash(emg),
        "channels_sha256": channels_hash(emg),
        "rate_hz": emg.rate_hz,
        "duration_s": samples / emg.rate_hz,
        "n_samples": samples,
        "mains_hz": emg.mains_hz,
        "channels": list(emg.channels),
        "muscles": list(emg.muscles),
        "bad_channels": list(emg.bad_channels),
        "synthetic": synthetic,
    }
