"""The models there are: adding one is adding a row here, its config keys, and its test case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

# The imports stand inside functions because torch and scikit-learn are heavy, and are written out because the
# workflow finds the files that a rule is built on by following them.


def _lda() -> Any:
    from myoscene.learn.models.linear import LinearDiscriminant

    return LinearDiscriminant


def _knn() -> Any:
    from myoscene.learn.models.linear import NearestNeighbours

    return NearestNeighbours


def _boosted_trees() -> Any:
    from myoscene.learn.models.trees import BoostedTrees

    return BoostedTrees


def _cnn_tcn() -> Any:
    from myoscene.learn.models.cnn_tcn.predict import SignalPredictor

    return SignalPredictor


def _eye_cnn() -> Any:
    from myoscene.learn.models.eye_cnn.predict import EyePredictor

    return EyePredictor


def _eye_inception() -> Any:
    from myoscene.learn.models.eye_inception.predict import InceptionPredictor

    return InceptionPredictor


def _fusion() -> Any:
    from myoscene.learn.models.fusion.predict import FusionPredictor

    return FusionPredictor


@dataclass(frozen=True)
class Model:
    """A model of the registry.

    Attributes:
        kind: what it reads: ``features`` of windows, the normalised ``signal``, frames of the ``eyes``, or signal and
            eyes (``fusion``).
        predictor: gives its predictor class (:class:`myoscene.learn.engine.checkpoint.Predictor`).
        section: its section of the configuration under ``learn``.
    """

    kind: Literal["features", "signal", "eyes", "fusion"]
    predictor: Callable[[], Any]
    section: str


MODELS: dict[str, Model] = {
    "lda": Model("features", _lda, "lda"),
    "knn": Model("features", _knn, "knn"),
    "boosted_trees": Model("features", _boosted_trees, "boosted_trees"),
    "cnn_tcn": Model("signal", _cnn_tcn, "cnn_tcn"),
    "eye_cnn": Model("eyes", _eye_cnn, "eye_cnn"),
    "eye_cnn_plain": Model("eyes", _eye_cnn, "eye_cnn"),
    "eye_inception": Model("eyes", _eye_inception, "eye_inception"),
    "eye_inception_plain": Model("eyes", _eye_inception, "eye_inception"),
    "fusion_late": Model("fusion", _fusion, "fusion"),
    "fusion_joint": Model("fusion", _fusion, "fusion"),
}


def of_kind(kind: str) -> tuple[str, ...]:
    """Names of the models of a kind."""
    return tuple(name for name, model in MODELS.items() if model.kind == kind)
