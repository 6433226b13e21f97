"""Whether a checkpoint may predict these data: a fold that never saw the person, and the same preparation."""

from collections.abc import Mapping
from typing import Any

from myoscene.core.errors import InputError
from myoscene.learn.engine.card import Card
from myoscene.scenes.request import SceneSettings


def preparation(settings: SceneSettings, kind: str, normaliser: str) -> dict[str, Any]:
    """How the data that a model of a ``kind`` reads were made, by the names that its card has these things under.

    Args:
        normaliser: method of the participant's normaliser.
    """
    made: dict[str, Any] = {"classes": settings.classes}
    sections: dict[str, Mapping[str, Any]] = {} if kind == "eyes" else {"conditioning": settings.conditioning}
    if kind in ("eyes", "fusion"):
        sections |= {"frames": settings.eye_frames or {}, "personalise": settings.personalise or {}}
    made |= {f"{part}: {name}": value for part, values in sections.items() for name, value in values.items()}
    if kind != "eyes":
        made |= {"normaliser": normaliser, "rate_hz": settings.rate_hz}
        made |= {"windows: length_s": settings.length_s, "windows: hop_s": settings.hop_s}
    return made


def check_agreement(card: Card, checkpoint: str, participant: str, made: Mapping[str, Any]) -> None:
    """Refuse a checkpoint that saw the participant, or that was made with another preparation.

    A prediction under a mismatch would be a number like any other: nothing later could tell.

    Args:
        card: what the training wrote down.
        checkpoint: its file, for the message.
        made: :func:`preparation`.

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
    for name, value in made.items():
        trained = _recorded(said, name)
        if trained != value:
            raise InputError(
                f"{checkpoint} was trained with {name} = {_words(trained)}, but the data of participant "
                f"{participant} were made with {_words(value)}; make both with the same config"
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
