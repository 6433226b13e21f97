"""The networks of a fold: one, or several members whose probabilities are averaged."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.card import Card, Entry, Member
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.loop import Course, Run, train
from myoscene.learn.engine.settings import TrainingSettings
from myoscene.learn.engine.task import Task

# Between the seeds of a fold's members; epochs use the ones in between.
MEMBER_SEED = 7919
Network = TypeVar("Network", bound=nn.Module)


class _Ensemble(Protocol):
    card: Card
    members: Any


Ensemble = TypeVar("Ensemble", bound=_Ensemble)


def fit_members(
    task: Task,
    settings: TrainingSettings,
    splits: Sequence[Split],
    make: Callable[[int], tuple[nn.Module, Course]],
    **bound: Any,
) -> tuple[Arrays, list[Entry], list[Member]]:
    """Train one network for each of ``splits``, one after the other or as a stack (``task.execution.stacked``).

    Args:
        make: network and course of the member of a number; drawn right after the generator was seeded for it.
        bound: what else a kept state belongs to.

    Returns:
        Weights ``<number>/<name>``, history, and who trained and stopped each member.
    """
    stacked = task.execution.device != "cpu" if task.execution.stacked is None else task.execution.stacked
    runs: list[Run] = []
    done = []
    for number, split in enumerate(splits):
        seed = task.spec.seed + number * MEMBER_SEED
        torch.manual_seed(seed)
        network, course = make(number)
        people = Member.of(split)
        execution = task.bound(course.digests, people=[people.training, people.validation], **bound).of_member(number)
        stacked = stacked and getattr(network, "stacks", True)
        runs.append(Run(network, course, settings, seed, execution))
        if not stacked:
            done += train([runs.pop()])
    done += train(runs, stacked=True)
    arrays = {f"{number}/{name}": t.numpy() for number, (best, _) in enumerate(done) for name, t in best.items()}
    history = [{"member": number, **entry} for number, (_, epochs) in enumerate(done) for entry in epochs]
    return arrays, history, [Member.of(split) for split in splits]


def loaded(network: Network, arrays: Arrays) -> Network:
    """``network`` with these weights, ready to predict."""
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in arrays.items()})
    return network.eval()


def honest(predictor: Ensemble, participant: str) -> Ensemble:
    """The same predictor with only the members that were not trained on ``participant``."""
    said = predictor.card.members or []
    return only(predictor, [place for place, member in enumerate(said) if participant not in member.training])


def only(predictor: Ensemble, members: Sequence[int]) -> Ensemble:
    """The same predictor with only these members."""
    part = copy(predictor)
    part.members = [predictor.members[place] for place in members]
    return part
