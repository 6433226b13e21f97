"""Tables of OpenFace 2, py-feat, Live Link Face, MediaPipe and JeFaPaTo."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.face.live_link import RATE_HZ, read_live_link
from myoscene.face.names import BLENDSHAPES
from myoscene.face.others.common import CONFIDENCE, Found, Texts, seen_only

_BY_NAME = {name.casefold(): name for name in (*BLENDSHAPES, "tongueOut")}
# In so many seconds, frame numbers of a timecode come close to its rate.
_LONG_S = 2.0
_EAR = re.compile(r"EAR\w{1,20}", re.IGNORECASE | re.ASCII)
_AU = re.compile(r"AU(\d\d)(_[rc])?", re.IGNORECASE)


def read_text(path: Path, rate_hz: float | None = None) -> Found:
    """A table of one of these tools, known by its columns; InputError where it is none of theirs.

    Args:
        rate_hz: frames a second of the timecode of Live Link Face; None: the app's own.
    """
    table = Texts(path)
    if "timecode" in table:
        return _live_link(table, rate_hz)
    for belongs, read in _TOOLS:
        if belongs(table):
            return read(table)
    units = {int(found[1]) for name in table.names if (found := _AU.fullmatch(name))}
    if units and units <= set(range(1, 9)):
        raise InputError(
            f"{path} has action units AU01 to AU08 alone: this is no table of OpenFace or py-feat, and what another "
            "tool means by these names is not known; rename the columns to what they are"
        )
    raise InputError(
        f"{path} is no table of OpenFace 2, py-feat, Live Link Face, MediaPipe or JeFaPaTo: its columns are "
        f"{', '.join(table.names[:6])}...; give the file as the tool wrote it"
    )


def _action_units(table: Texts) -> dict[str, np.ndarray]:
    """``AU01_r``, ``AU01_c`` or ``AU01`` -> values."""
    found = {}
    for name in table.names:
        if match := _AU.fullmatch(name):
            found[f"AU{match[1]}{(match[2] or '').lower()}"] = table.numbers(name)
    return found


def _openface(table: Texts) -> Found:
    if "face_id" in table and (faces := len(np.unique(table.numbers("face_id")))) > 1:
        raise InputError(f"{table.path} has {faces} faces (face_id); keep the rows of one of them")
    is_face = (table.numbers("success") == 1) & (table.numbers("confidence") >= CONFIDENCE)
    values = _action_units(table)
    for axis, name in zip("xyz", ("pitch_deg", "yaw_deg", "roll_deg"), strict=True):
        if f"pose_R{axis}" in table:
            values[name] = np.rad2deg(table.numbers(f"pose_R{axis}"))
    time_s = table.numbers("timestamp") if "timestamp" in table else None
    return Found("OpenFace 2", seen_only(pd.DataFrame(values), is_face), is_face, time_s, table.frames())


def _py_feat(table: Texts) -> Found:
    score = table.numbers("FaceScore")
    frames = table.numbers("frame") if "frame" in table else np.arange(len(score))
    if len(np.unique(frames)) < len(frames):
        raise InputError(f"{table.path} has several faces in one frame; keep the rows of one person")
    is_face = score >= CONFIDENCE
    values = _action_units(table)
    values |= {f"{name}_deg": table.numbers(name) for name in ("yaw", "pitch", "roll") if name in table}
    emotions = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
    values |= {name: table.numbers(name) for name in emotions if name in table}
    return Found("py-feat", seen_only(pd.DataFrame(values), is_face), is_face, None, table.frames())


def _live_link(table: Texts, rate_hz: float | None) -> Found:
    found = read_live_link(table.path, rate_hz or RATE_HZ)
    times = found.time_s.to_numpy()
    numbers = np.round(times % 1 * RATE_HZ, 3)
    if rate_hz is None and times[-1] - times[0] > _LONG_S and numbers.max() < RATE_HZ / 2:
        raise InputError(
            f"{table.path}: the frame numbers of its timecode stay below {RATE_HZ / 2:g}, so the app was hardly set to "
            f"{RATE_HZ:g} frames a second; give what it was set to, as --rate-hz {RATE_HZ / 2:g}"
        )
    values = found.drop(columns="time_s")
    is_face = values[list(set(_BY_NAME.values()) & set(values))].notna().all(axis=1).to_numpy()
    return Found("Live Link Face", seen_only(values, is_face), is_face, times, np.arange(len(found)), True)


def _mediapipe(table: Texts) -> Found:
    values = {_BY_NAME[name.casefold()]: table.numbers(name) for name in table.names if name.casefold() in _BY_NAME}
    frame = pd.DataFrame(values)
    is_face = frame.notna().all(axis=1).to_numpy()
    return Found("MediaPipe", seen_only(frame, is_face), is_face, _times(table), table.frames())


def _times(table: Texts) -> np.ndarray | None:
    """Times of a table that says their unit."""
    for name, unit in (("time_s", 1.0), ("timestamp_s", 1.0), ("timestamp_ms", 1e-3), ("timestampMs", 1e-3)):
        if name in table:
            return table.numbers(name) * unit
    return None


def _jefapato(table: Texts) -> Found:
    values = {}
    for name in table.names:
        own = _BY_NAME.get(name.casefold().removeprefix("bs_"))
        if own and name.casefold().startswith("bs_"):
            values[own] = table.numbers(name)
        elif _EAR.fullmatch(name) and not name.casefold().endswith("valid"):
            values[name] = table.numbers(name)
    frame = pd.DataFrame(values)
    is_face = table.truths("BS_Valid") if "BS_Valid" in table else frame.notna().all(axis=1).to_numpy()
    return Found("JeFaPaTo", seen_only(frame, is_face), is_face, _times(table), table.frames())


def _has_units(table: Texts, suffix: str) -> bool:
    """Whether there are action units above those that another tool numbers from 1 to 8."""
    matches = [found for name in table.names if (found := _AU.fullmatch(name))]
    return any(int(found[1]) > 8 and (found[2] or "").lower().startswith(suffix) for found in matches)


_TOOLS: list[tuple[Callable[[Texts], bool], Callable[[Texts], Found]]] = [
    (lambda table: "success" in table and "confidence" in table and _has_units(table, "_"), _openface),
    (lambda table: "FaceScore" in table and _has_units(table, ""), _py_feat),
    (lambda table: "BS_jawOpen" in table, _jefapato),
    (lambda table: "jawOpen" in table, _mediapipe),
]
