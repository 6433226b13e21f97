"""Names of array types, whose content, shape and unit stand where they are taken; and how values are rounded."""

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Samples that are worked on together: what a processor's cache holds.
PIECE = 2**16
# Significant digits of values that are ranked later: what different sums of equal numbers differ by is left out.
DIGITS = 12


def rounded(value: float) -> float:
    """``value`` with 12 significant digits and 12 decimals at most, where it is made.

    Values that are equal are then equal to the last bit, in the Parquet table and in the CSV beside it, and count as
    ties in every rank statistic: 3 * 0.1 s is 0.3 s.
    """
    # Adding 0.0 turns -0.0 into 0.0.
    return float(f"{round(value, DIGITS):.{DIGITS}g}") + 0.0
