"""What one participant's eye recordings are, where eye images are all there is: rates, lengths, hashes and events."""

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.tables import read_table, write_table
from myoscene.eyes.pairs import interval_of
from myoscene.eyes.tables import FRAMES
from myoscene.recordings.events import Event, events_frame
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS

PathLike = str | os.PathLike[str]
_IMAGES, _HASHES = ["left_image", "right_image"], ["left_sha256", "right_sha256"]
_COLUMNS = ("participant", "recording", "kind", "time_s", "label", "event", *_IMAGES, *_HASHES, "synthetic")


def describe_eyes(frames: PathLike, recordings: PathLike, events: PathLike, *, classes: Sequence[str]) -> None:
    """Write PARTICIPANT_RECORDINGS and EVENTS of a participant whose recordings are eye images alone.

    A recording lasts from its first frame to the end of its last one, a frame interval (the median) after its time. A
    scene recording is one scene, named by its task, as long as the recording; one without times holds no event, and
    its rate and duration are missing. Runs of labelled frames, as they are after trimming, are events: of role
    "expression" those of a class, "ignored" the others (our choice, as with EMG).

    Args:
        frames: FRAMES of the participant.
        classes: classes of the eye images.

    Raises:
        InputError: the table is missing or unreadable.
    """
    table = read_table(frames, FRAMES, columns=_COLUMNS)
    rows, found = [], []
    for name, part in table.groupby("recording", sort=True):
        recording = str(name)
        # One recording may hold several eye sessions, each of which begins a new part of the table.
        part = part.sort_values("time_s", kind="stable", ignore_index=True)
        row = _row(recording, part)
        rows.append(row)
        found.append(events_frame(row["participant"], recording, _events(part, row, classes)))
    write_table(recordings, pd.DataFrame(rows, columns=list(PARTICIPANT_RECORDINGS.columns)), PARTICIPANT_RECORDINGS)
    write_table(events, pd.concat(found, ignore_index=True), EVENTS)


def _row(recording: str, part: pd.DataFrame) -> dict[str, Any]:
    """The recording's row of PARTICIPANT_RECORDINGS."""
    entities = dict(entity.split("-", 1) for entity in recording.split("_"))
    first = part.iloc[0]
    hashes = _values(part, _HASHES)
    start, end = _span(part)
    return {
        "participant": first["participant"],
        "session": entities.get("ses", ""),
        "task": entities["task"],
        "recording": recording,
        "kind": first["kind"],
        "file": min(_values(part, _IMAGES)),
        "sha256": _hash(hashes),
        "content_sha256": _hash(sorted(set(hashes))),
        "channels_sha256": "",
        "rate_hz": 1 / _interval(part),
        "duration_s": end - start,
        "n_samples": len(part),
        "mains_hz": np.nan,
        "channels": [],
        "muscles": [],
        "bad_channels": [],
        "synthetic": bool(first["synthetic"]),
    }


def _events(part: pd.DataFrame, row: dict[str, Any], classes: Sequence[str]) -> list[Event]:
    """The scene and the runs of labelled frames of one recording, in the order of their onsets."""
    if np.isnan(row["duration_s"]):
        return []
    start, end = _span(part)
    found = [Event(0, start, end - start, row["task"], "scene")] if row["kind"] == "scene" else []
    part = part.assign(end_s=_ends(part))
    for _, run in part[(part["event"] >= 0) & part["time_s"].notna()].groupby("event", sort=True):
        label, onset = str(run["label"].iloc[0]), float(run["time_s"].iloc[0])
        role = "expression" if label in classes else "ignored"
        found.append(Event(0, onset, float(run["end_s"].iloc[-1]) - onset, label, role))
    return sorted(found, key=lambda event: event.onset_s)


def _interval(part: pd.DataFrame) -> float:
    """Median interval of the frames that have a time, in seconds; NaN where there is none above 0."""
    step = interval_of(part["time_s"].dropna().to_numpy(dtype=np.float64))
    return step if step > 0 else float("nan")


def _ends(part: pd.DataFrame) -> NDArray[np.float64]:
    """When each frame ends, ``(frames,)`` in seconds: an interval after its time, or where the next one begins."""
    time_s = part["time_s"].to_numpy(dtype=np.float64)
    return np.fmin(time_s + _interval(part), np.append(time_s[1:], np.nan))


def _span(part: pd.DataFrame) -> tuple[float, float]:
    """Time of the first frame, and when the last one ends; NaN without times."""
    ends = _ends(part)
    timed = part["time_s"].notna().to_numpy()
    if not timed.any():
        return float("nan"), float("nan")
    return float(part["time_s"].to_numpy()[timed][0]), float(ends[timed][-1])


def _values(part: pd.DataFrame, columns: list[str]) -> list[str]:
    """What stands in these columns, row by row, without what is missing."""
    return [text for row in part[columns].itertuples(index=False) for text in row if isinstance(text, str)]


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
