"""Temporal expression features: bouts, switches, transitions, latency, autocorrelation, trend.

Time inside a scene is *observed time*: hop number k of the scene stands for the seconds from k * hop to
(k + 1) * hop, and the time between two stretches of a scene (a gap in the signal, another scene) does not
count. No bout, switch or lagged pair reaches across such an edge. All of this is our choice.
"""

import numpy as np
from numpy.typing import NDArray

from myoscene.pipeline.states import UNCERTAIN, Runs, find_runs
from myoscene.pipeline.static import entropy_bits

NAN = float("nan")
LAG_S = 1.0
# Two pairs always lie on a line, whose correlation says nothing.
MINIMUM_PAIRS = 3


def temporal_features(
    states: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    stretch: NDArray[np.integer],
    classes: list[str],
    hop_s: float,
) -> dict[str, float]:
    """All temporal features of one scene.

    Args:
        states: ``(hops,)``; ``len(classes)`` stands for uncertain.
        probabilities: ``(hops, classes)``, raw (smoothing would itself make them autocorrelated).
        stretch: ``(hops,)``, equal inside a contiguous stretch.
        classes: class names.
        hop_s: seconds between hops.

    Returns:
        Feature name -> value; NaN where a feature is undefined.
    """
    runs = find_runs(states, stretch)
    values = np.asarray(probabilities, dtype=np.float64)
    result = bout_features(runs, len(states), classes, hop_s)
    result |= switch_features(runs, len(states), stretch, classes, hop_s)
    autocorrelation = lagged_correlation(values, stretch, lag_hops(hop_s))
    slope = trend_per_minute(values, hop_s)
    for index, name in enumerate(classes):
        result[f"autocorrelation_1s_{name}"] = float(autocorrelation[index])
        result[f"trend_{name}"] = float(slope[index])
    return result


def bout_features(runs: Runs, hops: int, classes: list[str], hop_s: float) -> dict[str, float]:
    """Rate, lengths and first latency of each class's bouts.

    A bout is a run of the class inside a stretch, as long as observed (one cut by a gap counts as two).
    Without a bout, its rate is 0 and its lengths and latency are undefined.
    """
    result = {}
    for index, name in enumerate(classes):
        own = runs.state == index
        lengths = runs.length[own] * hop_s
        some = len(lengths) > 0
        result[f"bouts_per_minute_{name}"] = len(lengths) / (hops * hop_s / 60.0) if hops else NAN
        result[f"bout_mean_s_{name}"] = float(lengths.mean()) if some else NAN
        result[f"bout_median_s_{name}"] = float(np.median(lengths)) if some else NAN
        result[f"bout_longest_s_{name}"] = float(lengths.max()) if some else NAN
        result[f"latency_s_{name}"] = float(runs.start[own][0] * hop_s) if some else NAN
    return result


def transition_counts(runs: Runs, n_states: int) -> NDArray[np.int64]:
    """Number of switches from each state to each other, ``(states, states)``; its diagonal is 0."""
    same = runs.stretch[1:] == runs.stretch[:-1]
    pairs = runs.state[:-1][same] * n_states + runs.state[1:][same]
    return np.bincount(pairs, minlength=n_states * n_states).reshape(n_states, n_states)


def switch_features(
    runs: Runs, hops: int, stretch: NDArray[np.integer], classes: list[str], hop_s: float
) -> dict[str, float]:
    """Switches per minute, the transition matrix given a switch, and its entropy rate in bits per switch.

    Uncertain is a state like any class. Row i of the matrix is the share of the switches out of i that go to
    each j, undefined where nothing leaves i. The entropy rate is the mean of the rows' entropies, each
    weighted with the share of switches that start there (Cover & Thomas 2006, theorem 4.2.4, with observed
    shares).
    """
    names = [*classes, UNCERTAIN]
    counts = transition_counts(runs, len(names))
    leaving = counts.sum(axis=1)
    total = int(leaving.sum())
    result = {}
    # A switch needs two neighbouring hops; where there are none, none could have been seen.
    observable = hops > 1 and bool((np.diff(stretch) == 0).any())
    result["switches_per_minute"] = total / (hops * hop_s / 60.0) if observable else NAN
    for i, source in enumerate(names):
        for j, target in enumerate(names):
            if i != j:
                share = counts[i, j] / leaving[i] if leaving[i] else NAN
                result[f"transition_{source}_to_{target}"] = float(share)
    rate = sum(leaving[i] / total * entropy_bits(counts[i] / leaving[i]) for i in np.flatnonzero(leaving))
    result["transition_entropy_rate_bits"] = float(rate) if total else NAN
    return result


def lag_hops(hop_s: float) -> int:
    """The number of hops (at least 1) nearest to the lag of 1 s."""
    return max(1, round(LAG_S / hop_s))


def lagged_correlation(values: NDArray[np.float64], stretch: NDArray[np.integer], lag: int) -> NDArray[np.float64]:
    """Pearson correlation of each column with itself ``lag`` hops later, over all pairs inside a stretch.

    Args:
        values: ``(hops, columns)``.
        stretch: ``(hops,)``.
        lag: in hops.

    Returns:
        ``(columns,)``; NaN with fewer than three pairs or where one side is constant.
    """
    result = np.full(values.shape[1], NAN)
    if len(values) <= lag:
        return result
    inside = stretch[lag:] == stretch[:-lag]
    before, after = values[:-lag][inside], values[lag:][inside]
    if len(before) < MINIMUM_PAIRS:
        return result
    varies = (np.ptp(before, axis=0) > 0) & (np.ptp(after, axis=0) > 0)
    x = before[:, varies] - before[:, varies].mean(axis=0)
    y = after[:, varies] - after[:, varies].mean(axis=0)
    x /= np.sqrt((x * x).sum(axis=0))
    y /= np.sqrt((y * y).sum(axis=0))
    result[varies] = np.clip((x * y).sum(axis=0), -1.0, 1.0)
    return result


def trend_per_minute(values: NDArray[np.float64], hop_s: float) -> NDArray[np.float64]:
    """Least-squares slope of each column of ``values`` ``(hops, columns)`` over observed time, per minute.

    Returns:
        ``(columns,)``; NaN with fewer than two hops.
    """
    hops = len(values)
    if hops < 2:
        return np.full(values.shape[1], NAN)
    minutes = (np.arange(hops) - (hops - 1) / 2) * hop_s / 60.0
    return minutes @ (values - values.mean(axis=0)) / (minutes @ minutes)
