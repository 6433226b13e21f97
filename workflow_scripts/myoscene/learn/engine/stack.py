"""Several networks of one shape in one pass: the members of an ensemble, seeds, or folds.

The pass is vectorised over their stacked weights (:func:`torch.func.vmap`). Each keeps its own data, dropout,
statistics of batch normalisation, gradients and optimiser: k together give what each gives alone, but for last bits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional


@dataclass
class Lane:
    """One network of a stack, and the generator that its dropout is drawn from."""

    network: nn.Module
    generator: torch.Generator
    short: int = 0  # windows that its input has fewer than the stack's


# The networks in the pass that is under way; none outside of a stack, where everything is as torch does it.
_LANES: list[Lane] = []


def stacking() -> bool:
    """Whether a stack's pass is under way, in which a tensor is that of all its networks."""
    return bool(_LANES)


class Dropout(nn.Dropout):
    """Dropout that draws for each network of a stack what it would draw for that network alone.

    In a network whose input may be filled up (``fills_up``) its input's last axis counts strides.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with a share ``p`` left out, in training."""
        if not (stacking() and self.training):
            return super().forward(x)
        return x * _Noise.apply(x, self.p)


class _Noise(torch.autograd.Function):
    """What dropout multiplies with; under ``vmap`` each network's comes from its own generator."""

    @staticmethod
    def forward(x: Tensor, p: float) -> Tensor:
        return _noise(x, p, _LANES[0])

    @staticmethod
    def setup_context(ctx: object, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Nothing is kept: no gradient goes through the noise."""

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> tuple[None, None]:
        return None, None

    @staticmethod
    def vmap(info: object, in_dims: tuple[Any, ...], x: Tensor, p: float) -> tuple[Tensor, int]:
        own = x.movedim(in_dims[0], 0)
        return torch.stack([_noise(part, p, lane) for part, lane in zip(own, _LANES, strict=True)]), 0


def _noise(x: Tensor, p: float, lane: Lane) -> Tensor:
    kept = torch.empty(x.shape[:-1] + (x.shape[-1] - lane.short,))
    kept = kept.bernoulli_(1 - p, generator=lane.generator).div_(1 - p)
    return functional.pad(kept, (0, lane.short)).to(x.device)


def stacked_scores(lanes: Sequence[Lane], inputs: Sequence[tuple[Tensor, ...]]) -> list[Tensor]:
    """Scores of each network for its own input; those whose inputs have one shape go through one pass.

    A signal is filled up with zeros to the longest (``fills_up`` of the network says that this changes no earlier
    score), and the scores of what was filled up are left out.
    """

    def shape(place: int) -> list[list[int]]:
        # Of what may be filled up, the last axis may differ.
        cut = -1 if getattr(lanes[place].network, "fills_up", False) else None
        return [list(part.shape[:cut]) for part in inputs[place]]

    found: dict[int, Tensor] = {}
    for _, group in groupby(sorted(range(len(lanes)), key=shape), key=shape):
        places = list(group)
        scores = _pass([lanes[place] for place in places], [inputs[place] for place in places])
        found |= dict(zip(places, scores, strict=True))
    return [found[place] for place in range(len(lanes))]


def _pass(lanes: list[Lane], inputs: list[tuple[Tensor, ...]]) -> list[Tensor]:
    """Scores of networks whose inputs have one shape, but for the length of what may be filled up."""
    base = lanes[0].network
    longest = max(one[0].shape[-1] for one in inputs)
    for lane, one in zip(lanes, inputs, strict=True):
        lane.short = base.windows_in(longest) - base.windows_in(one[0].shape[-1]) if one[0].shape[-1] < longest else 0  # type: ignore[operator]
    filled = [[functional.pad(part, (0, longest - one[0].shape[-1])) for part in one] for one in inputs]
    weights = _stacked(lane.network.named_parameters() for lane in lanes)
    buffers = _stacked(lane.network.named_buffers() for lane in lanes)
    _LANES[:] = lanes
    try:
        scores = vmap(lambda *given: functional_call(base, given[:2], given[2:]))(
            weights, buffers, *map(torch.stack, zip(*filled, strict=True))
        )
    finally:
        _LANES.clear()
    with torch.no_grad():  # what batch normalisation has learned of its own data
        for place, lane in enumerate(lanes):
            for name, buffer in lane.network.named_buffers():
                buffer.copy_(buffers[name][place])
    return [own[..., : own.shape[-1] - lane.short] for own, lane in zip(scores, lanes, strict=True)]


def _stacked(named: Iterable[Iterable[tuple[str, Tensor]]]) -> dict[str, Tensor]:
    each = [dict(one) for one in named]
    return {name: torch.stack([one[name] for one in each]) for name in each[0]}
