"""One fold of one model: fitted, and written with its card."""

import os
from collections.abc import Callable

from myoscene.learn.engine.card import Card, Fitted, card_of
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.engine.task import Task


def train_fold(task: Task, fit: Callable[[Task], Fitted], checkpoint: str | os.PathLike[str]) -> Card:
    """Fit a model on the fold's people, stop it early on its validation people, write checkpoint and card.

    Its state is kept while it trains (``task.execution.resume``): a job that was killed goes on from there, with the
    very same weights as if it had not been; a state that belongs to other data or settings is ignored.

    Args:
        fit: of the model.

    Raises:
        InputError: as ``fit``; fewer than two classes in the training people, for one.
    """
    fitted = fit(task)
    card = card_of(task.spec, task.split, fitted)
    save_checkpoint(checkpoint, fitted.arrays, card)
    task.execution.discard(len(fitted.members or [None]))
    return card
