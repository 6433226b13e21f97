"""Own calibration, unseen people, and unseen people after some seconds: all scored on the same rows.

The scored rows are the end of each person's recording, from ``train_fraction`` and the guard gap on. Whatever trains
lies before them, or is of others.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.arrays import Floats, Mask
from myoscene.core.errors import InputError
from myoscene.mapping.clock import LEAST_ROWS, Pairing, Person
from myoscene.mapping.learner import Learner
from myoscene.mapping.regressors import FLOOR
from myoscene.mapping.scores import METRICS, block_sums, draws, from_sums
from myoscene.mapping.settings import MappingSettings
from myoscene.mapping.tables import LEAK, OWN, UNSEEN

Means = dict[tuple[str, str], dict[str, list[tuple[Floats, Floats]]]]


@dataclass(frozen=True)
class Trial:
    """One fit: which rows of whom train, and which rows of one person are predicted.

    ``train``: person -> rows, one step after the other: a later one is fitted on what those before leave, so that a few
    seconds correct what others taught instead of drowning in it.
    """

    protocol: str
    train: tuple[dict[str, Mask], ...]
    held_out: str
    test: Mask
    models: tuple[str, ...]


def after(seconds: float) -> str:
    """Name of the protocol with some seconds of the person's own."""
    return f"{UNSEEN} + {seconds:g} s"


@dataclass(frozen=True)
class Outcome:
    """What :func:`run_protocols` found.

    Attributes:
        scores: a row a protocol, model, person (a recording of a participant) and target: :data:`METRICS`, each with
            ``_low`` and ``_high``, an interval over blocks of the scored rows.
        lags: a row a protocol and person: ``lag_s``, ``lag_low_s``, ``lag_high_s``.
        summary: a row a protocol and model: means over participants, of each over recordings and targets that have a
            score, with intervals over participants, or over blocks of the recordings of one.
    """

    scores: pd.DataFrame
    lags: pd.DataFrame
    summary: pd.DataFrame


