"""Whether a checkpoint is what a run asks for; one of another model, cohort or configuration is refused by name."""

from collections.abc import Mapping
from typing import Any

from myoscene.core.errors import InputError
from myoscene.learn.cohort.identity import CohortIdentity, PathLike
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.card import Card, TrainingSpec

# Where a file was says nothing of what was made of it; its SHA-256 stands beside it.
PLACES = ("weights",)
SHOWN = 12


def require_fit(card: Card, path: PathLike, spec: TrainingSpec | None) -> None:
    """Refuse a checkpoint that is another model's, or of another cohort, label set or configuration than this run's.

    ``spec``: what its training is told now; with the ``cohort``, unless that is another run's on purpose. None where
    there is nothing to compare with. InputError names the first disagreement, with both values.
    """
    if spec is None:
        return
    if card.model != spec.model:
        raise InputError(
            f"{path} holds the model '{card.model}', not '{spec.model}'; delete it, with its card, and run again"
        )
    # Before the cohort, whose tables are other ones with other classes: this tells more.
    if card.classes != spec.classes:
        raise InputError(
            f"{path} tells apart the classes {', '.join(card.classes)}, but this run has "
            f"{', '.join(spec.classes)}; delete it, with its card, to train it again, or use its label set"
        )
    mine, theirs = card.spec.cohort, spec.cohort
    if theirs and (mine is None or (mine.name, mine.sha256) != (theirs.name, theirs.sha256)):
        raise _of_another_cohort(path, mine, theirs, ", or put back the one of this cohort")
    for key, now in sorted(spec.recorded().items()):
        different = _difference(getattr(card.spec, key), now, key)
        if different:
            name, trained, now = different
            raise InputError(
                f"{path} was trained by another configuration: {name} was {trained}, and is {now} in this run; delete "
                "it, with its card, to train it again, or use its configuration"
            )


def require_parts(parts: Mapping[PathLike, Card], spec: TrainingSpec, split: Split) -> None:
    """Refuse parts of a fusion that are not of its fold, people, classes and cohort: one of them might know whom the
    other holds out. ``parts``: checkpoint -> card. InputError names the first disagreement.
    """
    cards = list(parts.values())
    for card in cards:
        if card.fold != split.fold:
            raise InputError(
                f"fusion of fold '{split.fold}' was given the '{card.model}' of fold '{card.fold}'; delete "
                f"results/learn/{card.model} and run again"
            )
    for name in ("training_participants", "validation_participants", "classes"):
        values = [getattr(card, name) for card in cards]
        if any(own != values[0] for own in values) or (name == "classes" and values[0] != spec.classes):
            told = "; ".join(f"'{card.model}' has {', '.join(own)}" for card, own in zip(cards, values, strict=True))
            raise InputError(
                f"the models that fold '{split.fold}' joins differ in their {name.replace('_', ' ')} ({told}); with "
                f"eyes.label_set 'recordings', delete results/learn and run again"
            )
    first = cards[0]
    if (list(split.training), list(split.validation)) != (first.training_participants, first.validation_participants):
        raise InputError(
            f"the '{first.model}' of fold '{split.fold}' was trained on other participants than the fold has now; "
            f"delete results/learn/{first.model} and run again"
        )
    # A part's cohort has the fusion's name, and the tables that it read are the fusion's; others are free.
    theirs = spec.cohort
    for path, mine in ((path, card.spec.cohort) for path, card in parts.items()):
        if theirs and (mine is None or mine.name != theirs.name or not mine.tables.items() <= theirs.tables.items()):
            raise _of_another_cohort(path, mine, theirs)


def _of_another_cohort(
    path: PathLike, mine: CohortIdentity | None, theirs: CohortIdentity, otherwise: str = ""
) -> InputError:
    called = [
        f"'{cohort.name}' ({cohort.sha256[:SHOWN]})" if cohort else "of an older version, which has no name"
        for cohort in (mine, theirs)
    ]
    return InputError(
        f"{path} was trained on the cohort {called[0]}, but this run has the cohort {called[1]}; delete it, with its "
        f"card, to train it again{otherwise}"
    )


def _difference(trained: Any, now: Any, name: str) -> tuple[str, Any, Any] | None:
    """Name and both values of the first thing that differs."""
    if isinstance(trained, Mapping) and isinstance(now, Mapping):
        for key in sorted((set(trained) | set(now)) - set(PLACES)):
            if found := _difference(trained.get(key), now.get(key), f"{name}.{key}"):
                return found
        return None
    return None if trained == now else (name, trained, now)
