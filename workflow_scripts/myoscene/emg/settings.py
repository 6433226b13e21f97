"""Conditioning, quality, normalisation, windows and time-domain features of the EMG."""

from dataclasses import dataclass

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
