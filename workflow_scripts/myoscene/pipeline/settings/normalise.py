"""The section `emg.normalise`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from myoscene.core.settings import Positive, Within


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
