"""Conditioning, quality, normalisation, windows and time-domain features of the EMG."""

from dataclasses import dataclass

from myoscene.core.errors import InputError
from myoscene.core.settings import Positive
from myoscene.emg.quality_settings import QualitySettings
from myoscene.pipeline.settings.features import FeatureSettings
from myoscene.pipeline.settings.filters import FilterSettings
from myoscene.pipeline.settings.normalise import NormaliseSettings
from myoscene.pipeline.settings.windows import WindowSettings


@dataclass(frozen=True)
class EmgSettings:
    """Conditioning, quality, normalisation, windows and time-domain features of the EMG."""

    filters: FilterSettings = FilterSettings()
    rate_hz: Positive = 1000.0
    """Model rate to which every conditioned signal is resampled (polyphase)."""
    quality: QualitySettings = QualitySettings()
    normalise: NormaliseSettings = NormaliseSettings()
    windows: WindowSettings = WindowSettings()
    envelope_rate_hz: Positive = 50.0
    """Rate at which the normalised envelope is stored."""
    features: FeatureSettings = FeatureSettings()


def check_emg(emg: EmgSettings) -> None:
    """Refuse values of the section that contradict each other, by InputErrors that name the keys."""
    filters = emg.filters
    if filters.low_cut_hz >= filters.high_cut_hz:
        raise InputError(
            f"emg.filters.low_cut_hz ({filters.low_cut_hz:g}) has to lie below emg.filters.high_cut_hz "
            f"({filters.high_cut_hz:g})"
        )
    if filters.high_cut_hz >= emg.rate_hz / 2:
        raise InputError(
            f"emg.filters.high_cut_hz ({filters.high_cut_hz:g} Hz) has to lie below the Nyquist limit of emg.rate_hz "
            f"({emg.rate_hz:g} Hz, limit {emg.rate_hz / 2:g} Hz): lower the band or raise the rate"
        )
    check_hop(emg)
    if emg.envelope_rate_hz > emg.rate_hz:
        raise InputError(f"emg.envelope_rate_hz ({emg.envelope_rate_hz:g}) is above emg.rate_hz ({emg.rate_hz:g})")


def check_hop(emg: EmgSettings) -> tuple[int, int]:
    """Length and hop of a window in samples; InputError where one is no whole number, or windows leave signal out."""
    length, hop = (_whole_samples(emg, name) for name in ("length_s", "hop_s"))
    if hop > length:
        raise InputError(
            f"emg.windows.hop_s ({emg.windows.hop_s:g}) is longer than emg.windows.length_s "
            f"({emg.windows.length_s:g}): signal between windows would be left out"
        )
    return length, hop


def _whole_samples(emg: EmgSettings, name: str) -> int:
    seconds = getattr(emg.windows, name)
    samples = seconds * emg.rate_hz
    if abs(samples - round(samples)) > 1e-6 or round(samples) < 1:
        raise InputError(
            f"emg.windows.{name} ({seconds:g} s) is {samples:g} samples at emg.rate_hz ({emg.rate_hz:g} Hz): choose a "
            "whole number of samples"
        )
    return round(samples)
