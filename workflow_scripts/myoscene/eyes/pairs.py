"""Left and right images as frames, their labels, runs of one label, and which make a session's mean neutral image."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.eyes.index import UNLABELLED, EyeIndex, KnownLabels
from myoscene.eyes.rectify import SIDES
from myoscene.eyes.settings import FrameSettings, PersonaliseSettings
from myoscene.eyes.store import runs

# A longer pause than this many frame intervals ends a run of one label. Our choice.
RUN_GAP_FRAMES = 5
# Times are decimal fractions: two that should be equal may differ by this.
TINY_S = 1e-9


@dataclass(frozen=True)
class Frames:
    """Frames ``(n,)`` by session, recording, time (or number, where there are no times).

    Attributes:
        left, right, session, recording: numbers in the index's lists, -1 where there is no image.
        frame: number of the frame in its session and recording, no two alike.
        time_s: on the index's clock, NaN without.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    session: NDArray[np.int16]
    recording: NDArray[np.int16]
    frame: NDArray[np.int64]
    time_s: NDArray[np.float64]

    def groups(self) -> list[slice]:
        """Frames of one session and recording, each in turn."""
        return runs((np.diff(self.session) != 0) | (np.diff(self.recording) != 0))


def pair(index: EyeIndex, eyes: str, within_s: float) -> Frames:
    """Frames of an index: of `both` ``eyes``, or of the `left` or `right` one alone.

    Left and right make one frame when each is the other's nearest in time and they are at most ``within_s`` apart;
    without times, when they have the same number. An image without partner is a frame of one eye. A frame's time is the
    mean of its images'; its number is the left image's (the right's, where that is missing), or its place in the
    recording where these are not all different (several stacks or videos in one recording).

    Raises:
        InputError: images without times of which two of one eye have the same number.
    """
    parts = []
    keys = set(zip(index.session.tolist(), index.recording.tolist(), strict=True))
    for session, recording in sorted(keys, key=lambda key: (index.sessions[key[0]], index.recordings[key[1]])):
        rows = (index.session == session) & (index.recording == recording)
        left, right = (
            np.flatnonzero(rows & (index.side == side) & (eyes in ("both", name))) for side, name in enumerate(SIDES)
        )
        lefts, rights, *counted = _frames(index, left, right, within_s)
        of = (np.full(len(lefts), number, np.int16) for number in (session, recording))
        parts.append((lefts, rights, *of, *counted))
    return Frames(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _frames(
    index: EyeIndex, left: NDArray[np.int64], right: NDArray[np.int64], within_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Left and right image, number and time of each frame of one session and recording."""
    timed = not np.isnan(index.time_s[np.concatenate([left, right])]).any()
    clock = index.time_s if timed else index.frame.astype(np.float64)
    left, right = (images[np.argsort(clock[images], kind="stable")] for images in (left, right))
    for images in (left, right) if not timed else ():
        again = np.flatnonzero(np.diff(clock[images]) == 0)
        if len(again):
            image = int(max(images[again[0]], images[again[0] + 1]))
            raise InputError(
                f"{index.where(image)}: no time, and another image of this eye has the number {index.frame[image]}, "
                "too; add times to the index"
            )
    partner = _partners(clock[left], clock[right], within_s + TINY_S if timed else 0.0)
    alone = np.setdiff1d(np.arange(len(right)), partner)
    lefts = np.concatenate([left, np.full(len(alone), -1)])
    rights = np.concatenate([np.where(partner >= 0, np.append(right, -1)[partner], -1), right[alone]])
    first, second = np.where(lefts >= 0, lefts, rights), np.where(rights >= 0, rights, lefts)
    order = np.argsort((clock[first] + clock[second]) / 2, kind="stable")
    number = index.frame[first][order]
    if len(np.unique(number)) < len(number):
        number = np.arange(len(number), dtype=np.int64)
    time_s = ((index.time_s[first] + index.time_s[second]) / 2)[order]
    return lefts[order], rights[order], number, time_s


def _partners(left: NDArray[np.float64], right: NDArray[np.float64], within: float) -> NDArray[np.int64]:
    """For each of ``left`` the place of its partner in ``right``, -1 without; both are sorted."""
    if not len(left) or not len(right):
        return np.full(len(left), -1)

    def nearest(values: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.int64]:
        """Place in ``among`` of what is nearest to each value; the earlier of two that are as near."""
        after = np.clip(np.searchsorted(among, values), min(1, len(among) - 1), len(among) - 1)
        before = np.maximum(after - 1, 0)
        return np.where(values - among[before] <= among[after] - values, before, after)

    there, back = nearest(left, right), nearest(right, left)
    fits = (back[there] == np.arange(len(left))) & (np.abs(left - right[there]) <= within)
    return np.where(fits, there, -1)


def interval_of(time_s: NDArray[np.float64]) -> float:
    """Median of the steps between the frames of one recording in seconds; NaN with fewer than two."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else float("nan")


def label_frames(
    index: EyeIndex, frames: Frames, time_s: NDArray[np.float64], events: pd.DataFrame | None, known: KnownLabels
) -> tuple[list[str], NDArray[np.int16], NDArray[np.int64]]:
    """Label of each frame: the labels, ``(n,)`` numbers in them (-1 without) and ``(n,)`` what else keeps runs apart.

    Where no row of a recording has a label, the expressions among ``events`` of its EMG label the frames within them,
    as far as the label set has these labels.

    Args:
        time_s: of the frames, on the recording's clock.

    Raises:
        InputError: left and right image of a frame have different labels.
    """
    labels = list(index.labels)
    own = np.append(np.maximum(index.label, UNLABELLED), np.int16(UNLABELLED))
    left, right = own[frames.left], own[frames.right]
    differ = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    if len(differ):
        a, b = int(frames.left[differ[0]]), int(frames.right[differ[0]])
        raise InputError(
            f"{index.where(b)}: label '{labels[right[differ[0]]]}', but '{labels[left[differ[0]]]}' for the left eye "
            f"at the same time ({index.where(a)}); give both eyes one label"
        )
    found = np.where(left >= 0, left, right).astype(np.int16)
    apart = np.full(len(found), -1, np.int64)
    if events is None:
        return labels, found, apart
    events = events[(events["role"] == "expression") & events["label"].isin(known.used)]
    for group in frames.groups():
        recording = frames.recording[group.start]
        # A label that is left aside is one, too: the index has spoken of this recording.
        if (index.label[index.recording == recording] != UNLABELLED).any():
            continue
        rows = events[events["recording"] == index.recordings[recording]]
        columns = (rows[name].tolist() for name in ("event", "onset_s", "duration_s", "label"))
        for event, onset_s, duration_s, label in zip(*columns, strict=True):
            if label not in labels:
                labels.append(label)
            inside = (time_s[group] >= onset_s - TINY_S) & (time_s[group] < onset_s + duration_s - TINY_S)
            found[group][inside] = labels.index(label)
            apart[group][inside] = event
    return labels, found, apart


def number_runs(
    frames: Frames, label: NDArray[np.int16], apart: NDArray[np.int64], settings: FrameSettings
) -> NDArray[np.int32]:
    """Number of each frame's run of one label in its recording, -1 outside and where a run is trimmed.

    A run ends where the label changes, or after a pause of more than :data:`RUN_GAP_FRAMES` frame intervals. Its first
    ``trim_start_s`` and last ``trim_end_s`` are cut off; runs without times are left as they are.
    """
    event = np.full(len(label), -1, np.int32)
    numbers: Counter[int] = Counter()
    for group in frames.groups():
        time_s, own = frames.time_s[group], label[group]
        steps = np.diff(time_s)
        change = (np.diff(own) != 0) | (np.diff(apart[group]) != 0)
        if len(steps) and not np.isnan(time_s).any():
            change |= steps > RUN_GAP_FRAMES * interval_of(time_s) + TINY_S
        recording = int(frames.recording[group.start])
        for run in runs(change):
            if own[run.start] < 0:
                continue
            inside = time_s[run]
            kept = ~(inside < inside[0] + settings.trim_start_s - TINY_S)
            kept &= ~(inside > inside[-1] - settings.trim_end_s + TINY_S)
            event[group][run][kept] = numbers[recording]
            numbers[recording] += 1
    return event


@dataclass(frozen=True)
class SessionNeutral:
    """The ``rows`` that make a session's mean neutral image, how long they last, and "", or the ``reason`` for none."""

    session: str
    rows: NDArray[np.int64]
    seconds: float
    reason: str


def choose_neutral(frames: pd.DataFrame, neutral: str | None, settings: PersonaliseSettings) -> list[SessionNeutral]:
    """For each session of a participant the frames that make its mean neutral image (Hickson et al. 2019: 5 s).

    The first ``seconds`` of neutral frames of which at least one eye is of use: calibrations before scenes, recordings
    in the order of their names, frames in the order of time. How many frames that is follows from the session's median
    frame interval, so that a lost frame is made up for by a later one.

    ``neutral`` is None where nobody has such a label.
    """
    found = []
    for session, rows in frames.groupby("session", sort=True):
        chosen = rows[(rows["label"] == neutral) & (rows["has_left"] | rows["has_right"])]
        interval = float(rows.groupby("recording")["time_s"].diff().dropna().median())
        reason, lasting = "", 0.0
        if neutral is None:
            reason = "eyes.neutral is null"
        elif chosen.empty:
            reason = f"no usable frame is labelled {neutral}"
        elif not interval > 0:
            reason = "the index gives no times"
        else:
            ordered = chosen.sort_values(["kind", "recording", "time_s"], kind="stable")
            chosen = ordered[: max(1, round(settings.seconds / interval))]
            lasting, least = len(chosen) * interval, settings.minimum_s
            if lasting < least - TINY_S:
                reason = f"only {lasting:.3g} s of neutral, less than eyes.personalise.minimum_s ({least:g})"
        made = chosen.index.to_numpy(np.int64)[: 0 if reason else None]
        found.append(SessionNeutral(str(session), made, lasting, reason))
    return found
