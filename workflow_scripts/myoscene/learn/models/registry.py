"""The models there are, found by looking into this folder: adding one is adding its file, settings and test case.

A file ``x.py`` here, or the ``__init__.py`` of a folder, says in a plain table ``MODELS`` which models it holds. The
table is read without running the file, so that neither torch nor scikit-learn is loaded where only names are asked for,
and no import leads from here to a model: what a job is built from is its own model's file and what that imports, and
no list of all models (``RUN.code``).
"""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

    from myoscene.learn.cohort.frames import EyeFrames
    from myoscene.learn.engine.card import Card, Fitted
    from myoscene.learn.engine.task import Task

PathLike = str | os.PathLike[str]
_FOLDER = Path(__file__).parent
_TABLE = "MODELS = {"


@dataclass(frozen=True)
class Model:
    """A row of a table ``MODELS``, whose keys are the models' names.

    Attributes:
        kind: what it reads: ``features`` of windows, the normalised ``signal``, frames of the ``eyes``, or signal and
            eyes (``fusion``).
        module: where it is implemented, under ``myoscene.learn.models``: ``fit(task) -> Fitted`` and ``check(arrays,
            card)``, which refuses weights and card that are no such model, beside the predictor.
        predictor: its class there (:class:`Predictor`).
        section: its section of the configuration under ``learn``.
        settings: what that section is: module and frozen dataclass, which loads the standard library alone.
        order: place among all models, in lists for people.
        label: what it is called there.
        parts: of a fusion, what a part reads -> the model that it is.
    """

    kind: Literal["features", "signal", "eyes", "fusion"]
    module: str
    predictor: str
    section: str
    settings: str
    order: int
    label: str
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The module's whole name."""
        return f"{__package__}.{self.module}"

    def load(self) -> Any:
        """The module; this imports what the model needs."""
        return import_module(self.path)

    def fit(self, task: "Task") -> "Fitted":
        """Train it on one fold."""
        return self.load().fit(task)


@cache
def _found() -> dict[str, Model]:
    rows: dict[str, Model] = {}
    for path in [*_FOLDER.glob("*.py"), *_FOLDER.glob("*/__init__.py")]:
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__) and (start := text.find(f"\n{_TABLE}")) >= 0:
            table = ast.parse(text[start : text.index("\n}", start) + 2]).body[0]
            assert isinstance(table, ast.Assign)
            rows |= {name: Model(**row) for name, row in ast.literal_eval(table.value).items()}
    return dict(sorted(rows.items(), key=lambda row: (row[1].order, row[0])))


MODELS = _found()


def sections() -> dict[str, type]:
    """The section of the configuration of each model (``learn.<section>``), in the models' order."""
    found = {}
    for model in MODELS.values():
        module, name = model.settings.split(":")
        found[model.section] = getattr(import_module(f"{__package__}.{module}"), name)
    return found


if TYPE_CHECKING:
    ModelName = str
else:
    ModelName = Literal[tuple(MODELS)]


def of_kind(kind: str) -> tuple[str, ...]:
    """Names of the models of a kind."""
    return tuple(name for name, model in MODELS.items() if model.kind == kind)


class Predictor(Protocol):
    """A trained model, ready to predict; it has the methods of its kind.

    Attributes:
        kind: as in :class:`Model`.
        classes: class names, in the order of every probability array.
        card: what the training wrote down.
    """

    kind: str
    classes: list[str]
    card: "Card"
    members: list[Any]

    def predict_features(self, frame: Any) -> "np.ndarray":
        """Probabilities ``(rows, classes)`` float32 of a frame with the feature columns named in the card."""
        ...

    def predict_signal(self, signal: "np.ndarray", hop_samples: int) -> "tuple[np.ndarray, np.ndarray]":
        """First samples ``(windows,)`` int64 and probabilities ``(windows, classes)`` float32 of every window.

        ``signal`` is normalised, ``(channels, samples)``, one contiguous stretch at the card's rate; windows begin
        at ``k * hop_samples``.
        """
        ...

    def adapted_to(self, table: Any, frames: "EyeFrames") -> "Predictor":
        """The same for one participant's eye frames."""
        ...

    def predict_frames(self, frames: "EyeFrames") -> "np.ndarray":
        """Probabilities ``(frames, classes)`` float32."""
        ...

    def embed_frames(self, frames: "EyeFrames") -> "np.ndarray":
        """Embeddings ``(frames, values)`` float32."""
        ...

    def window_starts(self, samples: int, hop_samples: int) -> "np.ndarray":
        """First samples ``(windows,)`` of a fusion's windows."""
        ...

    def predict_windows(self, starts_s: "np.ndarray", *given: Any) -> "np.ndarray":
        """Probabilities ``(windows, classes)`` of a fusion (:mod:`myoscene.learn.models.fusion.base`)."""
        ...


def load_predictor(path: PathLike) -> Any:
    """The trained model in a checkpoint (:class:`Predictor`); its kind and model are in the card.

    Raises:
        InputError: as :func:`myoscene.learn.engine.checkpoint.read_checkpoint`; card and weights are no model of ours.
    """
    from myoscene.learn.engine.check import check_common, need
    from myoscene.learn.engine.checkpoint import read_checkpoint, usable

    arrays, card = read_checkpoint(path)
    with usable(path):
        need(card.model in MODELS, f"there is no model '{card.model}'")
        check_common(arrays, card)
        model = MODELS[card.model]
        module = model.load()
        module.check(arrays, card)
        return getattr(module, model.predictor)(arrays, card)


def predictors(path: PathLike) -> Iterator[tuple[str, Any]]:
    """Checkpoint and predictor, one at a time: of the one checkpoint that ``path`` is, or of each in a frozen model.

    Raises:
        InputError: a file is missing, or is not the one that was frozen.
    """
    from myoscene.learn.engine.frozen import MANIFEST, frozen_checkpoints

    for checkpoint in frozen_checkpoints(path) if Path(path).suffix == MANIFEST else [str(path)]:
        yield checkpoint, load_predictor(checkpoint)
