"""InceptionV3 (Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision"), in plain torch.

Its weights come from a file (:mod:`myoscene.learn.models.eye_inception.weights`). So that such files can be read, its
parameters and buffers have torchvision's names and shapes, and the arithmetic is that of torchvision's network with
pretrained weights. The architecture is written as tables: a block is its branches, a branch its steps.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

# Side of the square input, in pixels.
SIDE = 299
# Values of an embedding, and classes of the ImageNet head that weights files come with.
WIDTH, IMAGENET_CLASSES = 2048, 1000
# Mean and standard deviation of ImageNet's red, green and blue (0 to 1): in these units networks of torchvision read.
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# The weights were trained on values from -1 to 1: (x - 0.5) / 0.5.
MIDDLE = 0.5
EPSILON = 0.001

Kernel = tuple[int, int]
ONE, THREE, FIVE, ROW, COLUMN = (1, 1), (3, 3), (5, 5), (1, 7), (7, 1)


class Conv(NamedTuple):
    """A convolution: its name, channels out, kernel. With stride 1 it keeps the grid, with stride 2 it is unpadded."""

    name: str
    width: int
    kernel: Kernel = ONE
    stride: int = 1


# Side by side: convolutions of the same input. A word: a mean over 3 x 3 at every place, a maximum at every second one.
Step = tuple[Conv, ...] | Literal["average", "maximum"]
Branch = tuple[Step, ...]
Block = tuple[Branch, ...]


def _chain(name: str, *convs: tuple[int, Kernel], stride: int = 1) -> Branch:
    """Convolutions one after the other, ``<name>_1`` and so on; the last one has the ``stride``."""
    strides = [*[1] * (len(convs) - 1), stride]
    return tuple((Conv(f"{name}_{i + 1}", *conv, strides[i]),) for i, conv in enumerate(convs))


def _forked(name: str, width: int = 384) -> Step:
    return (Conv(f"{name}a", width, (1, 3)), Conv(f"{name}b", width, (3, 1)))


def _coarse(pooled: int) -> Block:
    """The blocks of the 35 x 35 grid (figure 5 of the paper, with a 5 x 5 branch)."""
    return (
        ((Conv("branch1x1", 64),),),
        _chain("branch5x5", (48, ONE), (64, FIVE)),
        _chain("branch3x3dbl", (64, ONE), (96, THREE), (96, THREE)),
        ("average", (Conv("branch_pool", pooled),)),
    )


def _factorised(width: int) -> Block:
    """The blocks of the 17 x 17 grid: 7 x 7 convolutions as 1 x 7 and 7 x 1 (figure 6)."""
    return (
        ((Conv("branch1x1", 192),),),
        _chain("branch7x7", (width, ONE), (width, ROW), (192, COLUMN)),
        _chain("branch7x7dbl", (width, ONE), (width, COLUMN), (width, ROW), (width, COLUMN), (192, ROW)),
        ("average", (Conv("branch_pool", 192),)),
    )


# The blocks of the 8 x 8 grid, with forked filter banks (figure 7).
_EXPANDED: Block = (
    ((Conv("branch1x1", 320),),),
    (*_chain("branch3x3", (384, ONE)), _forked("branch3x3_2")),
    (*_chain("branch3x3dbl", (448, ONE), (384, THREE)), _forked("branch3x3dbl_3")),
    ("average", (Conv("branch_pool", 192),)),
)
# Grid reductions (figure 10): 35 to 17, and 17 to 8.
_REDUCTION_A: Block = (
    ((Conv("branch3x3", 384, THREE, 2),),),
    _chain("branch3x3dbl", (64, ONE), (96, THREE), (96, THREE), stride=2),
    ("maximum",),
)
_REDUCTION_B: Block = (
    _chain("branch3x3", (192, ONE), (320, THREE), stride=2),
    _chain("branch7x7x3", (192, ONE), (192, ROW), (192, COLUMN), (192, THREE), stride=2),
    ("maximum",),
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
    "Mixed_7b": _EXPANDED,
    "Mixed_7c": _EXPANDED,
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

    def __init__(self, inputs: int, block: Block) -> None:
        super().__init__()
        self.block, self.width = block, 0
        for branch in block:
            width = inputs
            for step in branch:
                if isinstance(step, str):
                    continue
                for name, out, (high, wide), stride in step:
                    padding = (high // 2, wide // 2) if stride == 1 else (0, 0)
                    self.add_module(name, ConvUnit(width, out, (high, wide), stride, padding))
                width = sum(conv.width for conv in step)
            self.width += width

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, height, width)`` -> ``(batch, self.width, ...)``."""
        return torch.cat([self._follow(branch, x) for branch in self.block], dim=1)

    def _follow(self, branch: Branch, x: Tensor) -> Tensor:
        for step in branch:
            if step == "average":
                # Places beyond the border count as zeros, as when the weights were trained.
                x = functional.avg_pool2d(x, 3, stride=1, padding=1)
            elif step == "maximum":
                x = functional.max_pool2d(x, 3, stride=2)
            else:
                x = torch.cat([self.get_submodule(conv.name)(x) for conv in step], dim=1)
        return x


class Auxiliary(nn.Module):
    """The auxiliary classifier, a help for training from scratch: files have its weights, and nothing here uses it."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv0 = ConvUnit(_AUXILIARY_WIDTH, 128, (1, 1), 1, (0, 0))
        self.conv1 = ConvUnit(128, _AUXILIARY_WIDTH, (5, 5), 1, (0, 0))
        self.fc = nn.Linear(_AUXILIARY_WIDTH, classes)


class InceptionV3(nn.Module):
    """The whole network; weights files have the ``auxiliary`` classifier, too."""

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

    def embed(self, x: Tensor) -> Tensor:
        """Embeddings ``(batch, 2048)``, the mean over the last grid, of ``x`` as :meth:`forward` takes it."""
        x = x * self.gain + self.offset
        for name, *_, pooled in _STEM:
            x = self.get_submodule(name)(x)
            if pooled:
                x = functional.max_pool2d(x, 3, stride=2)
        for name in _BLOCKS:
            x = self.get_submodule(name)(x)
        return x.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Scores ``(batch, classes)`` of images ``x`` ``(batch, 3, height, width)`` in ImageNet's units."""
        return self.fc(self.dropout(self.embed(x)))
