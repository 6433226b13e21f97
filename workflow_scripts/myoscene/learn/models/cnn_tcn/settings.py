"""Settings of the network on signals."""

from dataclasses import dataclass, field
from typing import Annotated

from myoscene.core.settings import Count, NotNegative, Positive, Within


@dataclass(frozen=True)
class CnnTcnSettings:
    """Convolutional stem and dilated residual blocks on the normalised signal."""

    stem_filters: Count = 32
    """Learned filters of the stem, each over all channels."""
    stem_kernel_samples: Count = 16
    """Length of the stem's filters, at `emg.rate_hz`."""
    stride_samples: Count = 25
    """Total stride of the stem, after its anti-alias low-pass. The hop has to be a multiple of it."""
    width: Count = 32
    """Channels of the residual blocks."""
    kernel_steps: Annotated[int, Within(ge=2)] = 3
    """Taps of the dilated convolutions, in strides."""
    dilations: list[Count] = field(default_factory=lambda: [1, 2, 4, 8])
    """Dilations of the residual blocks, in strides. Where the window is too short for all of them, the longest run
    from the first that fits is used."""
    dropout: Annotated[float, Within(ge=0, le=0.9)] = 0.2
    """Share of activations left out in training."""
    members: Annotated[int, Within(ge=1, le=20)] = 1
    """Networks a fold, each stopped by other validation people of the fold; their probabilities are averaged. More
    take as many times as long, and depend less on who validates. [Lakshminarayanan et al. 2017 (deep ensembles)]"""
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
