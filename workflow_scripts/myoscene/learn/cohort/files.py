"""Which files hold the cohort that models are trained and scored on."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class FrameFiles:
    """Where eye frames are.

    Attributes:
        frames: :data:`myoscene.eyes.tables.FRAMES` of a participant, or a cohort's
            :data:`myoscene.learn.tables.COHORT_EYES`.
        images, neutrals: its stores.
        embeddings: store of ``eye_inception``'s embeddings, row by row with ``images``.
    """

    frames: PathLike
    images: PathLike
    neutrals: PathLike
    embeddings: PathLike | None = None


@dataclass(frozen=True)
class Cohort:
    """The cohort's tables that a model of any kind is trained and scored on; None where it reads no such table.

    Attributes:
        windows: :data:`COHORT_FEATURES` or :data:`COHORT_SIGNALS`.
        eyes, images, neutrals, embeddings: as :class:`FrameFiles` of everybody.
        blinks: :data:`myoscene.learn.tables.BLINKS` of the fold, or of each in the order of the checkpoints; empty
            without blink cleaning.
        n_eyes: eyes in a frame.
    """

    windows: PathLike | None = None
    eyes: PathLike | None = None
    images: PathLike | None = None
    neutrals: PathLike | None = None
    embeddings: PathLike | None = None
    blinks: Sequence[PathLike] = ()
    n_eyes: int = 2

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
