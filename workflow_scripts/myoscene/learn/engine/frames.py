"""Networks on eye frames: the course through a fold's, read from disk a batch at a time, and their augmentation."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.card import Card, Fitted, ImageInput
from myoscene.learn.engine.ensemble import fit_members
from myoscene.learn.engine.image_input import Preparation, join_eyes, split_eyes
from myoscene.learn.engine.loop import Course, Shown, balanced_scores, balanced_weights
from myoscene.learn.engine.settings import FrameSettings
from myoscene.learn.engine.task import Task

READ, AT_ONCE = 512, 256
Prepare = Callable[..., Tensor]  # input of the frames from start to stop


@dataclass(frozen=True)
class Labelled:
    """Frames and the index of each one's class, ``(frames,)`` int64."""

    frames: EyeFrames
    labels: NDArray[np.int64]

    def take(self, chosen: NDArray[Any]) -> "Labelled":
        """The ``chosen`` frames."""
        return Labelled(self.frames.take(chosen), self.labels[chosen])


def labelled(table: pd.DataFrame, frames: EyeFrames, classes: list[str]) -> Labelled:
    """The frames of ``table`` with their classes."""
    return Labelled(frames, np.array([classes.index(label) for label in table["label"]], dtype=np.int64))


def sides(table: pd.DataFrame, data: Labelled, split: Split) -> tuple[Labelled, Labelled]:
    """Training and validation frames of ``split``; InputError where one side has none."""
    parts = {name: table["participant"].isin(getattr(split, name)).to_numpy() for name in ("training", "validation")}
    for who, rows in parts.items():
        if not rows.any():
            raise InputError(
                f"the {who} participants of fold '{split.fold}' ({', '.join(getattr(split, who))}) have no labelled "
                f"eye frame; raise learn.folds.validation_fraction, or leave people without eye images out"
            )
    return data.take(parts["training"]), data.take(parts["validation"])


class FrameCourse:
    """Training and validation frames in shuffled batches (:class:`myoscene.learn.engine.loop.Course`).

    ``prepare`` makes them a network's input; ``mixup`` is the most that one is blended with another (:func:`mix`).
    """

    def __init__(
        self, parts: Sequence[Labelled], n_classes: int, prepare: Prepare, settings: FrameSettings, mixup: float = 0.0
    ) -> None:
        self.training, self.validation = parts
        self.n_classes, self.prepare, self.settings, self.mixup = n_classes, prepare, settings, mixup
        self.weights = balanced_weights(torch.from_numpy(np.bincount(self.training.labels, minlength=n_classes)))

    def digests(self) -> list[str]:
        """SHA-256 of what the network is shown on either side."""
        return [digest_frames(part, self.prepare) for part in (self.training, self.validation)]

    def batches(self, generator: torch.Generator) -> Sequence[NDArray[np.int64]]:
        """As many as fill batches; a last batch of a frame or two would upset the batch normalisation."""
        order = torch.randperm(len(self.training.labels), generator=generator).numpy()
        return np.array_split(order, max(1, round(len(order) / self.settings.batch_size)))

    def shown(self, batch: NDArray[np.int64], generator: torch.Generator) -> Shown:
        part = self.training.take(batch)
        images = augment_eyes(self.prepare(part.frames), part.frames.n_eyes, self.settings.augment, generator)
        images, other, share = mix(images, self.mixup, generator)
        labels = torch.from_numpy(part.labels)
        return Shown((images,), labels, labels[other] if share else None, share)

    @torch.inference_mode()
    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        loss, hits, counts = (torch.zeros(self.n_classes) for _ in range(3))
        for start in range(0, len(self.validation.labels), READ):
            labels = torch.from_numpy(self.validation.labels[start : start + READ])
            images = self.prepare(self.validation.frames, start, start + READ)
            scores = network(images.to(device)).cpu().log_softmax(dim=1)
            loss.index_add_(0, labels, -scores.gather(1, labels[:, None])[:, 0])
            hits.index_add_(0, labels, (scores.argmax(dim=1) == labels).to(torch.float32))
            counts.index_add_(0, labels, torch.ones(len(labels)))
        return balanced_scores(loss, hits, counts)


