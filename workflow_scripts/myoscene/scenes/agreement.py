"""Whether a checkpoint may predict these data: a fold that never saw the person, and the same preparation."""

from dataclasses import dataclass
from typing import Any

from myoscene.errors import InputError


@dataclass(frozen=True)
class Preparation:
    """Whose data they are, and how they were made.

    Attributes:
        participant: the person to predict.
        classes: class names, in order.
        conditioning: settings of the filters; ``phase`` is among them.
        normaliser: method of the participant's normaliser.
        rate_hz: rate of the conditioned signal.
        length_s, hop_s: of the windows.
    """

    participant: str
    classes: list[str]
    conditioning: dict[str, Any]
    normaliser: str
    rate_hz: float
    length_s: float
    hop_s: float


def check_agreement(card: dict[str, Any], checkpoint: str, data: Preparation) -> None:
    """Refuse a checkpoint that saw the participant, or that was made with another preparation.

    A prediction under a mismatch would be a number like any other: nothing later could tell.

    Args:
        card: what the training wrote down (see :func:`myoscene.learn.card.make_card`).
        checkpoint: its file, for the message.
        data: how the data to predict were made.

    Raises:
        InputError: names the first disagreement, with both values.
    """
    for key, words in (("training_participants", "trained"), ("validation_participants", "validated")):
        if data.participant in card[key]:
            raise InputError(
                f"participant {data.participant} {words} the model in {checkpoint}; "
                "predict a person only with the fold that held that person out"
            )
    conditioning = {f"conditioning: {name}": value for name, value in data.conditioning.items()}
    made = {
        "classes": data.classes,
        **conditioning,
        "normaliser": data.normaliser,
        "rate_hz": data.rate_hz,
        "windows: length_s": data.length_s,
        "windows: hop_s": data.hop_s,
    }
    for name, value in made.items():
        trained = _recorded(card, name)
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
