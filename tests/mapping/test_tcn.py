"""The causal network: what it learns, that it looks back only, and that a seed gives one result."""

import subprocess
import sys
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from mapping.cohort import planted, written
from mapping.test_protocols import value
from myoscene.mapping.clock import read_pairing
from myoscene.mapping.learner import smoothed
from myoscene.mapping.protocols import OWN, UNSEEN, models_of, run_protocols
from myoscene.mapping.regressors import REGRESSORS
from myoscene.mapping.settings import MappingSettings, ModelName, TcnSettings


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two targets that saturate, one of them late; rows, five delays, two signals."""
    signal = np.random.default_rng(0).normal(size=(1205, 2))
    x = np.stack([signal[4 - k : 1204 - k] for k in range(5)], axis=1)
    y = np.stack([np.tanh(2 * x[:, 0, 0]), x[:, 3, 1] ** 2], axis=1)
    return x, y, np.ones(1200), np.arange(1200) // 240


def test_the_network_learns_what_bends_and_comes_late_and_a_ridge_does_not(rows) -> None:
    x, y, weights, groups = rows
    settings = MappingSettings(tcn=TcnSettings(epochs=30))
    train = groups < 4
    errors = {}
    for model in ("ridge", "tcn"):
        predict = REGRESSORS[model](x[train], y[train], weights[train], groups[train], settings)
        again = REGRESSORS[model](x[train], y[train], weights[train], groups[train], settings)
        assert np.array_equal(predict(x), again(x))
        errors[model] = np.mean((predict(x[~train]) - y[~train]) ** 2, axis=0) / y[~train].var(axis=0)
    assert (errors["tcn"] < [0.2, 0.6]).all() and errors["ridge"][1] > 0.9


def test_what_lies_between_the_groups_of_nested_validation_trains_nothing(rows) -> None:
    x, y, weights, groups = rows
    between = np.arange(1200) % 240 < 20
    groups = np.where(between, -1, groups)
    fit = REGRESSORS["tcn"]
    settings = MappingSettings(tcn=TcnSettings(epochs=3))
    one = fit(x, y, weights, groups, settings)(x)
    assert np.array_equal(one, fit(x, np.where(between[:, None], -y, y), weights, groups, settings)(x))
    assert not np.array_equal(one, fit(x, np.where(between[:, None], y, -y), weights, groups, settings)(x))


@pytest.mark.parametrize("delays", [1, 2, 3, 5, 16])
def test_any_number_of_delays_ends_in_one_time(delays: int) -> None:
    import torch
    from myoscene.mapping.tcn import Tcn

    network = Tcn(4, delays, 8, 3)
    x = torch.zeros(2, 4, delays)
    found = x
    for layer in network.layers:
        found = layer(found)
    assert found.shape == (2, 8, 1) and network(x).shape == (2, 3)


def test_the_network_is_a_model_as_any_and_the_floor_is_always_there(tmp_path, quick: MappingSettings) -> None:
    settings = replace(quick, models=["tcn"], tcn=TcnSettings(epochs=12), causal=True, calibration_s=[], curve=[0.6])
    assert models_of(settings) == ("mean", "tcn") and set(REGRESSORS) == set(get_args(ModelName))
    pairing = read_pairing(*written(tmp_path, *planted(people=2, seconds=90)), settings)
    found = run_protocols(pairing, settings)
    assert value(found, OWN, "tcn") > 0.6 and set(found.summary["model"]) == {"mean", "tcn"}
    assert value(found, UNSEEN, "tcn") < value(found, OWN, "tcn")


def test_a_one_euro_filter_takes_jerk_and_looks_back_only() -> None:
    generator = np.random.default_rng(1)
    time = np.arange(300) / 30
    noisy = np.sin(time)[:, None] + generator.normal(0, 0.1, (300, 2))
    settings = MappingSettings(one_euro_hz=1.0)
    found = smoothed(noisy, time, noisy.std(axis=0), settings)
    assert np.abs(np.diff(found, n=3, axis=0)).mean() < 0.4 * np.abs(np.diff(noisy, n=3, axis=0)).mean()
    assert np.corrcoef(found[:, 0], np.sin(time))[0, 1] > 0.97
    assert np.array_equal(smoothed(noisy[:200], time[:200], noisy.std(axis=0), settings), found[:200])
    assert smoothed(noisy, time, noisy.std(axis=0), MappingSettings()) is noisy


def test_torch_is_loaded_only_where_the_network_is_asked_for() -> None:
    code = "import sys; import myoscene.mapping.command; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
