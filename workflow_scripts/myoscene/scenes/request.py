"""What a prediction over scenes is told, and whether a checkpoint may predict such data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from myoscene.core.errors import InputError
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.engine.card import Card
from myoscene.pipeline.settings import StateSettings

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class EyeFiles(FrameFiles):
    """With ``blinks``, :data:`myoscene.eyes.tables.EYE_FEATURES`, whose blinks are left out; None: they are kept."""

    blinks: PathLike | None = None


@dataclass(frozen=True)
class PersonFiles:
    """One participant's PARTICIPANT_RECORDINGS and EVENTS, and what a model reads of the person.

    Attributes:
        data: FEATURES for a model on features, else SIGNALS. A model on eyes takes from it only where windows start;
            None where the recordings are eye images alone, and then windows start with each scene.
        normaliser: None for a model on eyes.
        eyes: None for somebody without eye images, or a model that reads none.
    """

    recordings: PathLike
    events: PathLike
    data: PathLike | None = None
    normaliser: PathLike | None = None
    eyes: EyeFiles | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "PersonFiles":
        """Of a job's inputs, which have the names of the attributes; those that it lacks or leaves empty are None."""
        eyes = {item.name: given[item.name] for item in fields(EyeFiles) if given.get(item.name)}
        single = (given.get("data") or None, given.get("normaliser") or None)
        return cls(given["recordings"], given["events"], *single, EyeFiles(**eyes) if eyes else None)


@dataclass(frozen=True)
class SceneSettings:
    """How the data were made, which a checkpoint's card has to say, too, and how probabilities become states.

    Attributes:
        conditioning, eye_frames, personalise: sections that the signals and eye images went through.
        rate_hz: rate of the conditioned signals.
        length_s, hop_s: windows.
    """

    classes: list[str]
    conditioning: Mapping[str, Any]
    rate_hz: float
    length_s: float
    hop_s: float
    states: StateSettings
    eye_frames: Mapping[str, Any] | None
    personalise: Mapping[str, Any] | None

    @property
    def hop(self) -> int:
        """Samples between windows."""
        return round(self.hop_s * self.rate_hz)

    @property
    def length(self) -> int:
        """Samples of a window."""
        return round(self.length_s * self.rate_hz)

    def preparation(self, kind: str, normaliser: str) -> dict[str, Any]:
        """How the data that a model of a ``kind`` reads were made, by its card's names; with a normaliser's method."""
        sections: dict[str, Mapping[str, Any]] = {}
        if kind != "eyes":
            sections["conditioning"] = self.conditioning
        if kind in ("eyes", "fusion"):
            sections |= {"frames": self.eye_frames or {}, "personalise": self.personalise or {}}
        made = {"classes": self.classes, **_flat(sections)}
        if kind != "eyes":
            made |= {"normaliser": normaliser, "rate_hz": self.rate_hz}
            made |= {"windows: length_s": self.length_s, "windows: hop_s": self.hop_s}
        return made


def _flat(sections: Mapping[str, Any]) -> dict[str, Any]:
    """``section: name`` -> value."""
    named = {part: values for part, values in sections.items() if isinstance(values, Mapping)}
    return {f"{part}: {name}": value for part, values in named.items() for name, value in values.items()}


def check_agreement(card: Card, checkpoint: str, participant: str, made: Mapping[str, Any]) -> None:
    """Refuse a checkpoint that saw the participant, or that was made with another preparation than ``made``.

    A prediction under a mismatch would be a number like any other: nothing later could tell.

    Raises:
        InputError: names the first disagreement, with both values.
    """
    for key, words in (("training_participants", "trained"), ("validation_participants", "validated")):
        if participant in getattr(card, key):
            raise InputError(
                f"participant {participant} {words} the model in {checkpoint}; "
                "predict a person only with the fold that held that person out"
            )
    said = card.plain()
    # The card holds the whole section of the normaliser; the method is what its results depend on by kind.
    said |= _flat(said) | {"normaliser": (said.get("normaliser") or {}).get("method")}
    for name, value in made.items():
        if said.get(name) != value:
            trained, own = (
                ", ".join(map(str, v)) if isinstance(v, list | tuple) else str(v) for v in (said.get(name), value)
            )
            raise InputError(
                f"{checkpoint} was trained with {name} = {trained}, but the data of participant "
                f"{participant} were made with {own}; make both with the same config"
            )
