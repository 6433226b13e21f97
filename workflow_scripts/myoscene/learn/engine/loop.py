"""The one training loop: class-balanced loss, AdamW, one cycle, early stopping, one network or several at a time.

All that is random in an epoch is drawn from seeds made of the run's seed and the epoch's number, so that it is the
same whether the job ran through or was killed and went on.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.errors import InputError
from myoscene.learn.engine.card import Entry
from myoscene.learn.engine.device import prepare
from myoscene.learn.engine.optimiser import AdamW
from myoscene.learn.engine.resume import State, load_state, save_state
from myoscene.learn.engine.settings import TrainingSettings
from myoscene.learn.engine.stack import Lane, stacked_scores
from myoscene.learn.engine.task import Execution

LOG = logging.getLogger(__name__)

# One cycle (Smith & Topin 2018): share of the steps that rise, and how far below the peak it starts and ends.
WARM_UP, START_DIVISOR, END_DIVISOR = 0.3, 25.0, 1e4


@dataclass(frozen=True)
class Shown:
    """A training batch: what the forward pass is called with, and the class of each score; -100 where none counts.

    ``targets`` are ``(batch,)`` or ``(batch, windows)``; ``other`` are those of what was blended in, by a ``share``
    (mixup).
    """

    inputs: tuple[Tensor, ...]
    targets: Tensor
    other: Tensor | None = None
    share: float = 0.0


class Course(Protocol):
    """What a network is shown: its training data, augmented, and the validation people's."""

    weights: Tensor  # (classes,) of the loss, under which every class counts alike

    def batches(self, generator: torch.Generator) -> Sequence[Any]:
        """The batches of one epoch."""

    def shown(self, batch: Any, generator: torch.Generator) -> Shown:
        """One of them, read and augmented."""

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """``validation_loss`` and ``validation_balanced_accuracy`` of the network as it is."""

    def digests(self) -> list[str]:
        """SHA-256 of what the network is shown on either side."""


def one_cycle(step: int, steps: int, peak: float) -> float:
    """Learning rate of ``step`` (from 0) of ``steps``: cosine up to ``peak``, cosine down."""
    rise = max(1.0, WARM_UP * steps)
    if step < rise:
        low, high, share = peak / START_DIVISOR, peak, step / rise
    else:
        low, high, share = peak / END_DIVISOR, peak, 1 - (step - rise) / max(1.0, steps - rise)
    return low + (high - low) * (1 - math.cos(math.pi * share)) / 2


