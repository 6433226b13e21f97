"""Expression features of every participant and scene: one long table and its dictionary."""

import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.arrays import DIGITS, rounded
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, table_schema, write_table
from myoscene.emg.tables import ENVELOPES
from myoscene.pipeline.states import UNCERTAIN
from myoscene.pipeline.summary import envelope_features, expression_summary, lag_hops, per_minute, side_pairs
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.scenes.stretches import scene_events
from myoscene.scenes.tables import EXPRESSION_FEATURES, FEATURE_DICTIONARY, PREDICTIONS

_PREFIX = "envelope__"
# Feature, definition, unit, and bounds, None where there is none.
_Row = tuple[str, str, str, float | None, float | None]


@dataclass(frozen=True)
class SummarySettings:
    """``hop_s`` lies between predictions; ``synthetic`` recordings are made up."""

    classes: list[str]
    hop_s: float
    synthetic: bool


def expression_features(
    recordings: Sequence[str],
    events: Sequence[str],
    envelopes: Sequence[str],
    predictions: Sequence[str],
    output: str | os.PathLike[str],
    csv: str | os.PathLike[str],
    dictionary: str | os.PathLike[str],
    settings: SummarySettings,
) -> None:
    """Write EXPRESSION_FEATURES (Parquet and CSV) and FEATURE_DICTIONARY (CSV) of a cohort.

    Args:
        recordings, events, envelopes: one file a participant, in the same order; no envelopes where there are eye
            images alone, and then there are model features only.
        predictions: one file a participant, in that order, of the model that makes the features;
            empty without a model, and then there are envelope features only.

    Raises:
        InputError: predictions lack a class, or belong to somebody else.
    """
    with_model = bool(predictions)
    names = list(settings.classes) if with_model else []
    columns = [name for path in envelopes for name in table_schema(path).names if name.startswith(_PREFIX)]
    channels = list(dict.fromkeys(name.removeprefix(_PREFIX) for name in columns))
    table = feature_dictionary(names, channels, settings.hop_s)
    parts = []
    for number, path in enumerate(recordings):
        people = read_table(path, PARTICIPANT_RECORDINGS)
        scenes = scene_events(people, read_table(events[number], EVENTS))
        predicted = _read_predictions(predictions[number], people, names) if with_model else None
        # A scene lasts seconds to minutes, a person's envelopes fit in memory many times over.
        envelope = read_table(envelopes[number], ENVELOPES) if envelopes else None
        for (session, scene), rows in scenes.groupby(["session", "scene"], sort=True):
            found = scene_features(rows, envelope, predicted, names, settings.hop_s)
            parts.append(_long(people, str(session), str(scene), found, table))
    nothing = pd.DataFrame(columns=[name for name in EXPRESSION_FEATURES.columns if name != "synthetic"])
    features = pd.concat(parts or [nothing], ignore_index=True).assign(synthetic=settings.synthetic)
    write_table(output, features, EXPRESSION_FEATURES, csv=csv, digits=DIGITS)
    write_table(dictionary, table, FEATURE_DICTIONARY, digits=DIGITS)


def scene_features(
    scene: pd.DataFrame,
    envelope: pd.DataFrame | None,
    predictions: pd.DataFrame | None,
    classes: list[str],
    hop_s: float,
) -> dict[str, float]:
    """All features of one scene of one participant, by name; NaN where undefined.

    Args:
        scene: its rows of :func:`myoscene.scenes.stretches.scene_events` (one session, one scene).
        envelope: ENVELOPES of the participant, None without EMG.
        predictions: PREDICTIONS of the participant, one every ``hop_s``; None without a model.
    """
    result: dict[str, float] = {}
    if envelope is not None:
        columns = [name for name in envelope.columns if name.startswith(_PREFIX)]
        recording, time_s = envelope["recording"].to_numpy(), envelope["time_s"].to_numpy(dtype=np.float64)
        inside = np.zeros(len(envelope), dtype=bool)
        for where, onset_s, stop_s in scene[["recording", "onset_s", "stop_s"]].to_numpy():
            inside |= (recording == where) & (time_s >= onset_s) & (time_s < stop_s)
        values = envelope.loc[inside, columns].to_numpy(dtype=np.float64).T
        result = envelope_features(values, [name.removeprefix(_PREFIX) for name in columns])
    if predictions is None:
        return result
    own = (predictions["session"] == scene["session"].iloc[0]) & (predictions["scene"] == scene["scene"].iloc[0])
    rows = predictions[own.to_numpy()]
    index = {name: number for number, name in enumerate([*classes, UNCERTAIN])}
    states = np.array([index[name] for name in rows["expression"]], dtype=np.int64)
    probabilities = rows[[f"p_{name}" for name in classes]].to_numpy(dtype=np.float64)
    stretch = rows["stretch"].to_numpy(dtype=np.int64)
    return result | expression_summary(states, probabilities, stretch, classes, hop_s)


