"""What a training is told (:class:`TrainingSpec`) and what it writes down of itself (:class:`Card`).

Both are plain JSON on disk, written and read here alone.
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import Any

from myoscene import __version__
from myoscene.learn.cohort.identity import CohortIdentity, read_identity
from myoscene.learn.cohort.split import Split, config_hash

# A section of the configuration, or what a model adds to its card, as plain JSON values.
Section = Mapping[str, Any]
Entry = dict[str, Any]
OF_EYES = ("frames", "personalise", "blinks")
RECORDED = ("settings", "seed", "rate_hz", "windows", "conditioning", "normaliser", "synthetic")
PEOPLE = ("training_participants", "validation_participants", "missing_classes")


@dataclass(frozen=True)
class TrainingSpec:
    """What a model's training is told: what it is to learn, with which settings, and how its input was made."""

    model: str  # its name in the registry
    classes: list[str]  # names, in order
    settings: Section  # the model's own
    seed: int  # of everything random
    synthetic: bool  # whether the cohort is made up
    # How signals were made; None without EMG.
    rate_hz: float | None = None
    windows: Section | None = None
    conditioning: Section | None = None
    normaliser: Section | None = None
    # How eye images became frames; None without eyes, or without blink cleaning.
    frames: Section | None = None
    personalise: Section | None = None
    blinks: Section | None = None
    # Label of the frames whose mean over the training people is the plain input's constant; all frames where it is None
    # or nobody has such. The card does not repeat it.
    neutral: str | None = None
    cohort: CohortIdentity | None = None  # who trains on what, and what they are called

    def recorded(self) -> Entry:
        """What the card says of it, but for model, classes and cohort."""
        names = RECORDED + (OF_EYES if self.frames is not None else ())
        return {name: getattr(self, name) for name in names}

    def plain(self) -> Entry:
        """All of it, as plain values."""
        of_cohort = {"cohort": asdict(self.cohort)} if self.cohort else {}
        return {"model": self.model, "classes": self.classes, **self.recorded(), **of_cohort}


@dataclass(frozen=True)
class SignalInput:
    """What a model on the signal reads: channels in order, and windows in samples."""

    channels: list[str]
    window_samples: int
    hop_samples: int


@dataclass(frozen=True)
class ImageInput:
    """What a model on eye frames reads: their size, and whether they are personalised."""

    height_px: int
    width_px: int
    n_eyes: int
    personalised: bool


@dataclass(frozen=True)
class Member:
    """Who trained a network of an ensemble, and who stopped it."""

    training: list[str]
    validation: list[str]

    @classmethod
    def of(cls, split: Split) -> "Member":
        """The people of ``split``."""
        return cls(list(split.training), list(split.validation))


@dataclass(frozen=True, kw_only=True)
class Described:
    """What training and card both say of a model: what it reads, and who trained it."""

    features: list[str] | None = None
    signal: SignalInput | None = None
    images: ImageInput | None = None
    members: list[Member] | None = None  # of an ensemble of networks
    own: Section = field(default_factory=dict)  # what the model adds to its card


@dataclass(frozen=True)
class Fitted(Described):
    """What a model's training gives."""

    arrays: dict[str, Any]  # weights by name
    missing: list[str]  # classes that nobody (of some member) had to train on
    history: list[Entry] = field(default_factory=list)  # an entry an epoch or round
    packages: Sequence[str] = ("numpy", "torch")  # whose versions are recorded
    spec: TrainingSpec | None = None  # what the card says that it was told, where that differs from the task's


@dataclass(frozen=True)
class Card(Described):
    """What a checkpoint says of itself; in ``own`` is also what this version does not know of the file."""

    spec: TrainingSpec
    fold: str
    training_participants: list[str]
    validation_participants: list[str]
    missing_classes: list[str]

    @property
    def model(self) -> str:
        return self.spec.model

    @property
    def classes(self) -> list[str]:
        return self.spec.classes

    @property
    def settings(self) -> Section:
        return self.spec.settings

    @property
    def people(self) -> set[str]:
        """Everybody who trained or validated."""
        return {*self.training_participants, *self.validation_participants}

    @property
    def untrained(self) -> list[int]:
        """Places of the classes that cannot be predicted, since nobody trained on them."""
        return [place for place, name in enumerate(self.classes) if name in self.missing_classes]

    def plain(self) -> Entry:
        """The card as it is written, as plain values."""
        found = self.spec.plain()
        for part in (self.signal, self.images):
            found |= asdict(part) if part else {}
        if self.features is not None:
            found["features"] = self.features
        if self.members is not None:
            found["members"] = [asdict(member) for member in self.members]
        return found | {name: getattr(self, name) for name in ("fold", *PEOPLE)} | dict(self.own)

    @classmethod
    def of(cls, said: Section) -> "Card":
        """The card of plain values; what this version does not know stays in ``own``.

        Raises:
            KeyError: something is missing; TypeError, ValueError, AttributeError: something is of another kind.
        """
        left = dict(said)

        def taken(*names: str) -> Entry:
            return {name: left.pop(name) for name in names if name in left}

        cohort, parts = left.pop("cohort", None), taken("features", "members")
        told: Entry = {"settings": {}, "seed": 0, "synthetic": False} | taken(*RECORDED, *OF_EYES)
        spec = TrainingSpec(
            left.pop("model"),
            left.pop("classes"),
            **told,
            cohort=CohortIdentity(**cohort) if cohort is not None else None,
        )
        for name, kind in (("signal", SignalInput), ("images", ImageInput)):
            given = taken(*kind.__dataclass_fields__)
            parts[name] = kind(**given) if given else None
        if parts.get("members") is not None:
            parts["members"] = [Member(m.get("training", []), m.get("validation", [])) for m in parts["members"]]
        return cls(spec, left.pop("fold", ""), *(left.pop(name) for name in PEOPLE), **parts, own=left)


def card_of(spec: TrainingSpec, split: Split, fitted: Fitted) -> Card:
    """The card of a finished training. ``config_sha256`` binds checkpoint and configuration."""
    spec = fitted.spec or spec
    versions = {name: version(name) for name in fitted.packages}
    own = {
        **fitted.own,
        "config_sha256": config_hash(replace(spec, cohort=None).plain()),
        "versions": {"myoscene": __version__, "python": platform.python_version(), **versions},
        "history": fitted.history,
    }
    said = {name: getattr(fitted, name) for name in Described.__dataclass_fields__} | {"own": own}
    return Card(spec, split.fold, list(split.training), list(split.validation), fitted.missing, **said)


def read_spec(said: Section, identities: str | Sequence[str]) -> TrainingSpec:
    """A rule's param (the fields of :class:`TrainingSpec`) with the cohort that these files describe."""
    return TrainingSpec(**said, cohort=read_identity(identities))
