"""One fold's training: who trains on what, told what, and how it is carried out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.learn.cohort.files import Cohort, PathLike
from myoscene.learn.cohort.split import Split, config_hash
from myoscene.learn.engine.card import TrainingSpec


@dataclass(frozen=True)
class Execution:
    """How a training is carried out. Changes no result, but for what a device computes otherwise."""

    resume: PathLike | None = None  # file in which its state is kept, so that a killed job goes on
    resume_every_epochs: int = 1
    log_every_epochs: int = 5
    made_with: Mapping[str, str] = field(default_factory=dict)  # files of code and packages -> digest or version
    binding: str = ""  # names the data, settings, code and packages that a kept state belongs to
    device: str = "cpu"  # or "cuda" for a GPU
    # Whether the members of a fold are trained together (engine/stack.py) and not one by one. None: as is faster. On
    # one thread of a CPU that is one by one: five networks together took 1.5 to 1.65 times the processor time.
    stacked: bool | None = None

    def of_member(self, number: int) -> "Execution":
        """With the member's own state file; the first one's has the plain name."""
        if not self.resume or not number:
            return self
        target = Path(self.resume)
        return replace(self, resume=target.with_name(f"{target.stem}.{number}{target.suffix}"))

    def discard(self, members: int) -> None:
        """Remove the kept states of a training that is finished."""
        for number in range(members):
            if own := self.of_member(number).resume:
                Path(own).unlink(missing_ok=True)


@dataclass(frozen=True)
class Task:
    """What a model's ``fit`` is given: only rows of the split's training and validation people may be read."""

    spec: TrainingSpec
    split: Split
    cohort: Cohort  # with the fold's own table of blinks, if any
    execution: Execution = field(default_factory=Execution)
    parts: Mapping[str, PathLike] = field(default_factory=dict)  # of a fusion: what a part reads -> its checkpoint
    weights: PathLike | None = None  # the user's own, for the model that needs such

    @property
    def people(self) -> tuple[str, ...]:
        """Who trains or validates, sorted."""
        return tuple(sorted(self.split.training + self.split.validation))

    def bound(self, digests: Callable[[], list[str]], **more: Any) -> Execution:
        """Its execution, whose kept state is bound to what it is told, to digests of what it is shown, to what it is
        trained with and on, and to ``more``."""
        execution = self.execution
        if not execution.resume:
            return execution
        binding = {"spec": self.spec.plain(), "fold": self.split.fold, "data": digests(), **more}
        binding |= {"made_with": dict(execution.made_with), "device": execution.device}
        return replace(execution, binding=config_hash(binding))


EVENTS = "windows", "check their calibration events"
FRAMES = (
    "eye frames",
    "check the labels of their eye images, and what was left out (results/eyes/removed.csv, results/learn/blinks)",
)


def require_trainable(labels: Iterable[str], classes: list[str], fold: str, of: tuple[str, str] = EVENTS) -> list[str]:
    """The ``classes`` found in the training ``labels``, in class order; InputError when there are fewer than 2.

    ``of``: what has the labels, and what to do about it.
    """
    found = set(labels)
    trained = [name for name in classes if name in found]
    if len(trained) < 2:
        raise InputError(
            f"the training participants of fold '{fold}' have {of[0]} of {len(trained)} class(es) "
            f"({', '.join(trained) or 'none'}), at least 2 are needed; {of[1]}"
        )
    return trained
