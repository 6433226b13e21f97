"""What the drawn face can do, and by which names: action units (FACS) and blendshapes (ARKit, MediaPipe).

Left and right are the person's own.
"""

import difflib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myoscene.core.errors import InputError

# Movement, action unit, blendshape, what a coder sees. Several movements may share a name, and one may have none.
# FACS: Ekman, Friesen & Hager 2002. Which blendshape shows which unit is our reading of ARKit's pictures.
MOVEMENTS = (
    ("brow_inner_up", "AU01", "browInnerUp", "inner brow raiser"),
    ("brow_outer_up", "AU02", "browOuterUp", "outer brow raiser"),
    ("brow_down", "AU04", "browDown", "brow lowerer"),
    ("lid_up", "AU05", "eyeWide", "upper lid raiser"),
    ("cheek_up", "AU06", "cheekSquint", "cheek raiser"),
    ("lid_tight", "AU07", "eyeSquint", "lid tightener"),
    ("nose_wrinkle", "AU09", "noseSneer", "nose wrinkler"),
    ("lip_up", "AU10", "mouthUpperUp", "upper lip raiser"),
    ("furrow", "AU11", "", "nasolabial deepener"),
    ("corner_pull", "AU12", "mouthSmile", "lip corner puller"),
    ("corner_sharp", "AU13", "", "sharp lip puller"),
    ("dimple", "AU14", "mouthDimple", "dimpler"),
    ("corner_down", "AU15", "mouthFrown", "lip corner depressor"),
    ("lip_down", "AU16", "mouthLowerDown", "lower lip depressor"),
    ("chin_up", "AU17", "mouthShrugLower", "chin raiser"),
    ("shrug_upper", "", "mouthShrugUpper", "upper lip pushed up"),
    ("pucker", "AU18", "mouthPucker", "lip pucker"),
    ("tongue", "AU19", "tongueOut", "tongue show"),
    ("stretch", "AU20", "mouthStretch", "lip stretcher"),
    ("funnel", "AU22", "mouthFunnel", "lip funneler"),
    ("tight", "AU23", "", "lip tightener"),
    ("press", "AU24", "mouthPress", "lip pressor"),
    ("part", "AU25", "", "lips part"),
    ("jaw_open", "AU27", "jawOpen", "mouth stretch"),
    ("roll_upper", "AU28", "mouthRollUpper", "lips suck"),
    ("roll_lower", "AU28", "mouthRollLower", "lips suck"),
    ("jaw_forward", "AU29", "jawForward", "jaw thrust"),
    ("jaw_side", "AU30", "jaw", "jaw sideways"),
    ("mouth_side", "", "mouth", "mouth sideways"),
    ("close", "", "mouthClose", "lips together over an open jaw"),
    ("puff", "AU34", "cheekPuff", "cheek puff"),
    ("blink", "AU45", "eyeBlink", "blink"),
    ("look_down", "AU64", "eyeLookDown", "eyes down"),
    ("look_in", "", "eyeLookIn", "eye towards the nose"),
    ("look_out", "", "eyeLookOut", "eye away from the nose"),
    ("look_up", "AU63", "eyeLookUp", "eyes up"),
)
# Movements of the whole jaw or mouth, which have no side; those in SHIFTS go to the own left, or below 0 to the right.
WHOLE = ("tongue", "jaw_open", "jaw_forward", "jaw_side", "mouth_side", "close")
SHIFTS = ("jaw_side", "mouth_side")
SIDES = ("Left", "Right")
# In the order in which they are added up: "corner_pull.Left" ... "jaw_open".
STEPS = tuple(
    name for move, *_ in MOVEMENTS for name in ([move] if move in WHOLE else [f"{move}.{side}" for side in SIDES])
)
# Jaw drop is the first half of what mouth stretch is the whole of.
JAW_DROP = 0.5


def _names() -> dict[str, tuple[tuple[str, float], ...]]:
    """Name -> the steps that it takes, with the weight of each."""
    found: dict[str, list[tuple[str, float]]] = {"_neutral": []}
    for move, unit, shape, _ in MOVEMENTS:
        if move in SHIFTS:
            for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
                found[f"{shape}{side}"] = [(move, sign)]
            continue
        if move in WHOLE:
            for name in filter(None, (unit, shape)):
                found[name] = [(move, 1.0)]
            continue
        # ARKit gives no sides to some movements that have them.
        sided = (
            move not in ("brow_inner_up", "chin_up", "shrug_upper", "pucker", "funnel", "puff") and "roll" not in move
        )
        for side in SIDES:
            step = (f"{move}.{side}", 1.0)
            for name in (unit, f"{unit}{side[0]}") if unit else ():
                found.setdefault(name, []).append(step)
            if shape:
                found.setdefault(f"{shape}{side}" if sided else shape, []).append(step)
    found["AU26"] = [("jaw_open", JAW_DROP)]
    found |= {"AU30L": [("jaw_side", 1.0)], "AU30R": [("jaw_side", -1.0)], "AU43": found["AU45"]}
    found |= {f"AU43{side}": found[f"AU45{side}"] for side in "LR"}
    found["AU61"] = [("look_out.Left", 1.0), ("look_in.Right", 1.0)]
    found["AU62"] = [("look_in.Left", 1.0), ("look_out.Right", 1.0)]
    return {name: tuple(steps) for name, steps in found.items()}


NAMES = _names()


def meaning(name: str) -> str:
    """What a coder sees, in words: ``AU12L`` -> ``lip corner puller``; "" of names that are no action unit."""
    told = {unit: words for _, unit, _, words in MOVEMENTS if unit}
    told |= {"AU26": "jaw drop", "AU43": "eyes closed", "AU61": "eyes to the left", "AU62": "eyes to the right"}
    return told.get(name[:4], "") if name in NAMES else ""


def mirrored_name(name: str) -> str:
    """The name of the same movement in the mirror image."""
    pairs = [("Left", "Right"), ("AU61", "AU62")] + ([("L", "R")] if name.startswith("AU") else [])
    for one, other in pairs:
        for end, instead in ((one, other), (other, one)):
            if name.endswith(end) and name.removesuffix(end) + instead in NAMES:
                return name.removesuffix(end) + instead
    return name


def closest(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" of the nearest name, or "; leave it out" where none is near."""
    by_case = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), by_case, 1, 0.6)
    return f"; did you mean '{by_case[near[0]]}'?" if near else "; leave it out"


def steps_over(parameters: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """How far each movement goes in every frame, ``(frames,)``: 0 to 1, or -1 to 1 of shifts.

    Several names of one movement add up, and what goes beyond its end stops there. Not a number where a parameter of it
    is not a number.

    Args:
        parameters: name -> 0 to 1, ``(frames,)`` each.

    Raises:
        InputError: a name that the face does not know, or an infinite value.
    """
    arrays = {name: np.atleast_1d(np.asarray(values, dtype=float)) for name, values in parameters.items()}
    found = {step: np.zeros(max(map(len, arrays.values()), default=1)) for step in STEPS}
    for name, values in arrays.items():
        if name not in NAMES:
            raise InputError(f"the drawn face has no parameter '{name}'{closest(name, NAMES)}")
        if np.isinf(values).any():
            raise InputError(f"the parameter '{name}' of the drawn face is infinite; give 0 to 1")
        for step, weight in NAMES[name]:
            found[step] += weight * values
    return {step: np.clip(values, -1.0 if step in SHIFTS else 0.0, 1.0) for step, values in found.items()}
