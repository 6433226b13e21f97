"""Whether a checkpoint's card and weights can be a model of ours, before a network of their sizes is built.

A card is a file like any other: what it says of sizes could ask for any memory, and arrays of other shapes would give
other predictions without a word. What only one model has is checked by its predictor class (``check``), so that an edit
there concerns that model alone.
"""

from typing import Any

import numpy as np

from myoscene.core.parse import odd_number
from myoscene.learn.models.registry import MODELS

Arrays = dict[str, np.ndarray]
# Samples of a window or a hop; far more than any window has.
_MOST_SAMPLES = 10**6


def check_model(arrays: Arrays, card: dict[str, Any]) -> Any:
    """Check what ``arrays`` and ``card`` say of each other.

    Returns:
        The class of the card's model.

    Raises:
        ValueError: says what is wrong; KeyError, TypeError, IndexError: something is missing or of another kind.
    """
    odd = odd_number(card)
    if odd:
        raise ValueError(odd)
    for name, array in arrays.items():
        # A split by "is it missing?" has an infinite threshold.
        wrong = np.isnan(array) if name == "num_threshold" else ~np.isfinite(array)
        if wrong.any():
            raise ValueError(f"'{name}' has values that are no numbers")
    if card["model"] not in MODELS:
        raise ValueError(f"there is no model '{card['model']}'")
    names(card["classes"], "classes")
    need(set(card["missing_classes"]) < set(card["classes"]), "missing_classes are not among the classes")
    predictor = MODELS[card["model"]].load()
    predictor.check(arrays, card)
    return predictor


def need(true: bool, otherwise: str) -> None:
    """Raise ValueError with ``otherwise`` unless it is true."""
    if not true:
        raise ValueError(otherwise)


def names(given: Any, what: str) -> list[str]:
    """``given``, if it is a list of names, each once."""
    texts = isinstance(given, list) and all(isinstance(name, str) for name in given)
    need(texts and len(set(given)) == len(given) > 0, f"{what} is no list of names")
    return given


def shape(arrays: Arrays, name: str, wanted: tuple[int, ...], kind: type = np.float64) -> np.ndarray:
    """The array ``name``, if it has this shape and kind."""
    array = arrays[name]
    need(array.shape == wanted and array.dtype == kind, f"'{name}' is {array.dtype} {array.shape}, not {wanted}")
    return array


def size(value: Any, what: str, most: int = _MOST_SAMPLES) -> int:
    """``value``, if it is a whole number from 1 to ``most``."""
    need(type(value) is int and 0 < value <= most, f"{what} is {value!r}")
    return value


def check_members(arrays: Arrays, card: dict[str, Any]) -> set[str]:
    """Prefixes of a network's members, whose weights are arrays ``member/name``; their kinds and settings checked."""
    members = {name.partition("/")[0] for name in arrays if "/" in name}
    need(members == {str(place) for place in range(len(card["members"]))}, "the members are not those of the card")
    for name, array in arrays.items():
        integer = name.endswith("num_batches_tracked")
        need(array.dtype == (np.int64 if integer else np.float32), f"'{name}' is {array.dtype}")
    settings = card["settings"]
    need(0 <= settings["dropout"] < 1, "dropout is no share")
    need(0 <= settings.get("adapt", 0) <= 1, "adapt is no share")
    return members
