"""Scores from sums of blocks are those of scipy and scikit-learn."""

import numpy as np
import pytest
from myoscene.mapping.scores import METRICS, block_sums, draws, from_sums, score
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import r2_score, root_mean_squared_error


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    true = np.cumsum(generator.normal(size=(400, 3)), axis=0) + 1000
    return true, true * 0.8 + generator.normal(size=true.shape) + 150


def test_scores_are_those_of_libraries(pair: tuple[np.ndarray, np.ndarray]) -> None:
    true, predicted = pair
    found = dict(zip(METRICS, score(true, predicted, 0.1), strict=True))
    for target in range(3):
        t, p = true[:, target], predicted[:, target]
        assert found["r"][target] == pytest.approx(pearsonr(t, p).statistic, abs=1e-9)
        assert found["spearman"][target] == pytest.approx(spearmanr(t, p).statistic, abs=1e-9)
        assert found["r2"][target] == pytest.approx(r2_score(t, p), abs=1e-9)
        assert found["rmse"][target] == pytest.approx(root_mean_squared_error(t, p))
        assert found["smape"][target] == pytest.approx(200 * np.mean(np.abs(t - p) / (np.abs(t) + np.abs(p))))
        jerks = [np.sqrt(np.mean((np.diff(each, n=3) / 0.1**3) ** 2)) for each in (p, t)]
        assert found["jerk"][target] == pytest.approx(jerks[0] / jerks[1])


def test_a_constant_prediction_has_no_correlation_and_an_r2_below_0(pair: tuple[np.ndarray, np.ndarray]) -> None:
    true, _ = pair
    found = dict(zip(METRICS, score(true, np.full_like(true, 990.1), 0.1), strict=True))
    assert np.isnan(found["r"]).all() and np.isnan(found["spearman"]).all()
    assert (found["r2"] < 0).all() and np.allclose(found["jerk"], 0)


def test_blocks_add_up_and_draws_lie_around(pair: tuple[np.ndarray, np.ndarray]) -> None:
    sums = block_sums(*pair, np.arange(400) // 20, 0.1)
    assert np.allclose(from_sums(sums.sum(axis=0)), score(*pair, 0.1))
    drawn = draws(sums, 400, 1)
    assert drawn.shape == (400, len(METRICS), 3)
    assert np.allclose(np.median(drawn[:, 2], axis=0), score(*pair, 0.1)[2], rtol=0.1)
