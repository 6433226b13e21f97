"""Job: features and envelopes of one participant."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.emg.normalise import Normaliser, load_normaliser
from myoscene.emg.participant import (
    PathLike,
    Stretch,
    calibration_names,
    fitting_names,
    read_participant,
    read_stretches,
    spans_in_stretch,
)
from myoscene.emg.tables import ENVELOPES, FEATURES
from myoscene.pipeline.envelope import envelope_indices
from myoscene.pipeline.features import column_names, window_features
from myoscene.pipeline.standardise import fit_standardiser
from myoscene.pipeline.windows import to_samples, window_starts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipe:
    """How windows and features are made: sections ``emg.windows``, ``emg.features`` and the rate."""

    windows: Mapping[str, float]
    features: Mapping[str, Any]
    rate_hz: float

    @property
    def length(self) -> int:
        """Samples of a window."""
        return to_samples(self.windows["length_s"], self.rate_hz)

    @property
    def hop(self) -> int:
        """Samples between windows."""
        return to_samples(self.windows["hop_s"], self.rate_hz)

    def compute(self, signal: npt.NDArray[np.float32], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """(windows, channels * features) of a normalised signal."""
        values = window_features(signal, starts, self.length, self.features["names"], self.features["threshold"])
        return values.reshape(len(starts), -1)


@dataclass(frozen=True)
class Block:
    """Windows of one stretch: an event's (with its label), or the grid over the whole stretch (event -1)."""

    recording: str
    kind: str
    segment: int
    event: int
    label: str | None
    start_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]


def extract_participant(
    recordings: PathLike,
    events: PathLike,
    signals: PathLike,
    normaliser: PathLike,
    features_output: PathLike,
    envelopes_output: PathLike,
    *,
    windows: Mapping[str, float],
    features: Mapping[str, Any],
    fit_on: str,
    rate_hz: float,
    envelope_rate_hz: float,
) -> None:
    """Write the tables FEATURES and ENVELOPES of one participant.

    Calibrations give the windows inside their trimmed expression events; scene recordings give every hop of
    every segment, without labels.

    Args:
        recordings, events, signals, normaliser: the participant's files.
        windows: the section ``emg.windows``.
        features: the section ``emg.features``.
        fit_on: ``calibration`` or ``all``: where the standardisation of features is fitted.
        rate_hz: rate of ``signals``.
        envelope_rate_hz: rate of the stored envelopes.
    """
    table, marks = read_participant(recordings, events)
    recipe = Recipe(windows, features, rate_hz)
    fitted = load_normaliser(normaliser)
    fit_names = _grid_names(table, marks, features, fit_on)
    blocks: list[Block] = []
    grids: list[npt.NDArray[np.float32]] = []
    envelopes: list[pd.DataFrame] = []
    for stretch in read_stretches(signals):
        signal = fitted.waveform(stretch.signal_uv)
        calibration = stretch.recording in calibration_names(table)
        if calibration:
            blocks += _event_blocks(stretch, signal, marks, recipe)
        if not calibration or stretch.recording in fit_names:
            grid = _grid_block(stretch, signal, recipe)
            blocks += [] if calibration else [grid]
            grids += [grid.values] if stretch.recording in fit_names else []
        envelopes.append(_envelope_frame(stretch, fitted, rate_hz, envelope_rate_hz))
    names = column_names(features["names"], fitted.channels)
    if features["standardise"] != "none":
        blocks = _standardised(blocks, grids, features["standardise"])
    frame = _features_frame(blocks, str(table["participant"].iloc[0]), names)
    write_table(features_output, frame, FEATURES, row_group_by="recording")
    columns = [*ENVELOPES.columns, *(f"envelope__{name}" for name in fitted.channels)]
    joined = pd.concat(envelopes, ignore_index=True) if envelopes else pd.DataFrame({c: [] for c in columns})
    write_table(envelopes_output, joined[columns], ENVELOPES, row_group_by="recording")


