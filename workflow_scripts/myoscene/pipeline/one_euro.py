"""The one-euro filter: smooth where little moves, quick where much does (Casiez et al. 2012)."""

from dataclasses import dataclass, field

import numpy as np

from myoscene.core.arrays import Floats


@dataclass
class OneEuro:
    """Filters values of any shape, one time after the other; later values change no earlier one.

    Attributes:
        least_cutoff_hz: of the low-pass filter where nothing moves.
        gain: by how many Hz the cutoff rises for each unit a second of movement.
        speed_cutoff_hz: of the low-pass filter of the speed itself.
    """

    least_cutoff_hz: float
    gain: float
    speed_cutoff_hz: float = 1.0
    _time_s: float = field(default=-np.inf, init=False)
    _raw: Floats | None = field(default=None, init=False)
    _speed: Floats | None = field(default=None, init=False)
    _smooth: Floats | None = field(default=None, init=False)

    def __call__(self, values: Floats, time_s: float, size: float | Floats = 1.0) -> Floats:
        """What passes of ``values`` at ``time_s``; movement is counted in units of ``size``."""
        if self._raw is None or self._speed is None or self._smooth is None:
            self._speed, self._smooth = np.zeros_like(values), values
        else:
            every_s = time_s - self._time_s
            speed = (values - self._raw) / (size * every_s)
            self._speed = self._speed + _share(self.speed_cutoff_hz, every_s) * (speed - self._speed)
            cutoff = self.least_cutoff_hz + self.gain * np.abs(self._speed)
            self._smooth = self._smooth + _share(cutoff, every_s) * (values - self._smooth)
        self._raw, self._time_s = values, time_s
        return self._smooth


def _share(cutoff_hz: Floats | float, every_s: float) -> Floats | float:
    """How much of a new value passes a low-pass filter of first order."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff_hz * every_s))
