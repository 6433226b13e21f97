"""Augmentation of eye images: rotation, scale and brightness within 2 % (Hickson et al. 2019). Never a flip.

A mirrored left eye looks like a right one, and labels have sides: a flip would teach that a left wink is a right one.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from myoscene.learn.engine.image_input import join_eyes, split_eyes


def transforms(number: int, fraction: float, generator: torch.Generator) -> Tensor:
    """Affine matrices ``(number, 2, 3)``: rotation within ``fraction`` of a full turn, scale within it of 1.

    Their determinant is positive: nothing is mirrored.
    """
    angle = 2 * math.pi * fraction * (2 * torch.rand(number, generator=generator) - 1)
    scale = 1 + fraction * (2 * torch.rand(number, generator=generator) - 1)
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    zero = torch.zeros(number)
    return torch.stack([torch.stack([cosine, -sine, zero], 1), torch.stack([sine, cosine, zero], 1)], 1)


def augment_eyes(batch: Tensor, n_eyes: int, fraction: float, generator: torch.Generator) -> Tensor:
    """``batch`` ``(frames, 1, height, width)`` with each eye rotated and scaled about its centre, and a gain.

    What comes in from outside the image is 0, which is the mean.
    """
    if fraction == 0:
        return batch
    eyes = split_eyes(batch[:, 0], n_eyes)
    flat = eyes.reshape(-1, 1, *eyes.shape[2:])
    matrices = transforms(len(flat), fraction, generator)
    # The grid is square in its own units; without the ratio a rotation of a wide image would shear it.
    ratio = flat.shape[-1] / flat.shape[-2]
    matrices = matrices * torch.tensor([[1.0, 1 / ratio, 1.0], [ratio, 1.0, 1.0]])
    grid = functional.affine_grid(matrices, list(flat.shape), align_corners=False)
    moved = functional.grid_sample(flat, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    gain = 1 + fraction * (2 * torch.rand(len(flat), 1, 1, 1, generator=generator) - 1)
    return join_eyes((moved * gain).reshape(eyes.shape))[:, None]


def mirrored_label(label: str) -> str:
    """The label that a mirrored face has: ``left_wink`` -> ``right_wink``; one without a side is its own mirror."""
    swap = {"left": "right", "right": "left"}
    return "_".join(swap.get(word, word) for word in label.split("_"))
