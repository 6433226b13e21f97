"""From probabilities to states: smoothing, the probability floor, the minimum dwell, and runs of a state."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.arrays import Floats, Reals, Whole
from myoscene.pipeline.settings import StateSettings

UNCERTAIN = "uncertain"


def smoothing_weight(hop_s: float, time_constant_s: float) -> float:
    """Weight of the newest value, 1 - exp(-hop / time constant); 1, no smoothing, for a time constant of 0."""
    return -math.expm1(-hop_s / time_constant_s) if time_constant_s > 0 else 1.0


def smooth(probabilities: Reals, hop_s: float, time_constant_s: float) -> Floats:
    """First-order exponential smoothing of one stretch ``(hops, classes)``, causal, starting at the first value.

    y[0] = x[0]; y[n] = y[n-1] + a (x[n] - y[n-1]), with a from :func:`smoothing_weight`. That
    probabilities are smoothed exponentially follows Hickson et al. 2019 (Eyemotion); form and start are our
    choice. Every y is a convex mixture of the x up to it, so rows that sum to 1 go on summing to 1.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    weight = smoothing_weight(hop_s, time_constant_s)
    if not len(values) or weight == 1.0:
        return values.copy()
    # Not scipy.signal, which takes a second to import: every prediction of scenes would wait for it.
    return pd.DataFrame(values).ewm(alpha=weight, adjust=False).mean().to_numpy()


@dataclass(frozen=True)
class Runs:
    """Maximal runs of one state inside one stretch, in order; each array is ``(runs,)``."""

    state: Whole
    start: Whole
    length: Whole
    stretch: Whole


def find_runs(states: Whole, stretch: Whole) -> Runs:
    """Runs of equal ``states`` ``(hops,)`` that never cross from one ``stretch`` ``(hops,)`` to the next."""
    state_of, stretch_of = np.asarray(states, dtype=np.int64), np.asarray(stretch, dtype=np.int64)
    changes = np.flatnonzero((np.diff(state_of) != 0) | (np.diff(stretch_of) != 0)) + 1
    start = np.concatenate([[0], changes]).astype(np.int64)[: len(state_of)]
    length = np.diff(np.append(start, len(state_of)))
    return Runs(state_of[start], start, length, stretch_of[start])


def dwell_hops(minimum_dwell_s: float, hop_s: float) -> int:
    """Number of hops (at least 1) that last ``minimum_dwell_s``; a hop stands for ``hop_s`` seconds."""
    # 0.3 / 0.1 is 2.9999...96 or 3.0000...04 depending on the numbers: the tolerance keeps both at 3.
    return max(1, math.ceil(minimum_dwell_s / hop_s - 1e-6))


def candidates(smoothed: Reals, floor: float) -> Whole:
    """Most probable class of each hop of ``(hops, classes)``, ``(hops,)``; ties go to the first class.

    A highest probability strictly below ``floor`` makes the hop uncertain: the number of classes.
    """
    best = np.argmax(smoothed, axis=1).astype(np.int64)
    best[np.max(smoothed, axis=1) < floor] = smoothed.shape[1]
    return best


def hold(states: Whole, hops: int, uncertain: int) -> Whole:
    """Apply the minimum dwell (``hops``, of :func:`dwell_hops`) to one contiguous stretch, in retrospect (our choice).

    A candidate becomes the state only if it lasts at least ``hops`` hops in a row, and then from the first of
    them, so that onsets are not delayed by the dwell. A shorter run keeps the state before it; short runs
    before the first state take that first state; a stretch where nothing lasts is uncertain throughout.
    "Uncertain" has to last like any class. So no run in the result is shorter than ``hops``, but for the
    whole of such a stretch. ``states`` are its candidates ``(hops,)``; ``uncertain``: the index that stands for it.
    """
    runs = find_runs(states, np.zeros(len(states), dtype=np.int64))
    lasting = runs.length >= hops
    if not lasting.any():
        return np.full(len(states), uncertain, dtype=np.int64)
    # For each run, the last lasting one up to it; before the first, the first.
    order = np.where(lasting, np.arange(len(lasting)), -1)
    source = np.maximum.accumulate(order)
    source[source < 0] = np.argmax(lasting)
    return np.repeat(runs.state[source], runs.length)


def decide(smoothed: Reals, floor: float, hops: int) -> Whole:
    """States of one contiguous stretch from smoothed probabilities ``(hops, classes)``; see :func:`hold`."""
    return hold(candidates(smoothed, floor), hops, uncertain=smoothed.shape[1])


def continuous_states(
    probabilities: Reals, stretch: Whole, hop_s: float, settings: StateSettings
) -> tuple[Floats, Whole]:
    """Smoothed probabilities ``(hops, classes)`` and states ``(hops,)``; both start anew in each stretch.

    ``stretch`` ``(hops,)`` is equal inside a contiguous stretch, where ``probabilities`` are in the order of time.
    """
    smoothed = np.empty(probabilities.shape)
    states = np.empty(len(probabilities), dtype=np.int64)
    hops = dwell_hops(settings.minimum_dwell_s, hop_s)
    for one in np.unique(stretch):
        index = np.flatnonzero(stretch == one)
        smoothed[index] = smooth(probabilities[index], hop_s, settings.smoothing_s)
        states[index] = decide(smoothed[index], settings.probability_floor, hops)
    return smoothed, states
