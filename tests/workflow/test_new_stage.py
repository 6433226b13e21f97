"""What a stage costs: its manifest, its tables, its rules and scripts; nothing else is touched."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from myoscene.config.write import ROOT
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import PARTS

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
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
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
    work = tmp_path / "work"
    simulate_cohort(work / "demo_cohort", participants=3, seed=1, scene_s=10)

    def snakemake(*arguments: str) -> str:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(tmp_path / "Snakefile"), "--cores", "1"]
        command += ["--config", "learn={'models': []}", "--directory", str(work), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "count_people" in snakemake("--dry-run"), "what people read is made without being asked for"
    snakemake("results/dummy/people.csv")
    assert (work / "results" / "dummy" / "people.csv").read_text() == "people\n3\n"
    assert (work / "results" / "logs" / "count_people.log").is_file()
