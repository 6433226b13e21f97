"""Which cohort, labels and configuration a model belongs to: written into its card, and checked before it predicts.

A cohort is named by its user and identified by a hash of who trained on what, so that a checkpoint of another run is
known for what it is. Only the standard library: every job that trains or predicts reads this.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.machinery.files import write_text

PathLike = str | os.PathLike[str]
COHORT = "cohort"
# Where a file was says nothing of what was made of it; its SHA-256 stands beside it.
PLACES = ("weights",)
SHOWN = 12


def sha256_file(path: PathLike) -> str:
    """SHA-256 of a file's bytes, read a piece at a time."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_identity(
    path: PathLike, tables: Mapping[str, PathLike], *, name: str, participants: Sequence[str], classes: Sequence[str]
) -> None:
    """Write who the people of a cohort table are, what it is called, and what it holds, as JSON.

    Args:
        path: file to write.
        tables: name -> file of what folds are trained on.
        name: of the cohort.
        participants: everybody who trains, sorted.
        classes: class names, in order.
    """
    found = {
        "name": name,
        "participants": list(participants),
        "classes": list(classes),
        "tables": {table: sha256_file(file) for table, file in sorted(tables.items())},
    }
    write_text(path, json.dumps(found, indent=2, sort_keys=True) + "\n")


def read_identity(paths: Iterable[PathLike]) -> dict[str, Any]:
    """``name``, ``sha256`` and ``tables`` of the cohort that these files of :func:`write_identity` describe together.

    The hash is of the people, the classes and the tables' content, not of the name (our choice).
    """
    parts = [_read(path) for path in paths]
    tables = {name: digest for part in parts for name, digest in part["tables"].items()}
    content = {"tables": tables, "of": [[part["participants"], part["classes"]] for part in parts]}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"name": parts[0]["name"], "sha256": digest, "tables": tables}


def read_record(path: PathLike, what: str, required: Mapping[str, type]) -> dict[str, Any]:
    """A JSON object that this version wrote.

    Args:
        what: what it is, for the message: ``path`` "is no ...".
        required: names that it has to have, with the kinds of their values.

    Raises:
        InputError: unreadable, no JSON object, or something required is not there.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is no {what} ({error}); delete it and run again") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} is no {what} (no JSON object); delete it and run again")
    for name, kind in required.items():
        if not isinstance(found.get(name), kind):
            raise InputError(f"{path} is no {what} ('{name}' is missing or damaged); delete it and run again")
    return found


def _read(path: PathLike) -> dict[str, Any]:
    required = {"name": str, "participants": list, "classes": list, "tables": dict}
    return read_record(path, "record of a cohort", required)


def with_cohort(about: Mapping[str, Any], identities: str | Sequence[PathLike]) -> dict[str, Any]:
    """``about`` (see :func:`myoscene.learn.engine.card.make_card`) with the cohort that these files describe."""
    paths = [identities] if isinstance(identities, str) else list(identities)
    return {**about, COHORT: read_identity(paths)}


def require_made_for(
    card: Mapping[str, Any], path: PathLike, *, model: str, classes: Sequence[str], about: Mapping[str, Any]
) -> None:
    """Refuse a checkpoint that is another model's, or of another cohort, label set or configuration than this run's.

    Args:
        card: what the training wrote down.
        path: the checkpoint, for the message.
        model: whose checkpoint it has to be; '' where that is not to be checked.
        classes: class names, in order.
        about: what its training is told now; with the ``cohort``, unless that is another run's on purpose.

    Raises:
        InputError: names the first disagreement, with both values.
    """
    if model and card.get("model") != model:
        raise InputError(
            f"{path} holds the model '{card.get('model')}', not '{model}'; delete it, with its card, and run again"
        )
    # Before the cohort, whose tables are other ones with other classes: this tells more.
    if list(card.get("classes", [])) != list(classes):
        raise InputError(
            f"{path} tells apart the classes {', '.join(card.get('classes', []))}, but this run has "
            f"{', '.join(classes)}; delete it, with its card, to train it again, or use its label set"
        )
    if COHORT in about and _identified(card.get(COHORT)) != _identified(about[COHORT]):
        raise InputError(
            f"{path} was trained on the cohort {_called(card.get(COHORT))}, but this run has the cohort "
            f"{_called(about[COHORT])}; delete it, with its card, to train it again, or put back the one of this cohort"
        )
    for key in sorted(set(about) - {COHORT}):
        different = _difference(card.get(key), about[key], key)
        if different:
            name, trained, now = different
            raise InputError(
                f"{path} was trained by another configuration: {name} was {trained}, and is {now} in this run; delete "
                "it, with its card, to train it again, or use its configuration"
            )


def require_same_cohort(card: Mapping[str, Any], path: PathLike, about: Mapping[str, Any]) -> None:
    """Refuse an encoder of another cohort than the fusion that it is to be part of; tables it did not read are free.

    Raises:
        InputError: names both cohorts.
    """
    mine, theirs = card.get(COHORT), about.get(COHORT)
    if theirs is None:
        return
    known = mine is not None and mine["name"] == theirs["name"]
    if mine is None or not known or any(theirs["tables"].get(name) != part for name, part in mine["tables"].items()):
        raise InputError(
            f"{path} was trained on the cohort {_called(mine)}, but this run has the cohort {_called(theirs)}; delete "
            "it, with its card, to train it again"
        )


def _identified(cohort: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return (cohort["name"], cohort["sha256"]) if cohort else None


def _called(cohort: Mapping[str, Any] | None) -> str:
    return f"'{cohort['name']}' ({cohort['sha256'][:SHOWN]})" if cohort else "of an older version, which has no name"


def _difference(trained: Any, now: Any, name: str) -> tuple[str, Any, Any] | None:
    """Name and both values of the first thing that differs."""
    if isinstance(trained, Mapping) and isinstance(now, Mapping):
        for key in sorted((set(trained) | set(now)) - set(PLACES)):
            found = _difference(trained.get(key), now.get(key), f"{name}.{key}")
            if found:
                return found
        return None
    return None if trained == now else (name, trained, now)
