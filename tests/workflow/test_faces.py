"""The stage `face` in a run: there only with faces; what changes of one person's reruns that person's alone."""

import os
from pathlib import Path

import pandas as pd
import pytest
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow

SHEET = "results/face/sheet.csv"


def edit(path: Path, before: str, after: str) -> None:
    """Edit a file and keep its time."""
    was, text = path.stat(), path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def planned(workspace: Workspace) -> set[str]:
    """What of the faces a run would make."""
    jobs = [(rule, wildcards.removeprefix("participant=")) for rule, wildcards in workspace.planned()]
    return {f"{rule} {person}".strip() for rule, person in jobs if "face" in rule}


def test_faces_are_prepared_person_by_person_and_only_where_there_are_any(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, config={"learn": {"models": []}})
    simulate_cohort(workspace.dataset, participants=3, seed=1, scene_s=5, eyes=False, faces=True)
    source = workspace.dataset / "sourcedata"
    faces, late = source / "sub-03" / "face", tmp_path / "late"
    faces.rename(late)
    workspace.run(SHEET)
    sheet = pd.read_csv(workspace.folder / SHEET, dtype={"participant": str})
    assert sheet.groupby("participant").size().to_dict() == {"01": 7, "02": 7}
    assert sheet["synthetic"].all() and set(sheet.loc[sheet["participant"] == "02", "offset_s"]) == {0.9}

    late.rename(faces)
    assert planned(workspace) == {"prepare_face 03", "check_faces"}, "somebody arrives"
    edit(source / "face_offsets.tsv", "0.9", "0.8")
    edit(source / "sub-01/face/sub-01_face.tsv", "task-calm\n", "task-calm \n")
    assert planned(workspace) >= {"prepare_face 01", "prepare_face 02"}, "a clock and an index, by their content"
    workspace.run(SHEET)
    sheet = pd.read_csv(workspace.folder / SHEET, dtype={"participant": str})
    assert set(sheet.loc[sheet["participant"] == "02", "offset_s"]) == {0.8} and len(sheet) == 21
    assert not planned(workspace)
    workspace.config["face"] = {"files": "none"}
    said = workspace.run("--dry-run")
    assert "results/ still has files of the stage face, not in this run" in said and "rule prepare_face" not in said
