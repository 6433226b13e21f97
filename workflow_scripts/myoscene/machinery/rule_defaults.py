"""What every rule has and none repeats: its log, its benchmark, an environment, small resources, and its code."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from myoscene.machinery.provenance import versions

# Rules that need torch say so.
ENVIRONMENT = "../envs/signals.yaml"


def complete(workflow: Any, small: Mapping[str, Callable[..., int]]) -> None:
    """Give the rules of ``workflow`` (Snakemake's ``Workflow``) that run a script what they leave out.

    A log and a benchmark by rule and wildcards (``results/logs/condition_emg/{participant}.log``), the environment of
    the signals, the resources ``small``, and as params what the script is built from, (file, digest) of each:
    Snakemake does not look into imports, and without this an edit of the package would rerun nothing. Params of their
    own, so that a dry run names the file that was edited; not inputs, as thirty files more in every job would be most
    of the graph of a large cohort.
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
        rule.set_params(*versions(Path(rule.script).stem))
        stated = rule.ruleinfo.resources[1] if rule.ruleinfo.resources else {}
        rule.resources.update(Resources.from_mapping({key: ask for key, ask in small.items() if key not in stated}))
        # What a profile or the command line says goes before.
        rule.resources.update(Resources.from_mapping(workflow.resource_settings.overwrite_resources.get(rule.name, {})))
