"""What one participant's eye recordings are, where eye images are all there is: rates, lengths, hashes and events."""

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.tables import read_table, write_table
from myoscene.eyes.pairs import interval_of
from myoscene.eyes.tables import FRAMES
from myoscene.recordings.events import Event, events_frame
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS

PathLike = str | os.PathLike[str]


def describe_eyes(frames: PathLike, recordings: PathLike, events: PathLike, *, classes: Sequence[str]) -> None:
    """Write PARTICIPANT_RECORDINGS and EVENTS of a participant whose recordings are eye images alone, by their FRAMES.

    A recording lasts from its first frame to the end of its last one, a frame interval (the median) after its time. A
    scene recording is one scene, named by its task, as long as the recording; one without times holds no event, and
    its rate and duration are missing. Runs of labelled frames, as they are after trimming, are events: of role
    "expression" those of a class, "ignored" the others (our choice, as with EMG).
    """
    table = read_table(frames, FRAMES)
    rows, found = [], []
    for name, part in table.groupby("recording", sort=True):
        # One recording may hold several eye sessions, each of which begins a new part of the table.
        part = part.sort_values("time_s", kind="stable", ignore_index=True)
        timed = part[part["time_s"].notna()]
        time_s = timed["time_s"].to_numpy(dtype=np.float64)
        step = interval_of(time_s)
        step = step if step > 0 else float("nan")
        # A frame ends an interval after its time, or where the next one begins.
        timed = timed.assign(end_s=np.fmin(time_s + step, np.append(time_s[1:], np.nan)))
        row = _row(str(name), part, timed, step)
        rows.append(row)
        found.append(events_frame(row["participant"], str(name), _events(timed, row, classes)))
    write_table(recordings, pd.DataFrame(rows, columns=list(PARTICIPANT_RECORDINGS.columns)), PARTICIPANT_RECORDINGS)
    write_table(events, pd.concat(found, ignore_index=True), EVENTS)


def _row(recording: str, part: pd.DataFrame, timed: pd.DataFrame, step: float) -> dict[str, Any]:
    """The recording's row of PARTICIPANT_RECORDINGS."""
    entities = dict(entity.split("-", 1) for entity in recording.split("_"))
    first = part.iloc[0]
    hashes, images = (
        [text for text in part[columns].to_numpy().ravel() if isinstance(text, str)]
        for columns in (["left_sha256", "right_sha256"], ["left_image", "right_image"])
    )
    return {
        "participant": first["participant"],
        "session": entities.get("ses", ""),
        "task": entities["task"],
        "recording": recording,
        "kind": first["kind"],
        "file": min(images),
        "sha256": _hash(hashes),
        "content_sha256": _hash(sorted(set(hashes))),
        "channels_sha256": "",
        "rate_hz": 1 / step,
        "duration_s": timed["end_s"].iloc[-1] - timed["time_s"].iloc[0] if len(timed) else np.nan,
        "n_samples": len(part),
        "mains_hz": np.nan,
        **{name: [] for name in ("channels", "muscles", "bad_channels")},
        "synthetic": bool(first["synthetic"]),
    }


def _events(timed: pd.DataFrame, row: dict[str, Any], classes: Sequence[str]) -> list[Event]:
    """The scene and the runs of labelled frames of one recording, in the order of their onsets."""
    if np.isnan(row["duration_s"]):
        return []
    start = float(timed["time_s"].iloc[0])
    found = [Event(0, start, float(row["duration_s"]), row["task"], "scene")] if row["kind"] == "scene" else []
    for _, run in timed[timed["event"] >= 0].groupby("event", sort=True):
        label, onset = str(run["label"].iloc[0]), float(run["time_s"].iloc[0])
        role = "expression" if label in classes else "ignored"
        found.append(Event(0, onset, float(run["end_s"].iloc[-1]) - onset, label, role))
    return sorted(found, key=lambda event: event.onset_s)


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
