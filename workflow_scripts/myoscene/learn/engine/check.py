"""Whether a checkpoint's card and weights can be a model of ours, before a network of their sizes is built.

Sizes in a card could ask for any memory, and arrays of other shapes would give other predictions without a word. What
only one model has is checked beside that model.
"""

from typing import Any

import numpy as np

from myoscene.learn.engine.card import Card
from myoscene.learn.engine.checkpoint import Arrays

# Samples of a window or a hop; far more than any window has.
MOST_SAMPLES = 10**6


def check_common(arrays: Arrays, card: Card) -> None:
    """Check what holds for every model; ValueError says what is wrong, or KeyError, TypeError, IndexError."""
    for name, array in arrays.items():
        # A split by "is it missing?" has an infinite threshold.
        wrong = np.isnan(array) if name == "num_threshold" else ~np.isfinite(array)
        need(not wrong.any(), f"'{name}' has values that are not numbers")
    names(card.classes, "classes")
    need(set(card.missing_classes) < set(card.classes), "missing_classes are not among the classes")


def check_members(arrays: Arrays, card: Card) -> None:
    """Check what holds for every ensemble of networks; raises as :func:`check_common`."""
    members = {name.partition("/")[0] for name in arrays if "/" in name}
    wanted = {str(place) for place in range(len(card.members or []))}
    need(card.members is not None and members == wanted, "the members are not those of the card")
    for name, array in arrays.items():
        integer = name.endswith("num_batches_tracked")
        need(array.dtype == (np.int64 if integer else np.float32), f"'{name}' is {array.dtype}")
    need(0 <= card.settings["dropout"] < 1, "dropout is not a share")


def need(true: bool, otherwise: str) -> None:
    """ValueError with the words ``otherwise`` unless ``true``."""
    if not true:
        raise ValueError(otherwise)


def names(given: Any, what: str) -> list[str]:
    """``given``, if it is a list of different names."""
    texts = isinstance(given, list) and all(isinstance(name, str) for name in given)
    need(texts and len(set(given)) == len(given) > 0, f"{what} is not a list of names")
    return given


def shape(arrays: Arrays, name: str, wanted: tuple[int, ...], kind: type = np.float64) -> np.ndarray:
    """The array ``name``, if it has this shape and type."""
    array = arrays[name]
    need(array.shape == wanted and array.dtype == kind, f"'{name}' is {array.dtype} {array.shape}, not {wanted}")
    return array


def size(value: Any, what: str, most: int = MOST_SAMPLES) -> int:
    """``value``, if it is a whole number from 1 to ``most``."""
    need(type(value) is int and 0 < value <= most, f"{what} is {value!r}")
    return value
