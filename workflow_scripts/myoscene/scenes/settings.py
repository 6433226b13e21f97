"""Continuous predictions over scenes and the expression features made from them."""

from dataclasses import dataclass

from myoscene.core.settings import Fraction, NotNegative
from myoscene.learn.settings import ModelNames


@dataclass(frozen=True)
class ScenesSettings:
    """Continuous predictions over scenes and the expression features made from them."""

    models: ModelNames | None = None
    """Models that run over the scenes; the first one makes the expression features. Have to be among `learn.models`.
    `null`: `cnn_tcn`, `eye_cnn` and `fusion_late`, as far as they are trained; with input `eyes`, `eye_cnn` or else
    `eye_cnn_plain`, where `recordings.scene_tasks` names any. Empty: envelope features only. [Meybodi et al. 2026
    (cnn_tcn)]"""
    smoothing_s: NotNegative = 0.3
    """Time constant of the exponential smoothing of probabilities. [Hickson et al. 2019 (that they smooth)]"""
    minimum_dwell_s: NotNegative = 0.2
    """A class has to last this long to become the state."""
    probability_floor: Fraction = 0.5
    """Below this smoothed probability the state is `uncertain`."""
