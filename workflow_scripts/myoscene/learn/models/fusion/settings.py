"""Settings of the joint fusion."""

from dataclasses import dataclass
from typing import Annotated

from myoscene.core.settings import Count, NotNegative, Positive, Within


@dataclass(frozen=True)
class FusionSettings:
    """Joint training of the two encoders."""

    epochs: Count = 4
    """Passes of `fusion_joint` over the training people's events, from the fold's trained encoders on."""
    patience: Count = 3
    """Epochs without a smaller loss of the validation participants."""
    batch_size: Count = 8
    """Labelled events in a batch."""
    learning_rate: Positive = 0.0003
    """Peak of the one-cycle schedule."""
    weight_decay: NotNegative = 0.01
    """Decoupled weight decay of AdamW."""
    label_smoothing: Annotated[float, Within(ge=0, le=0.5)] = 0.05
    """Share of the target spread over all classes."""
    modality_dropout: Annotated[float, Within(ge=0, le=0.9)] = 0.2
    """Probability in training of `fusion_joint` that one of an event's modalities is left out."""
