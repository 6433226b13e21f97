"""The section `emg.windows`."""

from dataclasses import dataclass

from myoscene.core.settings import NotNegative, Positive


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
