"""The network ``eye_cnn``: a small residual CNN on the image of both eyes, trained from scratch in every fold."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from myoscene.learn.engine.stack import Dropout, stacking

EMBEDDING = 64


class Block(nn.Module):
    """Two convolutions beside an identity (He et al. 2016), the second one starting at 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.second_norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, width, rows, columns)`` -> the same shape."""
        inner = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(x + self.second_norm(self.second(inner)))


class EyeCnn(nn.Module):
    """Stages of halving resolution, pooled in quarters of each eye, so that brow and lid and both sides stay apart.

    Widths and depths are our choice.
    """

    def __init__(self, classes: int, n_eyes: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        before = 1
        for width in widths:
            stages += [
                nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                Block(width),
            ]
            before = width
        self.stages = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d((2, 2 * n_eyes))
        self.compress = nn.Linear(before * 4 * n_eyes, EMBEDDING)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(EMBEDDING, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def embed(self, images: Tensor) -> Tensor:
        """Embeddings ``(frames, 64)`` of ``images`` ``(frames, 1, height, width)``."""
        if not stacking():
            # Channels last: convolutions of few channels are faster so on a CPU.
            images = images.contiguous(memory_format=torch.channels_last)
        return functional.relu(self.compress(self.pool(self.stages(images)).flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Scores ``(frames, classes)``."""
        return self.head(self.dropout(self.embed(images)))


def seeded(seed: int, classes: int, n_eyes: int, widths: Sequence[int], dropout: float) -> EyeCnn:
    """A network whose initial weights follow from ``seed``."""
    torch.manual_seed(seed)
    return EyeCnn(classes, n_eyes, widths, dropout)
