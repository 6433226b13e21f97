"""Which eye frames lie in which windows, by their times."""

import numpy as np
from numpy.typing import NDArray

# A frame on a window's edge belongs to the window that starts there, whatever the last bits of its time.
EDGE_S = 1e-9


def frame_spans(
    times: NDArray[np.float64], starts: NDArray[np.float64], length_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last (exclusive) of the frames at ``times`` (rising) with ``start <= time < start + length_s``."""
    first, stop = np.searchsorted(times, np.stack([starts, starts + length_s]) - EDGE_S)
    return first.astype(np.int64), stop.astype(np.int64)


def window_means(
    values: NDArray[np.floating], times: NDArray[np.float64], starts: NDArray[np.float64], length_s: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Mean of the frames' ``values`` ``(frames, columns)`` in each window: all of a window weigh alike (our choice).

    Args:
        times: ``(frames,)`` in seconds, rising.
        starts: ``(windows,)`` in seconds.

    Returns:
        Means ``(windows, columns)``, 0 in windows without a frame, and which windows have one ``(windows,)``.
    """
    first, stop = frame_spans(times, starts, length_s)
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, dtype=np.float64, out=sums[1:])
    number = (stop - first)[:, None]
    return (sums[stop] - sums[first]) / np.maximum(number, 1), number[:, 0] > 0
