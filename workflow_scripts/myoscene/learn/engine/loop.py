"""The training loop of a network: class-balanced loss at every stride of whole events, AdamW, one cycle.

All that is random in an epoch is drawn from seeds made of the config's seed and the epoch's number. So an epoch is
the same whether the job ran through or was killed and went on, and no generator's state has to be kept.
"""

import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.errors import InputError
from myoscene.learn.cohort.stretches import Stretch, batch_order, class_weights, collate, n_windows
from myoscene.learn.engine.optimiser import AdamW
from myoscene.learn.engine.resume import State, load_state, save_state
from myoscene.learn.models.cnn_tcn.augment import augment, shift_time
from myoscene.learn.models.cnn_tcn.network import CnnTcn

LOG = logging.getLogger(__name__)

# One cycle (Smith & Topin 2018): share of the steps that rise, and how far below the peak it starts and ends.
WARM_UP, START_DIVISOR, END_DIVISOR = 0.3, 25.0, 1e4


@dataclass(frozen=True)
class Keeping:
    """Where and how often the state is kept, and how often a line of progress is written. Changes no result."""

    path: str | os.PathLike[str] | None = None
    binding: str = ""
    every_epochs: int = 1
    log_every_epochs: int = 5


def one_cycle(step: int, steps: int, peak: float) -> float:
    """Learning rate of ``step`` (from 0) of ``steps``: cosine up to ``peak``, cosine down."""
    rise = max(1.0, WARM_UP * steps)
    if step < rise:
        low, high, share = peak / START_DIVISOR, peak, step / rise
    else:
        low, high, share = peak / END_DIVISOR, peak, 1 - (step - rise) / max(1.0, steps - rise)
    return low + (high - low) * (1 - math.cos(math.pi * share)) / 2


def fit(
    network: nn.Module,
    run_epoch: Callable[[AdamW, int], tuple[float, float]],
    run_validation: Callable[[], dict[str, float]],
    settings: dict[str, Any],
    keeping: Keeping,
) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Train ``network`` epoch by epoch with AdamW and stop early; whatever it reads is the callers' business.

    Args:
        run_epoch: one pass over the training people, given the optimiser and the epoch (from 0); gives the mean loss
            and the last learning rate.
        run_validation: ``validation_loss`` and ``validation_balanced_accuracy`` of the network as it is.
        settings: ``learning_rate``, ``weight_decay``, ``epochs``, ``patience``.

    Returns:
        The weights of the epoch with the smallest class-balanced validation loss, and the history, an entry an
        epoch.

    Raises:
        InputError: a loss is no number any more.
    """
    optimiser = AdamW(network.parameters(), settings["learning_rate"], settings["weight_decay"])
    state = load_state(keeping.path, keeping.binding) if keeping.path else None
    if state:
        network.load_state_dict(state.weights)
        optimiser.restore(state.optimiser)
        LOG.info("going on after epoch %d of %d", state.epoch, settings["epochs"])
    else:
        state = State(0, {}, _copy(network), [], [])
    while state.epoch < settings["epochs"] and not _out_of_patience(state.history, settings["patience"]):
        loss, rate = run_epoch(optimiser, state.epoch)
        scores = run_validation()
        if not (math.isfinite(loss) and math.isfinite(scores["validation_loss"])):
            raise InputError(
                f"training diverged in epoch {state.epoch + 1}: its loss is {loss}, that of validation "
                f"{scores['validation_loss']}; make the model's learning_rate (now {settings['learning_rate']}) smaller"
            )
        entry = {"epoch": state.epoch + 1, "training_loss": loss, "learning_rate": rate, **scores}
        if all(entry["validation_loss"] < past["validation_loss"] for past in state.history):
            state.best = _copy(network)
        state.history.append(entry)
        state.epoch += 1
        if keeping.path and state.epoch % keeping.every_epochs == 0:
            state.weights, state.optimiser = _copy(network), optimiser.moments()
            save_state(keeping.path, state, keeping.binding)
        if state.epoch % keeping.log_every_epochs == 0 or state.epoch == settings["epochs"]:
            LOG.info(
                "epoch %d of %d: training loss %.4f, validation loss %.4f, validation balanced accuracy %.3f",
                *(state.epoch, settings["epochs"], loss),
                *(scores["validation_loss"], scores["validation_balanced_accuracy"]),
            )
    return state.best, state.history


def train_network(
    network: CnnTcn,
    training: list[Stretch],
    validation: list[Stretch],
    settings: dict[str, Any],
    seed: int,
    keeping: Keeping,
) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Train ``network`` on stretches and stop early on the ``validation`` people; returns as :func:`fit`."""
    weights = class_weights(training, network.head.out_channels, network.geometry)
    return fit(
        network,
        lambda optimiser, epoch: _epoch(network, optimiser, training, weights, settings, seed, epoch),
        lambda: validate(network, validation, settings["batch_size"]),
        settings,
        keeping,
    )


