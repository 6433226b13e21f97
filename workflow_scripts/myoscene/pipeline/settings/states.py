"""How probabilities become states: the part of the section `scenes` that says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StateSettings:
    """Smoothing, least dwell and floor; bounds and meanings stand in `scenes`, where they are keys of the section."""

    smoothing_s: float
    minimum_dwell_s: float
    probability_floor: float
