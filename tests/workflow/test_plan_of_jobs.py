"""Jobs that are Snakemakes of their own, as on a cluster, keep the plan of the run that submitted them."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import SMALL, Workspace

pytestmark = pytest.mark.workflow

SHEET = "results/recordings/sheet.csv"


def test_who_arrives_during_a_run_changes_nothing_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the default of scenes.models, which what is trained decides."""
    workspace = Workspace(tmp_path, config={**SMALL, "learn": {"models": ["lda"]}}, is_warm=False)
    simulate_cohort(workspace.dataset, participants=4, seed=1, scene_s=8, eyes=False)
    shutil.move(workspace.dataset / "sub-04", tmp_path / "late")
    arrives = [str(tmp_path / "late"), str(workspace.dataset / "sub-04")]
    plugins = Path(__file__).with_name("executor")
    monkeypatch.setenv("ARRIVES", json.dumps(arrives))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(plugins), os.environ.get("PYTHONPATH", "")]))
    said = workspace.run("--executor", "here", "--jobs", "2", "--seconds-between-status-checks", "1", SHEET)
    assert Path(arrives[1]).is_dir(), "arrived when the first job was submitted"
    found = pd.read_csv(workspace.folder / SHEET, dtype={"participant": str})
    assert sorted(set(found["participant"])) == ["01", "02", "03"], said[-3000:]
    kept = json.loads((workspace.results / ".snakemake/plan.json").read_text())
    assert list(kept["selection"]["participants"]) == ["01", "02", "03"]
    jobs = workspace.planned()
    assert ("describe_participant", "participant=04") in jobs, "the next run finds the person"
