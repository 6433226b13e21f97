"""Folds, models, training and evaluation."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from myoscene.core.settings import NoRepeats, Text, Within
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.models.eye_cnn.settings import BlinkTrainingSettings
from myoscene.learn.models.registry import ModelName, sections
from myoscene.learn.scores.settings import EvaluationSettings, LearningCurveSettings

T = TypeVar("T")
ModelNames = Annotated[list[ModelName], NoRepeats()]
_DEFAULT_MODELS = ["lda", "boosted_trees", "cnn_tcn", "eye_cnn_plain", "eye_cnn", "fusion_late", "fusion_joint"]


def with_models(settings: type[T]) -> type[T]:
    """Add a section for each model, after what is common to all, as their own files say (the registry)."""
    own = dict(settings.__annotations__)
    place = list(own).index("seed") + 1
    settings.__annotations__ = dict([*list(own.items())[:place], *sections().items(), *list(own.items())[place:]])
    for name, section in sections().items():
        setattr(settings, name, section())
    return settings


@dataclass(frozen=True)
@with_models
class LearnSettings:
    """Folds, models, training and evaluation."""

    models: ModelNames = field(default_factory=_DEFAULT_MODELS.copy)
    """Models to train. Those on eye images (`eye_...`) and on both (`fusion_...`, which need `cnn_tcn` and
    `eye_cnn`) are left out where the dataset has no eye images. `..._plain` is the same model without
    personalisation. Empty: none."""
    cohort: Text | None = None
    """Name of the people who train together. It stands in every model's card, beside a hash of what they are; models
    of another cohort are refused. `null`: the name in dataset_description.json, or the dataset's folder."""
    folds: FoldSettings = FoldSettings()
    seed: Annotated[int, Within(ge=0)] = 1
    """Seed of folds, initial weights, batches and augmentation."""
    evaluation: EvaluationSettings = EvaluationSettings()
    blinks: BlinkTrainingSettings = BlinkTrainingSettings()
    learning_curve: LearningCurveSettings = LearningCurveSettings()

    if TYPE_CHECKING:

        def __getattr__(self, section: str) -> Any:
            """The section of a model."""
