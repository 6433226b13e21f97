"""The models there are, found by looking into this folder: adding one is adding its file, settings and test case.

A file ``x.py`` here, or the ``__init__.py`` of a folder, says in a plain table ``MODELS`` which models it holds. The
table is read without running the file, so that neither torch nor scikit-learn is loaded where only names are asked for,
and no import leads from here to a model: what a job is built from is its own model's file and what that imports, and
no list of all models (``RUN.code``).
"""

import ast
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

_FOLDER = Path(__file__).parent
_TABLE = "MODELS = {"


@dataclass(frozen=True)
class Model:
    """A row of a table ``MODELS``, whose keys are the models' names.

    Attributes:
        kind: what it reads: ``features`` of windows, the normalised ``signal``, frames of the ``eyes``, or signal and
            eyes (``fusion``).
        module: where it is implemented, under ``myoscene.learn.models``.
        predictor: its class there (:class:`myoscene.learn.engine.checkpoint.Predictor`).
        section: its section of the configuration under ``learn``.
        order: place among all models, in lists for people.
    """

    kind: Literal["features", "signal", "eyes", "fusion"]
    module: str
    predictor: str
    section: str
    order: int

    @property
    def path(self) -> str:
        """The module's whole name."""
        return f"{__package__}.{self.module}"

    def load(self) -> Any:
        """The predictor's class; this imports what the model needs."""
        return getattr(import_module(self.path), self.predictor)


@cache
def _found() -> dict[str, Model]:
    rows = {}
    for path in [*_FOLDER.glob("*.py"), *_FOLDER.glob("*/__init__.py")]:
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__) and (start := text.find(f"\n{_TABLE}")) >= 0:
            table = ast.parse(text[start : text.index("\n}", start) + 2]).body[0]
            assert isinstance(table, ast.Assign)
            rows |= {name: Model(**row) for name, row in ast.literal_eval(table.value).items()}
    return dict(sorted(rows.items(), key=lambda row: (row[1].order, row[0])))


MODELS = _found()


def of_kind(kind: str) -> tuple[str, ...]:
    """Names of the models of a kind."""
    return tuple(name for name, model in MODELS.items() if model.kind == kind)
