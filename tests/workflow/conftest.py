"""One small cohort, run once; tests work on copies of it."""

import shutil
from pathlib import Path

import pytest
from myoscene.recordings.demo.cohort import simulate_cohort

from workflow.workspace import WITH_EYES, Workspace


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four synthetic people, run to the end with a copy of the workflow. Tests have to leave it as it is."""
    folder = tmp_path_factory.mktemp("finished")
    workspace = Workspace(folder / "work", config=WITH_EYES)
    workspace.own_copy_of_the_workflow(folder / "workflow")
    simulate_cohort(workspace.dataset, participants=4, seed=1, scene_s=12)
    workspace.run()
    return workspace


@pytest.fixture
def again(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished run, workflow included, that a test may change."""
    shutil.copytree(finished.folder.parent, tmp_path / "copy", symlinks=True)
    return Workspace(tmp_path / "copy" / "work", tmp_path / "copy" / "workflow", dict(finished.config))
