"""A deleted result is made again alone: what was made from it is as it was, since the same job writes the same bytes.

Snakemake runs whatever lies behind a job that runs, so that a deleted table of features would train every network.
Here a job that runs for no other reason than that its output is gone (params, inputs and their contents are those of
its record) starts nothing behind it. If it writes other bytes than before, on another processor say, the run ends with
a sentence, and the next run, which compares contents, goes on from there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from myoscene.machinery.digests import kept_digest
from myoscene.machinery.workflow import SEEN

# Results that this run makes again -> the digest that they had.
_before: dict[str, str] = {}


def restore_alone() -> None:
    """Let Snakemake's ``DAG`` run alone what is only restored; other versions of Snakemake are left as they are."""
    from snakemake.dag import DAG

    original = DAG.update_needrun
    if version("snakemake").rpartition(".")[0] not in SEEN or hasattr(original, "restores"):
        return

    async def update_needrun(dag: Any, create_inventory: bool = False) -> None:
        alone = await _candidates(dag) if dag.workflow.is_main_process else set()
        while True:
            with _nothing_behind(dag, alone):
                await original(dag, create_inventory)
            others = {job for job in alone if dag.reason(job).updated_input_run}
            if not others:
                break
            alone -= set(dag.bfs(dag.depending, *others))
            for job in dag.jobs:
                dag.reason(job).clear()
        _before.update({str(file): kept_digest(file) for job in alone for file in job.output})

    update_needrun.restores = True  # type: ignore[attr-defined]
    DAG.update_needrun = update_needrun


@contextmanager
def _nothing_behind(dag: Any, alone: set[Any]) -> Iterator[None]:
    """While it lasts, nothing depends on the jobs in ``alone``."""
    hidden = {job: dag.depending.pop(job) for job in alone if job in dag.depending}
    try:
        yield
    finally:
        dag.depending.update(hidden)


async def _candidates(dag: Any) -> set[Any]:
    """Jobs with an output that is gone, and otherwise as their records say."""
    found = set()
    for job in dag.jobs:
        if job.rule in dag.forcerules or not dag.forcefiles.isdisjoint(job.output) or dag.finished(job):
            continue
        gone = [file for file in job.output if not await file.exists()]
        if gone and await _as_recorded(dag, job):
            found.add(job)
    return found


async def _as_recorded(dag: Any, job: Any) -> bool:
    """Whether a job's params, list of inputs and contents of those that are there are what its records say."""
    records = dag.workflow.persistence
    if not records.has_metadata(job) or records.has_outdated_metadata(job) or records.params_changed(job):
        return False
    changed = (records.input_changed, records.code_changed, records.software_stack_changed)
    if any(any(ask(job)) for ask in changed):
        return False
    for file in job.input:
        if await file.exists():
            known = records.input_checksums(job, file)
            if len(known) != 1 or not await file.is_same_checksum(known.pop(), dag.max_checksum_file_size):
                return False
    return True


def unlike_before() -> str:
    """A sentence on results that this run made again with another content than they had; nothing where none is."""
    other = [file for file, digest in _before.items() if digest and kept_digest(file) not in ("", digest)]
    if not other:
        return ""
    more = f" and {len(other) - 1} more" if len(other) > 1 else ""
    return f"{other[0]}{more} came out otherwise than before; run again, which makes what is built on it anew"
