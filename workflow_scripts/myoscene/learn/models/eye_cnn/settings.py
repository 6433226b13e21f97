"""Settings of the network on eye images, and of the blink classifier."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.settings import Count, Fraction, NotNegative, Positive, Within


@dataclass(frozen=True)
class EyeCnnSettings:
    """Small convolutional network on eye images."""

    widths: list[Count] = field(default_factory=lambda: [12, 24, 48])
    """Channels of the residual stages."""
    dropout: Annotated[float, Within(ge=0, le=0.9)] = 0.3
    """Share of the embedding left out in training."""
    standardise: Literal["local", "eye", "none"] = "local"
    """What is done to the grey values first: `local` contrast normalisation around every pixel, mean 0 and standard
    deviation 1 of each `eye`, or `none`. [Jarrett et al. 2009 (local contrast)]"""
    members: Annotated[int, Within(ge=1, le=20)] = 1
    """Networks a fold, as in `cnn_tcn`. [Lakshminarayanan et al. 2017]"""
    epochs: Count = 4
    """Passes over the training people's frames."""
    patience: Count = 4
    """Epochs without a smaller loss of the validation participants after which training stops."""
    batch_size: Count = 64
    """Frames of a training batch."""
    learning_rate: Positive = 0.004
    """Peak of the one-cycle schedule."""
    weight_decay: NotNegative = 0.02
    """Decoupled weight decay (L2) of AdamW. [Hickson et al. 2019 (L2)]"""
    label_smoothing: Annotated[float, Within(ge=0, le=0.5)] = 0.05
    """Share of the target spread over all classes."""
    augment: Annotated[float, Within(ge=0, le=0.02)] = 0.02
    """Augmentation: most rotation (of a full turn), scale and brightness, as a fraction. Never a flip. [Hickson et
    al. 2019 (2 %)]"""
    mixup: Fraction = 0.5
    """Most that a frame is blended with another one, labels too. It keeps a network from learning people by heart.
    [Zhang et al. 2018]"""
    adapt: Fraction = 0
    """Share that a person's own frames have in the statistics of batch normalisation when that person is predicted:
    up to 512 frames that have a label, whichever it is. For people whose images differ more than their classes do.
    No weight depends on it. It expects about the same classes in everybody, and is not for fusion models. [Li et al.
    2018 (AdaBN, a share of 1)]"""


@dataclass(frozen=True)
class BlinkTrainingSettings:
    """Training of the blink classifier."""

    epochs: Count = 4
    """Passes of each half of the blink classifier, an `eye_cnn` on neutral against closed."""
