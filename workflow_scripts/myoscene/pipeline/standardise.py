"""Standardising features within a person, without labels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_MAD_TO_SD = 1.4826
METHODS = ("none", "calibration_z", "calibration_mean_sd")


@dataclass(frozen=True)
class Standardiser:
    """Centre and spread of each feature column, (columns,) each."""

    centre: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]

    def apply(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """(values - centre) / spread of (windows, columns), float32."""
        return ((values - self.centre) / self.spread).astype(np.float32)


def fit_standardiser(values: npt.NDArray[np.floating], method: str) -> Standardiser:
    """Fit on a person's windows; no label enters.

    Args:
        values: (windows, columns).
        method: ``calibration_z`` (median, 1.4826 MAD), ``calibration_mean_sd``, or ``none``.

    A column that does not vary keeps its unit, so that it becomes 0 and not a missing value.
    """
    columns = values.shape[1]
    if method == "none" or not len(values):
        return Standardiser(np.zeros(columns), np.ones(columns))
    data = np.asarray(values, dtype=np.float64)
    if method == "calibration_mean_sd":
        centre, spread = data.mean(axis=0), data.std(axis=0)
    elif method == "calibration_z":
        centre = np.median(data, axis=0)
        spread = _MAD_TO_SD * np.median(np.abs(data - centre), axis=0)
        # More than half of a count's values may be equal: then its SD stands in.
        spread = np.where(spread > 0, spread, data.std(axis=0))
    else:
        raise ValueError(f"no standardiser is called '{method}'; there are {', '.join(METHODS)}")
    return Standardiser(centre, np.where(spread > 1e-9, spread, 1.0))
