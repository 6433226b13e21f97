"""BDF files give back what was written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing.import_sources import read_bdf
from myoscene.core.errors import InputError
from myoscene.importing.bdf_file import choose_scale, record_duration_s, write_bdf


@pytest.mark.parametrize("step", [1e-5, 1e-3, 0.01, 1.0, 10.0])
def test_values_on_a_decimal_lattice_come_back_exactly(tmp_path, step):
    counts = np.random.default_rng(0).integers(-100_000, 100_000, (1, 1000))
    write_bdf(tmp_path / "a.bdf", counts * step, 200, ["a"], ["uV"])
    back, _, _ = read_bdf(tmp_path / "a.bdf")
    assert np.max(np.abs(back - counts * step)) <= 1e-12 * 100_000 * step
    assert np.array_equal(np.round(back / step), counts)


@settings(max_examples=40, deadline=None)
@given(peak=st.floats(1e-3, 1e6), offset=st.floats(-0.5, 0.5))
def test_other_values_come_back_within_half_a_step(tmp_path_factory, peak, offset):
    values = (np.random.default_rng(1).uniform(-1, 1, (1, 500)) + offset) * peak
    path = tmp_path_factory.mktemp("bdf") / "a.bdf"
    _, _, (scale,) = write_bdf(path, values, 1000, ["a"], ["uV"])
    back, _, _ = read_bdf(path)
    assert np.max(np.abs(back - values)) <= 0.501 * scale.step
    # The header's few characters coarsen the range where values are tiny, never by more than a factor of two.
    assert scale.step <= 2 * 1.2 * np.max(np.abs(values)) / 8_388_607 + 1e-5 / 8_388_607


def test_constant_and_zero_channels_are_written(tmp_path):
    values = np.stack([np.zeros(100), np.full(100, -187500.02)])
    write_bdf(tmp_path / "a.bdf", values, 100, ["a", "b"], ["uV", "uV"])
    back, _, _ = read_bdf(tmp_path / "a.bdf")
    assert np.allclose(back, values, atol=0.02)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (26403, 100.0),
        (26399, 100.0),
        (997, 1000.0),
        (26401, 512.0),
        (5003, 2000.0),
        (50021, 998.7231),
        (1, 250.0),
    ],
)
def test_every_length_and_rate_is_kept_or_its_padding_is_told(tmp_path, samples, rate):
    values = np.arange(samples, dtype=float)[None]
    header_rate, padding, _ = write_bdf(tmp_path / "a.bdf", values, rate, ["a"], ["uV"])
    back, read_rate, _ = read_bdf(tmp_path / "a.bdf")
    assert back.shape[1] == samples + padding
    assert np.array_equal(np.round(back[0, :samples]), values[0])
    assert padding < rate
    assert read_rate == pytest.approx(rate, rel=2e-6) and header_rate == pytest.approx(read_rate, rel=1e-12)


def test_whole_rates_are_exact_and_need_no_padding():
    for samples in (26399, 60000, 99991):
        for rate in (100.0, 200.0, 1000.0, 2000.0):
            duration, padding = record_duration_s(samples, rate)
            assert padding == 0
            assert (samples / rate / duration) == pytest.approx(round(samples / rate / duration), abs=1e-9)


def test_the_same_samples_give_the_same_bytes(tmp_path):
    values = np.random.default_rng(2).normal(size=(2, 300))
    for name in ("a", "b"):
        write_bdf(tmp_path / f"{name}.bdf", values, 100, ["x", "y"], ["uV", "µV"])
    assert (tmp_path / "a.bdf").read_bytes() == (tmp_path / "b.bdf").read_bytes()


def test_values_that_no_header_holds_are_refused():
    with pytest.raises(InputError, match="too large for a BDF header"):
        choose_scale(np.array([1.5e9, 0.1234567]))


def test_a_value_that_is_not_finite_is_refused_by_channel_and_sample(tmp_path):
    with pytest.raises(InputError, match="channel 'b' of a.bdf has no finite value at sample 3"):
        write_bdf(tmp_path / "a.bdf", np.array([[0.0] * 5, [0, 1, 2, np.nan, 4]]), 100, ["a", "b"], ["uV", "uV"])
    assert not list(tmp_path.iterdir())
