"""A model's folds together, frozen: what people are predicted with who train nothing.

No fold ever saw such a person, so that all of them predict, and their probabilities are averaged (our choice: that is
a deep ensemble, Lakshminarayanan et al. 2017, needs no training, and depends on no draw).
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.learn.cohort.identity import PathLike, read_record
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.checkpoint import read_card
from myoscene.learn.engine.fits import require_fit
from myoscene.machinery.digests import sha256
from myoscene.machinery.files import write_text

VERSION = 1
MANIFEST = ".json"
FILES = ("checkpoint", "card", "checkpoint_sha256", "card_sha256")


def freeze_model(
    checkpoints: Sequence[PathLike], cards: Sequence[PathLike], destination: PathLike, *, model: str, spec: TrainingSpec
) -> None:
    """Write which checkpoints a model's folds are, by content: a list of files with their SHA-256.

    Args:
        destination: JSON file to write; files are named relative to it, so that a moved folder stays whole.
        model: its name, ``blinks`` for the blink classifiers, which are an ``eye_cnn``.

    Raises:
        InputError: a checkpoint is of another model, cohort, label set or configuration.
    """
    folds = []
    trained: set[str] = set()
    for checkpoint, path in zip(checkpoints, cards, strict=True):
        card = read_card(path)
        require_fit(card, checkpoint, spec)
        trained |= card.people
        fold = {"fold": card.fold}
        for name, file in (("checkpoint", checkpoint), ("card", path)):
            fold |= {name: os.path.relpath(file, Path(destination).parent), f"{name}_sha256": sha256(file)}
        folds.append(fold)
    found = {
        "format": VERSION,
        "model": model,
        "classes": spec.classes,
        "cohort": spec.plain().get("cohort"),
        "training_participants": sorted(trained),
        "folds": folds,
    }
    write_text(destination, json.dumps(found, indent=2, sort_keys=True) + "\n")


def frozen_checkpoints(path: PathLike) -> Iterator[str]:
    """Checkpoints of a frozen model, each after its content was compared.

    Raises:
        InputError: a file is missing, or is not the one that was frozen.
    """
    manifest = read_record(path, "frozen model", {"folds": list})
    if manifest.get("format") != VERSION:
        raise InputError(
            f"{path} has format {manifest.get('format')}, this version reads {VERSION}; delete it and run again"
        )
    for fold in manifest["folds"]:
        if not (isinstance(fold, dict) and all(isinstance(fold.get(name), str) for name in FILES)):
            raise InputError(f"{path} is not a frozen model (a fold without its files); delete it and run again")
        for name in ("checkpoint", "card"):
            file = os.path.normpath(Path(path).parent / fold[name])
            if not Path(file).is_file() or sha256(file) != fold[f"{name}_sha256"]:
                raise InputError(
                    f"{file} is missing, or no longer the {name} that the frozen model {path} was made of; put it "
                    f"back, or delete {path} and run again"
                )
        yield os.path.normpath(Path(path).parent / fold["checkpoint"])
