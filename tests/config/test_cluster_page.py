"""The cluster page says what the profiles say, and names what exists."""

import re
from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "cluster.md").read_text()


def test_files_and_make_targets_that_it_names_exist(repository: Path, page: str) -> None:
    made_by_users = {"config/profiles/site", "config/profiles/site/config.yaml"}
    named = set(re.findall(r"\b((?:config/profiles|docs|tests)/[\w./]+[\w])", page)) - made_by_users
    assert {"config/profiles/slurm", "docs/resources.py", "tests/slurm/bundling.py"} <= named
    for name in named:
        assert (repository / name).exists(), name
    makefile = (repository / "Makefile").read_text()
    for target in set(re.findall(r"`make ([a-z-]+)", page)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_its_figures_of_the_profile_are_those_of_the_profile(repository: Path, page: str) -> None:
    profile = yaml.safe_load((repository / "config/profiles/slurm/config.yaml").read_text())
    assert f"`retries: {profile['retries']}`" in page
    assert f"comes {profile['slurm-init-seconds-before-status-checks']} s after" in page
    assert f"`cores: {profile['cores']}`" in page
    assert f"preparation of {profile['group-components']['prepare']} people" in page
    assert f"`{profile['slurm-logdir']}/" in page


def test_its_table_of_resources_is_what_the_rules_state(repository: Path, page: str) -> None:
    import runpy

    program = runpy.run_path(str(repository / "docs" / "resources.py"))
    stated = program["stated"]()
    rows = re.findall(r"^\| `(\w+)` \| (\d) \| ([^|]+) \| ([^|]+) \| \d+ \| (\d+) \|", page, re.M)
    assert len(rows) > 30
    for rule, threads, memory, minutes, peak in rows:
        row = stated.loc[rule]
        assert (threads, memory, minutes) == (
            row["threads"], program["_words"](row["mem_mb"]), program["_words"](row["runtime"])
        ), rule  # fmt: skip
        # What grows with the input asks for more than its base where it was measured at its largest.
        if "+" not in memory:
            assert int(peak) + program["SNAKEMAKES_MB"] <= program["base_mb"](row["mem_mb"]), rule
