"""The dictionary of expression features: name, kind, what it needs, definition, unit, range."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.pipeline.states import UNCERTAIN
from myoscene.pipeline.static import side_pairs
from myoscene.pipeline.temporal import lag_hops


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
    rows: list[Feature] = []
    if classes:
        rows += _static_model(classes)
    rows += _envelope(list(channels))
    if classes:
        rows += [*_bouts(classes, hop_s), *_switches(classes, hop_s), *_course(classes, hop_s)]
    frame = pd.DataFrame(rows, columns=list(Feature._fields))
    double = frame["feature"][frame["feature"].duplicated()]
    if len(double):
        raise InputError(
            f"two expression features would be called '{double.iloc[0]}'; rename one of recordings.classes"
        )
    return frame.astype({"minimum": "float64", "maximum": "float64"})


def _static_model(classes: Sequence[str]) -> Iterator[Feature]:
    def row(name: str, definition: str, unit: str, maximum: float) -> Feature:
        return Feature(name, "static", "model", definition, unit, 0.0, maximum)

    for name in classes:
        yield row(f"occupancy_{name}", f"Share of the scene's hops in state {name}.", "share", 1.0)
    for name in classes:
        yield row(f"probability_mean_{name}", f"Mean raw probability of {name} over the scene.", "probability", 1.0)
    yield row(
        "occupancy_entropy_bits",
        "Shannon entropy of the occupancies of all classes and of uncertain.",
        "bits",
        math.log2(len(classes) + 1),
    )
    yield row("uncertain_share", "Share of the scene's hops in state uncertain.", "share", 1.0)


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


def _bouts(classes: Sequence[str], hop_s: float) -> Iterator[Feature]:
    for name in classes:
        for stem, definition, unit, minimum, maximum in (
            (
                "bouts_per_minute",
                f"Bouts of {name} per observed minute.",
                "1/min",
                0.0,
                60.0 / hop_s,
            ),
            ("bout_mean_s", f"Mean length of bouts of {name}; undefined without one.", "s", hop_s, None),
            (
                "bout_median_s",
                f"Median length of bouts of {name}; undefined without one.",
                "s",
                hop_s,
                None,
            ),
            ("bout_longest_s", f"Longest bout of {name}; undefined without one.", "s", hop_s, None),
            (
                "latency_s",
                f"Observed time from the scene's first hop to the first {name}; undefined without one.",
                "s",
                0.0,
                None,
            ),
        ):
            yield Feature(f"{stem}_{name}", "temporal", "model", definition, unit, minimum, maximum)


def _switches(classes: Sequence[str], hop_s: float) -> Iterator[Feature]:
    yield Feature(
        "switches_per_minute",
        "temporal",
        "model",
        "Changes from one state to another (uncertain is one) per observed minute; undefined without two "
        "neighbouring hops.",
        "1/min",
        0.0,
        60.0 / hop_s,
    )
    states = [*classes, UNCERTAIN]
    for source in states:
        for target in states:
            if source != target:
                definition = (
                    f"Share of the switches out of {source} that go to {target}; "
                    f"undefined where nothing leaves {source}."
                )
                name = f"transition_{source}_to_{target}"
                yield Feature(name, "temporal", "model", definition, "share", 0.0, 1.0)
    yield Feature(
        "transition_entropy_rate_bits",
        "temporal",
        "model",
        "Entropy of where a switch goes, given where it starts, averaged over switches; undefined without a switch.",
        "bits per switch",
        0.0,
        math.log2(len(classes)),
    )


def _course(classes: Sequence[str], hop_s: float) -> Iterator[Feature]:
    lag = f"{lag_hops(hop_s) * hop_s:g} s"
    for name in classes:
        definition = (
            f"Pearson correlation of the raw probability of {name} with itself {lag} later, over the pairs "
            "inside a stretch; undefined with fewer than 3 pairs or a constant probability."
        )
        yield Feature(f"autocorrelation_1s_{name}", "temporal", "model", definition, "correlation", -1.0, 1.0)
        definition = (
            f"Least-squares slope of the raw probability of {name} over observed time; "
            "undefined with fewer than 2 hops."
        )
        # No slope of values between 0 and 1 is steeper than that of two neighbouring hops at 0 and 1.
        steepest = 60.0 / hop_s
        yield Feature(f"trend_{name}", "temporal", "model", definition, "1/min", -steepest, steepest)
