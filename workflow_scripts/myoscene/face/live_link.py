"""Face parameters as Live Link Face writes them, which avatar tools read: CSV of 61 values a frame, with a timecode."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import Column

# In the order of the app's files.
_NAMES = (
    "EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft EyeWideLeft EyeBlinkRight "
    "EyeLookDownRight EyeLookInRight EyeLookOutRight EyeLookUpRight EyeSquintRight EyeWideRight JawForward JawRight "
    "JawLeft JawOpen MouthClose MouthFunnel MouthPucker MouthRight MouthLeft MouthSmileLeft MouthSmileRight "
    "MouthFrownLeft MouthFrownRight MouthDimpleLeft MouthDimpleRight MouthStretchLeft MouthStretchRight "
    "MouthRollLower MouthRollUpper MouthShrugLower MouthShrugUpper MouthPressLeft MouthPressRight MouthLowerDownLeft "
    "MouthLowerDownRight MouthUpperUpLeft MouthUpperUpRight BrowDownLeft BrowDownRight BrowInnerUp BrowOuterUpLeft "
    "BrowOuterUpRight CheekPuff CheekSquintLeft CheekSquintRight NoseSneerLeft NoseSneerRight TongueOut"
)
_SHAPES = tuple(_NAMES.split())
_HEAD = {"HeadYaw": "yaw_deg", "HeadPitch": "pitch_deg", "HeadRoll": "roll_deg"}
_EYES = [f"{side}Eye{axis}" for side in ("Left", "Right") for axis in ("Yaw", "Pitch", "Roll")]
VALUES = (*_SHAPES, *_HEAD, *_EYES)
# Frames a second of the timecode: the app's own.
RATE_HZ = 60.0
_TIMECODE = re.compile(r"(\d+):(\d\d):(\d\d):(\d+(?:\.\d+)?)")


class LiveLinkWriter:
    """Writes parts of the table of face parameters, one after the other; frames without a face are left out.

    What the model does not have, and the directions of the eyeballs, are 0; angles of the head are in radians.
    """

    def __init__(self, handle: TextIO) -> None:
        self._rows = csv.writer(handle, lineterminator="\n")
        self._rows.writerow(["Timecode", "BlendShapeCount", *VALUES])

    def write(self, part: Mapping[str, Column]) -> None:
        columns = [np.zeros(len(part["frame"]))] * len(VALUES)
        for place, name in enumerate(VALUES):
            own = name[0].lower() + name[1:]
            if name in _HEAD:
                columns[place] = np.deg2rad(np.asarray(part[_HEAD[name]], float))
            elif own in part:
                columns[place] = np.asarray(part[own], float)
        for row in np.flatnonzero(part["is_face"]):
            values = [f"{column[row]:.8f}" for column in columns]
            self._rows.writerow([timecode(float(part["time_s"][row])), len(VALUES), *values])


def timecode(time_s: float) -> str:
    """``HH:MM:SS:FF.fff``; FF counts frames at :data:`RATE_HZ`."""
    thousandths = round(time_s * RATE_HZ * 1000)
    seconds, frames = divmod(thousandths, round(RATE_HZ * 1000))
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames / 1000:06.3f}"


def read_live_link(path: Path, rate_hz: float = RATE_HZ) -> pd.DataFrame:
    """``time_s``, ``yaw_deg``, ``pitch_deg``, ``roll_deg`` and the blendshapes, by MediaPipe's names, of each row.

    Columns are found by name, whatever their order and case; files of 51 values have no head. A row without values,
    where the app saw no face, is not a number there.

    Args:
        rate_hz: frames a second of the timecode.

    Raises:
        InputError: no such table, a column that is missing, a timecode or a number that is none, or a time before the
            one above it.
    """
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a table of Live Link Face ({error}); check the file") from None
    raw.columns = raw.columns.str.strip().str.lower()
    needed = ["timecode", *(name.lower() for name in _SHAPES[:-1])]
    if missing := [name for name in needed if name not in raw]:
        raise InputError(f"{path} is no table of Live Link Face: it has no column '{missing[0]}'; check the file")
    times = np.array([_seconds(text, rate_hz, path, row) for row, text in enumerate(raw["timecode"])])
    if (np.diff(times) <= 0).any():
        row = int(np.argmax(np.diff(times) <= 0)) + 1
        raise InputError(f"{path}, row {row + 1}: the timecode does not grow; give one recording, in its order")
    found = {"time_s": times}
    for name in (*_HEAD, *_SHAPES):
        if name.lower() in raw:
            values = _numbers(raw[name.lower()], path, name)
            own = name[0].lower() + name[1:]
            found[_HEAD.get(name, own)] = np.rad2deg(values) if name in _HEAD else values
    return pd.DataFrame(found)


def _seconds(text: str, rate_hz: float, path: Path, row: int) -> float:
    found = _TIMECODE.fullmatch(text.strip())
    if not found or float(found[4]) >= rate_hz:
        raise InputError(
            f"{path}, row {row + 1}: '{text}' is no timecode HH:MM:SS:FF.fff at {rate_hz:g} frames a second; give "
            "the rate that the app was set to with --rate-hz, or mend the row"
        )
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) + float(found[4]) / rate_hz


def _numbers(texts: pd.Series, path: Path, name: str) -> np.ndarray:
    values = pd.to_numeric(texts.replace("", np.nan), errors="coerce").to_numpy(float)
    wrong = ~np.isfinite(values) & (texts.str.strip() != "").to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"{path}, row {row + 1}, column '{name}': '{texts.iloc[row]}' is no number; mend the row")
    return values
