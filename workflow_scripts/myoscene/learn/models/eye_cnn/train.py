"""Training of a network on eye frames: class-balanced loss, early stopping, batches read from disk."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.engine.loop import Keeping, balanced_scores, fit, one_cycle
from myoscene.learn.engine.optimiser import AdamW
from myoscene.learn.models.eye_cnn.augment import augment_eyes
from myoscene.learn.models.eye_cnn.input import Standardise, network_input

READ = 512


@dataclass(frozen=True)
class Labelled:
    """Frames and the index of each one's class, ``(frames,)`` int64."""

    frames: EyeFrames
    labels: NDArray[np.int64]

    def take(self, chosen: NDArray[Any]) -> "Labelled":
        """The ``chosen`` frames."""
        return Labelled(self.frames.take(chosen), self.labels[chosen])


@dataclass(frozen=True)
class Preparation:
    """How frames become a network's input; see :func:`myoscene.learn.models.eye_cnn.input.network_input`."""

    plain_mean: Tensor
    personalised: bool
    standardise: Standardise

    def __call__(self, frames: EyeFrames, start: int = 0, stop: int | None = None) -> Tensor:
        """Input of the frames ``start`` to ``stop``."""
        return network_input(frames.batch(start, stop), self.plain_mean, self.personalised, self.standardise)


def frame_weights(labels: NDArray[np.int64], n_classes: int) -> Tensor:
    """Weights ``(classes,)`` under which every class counts alike; 0 for one without a frame."""
    counts = torch.from_numpy(np.bincount(labels, minlength=n_classes)).to(torch.float32)
    present = counts > 0
    return torch.where(present, counts.sum() / counts.clamp_min(1), torch.zeros(())) / present.sum()


def train_on_frames(
    network: nn.Module,
    n_classes: int,
    training: Labelled,
    validation: Labelled,
    prepare: Callable[..., Tensor],
    settings: dict[str, Any],
    seed: int,
    keeping: Keeping,
) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Train ``network`` (images ``(frames, 1, height, width)`` -> scores); returns as ``training.fit``."""
    weights = frame_weights(training.labels, n_classes)
    return fit(
        network,
        lambda optimiser, epoch: _epoch(network, optimiser, training, prepare, weights, settings, seed, epoch),
        lambda: validate_frames(network, n_classes, validation, prepare),
        settings,
        keeping,
    )


def _epoch(
    network: nn.Module,
    optimiser: AdamW,
    data: Labelled,
    prepare: Callable[..., Tensor],
    weights: Tensor,
    settings: dict[str, Any],
    seed: int,
    epoch: int,
) -> tuple[float, float]:
    """One pass over ``data``; the mean loss and the last learning rate."""
    torch.manual_seed(seed * 1_000_003 + epoch)  # dropout draws from the global generator
    generator = torch.Generator().manual_seed(seed * 1_000_003 + 500_000 + epoch)
    network.train()
    order = torch.randperm(len(data.labels), generator=generator).numpy()
    # As many as fill batches; a last batch of a frame or two would upset the batch normalisation.
    number = max(1, round(len(order) / settings["batch_size"]))
    total, rate = 0.0, 0.0
    for place, chosen in enumerate(np.array_split(order, number)):
        optimiser.rate = rate = one_cycle(
            epoch * number + place, settings["epochs"] * number, settings["learning_rate"]
        )
        part = data.take(chosen)
        images = augment_eyes(prepare(part.frames), part.frames.n_eyes, settings["augment"], generator)
        images, other, share = mix(images, settings.get("mixup", 0.0), generator)
        scores, labels = network(images), torch.from_numpy(part.labels)
        smoothing = settings["label_smoothing"]
        loss = (1 - share) * functional.cross_entropy(scores, labels, weight=weights, label_smoothing=smoothing)
        if share:
            second = functional.cross_entropy(scores, labels[other], weight=weights, label_smoothing=smoothing)
            loss = loss + share * second
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += float(loss.detach())
    return total / number, rate


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


@torch.inference_mode()
def validate_frames(
    network: nn.Module, n_classes: int, data: Labelled, prepare: Callable[..., Tensor]
) -> dict[str, float]:
    """Class-balanced loss and balanced accuracy of ``data``."""
    network.eval()
    loss, hits, counts = torch.zeros(n_classes), torch.zeros(n_classes), torch.zeros(n_classes)
    for start in range(0, len(data.labels), READ):
        labels = torch.from_numpy(data.labels[start : start + READ])
        scores = network(prepare(data.frames, start, start + READ)).log_softmax(dim=1)
        loss.index_add_(0, labels, -scores.gather(1, labels[:, None])[:, 0])
        hits.index_add_(0, labels, (scores.argmax(dim=1) == labels).to(torch.float32))
        counts.index_add_(0, labels, torch.ones(len(labels)))
    return balanced_scores(loss, hits, counts)


def digest_frames(data: Labelled, prepare: Callable[..., Tensor]) -> str:
    """SHA-256 of what the network is shown: it binds a kept state to its data."""
    total = hashlib.sha256(data.labels.tobytes())
    for start in range(0, len(data.labels), READ):
        total.update(prepare(data.frames, start, start + READ).numpy().tobytes())
    return total.hexdigest()
