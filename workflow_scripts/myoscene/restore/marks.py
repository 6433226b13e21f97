"""Electrodes and cables that a person marked in one frame: polygons in a JSON file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Marks:
    """``polygons``: each ``(n, 2)``, x and y in pixels of a frame of ``size`` (width, height) at ``time_s``."""

    time_s: float
    size: tuple[int, int]
    polygons: tuple[Points, ...]


def read_marks(path: Path) -> Marks:
    """Read what the marking page saves: ``{"time_s": ., "width": ., "height": ., "polygons": [[[x, y], ...], ...]}``.

    Raises:
        InputError: no such file or not of that form, no polygon, one of no area, or one outside the frame.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"the marks {path} do not exist; make them with `myoscene restore VIDEO --marking-page page.html`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the marks {path} cannot be read ({error}); save them anew from the marking page") from None
    try:
        time_s, size = float(found["time_s"]), (_whole(found["width"]), _whole(found["height"]))
        polygons = tuple(np.array(points, dtype=np.float64).reshape(len(points), 2) for points in found["polygons"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError(
            f"{path} holds no marks; it needs time_s, width, height and polygons, lists of [x, y], as the marking page "
            "saves them"
        ) from None
    if not np.isfinite(time_s):
        raise InputError(f"{path} says no time of the marked frame; save the marks anew from the marking page")
    if not polygons:
        raise InputError(f"{path} marks nothing; draw a polygon around each electrode, and save again")
    for number, points in enumerate(polygons):
        _check(points, size, f"{path}, polygon {number}")
    return Marks(time_s, size, polygons)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(value)
    return int(value)


def _check(points: Points, size: tuple[int, int], where: str) -> None:
    if len(points) < 3 or not np.isfinite(points).all():
        raise InputError(f"{where}, has fewer than three corners that are numbers; draw it anew")
    if (points < 0).any() or (points > size).any():
        raise InputError(
            f"{where}, reaches outside the frame of {size[0]} x {size[1]} pixels; draw it within the frame, or mark "
            "another frame"
        )
    x, y = points.T
    if abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) < 2:
        raise InputError(f"{where}, has no area; draw it around the electrode")