def discard_state(path: str | os.PathLike[str]) -> None:
    """Remove the kept state of a training that is finished."""
    Path(path).unlink(missing_ok=True)


def _epoch(
    network: CnnTcn,
    optimiser: AdamW,
    items: list[Stretch],
    weights: Tensor,
    settings: dict[str, Any],
    seed: int,
    epoch: int,
) -> tuple[float, float]:
    """One pass over ``items``; the mean loss and the last learning rate."""
    torch.manual_seed(seed * 1_000_003 + epoch)  # dropout draws from the global generator
    generator = torch.Generator().manual_seed(seed * 1_000_003 + 500_000 + epoch)
    network.train()
    batches = batch_order(items, settings["batch_size"], generator)
    shift, shortest = settings["time_shift_samples"], network.geometry.window
    total, rate = 0.0, 0.0
    for place, batch in enumerate(batches):
        optimiser.rate = rate = one_cycle(
            epoch * len(batches) + place, settings["epochs"] * len(batches), settings["learning_rate"]
        )
        cut = [shift_time(items[i].signal, shift, shortest, generator) for i in batch]
        signals, targets = collate(cut, [items[i].label for i in batch], network.geometry)
        scores = network(augment(signals, settings, generator))
        loss = functional.cross_entropy(scores, targets, weight=weights, label_smoothing=settings["label_smoothing"])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += float(loss.detach())
    return total / len(batches), rate


@torch.inference_mode()
def validate(network: CnnTcn, items: list[Stretch], batch_size: int) -> dict[str, float]:
    """Class-balanced loss and balanced accuracy of ``items``, window by window at every stride."""
    network.eval()
    n_classes = network.head.out_channels
    loss, hits, counts = torch.zeros(n_classes), torch.zeros(n_classes), torch.zeros(n_classes)
    for batch in batch_order(items, batch_size, None):
        labels = [items[i].label for i in batch]
        signals, targets = collate([items[i].signal for i in batch], labels, network.geometry)
        scores = network(signals).log_softmax(dim=1)
        right = scores.argmax(dim=1) == targets
        for row, label in enumerate(labels):
            kept = n_windows(items[batch[row]].signal.shape[1], network.geometry)
            loss[label] -= scores[row, label, :kept].sum()
            hits[label] += right[row, :kept].sum()
            counts[label] += kept
    return balanced_scores(loss, hits, counts)


def balanced_scores(loss: Tensor, hits: Tensor, counts: Tensor) -> dict[str, float]:
    """Means over the classes that are there, from summed losses, hits and counts ``(classes,)``."""
    present = counts > 0
    return {
        "validation_loss": float((loss[present] / counts[present]).mean()),
        "validation_balanced_accuracy": float((hits[present] / counts[present]).mean()),
    }


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def _out_of_patience(history: list[dict[str, Any]], patience: int) -> bool:
    """Whether the validation loss has not fallen for ``patience`` epochs."""
    if not history:
        return False
    losses = [entry["validation_loss"] for entry in history]
    return len(losses) - 1 - losses.index(min(losses)) >= patience
