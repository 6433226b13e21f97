"""Settings of the boosted trees."""

from dataclasses import dataclass
from typing import Annotated

from myoscene.core.settings import Count, NotNegative, Within


@dataclass(frozen=True)
class BoostedTreesSettings:
    """Gradient-boosted trees on window features."""

    iterations: Count = 100
    """Most boosting rounds."""
    learning_rate: Annotated[float, Within(gt=0, le=1)] = 0.1
    """Shrinkage of each round."""
    max_leaves: Annotated[int, Within(ge=2)] = 15
    """Most leaves of a tree."""
    smallest_leaf: Count = 20
    """Fewest training windows in a leaf."""
    l2: NotNegative = 1.0
    """Penalty on the squares of leaf values."""
    patience: Count = 10
    """Rounds without a smaller loss of the validation participants after which growing stops."""
