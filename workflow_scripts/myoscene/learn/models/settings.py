"""The models' sections of the configuration."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.settings import Count, FilePath, Fraction, NotNegative, Positive, Text, Within
from myoscene.learn.engine.settings import (
    FrameSettings,
    Members,
    Share,
    SignalSettings,
    StepSettings,
    TrainingSettings,
)


@dataclass(frozen=True)
class LdaSettings:
    """Linear discriminant analysis of window features."""

    standardise: Literal["train", "none"] = "train"
    """Standardise features on the training people, or not."""
    shrinkage: bool = True
    """Ledoit-Wolf shrinkage of the covariance (solver lsqr). [Ledoit & Wolf 2004]"""
    priors: Literal["balanced", "empirical"] = "balanced"
    """`balanced`: every class weighs alike; `empirical`: by its number of training windows."""


@dataclass(frozen=True)
class KnnSettings:
    """Nearest neighbours among window features."""

    neighbours: Count = 1
    """Number of neighbours."""
    standardise: Literal["train", "none"] = "train"
    """Standardise features on the training people, or not."""


@dataclass(frozen=True)
class BoostedTreesSettings:
    """Gradient-boosted trees on window features."""

    iterations: Count = 100
    """Most boosting rounds."""
    learning_rate: Annotated[float, Within(gt=0, le=1)] = 0.1
    """Shrinkage of each round."""
    max_leaves: Annotated[int, Within(ge=2)] = 15
    """Most leaves of a tree."""
    smallest_leaf: Count = 20
    """Fewest training windows in a leaf."""
    l2: NotNegative = 1.0
    """Penalty on the squares of leaf values."""
    patience: Count = 10
    """Rounds without a smaller loss of the validation participants after which growing stops."""


@dataclass(frozen=True)
class CnnTcnLayers:
    """The layers of ``cnn_tcn``."""

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


@dataclass(frozen=True)
class CnnTcnSettings(SignalSettings, CnnTcnLayers):
    """Convolutional stem and dilated residual blocks on the normalised signal."""

    epochs: Count = 10
    """Passes over the training participants."""
    members: Members = 4
    """Networks a fold, each stopped by other validation people of the fold; their probabilities are averaged. More
    take as many times as long, and depend less on who validates and on the seed. [Lakshminarayanan et al. 2017 (deep
    ensembles)]"""


@dataclass(frozen=True)
class CnnLayers(StepSettings):
    """The layers of ``cnn``."""

    kernel_steps: Count = 3
    """Steps that a convolution covers."""
    layers: Count = 2
    """Convolutions, as far as they fit into a window. [Singh et al. 2026 (a CNN over the muscles)]"""
    width: Count = 32
    """Channels of the layers."""


@dataclass(frozen=True)
class CnnSettings(SignalSettings, CnnLayers):
    """A small convolutional network over the muscles and the steps of a window."""


@dataclass(frozen=True)
class LstmLayers(StepSettings):
    """The layers of ``lstm``."""

    width: Count = 32
    """Values of the state. [Singh et al. 2026 (an LSTM over the sequence)]"""


@dataclass(frozen=True)
class LstmSettings(SignalSettings, LstmLayers):
    """A recurrent network over the steps of a window."""


@dataclass(frozen=True)
class EyeCnnLayers:
    """The layers of ``eye_cnn``, and what they read."""

    widths: list[Count] = field(default_factory=lambda: [12, 24, 48])
    """Channels of the residual stages."""
    dropout: Share = 0.3
    """Share of the embedding left out in training."""
    standardise: Literal["local", "eye", "none"] = "local"
    """What is done to the grey values first: `local` contrast normalisation around every pixel, mean 0 and standard
    deviation 1 of each `eye`, or `none`. [Jarrett et al. 2009 (local contrast)]"""
    members: Members = 6
    """Networks a fold, as in `cnn_tcn`. [Lakshminarayanan et al. 2017]"""


@dataclass(frozen=True)
class EyeCnnSettings(FrameSettings, EyeCnnLayers):
    """Small convolutional network on eye images."""

    epochs: Count = 4
    patience: Count = 4
    batch_size: Count = 64
    learning_rate: Positive = 0.004
    weight_decay: NotNegative = 0.02
    """Decoupled weight decay (L2) of AdamW. [Hickson et al. 2019 (L2)]"""
    mixup: Fraction = 0.5
    """Most that a frame is blended with another one, labels too. It keeps a network from learning people by heart.
    [Zhang et al. 2018]"""
    adapt: Fraction = 0.0
    """Share that a person's own frames have in the statistics of batch normalisation when that person is predicted:
    up to 512 frames that have a label, whichever it is. For people whose images differ more than their classes do.
    No weight depends on it. It expects about the same classes in everybody, and is not for fusion models. [Li et al.
    2018 (AdaBN, a share of 1)]"""


@dataclass(frozen=True)
class BlinkTrainingSettings:
    """Training of the blink classifier."""

    epochs: Count = 4
    """Passes of each half of the blink classifier, an `eye_cnn` on neutral against closed."""


@dataclass(frozen=True)
class InceptionLayers:
    """Whose weights ``eye_inception`` has, and what of it is trained."""

    weights: FilePath | None = None
    """InceptionV3 weights with torchvision's parameter names (.pth, .pt or .safetensors). `null`: none, and the
    model refuses to be trained. [Szegedy et al. 2016 (the network); Hickson et al. 2019 (its use)]"""
    sha256: Text | None = None
    """SHA-256 of that file, in hexadecimal. `null`: none, and the model refuses to be trained."""
    mode: Literal["frozen", "finetuned"] = "frozen"
    """`frozen`: embeddings once an image, a head a fold; `finetuned`: all weights train on."""
    side_px: Annotated[int, Within(ge=75, le=4096)] = 299
    """Side to which each frame is resized for the network. Half of it takes a quarter of the time. [Szegedy et al.
    2016]"""
    dropout: Share = 0.2
    """Share of the embedding left out in training."""


@dataclass(frozen=True)
class EyeInceptionSettings(FrameSettings, InceptionLayers):
    """InceptionV3 on eye images."""

    patience: Count = 5
    """Epochs without a smaller loss of the validation participants."""
    weight_decay: NotNegative = 0.01
    """Decoupled weight decay (L2) of AdamW."""
    augment: Annotated[float, Within(ge=0, le=0.02)] = 0.02
    """Augmentation in mode `finetuned`, as in `eye_cnn`; embeddings are made once, from the images as they are.
    [Hickson et al. 2019 (2 %)]"""


@dataclass(frozen=True)
class FusionSettings(TrainingSettings):
    """Joint training of the two encoders."""

    epochs: Count = 2
    """Passes of `fusion_joint` over the training people's events, from the fold's trained encoders on."""
    patience: Count = 3
    """Epochs without a smaller loss of the validation participants."""
    learning_rate: Positive = 0.0003
    """Peak of the one-cycle schedule."""
    weight_decay: NotNegative = 0.01
    """Decoupled weight decay of AdamW."""
    modality_dropout: Share = 0.2
    """Probability in training of `fusion_joint` that one of an event's modalities is left out."""
