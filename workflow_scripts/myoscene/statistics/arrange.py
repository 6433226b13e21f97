"""Long tables to arrays ``(variables, participants, scenes)``; missing cells are NaN."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.arrays import rounded

# Fewer people than this say nothing about a difference between scenes, or an association (our choice).
SMALLEST_COHORT = 3


@dataclass(frozen=True)
class Cells:
    """Values of several variables of the same participants and scenes, NaN where there is none, with names along each
    axis: ``(variables, participants, scenes)`` float64."""

    values: NDArray[np.float64]
    variables: list[str]
    participants: list[str]
    scenes: list[str]

    def came(self, there: NDArray[np.bool_], applied: Sequence[str]) -> dict[str, int]:
        """How many of those who are ``there`` ``(participants,)`` trained models, and how many were only predicted
        (``applied``)."""
        only = int((there & np.isin(self.participants, list(applied))).sum())
        return {"n_train": int(there.sum()) - only, "n_apply": only}


def cells(long: pd.DataFrame, variable: str, variables: list[str], participants: list[str], scenes: list[str]) -> Cells:
    """Arrange ``long`` (participant, session, scene, ``variable``, value) with these names along the axes.

    A person's sessions of one scene are averaged (our choice), and the mean is rounded like every value is where it is
    made; missing values do not count.
    """
    keys = [variable, "participant", "scene"]
    means = long.groupby(keys, observed=True)["value"].mean().map(rounded).reset_index()
    names = variables, participants, scenes
    values = np.full([len(of_axis) for of_axis in names], np.nan)
    places = [pd.Index(of_axis).get_indexer(pd.Index(means[key])) for of_axis, key in zip(names, keys, strict=True)]
    kept = np.logical_and.reduce([place >= 0 for place in places])
    values[tuple(place[kept] for place in places)] = means["value"].to_numpy(dtype=float)[kept]
    return Cells(values, variables, participants, scenes)


def alike(arrays: Iterable[NDArray[np.bool_]]) -> list[NDArray[np.intp]]:
    """Groups of indices of equal arrays, in order of appearance."""
    groups: dict[bytes, list[int]] = {}
    for index, array in enumerate(arrays):
        groups.setdefault(array.tobytes(), []).append(index)
    return [np.array(group) for group in groups.values()]
