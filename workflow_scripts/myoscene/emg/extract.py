"""Job: features and envelopes of one participant."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.emg.normalise import load_normaliser
from myoscene.emg.participant import PathLike, read_person, read_stretches, write_samples
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
    """Write the tables FEATURES and ENVELOPES of one participant (see :func:`cut_person`)."""
    person, fitted = read_person(recordings, events), load_normaliser(normaliser)
    grid_over: set[str] = set()
    if settings.features.standardise != "none":
        labelled = (person.events["role"] == "expression") & person.events["recording"].isin(person.calibrations)
        grid_over = grid_names(settings.features, person.fitting(settings.fit_on), bool(labelled.any()))
    trims_s = settings.windows.trim_start_s, settings.windows.trim_end_s
    stretches = (person.with_events(s, settings.rate_hz, trims_s) for s in read_stretches(signals))
    blocks, envelopes = cut_person(stretches, fitted, settings, grid_over)
    names = column_names(settings.features.names, fitted.channels)
    frame = _features_frame(blocks, person.name, names)
    write_table(features_output, frame, FEATURES, row_group_by="recording")
    write_samples(envelopes_output, envelopes, ENVELOPES, [f"envelope__{name}" for name in fitted.channels])


def _features_frame(blocks: list[Block], participant: str, names: list[str]) -> pd.DataFrame:
    """The rows of FEATURES, in the order of the blocks."""
    if not blocks:
        return pd.DataFrame({name: [] for name in [*FEATURES.columns, *names]})
    rows = [
        (participant, block.recording, "calibration" if block.calibration else "scene", block.segment, block.event)
        for block in blocks
    ]
    keys = pd.DataFrame(rows, columns=["participant", "recording", "kind", "segment", "event"])
    keys["label"] = pd.Series([block.label for block in blocks], dtype="str")
    keys = keys.loc[keys.index.repeat([len(block.start_s) for block in blocks])].reset_index(drop=True)
    keys["start_s"] = np.concatenate([block.start_s for block in blocks])
    values = np.concatenate([block.values for block in blocks])
    return pd.concat([keys, pd.DataFrame(values, columns=names)], axis=1)
