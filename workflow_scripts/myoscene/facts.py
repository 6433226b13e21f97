"""What there is in a run: who and which models take part, and so which rules, tables and figures it has.

Standard library only, since it runs at every call of Snakemake.
"""

from functools import cached_property
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.eyes.labels import eye_classes
from myoscene.learn.cohort.folds import SMALLEST_COHORT
from myoscene.learn.models.registry import MODELS
from myoscene.plan import Plan

# Cohorts of a job of the null check: one alone would take as long to start as to compute.
_NULL_COHORTS_A_JOB = 5


class Facts:
    """Who and which models take part by a plan, and what follows.

    Attributes:
        config: the complete configuration, as somebody gave it.
        participants, training, applied: everybody; those whom models are trained and scored on (nothing that a fold is
            built from may depend on anybody else); those who are only predicted.
        fold_of: participant -> the fold that holds the person out; ``folds``: their names.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.config, self.selection, self.eyes = plan, plan.config, plan.selection, plan.eyes
        self.input: str = plan.config["recordings"]["input"]
        self.dataset: str = plan.config["recordings"]["dataset"]
        self.participants = list(plan.selection.participants)
        self.training = list(plan.selection.training)
        self.applied = list(plan.selection.applied)
        self.synthetic = bool(plan.selection.synthetic)
        self.fold_of = plan.fold_of
        self.folds = sorted(set(plan.fold_of.values()))
        # What is at fault in the configuration is said at once, by these two.
        _ = self.eye_classes, self.raters

    # --- Eye images

    @cached_property
    def eye_participants(self) -> list[str]:
        """Who has eye images."""
        return list(self.eyes.participants)

    @cached_property
    def eye_training(self) -> list[str]:
        """Who of them trains models."""
        return [person for person in self.eye_participants if person not in set(self.applied)]

    @property
    def has_emg(self) -> bool:
        return self.input == "emg"

    @property
    def has_windows(self) -> bool:
        """Whether there are features of windows: of EMG, or in a table of somebody's."""
        return self.input in ("emg", "features")

    @property
    def has_page(self) -> bool:
        return self.input != "ratings"

    @property
    def has_eyes(self) -> bool:
        return bool(self.eye_participants)

    @cached_property
    def eye_classes(self) -> list[str]:
        """Classes of the eye images."""
        return eye_classes(self.config["recordings"], self.config["eyes"])

    @property
    def n_eyes(self) -> int:
        """Images of a frame."""
        return 2 if self.config["eyes"]["frames"]["eyes"] == "both" else 1

    @property
    def frame_bytes(self) -> int:
        """Size of a frame in a store of images."""
        frames = self.config["eyes"]["frames"]
        return int(self.n_eyes * frames["height_px"] * frames["width_px"])

    @property
    def shows_eyes(self) -> bool:
        """Without it no rule of the report even reads an eye image: eye images identify people."""
        return self.has_eyes and bool(self.config["report"]["show_eyes"])

    # --- Models

    @cached_property
    def models(self) -> list[str]:
        """Models that are trained. Those that read eyes need as many people with eye images as any fold needs people:
        one to test, one to validate, one to train on."""
        enough = len(self.eye_training) >= SMALLEST_COHORT
        chosen = self.config["learn"]["models"] if self.folds else []
        return [name for name in chosen if enough or MODELS[name].kind not in ("eyes", "fusion")]

    @property
    def first_fold(self) -> list[str]:
        return self.folds[:1]

    def reading(self, *kinds: str) -> list[str]:
        """The models of these kinds (myoscene.learn.models.registry)."""
        return [name for name in self.models if MODELS[name].kind in kinds]

    @property
    def feature_models(self) -> list[str]:
        return self.reading("features")

    @property
    def signal_models(self) -> list[str]:
        """Models that read the signal, fusion included."""
        return self.reading("signal", "fusion")

    @cached_property
    def eye_models(self) -> list[str]:
        return self.reading("eyes")

    @cached_property
    def fusion_models(self) -> list[str]:
        return self.reading("fusion")

    @property
    def frame_model(self) -> str:
        """The model that gives the features of eye frames."""
        return "eye_cnn" if "eye_cnn" in self.eye_models else self.eye_models[0]

    @cached_property
    def inception_models(self) -> list[str]:
        return [name for name in self.eye_models if name.startswith("eye_inception")]

    @property
    def embedded_models(self) -> list[str]:
        """Models whose images go through a network once, whatever the folds and classes are."""
        return self.inception_models if self.config["learn"]["eye_inception"]["mode"] == "frozen" else []

    @property
    def personalised_models(self) -> list[str]:
        """Models of which both variants are trained, with and without personalisation."""
        return [name for name in self.eye_models if f"{name}_plain" in self.eye_models]

    @property
    def has_blinks(self) -> bool:
        """Whether blinks are found by a classifier of their own."""
        eyes = self.config["eyes"]
        return bool(self.eye_models) and eyes["blinks"]["clean"] and None not in (eyes["neutral"], eyes["closed"])

    @property
    def freezable(self) -> list[str]:
        """Of which all folds together can predict somebody who trains nothing."""
        return [*self.models, *(["blinks"] if self.has_blinks else [])]

    @property
    def curve(self) -> list[int]:
        """Numbers of training people of the learning curve."""
        return list(self.config["learn"]["learning_curve"]["people"]) if "eye_cnn" in self.eye_models else []

    @cached_property
    def raters(self) -> list[str]:
        """The table of what people saw in the eye images, where there is one.

        Raises:
            InputError: the configuration names one that does not exist.
        """
        named = self.config["learn"]["evaluation"]["image_ratings"]
        path = Path(self.dataset, named or "sourcedata/image_ratings.tsv")
        if named and not path.is_file():
            raise InputError(
                f"learn.evaluation.image_ratings names {path}, which does not exist; correct it, or set it to null"
            )
        return [str(path)] if self.eye_models and path.is_file() else []

    # Minutes that a frame's way through InceptionV3 takes, twice what was measured at 299 px (0.25 s).
    @property
    def pass_min(self) -> float:
        return float(0.008 * (self.config["learn"]["eye_inception"]["side_px"] / 299) ** 2)

    @property
    def finetuned_min(self) -> float:
        """Minutes a frame that a fine-tuned network takes to predict it, where there is one."""
        return self.pass_min if self.inception_models and not self.embedded_models else 0

    # --- Scenes and ratings

    @cached_property
    def scene_models(self) -> list[str]:
        """Without a choice, the networks that are trained (of eye images alone, one); none without scenes."""
        chosen = self.config["scenes"]["models"]
        if chosen is None and self.has_emg:
            chosen = ["cnn_tcn", "eye_cnn", "fusion_late"]
        elif chosen is None and self.input == "eyes" and self.config["recordings"]["scene_tasks"]:
            chosen = [name for name in ("eye_cnn", "eye_cnn_plain") if name in self.models][:1]
        return [name for name in chosen or [] if name in self.models]

    @property
    def first_scene_model(self) -> list[str]:
        """The scene model that makes the features and is drawn, if there is one."""
        return self.scene_models[:1]

    @property
    def eye_scene_models(self) -> list[str]:
        return [name for name in self.scene_models if self.kind(name) in ("eyes", "fusion")]

    @property
    def has_scene_features(self) -> bool:
        """Eye images alone have scenes as soon as a model runs over them; EMG has envelopes without any model."""
        return self.has_emg or (self.input == "eyes" and bool(self.scene_models))

    @property
    def described(self) -> list[str]:
        """Whose recordings and scenes are described in tables of their own."""
        return self.participants if self.has_scene_features else []

    @property
    def has_ratings(self) -> bool:
        """Whether there are ratings to go with the scenes' features."""
        return self.config["recordings"]["ratings"]["source"] != "none" and self.has_scene_features

    @property
    def reads_ratings(self) -> bool:
        return self.input != "features" and self.config["recordings"]["ratings"]["source"] != "none"

    @property
    def null_batches(self) -> list[str]:
        """Seeds of the null cohorts of a job each, as ``first-last``; none where the dataset is no demo cohort."""
        if not (self.synthetic and self.has_ratings and self.models and self.has_emg):
            return []
        last = self.config["statistics"]["null_check"]["cohorts"]
        starts = range(1, last + 1, _NULL_COHORTS_A_JOB)
        return [f"{first}-{min(first + _NULL_COHORTS_A_JOB - 1, last)}" for first in starts]

    @property
    def has_simulation(self) -> bool:
        return self.has_ratings and self.config["statistics"]["simulation"]["repeats"] > 0

    def kind(self, model: str) -> str:
        """What a model reads; the blink classifier reads eyes."""
        return "eyes" if model == "blinks" else MODELS[model].kind
