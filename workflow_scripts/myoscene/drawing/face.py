"""A face drawn from parameters: blendshapes or action units, left and right apart; at rest in time, or moving.

The person looks at the viewer, so that their own left is on the viewer's right. The drawing is our own, and schematic:
it shows which way a face moves, not what anybody looks like.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import numpy as np
from markupsafe import escape
from numpy.typing import ArrayLike, NDArray

from myoscene.core.errors import InputError
from myoscene.drawing.face_muscles import muscles_svg, sites_svg
from myoscene.drawing.face_names import STEPS, steps_over
from myoscene.drawing.face_parts import GREY, GREY_LINE, SKIN
from myoscene.drawing.face_shape import Curve, Shape, face_shape, path

VIEW_BOX = "-170 -245 340 500"
# Steps of an animation are kept in thousandths.
_FINE = 1000
_SCRIPT = Path(__file__).with_name("face.js")
Points = NDArray[np.float64]


def face_svg(
    parameters: Mapping[str, float],
    *,
    activity: Mapping[str, float] | None = None,
    sites: bool = False,
    name: str = "face",
    label: str = "",
) -> str:
    """One face, as an SVG element that stands alone or in a page.

    Args:
        parameters: blendshape (``mouthSmileLeft``) or action unit (``AU12``, ``AU12L``) -> 0 to 1; what is not named
            is at rest, and what is not a number draws the parts that it moves in grey.
        activity: muscle (``zygomaticus_left``, or without side for both) -> 0 to 1, as tint; grey where not a number.
        sites: show where electrodes are put (Fridlund & Cacioppo 1986).
        name: what ids begin with; another one for each face of a page.
        label: what a screen reader says; default: the largest parameters.

    Raises:
        InputError: a parameter or muscle that there is not, or an infinite number.
    """
    steps = {step: float(values[0]) for step, values in steps_over(parameters).items()}
    return _drawn(steps, activity, sites, name, label or said(parameters))


def _drawn(steps: Mapping[str, float], activity: Mapping[str, float] | None, sites: bool, name: str, label: str) -> str:
    shape = face_shape()
    points, start = shape.points(steps), str(escape(name))
    drawn = [_curve(curve, points, steps, start) for curve in shape.curves]
    if activity is not None:
        place = next(number for number, curve in enumerate(shape.curves) if curve.part.name == "forehead, middle")
        drawn.insert(place, muscles_svg(activity, shape, points))
    if sites:
        drawn.append(sites_svg(shape, points))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{VIEW_BOX}" role="img" aria-label="{escape(label)}">'
        f"{_clips(shape, points, start)}{''.join(drawn)}</svg>"
    )


def said(parameters: Mapping[str, float]) -> str:
    """A face in words: its largest parameters."""
    moving = sorted(((-value, one) for one, value in parameters.items() if value and not math.isnan(value)))
    missing = sum(math.isnan(value) for value in parameters.values())
    told = ", ".join(f"{one} {-value:.2f}" for value, one in moving[:8]) or "at rest"
    return f"Drawn face: {told}{f'; {missing} parameters missing' if missing else ''}"


def _clipping(shape: Shape) -> list[int]:
    """Places of the curves inside of which others show: eyes and mouth."""
    wanted = {curve.part.clip for curve in shape.curves if curve.part.clip}
    return [number for number, curve in enumerate(shape.curves) if curve.part.name in wanted]


def _clips(shape: Shape, points: Points, name: str) -> str:
    curves = [shape.curves[number] for number in _clipping(shape)]
    paths = (
        f'<clipPath id="{name}-{curve.part.name}{curve.side}"><path d="{_path(curve, points)}"/></clipPath>'
        for curve in curves
    )
    return f"<defs>{''.join(paths)}</defs>"


def _path(curve: Curve, points: Points) -> str:
    return path(points[list(curve.points)].tolist(), curve.part.fill != "none")


def _curve(curve: Curve, points: Points, steps: Mapping[str, float], name: str) -> str:
    """One part of the face as an SVG path."""
    part = curve.part
    fill, stroke = colours(curve, any(math.isnan(steps[step]) for step in curve.moved_by))
    look = f'fill="{fill}"'
    if part.stroke != "none":
        look += f' stroke="{stroke}" stroke-width="{part.width:g}" stroke-linecap="round"'
    opacity = _opacity(curve, steps)
    look += f' opacity="{opacity}"' if opacity != "1" else ""
    look += f' clip-path="url(#{name}-{part.clip}{curve.side})"' if part.clip else ""
    return f'<path d="{_path(curve, points)}" {look}/>'


def colours(curve: Curve, missing: bool) -> tuple[str, str]:
    """Fill and stroke of a part; skin keeps its colour whatever is missing."""
    part = curve.part
    if not missing:
        return part.fill, part.stroke
    return (part.fill if part.fill in ("none", SKIN) else GREY), (GREY_LINE if part.stroke != "none" else "none")


def _opacity(curve: Curve, steps: Mapping[str, float]) -> str:
    """How visible a part is, 0 to 1, in hundredths."""
    value = curve.part.rest
    for step, weight in curve.shown.items():
        if not math.isnan(steps[step]):
            value += weight * abs(steps[step])
    return f"{math.floor(min(value, 1.0) * 100 + 0.5) / 100:g}"


class _CurveData(TypedDict):
    points: list[int]
    closed: bool
    rest: float
    shown: list[tuple[int, float]]
    moved: list[int]
    known: tuple[str, str]
    missing: tuple[str, str]


def animation(time_s: ArrayLike, parameters: Mapping[str, ArrayLike]) -> dict[str, object]:
    """What ``face.js`` needs to draw every frame: the geometry once, and the movements that there are.

    Args:
        time_s: ``(frames,)``, seconds, growing.
        parameters: name -> ``(frames,)``, as in :func:`face_svg`.

    Raises:
        InputError: as :func:`face_svg`; no frame, other lengths, or times that do not grow.
    """
    times = np.asarray(time_s, dtype=float)
    if times.ndim != 1 or not len(times):
        raise InputError("a moving face needs at least one frame; give the times of some")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InputError("the times of a moving face are missing in places, or do not grow; sort or mend them")
    for name, values in parameters.items():
        if np.shape(values) != times.shape:
            raise InputError(f"the parameter '{name}' has not one value for each of {len(times)} times; mend the table")
    shape, steps = face_shape(), steps_over(parameters)
    place = {step: number for number, step in enumerate(STEPS)}
    moves = []
    for move in shape.moves:
        touched = np.flatnonzero(move.any(axis=1))
        moves.append([[int(point), *move[point].tolist()] for point in touched])
    curves = [
        _CurveData(
            points=list(curve.points),
            closed=curve.part.fill != "none",
            rest=curve.part.rest,
            shown=[(place[step], weight) for step, weight in curve.shown.items()],
            moved=sorted(place[step] for step in curve.moved_by),
            known=colours(curve, False),
            missing=colours(curve, True),
        )
        for curve in shape.curves
    ]
    return {
        "rest": shape.rest.tolist(),
        "moves": moves,
        "above": [list(pair) for pair in shape.above],
        "curves": curves,
        "clips": _clipping(shape),
        "time_s": np.round(times, 4).tolist(),
        "steps": {place[step]: _thousandths(values) for step, values in steps.items() if values.any()},
    }


def _thousandths(values: NDArray[np.float64]) -> list[int | None]:
    return [None if math.isnan(value) else math.floor(value * _FINE + 0.5) for value in values.tolist()]


def face_canvas(
    time_s: ArrayLike, parameters: Mapping[str, ArrayLike], *, name: str = "face", label: str = "Drawn face"
) -> str:
    """A face that moves, as a piece of HTML with everything in it: a button to play, a slider, no network.

    It begins at rest: nothing moves before somebody asks, and in steps of a second for who asked the system for less
    motion.

    Args:
        time_s, parameters: as in :func:`animation`.
        name: what ids begin with; another one for each face of a page.
        label: what a screen reader calls it.

    Raises:
        InputError: as :func:`animation`.
    """
    data = json.dumps(animation(time_s, parameters), separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    first = {step: float(values[0]) for step, values in steps_over(parameters).items()}
    last = len(np.asarray(time_s)) - 1
    return (
        f'<figure class="moving-face" id="{escape(name)}" style="max-width:26em;margin:1em 0">'
        f"{_drawn(first, None, False, name, label)}"
        '<div style="display:flex;gap:.6em;align-items:center"><button type="button">Play</button>'
        f'<input type="range" min="0" max="{last}" step="1" value="0" aria-label="{escape(label)}: frame" '
        'style="flex:1;min-width:4em"><output style="min-width:5em;text-align:right"></output></div>'
        f'<script type="application/json">{data}</script>'
        f"<script>{_SCRIPT.read_text(encoding='utf-8')}</script></figure>"
    )
