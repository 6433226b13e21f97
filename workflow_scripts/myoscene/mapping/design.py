"""What a model is given: signals at several lags, on one scale; and which lag that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myoscene.core.arrays import Floats, Mask, Reals
from myoscene.core.errors import InputError
from myoscene.mapping.clock import Person
from myoscene.mapping.settings import MappingSettings

# Under the logarithm, as a share of a signal's median: what is smaller is noise (our choice).
LOG_FLOOR = 0.05
# Draws for the interval of the lag (our choice).
LAG_DRAWS = 100
# Every so many rows tell of the lag (our choice).
LAG_ROWS = 3
# Ridge penalty of the small model that compares lags, a row.
LAG_PENALTY = 1e-3


@dataclass(frozen=True)
class Lag:
    """How far the targets are behind the signals, in seconds, and the interval over blocks of the training data."""

    lag_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True)
class Scale:
    """What makes signals comparable, of training data only: centre and spread ``(columns,)``; floors for logarithms.

    A signal without negative values counts twice, as it is and as its logarithm (people's gains become offsets there);
    ``floor`` is NaN for others.
    """

    floor: Floats
    centre: Floats
    spread: Floats

    def __call__(self, values: Floats) -> Floats:
        """``(rows, signals)`` -> ``(rows, columns)``."""
        return (_expanded(values, self.floor) - self.centre) / self.spread


def fit_scale(values: Floats) -> Scale:
    """The scale of ``values`` ``(rows, signals)`` without missing ones."""
    positive = values.min(axis=0) >= 0
    median = np.median(values, axis=0)
    median = np.where(median > 0, median, values.mean(axis=0))
    floor = np.where(positive & (median > 0), LOG_FLOOR * median, np.nan)
    wide = _expanded(values, floor)
    spread = wide.std(axis=0)
    return Scale(floor, wide.mean(axis=0), np.where(spread > 0, spread, 1.0))


def _expanded(values: Floats, floor: Floats) -> Floats:
    logged = np.isfinite(floor)
    return np.concatenate([values, np.log(np.maximum(values[:, logged], floor[logged]))], axis=1)


def signals_at(person: Person, delays_s: Sequence[float]) -> Floats:
    """Signals ``(rows, delays, signals)`` as they were ``delays_s`` before each row of the targets."""
    return np.stack([person.signals.at(person.time_s - delay) for delay in delays_s], axis=1)


def delays(lag: Lag, settings: MappingSettings) -> list[float]:
    """Where the signals are read: at the lag, and before it; not after the row in causal use."""
    found = [lag.lag_s + behind for behind in settings.history_s]
    return [max(0.0, delay) for delay in found] if settings.causal else found


def dense(behind: Sequence[float], settings: MappingSettings) -> list[float]:
    """Every step of ``rate_hz`` over the same stretch of time."""
    first, last = min(behind), max(behind)
    return [first + step / settings.rate_hz for step in range(1 + int((last - first) * settings.rate_hz + 1e-6))]


# (person, rows as bytes) -> what estimate_lag needs of them, which several protocols ask for.
Kept = dict[tuple[str, bytes], Floats]


def estimate_lag(
    people: Sequence[Person], rows: Sequence[Mask], settings: MappingSettings, kept: Kept | None = None
) -> Lag:
    """The lag at which a small linear model explains most of the targets, and its percentile interval over blocks.

    Args:
        rows: of each person, which rows train ``(n,)``; nothing else is looked at.
    """
    # Whole steps: between two samples interpolation smooths noise away, and would draw the lag there.
    step = max(float(np.median(np.diff(people[0].time_s))), people[0].signals.step_s)
    most = int(settings.lag_max_s / step)
    tried = np.arange(0 if settings.causal else -most, most + 1) * step
    if len(tried) == 1:
        return Lag(0.0, 0.0, 0.0)
    known, parts = {} if kept is None else kept, []
    for person, own in zip(people, rows, strict=True):
        # Lags are tried in the first person's steps.
        key = (f"{step!r} {person.name}", own.tobytes())
        if key not in known:
            known[key] = _block_sums(person, own, tried, settings)
        parts.append(known[key])
    sums = np.concatenate(parts)
    if not len(sums):
        raise InputError(
            f"no row of {', '.join(person.name for person in people)} that trains has signals at all lags up to "
            f"{settings.lag_max_s:g} s; make the signals longer, or mapping.lag_max_s shorter"
        )
    n_targets = people[0].targets.shape[1]
    drawn = np.random.default_rng(settings.seed).multinomial(len(sums), [1 / len(sums)] * len(sums), LAG_DRAWS)
    weights = np.concatenate([np.ones((1, len(sums))), drawn])
    explained = _explained((weights @ sums.reshape(len(sums), -1)).reshape(-1, *sums.shape[1:]), n_targets)
    best = np.array([_peak(tried, one) for one in explained])
    low, high = np.quantile(best[1:], [(1 - settings.confidence) / 2, (1 + settings.confidence) / 2])
    return Lag(float(best[0]), float(low), float(high))


def _peak(tried: Reals, explained: Floats) -> float:
    """Where a parabola through the largest value and its neighbours has its top."""
    place = int(explained.argmax())
    if place in (0, len(tried) - 1):
        return float(tried[place])
    before, top, behind = explained[place - 1 : place + 2]
    bend = before - 2 * top + behind
    return float(tried[place] + (tried[1] - tried[0]) * (0.5 * (before - behind) / bend if bend < 0 else 0.0))


def _block_sums(person: Person, train: Mask, tried: Reals, settings: MappingSettings) -> Floats:
    """Sums of products ``(blocks, lags, p, p)`` of signals, targets and 1 over each block of the training rows."""
    # Neighbours nearly repeat.
    rows = np.flatnonzero(train)[::LAG_ROWS]
    time, targets = person.time_s[rows], person.targets[rows]
    seen = signals_at(replace(person, time_s=time, targets=targets), [*tried])
    there = np.isfinite(seen).all(axis=(1, 2))
    seen, targets, time = seen[there], targets[there], time[there]
    if not len(time):
        p = seen.shape[2] + targets.shape[1] + 1
        return np.zeros((0, len(tried), p, p))
    scale = fit_scale(seen[:, len(tried) // 2])
    spread = targets.std(axis=0)
    known = (targets - targets.mean(axis=0)) / np.where(spread > 0, spread, 1)
    blocks = ((time - time[0]) / settings.block_s).astype(int)
    found = []
    for lag in range(len(tried)):
        wide = np.concatenate([scale(seen[:, lag]), known, np.ones((len(known), 1))], axis=1)
        found.append([wide[blocks == block].T @ wide[blocks == block] for block in np.unique(blocks)])
    return np.ascontiguousarray(np.array(found).swapaxes(0, 1))


def _explained(sums: Floats, n_targets: int) -> Floats:
    """Explained sum of squares over the targets ``(draws, lags)``, from sums of products ``(draws, lags, p, p)``."""
    width = sums.shape[-1]
    inputs = [*range(width - n_targets - 1), width - 1]
    outputs = range(width - 1 - n_targets, width - 1)
    wide = sums[..., inputs, :]
    penalty = LAG_PENALTY * sums[:, :1, -1:, -1:] * np.eye(len(inputs))
    xx, xy = wide[..., inputs] + penalty, wide[..., outputs]
    found: Floats = (xy * np.linalg.solve(xx, xy)).sum(axis=(-2, -1))
    return found
