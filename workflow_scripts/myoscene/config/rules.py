"""Configuration values of several sections that have to agree with each other."""

from collections.abc import Iterator
from itertools import chain

from myoscene.config.sections import Configuration
from myoscene.core.errors import InputError
from myoscene.emg.settings import check_emg, check_hop
from myoscene.eyes.settings import eye_classes
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.eye_inception.weights import check_weights
from myoscene.learn.models.registry import MODELS
from myoscene.recordings.settings import check_recordings, refuse_class_names

# What a model reads, and which of it an input has; any other input is raw EMG.
_READS = {
    "features": "EMG features",
    "signal": "signals",
    "eyes": "eye images",
    "fusion": "signals and eye images",
}
_HAS = {"features": ("features",), "eyes": ("eyes",)}


def check_together(config: Configuration) -> None:
    """Refuse values that contradict each other; InputError names the keys, their values and what to change."""
    check_recordings(config.recordings)
    if config.recordings.input == "emg":
        check_emg(config.emg)
    fault = next(chain(_of_normaliser(config), _of_models(config), _of_eyes(config)), None)
    if fault:
        raise InputError(fault)
    if config.recordings.input == "emg" and "cnn_tcn" in config.learn.models:
        fit_geometry(*check_hop(config.emg), config.learn.cnn_tcn)
    if any(model.startswith("eye_inception") for model in config.learn.models):
        check_weights(config.learn.eye_inception.weights, config.learn.eye_inception.sha256)
    if config.recordings.input == "eyes" and config.recordings.scene_tasks:
        check_hop(config.emg)


def _of_normaliser(config: Configuration) -> Iterator[str]:
    recordings, normalise = config.recordings, config.emg.normalise
    if recordings.input != "emg":
        return
    max_of = "emg.normalise.method 'neutral_max' needs"
    if normalise.method == "neutral_max" and recordings.neutral is None:
        yield f"{max_of} recordings.neutral; name the neutral class or use 'calibration_z'"
    if recordings.calibration_tasks:
        return
    if normalise.method != "none" and normalise.fit_on == "calibration":
        yield "emg.normalise.fit_on is 'calibration' but recordings.calibration_tasks is empty: set fit_on to 'all'"
    if normalise.method == "neutral_max":
        yield f"{max_of} a calibration: use 'calibration_z' with fit_on 'all'"


def _of_models(config: Configuration) -> Iterator[str]:
    recordings, models = config.recordings, config.learn.models
    kind, scenes = recordings.input, config.scenes.models or []
    for model in scenes:
        if model not in models:
            yield f"scenes.models names '{model}', which is not among learn.models ({', '.join(models)})"
    if models and kind == "emg" and not recordings.calibration_tasks:
        yield "learn.models needs labelled calibrations: set recordings.calibration_tasks, or learn.models: []"
    if kind == "eyes" and scenes and not recordings.scene_tasks:
        yield (
            f"scenes.models names '{scenes[0]}', but with recordings.input 'eyes' the scenes are the tasks in "
            "recordings.scene_tasks, which is empty; name them there, or set scenes.models to []"
        )
    if kind not in ("emg", "eyes") and scenes:
        yield f"scenes.models has to be [] with recordings.input '{kind}': it has no scenes"
    for model in models:
        if MODELS[model].kind not in _HAS.get(kind, _READS):
            reads = _READS[MODELS[model].kind]
            yield f"learn.models: '{model}' reads {reads}, which recordings.input '{kind}' does not have"


def _of_eyes(config: Configuration) -> Iterator[str]:
    """Label set, its two special labels, and what fusion is made of."""
    models = config.learn.models
    classes = eye_classes(config.recordings.classes, config.eyes)
    fusions = [model for model in models if MODELS[model].kind == "fusion"]
    if fusions or any(MODELS[model].kind == "eyes" for model in models):
        refuse_class_names(classes, "eyes.classes")
    for model in fusions:
        if config.learn.eye_cnn.adapt:
            yield (
                f"learn.eye_cnn.adapt is for eye models alone, and '{model}' is made of eye_cnn; set it to 0, or take "
                f"'{model}' out of learn.models"
            )
        for part in ("cnn_tcn", "eye_cnn"):
            if part not in models:
                yield f"learn.models: '{model}' is made of cnn_tcn and eye_cnn; add '{part}' to the list"
        if classes != config.recordings.classes:
            yield (
                f"learn.models: '{model}' needs the same classes in EMG and eye images; set eyes.label_set to "
                f"'recordings', or take '{model}' out"
            )
