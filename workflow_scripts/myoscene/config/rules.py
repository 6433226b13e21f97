"""Configuration values that have to agree with each other."""

import re
from typing import Any

from myoscene.core.errors import InputError
from myoscene.eyes.labels import eye_classes
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.eye_inception.weights import check_weights
from myoscene.learn.models.registry import MODELS

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = ("uncertain",)


def check_together(config: dict[str, Any]) -> None:
    """Refuse values that contradict each other.

    Raises:
        InputError: names the keys, their values and what to change.
    """
    _check_names(config["recordings"])
    if config["recordings"]["input"] == "emg":
        _check_band(config["emg"])
        _check_windows(config["emg"])
        _check_normaliser(config["emg"], config["recordings"])
    _check_models(config)
    if config["recordings"]["input"] == "eyes" and config["recordings"]["scene_tasks"]:
        _check_hops(config["emg"])


def _check_names(recordings: dict[str, Any]) -> None:
    classes = recordings["classes"]
    for name in classes:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise InputError(
                f"recordings.classes: '{name}' cannot be a class name; use lower-case letters, digits and "
                f"underscores, and not {', '.join(_RESERVED)}"
            )
    if len(classes) < 2 and recordings["calibration_tasks"]:
        raise InputError(f"recordings.classes needs at least two classes, not {classes}")
    neutral = recordings["neutral"]
    if neutral is not None and neutral not in classes:
        raise InputError(
            f"recordings.neutral is '{neutral}', which is not among recordings.classes ({', '.join(classes)})"
        )
    for other in ("ignore_events", "scene_events"):
        both = sorted(set(classes) & set(recordings[other]))
        if both and other == "ignore_events":
            raise InputError(f"recordings.{other} and recordings.classes both name '{both[0]}': keep one of them")
    both = sorted(set(recordings["ignore_events"]) & set(recordings["scene_events"]))
    if both:
        raise InputError(f"recordings.ignore_events and recordings.scene_events both name '{both[0]}': keep one")
    both = sorted(set(recordings["calibration_tasks"]) & set(recordings["scene_tasks"]))
    if both:
        raise InputError(f"recordings.calibration_tasks and recordings.scene_tasks both name '{both[0]}': keep one")
    if recordings["input"] == "features" and recordings["feature_table"] is None:
        raise InputError("recordings.input is 'features': name the table in recordings.feature_table")


def _check_band(emg: dict[str, Any]) -> None:
    low, high, rate = emg["filters"]["low_cut_hz"], emg["filters"]["high_cut_hz"], emg["rate_hz"]
    if low >= high:
        raise InputError(f"emg.filters.low_cut_hz ({low:g}) has to lie below emg.filters.high_cut_hz ({high:g})")
    if high >= rate / 2:
        raise InputError(
            f"emg.filters.high_cut_hz ({high:g} Hz) has to lie below the Nyquist limit of emg.rate_hz "
            f"({rate:g} Hz, limit {rate / 2:g} Hz): lower the band or raise the rate"
        )


def _whole_samples(emg: dict[str, Any], name: str) -> int:
    samples = emg["windows"][name] * emg["rate_hz"]
    if abs(samples - round(samples)) > 1e-6 or round(samples) < 1:
        raise InputError(
            f"emg.windows.{name} ({emg['windows'][name]:g} s) is {samples:g} samples at emg.rate_hz "
            f"({emg['rate_hz']:g} Hz): choose a whole number of samples"
        )
    return round(samples)


def _check_hops(emg: dict[str, Any]) -> None:
    length, hop = _whole_samples(emg, "length_s"), _whole_samples(emg, "hop_s")
    if hop > length:
        raise InputError(
            f"emg.windows.hop_s ({emg['windows']['hop_s']:g}) is longer than emg.windows.length_s "
            f"({emg['windows']['length_s']:g}): signal between windows would be left out"
        )


def _check_windows(emg: dict[str, Any]) -> None:
    _check_hops(emg)
    if emg["envelope_rate_hz"] > emg["rate_hz"]:
        raise InputError(
            f"emg.envelope_rate_hz ({emg['envelope_rate_hz']:g}) is above emg.rate_hz ({emg['rate_hz']:g})"
        )


