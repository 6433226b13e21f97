"""Settings of the small convolutional network."""

from dataclasses import dataclass
from typing import Annotated

from myoscene.core.settings import Count, NotNegative, Positive, Within


@dataclass(frozen=True)
class CnnSettings:
    """A small convolutional network over the muscles and the steps of a window."""

    step_samples: Count = 25
    """Longest step of the sequence, at `emg.rate_hz`: the log power of a step is what the network reads."""
    kernel_steps: Count = 3
    """Steps that a convolution covers."""
    layers: Count = 2
    """Convolutions, as far as they fit into a window. [Singh et al. 2026 (a CNN over the muscles)]"""
    width: Count = 32
    """Channels of the layers."""
    dropout: Annotated[float, Within(ge=0, le=0.9)] = 0.2
    """Share of activations left out in training."""
    members: Annotated[int, Within(ge=1, le=20)] = 1
    """Networks a fold, as in `cnn_tcn`. [Lakshminarayanan et al. 2017 (deep ensembles)]"""
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
    gain_sd: NotNegative = 0.2
    """Augmentation: standard deviation of the log gain of each channel."""
    electrode_dropout: Annotated[float, Within(ge=0, le=0.9)] = 0.05
    """Augmentation: probability that a channel of an event is silent."""
    time_shift_s: NotNegative = 0.05
    """Augmentation: most that is cut from an event's start, so that windows fall elsewhere."""
