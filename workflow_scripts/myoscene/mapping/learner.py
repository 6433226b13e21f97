"""Models of some people's rows, fitted one step after the other, and what they predict of somebody."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myoscene.core.arrays import Floats, Mask, Whole
from myoscene.core.errors import InputError
from myoscene.mapping.clock import Person
from myoscene.mapping.design import Lag, Scale, delays, estimate_lag, fit_scale, signals_at
from myoscene.mapping.regressors import MOST_GROUPS, REGRESSORS, Predict
from myoscene.mapping.settings import MappingSettings

Rows = dict[str, Mask]  # person -> which rows ``(n,)``


@dataclass(frozen=True)
class Learnt:
    """What one step after the other taught: the lag and scale are the first step's."""

    lag: Lag
    scale: Scale
    models: dict[str, tuple[Predict, ...]]


class Learner:
    """Fits the models of a protocol; what was learnt of others last is kept, since several protocols begin with it."""

    def __init__(self, people: dict[str, Person], settings: MappingSettings) -> None:
        self.people, self.settings = people, settings
        self._kept: tuple[Rows, Learnt] | None = None

    def predict(
        self, train: Sequence[Rows], held_out: str, models: Sequence[str]
    ) -> tuple[Lag, Mask, dict[str, Floats]]:
        """What each of ``models`` predicts for the person ``held_out`` after the steps ``train``.

        Returns:
            Lag, of the first step's rows; the rows ``(n,)`` at which all lagged signals are there; model -> ``(n,
            targets)``, which counts in these rows alone.

        Raises:
            InputError: no row of a step has all lagged signals.
        """
        first, *later = train
        if self._kept is None or self._kept[0] is not first:
            self._kept = first, self._first(first, models)
        learnt = self._kept[1]
        for step in later:
            learnt = self._next(learnt, step)
        x, usable = self._inputs(learnt, held_out)
        found = {model: np.zeros(self.people[held_out].targets.shape) for model in models}
        for model in models:
            found[model][usable] = _total(learnt.models[model], x[usable])
        return learnt.lag, usable, found

    def _first(self, rows: Rows, models: Sequence[str]) -> Learnt:
        lag = estimate_lag([self.people[name] for name in rows], list(rows.values()), self.settings)
        behind = delays(lag, self.settings)
        seen = np.concatenate([signals_at(self.people[name], behind)[chosen] for name, chosen in rows.items()])
        seen = seen[~np.isnan(seen).any(axis=(1, 2))].reshape(-1, seen.shape[2])
        if not len(seen):
            raise self._nothing(rows)
        return self._next(Learnt(lag, fit_scale(seen), dict.fromkeys(models, ())), rows)

    def _next(self, learnt: Learnt, rows: Rows) -> Learnt:
        """The same, and each model once more on what it leaves unexplained of ``rows``."""
        parts, chosen = [], {}
        for name, wanted in rows.items():
            x, usable = self._inputs(learnt, name)
            chosen[name] = wanted & usable
            parts.append(x[chosen[name]])
        x = np.concatenate(parts)
        if not len(x):
            raise self._nothing(rows)
        y = np.concatenate([self.people[name].targets[own] for name, own in chosen.items()])
        weights, groups = self._weights(chosen), self._groups(chosen)
        models = {}
        for model, before in learnt.models.items():
            fitted = REGRESSORS[model](x, y - _total(before, x), weights, groups, self.settings)
            models[model] = (*before, fitted)
        return Learnt(learnt.lag, learnt.scale, models)

    def _nothing(self, rows: Rows) -> InputError:
        return InputError(
            f"no row of {', '.join(rows)} that trains has signals at all lags; make the signals longer, or "
            "mapping.history_s shorter"
        )

    def _inputs(self, learnt: Learnt, name: str) -> tuple[Floats, Mask]:
        """Scaled signals ``(n, columns)`` of a person, and at which rows all are there."""
        values = signals_at(self.people[name], delays(learnt.lag, self.settings))
        usable: Mask = np.isnan(values).sum(axis=(1, 2)) == 0
        return learnt.scale(values.reshape(-1, values.shape[2])).reshape(len(values), -1), usable

    def _weights(self, chosen: Rows) -> Floats:
        """Every participant counts alike, and a row 1 on average."""
        rows: dict[str, int] = {}
        for name, own in chosen.items():
            participant = self.people[name].participant
            rows[participant] = rows.get(participant, 0) + int(own.sum())
        parts = [np.full(own.sum(), 1 / max(1, rows[self.people[name].participant])) for name, own in chosen.items()]
        weights = np.concatenate(parts)
        return weights * len(weights) / weights.sum()

    def _groups(self, chosen: Rows) -> Whole:
        """Of several participants each is a group, of several recordings of one each; of one, stretches with the guard
        gap between them."""
        of = [self.people[name].participant for name in chosen]
        of = of if len(set(of)) > 1 else list(chosen)
        if len(of) > 1:
            places = {name: place for place, name in enumerate(dict.fromkeys(of))}
            parts = zip(of, chosen.values(), strict=True)
            return np.concatenate([np.full(rows.sum(), places[name]) for name, rows in parts])
        (name, rows), *_ = chosen.items()
        time = self.people[name].time_s[rows]
        time = time - time[0]
        number = max(1, min(MOST_GROUPS, int(time[-1] // self.settings.block_s)))
        length = (time[-1] + 1e-9) / number
        groups = (time // length).astype(np.int64)
        # What lies within the gap before the next group is on neither side.
        close = (time % length > length - min(self.settings.guard_s, length / 2)) & (groups < number - 1)
        return np.where(close, -1, groups)


def _total(models: Sequence[Predict], x: Floats) -> Floats:
    """Sum of what the steps' models predict of ``x``; 0 where there are none."""
    return np.asarray(sum((model(x) for model in models), np.zeros(())))
