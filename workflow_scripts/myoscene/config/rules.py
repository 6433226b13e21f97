"""Configuration values of several sections that have to agree with each other."""

from dataclasses import asdict

from myoscene.config.sections import Configuration
from myoscene.core.errors import InputError
from myoscene.emg.settings import check_emg, check_hop
from myoscene.eyes.labels import eye_classes
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.eye_inception.weights import check_weights
from myoscene.learn.models.registry import MODELS
from myoscene.pipeline.settings import NormaliseSettings
from myoscene.recordings.settings import RecordingsSettings, check_recordings, refuse_class_names

# What a model reads, and which of it an input has; any other input is raw EMG.
_READS = {
    "features": "EMG features",
    "signal": "signals",
    "eyes": "eye images",
    "fusion": "signals and eye images",
}
_HAS = {"features": ("features",), "eyes": ("eyes",)}


def check_together(config: Configuration) -> None:
    """Refuse values that contradict each other.

    Raises:
        InputError: names the keys, their values and what to change.
    """
    check_recordings(config.recordings)
    if config.recordings.input == "emg":
        check_emg(config.emg)
        _check_normaliser(config.emg.normalise, config.recordings)
    _check_models(config)
    if config.recordings.input == "eyes" and config.recordings.scene_tasks:
        check_hop(config.emg)


def _check_normaliser(normalise: NormaliseSettings, recordings: RecordingsSettings) -> None:
    method, calibrated = normalise.method, bool(recordings.calibration_tasks)
    if method == "neutral_max" and recordings.neutral is None:
        raise InputError(
            "emg.normalise.method 'neutral_max' needs recordings.neutral; name the neutral class or use 'calibration_z'"
        )
    if not calibrated and method != "none" and normalise.fit_on == "calibration":
        raise InputError(
            "emg.normalise.fit_on is 'calibration' but recordings.calibration_tasks is empty: set fit_on to 'all'"
        )
    if not calibrated and method == "neutral_max":
        raise InputError(
            "emg.normalise.method 'neutral_max' needs a calibration: use 'calibration_z' with fit_on 'all'"
        )


def _check_models(config: Configuration) -> None:
    recordings, models = config.recordings, config.learn.models
    kind, scenes = recordings.input, config.scenes.models or []
    unknown = [model for model in scenes if model not in models]
    if unknown:
        raise InputError(f"scenes.models names '{unknown[0]}', which is not among learn.models ({', '.join(models)})")
    if models and kind == "emg" and not recordings.calibration_tasks:
        raise InputError(
            "learn.models needs labelled calibrations: set recordings.calibration_tasks, or learn.models: []"
        )
    if kind == "eyes" and scenes and not recordings.scene_tasks:
        raise InputError(
            f"scenes.models names '{scenes[0]}', but with recordings.input 'eyes' the scenes are the tasks in "
            "recordings.scene_tasks, which is empty; name them there, or set scenes.models to []"
        )
    if kind not in ("emg", "eyes") and scenes:
        raise InputError(f"scenes.models has to be [] with recordings.input '{kind}': it has no scenes")
    for model in models:
        if MODELS[model].kind not in _HAS.get(kind, _READS):
            raise InputError(
                f"learn.models: '{model}' reads {_READS[MODELS[model].kind]}, which recordings.input '{kind}' does not "
                "have"
            )
    if kind == "emg" and "cnn_tcn" in models:
        fit_geometry(*check_hop(config.emg), asdict(config.learn.cnn_tcn))
    _check_eyes(config)


def _check_eyes(config: Configuration) -> None:
    """Label set, its two special labels, and what fusion is made of."""
    models = config.learn.models
    classes = eye_classes(asdict(config.recordings), asdict(config.eyes))
    used = [model for model in models if MODELS[model].kind in ("eyes", "fusion")]
    refuse_class_names(classes if used else [], "eyes.classes")
    for model in used:
        if MODELS[model].kind != "fusion":
            continue
        if config.learn.eye_cnn.adapt:
            raise InputError(
                f"learn.eye_cnn.adapt is for eye models alone, and '{model}' is made of eye_cnn; set it to 0, or take "
                f"'{model}' out of learn.models"
            )
        for part in ("cnn_tcn", "eye_cnn"):
            if part not in models:
                raise InputError(f"learn.models: '{model}' is made of cnn_tcn and eye_cnn; add '{part}' to the list")
        if classes != config.recordings.classes:
            raise InputError(
                f"learn.models: '{model}' needs the same classes in EMG and eye images; set eyes.label_set to "
                f"'recordings', or take '{model}' out"
            )
    if any(model.startswith("eye_inception") for model in used):
        check_weights(asdict(config.learn.eye_inception))
