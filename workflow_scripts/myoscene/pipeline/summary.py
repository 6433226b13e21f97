"""The expression features of one scene: static ones, and temporal ones, of its states; and those of its envelopes.

Time inside a scene is *observed time*: hop number k of the scene stands for the seconds from k * hop to
(k + 1) * hop, and the time between two stretches of a scene (a gap in the signal, another scene) does not
count. No bout, switch or lagged pair reaches across such an edge. All of this is our choice. Durations are counted in
whole hops; every value is rounded once, where it is made, so that equal ones are equal to the last bit.

A feature that is undefined is NaN, as all are of a scene without any hop or sample.
"""

import math

import numpy as np

from myoscene.core.arrays import Floats, Reals, Whole, rounded
from myoscene.pipeline.states import UNCERTAIN, Runs, find_runs

NAN = float("nan")
LAG_S = 1.0
# Two pairs always lie on a line, whose correlation says nothing.
MINIMUM_PAIRS = 3


def expression_summary(
    states: Whole, probabilities: Reals, stretch: Whole, classes: list[str], hop_s: float
) -> dict[str, float]:
    """Static and temporal features of a scene's states, by name.

    Args:
        states: ``(hops,)``; ``len(classes)`` stands for uncertain.
        probabilities: ``(hops, classes)``, raw (smoothing would itself make them autocorrelated).
        stretch: ``(hops,)``, equal inside a contiguous stretch.
        hop_s: seconds between hops.
    """
    static = model_features(states, probabilities, classes)
    return static | temporal_features(states, probabilities, stretch, classes, hop_s)


def model_features(states: Whole, probabilities: Reals, classes: list[str]) -> dict[str, float]:
    """Occupancies, mean probabilities, occupancy entropy and the uncertain share, as :func:`expression_summary`."""
    occupancy, means = np.full(len(classes) + 1, np.nan), np.full(len(classes), np.nan)
    if len(states):
        occupancy = np.bincount(states, minlength=len(classes) + 1) / len(states)
        means = np.asarray(probabilities, dtype=np.float64).mean(axis=0)
    result = {f"occupancy_{name}": rounded(occupancy[i]) for i, name in enumerate(classes)}
    result |= {f"probability_mean_{name}": rounded(means[i]) for i, name in enumerate(classes)}
    result["occupancy_entropy_bits"] = rounded(entropy_bits(occupancy))
    result["uncertain_share"] = rounded(occupancy[-1])
    return result


def entropy_bits(shares: Reals) -> float:
    """Shannon entropy, in bits, of ``shares`` ``(states,)`` that sum to 1; NaN where a share is NaN."""
    if np.isnan(shares).any():
        return NAN
    positive = shares[shares > 0]
    # Adding 0.0 turns the -0.0 of a single state into 0.0.
    return float(-(positive * np.log2(positive)).sum() + 0.0)


def temporal_features(
    states: Whole, probabilities: Reals, stretch: Whole, classes: list[str], hop_s: float
) -> dict[str, float]:
    """Bouts, switches, transitions, latency, autocorrelation and trend, as :func:`expression_summary`."""
    runs = find_runs(states, stretch)
    values = np.asarray(probabilities, dtype=np.float64)
    result = bout_features(runs, len(states), classes, hop_s)
    result |= switch_features(runs, len(states), stretch, classes, hop_s)
    autocorrelation = lagged_correlation(values, stretch, lag_hops(hop_s))
    slope = trend_per_minute(values, hop_s)
    for index, name in enumerate(classes):
        result[f"autocorrelation_1s_{name}"] = rounded(autocorrelation[index])
        result[f"trend_{name}"] = rounded(slope[index])
    return result


def bout_features(runs: Runs, hops: int, classes: list[str], hop_s: float) -> dict[str, float]:
    """Rate, lengths and first latency of each class's bouts.

    A bout is a run of the class inside a stretch, as long as observed (one cut by a gap counts as two).
    Without a bout, its rate is 0 and its lengths and latency are undefined.
    """
    result = {}
    for index, name in enumerate(classes):
        own = runs.state == index
        lengths = runs.length[own]
        some = len(lengths) > 0
        in_hops = {
            "bout_mean_s": lengths.mean() if some else NAN,
            "bout_median_s": np.median(lengths) if some else NAN,
            "bout_longest_s": lengths.max() if some else NAN,
            "latency_s": runs.start[own][0] if some else NAN,
        }
        result[f"bouts_per_minute_{name}"] = per_minute(len(lengths), hops, hop_s) if hops else NAN
        result |= {f"{feature}_{name}": rounded(value * hop_s) for feature, value in in_hops.items()}
    return result


