"""From the key definitions: the default values, the JSON Schema and the commented YAML file."""

import json
import textwrap
from typing import Any

import yaml

from myoscene.config.sections import KEYS, SECTIONS
from myoscene.core.settings import Key

_ITEM_TYPES = {"strings": "string", "numbers": "number", "integers": "integer"}
_WIDTH = 110
_HEAD = """\
Configuration of Myoscene, with every key at its default.

Copy the keys that you want to change into a file of your own and run
    snakemake --cores 4 --configfile my.yaml
A file of yours says only what differs. Check it with `myoscene check-config my.yaml`.
This file and config/schemas/config.schema.json are written by `make config` from
workflow_scripts/myoscene/*/settings.py: change the definitions there, not here.
"our choice" marks what no paper states.
"""
_RESULTS = "Options that change results"
_EXECUTION = "Options that only change how the work is done: changing them reruns nothing"


def defaults() -> dict[str, Any]:
    """Every key at its default, as nested dictionaries in the order of definition."""
    tree: dict[str, Any] = {}
    for key in KEYS:
        *parents, name = key.path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[name] = list(key.default) if isinstance(key.default, list) else key.default
    return tree


def _key_schema(key: Key) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if key.choices:
        constraints["enum"] = list(key.choices)
    if key.minimum is not None:
        constraints["minimum"] = key.minimum
    if key.maximum is not None:
        constraints["maximum"] = key.maximum
    if key.above is not None:
        constraints["exclusiveMinimum"] = key.above
    if key.kind in _ITEM_TYPES:
        schema: dict[str, Any] = {"type": "array", "items": {"type": _ITEM_TYPES[key.kind], **constraints}}
        if key.kind == "strings":
            schema["uniqueItems"] = True
    else:
        kind = "string" if key.kind == "path" else key.kind
        schema = {"type": kind, **constraints}
        if key.kind in ("string", "path") and not key.choices:
            schema["minLength"] = 1
    if key.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"].append(None)
    return {"description": f"{key.meaning} Source: {key.source}.", "default": key.default, **schema}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a complete configuration; unknown keys are refused at every level."""
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Myoscene configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {},
    }
    for key in KEYS:
        *parents, name = key.path.split(".")
        node = root
        for parent in parents:
            node = node["properties"].setdefault(
                parent, {"type": "object", "additionalProperties": False, "properties": {}}
            )
        node["properties"][name] = _key_schema(key)
    for section, (meaning, _) in SECTIONS.items():
        root["properties"][section]["description"] = meaning
    return root


def schema_text() -> str:
    """The schema file's text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _comment(text: str, depth: int) -> list[str]:
    indent = "  " * depth + "# "
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _facts(key: Key) -> str:
    parts = [key.meaning]
    if key.choices:
        parts.append(f"One of: {', '.join(key.choices)}." if key.kind == "string" else f"Of: {', '.join(key.choices)}.")
    bounds = []
    if key.above is not None:
        bounds.append(f"> {key.above:g}")
    if key.minimum is not None:
        bounds.append(f">= {key.minimum:g}")
    if key.maximum is not None:
        bounds.append(f"<= {key.maximum:g}")
    if bounds:
        parts.append(f"Range: {', '.join(bounds)}.")
    return f"{' '.join(parts)} [{key.source}]"


def _value(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True).strip().removesuffix("\n...")
    )


def yaml_text() -> str:
    """The commented default file's text."""
    lines = [f"# {line}".rstrip() for line in _HEAD.splitlines()]
    for section, (meaning, keys) in SECTIONS.items():
        banner = _EXECUTION if section == "execution" else _RESULTS
        if section in ("recordings", "execution"):
            lines += ["", f"# {'=' * 20} {banner} {'=' * 20}"]
        lines += ["", *_comment(meaning, 0), f"{section}:"]
        group: list[str] = []
        for key in keys:
            _, *parents, name = key.path.split(".")
            shared = 0
            while shared < min(len(parents), len(group)) and parents[shared] == group[shared]:
                shared += 1
            for depth in range(shared, len(parents)):
                lines.append(f"{'  ' * (depth + 1)}{parents[depth]}:")
            group = parents
            depth = len(parents) + 1
            lines += [*_comment(_facts(key), depth), f"{'  ' * depth}{name}: {_value(key.default)}"]
    return "\n".join(lines) + "\n"
