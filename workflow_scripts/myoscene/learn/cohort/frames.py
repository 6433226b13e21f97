"""Eye frames as models read them: rows of image stores, a batch at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from myoscene.core.tables import read_table
from myoscene.eyes.store import ArrayStore
from myoscene.eyes.tables import FRAMES
from myoscene.learn.cohort.files import Cohort, FrameFiles
from myoscene.learn.tables import BLINKS, COHORT_EYES


@dataclass(frozen=True)
class Raw:
    """A batch of :class:`EyeFrames` as they are stored."""

    pixels: Tensor  # grey values, (frames, height, width) uint8
    neutrals: Tensor  # mean neutral images of the sessions here, (images, height, width) float32; the last is NaN
    which: Tensor  # (frames,) int64 place of each frame's session in neutrals; -1, the last, for none
    has_eyes: Tensor
    n_eyes: int


@dataclass(frozen=True)
class EyeFrames:
    """Frames to be read; nothing of them is in memory."""

    images: ArrayStore  # uint8 (rows, height, width)
    rows: NDArray[np.int64]  # (frames,) row of each frame in images
    neutrals: ArrayStore  # float32 (neutral images, height, width)
    neutral: NDArray[np.int32]  # (frames,) row of each frame's session in neutrals, -1 for none
    has_eyes: NDArray[np.bool_]  # (frames, 2): left and right eye are there; one-eyed frames tell of that eye in both
    n_eyes: int = 2  # eyes side by side in a frame, 1 or 2
    embeddings: ArrayStore | None = None  # float32 (rows, 2, values) of each image, plain and personalised

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def height(self) -> int:
        """Height of a frame in pixels."""
        return self.images.shape[1]

    @property
    def width(self) -> int:
        """Width of a frame in pixels, both eyes where there are two."""
        return self.images.shape[2]

    def take(self, chosen: NDArray[Any]) -> "EyeFrames":
        """The ``chosen`` frames (indices or mask ``(frames,)``)."""
        return replace(self, rows=self.rows[chosen], neutral=self.neutral[chosen], has_eyes=self.has_eyes[chosen])

    def batch(self, start: int = 0, stop: int | None = None) -> Raw:
        """Frames ``start`` to ``stop`` (excluded), read now."""
        part = slice(start, stop)
        pixels = torch.from_numpy(self.images.read(self.rows[part]))
        # A batch knows few sessions: each one's image is read, and made an input, once.
        wanted, place = np.unique(self.neutral[part], return_inverse=True)
        there = wanted >= 0
        none = np.full((1, *pixels.shape[1:]), np.nan, dtype=np.float32)
        neutrals = np.concatenate([self.neutrals.read(wanted[there]), none]) if there.any() else none
        which = torch.from_numpy(np.where(there, np.arange(len(wanted)) - (~there).sum(), -1)[place])
        have = torch.from_numpy(self.has_eyes[part].copy())
        return Raw(pixels, torch.from_numpy(neutrals), which, have, self.n_eyes)


def from_table(table: pd.DataFrame, rows: NDArray[np.int64], files: FrameFiles, n_eyes: int) -> EyeFrames:
    """The frames of ``table`` (neutral, has_left, has_right), at ``rows`` of the stores."""
    return EyeFrames(
        images=ArrayStore(files.images),
        rows=np.asarray(rows, dtype=np.int64),
        neutrals=ArrayStore(files.neutrals),
        neutral=table["neutral"].to_numpy(dtype=np.int32),
        has_eyes=table[["has_left", "has_right"]].to_numpy(dtype=bool),
        n_eyes=n_eyes,
        embeddings=ArrayStore(files.embeddings) if files.embeddings else None,
    )


def read_cohort_frames(
    cohort: Cohort, people: Sequence[str], labels: Collection[str] | None = None, *, scoring: bool = False
) -> tuple[pd.DataFrame, EyeFrames]:
    """Rows of ``people``, with their frames, that are not blinks to the fold; nobody else's row groups are read.

    Args:
        cohort: with the fold's own table of blinks, if any.
        labels: of the frames; without it all that have a time, whatever their label.
        scoring: only those that the fold which holds their person out is scored on.
    """
    table = read_table(cohort.frames.frames, COHORT_EYES, where={"participant": list(people)})
    kept = table["time_s"].notna() if labels is None else table["label"].isin(list(labels))
    if scoring:
        kept &= table["scored"]
    for blinks in cohort.blinks:
        kept &= ~table["row"].isin(read_table(blinks, BLINKS, columns=["row"])["row"])
    table = table[kept].reset_index(drop=True)
    return table, from_table(table, table["row"].to_numpy(), cohort.frames, cohort.n_eyes)


def read_participant_frames(files: FrameFiles, n_eyes: int) -> tuple[pd.DataFrame, EyeFrames]:
    """All frames of one participant (:data:`myoscene.eyes.tables.FRAMES`) that have an eye of use, in their order."""
    table = read_table(files.frames, FRAMES)
    usable = table["has_left"] | table["has_right"]
    rows = np.flatnonzero(usable.to_numpy())
    table = table[usable].reset_index(drop=True)
    return table, from_table(table, rows, files, n_eyes)
