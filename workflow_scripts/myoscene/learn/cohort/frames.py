"""Eye frames as models read them: rows of image stores, a batch at a time."""

import os
from collections.abc import Sequence
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
from myoscene.learn.tables import BLINKS, COHORT_EYES

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Raw:
    """A batch of frames as they are stored.

    Attributes:
        pixels: grey values, ``(frames, height, width)`` uint8.
        neutral: mean neutral image of each frame's session, ``(frames, height, width)`` float32; NaN where there is
            none.
        has_eyes: ``(frames, 2)`` bool: left and right eye are there.
        n_eyes: eyes side by side in a frame, 1 or 2.
    """

    pixels: Tensor
    neutral: Tensor
    has_eyes: Tensor
    n_eyes: int


@dataclass(frozen=True)
class EyeFrames:
    """Frames to be read; nothing of them is in memory.

    Attributes:
        images: uint8 ``(rows, height, width)``.
        rows: ``(frames,)`` row of each frame in ``images``.
        neutrals: float32 ``(neutral images, height, width)``, None where nobody has one.
        neutral: ``(frames,)`` row of each frame's session in ``neutrals``, -1 for none.
        has_eyes: ``(frames, 2)``: left and right eye are there. One-eyed frames tell of that eye in both.
        n_eyes: eyes side by side in a frame, 1 or 2.
        embeddings: float32 ``(rows, 2, values)`` of each image, plain and personalised (``eye_inception``).
    """

    images: ArrayStore
    rows: NDArray[np.int64]
    neutrals: ArrayStore | None
    neutral: NDArray[np.int32]
    has_eyes: NDArray[np.bool_]
    n_eyes: int = 2
    embeddings: ArrayStore | None = None

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
        neutral = torch.full(pixels.shape, torch.nan)
        have = self.neutral[part] >= 0
        if self.neutrals is not None and have.any():
            # A batch knows few sessions: each image is read once.
            wanted, place = np.unique(self.neutral[part][have], return_inverse=True)
            neutral[torch.from_numpy(have)] = torch.from_numpy(self.neutrals.read(wanted))[torch.from_numpy(place)]
        return Raw(pixels, neutral, torch.from_numpy(self.has_eyes[part].copy()), self.n_eyes)


def from_table(
    table: pd.DataFrame, rows: NDArray[np.int64], images: PathLike, neutrals: PathLike, n_eyes: int,
    embeddings: PathLike | None = None,
) -> EyeFrames:  # fmt: skip
    """The frames of ``table`` (neutral, has_left, has_right), at ``rows`` of the stores."""
    return EyeFrames(
        images=ArrayStore(images),
        rows=np.asarray(rows, dtype=np.int64),
        neutrals=ArrayStore(neutrals),
        neutral=table["neutral"].to_numpy(dtype=np.int32),
        has_eyes=table[["has_left", "has_right"]].to_numpy(dtype=bool),
        n_eyes=n_eyes,
        embeddings=ArrayStore(embeddings) if embeddings else None,
    )


def read_cohort_frames(
    cohort: PathLike,
    images: PathLike,
    neutrals: PathLike,
    people: Sequence[str],
    labels: Sequence[str],
    n_eyes: int,
    embeddings: PathLike | None = None,
) -> tuple[pd.DataFrame, EyeFrames]:
    """Rows of ``people`` with one of ``labels``, and their frames; nobody else's row groups are read."""
    table = read_table(cohort, COHORT_EYES, where={"participant": list(people)})
    table = table[table["label"].isin(list(labels))].reset_index(drop=True)
    return table, from_table(table, table["row"].to_numpy(), images, neutrals, n_eyes, embeddings)


def scored(table: pd.DataFrame, frames: EyeFrames) -> tuple[pd.DataFrame, EyeFrames]:
    """The rows of a cohort's ``table``, with their frames, that the fold which holds their person out is scored on."""
    kept = table["scored"].to_numpy(dtype=bool)
    return table[kept].reset_index(drop=True), frames.take(np.flatnonzero(kept))


def read_participant_frames(
    frames: PathLike, images: PathLike, neutrals: PathLike, n_eyes: int, embeddings: PathLike | None = None
) -> tuple[pd.DataFrame, EyeFrames]:
    """All frames of one participant (:data:`myoscene.eyes.tables.FRAMES`) that have an eye of use, in their order."""
    table = read_table(frames, FRAMES)
    usable = table["has_left"] | table["has_right"]
    rows = np.flatnonzero(usable.to_numpy())
    table = table[usable].reset_index(drop=True)
    return table, from_table(table, rows, images, neutrals, n_eyes, embeddings)


def without_blinks(table: pd.DataFrame, frames: EyeFrames, blinks: PathLike | None) -> tuple[pd.DataFrame, EyeFrames]:
    """``table`` and ``frames`` without those that the fold's table of blinks names."""
    if blinks is None:
        return table, frames
    rows = read_table(blinks, BLINKS, columns=["row"])["row"]
    kept = ~table["row"].isin(rows).to_numpy()
    return table[kept].reset_index(drop=True), frames.take(kept)
