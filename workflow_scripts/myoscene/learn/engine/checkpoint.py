"""Checkpoints: weights as safetensors, everything else as a JSON card beside them. Nothing is pickled."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load, save

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json
from myoscene.learn.engine.card_check import check_model
from myoscene.machinery.files import atomic_path, write_text

VERSION = 1


class Predictor(Protocol):
    """A trained model, ready to predict.

    Attributes:
        kind: ``features`` (has ``predict_features``), ``signal`` (has ``predict_signal``), ``eyes`` (has
            ``predict_frames`` and ``embed_frames``) or ``fusion`` (see :mod:`myoscene.learn.models.fusion.predict`).
        classes: class names, in the order of every probability array.
        card: what the training wrote down: people, settings, versions, history.
    """

    kind: str
    classes: list[str]
    card: dict[str, Any]

    def predict_features(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities ``(rows, classes)`` float32 of a frame with the feature columns named in the card."""
        ...

    def predict_signal(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` int64 and probabilities ``(windows, classes)`` float32 of every window.

        ``signal`` is normalised, ``(channels, samples)``, one contiguous stretch at the card's rate; windows begin
        at ``k * hop_samples``.
        """
        ...


def card_path(path: str | os.PathLike[str]) -> Path:
    """Where the card of a checkpoint is."""
    return Path(path).with_suffix(".json")


def save_checkpoint(path: str | os.PathLike[str], arrays: dict[str, np.ndarray], card: dict[str, Any]) -> None:
    """Write weights and card, each atomically; equal values give equal bytes.

    No metadata goes into the safetensors header: its order there is not defined.
    """
    weights = save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)})
    whole = {"format": VERSION, **card, "checkpoint_sha256": hashlib.sha256(weights).hexdigest()}
    write_text(card_path(path), json.dumps(whole, indent=2, sort_keys=True, allow_nan=False) + "\n")
    with atomic_path(path) as temporary:
        temporary.write_bytes(weights)


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights by name and the card.

    Raises:
        InputError: a file is missing or unreadable, was written in another format, or the weights are not those
            that the card was written for.
    """
    try:
        weights = Path(path).read_bytes()
        arrays = load(weights)
        card = parse_json(card_path(path).read_text(encoding="utf-8"), str(card_path(path)))
    except FileNotFoundError as error:
        raise InputError(f"checkpoint {error.filename} is missing; train the model again") from None
    except (SafetensorError, ValueError, KeyError, TypeError, OSError, InputError) as error:
        raise InputError(f"checkpoint {path} is unreadable ({error}); delete it and run again") from None
    if not isinstance(card, dict):
        raise InputError(f"checkpoint {path} is unreadable (its card is no mapping); delete it and run again")
    if card.get("format") != VERSION or isinstance(card["format"], bool):
        raise InputError(
            f"checkpoint {path} has format {card.get('format')}, this version reads {VERSION}; train again"
        )
    if card.get("checkpoint_sha256") != hashlib.sha256(weights).hexdigest():
        raise InputError(f"checkpoint {path} was damaged or replaced: its card has another digest; train it again")
    return arrays, card


def load_predictor(path: str | os.PathLike[str]) -> Predictor:
    """The trained model in a checkpoint; its kind and model are in the card.

    Raises:
        InputError: as :func:`read_checkpoint`; card and weights are no model of ours.
    """
    arrays, card = read_checkpoint(path)
    try:
        return check_model(arrays, card)(arrays, card)
    except InputError as error:
        raise InputError(f"checkpoint {path} is no model that can be used: {error}") from None
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise InputError(
            f"checkpoint {path} is no model that can be used ({reason}); delete it and its card and run again"
        ) from None
