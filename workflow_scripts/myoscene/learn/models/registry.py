"""The models there are, found by looking into this folder: adding one is adding its file, settings and test case.

A file here or in a folder says in a plain table ``MODELS`` which models it holds. The table is read without running the
file, so that neither torch nor scikit-learn is loaded where only names are asked for, and no import leads from here to
a model: what a job is built from is its own model's file and what that imports, and no list of all (``RUN.code``).
"""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

    from myoscene.learn.cohort.frames import EyeFrames
    from myoscene.learn.engine.card import Card

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Model:
    """A row of a table ``MODELS``, whose keys are the models' names.

    Attributes:
        path: the module: ``fit(task) -> Fitted``, and ``load(arrays, card) -> Predictor``, which refuses weights and
            card of any other model.
        kind: what it reads: ``features`` of windows, the normalised ``signal``, frames of the ``eyes``, or signal and
            eyes (``fusion``).
        order: place among all models, in lists for people.
        label: what it is called there.
        section: its section of the configuration under ``learn``.
        parts: of a fusion, what a part reads -> the model that it is.
    """

    path: str
    kind: Literal["features", "signal", "eyes", "fusion"]
    order: int
    label: str
    section: str
    parts: dict[str, str] = field(default_factory=dict)

    def load(self) -> Any:
        """The module; this imports what the model needs."""
        return import_module(self.path)


def _found() -> dict[str, Model]:
    folder, rows = Path(__file__).parent, {}
    for file in folder.rglob("*.py"):
        table = re.search(r"^MODELS = (\{.*?^\})", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        path = ".".join([*__package__.split("."), *file.relative_to(folder).with_suffix("").parts])
        for name, row in ast.literal_eval(table[1]).items() if table else ():
            rows[name] = Model(path, **{"section": name} | row)
    return dict(sorted(rows.items(), key=lambda row: (row[1].order, row[0])))


MODELS = _found()

if TYPE_CHECKING:
    ModelName = str
else:
    ModelName = Literal[tuple(MODELS)]


class Predictor(Protocol):
    """A trained model, ready to predict; it has the methods of its kind. Probabilities and embeddings are float32.

    ``classes`` are in the order of every probability array.
    """

    kind: str
    classes: list[str]
    card: "Card"
    members: list[Any]

    def alone(self, member: int) -> "Predictor":
        """The same with only one of its ``members``."""

    def predict_features(self, frame: Any) -> "np.ndarray":
        """Probabilities ``(rows, classes)`` of a frame with the feature columns named in the card."""

    def predict_signal(self, signal: "np.ndarray", hop_samples: int) -> "tuple[np.ndarray, np.ndarray]":
        """First samples ``(windows,)`` and probabilities ``(windows, classes)`` of the windows at ``k * hop_samples``.

        ``signal`` is normalised, ``(channels, samples)``, one contiguous stretch at the card's rate.
        """

    def adapted_to(self, table: Any, frames: "EyeFrames") -> "Predictor":
        """The same for one participant's eye frames."""

    def predict_frames(self, frames: "EyeFrames") -> "np.ndarray":
        """Probabilities ``(frames, classes)``."""

    def embed_frames(self, frames: "EyeFrames") -> "np.ndarray":
        """Embeddings ``(frames, values)``."""

    def window_starts(self, samples: int, hop_samples: int) -> "np.ndarray":
        """First samples ``(windows,)`` of a fusion's windows."""

    def predict_windows(self, starts_s: "np.ndarray", *given: Any) -> "np.ndarray":
        """Probabilities ``(windows, classes)`` of a fusion (:mod:`myoscene.learn.models.fusion.base`)."""


def load_predictor(path: PathLike) -> Any:
    """The trained model in a checkpoint (:class:`Predictor`); its kind and model are in the card.

    Raises:
        InputError: as :func:`myoscene.learn.engine.checkpoint.read_checkpoint`, and where the model is not one of ours.
    """
    from myoscene.learn.engine.check import check_common, need
    from myoscene.learn.engine.checkpoint import read_checkpoint, usable

    arrays, card = read_checkpoint(path)
    with usable(path):
        need(card.model in MODELS, f"there is no model '{card.model}'")
        check_common(arrays, card)
        return MODELS[card.model].load().load(arrays, card)


def predictors(path: PathLike) -> Iterator[tuple[str, Any]]:
    """Checkpoint and predictor, one at a time: of the one checkpoint that ``path`` is, or of each in a frozen model.

    Raises:
        InputError: a file is missing, or is not the one that was frozen.
    """
    from myoscene.learn.engine.frozen import MANIFEST, frozen_checkpoints

    for checkpoint in frozen_checkpoints(path) if Path(path).suffix == MANIFEST else [str(path)]:
        yield checkpoint, load_predictor(checkpoint)
