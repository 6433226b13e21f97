"""One small cohort, run once; tests work on copies of it."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from myoscene.recordings.demo.cohort import simulate_cohort

from workflow.workspace import WITH_EYES, Workspace


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four synthetic people, run to the end with a copy of the workflow. Tests have to leave it as it is.

    One for all processes that the tests are spread over: the first one to need it makes it.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "finished"
    folder.mkdir(exist_ok=True)
    workspace = Workspace(folder / "work", folder / "workflow", WITH_EYES)
    with open(folder / "lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            workspace.own_copy_of_the_workflow(folder / "workflow")
            simulate_cohort(workspace.dataset, participants=4, seed=1, scene_s=12)
            write_ratings(workspace)
            workspace.run()
            # To copy from: dry runs write records into the folder of the run itself.
            for part in ("work", "workflow"):
                shutil.copytree(folder / part, folder / "copy" / part, symlinks=True)
            (folder / "ready").touch()
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
    """A copy of the finished run, workflow included, that a test may change."""
    shutil.copytree(finished.folder.parent / "copy", tmp_path / "copy", symlinks=True)
    return Workspace(tmp_path / "copy" / "work", tmp_path / "copy" / "workflow", dict(finished.config))
