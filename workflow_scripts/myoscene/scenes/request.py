"""What a prediction over scenes is told: one participant's files, and settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from myoscene.learn.cohort.files import FrameFiles
from myoscene.pipeline.settings import StateSettings

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class EyeFiles(FrameFiles):
    """With ``blinks``, :data:`myoscene.eyes.tables.EYE_FEATURES`, whose blinks are left out; None: they are kept."""

    blinks: PathLike | None = None


@dataclass(frozen=True)
class PersonFiles:
    """One participant's PARTICIPANT_RECORDINGS and EVENTS, and what a model reads of the person.

    Attributes:
        data: FEATURES for a model on features, else SIGNALS. A model on eyes takes from it only where windows start;
            None where the recordings are eye images alone, and then windows start with each scene.
        normaliser: None for a model on eyes.
        eyes: None for somebody without eye images, or a model that reads none.
    """

    recordings: PathLike
    events: PathLike
    data: PathLike | None = None
    normaliser: PathLike | None = None
    eyes: EyeFiles | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "PersonFiles":
        """Of a job's inputs, which have the names of the attributes; those that it lacks or leaves empty are None."""
        eyes = {item.name: given[item.name] for item in fields(EyeFiles) if given.get(item.name)}
        single = (given.get("data") or None, given.get("normaliser") or None)
        return cls(given["recordings"], given["events"], *single, EyeFiles(**eyes) if eyes else None)


@dataclass(frozen=True)
class SceneSettings:
    """At which rate signals were conditioned, which windows there are, and how probabilities become states."""

    rate_hz: float
    length_s: float
    hop_s: float
    states: StateSettings

    @property
    def hop(self) -> int:
        """Samples between windows."""
        return round(self.hop_s * self.rate_hz)

    @property
    def length(self) -> int:
        """Samples of a window."""
        return round(self.length_s * self.rate_hz)
