"""Each session's mean neutral image: which frames make it (Hickson et al. 2019: the first 5 s of neutral)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.eyes.pairs import TINY_S
from myoscene.eyes.settings import PersonaliseSettings


@dataclass(frozen=True)
class SessionNeutral:
    """How a session's frames are personalised.

    Attributes:
        session: label of the session.
        rows: frames of the table that make its mean neutral image; none where it has no such image.
        seconds: how long they last, by their number at the session's own rate.
        reason: "", or why there is no image.
    """

    session: str
    rows: NDArray[np.int64]
    seconds: float
    reason: str


def choose_neutral(frames: pd.DataFrame, neutral: str | None, settings: PersonaliseSettings) -> list[SessionNeutral]:
    """For each session of a participant the frames that make its mean neutral image.

    The first ``seconds`` of neutral frames of which at least one eye is of use: calibrations before scenes, recordings
    in the order of their names, frames in the order of time. How many frames that is follows from the session's median
    frame interval, so that a lost frame is made up for by a later one.

    Args:
        frames: rows of FRAMES (kind, session, recording, time_s, label, has_left, has_right), as they stand there.
        neutral: label of a neutral face, None where nobody has one.
    """
    return [_session(str(session), rows, neutral, settings) for session, rows in frames.groupby("session", sort=True)]


def _session(session: str, rows: pd.DataFrame, neutral: str | None, settings: PersonaliseSettings) -> SessionNeutral:
    none = np.empty(0, np.int64)
    if neutral is None:
        return SessionNeutral(session, none, 0.0, "eyes.neutral is null")
    chosen = rows[(rows["label"] == neutral) & (rows["has_left"] | rows["has_right"])]
    if chosen.empty:
        return SessionNeutral(session, none, 0.0, f"no usable frame is labelled {neutral}")
    interval = _interval(rows)
    if not interval > 0:
        return SessionNeutral(session, none, 0.0, "the index gives no times")
    ordered = chosen.sort_values(["kind", "recording", "time_s"], kind="stable")
    first = ordered.index.to_numpy(np.int64)[: max(1, round(settings.seconds / interval))]
    lasting, least = len(first) * interval, settings.minimum_s
    if lasting < least - TINY_S:
        reason = f"only {lasting:.3g} s of neutral, less than eyes.personalise.minimum_s ({least:g})"
        return SessionNeutral(session, none, lasting, reason)
    return SessionNeutral(session, first, lasting, "")


def _interval(rows: pd.DataFrame) -> float:
    """Median step between frames that follow each other in a recording, in seconds; NaN without."""
    steps = rows.groupby("recording")["time_s"].diff().dropna()
    return float(steps.median())
