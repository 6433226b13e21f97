"""The section `emg.quality`."""

from dataclasses import dataclass

from myoscene.core.settings import Fraction, NotNegative, Positive


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
