"""Whether a checkpoint may predict these data: a fold that never saw the person, and the same preparation."""

from dataclasses import dataclass
from typing import Any

from myoscene.core.errors import InputError
from myoscene.learn.engine.card import Card


@dataclass(frozen=True)
class Preparation:
    """Whose data they are, and how they were made; what a model does not read is None.

    Attributes:
        participant: the person to predict.
        classes: class names, in order.
        conditioning: settings of the filters; ``phase`` is among them.
        normaliser: method of the participant's normaliser.
        rate_hz: rate of the conditioned signal.
        length_s, hop_s: of the windows.
        frames: how eye images became frames.
        personalise: how the mean neutral images were made.
    """

    participant: str
    classes: list[str]
    conditioning: dict[str, Any] | None = None
    normaliser: str | None = None
    rate_hz: float | None = None
    length_s: float | None = None
    hop_s: float | None = None
    frames: dict[str, Any] | None = None
    personalise: dict[str, Any] | None = None

    def settings(self) -> dict[str, Any]:
        """Everything that has to agree, by the name that the card has it under."""
        sections = {"conditioning": self.conditioning, "frames": self.frames, "personalise": self.personalise}
        single = {
            "normaliser": self.normaliser,
            "rate_hz": self.rate_hz,
            "windows: length_s": self.length_s,
            "windows: hop_s": self.hop_s,
        }
        return {
            "classes": self.classes,
            **{f"{part}: {name}": value for part, values in sections.items() for name, value in (values or {}).items()},
            **{name: value for name, value in single.items() if value is not None},
        }


def check_agreement(card: Card, checkpoint: str, data: Preparation) -> None:
    """Refuse a checkpoint that saw the participant, or that was made with another preparation.

    A prediction under a mismatch would be a number like any other: nothing later could tell.

    Args:
        card: what the training wrote down (see :func:`myoscene.learn.engine.card.Card`).
        checkpoint: its file, for the message.
        data: how the data to predict were made.

    Raises:
        InputError: names the first disagreement, with both values.
    """
    for key, words in (("training_participants", "trained"), ("validation_participants", "validated")):
        if data.participant in getattr(card, key):
            raise InputError(
                f"participant {data.participant} {words} the model in {checkpoint}; "
                "predict a person only with the fold that held that person out"
            )
    said = card.plain()
    for name, value in data.settings().items():
        trained = _recorded(said, name)
        if trained != value:
            raise InputError(
                f"{checkpoint} was trained with {name} = {_words(trained)}, but the data of participant "
                f"{data.participant} were made with {_words(value)}; make both with the same config"
            )


def _recorded(card: dict[str, Any], name: str) -> Any:
    """The card's entry ``name`` or ``section: name``; None where it has none, which then disagrees."""
    value: Any = card
    for part in name.split(": "):
        value = value.get(part) if isinstance(value, dict) else None
    # The card holds the whole section of the normaliser; the method is what its results depend on by kind.
    return value.get("method") if name == "normaliser" and isinstance(value, dict) else value


def _words(value: Any) -> str:
    """A value as it reads in a sentence."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
