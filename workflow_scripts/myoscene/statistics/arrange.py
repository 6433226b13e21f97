"""Long tables to arrays ``(variables, participants, scenes)``; missing cells are NaN."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cells:
    """Values of several variables of the same participants and scenes.

    Attributes:
        values: ``(variables, participants, scenes)`` float64, NaN where there is none.
        variables, participants, scenes: names along each axis.
    """

    values: NDArray[np.float64]
    variables: list[str]
    participants: list[str]
    scenes: list[str]


def average_sessions(long: pd.DataFrame, variable: str) -> pd.DataFrame:
    """Mean over a person's sessions of one scene (our choice); missing values do not count.

    Args:
        long: columns participant, scene, ``variable`` and value.

    Returns:
        One row a participant, scene and ``variable``, in sorted order of participants and scenes.
    """
    keys = ["participant", "scene", variable]
    return long.groupby(keys, sort=True, observed=True)["value"].mean().reset_index()


def cells(long: pd.DataFrame, variable: str, variables: list[str], participants: list[str], scenes: list[str]) -> Cells:
    """Arrange ``long`` (participant, session, scene, ``variable``, value) with these names along the axes."""
    means = average_sessions(long, variable)
    values = np.full((len(variables), len(participants), len(scenes)), np.nan)
    places = [
        pd.Index(names).get_indexer(pd.Index(means[column]))
        for names, column in ((variables, variable), (participants, "participant"), (scenes, "scene"))
    ]
    kept = np.logical_and.reduce([place >= 0 for place in places])
    values[tuple(place[kept] for place in places)] = means["value"].to_numpy(dtype=float)[kept]
    return Cells(values, variables, participants, scenes)


def in_order(names: pd.Series) -> list[str]:
    """Different values of ``names`` in order of appearance."""
    return [str(name) for name in names.unique()]
