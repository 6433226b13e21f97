"""Band-pass, notch and resampling of one contiguous stretch: pure arithmetic on arrays.

Band edges and order after van Boxtel (2001), SENIAM and ISEK; zero phase by default, causal for online use.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from myoscene.core.errors import InputError

# Periods of the lower band edge by which a zero-phase filter's stretch is mirrored at both ends (our choice).
_PAD_PERIODS = 3
_MAX_DENOMINATOR = 1000


def check_band(
    filters: Mapping[str, Any], rate_hz: float, effective_rate_hz: float | None = None, where: str = ""
) -> None:
    """Refuse a band that reaches the Nyquist limit.

    Args:
        filters: the section ``emg.filters``.
        rate_hz: declared sampling rate.
        effective_rate_hz: rate at which values really change, where that was measured.
        where: participant and recording, for the message.

    Raises:
        InputError: names the Nyquist limit, the rate it comes from, and the key to change.
    """
    low, high = float(filters["low_cut_hz"]), float(filters["high_cut_hz"])
    prefix = f"{where}: " if where else ""
    if not 0 < low < high:
        raise InputError(
            f"{prefix}emg.filters.low_cut_hz ({low:g} Hz) has to lie between 0 and emg.filters.high_cut_hz "
            f"({high:g} Hz)"
        )
    rates = [("sampling", rate_hz)]
    if effective_rate_hz is not None and effective_rate_hz < rate_hz:
        rates.append(("effective", effective_rate_hz))
    for kind, rate in rates:
        if high >= rate / 2:
            why = f", because samples of the {rate_hz:g} Hz file are held" if kind == "effective" else ""
            raise InputError(
                f"{prefix}the band {low:g}-{high:g} Hz reaches the Nyquist limit of {rate / 2:g} Hz "
                f"({kind} rate {rate:g} Hz{why}); set emg.filters.high_cut_hz below {rate / 2:g}"
            )


def notch_frequencies(low_hz: float, high_hz: float, mains_hz: float | None) -> list[float]:
    """Mains frequency and its harmonics strictly inside the band; empty where the mains is not known."""
    if mains_hz is None or mains_hz <= 0:
        return []
    return [k * mains_hz for k in range(1, int(high_hz // mains_hz) + 1) if low_hz < k * mains_hz < high_hz]


def design(filters: Mapping[str, Any], rate_hz: float, mains_hz: float | None) -> npt.NDArray[np.float64]:
    """Second-order sections of the band-pass and the notches.

    ``order`` is that of the Butterworth prototype, so each edge falls with it; zero phase applies it twice.

    Returns:
        (sections, 6) float64.

    Raises:
        InputError: the band reaches the Nyquist limit.
    """
    from scipy import signal

    check_band(filters, rate_hz)
    low, high = float(filters["low_cut_hz"]), float(filters["high_cut_hz"])
    sections = [signal.butter(int(filters["order"]), [low, high], btype="bandpass", fs=rate_hz, output="sos")]
    if filters["notch"]:
        for frequency in notch_frequencies(low, high, mains_hz):
            numerator, denominator = signal.iirnotch(frequency, float(filters["notch_quality"]), fs=rate_hz)
            sections.append(np.concatenate([numerator, denominator])[None])
    return np.concatenate(sections)


def minimum_samples(filters: Mapping[str, Any], rate_hz: float) -> int:
    """Fewest samples of a stretch that can be filtered: three periods of the lower band edge, and one."""
    return int(np.ceil(_PAD_PERIODS * rate_hz / float(filters["low_cut_hz"]))) + 1


def filter_signal(
    signal_uv: npt.NDArray[np.floating], rate_hz: float, mains_hz: float | None, filters: Mapping[str, Any]
) -> npt.NDArray[np.float64]:
    """Band-pass and notch one contiguous stretch.

    Args:
        signal_uv: (channels, samples), microvolt, without gaps; an offset (DC) is removed.
        rate_hz: its rate.
        mains_hz: mains frequency, None for no notch.
        filters: low_cut_hz, high_cut_hz, order, phase (``zero`` or ``causal``), notch, notch_quality.

    Returns:
        (channels, samples) float64, microvolt, at the same rate and times.

    Raises:
        InputError: the band reaches the Nyquist limit, or fewer samples than :func:`minimum_samples`.
    """
    from scipy import signal

    shortest = minimum_samples(filters, rate_hz)
    if signal_uv.shape[1] < shortest:
        raise InputError(
            f"a stretch of {signal_uv.shape[1]} samples is too short for a band-pass from "
            f"{float(filters['low_cut_hz']):g} Hz, which needs {shortest}; leave it out"
        )
    sections = design(filters, rate_hz, mains_hz)
    data = np.asarray(signal_uv, dtype=np.float64)
    if filters["phase"] == "causal":
        # Started as if the first value had always been there: an offset of millivolts makes no transient.
        # The band-pass forgets a constant, so that is the same as starting at rest without the first value.
        return np.asarray(signal.sosfilt(sections, data - data[:, :1], axis=1))
    data = data - np.median(data, axis=1, keepdims=True)
    return np.asarray(signal.sosfiltfilt(sections, data, axis=1, padtype="odd", padlen=shortest - 1))


def resample(signal_uv: npt.NDArray[np.floating], rate_hz: float, new_rate_hz: float) -> npt.NDArray[np.float64]:
    """Polyphase resampling; sample k of the result lies at ``k / new_rate_hz`` from the first sample.

    Args:
        signal_uv: (channels, samples) at ``rate_hz``.

    Returns:
        (channels, ceil(samples * new_rate_hz / rate_hz)) float64; the input where the rates are equal.

    The anti-alias filter is symmetric, so it looks ahead by ten samples of the slower rate; a chain that
    has to be strictly causal keeps ``emg.rate_hz`` at the device's rate.
    """
    from scipy import signal

    ratio = Fraction(new_rate_hz / rate_hz).limit_denominator(_MAX_DENOMINATOR)
    data = np.asarray(signal_uv, dtype=np.float64)
    if ratio == 1:
        return data
    return np.asarray(signal.resample_poly(data, ratio.numerator, ratio.denominator, axis=1))


def condition_signal(
    signal_uv: npt.NDArray[np.floating],
    rate_hz: float,
    mains_hz: float | None,
    filters: Mapping[str, Any],
    model_rate_hz: float,
) -> npt.NDArray[np.float32]:
    """Filter one contiguous stretch and bring it to the model rate.

    Args:
        signal_uv: (channels, samples), microvolt, without gaps.
        rate_hz: its rate.
        mains_hz: mains frequency of the recording, None where unknown; ``filters['mains_hz']`` overrides it.
        filters: the section ``emg.filters``.
        model_rate_hz: rate of the result.

    Returns:
        (channels, samples) float32, microvolt; sample k lies k / model_rate_hz after the first sample.

    Raises:
        InputError: the band reaches the Nyquist limit of either rate; too short a stretch.
    """
    check_band(filters, min(rate_hz, model_rate_hz))
    chosen = filters.get("mains_hz")
    mains_hz = mains_hz if chosen is None else float(chosen)
    # One channel at a time: the same values in two thirds of the time, and no more memory than one channel takes.
    filtered = (filter_signal(row[None], rate_hz, mains_hz, filters) for row in signal_uv)
    return np.concatenate([resample(row, rate_hz, model_rate_hz).astype(np.float32) for row in filtered])
