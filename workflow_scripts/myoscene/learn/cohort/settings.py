"""Settings of the folds."""

from dataclasses import dataclass
from typing import Annotated, Literal

from myoscene.core.settings import Within


@dataclass(frozen=True)
class FoldSettings:
    """Who is held out where, and who validates."""

    method: Literal["auto", "lopo", "grouped"] = "auto"
    """`lopo`: one fold a held-out participant; `grouped`: k folds of whole participants; `auto`: lopo up to
    `max_lopo` participants. [Meybodi et al. 2026 (lopo)]"""
    max_lopo: Annotated[int, Within(ge=3)] = 60
    """Most participants for which `auto` leaves one out."""
    k: Annotated[int, Within(ge=2)] = 10
    """Number of grouped folds."""
    validation_fraction: Annotated[float, Within(gt=0, le=0.5)] = 0.2
    """Share of a fold's training participants (at least one) held back for early stopping."""
