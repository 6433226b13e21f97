"""Which windows and samples belong to which scene."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SCENE_COLUMNS = ["session", "scene", "recording", "onset_s", "stop_s"]


def scene_events(recordings: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Session, scene, recording, onset_s and stop_s of one participant's scenes, by recording, then onset.

    Several rows of one session and scene are stretches of one scene.
    """
    scenes = events[events["role"] == "scene"]
    frame = recordings[["recording", "session"]].reset_index(names="_order").merge(scenes, on="recording")
    frame["stop_s"] = frame["onset_s"] + frame["duration_s"]
    frame = frame.sort_values(["_order", "onset_s"], kind="stable", ignore_index=True)
    return frame.rename(columns={"label": "scene"})[SCENE_COLUMNS]


def windows_within(
    windows: pd.DataFrame, events: pd.DataFrame, length_s: float, rate_hz: float
) -> Iterator[NDArray[np.bool_]]:
    """For each of ``events`` (recording, onset_s, stop_s) which of ``windows`` (recording, start_s) lie whole inside.

    Edges are compared in samples at ``rate_hz``, so that rounding in seconds moves none of them.
    """

    def samples(seconds: pd.Series) -> NDArray[np.int64]:
        return np.rint(seconds.to_numpy(dtype=np.float64) * rate_hz).astype(np.int64)

    recording, start = windows["recording"].to_numpy(), samples(windows["start_s"])
    stop = start + round(length_s * rate_hz)
    edges = zip(events["recording"], samples(events["onset_s"]), samples(events["stop_s"]), strict=True)
    for where, first, last in edges:
        yield (recording == where) & (start >= first) & (stop <= last)


def windows_in_scenes(windows: pd.DataFrame, scenes: pd.DataFrame, length_s: float, rate_hz: float) -> pd.DataFrame:
    """The windows that lie whole inside a scene event: nothing outside the scene flows in (our choice).

    Args:
        windows: recording, segment, start_s and any other columns, of one participant.
        scenes: from :func:`scene_events`.

    Returns:
        The windows with session, scene and stretch, ordered by scene (as they first appear), stretch and
        start. Stretches of one scene are numbered from 0: a new one for each scene event and each segment.
    """
    parts = []
    for number, inside in enumerate(windows_within(windows, scenes, length_s, rate_hz)):
        of = scenes.loc[number, ["session", "scene"]]
        part = windows[inside].assign(session=of["session"], scene=of["scene"], _event=number)
        parts.append(part.sort_values(["segment", "start_s"], kind="stable"))
    if not parts:
        return windows.iloc[:0].assign(session="", scene="", stretch=np.int32(0))
    found = pd.concat(parts, ignore_index=True)
    # Each scene's rows together; stretches in place of events.
    found["_scene"] = found.groupby(["session", "scene"], sort=False).ngroup()
    found = found.sort_values("_scene", kind="stable", ignore_index=True)
    piece = found.groupby(["_scene", "_event", "segment"], sort=False).ngroup()
    first = piece.groupby(found["_scene"]).transform("min")
    return found.assign(stretch=(piece - first).astype(np.int32)).drop(columns=["_scene", "_event"])
