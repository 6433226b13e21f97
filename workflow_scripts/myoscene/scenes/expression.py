"""Expression features of every participant and scene: one long table and its dictionary."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, table_schema, write_table
from myoscene.emg.tables import ENVELOPES
from myoscene.pipeline.states import UNCERTAIN
from myoscene.pipeline.summary import envelope_features, expression_summary
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.scenes.dictionary import feature_dictionary
from myoscene.scenes.stretches import samples_in_scene, scene_events
from myoscene.scenes.tables import EXPRESSION_FEATURES, FEATURE_DICTIONARY, PREDICTIONS

_PREFIX = "envelope__"


@dataclass(frozen=True)
class SummarySettings:
    """Class names, seconds between predictions, and whether the recordings are made up."""

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

    Reads a handful of files a participant, one participant at a time.

    Args:
        recordings, events, envelopes: one file a participant, in the same order; no envelopes where there are eye
            images alone, and then there are model features only.
        predictions: one file a participant, in that order, of the model that makes the features;
            empty without a model, and then there are envelope features only.
        output, csv, dictionary: files to write.

    Raises:
        InputError: predictions lack a class, or belong to somebody else.
    """
    with_model = bool(predictions)
    names = list(settings.classes) if with_model else []
    channels = _all_channels(envelopes)
    table = feature_dictionary(names, channels, settings.hop_s)
    parts = []
    for number in range(len(recordings)):
        people = read_table(recordings[number], PARTICIPANT_RECORDINGS)
        scenes = scene_events(people, read_table(events[number], EVENTS))
        predicted = _read_predictions(predictions[number], people, names) if with_model else None
        # A scene lasts seconds to minutes, a person's envelopes fit in memory many times over.
        envelope = read_table(envelopes[number], ENVELOPES) if envelopes else None
        for (session, scene), rows in scenes.groupby(["session", "scene"], sort=True):
            found = scene_features(rows, envelope, predicted, names, settings.hop_s)
            parts.append(_long(people, str(session), str(scene), found, table))
    features = _join(parts).assign(synthetic=settings.synthetic)
    write_table(output, features, EXPRESSION_FEATURES, csv=csv)
    write_table(dictionary, table, FEATURE_DICTIONARY)


def scene_features(
    scene: pd.DataFrame,
    envelope: pd.DataFrame | None,
    predictions: pd.DataFrame | None,
    classes: list[str],
    hop_s: float,
) -> dict[str, float]:
    """All features of one scene of one participant.

    Args:
        scene: its rows of :func:`myoscene.scenes.stretches.scene_events` (one session, one scene).
        envelope: ENVELOPES of the participant, None without EMG.
        predictions: PREDICTIONS of the participant, or None without a model.
        classes: class names.
        hop_s: seconds between predictions.

    Returns:
        Feature name -> value; NaN where undefined.
    """
    result: dict[str, float] = {}
    if envelope is not None:
        columns = [name for name in envelope.columns if name.startswith(_PREFIX)]
        values = envelope.loc[samples_in_scene(envelope, scene), columns].to_numpy(dtype=np.float64).T
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


def _all_channels(envelopes: Sequence[str]) -> list[str]:
    """Channels of all participants, in the order in which they first appear."""
    found: dict[str, None] = {}
    for path in envelopes:
        names = table_schema(path).names
        found |= {name.removeprefix(_PREFIX): None for name in names if name.startswith(_PREFIX)}
    return list(found)


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


def _join(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All rows, or an empty frame with the right columns where nobody has a scene."""
    if parts:
        return pd.concat(parts, ignore_index=True)
    return pd.DataFrame({name: [] for name in ("participant", "session", "scene", "feature", "value")})
