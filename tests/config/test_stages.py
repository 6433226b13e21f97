"""The stages' manifests: they say what rules make, what the page reads and what stands elsewhere, all by themselves."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from myoscene.config.check import complete
from myoscene.core.stage import Table, figures, page_inputs, rule_files, stages, targets
from myoscene.core.tables import Schema
from myoscene.demo.cohort import simulate_cohort
from myoscene.eyes.selection import EyeSelection
from myoscene.machinery.provenance import versions
from myoscene.manifests import ROOT, rendered
from myoscene.plan import Plan
from myoscene.recordings.selection import Selection
from myoscene.report.figures import DRAWERS
from myoscene.report.load import Tables
from myoscene.run import Run
from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

ALL_TABLES = [(stage, table) for stage in stages() for table in stage.tables]
PEOPLE = ["01", "02", "03"]


def run_of(eyes: bool = True, **given: Any) -> Run:
    """A run of three people."""
    selection = Selection(PEOPLE, raw_files={name: [] for name in PEOPLE}, synthetic=True)
    images = EyeSelection(PEOPLE, raw_files={name: [] for name in PEOPLE}) if eyes else EyeSelection(without=PEOPLE)
    return Run(Plan(complete(given), selection, images, {name: name for name in PEOPLE}))


RUNS = {
    "everything": run_of(),
    "without models": run_of(learn={"models": []}),
    "without eyes": run_of(eyes=False),
    "ratings": run_of(eyes=False, recordings={"input": "ratings"}, learn={"models": []}),
    "eyes": run_of(
        recordings={"input": "eyes", "scene_tasks": ["calm"], "ratings": {"source": "none"}},
        learn={"models": ["eye_cnn"], "learning_curve": {"people": [2]}},
    ),
}


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Rule -> Snakemake's rule, of the whole demo."""
    folder = tmp_path_factory.mktemp("stages")
    simulate_cohort(folder / "demo_cohort", participants=3, seed=1, scene_s=10)
    settings = ResourceSettings(overwrite_resources={"make_page": {"runtime": 77}})
    given = ConfigSettings(
        config={"recordings": {"dataset": "demo_cohort"}, "learn": {"learning_curve": {"people": [2]}}}
    )
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
    everything = RUNS["everything"]
    for stage, table in ALL_TABLES:
        if table.files(everything) and stage.name != "report":
            assert table.path in made, f"{stage.name}: no rule makes {table.path}"


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


@pytest.mark.parametrize("name", RUNS)
def test_what_manifests_ask_a_run_can_answer(name: str) -> None:
    run = RUNS[name]
    wanted = targets(run)
    assert len(wanted) == len(set(wanted)) >= 5
    assert {"results/config.yaml", "results/recordings/exclusions.csv"} <= set(wanted)
    assert set(page_inputs(run, drawn=True)) <= set(page_inputs(run))
    assert ("results/report/index.html" in wanted) == (name != "ratings")
    assert ("emg" in rule_files(run)) == run.has_emg
    for stage, table in ALL_TABLES:
        files = table.files(run)
        assert all(table.matches(file.removeprefix("results/")) for file in files), (stage.name, table.path)


def test_a_run_has_what_it_is_made_of_and_nothing_else() -> None:
    assert not [file for file in targets(RUNS["without models"]) if file.startswith("results/learn/")]
    assert not [file for file in targets(RUNS["without eyes"]) if "eye" in file or "fusion_" in file]
    assert {
        stage.name for stage in stages() for file in targets(RUNS["ratings"]) if f"results/{stage.name}/" in file
    } == {"recordings"}
    assert "results/learn/learning_curve.csv" in targets(RUNS["eyes"])
    assert "results/statistics/null_check.csv" in targets(RUNS["everything"])


def test_tables_name_their_schemas_and_say_what_a_row_is() -> None:
    for stage, table in ALL_TABLES:
        assert bool(table.schema) != bool(table.says), f"{table.path}: a schema says what a row is, or the manifest"
        assert not table.schema or isinstance(stage.schema(table), Schema)
        assert bool(table.schema) == table.path.endswith((".csv", ".parquet")), table.path
        assert len(stage.grain(table)) > 10 or not table.read, table.path


def test_the_page_knows_every_table_and_figure_that_it_is_given() -> None:
    keys = {table.page for _, table in ALL_TABLES if table.page}
    assert keys <= {item.name for item in fields(Tables)}
    assert [figure.name for stage in stages() for figure in stage.figures] and {
        figure.name for stage in stages() for figure in stage.figures
    } == set(DRAWERS)
    for name in DRAWERS:
        assert (ROOT / "config" / "captions" / f"{name}.rst").is_file()
    assert list(figures(RUNS["without models"])) == ["quality", "associations", "forest", "simulation"]


def test_what_is_written_from_the_manifests_is_up_to_date() -> None:
    for name, text in rendered().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name}: run make config"


def test_a_table_is_found_by_its_path() -> None:
    table = Table("learn/{model}/{fold}.json")
    assert table.matches("learn/lda/01.json")
    assert not table.matches("learn/lda/more/01.json") and not table.matches("learn/lda/01xjson")
