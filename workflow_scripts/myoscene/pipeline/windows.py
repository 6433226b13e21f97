"""Where analysis windows begin: sample indices, never copies of the signal."""

import numpy as np
import numpy.typing as npt

from myoscene.core.errors import InputError


def to_samples(time_s: float, rate_hz: float) -> int:
    """Number of samples in ``time_s`` seconds, rounded to the nearest."""
    return round(time_s * rate_hz)


def window_starts(start: int, stop: int, length: int, hop: int) -> npt.NDArray[np.int64]:
    """Starts of all windows that lie inside ``[start, stop)``.

    Args:
        start: first sample; the first window begins here.
        stop: one past the last sample.
        length: samples of a window.
        hop: samples between the starts of neighbouring windows.

    Returns:
        (windows,) int64: ``start + k * hop`` for every k >= 0 with ``start + k * hop + length <= stop``.

    Raises:
        ValueError: ``length`` or ``hop`` is below 1.
    """
    if length < 1 or hop < 1:
        raise ValueError(f"length and hop have to be at least 1 sample, not {length} and {hop}")
    return np.arange(start, stop - length + 1, hop, dtype=np.int64)


def event_span(
    onset_s: float, duration_s: float, rate_hz: float, trim_start_s: float, trim_end_s: float
) -> tuple[int, int]:
    """Sample span of a trimmed event, counted from the recording's first sample.

    Args:
        onset_s, duration_s: the event, in seconds.
        rate_hz: rate in which samples are counted.
        trim_start_s: cut from the start, because a person reacts late (our choice).
        trim_end_s: cut from the end (our choice).

    Returns:
        (start, stop), with stop <= start where nothing is left.
    """
    start = to_samples(onset_s + trim_start_s, rate_hz)
    stop = to_samples(onset_s + duration_s - trim_end_s, rate_hz)
    return start, stop


def segment_span(time_s: npt.NDArray[np.float64], rate_hz: float, start: int, stop: int) -> tuple[int, int]:
    """The part of a segment that lies inside the span of an event.

    Args:
        time_s: (samples,) times of the segment's samples, regular at ``rate_hz``.
        rate_hz: rate of the segment.
        start, stop: span in samples of the recording, as :func:`event_span` gives it.

    Returns:
        (first, last) indices into the segment, last not included; last <= first where they do not meet.

    Raises:
        InputError: the times are not regular at ``rate_hz``.
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
