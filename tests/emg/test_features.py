"""Features against an independent, naive implementation and against what the definitions promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.pipeline.features import FEATURES, column_names, window_features
from myoscene.pipeline.windows import window_starts

NAMES = list(FEATURES)


def naive(x: list[float], threshold: float) -> dict[str, float]:
    """Textbook formulas, one sample at a time."""
    n = len(x)
    d = [x[i + 1] - x[i] for i in range(n - 1)]
    dd = [d[i + 1] - d[i] for i in range(n - 2)]

    def variance(values: list[float]) -> float:
        mean = math.fsum(values) / len(values)
        return math.fsum((v - mean) ** 2 for v in values) / len(values)

    crossings = sum(1 for i in range(n - 1) if x[i] * x[i + 1] < 0 and abs(x[i] - x[i + 1]) >= threshold)
    changes = 0
    for i in range(1, n - 1):
        peak = (x[i] > x[i - 1] and x[i] > x[i + 1]) or (x[i] < x[i - 1] and x[i] < x[i + 1])
        if peak and (abs(x[i] - x[i + 1]) >= threshold or abs(x[i] - x[i - 1]) >= threshold):
            changes += 1
    square = math.fsum(v * v for v in x) / n
    mobility = math.sqrt(variance(d) / variance(x))
    length = math.fsum(abs(v) for v in d)
    return {
        "mean_absolute_value": math.fsum(abs(v) for v in x) / n,
        "root_mean_square": math.sqrt(square),
        "log_root_mean_square": 0.5 * math.log(square + 1e-6),
        "waveform_length": length,
        "log_waveform_length": math.log(length / (n - 1) + 1e-3),
        "zero_crossings": crossings,
        "slope_sign_changes": changes,
        "hjorth_activity": variance(x),
        "hjorth_mobility": mobility,
        "hjorth_complexity": math.sqrt(variance(dd) / variance(d)) / mobility,
        "log_band_power": math.log(square + 1e-6),
    }


def test_every_feature_agrees_with_the_textbook() -> None:
    signal = np.random.default_rng(1).standard_normal((2, 400)).astype(np.float32)
    starts = window_starts(7, 400, 60, 25)
    values = window_features(signal, starts, 60, NAMES, 0.3)
    assert values.shape == (len(starts), 2, len(NAMES))
    assert values.dtype == np.float32
    for window, start in enumerate(starts):
        for channel in range(2):
            wanted = naive(signal[channel, start : start + 60].astype(float).tolist(), 0.3)
            got = dict(zip(NAMES, values[window, channel], strict=True))
            assert got == pytest.approx(wanted, rel=1e-5, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(
    data=st.lists(st.floats(-100, 100, width=32), min_size=8, max_size=40),
    threshold=st.floats(0, 5, width=32),
)
def test_features_have_their_bounds(data: list[float], threshold: float) -> None:
    signal = np.array([data], dtype=np.float32)
    n = signal.shape[1]
    row = window_features(signal, np.array([0]), n, NAMES, threshold)[0, 0]
    got = dict(zip(NAMES, row.astype(float), strict=True))
    assert np.isfinite(row).all()
    assert 0 <= got["zero_crossings"] <= n - 1
    assert 0 <= got["slope_sign_changes"] <= n - 2
    assert got["mean_absolute_value"] <= got["root_mean_square"] * (1 + 1e-6) + 1e-30
    assert got["hjorth_activity"] <= got["root_mean_square"] ** 2 * (1 + 1e-5) + 1e-30
    assert got["hjorth_mobility"] >= 0
    assert got["hjorth_complexity"] >= 0


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), gain=st.floats(0.01, 100))
def test_a_gain_scales_amplitudes_and_leaves_shape_alone(seed: int, gain: float) -> None:
    signal = np.random.default_rng(seed).standard_normal((1, 100))
    one = window_features(signal, np.array([0]), 100, NAMES, 0.0)[0, 0]
    other = window_features(gain * signal, np.array([0]), 100, NAMES, 0.0)[0, 0]
    for name, a, b in zip(NAMES, one, other, strict=True):
        if name in ("mean_absolute_value", "root_mean_square", "waveform_length"):
            assert b == pytest.approx(gain * a, rel=1e-4)
        elif name == "hjorth_activity":
            assert b == pytest.approx(gain**2 * a, rel=1e-4)
        elif not name.startswith("log"):
            assert b == pytest.approx(a, rel=1e-4), name


def test_hjorth_of_a_sine_is_its_frequency_and_one() -> None:
    rate, frequency = 1000.0, 40.0
    sine = np.sin(2 * np.pi * frequency * np.arange(5000) / rate)[None]
    names = ["hjorth_activity", "hjorth_mobility", "hjorth_complexity", "zero_crossings", "root_mean_square"]
    activity, mobility, complexity, crossings, rms = window_features(sine, np.array([0]), 5000, names, 0.0)[0, 0]
    assert activity == pytest.approx(0.5, rel=1e-3)
    assert mobility == pytest.approx(2 * np.sin(np.pi * frequency / rate), rel=1e-3), "radians per sample"
    assert complexity == pytest.approx(1.0, abs=1e-3)
    assert crossings == pytest.approx(2 * frequency * 5, abs=2)
    assert rms == pytest.approx(math.sqrt(0.5), rel=1e-4)


def test_a_constant_window_has_no_undefined_feature() -> None:
    values = window_features(np.full((1, 50), 3.3), np.array([0]), 50, NAMES, 0.0)[0, 0]
    got = dict(zip(NAMES, values, strict=True))
    assert np.isfinite(values).all()
    assert got["hjorth_activity"] == got["hjorth_mobility"] == got["hjorth_complexity"] == 0


def test_a_window_knows_nothing_outside_itself() -> None:
    rng = np.random.default_rng(3)
    signal = rng.standard_normal((2, 1000))
    other = 1e6 * rng.standard_normal((2, 1000))
    other[:, 400:500] = signal[:, 400:500]
    starts = np.array([400])
    a = window_features(signal, starts, 100, NAMES, 0.01)
    assert np.array_equal(a, window_features(other, starts, 100, NAMES, 0.01))


def test_an_irregular_grid_gives_what_single_windows_give() -> None:
    signal = np.random.default_rng(4).standard_normal((3, 3000))
    starts = np.sort(np.random.default_rng(5).choice(2900, 150, replace=False))
    together = window_features(signal, starts, 100, NAMES, 0.01)
    alone = [window_features(signal, np.array([s]), 100, NAMES, 0.01)[0] for s in starts]
    np.testing.assert_allclose(together, np.stack(alone), rtol=1e-6, atol=1e-7)


def test_columns_are_named_in_the_order_of_the_values() -> None:
    signal = np.stack([np.ones(50), 2 * np.ones(50)])
    names = ["mean_absolute_value", "waveform_length"]
    row = window_features(signal, np.array([0]), 50, names, 0.0).reshape(1, -1)[0]
    assert dict(zip(column_names(names, ["a", "b"]), row, strict=True)) == {
        "mean_absolute_value__a": 1, "waveform_length__a": 0,
        "mean_absolute_value__b": 2, "waveform_length__b": 0,
    }  # fmt: skip


def test_what_cannot_be_computed_is_refused() -> None:
    signal = np.zeros((1, 50))
    with pytest.raises(ValueError, match="no feature is called 'energy'"):
        window_features(signal, np.array([0]), 50, ["energy"], 0.0)
    with pytest.raises(ValueError, match="reaches outside"):
        window_features(signal, np.array([1]), 50, NAMES, 0.0)
    with pytest.raises(ValueError, match="at least 4"):
        window_features(signal, np.array([0]), 3, NAMES, 0.0)


def test_no_window_gives_no_row() -> None:
    assert window_features(np.zeros((2, 10)), np.zeros(0, np.int64), 50, NAMES, 0.0).shape == (
        0,
        2,
        len(NAMES),
    )
