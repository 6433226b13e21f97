"""Models of continuous targets; each is fitted on rows, weights and groups, and predicts ``(rows, targets)``."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from myoscene.core.arrays import Floats, Reals, Whole
from myoscene.mapping.settings import MappingSettings

Predict = Callable[[Floats], Reals]
# Groups that nested validation makes of the training data, at most (our choice).
MOST_GROUPS = 5
# Rows that a network learns from, at most (our choice).
MOST_ROWS = 20_000


class Fit(Protocol):
    """Trains one kind of model."""

    def __call__(self, x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> Predict:
        """From standardised signals ``(rows, delays, columns)``, the latest first, to targets ``(rows, targets)``.

        ``groups`` ``(rows,)``: rows of one group are never on both sides of nested validation; -1, which lie between
        groups, are on neither, and train only what comes out.
        """


def fit_mean(x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> Predict:
    """The floor: the mean of the training data."""
    mean = np.average(y, axis=0, weights=weights)
    return lambda new: np.repeat(mean[None], len(new), axis=0)


def fit_ridge(x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> Predict:
    """Linear, with lags; the penalty by nested validation, of each target its own."""
    best = ridge_coefficients(_flat(x), y, weights, groups, settings)
    return lambda new: _with_one(_flat(new)) @ best


def ridge_coefficients(x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> Floats:
    """Coefficients ``(columns + 1, targets)`` of ``x`` ``(rows, columns)``, the intercept last; see :class:`Fit`."""
    sums = {group: _sums(x, y, weights, groups == group) for group in np.unique(groups)}
    total = sum(sums.values(), np.zeros(()))
    folds = [group for group in sums if group >= 0]
    nested = sum((sums[fold] for fold in folds), np.zeros(()))
    if len(folds) < 2:
        chosen = np.full(y.shape[1], len(settings.alphas) // 2)
    else:
        errors = np.zeros((len(settings.alphas), y.shape[1]))
        for fold in folds:
            held = groups == fold
            own_x, own_y = _with_one(x[held]), y[held]
            for place, coefficients in enumerate(_solve(nested - sums[fold], x.shape[1], settings.alphas)):
                off = own_y - own_x @ coefficients
                errors[place] += (weights[held, None] * off**2).sum(axis=0)
        chosen = errors.argmin(axis=0)
    every = _solve(total, x.shape[1], settings.alphas)
    return np.stack([every[place][:, target] for target, place in enumerate(chosen)], axis=1)


def _flat(x: Floats) -> Floats:
    return x.reshape(len(x), -1)


def _with_one(x: Floats) -> Floats:
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def _sums(x: Floats, y: Floats, weights: Floats, rows: np.ndarray) -> Floats:
    wide = np.concatenate([_with_one(x[rows]), y[rows]], axis=1)
    return wide.T @ (weights[rows, None] * wide)


def _solve(sums: Floats, columns: int, alphas: list[float]) -> list[Reals]:
    """Coefficients ``(columns + 1, targets)`` for each penalty, which the intercept does not pay."""
    penalty = np.diag([1.0] * columns + [0.0])
    known, wanted = sums[: columns + 1, : columns + 1], sums[: columns + 1, columns + 1 :]
    return [np.linalg.solve(known + alpha * penalty, wanted) for alpha in alphas]


def fit_trees(x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> Predict:
    """Extremely randomised trees (Geurts et al. 2006), which know saturation and interplay."""
    from sklearn.ensemble import ExtraTreesRegressor

    x = _flat(x)
    # Every so many rows: neighbours nearly repeat, and time grows with rows.
    kept = evenly(len(x), settings.tree_rows)
    x, y, weights = x[kept], y[kept], weights[kept]
    # Leaves of a few rows: single rows would repeat the neighbours' noise (our choice).
    forest = ExtraTreesRegressor(
        settings.trees, min_samples_leaf=3, max_features=settings.tree_features, random_state=settings.seed, n_jobs=1
    )
    # Of one scale, so that no target rules the splits.
    centre, spread = y.mean(axis=0), y.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    forest.fit(x.astype(np.float32), (y - centre) / spread, sample_weight=weights)
    return lambda new: forest.predict(_flat(new).astype(np.float32)).reshape(len(new), -1) * spread + centre


def fit_tcn(x: Floats, y: Floats, weights: Floats, groups: Whole, settings: MappingSettings) -> Predict:
    """A small causal convolutional network; torch is loaded only here."""
    from myoscene.mapping.tcn import fit

    kept = evenly(len(x), MOST_ROWS)
    return fit(x[kept], y[kept], weights[kept], groups[kept], settings)


def evenly(rows: int, most: int) -> Whole:
    """Places of at most ``most`` of so many rows, evenly spread."""
    return np.linspace(0, rows - 1, min(rows, most)).round().astype(np.int64)


FLOOR = "mean"
REGRESSORS: dict[str, Fit] = {FLOOR: fit_mean, "ridge": fit_ridge, "extra_trees": fit_trees, "tcn": fit_tcn}
# Models that are given every row of the signals' recent past, and not only some.
DENSE = ("tcn",)