def fit_frames(
    task: Task,
    settings: FrameSettings,
    splits: Sequence[Split],
    data: tuple[pd.DataFrame, Labelled],
    prepare: Preparation,
    build: Callable[[], nn.Module],
) -> Fitted:
    """One network for each of ``splits``, trained on its frames in ``data``: the table and frames of everybody."""

    def make(number: int) -> tuple[nn.Module, Course]:
        mixup = getattr(settings, "mixup", 0.0)
        course = FrameCourse(sides(*data, splits[number]), len(task.spec.classes), prepare, settings, mixup)
        return build(), course

    arrays, history, members = fit_members(task, settings, splits, make)
    arrays["plain_mean"] = prepare.plain_mean.numpy()
    images = image_input(data[1].frames, prepare.personalised)
    return Fitted(arrays, [], images=images, members=members, history=history)


def mix(images: Tensor, most: float, generator: torch.Generator) -> tuple[Tensor, Tensor, float]:
    """Every image of a batch blended with another one (mixup, Zhang et al. 2018), by up to ``most``.

    Returns:
        The images, the place of each one's other, and the share that the other has.
    """
    share = most * float(torch.rand((), generator=generator)) if most else 0.0
    if not share:
        return images, torch.arange(len(images)), 0.0
    other = torch.randperm(len(images), generator=generator)
    return torch.lerp(images, images[other], share), other, share


def transforms(number: int, fraction: float, generator: torch.Generator) -> Tensor:
    """Affine matrices ``(number, 2, 3)``: rotation within ``fraction`` of a full turn, scale within it of 1.

    Their determinant is positive: nothing is mirrored. A mirrored left eye looks like a right one, and labels have
    sides: a flip would teach that a left wink is a right one.
    """
    angle = 2 * math.pi * fraction * (2 * torch.rand(number, generator=generator) - 1)
    scale = 1 + fraction * (2 * torch.rand(number, generator=generator) - 1)
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    zero = torch.zeros(number)
    return torch.stack([torch.stack([cosine, -sine, zero], 1), torch.stack([sine, cosine, zero], 1)], 1)


def augment_eyes(batch: Tensor, n_eyes: int, fraction: float, generator: torch.Generator) -> Tensor:
    """``batch`` ``(frames, 1, height, width)`` with each eye rotated and scaled about its centre, and a gain.

    Within 2 % in Hickson et al. 2019. What comes in from outside the image is 0, which is the mean.
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


def digest_frames(data: Labelled, prepare: Prepare) -> str:
    """SHA-256 of what the network is shown: it binds a kept state to its data."""
    total = hashlib.sha256(data.labels.tobytes())
    for start in range(0, len(data.labels), READ):
        total.update(prepare(data.frames, start, start + READ).numpy().tobytes())
    return total.hexdigest()


def image_input(frames: EyeFrames, personalised: bool) -> ImageInput:
    """What the card says of ``frames``."""
    return ImageInput(frames.height, frames.width, frames.n_eyes, personalised)


def require_size(card: Card, frames: EyeFrames) -> None:
    """InputError where ``frames`` have another size than those that the model was trained on."""
    assert card.images is not None
    size = (card.images.height_px, card.images.width_px, card.images.n_eyes)
    if (frames.height, frames.width, frames.n_eyes) != size:
        raise InputError(
            f"frames in {frames.images.path} are {frames.height} x {frames.width} px ({frames.n_eyes} eyes), the "
            f"model '{card.model}' was trained on {size[0]} x {size[1]} px ({size[2]} eyes); use one config"
        )


@torch.inference_mode()
def read_each(card: Card, frames: EyeFrames, columns: int, read: Callable[[EyeFrames], Tensor]) -> NDArray[np.float32]:
    """``(frames, columns)`` that ``read`` gives of some frames at a time; raises as :func:`require_size`."""
    require_size(card, frames)
    found = np.zeros((len(frames), columns), dtype=np.float32)
    for start in range(0, len(frames), AT_ONCE):
        part = np.arange(start, min(start + AT_ONCE, len(frames)))
        found[part] = read(frames.take(part)).numpy()
    return found


def probabilities_of(scores: Tensor, untrained: Sequence[int]) -> Tensor:
    """Probabilities ``(frames, classes)``; a class that nobody trained on cannot be predicted."""
    scores = scores.clone()
    scores[:, list(untrained)] = -torch.inf
    return scores.softmax(dim=1)
