"""Settings of the InceptionV3 network on eye images."""

from dataclasses import dataclass
from typing import Annotated, Literal

from myoscene.core.settings import Count, FilePath, NotNegative, Positive, Text, Within


@dataclass(frozen=True)
class EyeInceptionSettings:
    """InceptionV3 on eye images."""

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
    dropout: Annotated[float, Within(ge=0, le=0.9)] = 0.2
    """Share of the embedding left out in training."""
    epochs: Count = 20
    """Passes over the training people's frames."""
    patience: Count = 5
    """Epochs without a smaller loss of the validation participants."""
    batch_size: Count = 32
    """Frames of a training batch."""
    learning_rate: Positive = 0.001
    """Peak of the one-cycle schedule."""
    weight_decay: NotNegative = 0.01
    """Decoupled weight decay (L2) of AdamW."""
    label_smoothing: Annotated[float, Within(ge=0, le=0.5)] = 0.05
    """Share of the target spread over all classes."""
    augment: Annotated[float, Within(ge=0, le=0.02)] = 0.02
    """Augmentation in mode `finetuned`, as in `eye_cnn`; embeddings are made once, from the images as they are.
    [Hickson et al. 2019 (2 %)]"""
