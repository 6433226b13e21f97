"""What Snakemake would run, asked in one process.

    python plans.py WORKDIR < [settings, ...] > [{"rule wildcards param part": value, ...} or a refusal, ...]   (JSON)

All named params and resources of every job, those of resources under ``resources``.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings

SNAKEFILE = Path(__file__).resolve().parents[2] / "Snakefile"


def planned(settings: dict[str, Any], folder: Path) -> dict[str, str]:
    """The values that all jobs of a run (and of ``freeze``) in ``folder`` are given."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as api:
        called = api.workflow(
            resource_settings=ResourceSettings(cores=4),
            config_settings=ConfigSettings(config=settings),
            snakefile=SNAKEFILE,
            workdir=folder,
        )
        called.dag(DAGSettings(targets={"all", "freeze"}))
        workflow = called._workflow
        workflow._prepare_dag(forceall=False, ignore_incomplete=True, lock_warn_only=False, nolock=True)
        workflow.async_run(workflow.dag.init())
        found = {}
        for job in workflow.dag.jobs:
            how = dict(job.resources.items()) | {"container": job.rule.container_img}
            told = {name: value[1] for name, value in job.params.items()}  # each with its name
            given = told | {"resources": how}
            name = " ".join([job.rule.name, *job.wildcards_dict.values()])
            found.update(leaves(given, name))
        return found


def leaves(node: Any, name: str) -> Iterator[tuple[str, str]]:
    """The values of nested dictionaries, by the names on the way."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from leaves(value, f"{name} {key}")
    else:
        yield name, repr(node)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # for Snakemake's own words
    answers: list[Any] = []
    for settings in asked:
        try:
            answers.append(planned(settings, Path(sys.argv[1])))
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}")
    with answer:
        json.dump(answers, answer)
