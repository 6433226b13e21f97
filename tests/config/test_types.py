"""Between rooms go typed objects: no function or class that another room imports has a ``dict[str, Any]``."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LOOSE = re.compile(r"\b(dict|Mapping)\[str, Any\]")
# Where plain values from YAML, params or JSON become typed, and what is written into cards as JSON again.
BORDER = {
    "config.check.load",
    "config.check.merge",
    "config.check.complete",
    "core.settings.from_plain",
    "core.settings.shown_paths",
    "learn.engine.card.TrainingSpec",
}
# A row of a table, whose columns its schema names.
ROWS = {"recordings.read.read_as_described"}


def _annotations(node: ast.stmt) -> Iterator[str]:
    """Annotations of a function's arguments and result, of a class's fields and public methods."""
    if isinstance(node, ast.FunctionDef):
        every = [*node.args.args, *node.args.kwonlyargs]
        yield from (ast.unparse(one) for one in [*(a.annotation for a in every), node.returns] if one)
    elif isinstance(node, ast.AnnAssign):
        yield ast.unparse(node.annotation)
    elif isinstance(node, ast.ClassDef):
        for inner in node.body:
            if not str(getattr(inner, "name", "")).startswith("_"):
                yield from _annotations(inner)


def _loose(tree: ast.Module) -> set[str]:
    """What of a module has a loose annotation, by its own name or through an alias of the module's."""
    alias = [
        str(ast.unparse(node.targets[0]))
        for node in tree.body
        if isinstance(node, ast.Assign) and LOOSE.search(ast.unparse(node.value))
    ]
    found = re.compile("|".join([LOOSE.pattern, *(rf"\b{name}\b" for name in alias)]))
    named = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return {node.name for node in named if any(found.search(text) for text in _annotations(node))} | set(alias)


def _room(module: str) -> str:
    """The folder below the package; modules beside the rooms are one."""
    return module.partition(".")[0] if "." in module else ""


def crossing(package: Path) -> set[str]:
    """What is loose and imported from another room."""
    trees = {
        ".".join(path.relative_to(package).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in package.rglob("*.py")
    }
    loose = {f"{module}.{name}" for module, tree in trees.items() for name in _loose(tree)}
    used = set()
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("myoscene."):
                source = str(node.module).removeprefix("myoscene.")
                if _room(source) != _room(module):
                    used |= {f"{source}.{alias.name}" for alias in node.names}
    return loose & used


def test_typed_objects_go_between_rooms(repository: Path) -> None:
    assert crossing(repository / "workflow_scripts" / "myoscene") == BORDER | ROWS


def test_a_loose_signature_would_be_found(tmp_path: Path) -> None:
    for room, text in (
        ("one", "Row = dict[str, Any]\ndef f(a: int) -> Row: ...\nclass C:\n    part: Mapping[str, Any]\n"),
        ("two", "from myoscene.one.m import C, f\n"),
    ):
        (tmp_path / room).mkdir()
        (tmp_path / room / "m.py").write_text(text, encoding="utf-8")
    assert crossing(tmp_path) == {"one.m.C", "one.m.f"}
