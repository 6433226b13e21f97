"""The scheduler of Snakemake has one timer at a time, and loses no look."""

import inspect
import time
from threading import Semaphore
from types import SimpleNamespace

from myoscene.scheduling import look_again_once
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


def test_a_look_right_after_the_timer_is_never_the_last() -> None:
    """As the scheduler does it: every release is a look, and every look sets a timer."""
    scheduler = SimpleNamespace(_open_jobs=Semaphore(1), _schedule_reevalutation=None)
    look_again_once(scheduler)
    for _ in range(2000):
        assert scheduler._open_jobs.acquire(timeout=20)
        scheduler._schedule_reevalutation(0)


def test_what_snakemake_calls_its_timer() -> None:
    """An update of Snakemake that renames it leaves it as it is, and must not do so unseen."""
    assert list(inspect.signature(JobScheduler._schedule_reevalutation).parameters) == ["self", "delay"]
    assert "self._open_jobs.release()" in inspect.getsource(JobScheduler._schedule_reevalutation)
    other = SimpleNamespace()
    look_again_once(other)
    assert vars(other) == {}
