"""``lstm``: a recurrent network on windows of the signal's log power, time being the sequence axis.

That an LSTM takes the sequence is Singh et al. 2026; the layers are our choice.
"""

from torch import Tensor, nn

from myoscene.core.settings import from_plain
from myoscene.learn.engine.card import Card, Fitted, SignalInput
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.signals import SignalPredictor, fit_signals
from myoscene.learn.engine.stack import Dropout
from myoscene.learn.engine.steps import StepNetwork, check_steps
from myoscene.learn.engine.task import Task
from myoscene.learn.models.settings import LstmSettings

MODELS = {
    "lstm": {"kind": "signal", "order": 5, "label": "LSTM"},
}


class Lstm(StepNetwork):
    """One LSTM (Hochreiter & Schmidhuber 1997) through the steps of each window; its last state tells the class."""

    stacks = False  # torch has no rule for vectorising its LSTM over networks

    def __init__(self, sizes: SignalInput, classes: int, settings: LstmSettings) -> None:
        super().__init__(sizes, settings)
        self.lstm = nn.LSTM(len(sizes.channels), settings.width, batch_first=True)
        self.dropout = Dropout(settings.dropout)
        self.head = nn.Conv1d(settings.width, classes, 1)

    def forward(self, signal: Tensor) -> Tensor:
        """See the base class."""
        windows = self.sequence(signal).unfold(2, self.steps, 1)  # (batch, channels, windows, steps)
        batch, channels, number, steps = windows.shape
        each = windows.permute(0, 2, 3, 1).reshape(batch * number, steps, channels)
        _, (last, _) = self.lstm(each)
        return self.head(self.dropout(last[0].reshape(batch, number, -1).transpose(1, 2)))


def fit(task: Task) -> Fitted:
    """See :func:`myoscene.learn.engine.signals.fit_signals`."""
    return fit_signals(task, from_plain(LstmSettings, task.spec.settings), Lstm)


def load(arrays: Arrays, card: Card) -> SignalPredictor:
    """See :class:`myoscene.learn.models.registry.Model`."""
    settings, channels = from_plain(LstmSettings, card.settings), len(card.signal.channels) if card.signal else 0
    check_steps(arrays, card, settings, "lstm.weight_ih_l0", (4 * settings.width, channels))
    return SignalPredictor(arrays, card, settings, Lstm)
