"""What the sections of networks say of their training.

Of several bases the last one's keys come first. A key without a text has that of the base.
"""

from dataclasses import dataclass
from typing import Annotated

from myoscene.core.settings import Count, NotNegative, Positive, Within

Share = Annotated[float, Within(ge=0, le=0.9)]
Members = Annotated[int, Within(ge=1, le=20)]


@dataclass(frozen=True)
class TrainingSettings:
    """What the one training loop asks."""

    epochs: Count = 30
    """Passes over the training participants."""
    patience: Count = 12
    """Epochs without a smaller loss of the validation participants after which training stops."""
    batch_size: Count = 8
    """Labelled events in a batch."""
    learning_rate: Positive = 0.003
    """Peak of the one-cycle schedule. [one cycle: Smith & Topin 2018]"""
    weight_decay: NotNegative = 0.01
    """Decoupled weight decay of AdamW. [AdamW: Loshchilov & Hutter 2019]"""
    label_smoothing: Annotated[float, Within(ge=0, le=0.5)] = 0.05
    """Share of the target spread over all classes."""


@dataclass(frozen=True)
class EnsembleSettings:
    """Networks whose probabilities are averaged."""

    dropout: Share = 0.2
    """Share of activations left out in training."""
    members: Members = 1
    """Networks a fold, as in `cnn_tcn`. [Lakshminarayanan et al. 2017 (deep ensembles)]"""


@dataclass(frozen=True)
class SignalSettings(TrainingSettings, EnsembleSettings):
    """Training on events of the signal."""

    gain_sd: NotNegative = 0.2
    """Augmentation: standard deviation of the log gain of each channel."""
    electrode_dropout: Share = 0.05
    """Augmentation: probability that a channel of an event is silent."""
    time_shift_s: NotNegative = 0.05
    """Augmentation: most that is cut from an event's start, so that windows fall elsewhere."""


@dataclass(frozen=True)
class StepSettings:
    """The sequence that networks on steps of the signal read."""

    step_samples: Count = 25
    """Longest step of the sequence, at `emg.rate_hz`: the log power of a step is what the network reads."""


@dataclass(frozen=True)
class FrameSettings(TrainingSettings):
    """Training on eye frames."""

    epochs: Count = 20
    """Passes over the training people's frames."""
    batch_size: Count = 32
    """Frames of a training batch."""
    learning_rate: Positive = 0.001
    """Peak of the one-cycle schedule."""
    augment: Annotated[float, Within(ge=0, le=0.02)] = 0.02
    """Augmentation: most rotation (of a full turn), scale and brightness, as a fraction. Never a flip. [Hickson et
    al. 2019 (2 %)]"""
