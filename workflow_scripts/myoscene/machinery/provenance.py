"""Which source files a rule is built from, as Snakemake cannot see imports; and which names a wildcard may have."""

import ast
import atexit
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from itertools import groupby
from pathlib import Path
from typing import Any

from myoscene.machinery import FORMAT
from myoscene.machinery.files import write_text

PACKAGE = Path(__file__).resolve().parents[1]
SCRIPTS = PACKAGE.parent
# Nothing that a job computes depends on these.
_OUTSIDE = re.compile(rf"{PACKAGE.name}/machinery/|settings\.py$|/settings/")
# What was found in source files, for the next call of Snakemake: beside what Python itself keeps of them.
KEPT = Path(cache_from_source(__file__)).with_name("sources.json")


def use_this_package() -> None:
    """Let jobs import the package beside the rules, and not one of another checkout that happens to be installed."""
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != str(SCRIPTS)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SCRIPTS), *paths])


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names and nothing else, however many, in time of a name's length.

    Names that begin alike share that beginning: ``01``, ``02`` and ``1`` give ``(?:0(?:1|2)|1)``. With
    alternatives one after the other, matching the files of n participants would take n squared comparisons.
    """
    parts = []
    for first, alike in groupby(sorted(set(names)), key=lambda name: name[:1]):
        tails = [name[1:] for name in alike]
        parts.append(re.escape(first) + (one_of(tails) if len(tails) > 1 else re.escape(tails[0])))
    return f"(?:{'|'.join(reversed(parts))})"


def source_files(script: str, *modules: str) -> list[str]:
    """The ``script`` of a rule (its name, or nothing) and every package file that static imports reach from it and from
    the ``modules`` that its job loads by name, as its model; by place in ``workflow_scripts``.

    Imports inside functions and inside ``with`` blocks count; those of other packages and of ``machinery`` do not, nor
    do definitions of settings (``settings.py``, ``x_settings.py``, ``settings/``): params say every value.
    """
    found: set[str] = set()
    queue = [f"{script}.py"] if script else []
    queue += [file for module in modules for file in _files(module)]
    while queue:
        file = queue.pop()
        if file not in found and not _OUTSIDE.search(file):
            found.add(file)
            queue += [reached for module in _source(file)[1] for reached in _files(module)]
    return sorted(found)


def versions(script: str, *modules: str) -> list[tuple[str, str]]:
    """(file, digest of its :func:`meaning`) of every file of :func:`source_files`, and the format of kept files."""
    return [("format", str(FORMAT)), *((file, _source(file)[0]) for file in source_files(script, *modules))]


def contents(*files: str) -> list[tuple[str, str]]:
    """(file, digest) of files that a job reads besides code, by place in ``workflow_scripts``."""
    return [(file, hashlib.sha256((SCRIPTS / file).read_bytes()).hexdigest()[:16]) for file in files]


class _WithoutTexts(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        said = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if said else node


def meaning(text: str) -> str:
    """The syntax of Python code without comments, docstrings and layout, which change no result."""
    return ast.dump(_WithoutTexts().visit(ast.parse(text)))


@cache
def _source(file: str) -> tuple[str, list[str]]:
    """What a file says: the digest of its :func:`meaning`, and the names that it imports, with points."""
    path = SCRIPTS / file
    state = path.stat()
    signature = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, _maker()]
    known = _kept().get(file)
    if not known or known[0] != signature:
        text = path.read_text(encoding="utf-8")
        digest = hashlib.sha256(meaning(text).encode()).hexdigest()[:16]
        known = _kept()[file] = [signature, digest, sorted(imported_modules(file, text))]
    return known[1], known[2]


@cache
def _maker() -> str:
    """Whose digests these are: Python's versions write a syntax tree otherwise, and so may another :func:`meaning`."""
    return f"{sys.version} {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]}"


@cache
def _kept() -> dict[str, list[Any]]:
    """What earlier calls found, by file, and this one adds to: to read all of the package takes 2 s."""
    found: dict[str, list[Any]] = {}
    with suppress(OSError, ValueError, TypeError):
        found.update(json.loads(KEPT.read_text(encoding="utf-8")))
    before = dict(found)

    @atexit.register
    def keep() -> None:
        if found != before:
            with suppress(OSError):
                write_text(KEPT, json.dumps(found, sort_keys=True) + "\n")

    return found


def imported_modules(file: str, text: str) -> set[str]:
    """Names, with points, of what a file of the package with this content may import from the package."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = file.split("/")[: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            modules.add(base)
            modules.update(f"{base}.{alias.name}" for alias in node.names)
    return {module for module in modules if module.partition(".")[0] == PACKAGE.name}


@cache
def _files(module: str) -> tuple[str, ...]:
    """Files that importing ``module`` runs; a name that is not a module (a function, say) adds nothing."""
    parts = module.split(".")
    places = ["/".join(parts[: number + 1]) for number in range(len(parts))]
    return tuple(file for place in places for file in (f"{place}.py", f"{place}/__init__.py") if file in _present())


@cache
def _present() -> frozenset[str]:
    return frozenset(path.relative_to(SCRIPTS).as_posix() for path in PACKAGE.rglob("*.py"))
