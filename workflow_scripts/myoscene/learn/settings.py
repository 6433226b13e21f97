"""Folds, models, training and evaluation."""

from dataclasses import dataclass, field
from typing import Annotated

from myoscene.core.settings import DatasetPath, NoRepeats, Text, Within
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.models import settings as of
from myoscene.learn.models.registry import ModelName

ModelNames = Annotated[list[ModelName], NoRepeats()]
_DEFAULT_MODELS = ["lda", "boosted_trees", "cnn_tcn", "eye_cnn_plain", "eye_cnn", "fusion_late", "fusion_joint"]


@dataclass(frozen=True)
class EvaluationSettings:
    """Intervals, tests and calibration of the scores."""

    calibration_bins: Annotated[int, Within(ge=2)] = 10
    """Equal-width bins of the expected calibration error. [Guo et al. 2017 (the error)]"""
    bootstrap: Annotated[int, Within(ge=99)] = 2000
    """Participant bootstrap samples for 95 % intervals."""
    permutations: Annotated[int, Within(ge=99)] = 100000
    """Random sign patterns of the paired comparison; every pattern where there are no more than this."""
    image_ratings: DatasetPath | None = None
    """CSV or TSV with the columns rater, image, label: what people saw in the eye images, for Cohen's kappa,
    relative to the dataset. `null`: sourcedata/image_ratings.tsv, or none where it is absent. [Hickson et al. 2019
    (human raters)]"""


@dataclass(frozen=True)
class LearningCurveSettings:
    """Accuracy by the number of training people."""

    people: list[Annotated[int, Within(ge=2)]] = field(default_factory=list)
    """Numbers of training people (validation included) at which the learning curve of `eye_cnn` is measured, beside
    everybody. Empty: no curve. [Hickson et al. 2019 (the curve)]"""


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
    lda: of.LdaSettings = of.LdaSettings()
    knn: of.KnnSettings = of.KnnSettings()
    boosted_trees: of.BoostedTreesSettings = of.BoostedTreesSettings()
    cnn_tcn: of.CnnTcnSettings = of.CnnTcnSettings()
    cnn: of.CnnSettings = of.CnnSettings()
    lstm: of.LstmSettings = of.LstmSettings()
    eye_cnn: of.EyeCnnSettings = of.EyeCnnSettings()
    eye_inception: of.EyeInceptionSettings = of.EyeInceptionSettings()
    fusion: of.FusionSettings = of.FusionSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    blinks: of.BlinkTrainingSettings = of.BlinkTrainingSettings()
    learning_curve: LearningCurveSettings = LearningCurveSettings()
