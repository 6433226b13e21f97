"""AdamW (Loshchilov & Hutter 2019), as torch computes it, without what its optimiser classes load.

Making any ``torch.optim.Optimizer`` imports torch's compiler, 1.2 processor seconds of every training job. The
functional form computes the same numbers (a test holds them against the class, bit for bit) and loads nothing.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.optim.adamw import adamw

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class AdamW:
    """Parameters, their moments and the learning rate, which may be set anew before every step.

    Parameters without a gradient are passed over; ``weight_decay`` is decoupled from it, in units of the rate.
    """

    def __init__(self, parameters: Iterable[Tensor], rate: float, weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.rate = rate
        self.weight_decay = weight_decay
        self.state = [_zeros(parameter) for parameter in self.parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """One update of every parameter that has a gradient."""
        moved = [place for place, parameter in enumerate(self.parameters) if parameter.grad is not None]
        steps, means, squares = ([self.state[place][name] for place in moved] for name in MOMENTS)
        adamw(
            [self.parameters[place] for place in moved],
            [gradient for place in moved if (gradient := self.parameters[place].grad) is not None],
            means,
            squares,
            [],
            steps,
            foreach=False,
            amsgrad=False,
            beta1=BETA_1,
            beta2=BETA_2,
            lr=self.rate,
            weight_decay=self.weight_decay,
            eps=EPSILON,
            maximize=False,
        )

    def moments(self) -> list[dict[str, Tensor]]:
        """A copy of every parameter's moments, in order; one that had no step yet has zeros."""
        return [{name: state[name].clone() for name in MOMENTS} for state in self.state]

    def restore(self, moments: list[dict[str, Tensor]]) -> None:
        """Put :meth:`moments` back."""
        given = zip(self.parameters, moments, strict=True)
        self.state = [{name: value.clone() for name, value in values.items()} for _, values in given]


def _zeros(parameter: Tensor) -> dict[str, Tensor]:
    zeros = torch.zeros_like(parameter, memory_format=torch.preserve_format)
    return {"step": torch.zeros(()), "exp_avg": zeros, "exp_avg_sq": zeros.clone()}
