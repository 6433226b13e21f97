"""Which windows and samples belong to which scene."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SCENE_COLUMNS = ["session", "scene", "recording", "onset_s", "stop_s"]


def scene_events(recordings: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The "scene" events of one participant, in the order of the recordings, then of their onsets.

    Args:
        recordings: PARTICIPANT_RECORDINGS of the participant.
        events: EVENTS of the participant.

    Returns:
        session, scene, recording, onset_s, stop_s; several rows of one session
        and scene are stretches of one scene.
    """
    scenes = events[events["role"] == "scene"]
    order = {name: number for number, name in enumerate(recordings["recording"])}
    session = dict(zip(recordings["recording"], recordings["session"], strict=True))
    frame = pd.DataFrame(
        {
            "session": [session[name] for name in scenes["recording"]],
            "scene": scenes["label"].to_list(),
            "recording": scenes["recording"].to_list(),
            "onset_s": scenes["onset_s"].to_numpy(dtype=np.float64),
            "stop_s": (scenes["onset_s"] + scenes["duration_s"]).to_numpy(dtype=np.float64),
            "_order": [order[name] for name in scenes["recording"]],
        }
    )
    frame = frame.sort_values(["_order", "onset_s"], kind="stable", ignore_index=True)
    return frame[SCENE_COLUMNS]


def in_samples(seconds: pd.Series, rate_hz: float) -> NDArray[np.int64]:
    """``seconds`` as the nearest sample numbers at ``rate_hz``."""
    return np.rint(seconds.to_numpy(dtype=np.float64) * rate_hz).astype(np.int64)


def windows_in_scenes(windows: pd.DataFrame, scenes: pd.DataFrame, length_s: float, rate_hz: float) -> pd.DataFrame:
    """The windows that lie whole inside a scene event: nothing outside the scene flows in (our choice).

    Edges are compared in samples at ``rate_hz``, so that rounding in seconds moves none of them.

    Args:
        windows: recording, segment, start_s and any other columns, of one participant.
        scenes: from :func:`scene_events`.
        length_s: length of a window.
        rate_hz: sampling rate of the signal that the windows are cut from.

    Returns:
        The windows with session, scene and stretch, ordered by scene (as they first appear), stretch and
        start. Stretches of one scene are numbered from 0: a new one for each scene event and each segment.
    """
    length = round(length_s * rate_hz)
    recording = windows["recording"].to_numpy()
    start = in_samples(windows["start_s"], rate_hz)
    parts = []
    first_of, stop_of = (in_samples(scenes[name], rate_hz) for name in ("onset_s", "stop_s"))
    for number, (session, scene, where) in enumerate(scenes[["session", "scene", "recording"]].to_numpy()):
        first, stop = first_of[number], stop_of[number]
        inside = (recording == where) & (start >= first) & (start + length <= stop)
        part = windows[inside].assign(session=session, scene=scene, _event=number)
        parts.append(part.sort_values(["segment", "start_s"], kind="stable"))
    if not parts:
        return windows.iloc[:0].assign(session="", scene="", stretch=np.int32(0))
    found = pd.concat(parts, ignore_index=True)
    return _number_stretches(found)


def _number_stretches(found: pd.DataFrame) -> pd.DataFrame:
    """Number the stretches of each scene in place of events, and put each scene's rows together."""
    scene = found.groupby(["session", "scene"], sort=False).ngroup().rename("_scene")
    found = found.assign(_scene=scene).sort_values("_scene", kind="stable", ignore_index=True)
    piece = found.groupby(["_scene", "_event", "segment"], sort=False).ngroup()
    first = piece.groupby(found["_scene"]).transform("min")
    stretch = (piece - first).astype(np.int32)
    return found.assign(stretch=stretch).drop(columns=["_scene", "_event"])


def samples_in_scene(samples: pd.DataFrame, scene_rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each row of ``samples`` (recording, time_s) lies in one of ``scene_rows``: ``(samples,)``."""
    recording, time = samples["recording"].to_numpy(), samples["time_s"].to_numpy(dtype=np.float64)
    inside = np.zeros(len(samples), dtype=bool)
    for where, onset, stop in scene_rows[["recording", "onset_s", "stop_s"]].to_numpy():
        inside |= (recording == where) & (time >= onset) & (time < stop)
    return inside
