"""Pages of ``docs/`` that are made from the code: outputs, configuration and mappings, as Markdown."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from myoscene.config.sections import Key, json_schema, keys
from myoscene.core import json_schema as core_json_schema
from myoscene.core.stage import Stage, Table, stages
from myoscene.importing import mapping

_WRITTEN = "<!-- Written by `make config` from {}: change that, not this page. -->\n"
_TYPES = {"string": "text", "bool": "true or false", "double": "number", "float": "number", "large_string": "text"}
_OUTPUTS = """\
# What you get

Every file of a run stands here, stage by stage, with what one row is and which columns it has. Paths are relative
to `results/`. What stands in braces is filled: `{participant}`, `{model}`, `{fold}`.

Text tables (`.csv`) open in any spreadsheet program; `.parquet` files are read by `pandas.read_parquet` in Python
and by `arrow::read_parquet` in R. Missing values are empty fields. The column `synthetic` is true for everything
made from the demo cohort. Columns in italics have names that depend on the data (channels, classes, features):
given is a regular expression.

In a `.csv` file a text that begins as a formula does has an apostrophe before it, and what cannot be printed stands as
an escape, so that opening the file runs nothing; `.parquet` has the texts as they are. The `.tsv` files of a BIDS
dataset, which `myoscene import` and `simulate` write, are not guarded: other tools read them, and an apostrophe would
be part of a name. Open one of unknown origin as text.

No file says where your data lies: paths are relative to the dataset, and what lies elsewhere has its name alone.

To compute a paired test again, round each difference to 6 decimals first, `(b - a).round(6)`, as the workflow does:
0.3 - 0.1 and 0.2 are then equal, and count as a tie.

Each job also leaves its log in `logs/{rule}.log` or `logs/{rule}/`, and its time and memory in `benchmarks/` under
the same name.
"""
_CONFIGURATION = """\
# Configuration

Every key, with its default, meaning, range and source. A file of yours says only what differs:

```yaml
# my.yaml
recordings:
  dataset: my_dataset
emg:
  filters: {low_cut_hz: 30} # 20 by default
```

`myoscene check-config my.yaml` checks it, and `snakemake --cores 4 --configfile my.yaml` runs with it. The ending
of a key is its unit (`_hz`, `_s`, `_ms`, `_px`). The source is the paper or convention that states the value; where
no source is named, it is our choice. `config/config.yaml` is the same list as a file to copy from.
"""
_MAPPING = """\
# Mapping files

What a mapping file may say, for `myoscene import --mapping FILE.yaml SOURCE DEST`. [Your own data](your_data.md)
names an example for each format. A star marks keys that have to be there; an unknown key is refused with the one
that you may have meant.
"""


def outputs_text() -> str:
    """The page on files under ``results/``."""
    parts = [_OUTPUTS, _WRITTEN.format("the stages' manifests (`stage.py`) and tables (`tables.py`)")]
    for stage in stages():
        read = [table for table in stage.tables if table.read]
        handed_on = [table for table in stage.tables if not table.read]
        parts += [f"## {stage.name}\n", _files(stage, read)]
        if with_columns := [table for table in read if table.schema]:
            parts += ["Columns:\n", "\n".join(_columns(stage, table) for table in with_columns) + "\n"]
        if handed_on:
            parts += ["What jobs hand on to each other:\n", _files(stage, handed_on)]
    return "\n".join(parts)


def _files(stage: Stage, tables: list[Table]) -> str:
    rows = [f"| `{table.path}` | {_cell(stage.grain(table))} |" for table in tables]
    return "\n".join(["| file | one row is |", "|---|---|", *rows, ""])


def _columns(stage: Stage, table: Table) -> str:
    schema = stage.schema(table)
    named = [
        f"`{name}` ({_type(kind)}{', may be missing' if name in schema.nullable else ''})"
        for name, kind in schema.columns.items()
    ]
    named += [f"*`{pattern}`* ({_type(kind)})" for pattern, kind in schema.patterns]
    return f"- `{table.path}`: {', '.join(named)}"


def _type(kind: pa.DataType) -> str:
    return _TYPES.get(str(kind), "whole number" if pa.types.is_integer(kind) else str(kind))


def configuration_text() -> str:
    """The page on the configuration's keys."""
    parts = [_CONFIGURATION, _WRITTEN.format("`workflow_scripts/myoscene/*/settings.py`")]
    schema, section = json_schema(), ""
    rows: list[str] = []
    for key in [*keys(), None]:
        name = key.path.split(".")[0] if key else ""
        if name != section:
            if rows:
                parts.append("\n".join(["| key | default | meaning |", "|---|---|---|", *rows, ""]))
            if name:
                title = schema["properties"][name]["$ref"].rsplit("/", 1)[1]
                parts.append(f"## {name}\n\n{_cell(schema['$defs'][title]['description'])}\n")
            section, rows = name, []
        if key:
            rows.append("| " + " | ".join(_row(key)) + " |")
    return "\n".join(parts)


