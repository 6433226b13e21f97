"""What a network on eye images is given: standardised frames minus a neutral image."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from myoscene.learn.cohort.frames import EyeFrames, Raw

Standardise = Literal["none", "eye", "local"]
# Grey values added to the standard deviation, so that an image without contrast does not become noise.
SPREAD_FLOOR = 1.0
LOCAL_SPREAD_FLOOR = 4.0
# Side of the window of local contrast, as a share of the eye's height.
LOCAL_WINDOW = 9 / 32
BATCH = 512


def split_eyes(images: Tensor, n_eyes: int) -> Tensor:
    """``(frames, height, n_eyes * width)`` -> ``(frames, n_eyes, height, width)``, the wearer's left eye first."""
    return torch.stack(images.chunk(n_eyes, dim=-1), dim=1)


def join_eyes(eyes: Tensor) -> Tensor:
    """The inverse of :func:`split_eyes`."""
    return torch.cat(list(eyes.unbind(dim=1)), dim=-1)


def standardised(eyes: Tensor, how: Standardise) -> Tensor:
    """Each eye ``(frames, n_eyes, height, width)`` of grey values on a common scale.

    ``eye``: mean 0 and standard deviation 1. ``local``: the same around every pixel (local contrast normalisation,
    Jarrett et al. 2009, with a box in place of their Gaussian and a constant in place of their smallest spread), so
    that a shadow or a bright cheek does not outweigh the lid, while the noise of smooth skin is not blown up. ``none``:
    as it is.
    """
    if how == "none":
        return (eyes - 128.0) / 128.0
    if how == "eye":
        centre = eyes.mean(dim=(-2, -1), keepdim=True)
        spread = eyes.std(dim=(-2, -1), keepdim=True, correction=0)
        return (eyes - centre) / (spread + SPREAD_FLOOR)
    flat = eyes.reshape(-1, 1, *eyes.shape[-2:])
    centred = flat - _local_mean(flat)
    spread = _local_mean(centred.square()).clamp_min(0).sqrt()
    return (centred / (spread + LOCAL_SPREAD_FLOOR)).reshape(eyes.shape)


def _local_mean(images: Tensor) -> Tensor:
    """Mean around every pixel of ``images`` ``(n, 1, height, width)``: a box, smaller at the edges.

    From sums along rows, then columns: a pooling layer would take as many steps as the box has pixels.
    """
    half = max(1, round(LOCAL_WINDOW * images.shape[-2] / 2 - 0.5))
    for dim in (-1, -2):
        size = images.shape[dim]
        sums = functional.pad(images.cumsum(dim=dim), (1, 0) if dim == -1 else (0, 0, 1, 0))
        places = torch.arange(size)
        first, stop = (places - half).clamp_min(0), (places + half + 1).clamp_max(size)
        images = sums.index_select(dim, stop) - sums.index_select(dim, first)
        count = (stop - first).to(images.dtype)
        images = images / (count if dim == -1 else count[:, None])
    return images


def network_input(raw: Raw, plain_mean: Tensor, personalised: bool, standardise: Standardise) -> Tensor:
    """Input ``(frames, 1, height, width)`` of a network; each eye is :func:`standardised` first.

    Plain: the frame minus ``plain_mean`` ``(height, width)``, the mean neutral image of the training people.
    Personalised: minus the session's own mean neutral image (Hickson et al. 2019); a session that has none falls back
    to plain. An eye that is not there is 0.
    """
    eyes = standardised(split_eyes(raw.pixels.to(torch.float32), raw.n_eyes), standardise)
    base = torch.where(raw.neutrals.isnan(), plain_mean, raw.neutrals) if personalised else plain_mean[None]
    base = standardised(split_eyes(base, raw.n_eyes), standardise)
    base = base[raw.which] if personalised else base
    there = raw.has_eyes[:, : raw.n_eyes, None, None]
    return join_eyes(torch.where(there, eyes - base, torch.zeros(())))[:, None]


def mean_image(frames: EyeFrames, groups: np.ndarray) -> Tensor:
    """Mean over ``groups`` of each group's mean image, ``(height, width)`` float32; each eye over where it is there.

    ``groups`` ``(frames,)`` are participants: everybody counts alike, however many frames they have.
    """
    totals: dict[str, Tensor] = {}
    counts: dict[str, Tensor] = {}
    for start in range(0, len(frames), BATCH):
        raw = frames.batch(start, start + BATCH)
        eyes = split_eyes(raw.pixels.to(torch.float64), raw.n_eyes)
        there = raw.has_eyes[:, : raw.n_eyes].to(torch.float64)
        names = groups[start : start + BATCH]
        for name in sorted(set(names)):
            own = torch.from_numpy(names == name)
            weight = there[own][..., None, None]
            totals[name] = totals.get(name, torch.zeros(())) + (eyes[own] * weight).sum(dim=0)
            counts[name] = counts.get(name, torch.zeros(())) + weight.sum(dim=0)
    if not totals:
        return torch.zeros(frames.height, frames.width)
    each = torch.stack([totals[name] / counts[name] for name in sorted(totals)])  # NaN where an eye is never there
    return join_eyes(each.nanmean(dim=0).nan_to_num(0.0)[None])[0].to(torch.float32)


@dataclass(frozen=True)
class Preparation:
    """How frames become a network's input; see :func:`network_input`."""

    plain_mean: Tensor
    personalised: bool
    standardise: Standardise

    def __call__(self, frames: EyeFrames, start: int = 0, stop: int | None = None) -> Tensor:
        """Input of the frames ``start`` to ``stop``."""
        return network_input(frames.batch(start, stop), self.plain_mean, self.personalised, self.standardise)


def neutral_mean(table: pd.DataFrame, frames: EyeFrames, neutral: str | None) -> Tensor:
    """Mean neutral image ``(height, width)`` of the people in ``table``; of all frames if there is no neutral one."""
    chosen = (table["label"] == neutral).to_numpy()
    if not chosen.any():
        chosen = np.ones(len(table), dtype=bool)
    return mean_image(frames.take(chosen), table["participant"].to_numpy()[chosen])
