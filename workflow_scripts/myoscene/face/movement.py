"""How far and how fast each side of a face moves in a task, and what moves along without being asked.

All of it is arithmetic on arrays. Windows, thresholds and ratios are our choice; nothing here is a clinical scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

Floats = NDArray[np.float64]
# Frames of the running median that takes single outliers away.
_MEDIAN = 5
# Rest is what lies so long before a task; without it, the values that the task begins with (s).
REST_S, BEGIN_S = 1.0, 0.3
# Of what was asked for, at least this share of the largest movement has to be there, or nothing is divided by it.
LEAST = 0.1
# Cells from which on an agreement of two matrices is told.
LEAST_CELLS = 5


@dataclass(frozen=True)
class Movement:
    """One task; ``(columns,)`` each, not a number where a column has no value in it.

    Attributes:
        excursion: largest distance from rest, in the column's unit.
        signed: the same with its sign.
        speed: largest change, in the column's unit a second.
        seen: share of the task's rows that have a value in some column.
        peak: row at which all columns together are furthest from rest.
    """

    excursion: Floats
    signed: Floats
    speed: Floats
    seen: float
    peak: int


def smoothed(values: Floats) -> Floats:
    """Running median of ``(rows, columns)`` over 5 rows; missing values stay missing and do not count beside."""
    half = _MEDIAN // 2
    padded = np.pad(values, ((half, half), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _MEDIAN, axis=0)
    known = np.sort(windows, axis=-1)  # not a number comes last
    count = np.isfinite(windows).sum(axis=-1)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, np.maximum(count - 1, 0))
    found = (np.take_along_axis(known, low[..., None], -1) + np.take_along_axis(known, high[..., None], -1))[..., 0] / 2
    return np.where(np.isfinite(values), found, np.nan)


def movement(time_s: Floats, values: Floats, onset_s: float, end_s: float) -> Movement | None:
    """What each column does from ``onset_s`` to ``end_s``, measured from the median of the second before.

    Args:
        time_s: ``(rows,)``, growing.
        values: ``(rows, columns)``, smoothed where that is wanted.

    Returns:
        None where the task has fewer than three rows.
    """
    inside = (time_s >= onset_s) & (time_s <= end_s)
    if inside.sum() < 3:
        return None
    before = (time_s >= onset_s - REST_S) & (time_s < onset_s)
    if np.isfinite(values[before]).any(axis=1).sum() < 3:
        before = inside & (time_s <= onset_s + BEGIN_S)
    rest, held = _median(values[before]), values[inside]
    away = held - rest
    known = np.isfinite(away)
    far = np.where(known, np.abs(away), -1.0)
    row, columns = far.argmax(axis=0), np.arange(values.shape[1])
    some = known.any(axis=0)
    signed = np.where(some, away[row, columns], np.nan)
    change = np.abs(np.gradient(held, time_s[inside], axis=0))
    speed = np.where(np.isfinite(change).any(axis=0), np.where(np.isfinite(change), change, -1.0).max(axis=0), np.nan)
    peak = int(np.where(known, np.abs(away), 0.0).sum(axis=1).argmax())
    return Movement(np.abs(signed), signed, speed, float(known.any(axis=1).mean()), int(np.flatnonzero(inside)[peak]))


def _median(values: Floats) -> Floats:
    """Median of each column; not a number where it has no value."""
    found = np.full(values.shape[1], np.nan)
    for column in range(values.shape[1]):
        known = values[np.isfinite(values[:, column]), column]
        if len(known):
            found[column] = np.median(known)
    return found


def asymmetry(left: Floats, right: Floats) -> Floats:
    """(L - R) / (L + R) of excursions: 1 where only the left side moves, -1 where only the right does; 0 / 0 is NaN."""
    total = left + right
    return np.divide(left - right, total, out=np.full(np.shape(total), np.nan), where=total > 0)


def asymmetry_interval(as_seen: Floats, mirrored: Floats) -> tuple[Floats, Floats, Floats]:
    """The middle, and the lower and upper end, of the same asymmetry seen in the face and in its mirror image.

    The networks see left and right differently; the truth lies between both views, if they are wrong by as much.
    """
    return (as_seen + mirrored) / 2, np.fmin(as_seen, mirrored), np.fmax(as_seen, mirrored)


def by_region(excursions: Floats, regions: Sequence[str], order: Sequence[str], least: Floats) -> Floats:
    """Largest movement of each region, as a share of the most that each column does in any task.

    Args:
        excursions: ``(tasks, columns, sides)``.
        regions: the region of each column.
        least: ``(columns,)``: a column that never moves as far is measured by this, so that noise is no movement.

    Returns:
        ``(tasks, regions, sides)``, 0 to 1; NaN where the region has no column.
    """
    most = np.maximum(np.fmax.reduce(excursions, axis=(0, 2), initial=0.0), least)
    share = np.divide(
        excursions, most[None, :, None], out=np.full(excursions.shape, np.nan), where=most[None, :, None] > 0
    )
    found = np.full((len(excursions), len(order), excursions.shape[2]), np.nan)
    for place, region in enumerate(order):
        own = share[:, [name == region for name in regions]]
        if own.shape[1]:
            found[:, place] = np.fmax.reduce(own, axis=1)
    return found


def synkinesis(moved: Floats, asked: Sequence[int | None]) -> Floats:
    """Movement of the regions that were not asked for, relative to the one that was, on the same side.

    Args:
        moved: ``(tasks, regions, sides)`` from :func:`by_region`.
        asked: of each task the place of the region that was asked for, or None.

    Returns:
        ``(tasks, regions, sides)``; NaN of the region itself, of tasks without one, and where it hardly moved.
    """
    found = np.full(moved.shape, np.nan)
    for task, region in enumerate(asked):
        if region is None:
            continue
        by = np.where(moved[task, region] >= LEAST, moved[task, region], np.nan)
        found[task] = moved[task] / by
        found[task, region] = np.nan
    return found


def agreement(video: Floats, emg: Floats) -> tuple[float, int]:
    """Spearman's correlation of the cells that both matrices have, and their number; NaN below five of them."""
    both = np.isfinite(video) & np.isfinite(emg)
    one, other = video[both], emg[both]
    if len(one) < LEAST_CELLS or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan"), len(one)
    return float(spearmanr(one, other).statistic), len(one)
