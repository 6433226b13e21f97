"""Who is held out where: splits by participant, made before anything is fitted.

Only the standard library: Snakemake calls :func:`assign` while it reads the workflow.
"""

import os
import random
from collections.abc import Iterable

from myoscene.core.errors import InputError
from myoscene.learn.cohort.settings import FoldSettings

SMALLEST_COHORT = 3


def assign(participants: Iterable[str], method: str, max_lopo: int, k: int, seed: int) -> dict[str, str]:
    """The fold in which each participant is held out.

    Under ``lopo`` a fold is named like its participant; under ``grouped`` it is ``group01`` and so on, filled in
    turn from a seeded shuffle; ``auto`` is ``lopo`` up to ``max_lopo`` participants.

    Returns:
        participant -> fold, in sorted order of participants.

    Raises:
        InputError: a name occurs twice; there are fewer than 3 people (one to test, one to validate, one to train
            on); a grouped fold would leave fewer than 2 people.
    """
    given = list(participants)
    people = sorted(set(given))
    if len(people) != len(given):
        twice = next(name for name in people if given.count(name) > 1)
        raise InputError(f"participant '{twice}' occurs twice in the list of participants; name each person once")
    if len(people) < SMALLEST_COHORT:
        raise InputError(
            f"{len(people)} participant(s) with a calibration ({', '.join(people) or 'none'}) cannot be split by "
            f"participant: one to test, one to validate and one to train on are needed; add recordings of other people "
            f"who train (recordings.role_column), or set learn.models to []"
        )
    if method == "lopo" or (method == "auto" and len(people) <= max_lopo):
        return {person: person for person in people}
    groups = min(k, len(people))
    if len(people) - -(-len(people) // groups) < 2:
        raise InputError(
            f"learn.folds.k = {k} leaves fewer than two of the {len(people)} participants outside a fold; "
            f"raise learn.folds.k or set learn.folds.method to 'lopo'"
        )
    shuffled = list(people)
    random.Random(f"folds {seed}").shuffle(shuffled)
    fold_of = {person: f"group{1 + place % groups:02d}" for place, person in enumerate(shuffled)}
    return {person: fold_of[person] for person in people}


def validation_participants(
    fold_of: dict[str, str], fold: str, fraction: float, seed: int, complete: Iterable[str] | None = None
) -> list[str]:
    """People of a fold's training side who are held back for early stopping, sorted.

    At least one, and at least one is left to train on. The draw depends on names, the seed and the fold alone.

    Args:
        complete: people with every kind of recording that is trained on. They are drawn first, and one of them is left
            to train: somebody without eye images can neither train nor stop a network on eye images.
    """
    training = sorted(person for person, held_out_in in fold_of.items() if held_out_in != fold)
    number = min(max(1, round(fraction * len(training))), len(training) - 1)
    preferred = set(training if complete is None else complete)
    known = [person for person in training if person in preferred]
    others = [person for person in training if person not in preferred]
    first = min(number, max(len(known) - 1, 0))
    draw = random.Random(f"validation {seed} {fold}")
    return sorted(draw.sample(known, first) + draw.sample(others, number - first))


def roles(
    fold_of: dict[str, str], fraction: float, seed: int, complete: Iterable[str] | None = None
) -> list[tuple[str, str, str]]:
    """Rows (fold, participant, role) with role ``test`` or ``validation``; everybody else trains."""
    rows = []
    for fold in sorted(set(fold_of.values())):
        rows += [(fold, person, "test") for person, of in fold_of.items() if of == fold]
        validating = validation_participants(fold_of, fold, fraction, seed, complete)
        rows += [(fold, person, "validation") for person in validating]
    return rows


def write_folds(
    destination: str | os.PathLike[str],
    participants: list[str],
    settings: FoldSettings,
    *,
    seed: int,
    synthetic: bool,
    complete: list[str] | None = None,
) -> None:
    """Write the table of folds (:data:`myoscene.learn.tables.FOLDS`); ``complete``: see validation_participants."""
    import pandas as pd

    from myoscene.core.tables import write_table
    from myoscene.learn.tables import FOLDS

    fold_of = assign(participants, settings.method, settings.max_lopo, settings.k, seed)
    rows = roles(fold_of, settings.validation_fraction, seed, complete)
    frame = pd.DataFrame(rows, columns=["fold", "participant", "role"])
    write_table(destination, frame.assign(synthetic=synthetic), FOLDS)
