"""The stages' manifests: they say what rules make, what the page reads and what stands elsewhere, all by themselves."""

from dataclasses import fields
from typing import Any

import pytest
from myoscene.config.check import complete
from myoscene.config.pages import PAGES
from myoscene.config.write import FILES, ROOT, SLURM
from myoscene.core.stage import Table, figures, page_inputs, rule_files, stages, targets
from myoscene.core.tables import Schema
from myoscene.eyes.selection import EyeSelection
from myoscene.plan import Plan
from myoscene.recordings.selection import Selection
from myoscene.report.figures import DRAWERS
from myoscene.report.load import Tables
from myoscene.run import Run

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


# In the form of another tool, which its own tests hold (tests/face/test_live_link.py).
FOREIGN = {"mapping/emg2exp/live_link/{participant}.csv"}


def test_tables_name_their_schemas_and_say_what_a_row_is() -> None:
    for stage, table in ALL_TABLES:
        assert bool(table.schema) != bool(table.says), f"{table.path}: a schema says what a row is, or the manifest"
        assert not table.schema or isinstance(stage.schema(table), Schema)
        ours = table.path.endswith((".csv", ".parquet")) and table.path not in FOREIGN
        assert bool(table.schema) == ours, table.path
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
    for name in (SLURM, *PAGES):
        assert (ROOT / name).read_text(encoding="utf-8") == FILES[name](), f"{name}: run make config"


def test_a_table_is_found_by_its_path() -> None:
    table = Table("learn/{model}/{fold}.json")
    assert table.matches("learn/lda/01.json")
    assert not table.matches("learn/lda/more/01.json") and not table.matches("learn/lda/01xjson")