class Run:
    """The training of one network: its course, its seed, where it is, and where that is kept."""

    def __init__(
        self, network: nn.Module, course: Course, settings: TrainingSettings, seed: int, execution: Execution
    ) -> None:
        self.device = prepare(execution.device)
        self.network, self.course, self.settings = network.to(self.device), course, settings
        self.seed, self.execution = seed, execution
        self.weights = course.weights.to(self.device)
        self.optimiser = AdamW(self.network.parameters(), settings.learning_rate, settings.weight_decay)
        state = load_state(execution.resume, execution.binding) if execution.resume else None
        if state:
            self.network.load_state_dict(state.weights)
            self.optimiser.restore(state.optimiser)
            LOG.info("going on after epoch %d of %d", state.epoch, settings.epochs)
        self.state = state or State(0, {}, self._copy(), [], [])

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or the validation loss has not fallen for as long as patience lasts."""
        losses = [entry["validation_loss"] for entry in self.state.history]
        stopped = bool(losses) and len(losses) - 1 - losses.index(min(losses)) >= self.settings.patience
        return stopped or self.state.epoch >= self.settings.epochs

    def loss(self, scores: Tensor, shown: Shown) -> Tensor:
        """Class-balanced cross-entropy of what was shown."""

        def against(targets: Tensor) -> Tensor:
            smoothing = self.settings.label_smoothing
            to = targets.to(self.device)
            return functional.cross_entropy(scores, to, weight=self.weights, label_smoothing=smoothing)

        loss = (1 - shown.share) * against(shown.targets)
        return loss + shown.share * against(shown.other) if shown.other is not None else loss

    def end_epoch(self, loss: float, rate: float) -> None:
        """Judge the network after an epoch, note it, and keep the state where it is due.

        Raises:
            InputError: a loss is not a number any more.
        """
        scores = self.course.validate(self.network.eval(), self.device)
        settings, state, execution = self.settings, self.state, self.execution
        if not (math.isfinite(loss) and math.isfinite(scores["validation_loss"])):
            raise InputError(
                f"training diverged in epoch {state.epoch + 1}: its loss is {loss}, that of validation "
                f"{scores['validation_loss']}; make the model's learning_rate (now {settings.learning_rate}) smaller"
            )
        entry: Entry = {"epoch": state.epoch + 1, "training_loss": loss, "learning_rate": rate, **scores}
        if all(entry["validation_loss"] < past["validation_loss"] for past in state.history):
            state.best = self._copy()
        state.history.append(entry)
        state.epoch += 1
        if execution.resume and state.epoch % execution.resume_every_epochs == 0:
            state.weights, state.optimiser = self._copy(), self.optimiser.moments()
            save_state(execution.resume, state, execution.binding)
        if state.epoch % execution.log_every_epochs == 0 or state.epoch == settings.epochs:
            LOG.info(
                "epoch %d of %d: training loss %.4f, validation loss %.4f, validation balanced accuracy %.3f",
                *(state.epoch, settings.epochs, loss),
                *scores.values(),
            )

    def _copy(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone().cpu() for name, tensor in self.network.state_dict().items()}


def train(runs: Sequence[Run], stacked: bool = False) -> list[tuple[dict[str, Tensor], list[Entry]]]:
    """Train every run to its end; ``stacked`` those that are at the same epoch go through it together.

    Returns:
        Of each run the weights of the epoch with the smallest class-balanced validation loss, and the history, an
        entry an epoch.
    """
    for together in [list(runs)] if stacked else [[run] for run in runs]:
        while active := [run for run in together if not run.finished]:
            epoch = min(run.state.epoch for run in active)
            now = [run for run in active if run.state.epoch == epoch]
            for run, (loss, rate) in zip(now, run_epoch(now, epoch), strict=True):
                run.end_epoch(loss, rate)
    return [(run.state.best, run.state.history) for run in runs]


def run_epoch(runs: Sequence[Run], epoch: int) -> list[tuple[float, float]]:
    """One pass of each of ``runs`` over its training people; its mean loss and its last learning rate."""
    lanes = [Lane(run.network, torch.Generator().manual_seed(run.seed * 1_000_003 + epoch)) for run in runs]
    torch.manual_seed(runs[0].seed * 1_000_003 + epoch)  # of one alone, dropout draws from the global generator
    drawn = [torch.Generator().manual_seed(run.seed * 1_000_003 + 500_000 + epoch) for run in runs]
    batches = [run.course.batches(generator) for run, generator in zip(runs, drawn, strict=True)]
    totals, rates = [0.0] * len(runs), [0.0] * len(runs)
    for run in runs:
        run.network.train()
    for place in range(max(map(len, batches))):
        moving = [number for number in range(len(runs)) if place < len(batches[number])]
        shown = [runs[number].course.shown(batches[number][place], drawn[number]) for number in moving]
        inputs = [tuple(part.to(runs[0].device) for part in one.inputs) for one in shown]
        alone = len(runs) == 1
        scores = [runs[0].network(*inputs[0])] if alone else stacked_scores([lanes[i] for i in moving], inputs)
        losses = [runs[number].loss(own, one) for number, own, one in zip(moving, scores, shown, strict=True)]
        for number in moving:
            runs[number].optimiser.zero_grad()
        sum(losses[1:], losses[0]).backward()
        for number, loss in zip(moving, losses, strict=True):
            run, steps = runs[number], len(batches[number])
            rates[number] = one_cycle(epoch * steps + place, run.settings.epochs * steps, run.settings.learning_rate)
            run.optimiser.rate = rates[number]
            run.optimiser.step()
            totals[number] += float(loss.detach())
    return [(total / len(own), rate) for total, own, rate in zip(totals, batches, rates, strict=True)]


def balanced_weights(counts: Tensor) -> Tensor:
    """Weights ``(classes,)`` under which every class counts alike; 0 for one of which ``counts`` has none."""
    counts = counts.to(torch.float32)
    present = counts > 0
    return torch.where(present, counts.sum() / counts.clamp_min(1), torch.zeros(())) / present.sum()


def balanced_scores(loss: Tensor, hits: Tensor, counts: Tensor) -> dict[str, float]:
    """Means over the classes that are there, from summed losses, hits and counts ``(classes,)``."""
    present = counts > 0
    return {
        "validation_loss": float((loss[present] / counts[present]).mean()),
        "validation_balanced_accuracy": float((hits[present] / counts[present]).mean()),
    }
