"""Learning curve: how good a model is by the number of people that it was trained on."""

import random
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_csv_table, read_table, write_table
from myoscene.learn.cohort.split import Split, read_split
from myoscene.learn.tables import LEARNING_CURVE, PARTICIPANT_SCORES


def drop_people(split: Split, people: int, seed: int) -> Split:
    """The fold with only ``people`` of its people to train and validate on; the held-out ones stay.

    Nobody changes sides: whoever validates in the fold validates here, whoever trains trains. Both groups keep
    their proportion, with at least one person each. The same seed gives the people of a smaller number to every
    larger one as well, and at the full number the fold itself (our choice: points of the curve then differ by the
    people added and by nothing else).

    Raises:
        InputError: fewer than two people, or more than the fold has.
    """
    have = len(split.training) + len(split.validation)
    if not 2 <= people <= have:
        raise InputError(
            f"learn.learning_curve.people holds {people}, but fold '{split.fold}' has {have} people to train and "
            f"validate on; give numbers from 2 to {have}"
        )
    validating = min(max(1, round(people * len(split.validation) / have)), people - 1)

    def chosen(side: str, names: Sequence[str], number: int) -> tuple[str, ...]:
        order = sorted(names)
        random.Random(f"learning curve {seed} {split.fold} {side}").shuffle(order)
        return tuple(sorted(order[:number]))

    training = chosen("training", split.training, people - validating)
    return Split(split.fold, training, chosen("validation", split.validation, validating), split.test)


def collect_learning_curve(
    sources: Sequence[PathLike], participants: PathLike, folds: PathLike, destination: PathLike
) -> None:
    """Join the parts of the curve with the model's own scores, which are those with everybody to train on.

    Args:
        sources: parts (:data:`LEARNING_CURVE`); those of folds whose people have no frames are empty.
        participants: the model's scores (:data:`PARTICIPANT_SCORES`).
        destination: table to write (:data:`LEARNING_CURVE`), by number of people, then person.

    Raises:
        InputError: a participant is scored twice at one number of people.
    """
    parts = [part for path in sources if len(part := read_table(path, LEARNING_CURVE))]
    key = ["model", "people", "participant"]
    whole = everybody(participants, folds)
    table = pd.concat([*parts, whole], ignore_index=True)
    # A number that a fold has no more people than was measured already.
    last = table.index >= len(table) - len(whole)
    table = table[~(table.duplicated(key) & last)]
    twice = table.duplicated(key)
    if twice.any():
        row = table[twice].iloc[0]
        raise InputError(
            f"participant '{row['participant']}' is scored twice at {row['people']} training people; delete "
            f"{Path(sources[0]).parent} and run again"
        )
    write_table(destination, table.sort_values(key, ignore_index=True), LEARNING_CURVE)


def everybody(participants: PathLike, folds: PathLike) -> pd.DataFrame:
    """Rows of :data:`LEARNING_CURVE` of a model's own scores: trained on all of the fold's people who are scored."""
    scores = read_csv_table(participants, PARTICIPANT_SCORES)
    scored = set(scores["participant"])
    rows = []
    for fold, own in scores.groupby("fold", sort=False):
        split = read_split(folds, str(fold))
        people = sorted(scored & {*split.training, *split.validation})
        rows.append(own.assign(people=len(people), training_people=";".join(people)))
    table = pd.concat(rows, ignore_index=True).rename(columns={"windows": "frames"})
    return table[list(LEARNING_CURVE.columns)]
