"""Conditioning, quality, normalisation, windows and time-domain features of the EMG."""

from dataclasses import dataclass

from myoscene.core.errors import InputError
from myoscene.core.settings import Fraction, NotNegative, Positive
from myoscene.pipeline.settings import FeatureSettings, FilterSettings, NormaliseSettings, WindowSettings


@dataclass(frozen=True)
class QualitySettings:
    """What flags a channel or a recording."""

    flat_s: Positive = 0.5
    """A channel that does not change for this long is flat there."""
    max_flat_fraction: Fraction = 0.05
    """More flat time than this is flagged."""
    max_clipped_fraction: Fraction = 0.001
    """More samples at the rails than this are flagged."""
    max_missing_fraction: Fraction = 0.05
    """More missing samples than this are flagged."""
    max_mains_ratio: NotNegative = 0.5
    """Mains power over band power of the raw signal above which a channel is flagged."""
    min_snr_db: float = 3.0
    """Band power in expression over neutral, best class, below which a channel is flagged."""
    max_held_fraction: Fraction = 0.2
    """Share of samples that repeat the one before, in all channels at once, above which samples are called held and
    the effective rate falls."""
    rate_tolerance: NotNegative = 0.02
    """Relative difference between effective and declared rate above which a recording is flagged."""


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
    """Length and hop of a window in samples; InputError where one is not whole, or windows leave signal out."""
    found = []
    for name in ("length_s", "hop_s"):
        seconds = getattr(emg.windows, name)
        samples = seconds * emg.rate_hz
        if abs(samples - round(samples)) > 1e-6 or round(samples) < 1:
            raise InputError(
                f"emg.windows.{name} ({seconds:g} s) is {samples:g} samples at emg.rate_hz ({emg.rate_hz:g} Hz): "
                "choose a whole number of samples"
            )
        found.append(round(samples))
    length, hop = found
    if hop > length:
        raise InputError(
            f"emg.windows.hop_s ({emg.windows.hop_s:g}) is longer than emg.windows.length_s "
            f"({emg.windows.length_s:g}): signal between windows would be left out"
        )
    return length, hop
