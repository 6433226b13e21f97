"""What is wrong with an eye image: blank, saturated, blurred, frozen."""

import numpy as np
from numpy.typing import NDArray

from myoscene.eyes.settings import ImageLimits
from myoscene.eyes.store import runs

MEASURES = ("mean", "sd", "saturated_fraction", "sharpness")
FLAGS = ("blank", "saturated", "blurred", "frozen")


def measure(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """:data:`MEASURES` of images ``(n, height, width)``: ``(n, 4)``, mean and standard deviation in grey values.

    Sharpness is the mean square of the four-neighbour
    Laplacian over the image without its rim, relative to the image's variance (Pech-Pacheco et al. 2000, who take the
    Laplacian's variance; relative, because brightness of the infra-red light is not sharpness); 0 where nothing varies.
    """
    n, height, width = images.shape
    flat = images.reshape(n, -1)
    pixels = flat.shape[1]
    # Whole numbers throughout: sums that do not depend on how images are batched.
    values = images.astype(np.int32)
    total = values.sum(axis=(1, 2), dtype=np.int64)
    squares = _energy(values)
    spread = pixels * squares - total**2
    saturated = ((flat == 0) | (flat == 255)).sum(axis=1)
    bend = values[:, :-2, 1:-1] + values[:, 2:, 1:-1] + values[:, 1:-1, :-2] + values[:, 1:-1, 2:]
    bend -= 4 * values[:, 1:-1, 1:-1]
    energy = _energy(bend) / ((height - 2) * (width - 2))
    variance = spread / pixels**2
    sharpness = np.divide(energy, variance, out=np.zeros(n), where=variance > 0)
    found = (total / pixels, np.sqrt(variance), saturated / pixels, sharpness)
    return np.stack(found, axis=1).astype(np.float32)


def _energy(values: NDArray[np.int32]) -> NDArray[np.int64]:
    """Sum of squares of each of ``values`` ``(n, height, width)``, each at most four times 255: ``(n,)``, exact."""
    # A row of some 2000 such squares fits into 32 bits, which are twice as fast.
    rows = np.einsum("nij,nij->ni", values, values, dtype=np.int64 if values.shape[2] > 2000 else np.int32)
    return rows.sum(axis=1, dtype=np.int64)


def flag_images(measures: NDArray[np.float32], limits: ImageLimits) -> NDArray[np.bool_]:
    """Flags of images by their measures ``(n, 4)``: ``(n, 4)`` in the order of :data:`FLAGS`, `frozen` still unset.

    A blank image is not called blurred as well: it has nothing that could be sharp.
    """
    _, sd, saturated, sharpness = measures.T
    blank = sd < limits.blank_sd
    flags = blank, saturated > limits.max_saturated_fraction, (sharpness < limits.min_sharpness) & ~blank
    return np.stack([*flags, np.zeros(len(measures), bool)], axis=1)


def frozen(
    group: NDArray[np.integer], time_s: NDArray[np.float64], digest: NDArray[np.void], frozen_s: float
) -> NDArray[np.bool_]:
    """Images ``(n,)`` of a ``group``, one eye in one recording, that follow each other with the same ``digest``.

    They do so for at least ``frozen_s``; without times nothing is frozen.
    """
    order = np.lexsort((time_s, group))
    group, time_s, digest = group[order], time_s[order], digest[order]
    found = np.zeros(len(order), bool)
    for run in runs((group[1:] != group[:-1]) | (digest[1:] != digest[:-1])):
        # A hair below, since times are decimal fractions.
        found[order[run]] = run.stop - run.start > 1 and time_s[run.stop - 1] - time_s[run.start] >= frozen_s - 1e-9
    return found
