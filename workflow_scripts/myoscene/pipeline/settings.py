"""The sections `emg.filters`, `.normalise`, `.windows` and `.features`, and the part of `scenes` that makes states."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.settings import NoRepeats, NotNegative, Positive, Within

FeatureName = Literal[
    "mean_absolute_value",
    "root_mean_square",
    "log_root_mean_square",
    "waveform_length",
    "log_waveform_length",
    "zero_crossings",
    "slope_sign_changes",
    "hjorth_activity",
    "hjorth_mobility",
    "hjorth_complexity",
    "log_band_power",
]


@dataclass(frozen=True)
class FilterSettings:
    """Band-pass and notch."""

    low_cut_hz: Positive = 20.0
    """Lower edge of the band-pass. [van Boxtel 2001; ISEK]"""
    high_cut_hz: Positive = 450.0
    """Upper edge of the band-pass; has to lie below half the effective sampling rate. [van Boxtel 2001; ISEK]"""
    order: Annotated[int, Within(ge=1, le=12)] = 4
    """Order of the Butterworth band-pass, as second-order sections. [SENIAM (Butterworth)]"""
    phase: Literal["zero", "causal"] = "zero"
    """`zero`: forwards and backwards; `causal`: forwards only, for online use. Checkpoints record it."""
    notch: bool = True
    """Notch at the mains frequency and its harmonics inside the band. [SENIAM]"""
    notch_quality: Positive = 30.0
    """Quality factor (centre frequency / width) of each notch."""
    mains_hz: Positive | None = None
    """Mains frequency. `null`: `PowerLineFrequency` of each recording's sidecar. [BIDS 1.11]"""


@dataclass(frozen=True)
class NormaliseSettings:
    """What makes people's amplitudes comparable."""

    method: Literal["neutral_max", "calibration_z", "calibration_log_z", "none"] = "neutral_max"
    """`neutral_max`: scale = percentile of the calibration's envelope, floor = median envelope in neutral;
    `calibration_z`: robust z by median and MAD, needs no labels; `calibration_log_z`: amplitude over its geometric
    mean, to the power that gives the logarithm of the envelope an SD of 1, needs no labels either; `none`."""
    envelope_s: Positive = 0.1
    """Window of the moving RMS that is the envelope."""
    scale_percentile: Annotated[float, Within(gt=0, le=100)] = 95.0
    """Percentile of the envelope that is the scale."""
    fit_on: Literal["calibration", "all"] = "calibration"
    """Data the normaliser is fitted on: the person's calibration, or all of the person's recordings (for data
    without calibration; the report says so)."""


@dataclass(frozen=True)
class WindowSettings:
    """Analysis windows."""

    length_s: Positive = 1.0
    """Length of an analysis window; in scenes of eye images alone, too."""
    hop_s: Positive = 0.1
    """Step between windows, and between predictions; in scenes of eye images alone, too."""
    trim_start_s: NotNegative = 0.5
    """Cut from each event's start (reaction time)."""
    trim_end_s: NotNegative = 0.1
    """Cut from each event's end."""


@dataclass(frozen=True)
class FeatureSettings:
    """Time-domain features."""

    names: Annotated[list[FeatureName], NoRepeats()] = field(
        default_factory=lambda: [
            "mean_absolute_value",
            "root_mean_square",
            "waveform_length",
            "zero_crossings",
            "slope_sign_changes",
            "hjorth_mobility",
            "hjorth_complexity",
            "log_band_power",
        ]
    )
    """Time-domain features of each window and channel. [Hudgins 1993; Hjorth 1970; Phinyomark 2012]"""
    threshold: NotNegative = 0.01
    """Dead band of zero crossings and slope-sign changes, in units of the normalised waveform."""
    standardise: Literal["none", "calibration_z", "calibration_mean_sd"] = "none"
    """Standardise each feature within the person, without labels, over the same data as the normaliser
    (`emg.normalise.fit_on`): `calibration_z` by median and MAD, `calibration_mean_sd` by mean and SD; `none`."""
    standardise_on: Literal["events", "everything"] = "events"
    """Windows whose features give centre and spread: those inside labelled events, pooled whatever their label
    (`events`), or a regular grid over everything (`everything`; taken where there are no events)."""


@dataclass(frozen=True)
class StateSettings:
    """Smoothing, least dwell and floor; bounds and meanings stand in `scenes`, where they are keys of the section."""

    smoothing_s: float
    minimum_dwell_s: float
    probability_floor: float
