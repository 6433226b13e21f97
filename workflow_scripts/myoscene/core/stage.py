"""What a stage says of itself: its tables and figures, its rule files, and what of them a run has.

Everything that lists files or rules is a loop over these manifests: the targets, what the page reads, the README's
table of outputs, the groups of a cluster's jobs, and the tests. A package with a ``stage.py`` is a stage. Standard
library only, since manifests are read at every call of Snakemake; schemas are named, and loaded where they are needed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from graphlib import TopologicalSorter
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

# A question to a run (myoscene.run.Run): the name of one of its attributes, a function of it, or the answer itself.
Ask = str | bool | Callable[[Any], Any]
_EVERYBODY: dict[str, Ask] = {"participant": "participants", "model": "models", "fold": "folds"}


def answer(ask: Ask, run: Any) -> Any:
    """What ``run`` answers."""
    if isinstance(ask, str):
        return getattr(run, ask)
    return ask(run) if callable(ask) else ask


@dataclass(frozen=True)
class Table:
    """A kind of file that a stage makes.

    Attributes:
        path: under ``results/``, with the wildcards of its rule; its ending is its format.
        says: what it is, where no schema says what one row is.
        schema: name of its schema in the stage's ``tables.py``.
        when: whether a run that has the stage has it.
        over: wildcard -> its values in a run, where they are not all participants, models or folds.
        read: people read it, and it stands in the README.
        asked: it is made only where another file needs it, or on request, and so is not a target.
        page: the name by which the page gets it (an attribute of ``myoscene.report.load.Tables``).
        drawn: whether figures are drawn from it.
        page_when, page_over: where the page reads it in fewer runs, or less of it, than there is.
    """

    path: str
    says: str = ""
    schema: str = ""
    when: Ask = True
    over: Mapping[str, Ask] = field(default_factory=dict)
    read: bool = False
    asked: bool = False
    page: str = ""
    drawn: Ask = False
    page_when: Ask = True
    page_over: Mapping[str, Ask] = field(default_factory=dict)

    @property
    def wildcards(self) -> list[str]:
        return list(dict.fromkeys(re.findall(r"\{(\w+)\}", self.path)))

    def files(self, run: Any, over: Mapping[str, Ask] | None = None) -> list[str]:
        """Its files in a run, relative to the run's directory."""
        if not answer(self.when, run):
            return []
        asks = {**_EVERYBODY, **self.over, **(over or {})}
        values = [answer(asks[name], run) for name in self.wildcards]
        filled = (dict(zip(self.wildcards, some, strict=True)) for some in product(*values))
        return [f"results/{self.path.format(**wildcards)}" for wildcards in filled]

    def matches(self, file: str) -> bool:
        """Whether a file, relative to ``results/``, is one of these."""
        return self._pattern.fullmatch(file) is not None

    def values(self, file: str) -> dict[str, str]:
        """Wildcard -> its value in a file, relative to ``results/``, that is one of these."""
        found = self._pattern.fullmatch(file)
        return found.groupdict() if found else {}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


@dataclass(frozen=True)
class Figure:
    """A figure of the page: its name, its heading in Snakemake's own report, and when it is drawn."""

    name: str
    heading: str
    when: Ask = True


@dataclass(frozen=True)
class Stage:
    """A stage's manifest.

    Attributes:
        name: of its package, its rule file, its section of the configuration, its folder of results and of tests.
        after: stages whose files it reads.
        when: whether a run has it.
        rules: rule files (``rules/X.smk``) besides that of its name -> whether a run has them.
        groups: group of jobs that share a job of a cluster -> its rules; ``""`` for rules whose jobs stand alone.
        tables, figures: what it makes, and what the page draws of it.
    """

    name: str
    after: tuple[str, ...]
    when: Ask
    groups: Mapping[str, tuple[str, ...]]
    tables: tuple[Table, ...]
    rules: Mapping[str, Ask] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()

    def schema(self, table: Table) -> Any:
        """The table's ``Schema``, or None where it has none."""
        return getattr(import_module(f"myoscene.{self.name}.tables"), table.schema) if table.schema else None

    def grain(self, table: Table) -> str:
        """What the table is, in words."""
        return self.schema(table).grain if table.schema else table.says


@cache
def stages() -> tuple[Stage, ...]:
    """All stages, each after those whose files it reads."""
    here = Path(__file__)
    folders = sorted(path.parent.name for path in here.parents[1].glob("*/stage.py") if path != here)
    found: dict[str, Stage] = {name: import_module(f"myoscene.{name}.stage").STAGE for name in folders}
    return tuple(found[name] for name in TopologicalSorter({n: s.after for n, s in found.items()}).static_order())


def _of(run: Any) -> list[Stage]:
    return [stage for stage in stages() if answer(stage.when, run)]


def _tables(run: Any) -> list[Table]:
    return [table for stage in _of(run) for table in stage.tables]


def rule_files(run: Any) -> list[str]:
    """Names of the rule files that a run has."""
    parts = ((name, ask) for stage in _of(run) for name, ask in {stage.name: True, **stage.rules}.items())
    return [name for name, ask in parts if answer(ask, run)]


def every_file(run: Any) -> list[str]:
    """Every file that a run may have, those that are made on request alone too."""
    return [file for table in _tables(run) for file in table.files(run)]


def targets(run: Any) -> list[str]:
    """What a run without further arguments makes, and makes again where it was deleted: every file of every stage."""
    return [file for table in _tables(run) if not table.asked for file in table.files(run)]


def page_inputs(run: Any, drawn: bool = False) -> dict[str, str | list[str]]:
    """What the page, or with ``drawn`` its figures, are made from: key -> its file, or files where it has wildcards."""
    found: dict[str, str | list[str]] = {}
    for table in (table for table in _tables(run) if table.page):
        files = table.files(run, table.page_over) if answer(table.page_when, run) else []
        if files and (not drawn or answer(table.drawn, run)):
            found[table.page] = files if table.wildcards else files[0]
    return found


def figures(run: Any) -> dict[str, str]:
    """Figure -> heading, of a run."""
    return {figure.name: figure.heading for stage in _of(run) for figure in stage.figures if answer(figure.when, run)}
