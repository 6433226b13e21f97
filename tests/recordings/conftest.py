"""What the tests of this stage share."""

from pathlib import Path
from typing import Any

import pytest
from myoscene.config.sections import defaults
from recordings.builders import write_dataset


@pytest.fixture
def section(tmp_path: Path) -> dict[str, Any]:
    """The configuration section `recordings` at its defaults, for the dataset `tmp_path/ds`."""
    return {**defaults()["recordings"], "dataset": str(tmp_path / "ds")}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Three people with a calibration and two rated scenes each, in `tmp_path/ds`."""
    return write_dataset(tmp_path / "ds")
