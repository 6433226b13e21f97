"""Fixtures of the stage `eyes`."""

from pathlib import Path

import pytest
from eyes.builders import Dataset


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """An empty dataset of eye images."""
    return Dataset(tmp_path / "cohort")
