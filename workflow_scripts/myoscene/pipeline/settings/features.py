"""The section `emg.features`."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.settings import NoRepeats, NotNegative


@dataclass(frozen=True)
class FeatureSettings:
    """Time-domain features."""

    names: Annotated[
        list[
            Literal[
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
        ],
        NoRepeats(),
    ] = field(
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