def run_protocols(pairing: Pairing, settings: MappingSettings, told: Callable[[str], None] = logging.info) -> Outcome:
    """Every protocol and model on every person; ``told`` of the progress.

    Raises:
        InputError: a recording is too short for the split.
    """
    people = {person.name: person for person in pairing.people}
    rows, lags = [], []
    means: Means = {}
    every = list(trials(pairing.people, settings))
    learner = Learner(people, settings)
    for number, trial in enumerate(every, 1):
        told(f"{number} of {len(every)}: {trial.protocol}, {trial.held_out}")
        lag, usable, predictions = learner.predict(trial.train, trial.held_out, trial.models)
        person = people[trial.held_out]
        lags.append((trial.protocol, trial.held_out, lag.lag_s, lag.low_s, lag.high_s))
        test = trial.test & usable
        if test.sum() < LEAST_ROWS:
            raise InputError(
                f"{person.name} has {test.sum()} rows with all signals in the part that is scored; {LEAST_ROWS} are "
                "needed: leave out the signals, or the person, with missing values"
            )
        blocks = (person.time_s[test] // settings.block_s).astype(np.int64)
        for model in trial.models:
            step = float(np.median(np.diff(person.time_s)))
            sums = block_sums(person.targets[test], predictions[model][test], blocks, step)
            found, drawn = from_sums(sums.sum(axis=0)), draws(sums, settings.bootstrap, settings.seed)
            of = means.setdefault((trial.protocol, model), {}).setdefault(person.participant, [])
            of.append((_mean(found, 1), _mean(drawn, 2)))
            low, high = interval(drawn, settings)
            for place, target in enumerate(pairing.targets):
                values = (found[:, place], low[:, place], high[:, place])
                told_of = (trial.protocol, model, person.participant, trial.held_out, target)
                rows.append((*told_of, *np.stack(values, axis=1).ravel()))
    columns = [name for metric in METRICS for name in (metric, f"{metric}_low", f"{metric}_high")]
    scores = pd.DataFrame(rows, columns=["protocol", "model", "participant", "person", "target", *columns])
    lag_table = pd.DataFrame(lags, columns=["protocol", "person", "lag_s", "lag_low_s", "lag_high_s"])
    return Outcome(scores, lag_table, summarise(means, settings))


def interval(drawn: Floats, settings: MappingSettings) -> Floats:
    """Percentile interval ``(2, ...)`` over the first axis of ``drawn``; NaN where no draw has a value."""
    edges = [(1 - settings.confidence) / 2, (1 + settings.confidence) / 2]
    if np.isfinite(drawn).all():
        every: Floats = np.quantile(drawn, edges, axis=0)
        return every
    filled = np.where(np.isfinite(drawn).any(axis=0), drawn, 0.0)
    found: Floats = np.nanquantile(filled, edges, axis=0)
    return np.where(np.isfinite(drawn).any(axis=0), found, np.nan)


def _mean(values: Floats, axis: int) -> Floats:
    """Mean over targets that have a score; NaN where none has."""
    there = np.isfinite(values)
    number = there.sum(axis=axis)
    found: Floats = np.where(there, values, 0.0).sum(axis=axis) / np.where(number > 0, number, 1)
    return np.where(number > 0, found, np.nan)


def summarise(means: Means, settings: MappingSettings) -> pd.DataFrame:
    """:attr:`Outcome.summary`.

    Args:
        means: (protocol, model) -> participant -> of each recording its scores ``(metrics,)``, means over targets,
            and draws of them ``(draws, metrics)``.
    """
    rows = []
    for (protocol, model), own in means.items():
        each = np.stack([np.mean([scores for scores, _ in recordings], axis=0) for recordings in own.values()])
        if len(each) > 1:
            people = np.random.default_rng(settings.seed).integers(len(each), size=(settings.bootstrap, len(each)))
            low, high = interval(each[people].mean(axis=1), settings)
        else:
            (recordings,) = own.values()
            low, high = interval(np.mean([drawn for _, drawn in recordings], axis=0), settings)
        row: dict[str, str | float] = {"protocol": protocol, "model": model, "people": len(each)}
        for place, metric in enumerate(METRICS):
            row |= {metric: each[:, place].mean(), f"{metric}_low": low[place], f"{metric}_high": high[place]}
        rows.append(row)
    return pd.DataFrame(rows)


def models_of(settings: MappingSettings) -> tuple[str, ...]:
    """The models that are fitted; the floor is always among them, first."""
    return (FLOOR, *(model for model in dict.fromkeys(settings.models) if model != FLOOR))


def shown(settings: MappingSettings) -> tuple[str, ...]:
    """The model whose learning curve and leak are shown: the first, and so the simplest, that learns."""
    return models_of(settings)[1:2] or (FLOOR,)


def trials(people: Sequence[Person], settings: MappingSettings) -> Iterator[Trial]:
    """What is trained and predicted, one person after the other; InputError where a recording is too short."""
    models, one = models_of(settings), shown(settings)
    for person in people:
        time = person.time_s - person.time_s[0]
        train, test = time < settings.train_fraction * time[-1], _scored(time, settings)
        if min(train.sum(), test.sum()) < LEAST_ROWS:
            raise InputError(
                f"{person.name} has {train.sum()} rows to train on and {test.sum()} to predict; {LEAST_ROWS} of each "
                "are needed: record longer, or choose another mapping.train_fraction or guard_s"
            )
        yield Trial(OWN, ({person.name: train},), person.name, test, models)
        for share in settings.curve:
            part = time < share * time[-1]
            if share < settings.train_fraction and part.sum() >= LEAST_ROWS:
                yield Trial(f"{OWN}, first {100 * share:g} %", ({person.name: part},), person.name, test, one)
        drawn = np.random.default_rng(settings.seed).random(len(time)) < settings.train_fraction
        yield Trial(LEAK, ({person.name: drawn},), person.name, ~drawn, one)
        # Other recordings of the same participant are no other person's.
        strangers = [other for other in people if other.participant != person.participant]
        others = {other.name: np.ones(len(other.time_s), dtype=bool) for other in strangers}
        if not others:
            continue
        yield Trial(UNSEEN, (others,), person.name, test, models)
        for seconds in settings.calibration_s:
            part = time < seconds
            if part.sum() and seconds <= settings.train_fraction * time[-1]:
                yield Trial(after(seconds), (others, {person.name: part}), person.name, test, models)


def _scored(time: Floats, settings: MappingSettings) -> Mask:
    return time >= settings.train_fraction * time[-1] + settings.guard_s
