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


@dataclass(frozen=True)
class TrainingSpec:
    """What a model's training is told: what it is to learn, with which settings, and how its input was made.

    Attributes:
        model: its name in the registry.
        classes: class names, in order.
        settings: the model's own section of the configuration.
        seed: of everything random.
        synthetic: whether the cohort is made up.
        rate_hz, windows, conditioning, normaliser: how signals were made; None without EMG.
        frames, personalise, blinks: how eye images became frames; ``frames`` is None for a model without eyes, and
            ``blinks`` without blink cleaning.
        neutral: label of the neutral frames, whose mean over the training people is the plain input's constant; all
            frames where it is None or nobody has such. The card does not repeat it.
        cohort: who trains on what, and what they are called.
    """

    model: str
    classes: list[str]
    settings: Section
    seed: int
    synthetic: bool
    rate_hz: float | None = None
    windows: Section | None = None
    conditioning: Section | None = None
    normaliser: Section | None = None
    frames: Section | None = None
    personalise: Section | None = None
    blinks: Section | None = None
    neutral: str | None = None
    cohort: CohortIdentity | None = None

    def recorded(self) -> dict[str, Any]:
        """What the card says of it, but for model, classes and cohort."""
        names = RECORDED + (OF_EYES if self.frames is not None else ())
        return {name: getattr(self, name) for name in names}

    def with_settings(self, **changes: Any) -> "TrainingSpec":
        """The same with other settings."""
        return replace(self, settings={**self.settings, **changes})

    def plain(self) -> dict[str, Any]:
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


@dataclass(frozen=True)
class Fitted:
    """What a model's training gives.

    Attributes:
        arrays: weights by name.
        missing: classes that nobody (of some member) had to train on.
        features, signal, images: what it reads.
        members: of an ensemble of networks.
        history: an entry an epoch or round.
        own: what the model adds to its card.
        packages: distributions whose versions are recorded.
        spec: what the card says that it was told, where that differs from the task's.
    """

    arrays: dict[str, Any]
    missing: list[str]
    features: list[str] | None = None
    signal: SignalInput | None = None
    images: ImageInput | None = None
    members: list[Member] | None = None
    history: list[Entry] = field(default_factory=list)
    own: Section = field(default_factory=dict)
    packages: Sequence[str] = ("numpy", "torch")
    spec: TrainingSpec | None = None


@dataclass(frozen=True)
class Card:
    """What a checkpoint says of itself. Attributes as in :class:`TrainingSpec` and :class:`Fitted`.

    Attributes:
        own: also what stands in the file beside everything else: versions, hashes, format.
    """

    spec: TrainingSpec
    fold: str
    training_participants: list[str]
    validation_participants: list[str]
    missing_classes: list[str]
    features: list[str] | None = None
    signal: SignalInput | None = None
    images: ImageInput | None = None
    members: list[Member] | None = None
    own: Section = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The model's name."""
        return self.spec.model

    @property
    def classes(self) -> list[str]:
        """Class names, in order."""
        return self.spec.classes

    @property
    def settings(self) -> Section:
        """The model's section of the configuration."""
        return self.spec.settings

    @property
    def people(self) -> set[str]:
        """Everybody who trained or validated."""
        return {*self.training_participants, *self.validation_participants}

    @property
    def untrained(self) -> list[int]:
        """Places of the classes that cannot be predicted, since nobody trained on them."""
        return [place for place, name in enumerate(self.classes) if name in self.missing_classes]

    def plain(self) -> dict[str, Any]:
        """The card as it is written, as plain values."""
        parts = [asdict(part) for part in (self.signal, self.images) if part]
        features = {} if self.features is None else {"features": self.features}
        members = {} if self.members is None else {"members": [asdict(member) for member in self.members]}
        found = self.spec.plain() | features | members
        for part in parts:
            found |= part
        named = ("fold", "training_participants", "validation_participants", "missing_classes")
        return found | {name: getattr(self, name) for name in named} | dict(self.own)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Card":
        """The card of plain values; what this version does not know stays in ``own``.

        Raises:
            KeyError: something is missing; TypeError, ValueError, AttributeError: something is of another kind.
        """
        left = dict(said)

        def taken(*names: str) -> dict[str, Any]:
            return {name: left.pop(name) for name in names if name in left}

        cohort = left.pop("cohort", None)
        spec = TrainingSpec(
            **{"settings": {}, "seed": 0, "synthetic": False, "model": said["model"], "classes": said["classes"]}
            | taken("model", "classes", *RECORDED, *OF_EYES),
            cohort=CohortIdentity(**cohort) if cohort is not None else None,
        )
        parts: list[Any] = []
        for kind in (SignalInput, ImageInput):
            names = tuple(kind.__dataclass_fields__)
            parts.append(kind(**taken(*names)) if any(name in left for name in names) else None)
        members = left.pop("members", None)
        return cls(
            spec,
            left.pop("fold", ""),
            left.pop("training_participants"),
            left.pop("validation_participants"),
            left.pop("missing_classes"),
            features=left.pop("features", None),
            signal=parts[0],
            images=parts[1],
            members=None
            if members is None
            else [Member(m.get("training", []), m.get("validation", [])) for m in members],
            own=left,
        )


def card_of(spec: TrainingSpec, split: Split, fitted: Fitted) -> Card:
    """The card of a finished training. ``config_sha256`` binds checkpoint and configuration."""
    spec = fitted.spec or spec
    binding = {"model": spec.model, "classes": spec.classes, **spec.recorded()}
    versions = {name: version(name) for name in fitted.packages}
    own = {
        **fitted.own,
        "config_sha256": config_hash(binding),
        "versions": {"myoscene": __version__, "python": platform.python_version(), **versions},
        "history": fitted.history,
    }
    people = (list(split.training), list(split.validation))
    card = Card(spec, split.fold, *people, fitted.missing, members=fitted.members, own=own)
    return replace(card, features=fitted.features, signal=fitted.signal, images=fitted.images)


def read_spec(said: Section, identities: str | Sequence[str]) -> TrainingSpec:
    """A rule's param (the fields of :class:`TrainingSpec`) with the cohort that these files describe."""
    return TrainingSpec(**said, cohort=read_identity(identities))
