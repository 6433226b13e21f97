"""One run without faults for all modules, also where they are spread over processes."""

import subprocess
from pathlib import Path

import pytest
from myoscene.demo.cohort import simulate_cohort
from workflow.workspace import shared_folder

from faults.table import fault  # noqa: F401
from faults.undisturbed import CONFIG, Disturbed


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Disturbed:
    """Three synthetic people, run to the end. Tests have to leave it as it is, and work on copies."""
    with shared_folder(tmp_path_factory, "faults") as (root, empty):
        workspace = Disturbed(root / "work", root / "workflow", CONFIG)
        if empty:
            workspace.own_copy_of_the_workflow(root / "workflow")
            simulate_cohort(workspace.dataset, participants=3, seed=1, scene_s=12)
            # In the warm process; jobs that each have a Python of their own, as in test_disk, give the same bytes.
            workspace.run()
    return workspace


@pytest.fixture
def again(finished: Disturbed, tmp_path: Path) -> Disturbed:
    """A copy of the finished run that a test may change."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture(scope="session")
def mounts() -> None:
    """Skip where this user may not mount in a namespace of its own."""
    command = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=64k",
        "none",
        "/mnt",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs to mount in a namespace of its own (root): {done.stderr.strip()}")
