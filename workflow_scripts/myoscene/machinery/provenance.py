"""Which source files a rule is built from, as Snakemake cannot see imports; and which names a wildcard may have."""

import ast
import hashlib
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from myoscene.machinery import FORMAT

MACHINERY = Path(__file__).resolve().parent
PACKAGE = MACHINERY.parent
SCRIPTS = PACKAGE.parent
# An import that begins a line, however deep, with its names in brackets over several lines.
_STATEMENT = re.compile(
    r"^[ \t]*((?:from[ \t]+[.\w]+[ \t]+import|import)[ \t]+(?:\([^)]*\)|[^\n(][^\n]*))", re.MULTILINE
)


def use_this_package() -> None:
    """Let jobs import the package beside the rules, and not one of another checkout that happens to be installed."""
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != str(SCRIPTS)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SCRIPTS), *paths])


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names and nothing else, however many, in time of a name's length.

    Names that begin alike share that beginning: ``01``, ``02`` and ``1`` give ``(?:0(?:1|2)|1)``. With
    alternatives one after the other, matching the files of n participants would take n squared comparisons.
    """
    rest: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        rest.setdefault(name[:1], []).append(name[1:])
    parts = [
        re.escape(first) + (one_of(tails) if len(tails) > 1 else re.escape(tails[0])) if first else ""
        for first, tails in rest.items()
    ]
    return f"(?:{'|'.join(reversed(parts))})"


def source_files(script: str, *modules: str) -> list[Path]:
    """The script of a rule and every package file that its static imports reach, sorted.

    Args:
        script: name of a file in ``workflow_scripts`` without ``.py``; nothing for the modules alone.
        modules: package modules that the job loads by name, as its model.

    Imports inside functions and inside ``with`` blocks count; those of other packages and of ``machinery`` do not.
    """
    found: set[Path] = set()
    queue = [SCRIPTS / f"{script}.py"] if script else []
    queue += [path for module in modules for path in _files(module)]
    while queue:
        path = queue.pop()
        if path not in found and MACHINERY not in path.parents:
            found.add(path)
            queue.extend(_imports(path))
    return sorted(found)


def versions(script: str, *modules: str) -> list[tuple[str, str]]:
    """(file, first 16 digits of its SHA-256) of every file of :func:`source_files`, and the format of kept files.

    Files by their place in ``workflow_scripts``, so that another folder or machine gives the same.
    """
    files = source_files(script, *modules)
    return [("format", str(FORMAT)), *((path.relative_to(SCRIPTS).as_posix(), _digest(path)) for path in files)]


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def import_statements(text: str) -> ast.Module:
    """The import statements of a module as a syntax tree.

    Found by the lines that they begin, since parsing whole modules takes most of a second at every call of Snakemake;
    where that gives no Python (a docstring with a line that begins like an import) the whole module is parsed.
    """
    try:
        return ast.parse("\n".join(_STATEMENT.findall(text)))
    except SyntaxError:
        return ast.parse(text)


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Package files that ``path`` imports, with the ``__init__`` files on their way."""
    modules: set[str] = set()
    for node in ast.walk(import_statements(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            modules.add(base)
            modules.update(f"{base}.{alias.name}" for alias in node.names)
    files: set[Path] = set()
    for module in modules:
        if module.partition(".")[0] == PACKAGE.name:
            files.update(_files(module))
    return tuple(sorted(files))


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = path.relative_to(SCRIPTS).parts[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


@cache
def _files(module: str) -> tuple[Path, ...]:
    """Files that importing ``module`` runs; a name that is no module (a function, say) adds nothing."""
    files = []
    folder = SCRIPTS
    for part in module.split("."):
        if (folder / f"{part}.py").is_file():
            files.append(folder / f"{part}.py")
            break
        folder = folder / part
        if not (folder / "__init__.py").is_file():
            break
        files.append(folder / "__init__.py")
    return tuple(files)
