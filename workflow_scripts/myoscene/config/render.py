"""The files made from the settings' definitions: the commented default configuration, and its JSON Schema."""

import json
import textwrap

import yaml

from myoscene.config.sections import Key, json_schema, keys

_WIDTH = 110
_HEAD = """\
Configuration of Myoscene, with every key at its default.

Copy the keys that you want to change into a file of your own and run
    snakemake --cores 4 --configfile my.yaml
A file of yours says only what differs. Check it with `myoscene check-config my.yaml`.
This file and config/schemas/config.schema.json are written by `make config` from
workflow_scripts/myoscene/*/settings.py: change the definitions there, not here.
Square brackets name the paper or convention that states something; what has none is our choice.
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
