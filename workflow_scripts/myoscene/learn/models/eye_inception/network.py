"""InceptionV3 (Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision"), in plain torch.

Its weights are nobody's default: they come from a file (:mod:`myoscene.learn.models.eye_inception.weights`). So that
such files
can be read, parameters and buffers have the names and shapes that torchvision gives them, and the arithmetic is that of
torchvision's network with pretrained weights. The architecture is written as tables: a block is a list of branches, a
branch a list of steps.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

# Side of the square input, in pixels, and the smallest that the network's grid reductions leave anything of.
SIDE, SMALLEST = 299, 75
# Values of an embedding, and classes of the ImageNet head that weights files come with.
WIDTH, IMAGENET_CLASSES = 2048, 1000
# Mean and standard deviation of ImageNet's red, green and blue (0 to 1): in these units networks of torchvision read.
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# The weights were trained on values from -1 to 1: (x - 0.5) / 0.5.
MIDDLE = 0.5
EPSILON = 0.001

Kernel = tuple[int, int]


class Conv(NamedTuple):
    """A convolution: its name, channels out, kernel. With stride 1 it keeps the grid, with stride 2 it is unpadded."""

    name: str
    width: int
    kernel: Kernel = (1, 1)
    stride: int = 1


class Fork(NamedTuple):
    """Two convolutions of the same input, their outputs side by side."""

    one: Conv
    other: Conv


class Pool(NamedTuple):
    """Pooling over 3 x 3: the ``average`` at every place, or the ``maximum`` at every second one."""

    kind: str


Step = Conv | Fork | Pool
Branch = tuple[Step, ...]
Block = tuple[Branch, ...]

AVERAGE, MAXIMUM = Pool("average"), Pool("maximum")
ROW, COLUMN = (1, 7), (7, 1)


def _coarse(pooled: int) -> Block:
    """The blocks of the 35 x 35 grid (figure 5 of the paper, with a 5 x 5 branch)."""
    return (
        (Conv("branch1x1", 64),),
        (Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, (5, 5))),
        (Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, (3, 3)), Conv("branch3x3dbl_3", 96, (3, 3))),
        (AVERAGE, Conv("branch_pool", pooled)),
    )


def _factorised(width: int) -> Block:
    """The blocks of the 17 x 17 grid: 7 x 7 convolutions as 1 x 7 and 7 x 1 (figure 6)."""
    double = ((1, 1), COLUMN, ROW, COLUMN, ROW)
    return (
        (Conv("branch1x1", 192),),
        (Conv("branch7x7_1", width), Conv("branch7x7_2", width, ROW), Conv("branch7x7_3", 192, COLUMN)),
        tuple(
            Conv(f"branch7x7dbl_{number}", 192 if number == len(double) else width, kernel)
            for number, kernel in enumerate(double, start=1)
        ),
        (AVERAGE, Conv("branch_pool", 192)),
    )


def _expanded() -> Block:
    """The blocks of the 8 x 8 grid, with forked filter banks (figure 7)."""
    return (
        (Conv("branch1x1", 320),),
        (
            Conv("branch3x3_1", 384),
            Fork(Conv("branch3x3_2a", 384, (1, 3)), Conv("branch3x3_2b", 384, (3, 1))),
        ),
        (
            Conv("branch3x3dbl_1", 448),
            Conv("branch3x3dbl_2", 384, (3, 3)),
            Fork(Conv("branch3x3dbl_3a", 384, (1, 3)), Conv("branch3x3dbl_3b", 384, (3, 1))),
        ),
        (AVERAGE, Conv("branch_pool", 192)),
    )


# Grid reductions (figure 10): 35 to 17, and 17 to 8.
_REDUCTION_A: Block = (
    (Conv("branch3x3", 384, (3, 3), 2),),
    (Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, (3, 3)), Conv("branch3x3dbl_3", 96, (3, 3), 2)),
    (MAXIMUM,),
)
_REDUCTION_B: Block = (
    (Conv("branch3x3_1", 192), Conv("branch3x3_2", 320, (3, 3), 2)),
    (
        Conv("branch7x7x3_1", 192),
        Conv("branch7x7x3_2", 192, ROW),
        Conv("branch7x7x3_3", 192, COLUMN),
        Conv("branch7x7x3_4", 192, (3, 3), 2),
    ),
    (MAXIMUM,),
)

# The stem's convolutions: name, channels out, kernel, stride, padding, and whether a maximum is taken after it.
_STEM = (
    ("Conv2d_1a_3x3", 32, 3, 2, 0, False),
    ("Conv2d_2a_3x3", 32, 3, 1, 0, False),
    ("Conv2d_2b_3x3", 64, 3, 1, 1, True),
    ("Conv2d_3b_1x1", 80, 1, 1, 0, False),
    ("Conv2d_4a_3x3", 192, 3, 1, 0, True),
)
_BLOCKS: dict[str, Block] = {
    "Mixed_5b": _coarse(32),
    "Mixed_5c": _coarse(64),
    "Mixed_5d": _coarse(64),
    "Mixed_6a": _REDUCTION_A,
    "Mixed_6b": _factorised(128),
    "Mixed_6c": _factorised(160),
    "Mixed_6d": _factorised(160),
    "Mixed_6e": _factorised(192),
    "Mixed_7a": _REDUCTION_B,
    "Mixed_7b": _expanded(),
    "Mixed_7c": _expanded(),
}
# The auxiliary classifier hangs on the last block of the 17 x 17 grid.
_AUXILIARY_WIDTH = 768


class ConvUnit(nn.Module):
    """Convolution without bias, batch normalisation, rectifier."""

    def __init__(self, width: int, out: int, kernel: Kernel, stride: int, padding: Kernel) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, out, kernel, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, width, height, width)`` -> ``(batch, out, ...)``."""
        return functional.relu(self.bn(self.conv(x)), inplace=True)


