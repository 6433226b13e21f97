"""Gradient-boosted trees: grown by scikit-learn, kept as plain arrays, walked by numpy."""

from typing import Any

import numpy as np

from myoscene.learn.engine.card_check import Arrays, need, shape
from myoscene.learn.models.on_features import FeaturePredictor, Fitted, Labelled, softmax

MODELS = {
    "boosted_trees": {
        "kind": "features",
        "module": "trees",
        "predictor": "BoostedTrees",
        "section": "boosted_trees",
        "order": 2,
    },
}
NODE_FIELDS = ("value", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf")


class BoostedTrees(FeaturePredictor):
    """Additive trees (Friedman 2001): raw scores are ``baseline`` plus each round's leaf of each class.

    ``roots`` ``(rounds, trees of a round)`` index into the node arrays; children are indices within their tree.
    """

    stops_early = True

    @classmethod
    def fit(cls, training: Labelled, validation: Labelled | None, settings: dict[str, Any], seed: int) -> Fitted:
        """See the base class."""
        assert validation is not None
        return fit_boosted_trees(*training, validation, settings, seed)

    @classmethod
    def check_arrays(cls, arrays: Arrays, features: int, classes: int) -> None:
        """See the base class."""
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
        size, own = np.repeat(sizes, sizes), np.arange(nodes) - np.repeat(roots, sizes)
        inner = arrays["is_leaf"] == 0
        for side in ("left", "right"):
            child = arrays[side]
            # Children come after their parent, so that every walk ends.
            need(bool(((child > own) & (child < size))[inner].all()), f"'{side}' leaves its tree")
        feature = arrays["feature_idx"][inner]
        need(bool(((feature >= 0) & (feature < features)).all()), "a tree asks for a feature that is not there")

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


def fit_boosted_trees(
    x: np.ndarray,
    y: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray],
    settings: dict[str, Any],
    seed: int,
) -> tuple[dict[str, np.ndarray], list[dict[str, float]]]:
    """Class-balanced boosted trees, stopped early on the ``validation`` people's ``(x, y)``.

    Returns:
        Arrays of :class:`BoostedTrees`, cut after the round with the smallest validation loss, and the history:
        training and validation loss of each round.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.utils.class_weight import compute_sample_weight

    model = HistGradientBoostingClassifier(
        learning_rate=settings["learning_rate"],
        max_iter=settings["iterations"],
        max_leaf_nodes=settings["max_leaves"],
        l2_regularization=settings["l2"],
        min_samples_leaf=settings["smallest_leaf"],
        early_stopping=True,
        n_iter_no_change=settings["patience"],
        scoring="loss",
        random_state=seed,
    )
    x_validation, y_validation = validation
    model.fit(
        x,
        y,
        sample_weight=compute_sample_weight("balanced", y),
        X_val=x_validation,
        y_val=y_validation,
        sample_weight_val=compute_sample_weight("balanced", y_validation),
    )
    history = [
        {"round": number, "training_loss": -float(here), "validation_loss": -float(there)}
        for number, (here, there) in enumerate(zip(model.train_score_, model.validation_score_, strict=True))
    ]
    best = max(1, int(np.argmax(model.validation_score_)))
    return tree_arrays(model, best), history


def tree_arrays(model: Any, rounds: int) -> dict[str, np.ndarray]:
    """Node arrays of the first ``rounds`` rounds of a fitted ``HistGradientBoostingClassifier``."""
    trees = [[tree.nodes for tree in each] for each in model._predictors[:rounds]]
    sizes = np.array([[len(nodes) for nodes in each] for each in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).reshape(sizes.shape)
    flat = np.concatenate([nodes for each in trees for nodes in each])
    kinds = {"value": np.float64, "num_threshold": np.float64}
    arrays = {name: flat[name].astype(kinds.get(name, np.int64)) for name in NODE_FIELDS}
    return {
        **arrays,
        "roots": roots,
        "baseline": np.asarray(model._baseline_prediction, dtype=np.float64).ravel(),
    }
