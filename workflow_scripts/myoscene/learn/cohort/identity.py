"""Which cohort, labels and configuration a model belongs to: written into its card, and checked before it predicts.

Only the standard library: every job that trains or predicts reads this.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.machinery.digests import sha256
from myoscene.machinery.files import write_text

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class CohortIdentity:
    """A cohort's name, and the hashes of who trained on what and of each table."""

    name: str
    sha256: str
    tables: dict[str, str] = field(default_factory=dict)


def write_identity(
    path: PathLike, tables: Mapping[str, PathLike], *, name: str, participants: Sequence[str], classes: Sequence[str]
) -> None:
    """Write who the people of a cohort table are (sorted), what it is called, and what it holds, as JSON.

    ``tables``: name -> file of what folds are trained on.
    """
    found = {
        "name": name,
        "participants": list(participants),
        "classes": list(classes),
        "tables": {table: sha256(file) for table, file in sorted(tables.items())},
    }
    write_text(path, json.dumps(found, indent=2, sort_keys=True) + "\n")


def read_identity(paths: str | Iterable[PathLike]) -> CohortIdentity:
    """The cohort that these files (or the one) of :func:`write_identity` describe together.

    The hash is of the people, the classes and the tables' content, not of the name (our choice).
    """
    required = {"name": str, "participants": list, "classes": list, "tables": dict}
    files = [paths] if isinstance(paths, str) else paths
    parts = [read_record(path, "record of a cohort", required) for path in files]
    tables = {name: digest for part in parts for name, digest in part["tables"].items()}
    content = {"tables": tables, "of": [[part["participants"], part["classes"]] for part in parts]}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return CohortIdentity(parts[0]["name"], digest, tables)


def read_record(path: PathLike, what: str, required: Mapping[str, type]) -> dict[str, Any]:
    """A JSON object that this version wrote; ``required``: names that it has to have, with the kinds of their values.

    Raises:
        InputError: unreadable, no JSON object, or something required is not there; it says that ``path`` "is not a"
            ``what``.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no JSON object")
        for name, kind in required.items():
            if not isinstance(found.get(name), kind):
                raise ValueError(f"'{name}' is missing or damaged")
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a {what} ({error}); delete it and run again") from None
    return found
