"""Run by a test: the rules of a workflow as Snakemake reads them, with the files that each states as its code.

``python stated_code.py SNAKEFILE FOLDER CONFIG`` prints JSON: rule -> model ("" where the rule has no such wildcard) ->
``{"script": its script, "files": what it states}``. CONFIG is JSON.
"""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

from myoscene.learn.models.registry import MODELS
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings


def stated(params: list, model: str) -> set[str]:
    files = set()
    for item in params:
        found = item(SimpleNamespace(model=model)) if callable(item) else [item]
        files |= {part[0] for part in found if isinstance(part, tuple) and part[0].endswith(".py")}
    return files


def main(snakefile: str, folder: str, config: str) -> None:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=json.loads(config)),
            snakefile=Path(snakefile),
            workdir=Path(folder),
        )._workflow
        found: dict[str, dict] = {}
        for rule in workflow.rules:
            if rule.script:
                allowed = re.compile(str(rule.wildcard_constraints.get("model", ".*")))
                names = filter(allowed.fullmatch, MODELS) if "model" in rule.wildcard_names else [""]
                params = [item for name, item in rule.params._allitems() if name is None]
                script = Path(rule.script).stem
                found[rule.name] = {name: {"script": script, "files": sorted(stated(params, name))} for name in names}
    print(json.dumps(found))


main(*sys.argv[1:])
