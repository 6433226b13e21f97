"""Muscles of the face as tinted bands, and where electrodes are put over them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.drawing.face_names import SIDES, closest
from myoscene.drawing.face_parts import GREY_LINE
from myoscene.drawing.face_shape import Shape, path, tenths

TINT = "#A3161F"
_WHITE = "#FFFFFF"


@dataclass(frozen=True)
class Muscle:
    """One muscle of a half: fibres as a curve (x outwards, y downwards; width), and its pair of electrodes.

    Attributes:
        moves_with: point of the face with which the end of the curve moves.
        site: middle between both electrodes, and the direction of their line in degrees, downwards from outwards.
    """

    fibres: tuple[tuple[float, float], ...]
    width: float
    site: tuple[float, float, float]
    moves_with: str = ""


# The sites follow Fridlund & Cacioppo 1986 (figure 1), by eye on our face; electrodes are 10 apart, about a
# centimetre. The bands are schematic.
MUSCLES = {
    "frontalis_lateral": Muscle(((84, -138), (86, -122), (84, -108), (80, -92)), 34, (84, -108, 90)),
    "frontalis_medial": Muscle(((24, -142), (24, -124), (25, -106), (26, -88)), 36, (26, -108, 90)),
    "corrugator_supercilii": Muscle(((14, -52), (28, -62), (44, -68), (60, -72)), 11, (32, -66, -30)),
    "depressor_supercilii": Muscle(((10, -26), (10, -36), (11, -46), (13, -54)), 10, (10, -38, 90)),
    "orbicularis_oculi": Muscle(
        ((18, -18), (18, -58), (98, -66), (104, -20), (104, 26), (18, 28), (18, -18)), 15, (72, 20, -20)
    ),
    "levator_labii": Muscle(((20, -4), (26, 16), (28, 50), (26, 86)), 11, (27, 26, 80)),
    "zygomaticus_major": Muscle(((106, 34), (92, 56), (72, 82), (48, 106)), 14, (82, 69, 130), "corner"),
    "buccinator": Muscle(((104, 92), (88, 98), (68, 104), (48, 106)), 10, (80, 101, 165), "corner"),
    "orbicularis_oris": Muscle(
        ((0, 82), (34, 82), (58, 94), (58, 106), (58, 122), (34, 138), (0, 138)), 11, (22, 137, -12)
    ),
    "depressor_anguli_oris": Muscle(((56, 164), (56, 146), (54, 126), (48, 106)), 12, (55, 140, 85), "corner"),
    "depressor_labii": Muscle(((42, 170), (36, 156), (30, 142), (26, 126)), 10, (35, 154, 65)),
    "mentalis": Muscle(((14, 148), (14, 158), (14, 168), (12, 180)), 15, (13, 168, 90)),
    "masseter": Muscle(((110, 40), (108, 70), (102, 100), (92, 128)), 24, (103, 92, 105)),
}
# Other names of muscles, as channels have them.
ALSO = {
    "frontalis": ("frontalis_lateral", "frontalis_medial"),
    "lateral_frontalis": ("frontalis_lateral",),
    "medial_frontalis": ("frontalis_medial",),
    "corrugator": ("corrugator_supercilii",),
    "orbicularis": ("orbicularis_oculi",),
    "zygomaticus": ("zygomaticus_major",),
    "levator": ("levator_labii",),
    "levator_labii_superioris": ("levator_labii",),
    "depressor": ("depressor_anguli_oris",),
    "depressor_labii_inferioris": ("depressor_labii",),
}
CENTRE = ("_center", "_centre")


def muscles_of(channel: str) -> list[tuple[str, str]]:
    """(muscle, side) that a channel's name speaks of, such as ``zygomaticus_left``; both sides without one.

    Raises:
        InputError: no such muscle.
    """
    plain = "_".join(channel.casefold().replace("-", " ").replace("_", " ").split())
    side = next((one for one in SIDES if plain.endswith(f"_{one.lower()}")), "")
    stem = plain.removesuffix(f"_{side.lower()}") if side else plain
    for end in CENTRE:
        stem = stem.removesuffix(end)
    names = (stem,) if stem in MUSCLES else ALSO.get(stem, ())
    if not names:
        raise InputError(f"the drawn face has no muscle '{channel}'{closest(stem, [*MUSCLES, *ALSO])}")
    return [(muscle, one) for muscle in names for one in ([side] if side else SIDES)]


def _band(muscle: Muscle, side: str, shape: Shape, points: NDArray[np.float64]) -> str:
    sign = 1 if side == "Left" else -1
    curve = np.array(muscle.fibres, dtype=float) * (sign, 1)
    if muscle.moves_with:
        place = shape.index[muscle.moves_with + side]
        moved = points[place] - shape.rest[place]
        curve[-1] += moved
        curve[-2] += moved / 2
    return path(curve.tolist(), False)


def muscles_svg(activity: Mapping[str, float], shape: Shape, points: NDArray[np.float64]) -> str:
    """Bands of the muscles named, the stronger the more active; InputError of one that there is not."""
    found: dict[tuple[str, str], float] = {}
    for channel, value in activity.items():
        if math.isinf(value):
            raise InputError(f"the activity of '{channel}' is infinite; give 0 to 1")
        found |= dict.fromkeys(muscles_of(channel), float(value))
    drawn = []
    for name, muscle in MUSCLES.items():
        for side in SIDES:
            if (name, side) not in found:
                continue
            value = found[name, side]
            known = not math.isnan(value)
            opacity = 0.10 + 0.72 * min(max(value, 0.0), 1.0) if known else 0.5
            look = f'stroke="{TINT if known else GREY_LINE}" stroke-opacity="{opacity:.2f}"'
            dashes = "" if known else ' stroke-dasharray="3 5"'
            told = f"{name.replace('_', ' ')}, {side.lower()}: {f'{value:.2f}' if known else 'missing'}"
            drawn.append(
                f'<path d="{_band(muscle, side, shape, points)}" fill="none" {look}{dashes} '
                f'stroke-width="{muscle.width:g}" stroke-linecap="round"><title>{told}</title></path>'
            )
    return f"<g>{''.join(drawn)}</g>"


def sites_svg(shape: Shape, points: NDArray[np.float64]) -> str:
    """A pair of electrodes over every muscle, on both sides."""
    drawn = []
    for name, muscle in MUSCLES.items():
        x, y, degrees = muscle.site
        dx, dy = 5.5 * math.cos(math.radians(degrees)), 5.5 * math.sin(math.radians(degrees))
        for side, sign in zip(SIDES, (1, -1), strict=True):
            dots = "".join(
                f'<circle cx="{tenths(sign * (x + end * dx))}" cy="{tenths(y + end * dy)}" r="4"/>' for end in (-1, 1)
            )
            drawn.append(f"<g><title>{name.replace('_', ' ')}, {side.lower()}</title>{dots}</g>")
    return f'<g fill="{_WHITE}" stroke="#1F2933" stroke-width="1.6">{"".join(drawn)}</g>'