def _check_normaliser(emg: dict[str, Any], recordings: dict[str, Any]) -> None:
    method, fit_on = emg["normalise"]["method"], emg["normalise"]["fit_on"]
    if method == "neutral_max" and recordings["neutral"] is None:
        raise InputError(
            "emg.normalise.method 'neutral_max' needs recordings.neutral; name the neutral class or use 'calibration_z'"
        )
    if not recordings["calibration_tasks"] and method != "none" and fit_on == "calibration":
        raise InputError(
            "emg.normalise.fit_on is 'calibration' but recordings.calibration_tasks is empty: set fit_on to 'all'"
        )
    if not recordings["calibration_tasks"] and method == "neutral_max":
        raise InputError(
            "emg.normalise.method 'neutral_max' needs a calibration: use 'calibration_z' with fit_on 'all'"
        )


def _check_models(config: dict[str, Any]) -> None:
    recordings, models = config["recordings"], config["learn"]["models"]
    kind, scenes = recordings["input"], config["scenes"]["models"] or []
    unknown = [model for model in scenes if model not in models]
    if unknown:
        raise InputError(f"scenes.models names '{unknown[0]}', which is not among learn.models ({', '.join(models)})")
    if models and kind == "emg" and not recordings["calibration_tasks"]:
        raise InputError(
            "learn.models needs labelled calibrations: set recordings.calibration_tasks, or learn.models: []"
        )
    if kind == "eyes" and scenes and not recordings["scene_tasks"]:
        raise InputError(
            f"scenes.models names '{scenes[0]}', but with recordings.input 'eyes' the scenes are the tasks in "
            "recordings.scene_tasks, which is empty; name them there, or set scenes.models to []"
        )
    if kind not in ("emg", "eyes") and scenes:
        raise InputError(f"scenes.models has to be [] with recordings.input '{kind}': it has no scenes")
    reads = {"features": ("features",), "eyes": ("eyes",)}.get(kind, ("features", "signal", "eyes", "fusion"))
    for model in models:
        if MODELS[model].kind not in reads:
            what = {"features": "EMG features", "signal": "signals", "eyes": "eye images"}
            needs = what.get(MODELS[model].kind, "signals and eye images")
            raise InputError(f"learn.models: '{model}' reads {needs}, which recordings.input '{kind}' does not have")
    if kind == "emg" and "cnn_tcn" in models:
        _check_stride(config)
    _check_eyes(config)


def _check_eyes(config: dict[str, Any]) -> None:
    """Label set, its two special labels, and what fusion is made of."""
    recordings, eyes, models = config["recordings"], config["eyes"], config["learn"]["models"]
    classes = eye_classes(recordings, eyes)
    used = [model for model in models if MODELS[model].kind in ("eyes", "fusion")]
    for name in classes if used else []:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise InputError(
                f"eyes.classes: '{name}' cannot be a class name; use lower-case letters, digits and underscores"
            )
    for model in used:
        if MODELS[model].kind != "fusion":
            continue
        if config["learn"]["eye_cnn"]["adapt"]:
            raise InputError(
                f"learn.eye_cnn.adapt is for eye models alone, and '{model}' is made of eye_cnn; set it to 0, or take "
                f"'{model}' out of learn.models"
            )
        for part in ("cnn_tcn", "eye_cnn"):
            if part not in models:
                raise InputError(f"learn.models: '{model}' is made of cnn_tcn and eye_cnn; add '{part}' to the list")
        if classes != recordings["classes"]:
            raise InputError(
                f"learn.models: '{model}' needs the same classes in EMG and eye images; set eyes.label_set to "
                f"'recordings', or take '{model}' out"
            )
    if any(model.startswith("eye_inception") for model in used):
        check_weights(config["learn"]["eye_inception"])


def _check_stride(config: dict[str, Any]) -> None:
    emg = config["emg"]
    fit_geometry(_whole_samples(emg, "length_s"), _whole_samples(emg, "hop_s"), config["learn"]["cnn_tcn"])
