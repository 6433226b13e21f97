"""Small tables of expression features and ratings with known content.

Fixtures and not a module: ``statistics`` is a name of the standard library.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.tables import write_table
from myoscene.recordings.tables import RATINGS
from myoscene.scenes.tables import EXPRESSION_FEATURES

SUBSCALES = ["mental", "physical", "temporal", "performance", "effort", "frustration"]


def make_study(seed=1, people=6, scenes=5, association=0.9):
    """Expression features and ratings; ``occupancy_frown`` goes with ``physical``.

    Features: occupancy_frown (associated), occupancy_smile (differs between scenes), noise, gappy (some cells
    are missing), constant, absent (missing everywhere).
    """
    generator = np.random.default_rng(seed)
    shape = (people, scenes)
    drive = generator.normal(size=shape)
    values = {
        "occupancy_frown": association * drive + np.sqrt(1 - association**2) * generator.normal(size=shape),
        "occupancy_smile": 3.0 * np.arange(scenes) + generator.normal(size=shape),
        "noise": generator.normal(size=shape),
        "gappy": np.where(generator.random(shape) < 0.25, np.nan, generator.normal(size=shape)),
        "constant": np.full(shape, 0.25),
        "absent": np.full(shape, np.nan),
    }
    for name in values:
        if name != "constant":
            values[name] = values[name] + 2 * generator.normal(size=(people, 1))
    names = [f"{p:02d}" for p in range(1, people + 1)], [f"scene{s}" for s in range(scenes)]
    features = [
        (p, "", s, feature, v[i, j], False)
        for feature, v in values.items()
        for i, p in enumerate(names[0])
        for j, s in enumerate(names[1])
    ]
    frame = pd.DataFrame(features, columns=["participant", "session", "scene", "feature", "value", "synthetic"])
    level = 15 * generator.normal(size=(people, 1)) + 10 * generator.normal(size=(1, scenes)) + 50
    rows = []
    for i, p in enumerate(names[0]):
        for j, s in enumerate(names[1]):
            row = {name: level[i, j] + 8 * generator.normal() for name in SUBSCALES}
            row["physical"] = level[i, j] + 8 * drive[i, j]
            row = {name: float(np.clip(value, 0, 100)) for name, value in row.items()}
            row["raw_tlx"] = float(np.mean(list(row.values())))
            keys = {"participant": p, "session": "", "scene": s}
            rows.append(keys | row | {"weighted_tlx": None, "synthetic": False})
    return frame, pd.DataFrame(rows).astype({"weighted_tlx": "float64"})


def save_tables(folder: Path, features: pd.DataFrame, ratings: pd.DataFrame | None = None) -> tuple[str, str]:
    """Write both tables; their paths."""
    paths = str(folder / "expression_features.parquet"), str(folder / "ratings.parquet")
    write_table(paths[0], features, EXPRESSION_FEATURES)
    if ratings is not None:
        write_table(paths[1], ratings, RATINGS)
    return paths


@pytest.fixture
def study():
    """See :func:`make_study`."""
    return make_study


@pytest.fixture
def save():
    """See :func:`save_tables`."""
    return save_tables
