"""Whether a checkpoint's card and weights can be a model of ours, before a network of their sizes is built.

A card is a file like any other: what it says of sizes could ask for any memory, and arrays of other shapes would give
other predictions without a word.
"""

from typing import Any

import numpy as np

from myoscene.core.parse import odd_number
from myoscene.learn.models.registry import MODELS

Arrays = dict[str, np.ndarray]
# Samples of a window or a hop; far more than any window has.
_MOST_SAMPLES = 10**6


def check_model(arrays: Arrays, card: dict[str, Any]) -> None:
    """Check what ``arrays`` and ``card`` say of each other.

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
    model = MODELS[card["model"]]
    _names(card["classes"], "classes")
    _need(set(card["missing_classes"]) < set(card["classes"]), "missing_classes are not among the classes")
    if model.kind == "features":
        _check_features(arrays, card)
    elif model.kind == "fusion":
        _check_fusion(arrays, card)
    elif card["model"].startswith("eye_inception"):
        _check_inception(arrays, card)
    else:
        _check_network(arrays, card, model.kind)


def _need(true: bool, otherwise: str) -> None:
    if not true:
        raise ValueError(otherwise)


def _names(names: Any, what: str) -> list[str]:
    texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    _need(texts and len(set(names)) == len(names) > 0, f"{what} is no list of names")
    return names


def _shape(arrays: Arrays, name: str, shape: tuple[int, ...], kind: type = np.float64) -> np.ndarray:
    array = arrays[name]
    _need(array.shape == shape and array.dtype == kind, f"'{name}' is {array.dtype} {array.shape}, not {shape}")
    return array


def _size(value: Any, what: str, most: int = _MOST_SAMPLES) -> int:
    _need(type(value) is int and 0 < value <= most, f"{what} is {value!r}")
    return value


def _check_features(arrays: Arrays, card: dict[str, Any]) -> None:
    features = len(_names(card["features"], "features"))
    index = arrays["class_index"]
    _shape(arrays, "class_index", (len(index),), np.int64)
    trained = [name for name in card["classes"] if name not in card["missing_classes"]]
    _need([card["classes"][place] for place in index] == trained, "class_index and missing_classes disagree")
    if card["model"] == "boosted_trees":
        _check_trees(arrays, features, len(index))
        return
    _shape(arrays, "centre", (features,))
    _need(bool((_shape(arrays, "scale", (features,)) > 0).all()), "a scale is not above 0")
    if card["model"] == "lda":
        _shape(arrays, "weights", (len(index), features))
        _shape(arrays, "bias", (len(index),))
        return
    labels = _shape(arrays, "labels", (len(arrays["examples"]),), np.int64)
    _shape(arrays, "examples", (len(labels), features))
    _need(len(labels) > 0 and labels.min() >= 0 and labels.max() < len(index), "labels are not those of the classes")
    _need(_shape(arrays, "neighbours", (1,), np.int64)[0] > 0, "there are no neighbours")


def _check_trees(arrays: Arrays, features: int, classes: int) -> None:
    columns = 1 if classes == 2 else classes
    nodes = len(arrays["value"])
    for name in ("value", "num_threshold"):
        _shape(arrays, name, (nodes,))
    for name in ("feature_idx", "missing_go_to_left", "left", "right", "is_leaf"):
        _shape(arrays, name, (nodes,), np.int64)
    _shape(arrays, "baseline", (columns,))
    roots = _shape(arrays, "roots", (len(arrays["roots"]), columns), np.int64).ravel()
    sizes = np.diff(np.append(roots, nodes))
    _need(len(roots) > 0 and roots[0] == 0 and bool((sizes > 0).all()), "the trees' roots are not in order")
    size, own = np.repeat(sizes, sizes), np.arange(nodes) - np.repeat(roots, sizes)
    inner = arrays["is_leaf"] == 0
    for side in ("left", "right"):
        child = arrays[side]
        # Children come after their parent, so that every walk ends.
        _need(bool(((child > own) & (child < size))[inner].all()), f"'{side}' leaves its tree")
    feature = arrays["feature_idx"][inner]
    _need(bool(((feature >= 0) & (feature < features)).all()), "a tree asks for a feature that is not there")


def _check_network(arrays: Arrays, card: dict[str, Any], kind: str) -> None:
    members = {name.partition("/")[0] for name in arrays if "/" in name}
    _need(members == {str(place) for place in range(len(card["members"]))}, "the members are not those of the card")
    for name, array in arrays.items():
        integer = name.endswith("num_batches_tracked")
        _need(array.dtype == (np.int64 if integer else np.float32), f"'{name}' is {array.dtype}")
    settings = card["settings"]
    _need(0 <= settings["dropout"] < 1, "dropout is no share")
    _need(0 <= settings.get("adapt", 0) <= 1, "adapt is no share")
    if kind == "signal":
        _names(card["channels"], "channels")
        filters, _, kernel = arrays["0/stem.filter.weight"].shape
        width = arrays["0/widen.weight"].shape[0]
        said = (settings["stem_filters"], settings["stem_kernel_samples"], settings["width"])
        _need(said == (filters, kernel, width), "the weights have other sizes than the card")
        for name in ("window_samples", "hop_samples"):
            _size(card[name], name)
        _size(settings["stride_samples"], "stride_samples", card["hop_samples"])
        _size(settings["kernel_steps"], "kernel_steps", card["window_samples"])
        for dilation in settings["dilations"]:
            _size(dilation, "a dilation")
        return
    _need(card["n_eyes"] in (1, 2) and type(card["personalised"]) is bool, "n_eyes or personalised is no such value")
    stages = [
        name for name in arrays if name.startswith("0/stages.") and arrays[name].ndim == 4 and name.count(".") == 2
    ]
    widths = [arrays[name].shape[0] for name in sorted(stages, key=lambda name: int(name.split(".")[1]))]
    # A blink classifier that nobody could be fitted for has a card, and no member.
    _need(not members or settings["widths"] == widths, "the weights have other sizes than the card")
    height, width = _size(card["height_px"], "height_px", 4096), _size(card["width_px"], "width_px", 4096)
    _shape(arrays, "plain_mean", (height, width), np.float32)


def _check_inception(arrays: Arrays, card: dict[str, Any]) -> None:
    _size(card["side_px"], "side_px", 4096)
    _need(card["mode"] in ("frozen", "finetuned"), f"mode is {card['mode']!r}")
    if card["mode"] != "frozen":
        return
    heads = [name for name, said in card["heads"].items() if said.get("trained")]
    _need(bool(heads), "no head is trained")
    for head in heads:
        weight = arrays[f"{head}/weight"]
        classes = len(card["classes"])
        _need(weight.ndim == 2 and len(weight) == classes, f"'{head}/weight' is {weight.shape}")
        for name, shape in (("centre", weight.shape[1:]), ("spread", weight.shape[1:]), ("bias", (classes,))):
            _shape(arrays, f"{head}/{name}", shape, np.float32)


def _check_fusion(arrays: Arrays, card: dict[str, Any]) -> None:
    for part, kind in (("emg", "signal"), ("eyes", "eyes")):
        own = {name.removeprefix(f"{part}/"): array for name, array in arrays.items() if name.startswith(f"{part}/")}
        encoder = card["encoders"][part]
        _need(MODELS[encoder["model"]].kind == kind, f"the encoder '{part}' is a {encoder['model']}")
        _need(encoder["classes"] == card["classes"], f"the encoder '{part}' has other classes")
        check_model(own, encoder)
    _need(card["windows"]["length_s"] > 0, "windows have no length")