def _read_predictions(path: str, people: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """PREDICTIONS of the participant of ``people``, or InputError when they are not."""
    frame = read_table(path, PREDICTIONS)
    participants = set(people["participant"])
    if not set(frame["participant"]) <= participants:
        raise InputError(f"{path} holds predictions of somebody else than {', '.join(sorted(participants))}; delete it")
    given = [name.removeprefix("p_") for name in frame.columns if name.startswith("p_")]
    if given != classes:
        raise InputError(
            f"{path} has the classes {', '.join(given)} where recordings.classes has {', '.join(classes)}; "
            "delete it and run again"
        )
    return frame


def _long(
    people: pd.DataFrame, session: str, scene: str, features: dict[str, float], table: pd.DataFrame
) -> pd.DataFrame:
    """One scene's features as rows, one for each row of the dictionary ``table``, in its order."""
    unknown = set(features) - set(table["feature"])
    if unknown:
        raise ValueError(f"expression features without a row in the dictionary: {', '.join(sorted(unknown))}")
    return pd.DataFrame(
        {
            "participant": people["participant"].iloc[0],
            "session": session,
            "scene": scene,
            "feature": table["feature"],
            "value": [features.get(name, np.nan) for name in table["feature"]],
        }
    )


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
    kinds = [("static", "envelope", _envelope(list(channels)))]
    if classes:
        kinds = [("static", "model", _static(classes)), *kinds, ("temporal", "model", _temporal(classes, hop_s))]
    rows = [(row[0], kind, needs, *row[1:]) for kind, needs, part in kinds for row in part]
    frame = pd.DataFrame(rows, columns=list(FEATURE_DICTIONARY.columns))
    double = frame["feature"][frame["feature"].duplicated()]
    if len(double):
        raise InputError(
            f"two expression features would be called '{double.iloc[0]}'; rename one of recordings.classes"
        )
    return frame.astype({"minimum": "float64", "maximum": "float64"})


def _static(classes: Sequence[str]) -> list[_Row]:
    most = rounded(math.log2(len(classes) + 1))
    entropy = "Shannon entropy of the occupancies of all classes and of uncertain."
    return [
        *((f"occupancy_{name}", f"Share of the scene's hops in state {name}.", "share", 0.0, 1.0) for name in classes),
        *(
            (f"probability_mean_{name}", f"Mean raw probability of {name} over the scene.", "probability", 0.0, 1.0)
            for name in classes
        ),
        ("occupancy_entropy_bits", entropy, "bits", 0.0, most),
        ("uncertain_share", "Share of the scene's hops in state uncertain.", "share", 0.0, 1.0),
    ]


def _envelope(channels: list[str]) -> list[_Row]:
    rows: list[_Row] = []
    for label, words in (("mean", "Mean"), ("p95", "95th percentile")):
        for name in channels:
            definition = f"{words} of the normalised envelope of {name} over the scene."
            rows.append((f"envelope_{label}_{name}", definition, "normalised envelope", None, None))
    for muscle in side_pairs(channels):
        definition = (
            f"(R - L) / (R + L) of the mean normalised envelopes of {muscle}_right and {muscle}_left, "
            "values below rest counted as 0; undefined where both are 0."
        )
        rows.append((f"asymmetry_{muscle}", definition, "ratio", -1.0, 1.0))
    return rows


def _temporal(classes: Sequence[str], hop_s: float) -> list[_Row]:
    # No slope of values between 0 and 1 is steeper than that of two neighbouring hops at 0 and 1.
    most = per_minute(1, 1, hop_s)
    lag = f"{lag_hops(hop_s) * hop_s:g} s"
    latency = "Observed time from the scene's first hop to the first {}; undefined without one."
    switches = (
        "Changes from one state to another (uncertain is one) per observed minute; undefined without two "
        "neighbouring hops."
    )
    transition = "Share of the switches out of {0} that go to {1}; undefined where nothing leaves {0}."
    entropy = (
        "Entropy of where a switch goes, given where it starts, averaged over switches; undefined without a switch."
    )
    autocorrelation = (
        "Pearson correlation of the raw probability of {} with itself {} later, over the pairs inside a stretch; "
        "undefined with fewer than 3 pairs or a constant probability."
    )
    trend = "Least-squares slope of the raw probability of {} over observed time; undefined with fewer than 2 hops."
    rows: list[_Row] = []
    for name in classes:
        rows += [
            (f"bouts_per_minute_{name}", f"Bouts of {name} per observed minute.", "1/min", 0.0, most),
            (f"bout_mean_s_{name}", f"Mean length of bouts of {name}; undefined without one.", "s", hop_s, None),
            (f"bout_median_s_{name}", f"Median length of bouts of {name}; undefined without one.", "s", hop_s, None),
            (f"bout_longest_s_{name}", f"Longest bout of {name}; undefined without one.", "s", hop_s, None),
            (f"latency_s_{name}", latency.format(name), "s", 0.0, None),
        ]
    rows.append(("switches_per_minute", switches, "1/min", 0.0, most))
    for states in itertools.permutations([*classes, UNCERTAIN], 2):
        rows.append(("transition_{}_to_{}".format(*states), transition.format(*states), "share", 0.0, 1.0))
    rows.append(("transition_entropy_rate_bits", entropy, "bits per switch", 0.0, rounded(math.log2(len(classes)))))
    for name in classes:
        rows += [
            (f"autocorrelation_1s_{name}", autocorrelation.format(name, lag), "correlation", -1.0, 1.0),
            (f"trend_{name}", trend.format(name), "1/min", -most, most),
        ]
    return rows