def _row(key: Key) -> list[str]:
    meaning, _, source = key.meaning.partition(" [")
    signs = {"exclusiveMinimum": ">", "minimum": ">=", "maximum": "<="}
    bounds = [f"{sign} {key.item[name]:g}" for name, sign in signs.items() if name in key.item]
    if key.choices:
        meaning += f" One of {', '.join(f'`{choice}`' for choice in key.choices)}."
    said = _cell(meaning)
    said += f" *Range:* {', '.join(bounds)}." if bounds else ""
    said += f" *Source:* {_cell(source.removesuffix(']'))}." if source else ""
    return [f"`{key.path.partition('.')[2]}`", f"`{json.dumps(key.default, ensure_ascii=False)}`", said]


def mapping_text() -> str:
    """The page on mapping files."""
    schema = mapping.schema()
    parts = [_MAPPING, _WRITTEN.format("`workflow_scripts/myoscene/importing/mapping_schema.py`")]
    for name, node in core_json_schema.properties(schema, schema).items():
        target = _resolved(node, schema)
        head = node.get("description") or target.get("description", "")
        needed = " \\*" if name in schema.get("required", []) else ""
        parts.append(f"## `{name}`{needed}\n\n{_kind(target)}{_cell(head)}\n")
        if rows := list(_mapping_rows(target, schema, "")):
            parts.append("\n".join(["| key | value | meaning |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _mapping_rows(node: dict[str, Any], schema: dict[str, Any], prefix: str) -> Iterator[str]:
    node = _resolved(node.get("items", node), schema)
    for name, child in node.get("properties", {}).items():
        target = _resolved(child, schema)
        star = " \\*" if name in node.get("required", []) else ""
        said = child.get("description") or target.get("description", "")
        yield f"| `{prefix}{name}`{star} | {_cell(_value(target, schema))} | {_cell(said)} |"
        if "properties" in _resolved(target.get("items", target), schema):
            yield from _mapping_rows(target, schema, f"{prefix}{name}.")


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _kind(node: dict[str, Any]) -> str:
    return "A list. " if node.get("type") == "array" else ""


def _value(node: dict[str, Any], schema: dict[str, Any]) -> str:
    """In a few words, what a key's value is."""
    if choices := node.get("enum") or ([node["const"]] if "const" in node else []):
        return " or ".join(f"`{choice}`" for choice in choices)
    if "anyOf" in node:
        kinds = [_value(_resolved(one, schema), schema) for one in node["anyOf"]]
        return "text or number" if "text" in kinds and "number" in kinds else " or ".join(dict.fromkeys(kinds))
    if node.get("type") == "array":
        return f"list of {_value(_resolved(node.get('items', {}), schema), schema)}"
    named = {"string": "text", "boolean": "true or false", "integer": "whole number", "object": "keys"}
    return named.get(str(node.get("type")), str(node.get("type", "anything")))


def _cell(text: str) -> str:
    """A text in one line, in which only what stands in backticks is Markdown."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    return "`".join(part if i % 2 else re.sub(r"([*<_])", r"\\\1", part) for i, part in enumerate(parts))


PAGES: dict[str, Callable[[], str]] = {
    "docs/outputs.md": outputs_text,
    "docs/configuration.md": configuration_text,
    "docs/mapping.md": mapping_text,
}
