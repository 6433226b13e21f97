"""Settings of the scores."""

from dataclasses import dataclass, field
from typing import Annotated

from myoscene.core.settings import FilePath, Within


@dataclass(frozen=True)
class EvaluationSettings:
    """Intervals, tests and calibration of the scores."""

    calibration_bins: Annotated[int, Within(ge=2)] = 10
    """Equal-width bins of the expected calibration error. [Guo et al. 2017 (the error)]"""
    bootstrap: Annotated[int, Within(ge=99)] = 2000
    """Participant bootstrap samples for 95 % intervals."""
    permutations: Annotated[int, Within(ge=99)] = 100000
    """Random sign patterns of the paired comparison; every pattern where there are no more than this."""
    image_ratings: FilePath | None = None
    """CSV or TSV with the columns rater, image, label: what people saw in the eye images, for Cohen's kappa,
    relative to the dataset. `null`: sourcedata/image_ratings.tsv, or none where it is absent. [Hickson et al. 2019
    (human raters)]"""


@dataclass(frozen=True)
class LearningCurveSettings:
    """Accuracy by the number of training people."""

    people: list[Annotated[int, Within(ge=2)]] = field(default_factory=list)
    """Numbers of training people (validation included) at which the learning curve of `eye_cnn` is measured, beside
    everybody. Empty: no curve. [Hickson et al. 2019 (the curve)]"""
