"""Folds, models, training and evaluation."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from myoscene.core.settings import NoRepeats, Text, Within
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.models.cnn_tcn.settings import CnnTcnSettings
from myoscene.learn.models.eye_cnn.settings import BlinkTrainingSettings, EyeCnnSettings
from myoscene.learn.models.eye_inception.settings import EyeInceptionSettings
from myoscene.learn.models.fusion.settings import FusionSettings
from myoscene.learn.models.linear_settings import KnnSettings, LdaSettings
from myoscene.learn.models.registry import MODELS
from myoscene.learn.models.trees_settings import BoostedTreesSettings
from myoscene.learn.scores.settings import EvaluationSettings, LearningCurveSettings

if TYPE_CHECKING:
    ModelName = str
else:
    ModelName = Literal[tuple(MODELS)]
ModelNames = Annotated[list[ModelName], NoRepeats()]
_DEFAULT_MODELS = ["lda", "boosted_trees", "cnn_tcn", "eye_cnn_plain", "eye_cnn", "fusion_late", "fusion_joint"]


@dataclass(frozen=True)
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
    lda: LdaSettings = LdaSettings()
    knn: KnnSettings = KnnSettings()
    boosted_trees: BoostedTreesSettings = BoostedTreesSettings()
    cnn_tcn: CnnTcnSettings = CnnTcnSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    eye_cnn: EyeCnnSettings = EyeCnnSettings()
    blinks: BlinkTrainingSettings = BlinkTrainingSettings()
    eye_inception: EyeInceptionSettings = EyeInceptionSettings()
    fusion: FusionSettings = FusionSettings()
    learning_curve: LearningCurveSettings = LearningCurveSettings()
