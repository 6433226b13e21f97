"""Settings of the linear models and of nearest neighbours."""

from dataclasses import dataclass
from typing import Literal

from myoscene.core.settings import Count


@dataclass(frozen=True)
class LdaSettings:
    """Linear discriminant analysis of window features."""

    standardise: Literal["train", "none"] = "train"
    """Standardise features on the training people, or not."""
    shrinkage: bool = True
    """Ledoit-Wolf shrinkage of the covariance (solver lsqr). [Ledoit & Wolf 2004]"""
    priors: Literal["balanced", "empirical"] = "balanced"
    """`balanced`: every class weighs alike; `empirical`: by its number of training windows."""


@dataclass(frozen=True)
class KnnSettings:
    """Nearest neighbours among window features."""

    neighbours: Count = 1
    """Number of neighbours."""
    standardise: Literal["train", "none"] = "train"
    """Standardise features on the training people, or not."""
