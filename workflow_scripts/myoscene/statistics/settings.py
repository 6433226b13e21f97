"""Scene effects and associations with NASA-TLX."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.settings import NoRepeats, Within


@dataclass(frozen=True)
class NullCheckSettings:
    """Cohorts without effects, run through the whole analysis."""

    cohorts: Annotated[int, Within(ge=0)] = 20
    """Number of simulated null cohorts, of the demo's 8 people, on which false positives are counted (seeds 1, 2,
    ...); only with a synthetic dataset. 0 leaves it out."""
    permutations: Annotated[int, Within(ge=99)] = 1999
    """Random permutations in each null cohort."""
    scene_s: Annotated[float, Within(ge=10)] = 30.0
    """Length of each scene of a null cohort, in seconds; shorter than the demo's, to save time."""


@dataclass(frozen=True)
class SimulationSettings:
    """Simulated ratings, on which estimators are compared."""

    repeats: Annotated[int, Within(ge=0)] = 1000
    """Simulated studies (12 people, 6 scenes) with which the four estimators' false positives and power are
    measured; 0 leaves it out."""


@dataclass(frozen=True)
class StatisticsSettings:
    """Scene effects and associations with NASA-TLX."""

    alpha: Annotated[float, Within(gt=0, le=0.5)] = 0.05
    """False discovery rate within a family. [convention of the field]"""
    permutations: Annotated[int, Within(ge=99)] = 50000
    """Random permutations; every permutation where there are no more than this."""
    bootstrap: Annotated[int, Within(ge=99)] = 2000
    """Participant bootstrap samples for 95 % intervals."""
    seed: Annotated[int, Within(ge=0)] = 1
    """Seed of permutations and bootstrap."""
    subscales: Annotated[
        list[
            Literal["mental", "physical", "temporal", "performance", "effort", "frustration", "raw_tlx", "weighted_tlx"]
        ],
        NoRepeats(),
    ] = field(
        default_factory=lambda: ["mental", "physical", "temporal", "performance", "effort", "frustration", "raw_tlx"]
    )
    """NASA-TLX columns to associate. [Hart & Staveland 1988; Hart 2006 (raw TLX)]"""
    family: Literal["estimator", "estimator_and_subscale"] = "estimator"
    """What the false discovery rate is controlled over: all tests of an `estimator`, or of an estimator and a
    subscale."""
    null_check: NullCheckSettings = NullCheckSettings()
    simulation: SimulationSettings = SimulationSettings()
