"""Fixtures that every stage's tests share."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Machines are slow when they are busy: no test may fail by how long it took.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The counts of the fuzz runs, where any took part."""
    from fuzz.summary import show_counts

    show_counts(terminalreporter)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public recordings that only some machines have."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public recordings of ../shared/data are not on this machine")
    return folder
