"""Models on time-domain features: linear discriminant and nearest neighbours. Predictions are plain numpy."""

import numpy as np

from myoscene.core.settings import from_plain
from myoscene.learn.engine.card import Card, Entry, Fitted
from myoscene.learn.engine.check import need, shape
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.features import Examples, FeaturePredictor, check_features, fit_features, softmax
from myoscene.learn.engine.task import Task
from myoscene.learn.models.settings import KnnSettings, LdaSettings

MODELS = {
    "lda": {"kind": "features", "order": 0, "label": "LDA"},
    "knn": {"kind": "features", "order": 1, "label": "k-NN"},
}
CHUNK = 1024


class LinearDiscriminant(FeaturePredictor):
    """Softmax of linear scores: ``weights`` ``(trained classes, features)``, ``bias``, after (x - centre) / scale."""

    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """See the base class."""
        return discriminate(self.arrays, x)


class NearestNeighbours(FeaturePredictor):
    """Shares of classes among the ``neighbours`` nearest training windows (Euclidean; ties: earlier row)."""

    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """See the base class."""
        from scipy.spatial.distance import cdist

        z = (x - self.arrays["centre"]) / self.arrays["scale"]
        known, labels = self.arrays["examples"], self.arrays["labels"]
        votes = np.eye(len(self.arrays["class_index"]))
        number = min(int(self.arrays["neighbours"][0]), len(known))
        shares = []
        for start in range(0, len(z), CHUNK):
            distance = cdist(z[start : start + CHUNK], known)
            nearest = np.argsort(distance, axis=1, kind="stable")[:, :number]
            shares.append(votes[labels[nearest]].mean(axis=1))
        return np.concatenate(shares)


def scaling(x: np.ndarray, standardise: str) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale ``(features,)`` of the training windows, or 0 and 1 with ``none``.

    A feature that is constant in training gets scale 1.
    """
    if standardise == "none":
        return np.zeros(x.shape[1]), np.ones(x.shape[1])
    spread = x.std(axis=0)
    return x.mean(axis=0), np.where(spread > 0, spread, 1.0)


def fit(task: Task) -> Fitted:
    """``lda`` or ``knn`` of the fold's people; neither has anything that validation people could stop."""

    def fitted(training: Examples, _: Examples | None) -> tuple[Arrays, list[Entry]]:
        told = task.spec.settings
        if task.spec.model == "lda":
            return fit_lda(training.x, training.y, from_plain(LdaSettings, told)), []
        return fit_knn(training.x, training.y, from_plain(KnnSettings, told)), []

    return fit_features(task, fitted)


def fit_lda(x: np.ndarray, y: np.ndarray, settings: LdaSettings) -> Arrays:
    """Linear discriminant of ``x`` ``(windows, features)`` and trained-class indices ``y``.

    Without shrinkage it is scikit-learn's plain default (SVD). With it, Ledoit & Wolf 2004. Balanced priors weigh
    each class alike whatever its number of windows.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    centre, scale = scaling(x, settings.standardise)
    n_classes = int(y.max()) + 1
    priors = np.full(n_classes, 1 / n_classes) if settings.priors == "balanced" else None
    solver = {"solver": "lsqr", "shrinkage": "auto"} if settings.shrinkage else {"solver": "svd"}
    model = LinearDiscriminantAnalysis(priors=priors, **solver).fit((x - centre) / scale, y)
    weights, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    if n_classes == 2:  # scikit-learn keeps one row: the second class against the first
        weights, bias = np.vstack([np.zeros_like(weights), weights]), np.array([0.0, bias[0]])
    return {"centre": centre, "scale": scale, "weights": weights, "bias": bias}


def discriminate(arrays: Arrays, x: np.ndarray) -> np.ndarray:
    """Probabilities ``(windows, trained classes)`` of ``x`` ``(windows, features)`` by what :func:`fit_lda` gave."""
    return softmax((x - arrays["centre"]) / arrays["scale"] @ arrays["weights"].T + arrays["bias"])


def fit_knn(x: np.ndarray, y: np.ndarray, settings: KnnSettings) -> Arrays:
    """The training windows themselves, standardised. Arguments as in :func:`fit_lda`."""
    centre, scale = scaling(x, settings.standardise)
    return {
        "centre": centre,
        "scale": scale,
        "examples": (x - centre) / scale,
        "labels": y.astype(np.int64),
        "neighbours": np.array([settings.neighbours]),
    }


def load(arrays: Arrays, card: Card) -> FeaturePredictor:
    """See :class:`myoscene.learn.models.registry.Model`."""
    features, classes = check_features(arrays, card)
    shape(arrays, "centre", (features,))
    need(bool((shape(arrays, "scale", (features,)) > 0).all()), "a scale is not above 0")
    if card.model == "lda":
        shape(arrays, "weights", (classes, features))
        shape(arrays, "bias", (classes,))
        return LinearDiscriminant(arrays, card)
    labels = shape(arrays, "labels", (len(arrays["examples"]),), np.int64)
    shape(arrays, "examples", (len(labels), features))
    need(len(labels) > 0 and labels.min() >= 0 and labels.max() < classes, "labels are not those of the classes")
    need(shape(arrays, "neighbours", (1,), np.int64)[0] > 0, "there are no neighbours")
    return NearestNeighbours(arrays, card)
