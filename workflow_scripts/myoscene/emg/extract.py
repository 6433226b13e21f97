"""Job: features and envelopes of one participant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.emg.normalise import load_normaliser
from myoscene.emg.participant import (
    PathLike,
    calibration_names,
    fitting_names,
    read_participant,
    read_stretches,
    samples_frame,
    with_events,
)
from myoscene.emg.tables import ENVELOPES, FEATURES
from myoscene.pipeline.chain import Block, Cutting, cut_person, grid_names
from myoscene.pipeline.features import column_names


@dataclass(frozen=True)
class ExtractSettings(Cutting):
    """What the job depends on; ``fit_on``, as in ``emg.normalise``, says where features are standardised."""

    fit_on: str


def extract_participant(
    recordings: PathLike,
    events: PathLike,
    signals: PathLike,
    normaliser: PathLike,
    features_output: PathLike,
    envelopes_output: PathLike,
    settings: ExtractSettings,
) -> None:
    """Write the tables FEATURES and ENVELOPES of one participant (see :func:`cut_person`).

    Args:
        recordings, events, signals, normaliser: the participant's files.
    """
    table, marks = read_participant(recordings, events)
    fitted = load_normaliser(normaliser)
    grid_over: set[str] = set()
    if settings.features.standardise != "none":
        labelled = (marks["role"] == "expression") & marks["recording"].isin(calibration_names(table))
        grid_over = grid_names(settings.features, fitting_names(table, settings.fit_on), bool(labelled.any()))
    trims_s = settings.windows.trim_start_s, settings.windows.trim_end_s
    stretches = (with_events(s, table, marks, settings.rate_hz, trims_s) for s in read_stretches(signals))
    blocks, envelopes = cut_person(stretches, fitted, settings, grid_over)
    names = column_names(settings.features.names, fitted.channels)
    frame = _features_frame(blocks, str(table["participant"].iloc[0]), names)
    write_table(features_output, frame, FEATURES, row_group_by="recording")
    frame = samples_frame(envelopes, ENVELOPES, [f"envelope__{name}" for name in fitted.channels])
    write_table(envelopes_output, frame, ENVELOPES, row_group_by="recording")


def _features_frame(blocks: list[Block], participant: str, names: list[str]) -> pd.DataFrame:
    """The rows of FEATURES, in the order of the blocks."""
    if not blocks:
        return pd.DataFrame({name: [] for name in [*FEATURES.columns, *names]})
    counts = [len(block.start_s) for block in blocks]

    def spread(values: list[Any], dtype: Any) -> pd.Series:
        return pd.Series(values, dtype=dtype).repeat(counts).reset_index(drop=True)

    keys = pd.DataFrame(
        {
            "participant": participant,
            "recording": spread([block.recording for block in blocks], "str"),
            "kind": spread(["calibration" if block.calibration else "scene" for block in blocks], "str"),
            "segment": spread([block.segment for block in blocks], np.int32),
            "event": spread([block.event for block in blocks], np.int32),
            "start_s": np.concatenate([block.start_s for block in blocks]),
            "label": spread([block.label for block in blocks], "str"),
        }
    )
    values = np.concatenate([block.values for block in blocks])
    return pd.concat([keys, pd.DataFrame(values, columns=names)], axis=1)
