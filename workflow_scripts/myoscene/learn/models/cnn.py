"""``cnn``: a small convolutional network on windows of the signal's log power, time being the sequence axis.

That a CNN takes the pattern over the muscles is Singh et al. 2026; the layers are our choice.
"""

from torch import Tensor, nn
from torch.nn import functional

from myoscene.core.settings import from_plain
from myoscene.learn.engine.card import Card, Fitted, SignalInput
from myoscene.learn.engine.check import need, size
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.signals import SignalPredictor, fit_signals
from myoscene.learn.engine.stack import Dropout
from myoscene.learn.engine.steps import StepNetwork, check_steps
from myoscene.learn.engine.task import Task
from myoscene.learn.models.settings import CnnSettings

MODELS = {
    "cnn": {"kind": "signal", "order": 4, "label": "CNN"},
}


class Cnn(StepNetwork):
    """Convolutions over all muscles and a few steps, averaged over the window; as many as fit into it."""

    def __init__(self, sizes: SignalInput, classes: int, settings: CnnSettings) -> None:
        super().__init__(sizes, settings)
        width, kernel = settings.width, min(settings.kernel_steps, self.steps)
        fit = (self.steps - 1) // (kernel - 1) if kernel > 1 else settings.layers
        inputs = [len(sizes.channels), *[width] * (max(1, min(settings.layers, fit)) - 1)]
        self.layers = nn.ModuleList(nn.Conv1d(before, width, kernel) for before in inputs)
        self.outputs = self.steps - len(inputs) * (kernel - 1)
        self.dropout = Dropout(settings.dropout)
        self.head = nn.Conv1d(width, classes, 1)

    def forward(self, signal: Tensor) -> Tensor:
        """See the base class."""
        x = self.sequence(signal)
        for layer in self.layers:
            x = functional.gelu(layer(x))
        return self.head(self.dropout(functional.avg_pool1d(x, self.outputs, stride=1)))


def fit(task: Task) -> Fitted:
    """See :func:`myoscene.learn.engine.signals.fit_signals`."""
    return fit_signals(task, from_plain(CnnSettings, task.spec.settings), Cnn)


def load(arrays: Arrays, card: Card) -> SignalPredictor:
    """See :class:`myoscene.learn.models.registry.Model`."""
    settings = from_plain(CnnSettings, card.settings)
    _, channels, kernel = arrays["0/layers.0.weight"].shape
    sizes = check_steps(arrays, card, settings, "layers.0.weight", (settings.width, channels, kernel))
    need(channels == len(sizes.channels), "the weights have other sizes than the card")
    need(size(settings.kernel_steps, "kernel_steps") >= kernel, "the weights have other sizes than the card")
    size(settings.layers, "layers", 100)
    return SignalPredictor(arrays, card, settings, Cnn)
