"""How often Snakemake's scheduler looks at the jobs that could start.

With a limit of jobs a time span, which it always has (``--max-jobs-per-timespan``, 100 a second), the scheduler of
Snakemake 9.27 sets a timer whenever it has looked, and looks again when that rings. Each look sets the next timer, and
each job that ends adds a look: after a thousand jobs it looks a thousand times a second, at the files of the jobs that
are ready. For 100 people that took a quarter of the time of all the work. docs/upstream.md says it to Snakemake.
"""

from importlib.metadata import version
from threading import Event, Timer
from typing import Any

# Versions of Snakemake in which this was seen.
SEEN = ("9.27",)


def look_again_once(scheduler: Any) -> None:
    """Let ``scheduler`` (Snakemake's ``JobScheduler``) have one timer at a time; the end of a run does not wait for it.

    It goes on looking: a timer that is set leads to a look, and that sets the next one. What a limit of jobs a time
    span holds back starts up to one such span later than without. Other versions of Snakemake, and a scheduler without
    such timers, are left as they are.
    """
    if version("snakemake").rpartition(".")[0] not in SEEN or not hasattr(scheduler, "_schedule_reevalutation"):
        return
    is_set = Event()

    def ring() -> None:
        is_set.clear()  # before the look that may set the next one
        scheduler._open_jobs.release()

    def later(delay: float) -> None:
        if not is_set.is_set():
            is_set.set()
            timer = Timer(delay, ring)
            timer.daemon = True
            timer.start()

    scheduler._schedule_reevalutation = later