class Mixed(nn.Module):
    """One block: its branches side by side. ``width`` is the number of channels it gives."""

    def __init__(self, width: int, block: Block) -> None:
        super().__init__()
        self.block = block
        self.width = sum(self._build(width, branch) for branch in block)

    def _build(self, width: int, branch: Branch) -> int:
        """Add the convolutions of ``branch``; the channels that it gives."""
        for step in branch:
            if isinstance(step, Conv):
                width = self._add(width, step)
            elif isinstance(step, Fork):
                width = self._add(width, step.one) + self._add(width, step.other)
        return width

    def _add(self, width: int, step: Conv) -> int:
        high, wide = step.kernel
        padding = (high // 2, wide // 2) if step.stride == 1 else (0, 0)
        self.add_module(step.name, ConvUnit(width, step.width, step.kernel, step.stride, padding))
        return step.width

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, height, width)`` -> ``(batch, self.width, ...)``."""
        return torch.cat([self._follow(branch, x) for branch in self.block], dim=1)

    def _follow(self, branch: Branch, x: Tensor) -> Tensor:
        for step in branch:
            if isinstance(step, Conv):
                x = self.get_submodule(step.name)(x)
            elif isinstance(step, Fork):
                x = torch.cat([self.get_submodule(step.one.name)(x), self.get_submodule(step.other.name)(x)], dim=1)
            elif step == AVERAGE:
                # Places beyond the border count as zeros, as when the weights were trained.
                x = functional.avg_pool2d(x, 3, stride=1, padding=1)
            else:
                x = functional.max_pool2d(x, 3, stride=2)
        return x


class Auxiliary(nn.Module):
    """The auxiliary classifier of the network's training from scratch; neither embeddings nor fine-tuning use it."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv0 = ConvUnit(_AUXILIARY_WIDTH, 128, (1, 1), 1, (0, 0))
        self.conv1 = ConvUnit(128, _AUXILIARY_WIDTH, (5, 5), 1, (0, 0))
        self.fc = nn.Linear(_AUXILIARY_WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Scores ``(batch, classes)`` of the 17 x 17 grid ``(batch, 768, 17, 17)``."""
        x = self.conv1(self.conv0(functional.avg_pool2d(x, 5, stride=3)))
        return self.fc(x.mean(dim=(2, 3)))


class InceptionV3(nn.Module):
    """The whole network.

    Args:
        classes: of its head ``fc``.
        dropout: share of the embedding left out in training.
        auxiliary: whether the auxiliary classifier is there (weights files have one).
    """

    offset: Tensor
    gain: Tensor

    def __init__(self, classes: int = IMAGENET_CLASSES, dropout: float = 0.5, auxiliary: bool = True) -> None:
        super().__init__()
        width = 3
        for name, out, kernel, stride, padding, _ in _STEM:
            self.add_module(name, ConvUnit(width, out, (kernel, kernel), stride, (padding, padding)))
            width = out
        for name, block in _BLOCKS.items():
            mixed = Mixed(width, block)
            self.add_module(name, mixed)
            width = mixed.width
        if auxiliary:
            self.AuxLogits = Auxiliary(classes)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(WIDTH, classes)
        # From ImageNet's units to those of the weights; no parameters of the network, so not kept with them.
        mean, spread = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(SPREAD).view(3, 1, 1)
        self.register_buffer("gain", spread / MIDDLE, persistent=False)
        self.register_buffer("offset", (mean - MIDDLE) / MIDDLE, persistent=False)

    def grid(self, x: Tensor, last: str = "Mixed_7c") -> Tensor:
        """What block ``last`` makes of images ``x`` ``(batch, 3, height, width)`` in ImageNet's units."""
        x = x * self.gain + self.offset
        for name, *_, pooled in _STEM:
            x = self.get_submodule(name)(x)
            if pooled:
                x = functional.max_pool2d(x, 3, stride=2)
        for name in _BLOCKS:
            x = self.get_submodule(name)(x)
            if name == last:
                break
        return x

    def embed(self, x: Tensor) -> Tensor:
        """Embeddings ``(batch, 2048)``: the mean over the last grid."""
        return self.grid(x).mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Scores ``(batch, classes)`` of images ``x`` ``(batch, 3, height, width)`` in ImageNet's units."""
        return self.fc(self.dropout(self.embed(x)))
