"""The moving root mean square that is called envelope here."""

import numpy as np

from myoscene.core.arrays import PIECE, Floats, Reals, Whole
from myoscene.pipeline.windows import to_samples


def moving_rms(signal_uv: Reals, length: int) -> Floats:
    """Root mean square of (channels, samples) over a centred window; at the ends over that part which lies inside.

    Sample k sees k - length // 2 up to, but not with, that plus length, in samples.
    """
    moving, result, went = MovingRms(length), np.empty(signal_uv.shape), 0
    pieces = [signal_uv[:, start : start + PIECE] for start in range(0, signal_uv.shape[1], PIECE)]
    for piece in pieces or [signal_uv]:
        values = moving(piece)
        result[:, went : went + values.shape[1]] = values
        went += values.shape[1]
    result[:, went:] = moving.finish()
    return result


class MovingRms:
    """:func:`moving_rms` of a signal that comes in pieces; the last values, which look ahead, come with ``finish``."""

    def __init__(self, length: int) -> None:
        self._length = max(length, 1)
        # Sums of squares up to before each sample that is still needed, and the number of the first of them.
        self._sums: Floats | None = None
        self._first = self._went = 0

    def __call__(self, piece_uv: Reals) -> Floats:
        """The values that the samples so far make certain, (channels, values), perhaps none."""
        sums = np.zeros((len(piece_uv), 1)) if self._sums is None else self._sums
        new = np.empty((len(piece_uv), piece_uv.shape[1] + 1))
        new[:, 0] = sums[:, -1]
        np.square(piece_uv, dtype=np.float64, out=new[:, 1:])
        np.cumsum(new, axis=1, out=new)
        self._sums = np.concatenate([sums[:, :-1], new], axis=1) if sums.shape[1] > 1 else new
        return self._values(self._first + self._sums.shape[1] - 1 - self._length + self._length // 2 + 1)

    def finish(self) -> Floats:
        """The rest, over those parts of their windows that lie inside the signal."""
        if self._sums is None:
            raise ValueError("no piece came")
        return self._values(self._first + self._sums.shape[1] - 1)

    def _values(self, stop: int) -> Floats:
        assert self._sums is not None
        known = self._first + self._sums.shape[1] - 1
        sample = np.arange(self._went, max(stop, self._went))
        last = np.minimum(sample - self._length // 2 + self._length, known)
        first = np.maximum(sample - self._length // 2, 0)
        power = self._sums[:, last - self._first] - self._sums[:, first - self._first]
        self._went = max(stop, self._went)
        oldest = max(self._went - self._length // 2, self._first)
        self._sums, self._first = self._sums[:, oldest - self._first :], oldest
        # Sums of squares differ by rounding alone where the signal is zero: never below 0.
        return np.sqrt(np.maximum(power, 0.0) / (last - first))


def envelope(signal_uv: Reals, rate_hz: float, window_s: float) -> Floats:
    """RMS envelope of a conditioned stretch, (channels, samples) float64, in the unit of the signal."""
    return moving_rms(signal_uv, to_samples(window_s, rate_hz))


def envelope_indices(n_samples: int, rate_hz: float, envelope_rate_hz: float) -> Whole:
    """Indices of the samples at which an envelope is stored, nearest to a regular ``envelope_rate_hz``."""
    count = int(np.floor((n_samples - 1) * envelope_rate_hz / rate_hz + 1e-9)) + 1 if n_samples else 0
    return np.minimum(np.rint(np.arange(count) * rate_hz / envelope_rate_hz), n_samples - 1).astype(np.int64)
