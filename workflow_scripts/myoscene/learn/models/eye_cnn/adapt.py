"""Batch normalisation by the participant's own frames, without their labels (AdaBN, Li et al. 2018)."""

from copy import deepcopy

import numpy as np
import pandas as pd
import torch
from torch import nn

from myoscene.learn.cohort.frames import EyeFrames

# Enough frames for means and variances, few enough for one batch; fewer than LEAST tell of chance (our choice).
MOST, LEAST = 512, 32


def reference_frames(table: pd.DataFrame, frames: EyeFrames, classes: list[str]) -> EyeFrames:
    """What a participant's statistics are taken from: the frames that have a label, whichever; all without such.

    At most :data:`MOST`, evenly spread. Labelled frames hold the classes in about the shares that training has; the
    others are neutral nearly all the time, and would move a neutral face to the middle.

    Args:
        table: one participant's frames (``label``), a row a frame of ``frames``.
    """
    rows = np.flatnonzero(table["label"].isin(classes).to_numpy())
    rows = rows if len(rows) else np.arange(len(table))
    if len(rows) > MOST:
        rows = rows[np.linspace(0, len(rows) - 1, MOST).round().astype(np.int64)]
    return frames.take(rows)


@torch.no_grad()
def adapted(network: nn.Module, images: torch.Tensor, share: float) -> nn.Module:
    """A copy whose batch normalisations mix in the statistics of ``images`` ``(frames, 1, height, width)``.

    Their means and variances become ``share`` of these images' and the rest of the training's, as Li et al. have it
    with a share of 1. Each layer's are of what comes out of the layers before, normalised by these images alone.
    """
    own = deepcopy(network)
    for layer in own.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.train()
            layer.momentum = share
    own.embed(images)  # type: ignore[operator]
    return own.eval()