def per_minute(count: int, hops: int, hop_s: float) -> float:
    """How often a minute something came ``count`` times in so many hops."""
    return rounded(count * 60.0 / (hops * hop_s))


def switch_features(runs: Runs, hops: int, stretch: Whole, classes: list[str], hop_s: float) -> dict[str, float]:
    """Switches per minute, the transition matrix given a switch, and its entropy rate in bits per switch.

    Uncertain is a state like any class. Row i of the matrix is the share of the switches out of i that go to
    each j, undefined where nothing leaves i. The entropy rate is the mean of the rows' entropies, each
    weighted with the share of switches that start there (Cover & Thomas 2006, theorem 4.2.4, with observed
    shares).
    """
    names = [*classes, UNCERTAIN]
    # Number of switches from each state to each other; the diagonal is 0.
    same = runs.stretch[1:] == runs.stretch[:-1]
    pairs = runs.state[:-1][same] * len(names) + runs.state[1:][same]
    counts = np.bincount(pairs, minlength=len(names) ** 2).reshape(len(names), len(names))
    leaving = counts.sum(axis=1)
    total = int(leaving.sum())
    # A switch needs two neighbouring hops; where there are none, none could have been seen.
    observable = hops > 1 and bool((np.diff(stretch) == 0).any())
    result = {"switches_per_minute": per_minute(total, hops, hop_s) if observable else NAN}
    for i, source in enumerate(names):
        for j, target in enumerate(names):
            if i != j:
                share = counts[i, j] / leaving[i] if leaving[i] else NAN
                result[f"transition_{source}_to_{target}"] = rounded(share)
    rate = math.fsum(leaving[i] / total * entropy_bits(counts[i] / leaving[i]) for i in np.flatnonzero(leaving))
    result["transition_entropy_rate_bits"] = rounded(rate) if total else NAN
    return result


def lag_hops(hop_s: float) -> int:
    """The number of hops (at least 1) nearest to the lag of 1 s."""
    return max(1, round(LAG_S / hop_s))


def lagged_correlation(values: Floats, stretch: Whole, lag: int) -> Floats:
    """Pearson correlation of each column of ``(hops, columns)`` with itself ``lag`` hops later, over all pairs inside a
    stretch, ``(columns,)``; NaN with fewer than three pairs or where one side is constant."""
    result = np.full(values.shape[1], NAN)
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


def trend_per_minute(values: Floats, hop_s: float) -> Floats:
    """Least-squares slope of each column of ``values`` ``(hops, columns)`` over observed time, per minute, (columns,);
    NaN with fewer than two hops."""
    hops = len(values)
    if hops < 2:
        return np.full(values.shape[1], NAN)
    minutes = (np.arange(hops) - (hops - 1) / 2) * hop_s / 60.0
    return minutes @ (values - values.mean(axis=0)) / (minutes @ minutes)


def side_pairs(channels: list[str]) -> list[str]:
    """Muscles that have both a ``_left`` and a ``_right`` channel, in the order of their right channels."""
    muscles = [name.removesuffix("_right") for name in channels if name.endswith("_right")]
    return [muscle for muscle in muscles if f"{muscle}_left" in channels]


def envelope_features(envelope: Reals, channels: list[str]) -> dict[str, float]:
    """Mean and 95th percentile of each channel's normalised envelope, and asymmetry of each pair of sides, by name.

    Asymmetry is (R - L) / (R + L), R and L being the means of the envelopes with everything below rest
    (negative values) counted as 0 (our choice: a signed envelope would give a ratio without bounds). It is
    undefined where neither side ever rises above rest. ``envelope`` is ``(channels, samples)``.
    """
    values = np.asarray(envelope, dtype=np.float64)
    mean = high = active = np.full(len(channels), np.nan)
    if values.shape[1]:
        mean, high = values.mean(axis=1), np.percentile(values, 95, axis=1)
        active = np.maximum(values, 0.0).mean(axis=1)
    result = {f"envelope_mean_{name}": rounded(mean[i]) for i, name in enumerate(channels)}
    result |= {f"envelope_p95_{name}": rounded(high[i]) for i, name in enumerate(channels)}
    for muscle in side_pairs(channels):
        right = float(active[channels.index(f"{muscle}_right")])
        left = float(active[channels.index(f"{muscle}_left")])
        total = right + left
        result[f"asymmetry_{muscle}"] = rounded((right - left) / total) if total > 0 else NAN
    return result
