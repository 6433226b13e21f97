"""What is drawn of the face, from back to front: which points a part goes through, and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SKIN, SHADE, LINE, HAIR = "#EBCDB4", "#DDB699", "#6E4A38", "#4A3B35"
LIP, LIP_LINE, MOUTH, TEETH, TONGUE = "#C4756C", "#7E3B38", "#4B1F22", "#FBF8F2", "#CE6F72"
BALL, IRIS, INK = "#FDFDFB", "#5E7F8C", "#221C1A"
# Of what is not known.
GREY, GREY_LINE = "#D5D8DC", "#8C949E"


@dataclass(frozen=True)
class Part:
    """A curve through ``points`` of one half.

    Attributes:
        whole: the curve begins and ends in the middle, and goes on through the other half; otherwise it is drawn
            twice, once on each side.
        shown: movement -> how visible a full one makes the part, beyond ``rest``; both from 0 to 1.
        clip: the part inside of which it shows.
    """

    name: str
    points: tuple[str, ...]
    fill: str = "none"
    stroke: str = "none"
    width: float = 0.0
    whole: bool = False
    rest: float = 1.0
    shown: Mapping[str, float] = field(default_factory=dict)
    clip: str = ""


def _run(prefix: str, last: int, first: int = 1) -> tuple[str, ...]:
    return tuple(f"{prefix}{number}" for number in range(first, last + 1))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _furrow(name: str, points: tuple[str, ...], rest: float, width: float = 1.8, **shown: float) -> Part:
    return Part(name, points, stroke=LINE, width=width, rest=rest, shown=shown)


_OUTLINE = _words("top h1 h2 temple h3 h4 cheekbone h5 h6 jaw h7 h8 chin")
_HAIR = _words("hairtop ha hb hairside hc hd hairtip he hf hairline hg hh hairmid")
_THROAT = _words("nk nka nkb neck n1 n2 n3 n4 n5 shoulder nkc nkd nke")
_OPEN = ("in_top", "m_i2", "m_i1", "corner", "n_i1", "n_i2", "in_low")
_EYE = ("e1", "u1", "u2", "e2", "l2", "l1", "e1")

PARTS = (
    Part("throat", _THROAT, SHADE, whole=True),
    Part("neck", _THROAT[3:10], stroke=LINE, width=2.0, rest=0.55),
    Part("ear", _run("ear", 7), SHADE, LINE, 2.0),
    Part("ear inside", _run("ei", 4), stroke=LINE, width=1.4, rest=0.45),
    Part("face", _OUTLINE, SKIN, LINE, 2.4, whole=True),
    Part("hair", _HAIR, HAIR, whole=True),
    _furrow("forehead, middle", _run("f", 4), 0.0, brow_inner_up=0.75),
    _furrow("forehead, middle, upper", _run("g", 4), 0.0, brow_inner_up=0.6),
    _furrow("forehead, outer", _run("k", 4), 0.0, brow_outer_up=0.75),
    _furrow("forehead, outer, upper", _run("m", 4), 0.0, brow_outer_up=0.6),
    _furrow("between the brows", _run("v", 4), 0.0, 2.2, brow_down=0.9, nose_wrinkle=0.35),
    _furrow("root of the nose", _run("x", 4), 0.0, nose_wrinkle=0.85),
    _furrow("root of the nose, lower", _run("y", 4), 0.0, nose_wrinkle=0.85),
    _furrow("side of the nose", _run("z", 4), 0.0, nose_wrinkle=0.8),
    _furrow("nose", _run("s", 4), 0.28, 1.6),
    _furrow("crow's feet", _run("p", 4), 0.0, cheek_up=0.8),
    _furrow("crow's feet, middle", _run("q", 4), 0.0, cheek_up=0.8),
    _furrow("crow's feet, lower", _run("r", 4), 0.0, cheek_up=0.8),
    _furrow("below the eye", _run("w", 4), 0.12, 1.5, lid_tight=0.75, cheek_up=0.5),
    _furrow("cheek", _run("i", 4), 0.0, cheek_up=0.75, corner_pull=0.15, corner_sharp=0.2),
    _furrow(
        "nasolabial",
        _run("o", 4),
        0.14,
        2.0,
        furrow=0.8,
        corner_pull=0.6,
        lip_up=0.65,
        nose_wrinkle=0.55,
        dimple=0.2,
        corner_sharp=0.4,
    ),
    _furrow("philtrum", _run("ph", 4), 0.22, 1.4),
    _furrow("cheek, puffed", _run("pu", 4), 0.0, 2.0, puff=0.75, corner_sharp=0.3),
    _furrow("dimple", _run("d", 4), 0.0, 2.6, dimple=0.95, corner_pull=0.3, stretch=0.5),
    _furrow("below the corner", _run("j", 4), 0.0, 2.0, corner_down=0.8, stretch=0.15),
    _furrow("pouch of the corner", _run("j", 8, 5), 0.0, 2.0, corner_down=0.7),
    Part("eyeball", _EYE, BALL),
    Part("iris", _run("iris", 13), IRIS, INK, 1.2, clip="eyeball"),
    Part("pupil", _run("pupil", 13), INK, clip="eyeball"),
    Part("glint", _run("glint", 13), "#FFFFFF", clip="eyeball"),
    Part("lower lid", ("e1", "l1", "l2", "e2"), stroke=LINE, width=1.5, rest=0.8),
    Part("upper lid", ("e1", "u1", "u2", "e2"), stroke=INK, width=3.4),
    Part("crease", _run("c", 4), stroke=LINE, width=1.7, rest=0.7),
    Part("brow", _run("b", 16), HAIR),
    Part("nostril", ("t1", "t2", "t3", "t4"), stroke=LINE, width=2.6),
    Part("tip of the nose", ("t4", "t5", "t6", "t7"), stroke=LINE, width=1.8, whole=True, rest=0.75),
    Part("wing of the nose", _run("a", 4), stroke=LINE, width=2.0, rest=0.8),
    Part("mouth", _OPEN, MOUTH, whole=True),
    Part("tongue behind", _run("st", 7), TONGUE, whole=True, clip="mouth", rest=0.0, shown={"jaw_open": 1.0}),
    Part("upper teeth", _run("te", 10), TEETH, whole=True, clip="mouth"),
    Part("lower teeth", _run("tl", 10), TEETH, whole=True, clip="mouth"),
    Part(
        "upper lip",
        ("lip_top", "m_u4", "m_u3", "peak", "m_u2", "m_u1", "corner", "m_i1", "m_i2", "in_top"),
        LIP,
        whole=True,
    ),
    Part("lower lip", ("in_low", "n_i2", "n_i1", "corner", "m_l1", "m_l2", "lip_low"), LIP, whole=True),
    Part("line of the lips", _OPEN, stroke=LIP_LINE, width=2.2, whole=True),
    Part("tongue", _run("to", 7), TONGUE, LIP_LINE, 1.6, whole=True, rest=0.0, shown={"tongue": 1.0}),
    _furrow("lines of the upper lip", _run("va", 4), 0.0, 1.5, tight=0.75, pucker=0.75),
    _furrow("lines of the upper lip, outer", _run("vb", 4), 0.0, 1.5, tight=0.7, pucker=0.7),
    _furrow("lines of the lower lip", _run("vc", 4), 0.0, 1.5, tight=0.75, pucker=0.75),
    _furrow("lines of the lower lip, outer", _run("vd", 4), 0.0, 1.5, tight=0.7, pucker=0.7),
    Part(
        "bulge above the lips",
        _run("ba", 4),
        stroke=LINE,
        width=1.8,
        whole=True,
        rest=0.0,
        shown={"press": 0.6, "roll_upper": 0.35},
    ),
    Part(
        "bulge below the lips",
        _run("bb", 4),
        stroke=LINE,
        width=1.8,
        whole=True,
        rest=0.0,
        shown={"press": 0.6, "roll_lower": 0.35},
    ),
    Part(
        "below the lips",
        _run("rl", 4),
        stroke=LINE,
        width=1.8,
        whole=True,
        rest=0.3,
        shown={"chin_up": 0.45, "jaw_forward": 0.3},
    ),
    _furrow("chin", _run("ch", 4), 0.0, chin_up=0.75),
    _furrow("chin, lower", _run("ch", 8, 5), 0.0, chin_up=0.7),
    _furrow("chin, upper", ("ch9", "cha", "chb", "chc"), 0.0, chin_up=0.7),
)
