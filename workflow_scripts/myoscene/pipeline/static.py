"""Static expression features: those that do not depend on the order of the hops."""

import numpy as np
from numpy.typing import NDArray


def model_features(
    states: NDArray[np.integer], probabilities: NDArray[np.floating], classes: list[str]
) -> dict[str, float]:
    """Occupancies, mean probabilities, occupancy entropy and the uncertain share of one scene.

    Args:
        states: ``(hops,)``; ``len(classes)`` stands for uncertain.
        probabilities: ``(hops, classes)``, raw.
        classes: class names.

    Returns:
        Feature name -> value; NaN throughout for a scene without any hop.
    """
    hops = len(states)
    if hops:
        occupancy = np.bincount(states, minlength=len(classes) + 1) / hops
        means = np.asarray(probabilities, dtype=np.float64).mean(axis=0)
    else:
        occupancy = np.full(len(classes) + 1, np.nan)
        means = np.full(len(classes), np.nan)
    result = {f"occupancy_{name}": float(occupancy[i]) for i, name in enumerate(classes)}
    result |= {f"probability_mean_{name}": float(means[i]) for i, name in enumerate(classes)}
    result["occupancy_entropy_bits"] = entropy_bits(occupancy)
    result["uncertain_share"] = float(occupancy[-1])
    return result


def entropy_bits(shares: NDArray[np.floating]) -> float:
    """Shannon entropy, in bits, of ``shares`` ``(states,)`` that sum to 1; NaN where a share is NaN."""
    if np.isnan(shares).any():
        return float("nan")
    positive = shares[shares > 0]
    # Adding 0.0 turns the -0.0 of a single state into 0.0.
    return float(-(positive * np.log2(positive)).sum() + 0.0)


def side_pairs(channels: list[str]) -> list[str]:
    """Muscles that have both a ``_left`` and a ``_right`` channel, in the order of their right channels."""
    muscles = [name.removesuffix("_right") for name in channels if name.endswith("_right")]
    return [muscle for muscle in muscles if f"{muscle}_left" in channels]


def envelope_features(envelope: NDArray[np.floating], channels: list[str]) -> dict[str, float]:
    """Mean and 95th percentile of each channel's normalised envelope, and asymmetry of each pair of sides.

    Asymmetry is (R - L) / (R + L), R and L being the means of the envelopes with everything below rest
    (negative values) counted as 0 (our choice: a signed envelope would give a ratio without bounds). It is
    undefined where neither side ever rises above rest.

    Args:
        envelope: ``(channels, samples)``, normalised.
        channels: their names; sides end in ``_left`` and ``_right``.

    Returns:
        Feature name -> value; NaN for a scene without any sample.
    """
    values = np.asarray(envelope, dtype=np.float64)
    if values.shape[1]:
        mean, high = values.mean(axis=1), np.percentile(values, 95, axis=1)
        active = np.maximum(values, 0.0).mean(axis=1)
    else:
        mean = high = active = np.full(len(channels), np.nan)
    result = {f"envelope_mean_{name}": float(mean[i]) for i, name in enumerate(channels)}
    result |= {f"envelope_p95_{name}": float(high[i]) for i, name in enumerate(channels)}
    for muscle in side_pairs(channels):
        right = float(active[channels.index(f"{muscle}_right")])
        left = float(active[channels.index(f"{muscle}_left")])
        total = right + left
        result[f"asymmetry_{muscle}"] = (right - left) / total if total > 0 else float("nan")
    return result
