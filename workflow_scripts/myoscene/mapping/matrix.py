"""Which signal moves which target: a ridge on signals at their lag, all in standard deviations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from myoscene.core.arrays import Floats
from myoscene.mapping.clock import Pairing, Person
from myoscene.mapping.design import estimate_lag, signals_at
from myoscene.mapping.protocols import interval
from myoscene.mapping.regressors import MOST_GROUPS, ridge_coefficients
from myoscene.mapping.settings import MappingSettings


def coefficients(pairing: Pairing, settings: MappingSettings) -> pd.DataFrame:
    """A row a signal and target: mean over people of each one's own coefficient, and its interval over people.

    It describes, and predicts nothing: all rows of everybody are used, without logarithms or earlier times.
    """
    each = np.stack([_own(person, settings) for person in pairing.people])
    low, high = _over_people(each, settings)
    rows = [
        (signal, target, each[:, i, j].mean(), low[i, j], high[i, j], len(each))
        for i, signal in enumerate(pairing.signals)
        for j, target in enumerate(pairing.targets)
    ]
    names = ["signal", "target", "coefficient", "coefficient_low", "coefficient_high", "people"]
    return pd.DataFrame(rows, columns=names)


def _own(person: Person, settings: MappingSettings) -> Floats:
    """``(signals, targets)`` of one person."""
    lag = estimate_lag([person], [np.ones(len(person.time_s), dtype=bool)], settings)
    x = signals_at(person, [lag.lag_s])[:, 0]
    there = np.isfinite(x).all(axis=1)
    x, y = (_standard(values[there]) for values in (x, person.targets))
    groups = np.arange(len(x)) * MOST_GROUPS // len(x)
    return ridge_coefficients(x, y, np.ones(len(x)), groups, settings)[:-1]


def _standard(values: Floats) -> Floats:
    spread = values.std(axis=0)
    found: Floats = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return found


def _over_people(each: Floats, settings: MappingSettings) -> Sequence[Floats]:
    if len(each) < 2:
        return [np.full(each.shape[1:], np.nan)] * 2
    drawn = np.random.default_rng(settings.seed).integers(len(each), size=(settings.bootstrap, len(each)))
    low, high = interval(each[drawn].mean(axis=1), settings)
    return [low, high]
