"""What a prediction over scenes is told: one participant's files, and settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from myoscene.pipeline.settings import StateSettings

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class EyeFiles:
    """Where one participant's eye frames are.

    Attributes:
        frames: :data:`myoscene.eyes.tables.FRAMES`.
        images, neutrals: its stores.
        blinks: :data:`myoscene.eyes.tables.EYE_FEATURES`, whose blinks are left out; None where they are kept.
        embeddings: store of ``eye_inception``'s embeddings.
    """

    frames: PathLike
    images: PathLike
    neutrals: PathLike
    blinks: PathLike | None = None
    embeddings: PathLike | None = None


@dataclass(frozen=True)
class PersonFiles:
    """One participant's files.

    Attributes:
        recordings, events: PARTICIPANT_RECORDINGS and EVENTS.
        data: FEATURES for a model on features, else SIGNALS. A model on eyes takes from it only where windows start;
            None where the recordings are eye images alone, and then windows start with each scene.
        normaliser: not read, and may be None, for a model on eyes.
        eyes: None for somebody without eye images; read for models on eyes and fusions.
    """

    recordings: PathLike
    events: PathLike
    data: PathLike | None = None
    normaliser: PathLike | None = None
    eyes: EyeFiles | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "PersonFiles":
        """Of a job's inputs, which have the names of the attributes; those that it lacks or leaves empty are None."""
        eyes = {name: given[name] for name in EyeFiles.__annotations__ if given.get(name)}
        single = (given.get("data") or None, given.get("normaliser") or None)
        return cls(given["recordings"], given["events"], *single, EyeFiles(**eyes) if eyes else None)


@dataclass(frozen=True)
class SceneSettings:
    """How the data were made, and how probabilities become states.

    Attributes:
        classes: class names, in order.
        conditioning, eye_frames, personalise: sections of the configuration that the signals and eye images went
            through; a checkpoint's card has to say the same.
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
