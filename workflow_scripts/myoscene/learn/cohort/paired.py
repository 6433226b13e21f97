"""Windows of both modalities: the signal of an event, and the eye frames of the same time."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.tables import read_table
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.frames import EyeFrames, from_table, scored, without_blinks
from myoscene.learn.cohort.split import read_people
from myoscene.learn.cohort.stretches import Stretch, stretches
from myoscene.learn.tables import COHORT_EYES, COHORT_SIGNALS

PathLike = str | os.PathLike[str]
# A frame on a window's edge belongs to the window that starts there, whatever the last bits of its time.
EDGE_S = 1e-9


@dataclass(frozen=True)
class Paired:
    """A labelled event's signal, and the eye frames of its time.

    Attributes:
        stretch: the signal.
        places: ``(frames,)`` places of its frames in an :class:`EyeFrames`, in the order of time; often none.
        times: ``(frames,)`` in seconds, on the recording's clock.
    """

    stretch: Stretch
    places: NDArray[np.int64]
    times: NDArray[np.float64]


def read_paired(
    cohort: Cohort, people: tuple[str, ...], classes: list[str], blinks: PathLike | None, scoring: bool = False
) -> tuple[list[Paired], EyeFrames]:
    """Labelled events of ``people`` with the frames of their time; nobody else's rows are read.

    Args:
        cohort: ``windows`` are signals.
        blinks: table of the fold's blinks, which are left out; None without blink cleaning.
        scoring: only with frames that are scored: those that people share are left out.

    Raises:
        InputError: nobody of them has a labelled event, or a label is none of ``classes``.
    """
    assert cohort.windows is not None
    items = stretches(read_people(cohort.windows, COHORT_SIGNALS, people, classes), classes)
    table, frames = read_timed_frames(cohort, people, blinks)
    if scoring:
        table, frames = scored(table, frames)
    return pair(items, table), frames


def read_timed_frames(
    cohort: Cohort, people: tuple[str, ...], blinks: PathLike | None
) -> tuple[pd.DataFrame, EyeFrames]:
    """Frames of ``people`` that have a time, whatever their label, without the fold's blinks."""
    assert cohort.eyes is not None
    assert cohort.images is not None
    assert cohort.neutrals is not None
    table = read_table(cohort.eyes, COHORT_EYES, where={"participant": list(people)})
    table = table[table["time_s"].notna()].reset_index(drop=True)
    frames = from_table(table, table["row"].to_numpy(), cohort.images, cohort.neutrals, cohort.n_eyes)
    return without_blinks(table, frames, blinks)


def pair(items: Sequence[Stretch], table: pd.DataFrame) -> list[Paired]:
    """Each of ``items`` with the rows of ``table`` (participant, recording, time_s) of its time."""
    of_recording: dict[Any, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    for key, places in table.groupby(["participant", "recording"], sort=False).indices.items():
        times = table["time_s"].to_numpy(dtype=np.float64)[places]
        order = np.argsort(times, kind="stable")
        of_recording[key] = (np.asarray(places, dtype=np.int64)[order], times[order])
    nothing = (np.zeros(0, dtype=np.int64), np.zeros(0))
    found = []
    for item in items:
        places, times = of_recording.get((item.participant, item.recording), nothing)
        span = item.time_s[-1] - item.time_s[0]
        # The last sample lasts one more interval, which no window can be without.
        first, stop = frame_spans(times, item.time_s[:1], span * len(item.time_s) / max(1, len(item.time_s) - 1))
        found.append(Paired(item, places[first[0] : stop[0]], times[first[0] : stop[0]]))
    return found


def frame_spans(
    times: NDArray[np.float64], starts: NDArray[np.float64], length_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last (exclusive) of the frames at ``times`` (rising) with ``start <= time < start + length_s``."""
    edges = np.stack([starts, starts + length_s]) - EDGE_S
    first, stop = np.searchsorted(times, edges)
    return first.astype(np.int64), stop.astype(np.int64)


def window_means(
    values: NDArray[np.floating], times: NDArray[np.float64], starts: NDArray[np.float64], length_s: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Mean of the frames' values in each window: all frames of a window weigh alike (our choice).

    Args:
        values: ``(frames, columns)``.
        times: ``(frames,)`` in seconds, rising.
        starts: ``(windows,)`` in seconds.
        length_s: length of a window.

    Returns:
        Means ``(windows, columns)``, 0 in windows without a frame, and which windows have one ``(windows,)``.
    """
    first, stop = frame_spans(times, starts, length_s)
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, dtype=np.float64, out=sums[1:])
    number = (stop - first)[:, None]
    return (sums[stop] - sums[first]) / np.maximum(number, 1), number[:, 0] > 0
