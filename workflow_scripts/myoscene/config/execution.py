"""How the work is done. Nothing here changes a result, and nothing here reruns anything."""

from dataclasses import dataclass

from myoscene.core.settings import Count


@dataclass(frozen=True)
class ExecutionSettings:
    """How the work is done. Nothing here changes a result, and nothing here reruns anything."""

    resume_every_epochs: Count = 1
    """A training job keeps its state this often, so that a killed one goes on from there."""
    log_every_epochs: Count = 5
    """A training job writes a line of progress this often."""
