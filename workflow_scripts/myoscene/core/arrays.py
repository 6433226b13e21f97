"""Names of array types; what an array holds, its shape and its unit stand where it is taken."""

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
