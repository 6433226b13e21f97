"""Stored models predict what scikit-learn's own objects predict."""

import numpy as np
import pytest
from myoscene.learn.engine.card import Card
from myoscene.learn.engine.features import Examples
from myoscene.learn.models.linear import LinearDiscriminant, NearestNeighbours, fit_knn, fit_lda
from myoscene.learn.models.settings import BoostedTreesSettings, KnnSettings, LdaSettings
from myoscene.learn.models.trees import BoostedTrees, fit_boosted_trees, tree_arrays
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier


def data(n_classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = generator.integers(n_classes, size=400)
    x = generator.standard_normal((400, 6)) + 0.8 * generator.standard_normal((n_classes, 6))[y]
    return x, y


def predictor(kind: type, arrays: dict[str, np.ndarray], n_classes: int):
    arrays = {**arrays, "class_index": np.arange(n_classes)}
    said = {"model": "test", "classes": [str(k) for k in range(n_classes)], "missing_classes": [], "features": []}
    return kind(arrays, Card.of(said | {"training_participants": [], "validation_participants": []}))


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("shrinkage", [True, False])
def test_lda(n_classes: int, shrinkage: bool) -> None:
    x, y = data(n_classes)
    settings = LdaSettings("none", shrinkage, "empirical")
    found = predictor(LinearDiscriminant, fit_lda(x, y, settings), n_classes).trained_probabilities(x)
    solver = {"solver": "lsqr", "shrinkage": "auto"} if shrinkage else {}
    expected = LinearDiscriminantAnalysis(**solver).fit(x, y).predict_proba(x)
    assert np.allclose(found, expected, atol=1e-10)


def test_balanced_priors_weigh_classes_alike() -> None:
    x, y = data(2)
    keep = (y == 0) | (np.arange(len(y)) % 8 == 0)
    shares = []
    for priors in ("balanced", "empirical"):
        settings = LdaSettings("train", shrinkage=True, priors=priors)
        fitted = predictor(LinearDiscriminant, fit_lda(x[keep], y[keep], settings), 2)
        shares.append(fitted.trained_probabilities(x).argmax(axis=1).mean())
    assert abs(shares[0] - 0.5) < 0.1
    assert shares[1] < shares[0] - 0.1


def test_standardising_leaves_constant_features_alone() -> None:
    x, y = data(3)
    x[:, 2] = 7.0
    settings = LdaSettings("train", shrinkage=True, priors="balanced")
    found = predictor(LinearDiscriminant, fit_lda(x, y, settings), 3).trained_probabilities(x)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("neighbours", [1, 7])
def test_knn(neighbours: int) -> None:
    (x, y), (new, _) = data(4), data(4, seed=1)
    arrays = fit_knn(x, y, KnnSettings(neighbours, "train"))
    found = predictor(NearestNeighbours, arrays, 4).trained_probabilities(new)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    expected = KNeighborsClassifier(neighbours).fit((x - centre) / scale, y).predict_proba((new - centre) / scale)
    assert np.allclose(found, expected)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_trees_walk_like_scikit_learn(n_classes: int) -> None:
    x, y = data(n_classes)
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(x, y)
    new = data(n_classes, seed=2)[0]
    new[::7, 3] = np.nan
    for rounds in (1, 13, 30):
        found = predictor(BoostedTrees, tree_arrays(model, rounds), n_classes).trained_probabilities(new)
        expected = next(p for k, p in enumerate(model.staged_predict_proba(new), start=1) if k == rounds)
        assert np.allclose(found, expected, atol=1e-12)


def test_trees_are_cut_after_the_best_round() -> None:
    (x, y), validation = data(3), data(3, seed=5)
    settings = BoostedTreesSettings(learning_rate=0.5, patience=5)
    arrays, history = fit_boosted_trees(Examples(x, y), Examples(*validation), settings, seed=1)
    losses = [entry["validation_loss"] for entry in history]
    assert len(arrays["roots"]) == max(1, int(np.argmin(losses)))
    assert len(losses) - 1 < settings.iterations, "validation people stop the growth"


def test_trees_weigh_classes_alike() -> None:
    x, y = data(2)
    keep = (y == 0) | (np.arange(len(y)) % 8 == 0)
    validation = Examples(*data(2, seed=5))
    arrays, _ = fit_boosted_trees(Examples(x[keep], y[keep]), validation, BoostedTreesSettings(), seed=1)
    share = predictor(BoostedTrees, arrays, 2).trained_probabilities(x).argmax(axis=1).mean()
    assert share > 0.35
