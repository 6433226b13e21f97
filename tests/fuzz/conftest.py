"""Fixtures of the fuzz runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from myoscene.config.check import defaults


@pytest.fixture
def section() -> Iterator[dict[str, Any]]:
    """The configuration section ``recordings`` at its defaults."""
    yield defaults()["recordings"]
