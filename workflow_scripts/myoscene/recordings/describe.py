"""What one participant's recordings are: rates, lengths, channels, hashes and events."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.machinery.digests import raw_sha256
from myoscene.recordings import bids
from myoscene.recordings.events import Meaning, events_frame, read_events
from myoscene.recordings.read import read_emg
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS


class Asked(TypedDict):
    """What is read, and what it means (``recordings``); whether the dataset says that it is made up."""

    calibration_tasks: Sequence[str]
    classes: Sequence[str]
    neutral: str | None
    scene_events: Sequence[str]
    ignore_events: Sequence[str]
    channels: Sequence[str]
    synthetic: bool


def describe_participant(raw: Sequence[str], recordings_path: str, events_path: str, **asked: Unpack[Asked]) -> None:
    """Read every recording among a participant's raw files and write PARTICIPANT_RECORDINGS and EVENTS.

    InputError for whatever :func:`read_emg` and :func:`read_events` refuse, and for a calibration without neutral.
    """
    meaning = Meaning(tuple(asked["classes"]), tuple(asked["scene_events"]), tuple(asked["ignore_events"]))
    rows: list[dict[str, Any]] = []
    frames: list[pd.DataFrame] = []
    calibrations: list[str] = []
    labels: set[str] = set()
    for recording in sorted(bids.recording_of(path) for path in raw if path.endswith(bids.SUFFIXES)):
        kind = "calibration" if recording.task in asked["calibration_tasks"] else "scene"
        emg = read_emg(recording.path, asked["channels"])
        events = read_events(
            bids.closest_tsv(recording.path, "events"),
            kind=kind,
            task=recording.task,
            duration_s=emg.duration_s,
            rate_hz=emg.rate_hz,
            meaning=meaning,
            recording_path=recording.path,
        )
        rows.append(
            {
                **{name: getattr(recording, name) for name in ("participant", "session", "task", "recording")},
                "kind": kind,
                "file": bids.within(recording.path),
                "sha256": raw_sha256(recording.path),
                "n_samples": emg.signal_uv.shape[1],
                **{name: getattr(emg, name) for name in ("rate_hz", "duration_s", "mains_hz")},
                **{name: getattr(emg, name) for name in ("content_sha256", "channels_sha256")},
                **{name: list(getattr(emg, name)) for name in ("channels", "muscles", "bad_channels")},
                "synthetic": asked["synthetic"],
            }
        )
        frames.append(events_frame(recording.participant, recording.recording, events))
        if kind == "calibration":
            calibrations.append(recording.path)
            labels |= {event.label for event in events}
    if calibrations and asked["neutral"] not in (None, *labels):
        raise InputError(
            f"participant {rows[0]['participant']} has no '{asked['neutral']}' event in the calibration "
            f"({calibrations[0]}); add one, leave the person out with recordings.exclude_participants, or set "
            "recordings.neutral to null"
        )
    frame = pd.DataFrame(rows, columns=list(PARTICIPANT_RECORDINGS.columns))
    # Every reading comes before the first writing, so that bad input leaves nothing half-written.
    write_table(recordings_path, frame, PARTICIPANT_RECORDINGS)
    write_table(events_path, pd.concat(frames, ignore_index=True), EVENTS)
