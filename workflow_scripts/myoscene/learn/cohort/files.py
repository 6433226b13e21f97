"""Which files hold the cohort that models are trained and scored on."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class FrameFiles:
    """Where eye frames are: a participant's FRAMES, or a cohort's COHORT_EYES, and its stores."""

    frames: PathLike
    images: PathLike
    neutrals: PathLike
    embeddings: PathLike | None = None  # of eye_inception, row by row with the images


@dataclass(frozen=True)
class Cohort:
    """The cohort's tables that a model of any kind is trained and scored on; None where it reads no such table."""

    windows: PathLike | None = None  # COHORT_FEATURES or COHORT_SIGNALS
    eyes: PathLike | None = None  # COHORT_EYES, and its stores
    images: PathLike | None = None
    neutrals: PathLike | None = None
    embeddings: PathLike | None = None
    blinks: Sequence[PathLike] = ()  # BLINKS of the fold, or of each in the order of the checkpoints; () uncleaned
    n_eyes: int = 2  # in a frame

    @classmethod
    def of(cls, given: Mapping[str, Any], n_eyes: int) -> "Cohort":
        """Of a job's inputs, which have the names of the attributes; those that it lacks or leaves empty are None."""
        names = ("windows", "eyes", "images", "neutrals", "embeddings")
        blinks = given.get("blinks") or []
        files = {name: given.get(name) or None for name in names}
        return cls(**files, blinks=[blinks] if isinstance(blinks, str) else list(blinks), n_eyes=n_eyes)

    @property
    def frames(self) -> FrameFiles:
        """The files of everybody's eye frames, of a cohort that has such."""
        assert self.eyes is not None and self.images is not None and self.neutrals is not None
        return FrameFiles(self.eyes, self.images, self.neutrals, self.embeddings)
