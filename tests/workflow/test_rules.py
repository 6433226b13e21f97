"""The rules of a whole run as Snakemake reads them: they make what the manifests say, and have what every rule has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from myoscene.config.write import ROOT
from myoscene.core.stage import stages
from myoscene.demo.cohort import simulate_cohort
from myoscene.machinery.provenance import versions
from myoscene.plan import make_plan
from myoscene.run import Run
from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

pytestmark = pytest.mark.workflow

ALL_TABLES = [(stage, table) for stage in stages() for table in stage.tables]
GIVEN = {"recordings": {"dataset": "demo_cohort"}, "learn": {"learning_curve": {"people": [2]}}}


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Rule -> Snakemake's rule, of the whole demo."""
    folder = tmp_path_factory.mktemp("stages")
    simulate_cohort(folder / "demo_cohort", participants=3, seed=1, scene_s=10, faces=True)
    settings = ResourceSettings(overwrite_resources={"make_page": {"runtime": 77}})
    given = ConfigSettings(config=GIVEN)
    with pytest.MonkeyPatch.context() as patch, SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        patch.chdir(folder)
        parsed = api.workflow(settings, given, snakefile=ROOT / "Snakefile", workdir=folder)
        yield {rule.name: rule for rule in parsed._workflow.rules}


def plain(file: Any) -> str:
    """A rule's file with its wildcards as they are written."""
    return re.sub(r"\{(\w+).*?\}(?=[/.])", r"{\1}", str(file)).removeprefix("results/")


def test_every_output_is_declared_and_every_declared_table_is_an_output(workflow: dict[str, Any]) -> None:
    made = {plain(file) for rule in workflow.values() for file in rule.output}
    for file in made:
        found = [table.path for _, table in ALL_TABLES if table.path == file or table.matches(file)]
        assert len(found) >= 1, f"{file} stands in no stage's manifest"
    run = Run(make_plan(GIVEN))
    for stage, table in ALL_TABLES:
        if table.files(run) and stage.name != "report":
            # A rule that makes a table for several values at once names each.
            there = table.path in made or any(table.matches(file) for file in made)
            assert there, f"{stage.name}: no rule makes {table.path}"


def test_every_rule_is_in_a_group_of_its_stage(workflow: dict[str, Any]) -> None:
    groups = {rule for stage in stages() for rules in stage.groups.values() for rule in rules}
    assert {name for name, rule in workflow.items() if rule.script} <= groups
    for stage in stages():
        texts = [(ROOT / "rules" / f"{name}.smk").read_text() for name in (stage.name, *stage.rules)]
        written = set(re.findall(r"^ *(?:rule|checkpoint|use rule \w+ as) (\w+)(?: with)?:", "".join(texts), re.M))
        assert written == {rule for rules in stage.groups.values() for rule in rules}, stage.name


def test_every_rule_has_what_the_snakefile_gives_it(workflow: dict[str, Any]) -> None:
    """A log and a benchmark of its jobs, an environment, resources, and what its script is built from."""
    scripted = {name: rule for name, rule in workflow.items() if rule.script}
    assert len(scripted) > 30
    for name, rule in scripted.items():
        wildcards = dict.fromkeys(re.findall(r"\{(\w+)", str(rule.output[0])))
        folder = "/".join([name, *(f"{{{wildcard}}}" for wildcard in wildcards)])
        assert [plain(file) for file in (*rule.log, rule.benchmark)] == [
            f"logs/{folder}.log",
            f"benchmarks/{folder}.tsv",
        ]
        assert (ROOT / "rules" / rule.conda_env).resolve().is_file()
        assert all(part in rule.params for part in versions(Path(rule.script).stem)), f"{name} does not state its code"
        assert {"mem_mb", "runtime"} <= set(rule.resources)
    assert workflow["make_page"].resources["runtime"].value == 77, "a profile goes before"
