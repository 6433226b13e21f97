"""How the work is done: nothing here reruns anything, or changes a result by more than rounding."""

from dataclasses import dataclass
from typing import Literal

from myoscene.core.settings import Count


@dataclass(frozen=True)
class ExecutionSettings:
    """How the work is done. Nothing here changes a result, but for rounding on a GPU, and nothing reruns anything."""

    resume_every_epochs: Count = 1
    """A training job keeps its state this often, so that a killed one goes on from there."""
    log_every_epochs: Count = 5
    """A training job writes a line of progress this often."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where networks are trained: on the processor, or on a GPU (`cuda`), whose sums round otherwise. A job without a
    GPU that torch can use then ends with one sentence."""
