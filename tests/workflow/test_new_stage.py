"""What a stage costs: its manifest, its tables, its rules and scripts; nothing else is touched."""

from pathlib import Path

import pytest
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow

STAGE = """
from myoscene.core.stage import Stage, Table

STAGE = Stage(
    name="dummy",
    after=("recordings",),
    when="has_emg",
    groups={"finish": ("count_people",)},
    tables=(Table("dummy/people.csv", schema="PEOPLE", read=True),),
)
"""
TABLES = """
from myoscene.core.tables import table, whole

PEOPLE = table("people", "the cohort", whole("people"))
"""
RULES = """
rule count_people:
    input:
        participants="results/recordings/participants.csv",
    output:
        people="results/dummy/people.csv",
    script:
        "../workflow_scripts/count_people.py"
"""
SCRIPT = """
from myoscene.machinery.job import job

with job(snakemake):
    import pandas as pd
    from myoscene.core.tables import write_table
    from myoscene.dummy.tables import PEOPLE

    people = len(pd.read_csv(snakemake.input.participants))
    write_table(snakemake.output.people, pd.DataFrame({"people": [people]}), PEOPLE)
"""


def test_a_stage_costs_a_manifest_its_tables_rules_and_scripts_and_nothing_else(tmp_path: Path) -> None:
    """Without settings of its own; those are one more line, in config/sections.py."""
    workspace = Workspace(tmp_path / "work", config={"learn": {"models": []}})
    workspace.own_copy_of_the_workflow(tmp_path)
    package = tmp_path / "workflow_scripts" / "myoscene" / "dummy"
    package.mkdir()
    for path, text in (
        (package / "__init__.py", ""),
        (package / "stage.py", STAGE),
        (package / "tables.py", TABLES),
        (tmp_path / "rules" / "dummy.smk", RULES),
        (tmp_path / "workflow_scripts" / "count_people.py", SCRIPT),
    ):
        path.write_text(text)
    simulate_cohort(workspace.dataset, participants=3, seed=1, scene_s=10, eyes=False)
    assert "count_people" in workspace.run("--dry-run"), "what people read is made without being asked for"
    workspace.run("results/dummy/people.csv")
    assert (workspace.results / "dummy" / "people.csv").read_text() == "people\n3\n"
    assert (workspace.results / "logs" / "count_people.log").is_file()
