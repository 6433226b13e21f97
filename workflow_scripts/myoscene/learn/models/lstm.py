"""``lstm``: a recurrent network on windows of the signal's log power, time being the sequence axis.

That an LSTM takes the sequence is Singh et al. 2026; the layers are our choice.
"""

from torch import Tensor, nn

from myoscene.learn.engine.card import Card, Fitted, Section, SignalInput
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.signals import SignalPredictor, fit_signals
from myoscene.learn.engine.stack import Dropout
from myoscene.learn.engine.steps import StepNetwork, check_steps
from myoscene.learn.engine.task import Task

MODELS = {
    "lstm": {
        "kind": "signal",
        "module": "lstm",
        "predictor": "LstmPredictor",
        "section": "lstm",
        "settings": "lstm_settings:LstmSettings",
        "order": 5,
        "label": "LSTM",
    },
}


class Lstm(StepNetwork):
    """One LSTM (Hochreiter & Schmidhuber 1997) through the steps of each window; its last state tells the class."""

    stacks = False  # torch has no rule for vectorising its LSTM over networks

    def __init__(self, sizes: SignalInput, classes: int, settings: Section) -> None:
        super().__init__(sizes, settings)
        self.lstm = nn.LSTM(len(sizes.channels), settings["width"], batch_first=True)
        self.dropout = Dropout(settings["dropout"])
        self.head = nn.Conv1d(settings["width"], classes, 1)

    def forward(self, signal: Tensor) -> Tensor:
        """See the base class."""
        windows = self.sequence(signal).unfold(2, self.steps, 1)  # (batch, channels, windows, steps)
        batch, channels, number, steps = windows.shape
        each = windows.permute(0, 2, 3, 1).reshape(batch * number, steps, channels)
        _, (last, _) = self.lstm(each)
        return self.head(self.dropout(last[0].reshape(batch, number, -1).transpose(1, 2)))


def fit(task: Task) -> Fitted:
    """See :func:`myoscene.learn.engine.signals.fit_signals`."""
    return fit_signals(task, Lstm)


class LstmPredictor(SignalPredictor):
    """A trained ``lstm``."""

    def __init__(self, arrays: Arrays, card: Card) -> None:
        super().__init__(arrays, card, Lstm)


def check(arrays: Arrays, card: Card) -> None:
    """See :func:`myoscene.learn.models.registry.load_predictor`."""
    channels = len(card.signal.channels) if card.signal else 0
    check_steps(arrays, card, "lstm.weight_ih_l0", (4 * card.settings["width"], channels))
