"""A causal temporal convolutional network (Bai et al. 2018) from the signals' recent past to the targets' positions."""

import copy

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.arrays import Floats, Whole
from myoscene.mapping.settings import MappingSettings

# Rows of a step, and the share of groups that nested validation holds out (our choices).
BATCH = 64
HELD_OUT = 0.2
# Passes where there is nothing to validate on: enough to correct what others taught, too few to repeat noise.
FEW = 10


class Tcn(nn.Module):
    """``(rows, columns, times)``, the latest last, to ``(rows, targets)``: positions, not velocities.

    Every layer looks twice as far back as the one before; none is filled up, so that the last one is left with the
    latest time alone.
    """

    def __init__(self, columns: int, times: int, channels: int, targets: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        left, step = times, 1
        while left > 1:
            # The last layer takes what is left.
            kernel = 2 if left > step else 1
            if kernel == 1:
                step, kernel = 1, left
            layers.append(nn.Conv1d(columns if not layers else channels, channels, kernel, dilation=step))
            left, step = left - step * (kernel - 1), step * 2
        self.layers = nn.ModuleList(layers or [nn.Conv1d(columns, channels, 1)])
        # The latest values also go straight to the output: saturation bends a line and does not replace it.
        self.straight = nn.Linear(columns, targets)
        self.out = nn.Linear(channels, targets)
        for last in (self.out, self.straight):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        found = x
        for layer in self.layers:
            found = functional.gelu(layer(found))
        out: Tensor = self.out(found[..., -1]) + self.straight(x[..., -1])
        return out


class _Fitted:
    """The network with the scale of its targets."""

    def __init__(self, network: Tcn, centre: Floats, spread: Floats) -> None:
        self._network, self._centre, self._spread = network, centre, spread

    def __call__(self, new: Floats) -> Floats:
        with torch.no_grad():
            parts = [self._network(part).numpy() for part in _tensor(new).split(4096)]
        return np.concatenate(parts).astype(np.float64) * self._spread + self._centre


def fit(x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> _Fitted:
    """See :class:`myoscene.mapping.regressors.Fit`; early stopping on some of the groups of the training data."""
    torch.set_num_threads(1)
    held_out = _held_out(groups, settings.seed)
    rows = np.flatnonzero(~held_out & (groups >= 0)) if held_out.any() else np.arange(len(x))
    held = np.flatnonzero(held_out)
    centre, spread = y[rows].mean(axis=0), y[rows].std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    given = _tensor(x), torch.from_numpy(((y - centre) / spread).astype(np.float32))
    weight = torch.from_numpy(weights.astype(np.float32))
    generator = torch.Generator().manual_seed(settings.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = Tcn(x.shape[2], x.shape[1], settings.tcn.channels, y.shape[1])
    epochs = settings.tcn.epochs if len(held) else min(FEW, settings.tcn.epochs)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.tcn.learning_rate, weight_decay=0.01)
    steps = epochs * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    best, least, since = copy.deepcopy(network), np.inf, 0
    for _ in range(epochs):
        for batch in torch.from_numpy(rows)[torch.randperm(len(rows), generator=generator)].split(BATCH):
            loss = _loss(network, given, weight, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        if not len(held):
            best = network
            continue
        with torch.no_grad():
            error = float(_loss(network, given, weight, torch.from_numpy(held)))
        since = 0 if error < least else since + 1
        if since == 0:
            best, least = copy.deepcopy(network), error
        if since >= settings.tcn.patience:
            break
    return _Fitted(best, centre, spread)


def _tensor(x: Floats) -> Tensor:
    """``(rows, delays, columns)``, the latest first, as ``(rows, columns, times)``, the latest last."""
    return torch.from_numpy(np.ascontiguousarray(x[:, ::-1].transpose(0, 2, 1), dtype=np.float32))


def _loss(network: Tcn, given: tuple[Tensor, Tensor], weight: Tensor, rows: Tensor) -> Tensor:
    off = functional.mse_loss(network(given[0][rows]), given[1][rows], reduction="none").mean(dim=1)
    return (off * weight[rows]).sum() / weight[rows].sum()


def _held_out(groups: Whole, seed: int) -> np.ndarray:
    """Which rows nested validation holds out; none where there is one group only."""
    names = np.unique(groups[groups >= 0])
    if len(names) < 2:
        return np.zeros(len(groups), dtype=bool)
    number = max(1, round(HELD_OUT * len(names)))
    return np.isin(groups, np.random.default_rng(seed).choice(names, number, replace=False))
