"""The lock file, the environment files and the declared dependencies say the same."""

import runpy
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

LOCK = runpy.run_path(str(Path(__file__).resolve().parents[2] / "envs" / "lock.py"))


def test_every_declared_dependency_is_pinned(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + [d for extra in project["optional-dependencies"].values() for d in extra]
    pins = LOCK["read_lock"]()
    for extra in ("slurm", "docs", "face", "restore"):
        pins |= LOCK["read_lock"](repository / f"requirements-{extra}.lock")
    for text in declared:
        requirement = Requirement(text)
        name = LOCK["normal"](requirement.name)
        assert name in pins, f"{name} is not in requirements.lock: run `make lock`"
        assert requirement.specifier.contains(pins[name])


def test_the_plugin_for_slurm_stays_out_of_the_lock() -> None:
    # It slows every call on machines where SLURM's commands exist and its controller does not answer.
    assert not [name for name in LOCK["read_lock"]() if "slurm" in name]


def test_the_lock_is_what_is_installed() -> None:
    for name, pinned in LOCK["read_lock"]().items():
        assert LOCK["public"](version(name)) == pinned


@pytest.mark.parametrize("name", sorted(LOCK["ENVIRONMENTS"]))
def test_environment_files_follow_the_lock(name: str, repository: Path) -> None:
    text = (repository / "envs" / f"{name}.yaml").read_text()
    assert text == LOCK["environment_text"](name, LOCK["read_lock"]()), "run `make lock`"
    environment = yaml.safe_load(text)
    assert "python>=3.11,<3.15" in environment["dependencies"]


def test_no_environment_file_without_a_definition(repository: Path) -> None:
    assert {path.stem for path in repository.glob("envs/*.yaml")} == set(LOCK["ENVIRONMENTS"])
