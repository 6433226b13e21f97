"""Where analysis windows begin: sample indices, never copies of the signal."""

import numpy as np

from myoscene.core.arrays import Floats, Whole
from myoscene.core.errors import InputError


def to_samples(time_s: float, rate_hz: float) -> int:
    """Number of samples in ``time_s`` seconds, rounded to the nearest."""
    return round(time_s * rate_hz)


def window_starts(start: int, stop: int, length: int, hop: int) -> Whole:
    """Starts of all windows of ``length`` samples that lie inside ``[start, stop)``, (windows,).

    These are ``start + k * hop`` for every k >= 0 with ``start + k * hop + length <= stop``.
    """
    if length < 1 or hop < 1:
        raise ValueError(f"length and hop have to be at least 1 sample, not {length} and {hop}")
    return np.arange(start, stop - length + 1, hop, dtype=np.int64)


def event_span(
    onset_s: float, duration_s: float, rate_hz: float, trim_start_s: float, trim_end_s: float
) -> tuple[int, int]:
    """Sample span (start, stop) of a trimmed event from the recording's first sample; stop <= start: nothing is left.

    Its start is cut because a person reacts late, and its end too (our choice).
    """
    end_s = onset_s + duration_s - trim_end_s
    return to_samples(onset_s + trim_start_s, rate_hz), to_samples(end_s, rate_hz)


def segment_span(time_s: Floats, rate_hz: float, start: int, stop: int) -> tuple[int, int]:
    """The part of a segment inside the span of an event (:func:`event_span`): indices (first, last), last not included.

    InputError where the times of the segment's samples, ``time_s`` (samples,), are not regular at ``rate_hz``.
    """
    if len(time_s) == 0:
        return 0, 0
    if abs(time_s[-1] - time_s[0] - (len(time_s) - 1) / rate_hz) > 0.5 / rate_hz:
        raise InputError(
            f"a segment that starts at {time_s[0]:.3f} s has {len(time_s)} samples, which do not fit "
            f"{rate_hz:g} Hz; delete results/emg/signals and run again"
        )
    # A segment need not begin on the recording's sample grid (another device rate): its first sample at or
    # after the event's start is the one that counts, with a thousandth of a sample of slack for rounding.
    offset = time_s[0] * rate_hz
    first = int(np.ceil(start - offset - 1e-3))
    last = int(np.ceil(stop - offset - 1e-3))
    return max(first, 0), min(last, len(time_s))
