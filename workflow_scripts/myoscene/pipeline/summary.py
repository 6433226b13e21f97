"""The expression features of one scene."""

import numpy as np
from numpy.typing import NDArray

from myoscene.pipeline.static import model_features
from myoscene.pipeline.temporal import temporal_features


def expression_summary(
    states: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    stretch: NDArray[np.integer],
    classes: list[str],
    hop_s: float,
) -> dict[str, float]:
    """Static and temporal features of a scene's states; arguments as in :func:`temporal_features`."""
    return model_features(states, probabilities, classes) | temporal_features(
        states, probabilities, stretch, classes, hop_s
    )
