"""Checkpoints: weights as safetensors, everything else as a JSON card beside them. Nothing is pickled."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from myoscene.core.errors import InputError
from myoscene.core.parse import odd_number, parse_json
from myoscene.learn.cohort.identity import PathLike, read_record
from myoscene.learn.engine.card import Card, Section
from myoscene.machinery.files import atomic_path, write_text

VERSION = 1
Arrays = dict[str, np.ndarray]
Array = TypeVar("Array")


def card_path(path: PathLike) -> Path:
    """Where the card of a checkpoint is."""
    return Path(path).with_suffix(".json")


def save_checkpoint(path: PathLike, arrays: Arrays, card: Card) -> None:
    """Write weights and card, each atomically; equal values give equal bytes.

    No metadata goes into the safetensors header: its order there is not defined.
    """
    weights = save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)})
    whole = {**card.plain(), "format": VERSION, "checkpoint_sha256": hashlib.sha256(weights).hexdigest()}
    write_text(card_path(path), json.dumps(whole, indent=2, sort_keys=True, allow_nan=False) + "\n")
    with atomic_path(path) as temporary:
        temporary.write_bytes(weights)


def read_checkpoint(path: PathLike) -> tuple[Arrays, Card]:
    """Weights by name and the card.

    Raises:
        InputError: a file is missing or unreadable, was written in another format, or the weights are not those
            that the card was written for.
    """
    try:
        weights = Path(path).read_bytes()
        arrays = load(weights)
        said = parse_json(card_path(path).read_text(encoding="utf-8"), str(card_path(path)))
        if not isinstance(said, dict):
            raise TypeError("its card is not a mapping")
    except FileNotFoundError as error:
        raise InputError(f"checkpoint {error.filename} is missing; train the model again") from None
    except (SafetensorError, ValueError, KeyError, TypeError, OSError, InputError) as error:
        raise InputError(f"checkpoint {path} is unreadable ({error}); delete it and run again") from None
    if said.get("format") != VERSION or isinstance(said["format"], bool):
        raise InputError(
            f"checkpoint {path} has format {said.get('format')}, this version reads {VERSION}; train again"
        )
    if said.get("checkpoint_sha256") != hashlib.sha256(weights).hexdigest():
        raise InputError(f"checkpoint {path} was damaged or replaced: its card has another digest; train it again")
    return arrays, _card(said, path)


def read_card(path: PathLike) -> Card:
    """The card in a file, without the weights beside it; InputError where it is none."""
    required = {"fold": str, "training_participants": list, "validation_participants": list}
    return _card(read_record(path, "card of a model", required), path)


def _card(said: Section, path: PathLike) -> Card:
    with usable(path):
        if odd := odd_number(said):
            raise ValueError(odd)
        return Card.of(said)


def under(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays whose names begin with ``prefix``, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


@contextmanager
def usable(path: PathLike) -> Iterator[None]:
    """What card and weights at ``path`` cannot be made into is refused in one sentence."""
    try:
        yield
    except InputError as error:
        raise InputError(f"checkpoint {path} is not a model that can be used: {error}") from None
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise InputError(
            f"checkpoint {path} is not a model that can be used ({reason}); delete it and its card and run again"
        ) from None
