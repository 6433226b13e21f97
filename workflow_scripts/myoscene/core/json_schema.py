"""JSON Schema of typed settings, as the files in ``config/schemas`` hold it. (Not for jobs: pydantic loads slowly.)"""

import ast
import inspect
from dataclasses import is_dataclass
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema


class _Writer(GenerateJsonSchema):
    """Without titles, which repeat the names, and without whole sections as defaults of sections."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        written = super().default_schema(schema)
        return written if not isinstance(written.get("default"), dict) else self.generate_inner(schema["schema"])

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        written = super().dataclass_schema(schema)
        for base in (base for base in schema["cls"].__mro__[1:] if is_dataclass(base)):
            for name, text in _texts(base).items():
                if "$ref" not in written["properties"][name]:
                    written["properties"][name].setdefault("description", text)
        return written


def json_schema(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what ``adapter`` takes; the texts below keys are their descriptions."""
    schema = adapter.json_schema(schema_generator=_Writer)
    _join_lines(schema)
    return {"$schema": _Writer.schema_dialect} | schema


def _texts(section: Any) -> dict[str, str]:
    """The texts below the keys that a class gives itself; pydantic reads them of no base."""
    (written,) = ast.parse(inspect.getsource(section)).body
    assert isinstance(written, ast.ClassDef)
    found = {}
    for key, below in pairwise(written.body):
        match key, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = text
    return found


def _join_lines(node: Any) -> None:
    for name, child in node.items() if isinstance(node, dict) else ():
        if name == "description" and isinstance(child, str):
            node[name] = " ".join(child.split())
        _join_lines(child)


def properties(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Name -> schema of the keys that a part of ``schema`` has; {} where it has no keys of its own."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return dict(node.get("properties", {}))
