"""The scheduler of Snakemake has one timer at a time, and loses no look."""

import inspect
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from threading import Semaphore
from types import SimpleNamespace

import pytest
from myoscene.demo.cohort import simulate_cohort
from myoscene.machinery import workflow
from myoscene.machinery.workflow import SEEN, look_again_once
from snakemake.scheduling.job_scheduler import JobScheduler


def acquired(semaphore: Semaphore, within_s: float) -> int:
    """How often ``semaphore`` is released within so many seconds."""
    end, count = time.monotonic() + within_s, 0
    while semaphore.acquire(timeout=max(0.0, end - time.monotonic())):
        count += 1
    return count


def test_many_looks_set_one_timer_and_the_next_look_sets_the_next() -> None:
    scheduler = SimpleNamespace(_open_jobs=Semaphore(0), _schedule_reevalutation=None)
    look_again_once(scheduler)
    for _ in range(3):
        for _ in range(100):
            scheduler._schedule_reevalutation(0.05)
        assert scheduler._open_jobs.acquire(timeout=20)
        assert acquired(scheduler._open_jobs, within_s=0.2) == 0


def test_a_look_while_the_timer_rings_sets_the_next() -> None:
    """As quick as a scheduler can be: it looks, and sets the next timer, before the ring has ended."""
    looks = Semaphore(0)

    class AtOnce:
        def release(self) -> None:
            looks.release()
            scheduler._schedule_reevalutation(0.01)

    scheduler = SimpleNamespace(_open_jobs=AtOnce(), _schedule_reevalutation=None)
    look_again_once(scheduler)
    scheduler._schedule_reevalutation(0)
    for _ in range(5):
        assert looks.acquire(timeout=20)


RUN = """
import sys
from snakemake.cli import main
from snakemake.scheduling.job_scheduler import JobScheduler
schedule = JobScheduler.schedule
def told(self):
    print("timer:", self._schedule_reevalutation.__qualname__)
    return schedule(self)
JobScheduler.schedule = told
main(sys.argv[1:])
"""


@pytest.mark.workflow
def test_a_run_of_the_workflow_has_one_timer(repository: Path, tmp_path: Path) -> None:
    arguments = ["--snakefile", str(repository / "Snakefile"), "--cores", "1", "results/config.yaml"]
    simulate_cohort(tmp_path / "demo_cohort", participants=3, seed=1, scene_s=5, eyes=False)
    command = [sys.executable, "-c", RUN, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "timer: look_again_once.<locals>.later" in done.stdout
    assert (tmp_path / "results/config.yaml").is_file()


def test_what_snakemake_calls_its_timer() -> None:
    """An update of Snakemake that renames it leaves it as it is, and must not do so unseen."""
    assert list(inspect.signature(JobScheduler._schedule_reevalutation).parameters) == ["self", "delay"]
    assert "self._open_jobs.release()" in inspect.getsource(JobScheduler._schedule_reevalutation)
    other = SimpleNamespace()
    look_again_once(other)
    assert vars(other) == {}


def test_only_the_versions_that_need_it_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one fails here: docs/upstream.md says how to see whether it still needs this; then it joins ``SEEN``."""
    assert SEEN == ("9.27",)
    assert version("snakemake").rpartition(".")[0] in SEEN
    timer = object()
    for other in ("9.28.0", "10.0.1", "9.270.1"):
        monkeypatch.setattr(workflow, "version", lambda name, other=other: other)
        scheduler = SimpleNamespace(_open_jobs=Semaphore(0), _schedule_reevalutation=timer)
        look_again_once(scheduler)
        assert scheduler._schedule_reevalutation is timer
