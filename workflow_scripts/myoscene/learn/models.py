"""The models there are: adding one is adding a row here, its config keys, and its test case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

# The imports stand inside functions because torch and scikit-learn are heavy, and are written out because the
# workflow finds the files that a rule is built on by following them.


def _lda() -> Any:
    from myoscene.learn.classical import LinearDiscriminant

    return LinearDiscriminant


def _knn() -> Any:
    from myoscene.learn.classical import NearestNeighbours

    return NearestNeighbours


def _boosted_trees() -> Any:
    from myoscene.learn.trees import BoostedTrees

    return BoostedTrees


def _cnn_tcn() -> Any:
    from myoscene.learn.predict import SignalPredictor

    return SignalPredictor


@dataclass(frozen=True)
class Model:
    """A model of the registry.

    Attributes:
        kind: what it reads: ``features`` of windows, or the normalised ``signal``.
        predictor: gives its predictor class (:class:`myoscene.learn.checkpoint.Predictor`).
    """

    kind: Literal["features", "signal"]
    predictor: Callable[[], Any]


MODELS: dict[str, Model] = {
    "lda": Model("features", _lda),
    "knn": Model("features", _knn),
    "boosted_trees": Model("features", _boosted_trees),
    "cnn_tcn": Model("signal", _cnn_tcn),
}
FEATURE_MODELS = tuple(name for name, model in MODELS.items() if model.kind == "features")
SIGNAL_MODELS = tuple(name for name, model in MODELS.items() if model.kind == "signal")
