"""What is done to Snakemake's own objects: rules get what none repeats, and the scheduler one timer at a time."""

import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from operator import getitem
from pathlib import Path
from signal import SIG_BLOCK, SIGINT, pthread_sigmask
from threading import Event, Timer
from typing import Any

from myoscene.machinery.provenance import versions

# Rules that need torch say so.
ENVIRONMENT = "../envs/signals.yaml"
# Versions of Snakemake in which this was seen.
SEEN = ("9.27",)


class Named(tuple[str, Any]):
    """A param's value with its name, as Snakemake records it: by itself it compares the values of all params, sorted,
    and two that are swapped would rerun nothing. A job's script gets the value."""

    __slots__ = ()

    def __new__(cls, name: str, value: Any) -> "Named":
        return super().__new__(cls, (name, value))

    def __repr__(self) -> str:
        return f"{self[0]}={self[1]!r}"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[tuple[Any], int]]:
        return getitem, ((self[1],), 0)


def _named(name: str, param: Any) -> Any:
    """A rule's param, a value or a function of wildcards, with its name."""
    if not callable(param):
        return Named(name, param)
    return lambda wildcards: Named(name, param(wildcards))


def complete(workflow: Any, small: Mapping[str, Callable[..., int]]) -> None:
    """Give the rules of ``workflow`` (Snakemake's ``Workflow``) that run a script what they leave out.

    A log and a benchmark by rule and wildcards (``results/logs/condition_emg/{participant}.log``), the environment of
    the signals, the resources ``small``, and as params what the script is built from, (file, digest) of each: Snakemake
    does not look into imports. Params of their own, so that a dry run names the file that was edited; not inputs, as
    thirty files more in every job would be most of the graph of a large cohort.
    """
    from snakemake.resources import Resources

    for rule in workflow.rules:
        if not rule.script:
            continue
        # As the first output has them: {model}/{fold}.
        wildcards = dict.fromkeys(re.findall(r"\{(\w+)", str(rule.output[0])))
        name = "/".join([rule.name, *(f"{{{wildcard}}}" for wildcard in wildcards)])
        rule.log_modifier = rule.benchmark_modifier = rule.output_modifier
        rule.set_log(f"results/logs/{name}.log")
        rule.benchmark = f"results/benchmarks/{name}.tsv"
        rule.conda_env = rule.conda_env or ENVIRONMENT
        for param, (place, _) in list(rule.params._get_names()):
            rule.params[place] = _named(param, rule.params[place])
            rule.params._set_name(param, place)
        rule.set_params(*versions(Path(rule.script).stem))
        stated = rule.ruleinfo.resources[1] if rule.ruleinfo.resources else {}
        rule.resources.update(Resources.from_mapping({key: ask for key, ask in small.items() if key not in stated}))
        # What a profile or the command line says goes before.
        rule.resources.update(Resources.from_mapping(workflow.resource_settings.overwrite_resources.get(rule.name, {})))


def hold_interrupts(shell: Any) -> None:
    """Let jobs that ``shell`` (Snakemake's) starts hear of Ctrl-C once their script is at work (:mod:`.job`), and not
    while Python and Snakemake's lines above the script load, where each would end with a traceback."""
    if hasattr(shell, "_process_args"):
        shell._process_args["preexec_fn"] = _hold


def _hold() -> None:
    pthread_sigmask(SIG_BLOCK, {SIGINT})


def look_again_once(scheduler: Any) -> None:
    """Let ``scheduler`` (Snakemake's ``JobScheduler``) have one timer at a time; the end of a run does not wait for it.

    With a limit of jobs a time span, which it always has, it sets a timer whenever it has looked at the jobs that could
    start, and looks again when that rings; each job that ends adds a look. After a thousand jobs it looked a thousand
    times a second, which for 100 people took a quarter of the time of all the work (docs/upstream.md). What the limit
    holds back starts up to one span later than without. Other versions of Snakemake are left as they are.
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
