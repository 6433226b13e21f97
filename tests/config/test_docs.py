"""README and docs/: pages made from the code are up to date, and what they name exists. Sphinx is not needed."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from myoscene.config.check import complete, load

SCRIPTS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [SCRIPTS.parent / "README.md", *sorted(SCRIPTS.glob("*.md"))]
# What a reader makes, and what only a run has.
MADE = ("docs/_site", "config/profiles/site")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A program of docs/ by its name, as it sees itself where it is started."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return lambda name: SimpleNamespace(**runpy.run_path(str(SCRIPTS / f"{name}.py")))


def test_the_page_on_commands_is_what_help_says(script: Any) -> None:
    commands = script("commands")
    assert commands.PAGE.read_text(encoding="utf-8") == commands.page(), "run make config"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_exists(page: Path, repository: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / target).is_file(), target
    for named in re.findall(r"\b(?:config|docs|tests|envs|rules)/[\w./-]*\w", text):
        assert named.startswith(MADE) or (repository / named).exists(), named
    makefile = (repository / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z][a-z-]+)(?=[`\s]*(?:#|$|`|PY|FUZZ))", text, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_on_a_page_are_there_with_their_options(page: Path, script: Any) -> None:
    every = script("commands").page()
    known = {part.split("\n")[0]: part for part in every.split("\n## ")[1:]}
    for name, rest in re.findall(r"\bmyoscene ([a-z][a-z-]+)([^\n`]*)", page.read_text(encoding="utf-8")):
        if name in known or rest.startswith(" "):
            for option in re.findall(r"--[a-z-]+", rest.split("#")[0]):
                assert name in known and option in known[name], f"myoscene {name} {option}"


def test_every_page_stands_in_the_table_of_contents() -> None:
    listed = re.findall(r"^(\w+)$", (SCRIPTS / "index.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(page.stem for page in PAGES if page.stem not in ("README", "index"))


def test_figures_are_written_between_their_markers_and_nowhere_else(script: Any, tmp_path: Path) -> None:
    blocks, numbers = script("blocks"), script("readme_numbers")
    found = [name for page in PAGES for _, name, _, _ in blocks.BLOCK.findall(page.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted([*numbers.PARTS, "seeds"])  # the latter by docs/seeds.py
    (tmp_path / "docs").mkdir()
    for page in PAGES:
        (tmp_path / page.relative_to(SCRIPTS.parent)).write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    assert sorted(blocks.fill(dict.fromkeys(found, "NEW"), tmp_path)) == sorted(found)
    for page in PAGES:
        new = (tmp_path / page.relative_to(SCRIPTS.parent)).read_text(encoding="utf-8")
        assert new == blocks.BLOCK.sub(r"\1NEW\n\4", page.read_text(encoding="utf-8"))


def test_means_of_networks_are_ranges_over_seeds(script: Any) -> None:
    numbers = script("readme_numbers")
    for name, metric, said in (
        ("cnn_tcn", {"mean": 0.853, "sd_seeds": 0.004}, "0.84 to 0.87"),
        ("fusion_late", {"mean": 0.999, "sd_seeds": 0.004}, "0.99 to 1.00"),
        ("eye_cnn", {"mean": 0.851, "sd_seeds": float("nan")}, "0.79 to 0.92"),
        ("lda", {"mean": 0.81}, "0.81"),
    ):
        assert numbers.expected(name, pd.Series(metric)) == said
    table = pd.DataFrame({"mean": 0.8, "sd_seeds": 0.01}, index=["macro_f1"])
    assert "two SD over seeds" in numbers.ranges({"cnn_tcn": table}) and "0.06" not in numbers.ranges(
        {"cnn_tcn": table}
    )


def test_the_settings_of_the_small_demo_are_right(repository: Path) -> None:
    config = complete(load(repository / "config" / "demo_small.yaml"))
    assert config["learn"]["models"] == ["lda", "cnn_tcn"]
