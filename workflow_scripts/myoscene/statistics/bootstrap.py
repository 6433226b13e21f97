"""Weights on participants: bootstrap samples, leaving one out, and what is read from them."""

import numpy as np
from numpy.typing import NDArray


def bootstrap_weights(participants: int, samples: int, seed: int) -> NDArray[np.float64]:
    """Counts ``(samples, participants)`` of drawing ``participants`` people with replacement. Seeded."""
    drawn = np.random.default_rng(seed).integers(0, participants, size=(samples, participants))
    counts = np.zeros((samples, participants))
    np.add.at(counts, (np.arange(samples)[:, None], drawn), 1.0)
    return counts


def leave_one_out_weights(participants: int) -> NDArray[np.float64]:
    """Weights ``(participants, participants)`` that leave out each person in turn."""
    return 1.0 - np.eye(participants)


def percentile_interval(values: NDArray[np.floating], level: float = 0.95) -> NDArray[np.float64]:
    """Percentile interval ``(2, ...)`` over the last axis of ``values``.

    Samples without a value (everybody drawn was the same person, say) are left out; where they are the
    majority, so is the interval (our choice).
    """
    undefined = np.isnan(values).mean(axis=-1) > 0.5
    tails = [(1 - level) / 2, (1 + level) / 2]
    filled = np.where(undefined[..., None], 0.0, values)
    return np.where(undefined, np.nan, np.nanquantile(filled, tails, axis=-1))


def largest_change(
    estimate: NDArray[np.floating], left_out: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The largest change of an estimate when one participant is left out, with its sign, and whose it is.

    Args:
        estimate: ``(...)``. left_out: ``(..., participants)``.

    Returns:
        Change ``(...)``, without minus with that person, NaN where not defined; index ``(...)``, -1 there.
    """
    change = left_out - estimate[..., None]
    size = np.where(np.isnan(change), -1.0, np.abs(change))
    who = size.argmax(axis=-1)
    defined = size.max(axis=-1, initial=-1.0) >= 0
    value = np.take_along_axis(change, who[..., None], axis=-1)[..., 0]
    return np.where(defined, value, np.nan), np.where(defined, who, -1)
