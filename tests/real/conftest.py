"""The public recordings: six people where networks learn, or all of them (``--everybody``, `make test-all`)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

# What is expected of six is stated beside what is expected of everybody; the first of the eyes closes them only.
SIX = {
    "mrl_eyes": ("s0004", "s0005", "s0014", "s0019", "s0026", "s0034"),
    "uci_gestures": ("01", "03", "05", "07", "09", "15"),
}


@pytest.fixture(scope="session")
def everybody(request: pytest.FixtureRequest) -> bool:
    """Whether tests read all people of a collection."""
    return request.config.getoption("--everybody")


@pytest.fixture(scope="session")
def collection(everybody: bool, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Name -> the folder of a collection with the people that the tests read."""

    def folder(name: str) -> Path:
        source = real_data / name
        if everybody:
            return source
        made = tmp_path_factory.mktemp("six") / name
        for path in source.rglob("*"):
            if path.is_file() and path.relative_to(source).parts[0] in SIX[name]:
                (made / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, made / path.relative_to(source))
        return made

    return folder
