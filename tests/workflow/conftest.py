"""One small cohort, run once; tests work on copies of it."""

import shutil
from pathlib import Path

import pytest
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import WITH_EYES, Workspace, shared_folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three synthetic people, run to the end with a copy of the workflow. Tests have to leave it as it is."""
    with shared_folder(tmp_path_factory, "finished") as (folder, empty):
        workspace = Workspace(folder / "work", folder / "workflow", WITH_EYES)
        if empty:
            workspace.own_copy_of_the_workflow(folder / "workflow")
            simulate_cohort(workspace.dataset, participants=3, seed=1, scene_s=12)
            write_ratings(workspace)
            workspace.run()
            # To copy from: dry runs write records into the folder of the run itself.
            shutil.copytree(folder / "work", folder / "copy", symlinks=True)
    return workspace


def write_ratings(workspace: Workspace) -> None:
    """Two raters of every fifth image of one person's calibration: one always right, the other every second time."""
    index = workspace.dataset / "sourcedata/sub-01/eye/sub-01_task-calibration_eye.tsv"
    rows = [line.split("\t") for line in index.read_text().splitlines()[1:]]
    lines = ["rater\timage\tlabel"]
    for place, (file, frame, _, _, label, _) in enumerate(row for row in rows if row[4] != "n/a" and row[3] == "left"):
        if place % 5 == 0:
            image = f"sourcedata/sub-01/eye/{file}#{frame}"
            lines += [f"right\t{image}\t{label}", f"half\t{image}\t{label if place % 2 else 'neutral'}"]
    (workspace.folder / "ratings.tsv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def again(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished run that a test may change, with the workflow that it was made with."""
    shutil.copytree(finished.folder.parent / "copy", tmp_path / "copy/work", symlinks=True)
    return Workspace(tmp_path / "copy" / "work", finished.workflow, dict(finished.config))


@pytest.fixture
def edited(again: Workspace) -> Workspace:
    """The same with a copy of the workflow, which a test may edit."""
    again.own_copy_of_the_workflow(again.folder.parent / "workflow")
    return again