def _event_blocks(
    stretch: Stretch, signal: npt.NDArray[np.float32], marks: pd.DataFrame, recipe: Recipe
) -> Iterator[Block]:
    """Windows inside each trimmed expression event of a calibration stretch."""
    trims = recipe.windows["trim_start_s"], recipe.windows["trim_end_s"]
    for event, label, first, last in spans_in_stretch(stretch, marks, recipe.rate_hz, *trims):
        starts = window_starts(first, last, recipe.length, recipe.hop)
        if not len(starts):
            log.warning(
                "recording %s: event %d (%s) is shorter than a window after trimming and gives none",
                stretch.recording, event, label,
            )  # fmt: skip
            continue
        values = recipe.compute(signal, starts)
        yield Block(stretch.recording, "calibration", stretch.segment, event, label, stretch.time_s[starts], values)


def _grid_block(stretch: Stretch, signal: npt.NDArray[np.float32], recipe: Recipe) -> Block:
    """Every hop of a stretch, without labels."""
    starts = window_starts(0, signal.shape[1], recipe.length, recipe.hop)
    values = recipe.compute(signal, starts)
    return Block(stretch.recording, "scene", stretch.segment, -1, None, stretch.time_s[starts], values)


def _grid_names(table: pd.DataFrame, marks: pd.DataFrame, features: Mapping[str, Any], fit_on: str) -> set[str]:
    """Recordings over whose whole length features are standardised; none where labelled events serve."""
    if features["standardise"] == "none":
        return set()
    names = fitting_names(table, fit_on)
    labelled = marks[(marks["role"] == "expression") & marks["recording"].isin(calibration_names(table))]
    if features["standardise_on"] == "events" and len(labelled):
        return set()
    return set(names)


def _standardised(blocks: list[Block], grids: list[npt.NDArray[np.float32]], method: str) -> list[Block]:
    """``blocks``, standardised on ``grids`` or on the events' windows; labels are not looked at."""
    pooled = grids or [block.values for block in blocks if block.event >= 0]
    if not pooled:
        return blocks
    standardiser = fit_standardiser(np.concatenate(pooled), method)
    return [replace(block, values=standardiser.apply(block.values)) for block in blocks]


def _features_frame(blocks: list[Block], participant: str, names: list[str]) -> pd.DataFrame:
    """The rows of FEATURES, sorted by recording as the blocks are, then event grid by event grid."""
    if not blocks:
        return pd.DataFrame({name: [] for name in [*FEATURES.columns, *names]})
    counts = [len(block.start_s) for block in blocks]

    def spread(attribute: str, dtype: Any) -> pd.Series:
        values = pd.Series([getattr(block, attribute) for block in blocks], dtype=dtype)
        return values.repeat(counts).reset_index(drop=True)

    keys = pd.DataFrame(
        {
            "participant": participant,
            "recording": spread("recording", "str"),
            "kind": spread("kind", "str"),
            "segment": spread("segment", np.int32),
            "event": spread("event", np.int32),
            "start_s": np.concatenate([block.start_s for block in blocks]),
            "label": spread("label", "str"),
        }
    )
    values = np.concatenate([block.values for block in blocks])
    return pd.concat([keys, pd.DataFrame(values, columns=names)], axis=1)


def _envelope_frame(stretch: Stretch, fitted: Normaliser, rate_hz: float, envelope_rate_hz: float) -> pd.DataFrame:
    """Rows of ENVELOPES of one stretch."""
    kept = envelope_indices(len(stretch.time_s), rate_hz, envelope_rate_hz)
    values = fitted.envelope(stretch.signal_uv, rate_hz)[:, kept]
    return pd.DataFrame(
        {
            "recording": pd.Series(np.repeat(stretch.recording, len(kept)), dtype="str"),
            "segment": np.full(len(kept), stretch.segment, dtype=np.int32),
            "time_s": stretch.time_s[kept],
            **{f"envelope__{name}": values[i] for i, name in enumerate(fitted.channels)},
        }
    )
