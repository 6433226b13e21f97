"""The chain of one person, on arrays: conditioned stretches, their normaliser, features of windows, and envelopes.

A model then gives probabilities, of which ``states.py`` makes states and ``summary.py`` a scene's expression features.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from myoscene.core.arrays import Floats, Floats32, Mask, Reals, Whole
from myoscene.pipeline.envelope import envelope_indices
from myoscene.pipeline.features import fit_standardiser, window_features
from myoscene.pipeline.filters import condition_signal
from myoscene.pipeline.normalise import Normaliser, fit_normaliser
from myoscene.pipeline.settings import FeatureSettings, FilterSettings, NormaliseSettings, WindowSettings
from myoscene.pipeline.windows import event_span, to_samples, window_starts

log = logging.getLogger(__name__)


class Event(NamedTuple):
    """A trimmed labelled event inside a stretch: number, label, first sample, and the one after its last."""

    number: int
    label: str
    first: int
    last: int


@dataclass(frozen=True)
class Stretch:
    """A conditioned contiguous segment of a recording.

    Attributes:
        segment: its number within the recording, from 0.
        time_s: (samples,) seconds from the recording's first sample.
        signal_uv: (channels, samples), microvolt.
        calibration: whether its recording is a calibration; otherwise it is a scene recording.
        events: the labelled events inside it, of a calibration alone.
    """

    recording: str
    segment: int
    time_s: Floats
    signal_uv: Floats32
    calibration: bool = False
    events: Sequence[Event] = ()

    def inside(self, *labels: str | None) -> Mask:
        """Which samples lie in an event of one of the labels (of any, without), (samples,)."""
        mask = np.zeros(self.signal_uv.shape[1], dtype=bool)
        for event in self.events:
            if not labels or event.label in labels:
                mask[event.first : event.last] = True
        return mask


@dataclass(frozen=True)
class Cutting:
    """How windows, features and envelopes are made of a normalised signal: parts of the section ``emg``."""

    windows: WindowSettings
    features: FeatureSettings
    rate_hz: float
    envelope_rate_hz: float

    def compute(self, signal: Reals, first: int, last: int) -> tuple[Whole, Floats32]:
        """Starts (windows,) of all windows in [first, last), and their (windows, channels * features)."""
        length, hop = (to_samples(s, self.rate_hz) for s in (self.windows.length_s, self.windows.hop_s))
        starts = window_starts(first, last, length, hop)
        values = window_features(signal, starts, length, self.features.names, self.features.threshold)
        return starts, values.reshape(len(starts), values.shape[1] * values.shape[2])


@dataclass(frozen=True)
class Block:
    """Windows of one stretch: an event's, with its label, or the grid over the whole stretch (event -1).

    Attributes:
        start_s: (windows,), values: (windows, channels * features).
    """

    recording: str
    calibration: bool
    segment: int
    event: int
    label: str | None
    start_s: Floats
    values: Floats32


class Envelope(NamedTuple):
    """Normalised envelope of one stretch at the stored rate: time_s (samples,), values (channels, samples)."""

    recording: str
    segment: int
    time_s: Floats
    values: Floats32


def fit_person(
    stretches: Sequence[Stretch],
    rate_hz: float,
    channels: Sequence[str],
    settings: NormaliseSettings,
    neutral: str | None,
    participant: str,
) -> Normaliser:
    """The normaliser of a person, fitted on these stretches; InputError as :func:`fit_normaliser`.

    Args:
        neutral: the class that is rest; only its events in calibrations count, never those of scenes.
    """
    signals = [stretch.signal_uv for stretch in stretches]
    rest, events = [s.inside(neutral) for s in stretches], [s.inside() for s in stretches]
    fitted = fit_normaliser(signals, rate_hz, channels, settings, neutral=rest, events=events, participant=participant)
    return replace(fitted, fitted_on=tuple(dict.fromkeys(stretch.recording for stretch in stretches)))


def grid_names(features: FeatureSettings, fitting: Collection[str], labelled: bool) -> set[str]:
    """Of the recordings that a person is fitted on, those over whose whole length features are standardised.

    None are where labelled events serve (``labelled``: a calibration holds one).
    """
    by_events = features.standardise == "none" or (features.standardise_on == "events" and labelled)
    return set() if by_events else set(fitting)


def cut_person(
    stretches: Iterable[Stretch], normaliser: Normaliser, cutting: Cutting, grid_over: Collection[str]
) -> tuple[list[Block], list[Envelope]]:
    """Features of all windows of a person, standardised within the person, and envelopes.

    Calibrations give the windows inside their trimmed events; scene recordings give every hop of every stretch,
    without labels. ``grid_over``: :func:`grid_names`. Of the stretches one is in memory at a time, if they come so.
    """
    blocks: list[Block] = []
    grids: list[Floats32] = []
    envelopes: list[Envelope] = []
    for stretch in stretches:
        signal = normaliser.waveform(stretch.signal_uv)
        for number, label, first, last in stretch.events:
            starts, values = cutting.compute(signal, first, last)
            if len(starts):
                blocks.append(_block(stretch, number, label, starts, values))
            else:
                what = f"recording {stretch.recording}: event {number} ({label})"
                log.warning("%s is shorter than a window after trimming and gives none", what)
        if not stretch.calibration or stretch.recording in grid_over:
            starts, values = cutting.compute(signal, 0, signal.shape[1])
            blocks += [] if stretch.calibration else [_block(stretch, -1, None, starts, values)]
            grids += [values] if stretch.recording in grid_over else []
        del signal
        kept = envelope_indices(len(stretch.time_s), cutting.rate_hz, cutting.envelope_rate_hz)
        values = normaliser.envelope(stretch.signal_uv, cutting.rate_hz)[:, kept]
        envelopes.append(Envelope(stretch.recording, stretch.segment, stretch.time_s[kept], values))
    # Labels are not looked at.
    pooled = grids or [block.values for block in blocks if block.event >= 0]
    if pooled and cutting.features.standardise != "none":
        standardised = fit_standardiser(np.concatenate(pooled), cutting.features.standardise)
        blocks = [replace(block, values=standardised(block.values)) for block in blocks]
    return blocks, envelopes


def _block(stretch: Stretch, event: int, label: str | None, starts: Whole, values: Floats32) -> Block:
    times = stretch.time_s[starts]
    return Block(stretch.recording, stretch.calibration, stretch.segment, event, label, times, values)


@dataclass(frozen=True)
class SignalSettings(Cutting):
    """All that the chain of a person depends on: the section ``emg`` without what is only measured."""

    filters: FilterSettings
    normalise: NormaliseSettings


class RawRecording(NamedTuple):
    """A recording without gaps, as it comes from the device.

    Attributes:
        signal_uv: (channels, samples), microvolt.
        mains_hz: mains frequency, None where unknown.
        events: onset and duration in seconds and label of each, of a calibration alone.
    """

    name: str
    signal_uv: Reals
    rate_hz: float
    mains_hz: float | None
    calibration: bool
    events: Sequence[tuple[float, float, str]] = ()

    def conditioned(self, settings: SignalSettings) -> Stretch:
        """The filtered recording at the model rate, with its events trimmed."""
        rate_hz, windows = settings.rate_hz, settings.windows
        signal_uv = condition_signal(self.signal_uv, self.rate_hz, self.mains_hz, settings.filters, rate_hz)
        trims_s = windows.trim_start_s, windows.trim_end_s
        events = [
            Event(number, label, *event_span(onset_s, duration_s, rate_hz, *trims_s))
            for number, (onset_s, duration_s, label) in enumerate(self.events)
        ]
        time_s = np.arange(signal_uv.shape[1]) / rate_hz
        return Stretch(self.name, 0, time_s, signal_uv, self.calibration, events)


def run_person(
    recordings: Sequence[RawRecording],
    channels: Sequence[str],
    neutral: str | None,
    settings: SignalSettings,
    participant: str = "",
) -> tuple[Normaliser, list[Block], list[Envelope]]:
    """A person's normaliser, windows and envelopes from raw recordings, in memory (see :func:`cut_person`).

    Raises:
        InputError: as conditioning and :func:`fit_person`.
    """
    stretches = [recording.conditioned(settings) for recording in recordings]
    fitting = [s for s in stretches if s.calibration or settings.normalise.fit_on == "all"]
    normaliser = fit_person(fitting, settings.rate_hz, channels, settings.normalise, neutral, participant)
    labelled = any(stretch.events for stretch in stretches)
    grid_over = grid_names(settings.features, [stretch.recording for stretch in fitting], labelled)
    return normaliser, *cut_person(stretches, normaliser, settings, grid_over)
