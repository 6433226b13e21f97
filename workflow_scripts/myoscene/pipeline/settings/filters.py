"""The section `emg.filters`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from myoscene.core.settings import Positive, Within


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
