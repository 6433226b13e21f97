"""The simulation of METHODS section 8: who cries wolf, and who sees it when it comes."""

import numpy as np
import pytest
from myoscene.statistics import simulation
from myoscene.statistics.estimators import PRIMARY
from myoscene.statistics.simulation import simulate, study, write_simulation
from scipy import stats


@pytest.fixture(scope="module")
def rates():
    table = simulate(400, 0.05, seed=7)
    return table, table.set_index(["estimator", "association"])


def test_false_positives_are_those_that_methods_states(rates):
    """METHODS: 26 % pooled Pearson, 33 % repeated-measures correlation, 5-6 % estimator 1."""
    _, rate = rates
    assert rate.loc[(PRIMARY, 0.0), "ci_low"] <= 0.055 and rate.loc[(PRIMARY, 0.0), "rate"] <= 0.08
    assert rate.loc[("pooled_pearson", 0.0), "ci_low"] <= 0.26 <= rate.loc[("pooled_pearson", 0.0), "ci_high"]
    assert rate.loc[("within_participant", 0.0), "ci_low"] <= 0.33 <= rate.loc[("within_participant", 0.0), "ci_high"]
    assert rate.loc[("pooled_spearman", 0.0), "rate"] > 0.15
    assert rate.loc[("between_scenes", 0.0), "rate"] < 0.09


def test_power_is_that_which_methods_states(rates):
    """METHODS: 0.94 of estimator 1, 0.35 of pooled Pearson, 0.49 of repeated-measures correlation."""
    _, rate = rates
    for estimator, power in ((PRIMARY, 0.94), ("pooled_pearson", 0.35), ("within_participant", 0.49)):
        row = rate.loc[(estimator, 0.45)]
        assert row["ci_low"] - 0.02 <= power <= row["ci_high"] + 0.02


def test_intervals_are_wilsons(rates):
    table, _ = rates
    for row in table.itertuples():
        n, p, z = row.studies, row.rate, stats.norm.ppf(0.975)
        middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        bounds = (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)
        assert (row.ci_low, row.ci_high) == pytest.approx(bounds, abs=1e-12)
        assert row.rejected == row.rate * row.studies and row.synthetic


def test_a_study_has_the_variances_and_correlations_that_it_says():
    generator = np.random.default_rng(1)
    x, y = (np.concatenate(v) for v in zip(*(study(generator, 0.45) for _ in range(3000)), strict=True))
    assert x.shape == (3000, 12, 6)
    within = [v - v.mean(1, keepdims=True) - v.mean(2, keepdims=True) + v.mean((1, 2), keepdims=True) for v in (x, y)]
    assert np.corrcoef(within[0].ravel(), within[1].ravel())[0, 1] == pytest.approx(0.45, abs=0.01)
    one_scene = x[:, :, 0] - x[:, :, 0].mean(axis=1, keepdims=True)
    assert one_scene.var() * 12 / 11 == pytest.approx(1.0, abs=0.02)
    both = [x[:, :, s] - x[:, :, s].mean(axis=1, keepdims=True) for s in (0, 1)]
    assert np.corrcoef(both[0].ravel(), both[1].ravel())[0, 1] == pytest.approx(simulation.ICC, abs=0.01)
    assert abs(np.corrcoef(x.mean((1, 2)), y.mean((1, 2)))[0, 1]) < 0.06
    scenes = x.mean(axis=1) - x.mean((1, 2))[:, None]
    expected = simulation.SCENE_VARIANCE + (1 - simulation.ICC) / 12
    assert scenes.var() * 6 / 5 == pytest.approx(expected, rel=0.03)


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_simulation(tmp_path / f"{name}.csv", repeats=20, alpha=0.05, seed=seed)
    texts = [(tmp_path / f"{name}.csv").read_bytes() for name in "abc"]
    assert texts[0] == texts[1] != texts[2]
