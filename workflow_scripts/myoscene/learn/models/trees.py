"""Gradient-boosted trees: grown by scikit-learn, kept as plain arrays, walked by numpy.

scikit-learn has no public way to a fitted tree's nodes, so :func:`tree_arrays` reads two private attributes, in that
one place; a test compares every walk with scikit-learn's own predictions. The alternatives are not better (our choice).
skops 0.16: a file differs from run to run, its trees' class has to be trusted by hand, and every job that predicts
loads scikit-learn in the same version, 1.7 CPU-s instead of 0.5. LightGBM 4.7: same bytes on any threads, other trees.
"""

import logging
from typing import TYPE_CHECKING

import numpy as np

from myoscene.core.settings import from_plain
from myoscene.learn.engine.card import Card, Entry, Fitted
from myoscene.learn.engine.check import need, shape
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.features import Examples, FeaturePredictor, check_features, fit_features, softmax
from myoscene.learn.engine.task import Task
from myoscene.learn.models.settings import BoostedTreesSettings

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

LOG = logging.getLogger(__name__)

MODELS = {
    "boosted_trees": {"kind": "features", "order": 2, "label": "boosted trees"},
}
NODE_FIELDS = ("value", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf")


class BoostedTrees(FeaturePredictor):
    """Additive trees (Friedman 2001): raw scores are ``baseline`` plus each round's leaf of each class.

    ``roots`` ``(rounds, trees of a round)`` index into the node arrays; children are indices within their tree.
    """

    def trained_probabilities(self, x: np.ndarray) -> np.ndarray:
        """See the base class."""
        roots, baseline = self.arrays["roots"], self.arrays["baseline"]
        raw = np.tile(baseline, (len(x), 1))
        for round_of_trees in roots:
            for column, root in enumerate(round_of_trees):
                raw[:, column] += self._leaf_values(x, int(root))
        if raw.shape[1] == 1:  # two classes: one score, of the second against the first
            raw = np.column_stack([np.zeros(len(x)), raw[:, 0]])
        return softmax(raw)

    def _leaf_values(self, x: np.ndarray, root: int) -> np.ndarray:
        nodes = self.arrays
        at = np.full(len(x), root)
        rows = np.arange(len(x))
        while True:
            rows = rows[nodes["is_leaf"][at[rows]] == 0]
            if not len(rows):
                return nodes["value"][at]
            here = at[rows]
            values = x[rows, nodes["feature_idx"][here]]
            missing = np.isnan(values)
            left = np.where(missing, nodes["missing_go_to_left"][here] > 0, values <= nodes["num_threshold"][here])
            at[rows] = root + np.where(left, nodes["left"][here], nodes["right"][here])


def fit(task: Task) -> Fitted:
    """Trees of the fold's training people, stopped by its validation people."""

    def fitted(training: Examples, validation: Examples | None) -> tuple[Arrays, list[Entry]]:
        assert validation is not None
        settings = from_plain(BoostedTreesSettings, task.spec.settings)
        return fit_boosted_trees(training, validation, settings, task.spec.seed)

    return fit_features(task, fitted, stopped=True)


def fit_boosted_trees(
    training: Examples, validation: Examples, settings: BoostedTreesSettings, seed: int
) -> tuple[Arrays, list[Entry]]:
    """Class-balanced boosted trees, stopped early on the ``validation`` people.

    Returns:
        Arrays of :class:`BoostedTrees`, cut after the round with the smallest validation loss, and the history:
        training and validation loss of each round.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.utils.class_weight import compute_sample_weight

    model = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.iterations,
        max_leaf_nodes=settings.max_leaves,
        l2_regularization=settings.l2,
        min_samples_leaf=settings.smallest_leaf,
        early_stopping=True,
        n_iter_no_change=settings.patience,
        scoring="loss",
        random_state=seed,
    )
    model.fit(
        training.x,
        training.y,
        sample_weight=compute_sample_weight("balanced", training.y),
        X_val=validation.x,
        y_val=validation.y,
        sample_weight_val=compute_sample_weight("balanced", validation.y),
    )
    history: list[Entry] = [
        {"round": number, "training_loss": -float(here), "validation_loss": -float(there)}
        for number, (here, there) in enumerate(zip(model.train_score_, model.validation_score_, strict=True))
    ]
    best = max(1, int(np.argmax(model.validation_score_)))
    LOG.info("%d rounds, validation loss %.4f", len(history) - 1, min(entry["validation_loss"] for entry in history))
    return tree_arrays(model, best), history


def tree_arrays(model: "HistGradientBoostingClassifier", rounds: int) -> Arrays:
    """Node arrays of the first ``rounds`` rounds of a fitted model.

    Raises:
        RuntimeError: this version of scikit-learn keeps its trees in another way.
    """
    try:
        trees = [[tree.nodes for tree in each] for each in model._predictors[:rounds]]
        baseline = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
        known = all(set(NODE_FIELDS) <= set(nodes.dtype.names) for each in trees for nodes in each)
        if not known or any(nodes["is_categorical"].any() for each in trees for nodes in each):
            raise AttributeError(f"the nodes have not the fields {', '.join(NODE_FIELDS)}")
    except (AttributeError, ValueError) as error:
        raise RuntimeError(f"boosted trees cannot be read from this version of scikit-learn: {error}") from None
    sizes = np.array([[len(nodes) for nodes in each] for each in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).reshape(sizes.shape)
    flat = np.concatenate([nodes for each in trees for nodes in each])
    kinds = {"value": np.float64, "num_threshold": np.float64}
    own = {"roots": roots, "baseline": baseline}
    return {name: flat[name].astype(kinds.get(name, np.int64)) for name in NODE_FIELDS} | own


def load(arrays: Arrays, card: Card) -> BoostedTrees:
    """See :class:`myoscene.learn.models.registry.Model`."""
    features, classes = check_features(arrays, card)
    columns = 1 if classes == 2 else classes
    nodes = len(arrays["value"])
    for name in ("value", "num_threshold"):
        shape(arrays, name, (nodes,))
    for name in ("feature_idx", "missing_go_to_left", "left", "right", "is_leaf"):
        shape(arrays, name, (nodes,), np.int64)
    shape(arrays, "baseline", (columns,))
    roots = shape(arrays, "roots", (len(arrays["roots"]), columns), np.int64).ravel()
    sizes = np.diff(np.append(roots, nodes))
    need(len(roots) > 0 and roots[0] == 0 and bool((sizes > 0).all()), "the trees' roots are not in order")
    of_tree, own = np.repeat(sizes, sizes), np.arange(nodes) - np.repeat(roots, sizes)
    inner = arrays["is_leaf"] == 0
    for side in ("left", "right"):
        child = arrays[side]
        # Children come after their parent, so that every walk ends.
        need(bool(((child > own) & (child < of_tree))[inner].all()), f"'{side}' leaves its tree")
    feature = arrays["feature_idx"][inner]
    need(bool(((feature >= 0) & (feature < features)).all()), "a tree asks for a feature that is not there")
    return BoostedTrees(arrays, card)
