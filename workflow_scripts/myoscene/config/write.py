"""The files made from the definitions of settings and stages: ``python -m myoscene.config.write`` (``make config``).

The commented default configuration and its JSON Schema, that of mappings; the pages of ``docs/`` on outputs,
configuration and mappings (``pages.py``); and the groups of jobs in the profile for SLURM.
"""

import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import yaml

from myoscene.config.pages import PAGES
from myoscene.config.sections import Key, json_schema, keys
from myoscene.core.stage import stages
from myoscene.importing import mapping
from myoscene.machinery.files import write_text

ROOT = Path(__file__).resolve().parents[3]
SLURM = "config/profiles/slurm/config.yaml"
_WIDTH = 110
_HEAD = """\
Configuration of Myoscene, with every key at its default.

Copy the keys that you want to change into a file of your own and run
    snakemake --cores 4 --configfile my.yaml
A file of yours says only what differs. Check it with `myoscene check-config my.yaml`.
This file and config/schemas/config.schema.json are written by `make config` from
workflow_scripts/myoscene/*/settings.py: change the definitions there, not here.
In square brackets stands the paper or convention that states a value; values without one are our choice.
"""
_BANNERS = {
    "recordings": "Options that change results",
    "execution": "Options that only change how the work is done: changing them reruns nothing",
}


def schema_text() -> str:
    """The schema file's text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def yaml_text() -> str:
    """The commented default file's text."""
    lines = [f"# {line}".rstrip() for line in _HEAD.splitlines()]
    schema, group = json_schema(), [""]
    for key in keys():
        *parents, name = key.path.split(".")
        if parents[0] != group[0]:
            section = schema["properties"][parents[0]]["$ref"].rsplit("/", 1)[1]
            banner = _BANNERS.get(parents[0])
            lines += ["", f"# {'=' * 20} {banner} {'=' * 20}"] if banner else []
            lines += ["", *_comment(schema["$defs"][section]["description"], 0)]
        lines += [f"{'  ' * i}{part}:" for i, part in enumerate(parents) if parents[: i + 1] != group[: i + 1]]
        value = yaml.safe_dump(key.default, default_flow_style=True, width=10_000, allow_unicode=True).split("\n...")[0]
        lines += [*_comment(_facts(key), len(parents)), f"{'  ' * len(parents)}{name}: {value.strip()}"]
        group = parents
    return "\n".join(lines) + "\n"


def _comment(text: str, depth: int) -> list[str]:
    indent = "  " * depth + "# "
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _facts(key: Key) -> str:
    meaning, bracket, source = key.meaning.partition(" [")
    if key.choices:
        meaning += f" {'Of' if 'items' in key.kind else 'One of'}: {', '.join(key.choices)}."
    signs = {"exclusiveMinimum": ">", "minimum": ">=", "maximum": "<="}
    bounds = [f"{sign} {key.item[name]:g}" for name, sign in signs.items() if name in key.item]
    return meaning + (f" Range: {', '.join(bounds)}." if bounds else "") + bracket + source


def slurm_text() -> str:
    """The profile for SLURM, with each rule's group, whose jobs share a SLURM job."""
    named = [(rule, group) for stage in stages() for group, rules in stage.groups.items() for rule in rules if group]
    groups = "\n".join(["groups:", *(f"  {rule}: {group}" for rule, group in named), ""])
    text = (ROOT / SLURM).read_text(encoding="utf-8")
    return re.sub(r"^groups:\n(  .*\n)+", lambda found: groups, text, flags=re.M)


FILES: dict[str, Callable[[], str]] = {
    "config/config.yaml": yaml_text,
    "config/schemas/config.schema.json": schema_text,
    "config/schemas/mapping.schema.json": mapping.schema_text,
    SLURM: slurm_text,
    **PAGES,
}

if __name__ == "__main__":
    for name, text in FILES.items():
        write_text(ROOT / name, text())
        print(f"wrote {name}")
