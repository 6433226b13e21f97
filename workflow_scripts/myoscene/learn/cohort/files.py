"""Which files hold the cohort that models are trained and scored on."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Cohort:
    """The cohort's tables that a model of any kind is scored on; None where it reads no such table.

    Attributes:
        windows: :data:`COHORT_FEATURES` or :data:`COHORT_SIGNALS`.
        eyes, images, neutrals: :data:`myoscene.learn.tables.COHORT_EYES` and its stores.
        embeddings: store of ``eye_inception``'s embeddings, row by row with ``images``.
        blinks: :data:`myoscene.learn.tables.BLINKS` of each fold, in the order of the checkpoints; empty without blink
            cleaning.
        n_eyes: eyes in a frame.
    """

    windows: PathLike | None = None
    eyes: PathLike | None = None
    images: PathLike | None = None
    neutrals: PathLike | None = None
    embeddings: PathLike | None = None
    blinks: Sequence[PathLike] = ()
    n_eyes: int = 2
