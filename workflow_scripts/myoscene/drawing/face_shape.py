"""The geometry of the drawn face: points at rest, plus what every movement adds.

A drawing is linear in the movements, but for lids and lips, which touch instead of passing through each other. The
same numbers draw a face here and in a browser (``face.js``).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from myoscene.drawing.face_names import SHIFTS, SIDES, STEPS, WHOLE
from myoscene.drawing.face_parts import PARTS, Part
from myoscene.drawing.face_points import ABOVE, GAZE, GLINT, IRIS, MOVES, POINTS, PUPIL

Point = tuple[float, float]
# A circle of four cubic Bezier curves has its control points here.
_ROUND = 0.5523
# A part is missing with a movement that takes it further than this, or makes it visible.
_NOTICED = 5.0


@dataclass(frozen=True)
class Curve:
    """One part, on one side ("" of both): places of its points, and the steps that make it visible.

    Attributes:
        shown: step -> opacity that it adds to ``part.rest``.
        moved_by: steps whose absence makes the curve unknown.
    """

    part: Part
    side: str
    points: tuple[int, ...]
    shown: Mapping[str, float]
    moved_by: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.part.name}, {self.side.lower()}" if self.side else self.part.name


@dataclass(frozen=True)
class Shape:
    """A whole face.

    Attributes:
        rest: ``(points, 2)``, x to the viewer's right and y downwards, the middle of the face at x = 0.
        moves: ``(steps, points, 2)``: what each of ``STEPS`` adds when it goes all the way.
        above: first point, second point, and the share by which the first gives way where it would pass below.
    """

    rest: NDArray[np.float64]
    moves: NDArray[np.float64]
    above: tuple[tuple[int, int, float], ...]
    curves: tuple[Curve, ...]
    index: Mapping[str, int]

    def points(self, steps: Mapping[str, float]) -> NDArray[np.float64]:
        """``(points, 2)`` of a face whose movements go so far; those that are not a number stay at rest."""
        found = self.rest.copy()
        for number, step in enumerate(STEPS):
            value = steps.get(step, 0.0)
            if value == value and value != 0:
                found += value * self.moves[number]
        for first, second, share in self.above:
            beyond = found[first, 1] - found[second, 1]
            if beyond > 0:
                found[first, 1] -= share * beyond
                found[second, 1] += (1 - share) * beyond
        return found


def path(points: Sequence[Sequence[float]], closed: bool) -> str:
    """SVG path data of cubic Bezier curves through ``points``, in tenths."""
    texts = [f"{tenths(x)} {tenths(y)}" for x, y in points]
    return f"M{texts[0]}C{' '.join(texts[1:])}{'Z' if closed else ''}"


def tenths(value: float) -> str:
    """A number with one decimal at most, rounded as JavaScript does it: halves go up."""
    return f"{np.floor(value * 10 + 0.5) / 10 + 0.0:g}"


def _circle(name: str, centre_x: float, centre_y: float, radius: float) -> dict[str, Point]:
    turns: list[Point] = [(1, 0), (1, _ROUND), (_ROUND, 1), (0, 1), (-_ROUND, 1), (-1, _ROUND), (-1, 0), (-1, -_ROUND)]
    turns += [(-_ROUND, -1), (0, -1), (_ROUND, -1), (1, -_ROUND), (1, 0)]
    return {f"{name}{n}": (centre_x + radius * x, centre_y + radius * y) for n, (x, y) in enumerate(turns, 1)}


def half_points() -> dict[str, Point]:
    """Name -> x outwards from the middle, y downwards."""
    found = {name: (float(x), float(y)) for name, x, y in re.findall(r"(\w+) (-?[\d.]+),(-?[\d.]+)", POINTS)}
    for name, circle in (("iris", IRIS), ("pupil", PUPIL), ("glint", GLINT)):
        found |= _circle(name, *circle)
    return found


def half_moves() -> dict[str, dict[str, Point]]:
    """Movement -> point -> how far it goes."""
    found = {}
    for move, body in re.findall(r"^(\w+):((?:.|\n(?!\w))*)", MOVES, flags=re.M):
        found[move] = {name: (float(x), float(y)) for name, x, y in re.findall(r"(\w+) (-?[\d.]+),(-?[\d.]+)", body)}
    for move, step in GAZE.items():
        ball = [f"{name}{number}" for name in ("iris", "pupil", "glint") for number in range(1, 14)]
        found[move] = found.get(move, {}) | dict.fromkeys(ball, step)
    return found


@cache
def face_shape() -> Shape:
    """The one face that there is."""
    half, moves = half_points(), half_moves()
    rest: list[Point] = []
    index: dict[str, int] = {}
    for name, (x, y) in half.items():
        for side, sign in zip(SIDES, (1, -1), strict=True) if x else (("", 1),):
            index[name + side] = len(rest)
            rest.append((sign * x, y))
    steps = np.zeros((len(STEPS), len(rest), 2))
    for number, step in enumerate(STEPS):
        move, _, side = step.partition(".")
        for name, (dx, dy) in moves[move].items():
            if not half[name][0]:
                # The middle goes half the way with one side, and never sideways but in a shift.
                steps[number, index[name]] = (dx, dy) if move in WHOLE else (0.0, dy / 2)
                continue
            for place, sign in zip(SIDES, (1, -1), strict=True):
                if side in ("", place):
                    outwards = 1 if move in SHIFTS else sign
                    steps[number, index[name + place]] = outwards * dx, dy
    above = []
    for first, second, share in re.findall(r"(\w+) (\w+) ([\d.]+)", ABOVE):
        for side in SIDES:
            places = [index[name + side] if half[name][0] else index[name] for name in (first, second)]
            above.append((places[0], places[1], float(share)))
    once = dict.fromkeys(above)
    curves = [curve for part in PARTS for curve in _curves(part, index, steps)]
    return Shape(np.array(rest), steps, tuple(once), tuple(curves), index)


def _curves(part: Part, index: Mapping[str, int], steps: NDArray[np.float64]) -> list[Curve]:
    def places(side: str) -> list[int]:
        return [index.get(name + side, index.get(name, -1)) for name in part.points]

    if part.whole:
        left, right = (places(side) for side in SIDES)
        return [_curve(part, "", [*left, *right[-2::-1]], steps)]
    return [_curve(part, side, places(side), steps) for side in SIDES]


def _curve(part: Part, side: str, points: list[int], steps: NDArray[np.float64]) -> Curve:
    shown: dict[str, float] = {}
    for move, opacity in part.shown.items():
        own = [move] if move in WHOLE else [f"{move}.{one}" for one in SIDES if side in ("", one)]
        shown |= {step: opacity / (len(own) if not side else 1) for step in own}
    far = np.abs(steps[:, points]).max(axis=(1, 2)) > _NOTICED
    moved = {step for step, is_far in zip(STEPS, far, strict=True) if is_far} if part.rest else set()
    return Curve(part, side, tuple(points), shown, frozenset(moved | set(shown)))
