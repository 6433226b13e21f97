"""Windows of both modalities: the signal of an event, and the eye frames of the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.frames import EyeFrames, read_cohort_frames
from myoscene.learn.cohort.spans import frame_spans
from myoscene.learn.cohort.split import read_people
from myoscene.learn.cohort.stretches import Stretch, stretches
from myoscene.learn.tables import COHORT_SIGNALS


@dataclass(frozen=True)
class Paired:
    """A labelled event's signal, and the eye frames of its time, which are often none."""

    stretch: Stretch
    places: NDArray[np.int64]  # (frames,) of its frames in an EyeFrames, in the order of time
    times: NDArray[np.float64]  # (frames,) in seconds, on the recording's clock


def read_paired(
    cohort: Cohort, people: tuple[str, ...], classes: list[str], *, scoring: bool = False
) -> tuple[list[Paired], EyeFrames]:
    """Labelled events of ``people`` with the frames of their time; nobody else's rows are read.

    Args:
        cohort: ``windows`` are signals; with the fold's own table of blinks, if any.
        scoring: only with frames that are scored: those that people share are left out.

    Raises:
        InputError: nobody of them has a labelled event, or a label is not in ``classes``.
    """
    assert cohort.windows is not None
    items = stretches(read_people(cohort.windows, COHORT_SIGNALS, people, classes), classes)
    table, frames = read_cohort_frames(cohort, people, scoring=scoring)
    return pair(items, table), frames


def pair(items: Sequence[Stretch], table: pd.DataFrame) -> list[Paired]:
    """Each of ``items`` with the rows of ``table`` (participant, recording, time_s) of its time."""
    time_s = table["time_s"].to_numpy(dtype=np.float64)
    of_recording: dict[Any, Any] = table.groupby(["participant", "recording"], sort=False).indices
    found = []
    for item in items:
        places = np.asarray(of_recording.get((item.participant, item.recording), []), dtype=np.int64)
        places = places[np.argsort(time_s[places], kind="stable")]
        times = time_s[places]
        span = item.time_s[-1] - item.time_s[0]
        # The last sample lasts one more interval, which no window can be without.
        first, stop = frame_spans(times, item.time_s[:1], span * len(item.time_s) / max(1, len(item.time_s) - 1))
        found.append(Paired(item, places[first[0] : stop[0]], times[first[0] : stop[0]]))
    return found
