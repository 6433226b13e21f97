"""One version: of the package, its metadata, what is cited, the newest entry of the changelog and the container."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from myoscene import __version__


def test_the_version_is_the_same_everywhere(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    cited = yaml.safe_load((repository / "CITATION.cff").read_text())
    newest = re.search(r"^## \[(\S+)\] - (\d{4}-\d\d-\d\d)$", (repository / "CHANGELOG.md").read_text(), re.M)
    assert newest, "the changelog's newest entry has no version and date"
    assert project["version"] == str(cited["version"]) == newest[1] == __version__
    archived = json.loads((repository / ".zenodo.json").read_text())
    assert archived["version"] == __version__ and archived["publication_date"] == newest[2]
    assert str(cited["date-released"]) == newest[2]


def test_the_container_holds_the_locked_environment(repository: Path) -> None:
    recipe = (repository / "envs" / "Dockerfile").read_text()
    assert f'org.opencontainers.image.version="{__version__}"' in recipe
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", recipe, re.M) for name in line.split()]
    assert {"requirements.lock", "pyproject.toml", "envs/torch_build.py"} <= set(copied)
    for name in copied:
        assert (repository / name).exists(), f"{name} is not there to be copied"


def test_the_workflow_catalogue_is_told_how_to_run_it(repository: Path) -> None:
    told = yaml.safe_load((repository / ".snakemake-workflow-catalog.yml").read_text())
    assert told["usage"]["mandatory-flags"]["flags"] == ""
    assert told["usage"]["software-stack-deployment"] == {
        "conda": False,
        "singularity": False,
        "singularity+conda": False,
    }


def test_hooks_before_a_commit_are_those_of_make_check(repository: Path) -> None:
    hooks = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"] for repo in hooks for hook in repo["hooks"]]
    makefile = (repository / "Makefile").read_text()
    for tool in ("ruff check", "ruff format", "snakefmt", "mypy"):
        assert any(tool in entry for entry in entries), tool
        assert f"$(BIN)/{tool}" in makefile
    assert all(repo["repo"] == "local" for repo in hooks), "versions come from requirements.lock"


def test_text_files_end_with_a_line_end_and_no_line_with_a_blank(repository: Path) -> None:
    if not (repository / ".git").exists():
        pytest.skip("not a checkout of git")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        content = (repository / name).read_bytes()
        if content and b"\0" not in content and not name.endswith(".svg"):
            assert content.endswith(b"\n"), name
            assert not re.search(rb"[ \t]+$", content, re.M), name
