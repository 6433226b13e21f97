"""Models of some people's rows, fitted one step after the other, and what they predict of somebody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myoscene.core.arrays import Floats, Mask, Whole
from myoscene.core.errors import InputError
from myoscene.mapping.clock import Person
from myoscene.mapping.design import Kept, Lag, Scale, delays, dense, estimate_lag, fit_scale, signals_at
from myoscene.mapping.regressors import DENSE, MOST_GROUPS, REGRESSORS, Predict
from myoscene.mapping.settings import MappingSettings
from myoscene.pipeline.one_euro import OneEuro

Rows = dict[str, Mask]  # person -> which rows ``(n,)``


@dataclass(frozen=True)
class Learnt:
    """What one step after the other taught; the lag, the scale and the targets' spread are the first step's."""

    lag: Lag
    scale: Scale
    spread: Floats
    models: dict[str, tuple[Predict, ...]]


class Learner:
    """Fits the models of a protocol; what was learnt of others last is kept, since several protocols begin with it."""

    def __init__(self, people: dict[str, Person], settings: MappingSettings) -> None:
        self.people, self.settings = people, settings
        self._kept: tuple[Rows, Learnt] | None = None
        self._sums: Kept = {}

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
        person = self.people[held_out]
        usable = self._usable(learnt, held_out)
        found = {model: np.zeros(person.targets.shape) for model in models}
        for model in models:
            predicted = _total(learnt.models[model], self._inputs(learnt, held_out, model, usable))
            found[model][usable] = smoothed(predicted, person.time_s[usable], learnt.spread, self.settings)
        return learnt.lag, usable, found

    def _first(self, rows: Rows, models: Sequence[str]) -> Learnt:
        lag = estimate_lag([self.people[name] for name in rows], list(rows.values()), self.settings, self._sums)
        behind = delays(lag, self.settings)
        seen = np.concatenate([signals_at(self.people[name], behind)[chosen] for name, chosen in rows.items()])
        seen = seen[~np.isnan(seen).any(axis=(1, 2))].reshape(-1, seen.shape[2])
        if not len(seen):
            raise self._nothing(rows)
        spread = np.concatenate([self.people[name].targets[own] for name, own in rows.items()]).std(axis=0)
        return self._next(Learnt(lag, fit_scale(seen), spread, dict.fromkeys(models, ())), rows)

    def _next(self, learnt: Learnt, rows: Rows) -> Learnt:
        """The same, and each model once more on what it leaves unexplained of ``rows``."""
        chosen = {name: wanted & self._usable(learnt, name) for name, wanted in rows.items()}
        y = np.concatenate([self.people[name].targets[own] for name, own in chosen.items()])
        if not len(y):
            raise self._nothing(rows)
        weights, groups = self._weights(chosen), self._groups(chosen)
        models, seen = {}, dict[bool, Floats]()
        for model, before in learnt.models.items():
            kind = model in DENSE
            if kind not in seen:
                seen[kind] = np.concatenate([self._inputs(learnt, name, model, own) for name, own in chosen.items()])
            x = seen[kind]
            fitted = REGRESSORS[model](x, y - _total(before, x), weights, groups, self.settings)
            models[model] = (*before, fitted)
        return replace(learnt, models=models)

    def _nothing(self, rows: Rows) -> InputError:
        return InputError(
            f"no row of {', '.join(rows)} that trains has signals at all lags; make the signals longer, or "
            "mapping.history_s shorter"
        )

    def _usable(self, learnt: Learnt, name: str) -> Mask:
        """At which rows ``(n,)`` of a person all lagged signals are there."""
        values = signals_at(self.people[name], delays(learnt.lag, self.settings))
        found: Mask = np.isnan(values).sum(axis=(1, 2)) == 0
        return found

    def _inputs(self, learnt: Learnt, name: str, model: str, rows: Mask) -> Floats:
        """Scaled signals ``(rows, delays, columns)`` of some rows of a person, the latest first.

        Of a model that is given every row, what is missing between the lagged signals that are there is 0, the mean.
        """
        person = self.people[name]
        behind = delays(learnt.lag, self.settings)
        if model in DENSE:
            behind = dense(behind, self.settings)
        values = signals_at(replace(person, time_s=person.time_s[rows]), behind)
        scaled = learnt.scale(values.reshape(-1, values.shape[2])).reshape(*values.shape[:2], -1)
        return np.nan_to_num(scaled)

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


def smoothed(predicted: Floats, time_s: Floats, spread: Floats, settings: MappingSettings) -> Floats:
    """``predicted`` ``(rows, targets)`` through a one-euro filter, where the settings ask for it."""
    if not settings.one_euro_hz or not len(predicted):
        return predicted
    size = np.where(spread > 0, spread, 1.0)
    euro = OneEuro(settings.one_euro_hz, settings.one_euro_gain)
    return np.stack([euro(row, float(time), size) for row, time in zip(predicted, time_s, strict=True)])
