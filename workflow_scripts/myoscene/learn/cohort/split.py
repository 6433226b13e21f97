"""Reading a fold, and of the cohort's tables only the rows that the fold may see."""

import hashlib
import json
import random
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, Schema, read_csv_table, read_table, table_schema
from myoscene.learn.tables import FOLDS

KEYS = ("participant", "recording", "kind", "segment", "event", "start_s", "label")


@dataclass(frozen=True)
class Split:
    """One fold: names of the people who train, validate and are held out, each sorted."""

    fold: str
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def read_folds(path: PathLike) -> pd.DataFrame:
    """The table of folds; names stay text, also where they look like numbers."""
    return read_csv_table(path, FOLDS)


def read_split(path: PathLike, fold: str) -> Split:
    """The people of ``fold``; InputError when the table does not know it."""
    folds = read_folds(path)
    everybody = sorted(set(folds.loc[folds["role"] == "test", "participant"]))
    here = folds[folds["fold"] == fold]
    test, validation = (tuple(sorted(here.loc[here["role"] == r, "participant"])) for r in ("test", "validation"))
    if not test:
        raise InputError(f"{path} has no fold '{fold}'; delete it and run again")
    return Split(fold, tuple(name for name in everybody if name not in test + validation), validation, test)


def member_splits(split: Split, members: int, seed: int) -> list[Split]:
    """The fold's people for each member of an ensemble: as many to validate, but others in turn.

    The first member has the fold's own split. The held-out people are nobody's.
    """
    size = len(split.validation)
    order = list(split.training)
    random.Random(f"members {seed} {split.fold}").shuffle(order)
    people = sorted(split.training + split.validation)
    splits = [split]
    for member in range(members - 1):
        validation = tuple(sorted({order[(member * size + place) % len(order)] for place in range(size)}))
        training = tuple(name for name in people if name not in validation)
        splits.append(replace(split, training=training, validation=validation))
    return splits


def read_people(path: PathLike, schema: Schema, people: tuple[str, ...], classes: list[str]) -> pd.DataFrame:
    """Rows of ``people``, whose row groups alone are read; InputError for no row, or a label that is not a class."""
    frame = read_table(path, schema, where={"participant": people})
    if frame.empty:
        raise InputError(f"{path} has no labelled window of participant(s) {', '.join(people)}")
    unknown = sorted(set(frame["label"]) - set(classes))
    if unknown:
        raise InputError(
            f"{path} holds the label(s) {', '.join(unknown)}, which are not in recordings.classes; add them there"
        )
    return frame.reset_index(drop=True)


def feature_names(path: PathLike) -> list[str]:
    """Names of the feature columns of a cohort table, in its order."""
    return [name for name in table_schema(path).names if name not in KEYS]


def config_hash(values: dict[str, Any]) -> str:
    """SHA-256 of plain values, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
