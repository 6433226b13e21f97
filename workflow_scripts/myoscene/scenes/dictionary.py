"""The dictionary of expression features: name, kind, what it needs, definition, unit, range."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.pipeline.states import UNCERTAIN
from myoscene.pipeline.summary import lag_hops, side_pairs


class Feature(NamedTuple):
    """One row of the dictionary; a bound of None means that there is none."""

    feature: str
    kind: str
    needs: str
    definition: str
    unit: str
    minimum: float | None
    maximum: float | None


def feature_dictionary(classes: Sequence[str], channels: Sequence[str], hop_s: float) -> pd.DataFrame:
    """FEATURE_DICTIONARY of the features that these classes and channels give, in the order they are written.

    Args:
        classes: class names; empty without a model, and then only envelope features remain.
        channels: channel names; sides end in ``_left`` and ``_right``.
        hop_s: seconds between predictions, on which the bounds of rates and trends rest.

    Raises:
        InputError: two features would have the same name, or a class is called like the uncertain state.
    """
    if UNCERTAIN in classes:
        raise InputError(f"recordings.classes holds '{UNCERTAIN}', the name of the state without a class; rename it")
    rows = list(_envelope(list(channels)))
    if classes:
        of_model = (_bouts(classes, hop_s), _switches(classes, hop_s), _course(classes, hop_s))
        rows = [*_static(classes), *rows, *(row for part in of_model for row in part)]
    frame = pd.DataFrame(rows, columns=list(Feature._fields))
    double = frame["feature"][frame["feature"].duplicated()]
    if len(double):
        raise InputError(
            f"two expression features would be called '{double.iloc[0]}'; rename one of recordings.classes"
        )
    return frame.astype({"minimum": "float64", "maximum": "float64"})


def _static(classes: Sequence[str]) -> Iterator[Feature]:
    for stem, words, unit in (
        ("occupancy", "Share of the scene's hops in state {}.", "share"),
        ("probability_mean", "Mean raw probability of {} over the scene.", "probability"),
    ):
        for name in classes:
            yield Feature(f"{stem}_{name}", "static", "model", words.format(name), unit, 0.0, 1.0)
    words, most = "Shannon entropy of the occupancies of all classes and of uncertain.", math.log2(len(classes) + 1)
    yield Feature("occupancy_entropy_bits", "static", "model", words, "bits", 0.0, most)
    words = "Share of the scene's hops in state uncertain."
    yield Feature("uncertain_share", "static", "model", words, "share", 0.0, 1.0)


def _envelope(channels: list[str]) -> Iterator[Feature]:
    unit = "normalised envelope"
    for label, words in (("mean", "Mean"), ("p95", "95th percentile")):
        for name in channels:
            definition = f"{words} of the normalised envelope of {name} over the scene."
            yield Feature(f"envelope_{label}_{name}", "static", "envelope", definition, unit, None, None)
    for muscle in side_pairs(channels):
        definition = (
            f"(R - L) / (R + L) of the mean normalised envelopes of {muscle}_right and {muscle}_left, "
            "values below rest counted as 0; undefined where both are 0."
        )
        yield Feature(f"asymmetry_{muscle}", "static", "envelope", definition, "ratio", -1.0, 1.0)


def _temporal(name: str, definition: str, unit: str, minimum: float, maximum: float | None) -> Feature:
    return Feature(name, "temporal", "model", definition, unit, minimum, maximum)


def _bouts(classes: Sequence[str], hop_s: float) -> Iterator[Feature]:
    of_each: tuple[tuple[str, str, str, float, float | None], ...] = (
        ("bouts_per_minute", "Bouts of {} per observed minute.", "1/min", 0.0, 60.0 / hop_s),
        ("bout_mean_s", "Mean length of bouts of {}; undefined without one.", "s", hop_s, None),
        ("bout_median_s", "Median length of bouts of {}; undefined without one.", "s", hop_s, None),
        ("bout_longest_s", "Longest bout of {}; undefined without one.", "s", hop_s, None),
        (
            "latency_s",
            "Observed time from the scene's first hop to the first {}; undefined without one.",
            "s",
            0.0,
            None,
        ),
    )
    for name in classes:
        for stem, words, unit, least, most in of_each:
            yield _temporal(f"{stem}_{name}", words.format(name), unit, least, most)


def _switches(classes: Sequence[str], hop_s: float) -> Iterator[Feature]:
    words = (
        "Changes from one state to another (uncertain is one) per observed minute; undefined without two "
        "neighbouring hops."
    )
    yield _temporal("switches_per_minute", words, "1/min", 0.0, 60.0 / hop_s)
    for source, target in itertools.permutations([*classes, UNCERTAIN], 2):
        words = f"Share of the switches out of {source} that go to {target}; undefined where nothing leaves {source}."
        yield _temporal(f"transition_{source}_to_{target}", words, "share", 0.0, 1.0)
    words = "Entropy of where a switch goes, given where it starts, averaged over switches; undefined without a switch."
    yield _temporal("transition_entropy_rate_bits", words, "bits per switch", 0.0, math.log2(len(classes)))


def _course(classes: Sequence[str], hop_s: float) -> Iterator[Feature]:
    lag = f"{lag_hops(hop_s) * hop_s:g} s"
    # No slope of values between 0 and 1 is steeper than that of two neighbouring hops at 0 and 1.
    steepest = 60.0 / hop_s
    for name in classes:
        words = (
            f"Pearson correlation of the raw probability of {name} with itself {lag} later, over the pairs "
            "inside a stretch; undefined with fewer than 3 pairs or a constant probability."
        )
        yield _temporal(f"autocorrelation_1s_{name}", words, "correlation", -1.0, 1.0)
        words = f"Least-squares slope of the raw probability of {name} over observed time; "
        yield _temporal(f"trend_{name}", f"{words}undefined with fewer than 2 hops.", "1/min", -steepest, steepest)
