"""Rates are measured, gaps are found, held samples become samples again."""

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.importing.table import SourceTable
from myoscene.importing.timing import arrange, held_rate, snapped


def table_of(times, signal, jitter=False, rate=None):
    frame = pd.DataFrame({"x": signal})
    return SourceTable("a.csv", frame, time_s=times, jitter=jitter, rate_hz=rate)


def run(times, signal, options=None, missing="error", **more):
    signal = np.asarray(signal, dtype=float)
    return arrange(table_of(times, signal, **more), signal[None], options or {}, missing)


def noise(samples, seed=0):
    return np.random.default_rng(seed).normal(size=samples)


@pytest.mark.parametrize("rate", [100.0, 1000.0, 998.723])
def test_the_rate_is_measured_from_the_time_stamps(rate):
    timing = run(5.0 + np.arange(3000) / rate, noise(3000))
    assert timing.rate_hz == pytest.approx(rate, rel=1e-6)
    assert np.array_equal(timing.source, np.arange(3000)) and timing.start_s == 5.0
    assert np.allclose(timing.row_time_s, np.arange(3000) / rate, atol=1e-6)


def test_jitter_does_not_move_the_rate_and_whole_rates_are_whole():
    rng = np.random.default_rng(1)
    times = np.arange(20000) / 500 + rng.uniform(-4e-4, 4e-4, 20000)
    timing = run(times, noise(20000))
    assert timing.rate_hz == 500.0 and len(timing.source) == 20000


def test_an_effective_rate_other_than_the_stated_one_is_used_and_said():
    timing = run(np.arange(5000) / 493.0, noise(5000), rate=500.0, jitter=True)
    assert timing.rate_hz == 493.0
    assert any("stated rate is 500 Hz, the time stamps give 493 Hz" in text for text in timing.findings)


def test_a_gap_is_an_error_by_row_or_marked_at_its_length():
    times = np.r_[np.arange(500), np.arange(500) + 750] / 100
    with pytest.raises(InputError, match="a.csv, sample 501: 2510 ms to the row before, a gap"):
        run(times, noise(1000))
    timing = run(times, noise(1000), missing="mark")
    assert len(timing.source) == 1250
    assert np.array_equal(np.flatnonzero(timing.source < 0), np.arange(500, 750))
    assert timing.row_time_s[500] == pytest.approx(7.5)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (np.r_[0.0, 0.01, 0.02, 0.015, 0.03], "sample 4: the time goes back"),
        (np.full(5, 3.0), "its time never changes"),
        (np.array([0.0, 0.01, np.nan, 0.03, 0.04]), "sample 3 has no time"),
    ],
)
def test_time_stamps_that_are_none_are_refused_by_row(times, message):
    with pytest.raises(InputError, match=message):
        run(times, noise(5))


def test_no_time_and_no_rate_is_refused():
    with pytest.raises(InputError, match="nothing states its rate"):
        run(None, noise(50))


def test_regularly_held_values_come_back_one_to_one_with_their_rate():
    true = noise(2000)
    true[500] = true[499]  # equal by chance: still a sample of its own
    timing = run(np.arange(10000) / 1000, np.repeat(true, 5), {"held_samples": "collapse"})
    assert timing.rate_hz == 200.0
    assert np.array_equal(np.repeat(true, 5)[timing.source], true)
    assert timing.held_fraction == pytest.approx(0.8, abs=1e-3)
    assert "80.0% of the rows repeat the row before" in timing.findings[0]
    assert "the effective rate is 200 Hz (measured)" in timing.findings[0]


def test_held_values_are_reported_and_kept_unless_told():
    signal = np.repeat(noise(2000), 5)
    timing = run(np.arange(10000) / 1000, signal)
    assert timing.rate_hz == 1000.0 and len(timing.source) == 10000
    assert "effective rate is 200 Hz" in timing.findings[0] and "`held_samples: collapse`" in timing.findings[0]
    kept = run(np.arange(10000) / 1000, signal, {"held_samples": "keep"})
    assert "held_samples: collapse" not in kept.findings[0]


def test_held_values_without_a_time_column():
    timing = run(None, np.repeat(noise(500), 4), {"rate_hz": 800.0, "held_samples": "collapse"})
    assert timing.rate_hz == 200.0 and len(timing.source) == 500
    with pytest.raises(InputError, match="come irregularly"):
        run(None, bursts(), {"rate_hz": 1000.0, "held_samples": "collapse"})


def bursts(packets=900, seed=4):
    """Two 200 Hz samples a radio packet, 1 ms apart in rows of 1 kHz; a third of the packets lose their
    first."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(packets * 10)
    for number, (a, b) in enumerate(rng.normal(size=(packets, 2))):
        rows[10 * number :] = b
        if rng.random() > 0.33:
            rows[10 * number] = a
    return rows


def test_bursts_need_the_devices_rate_and_keep_every_value_and_the_duration():
    rows = bursts()
    times = np.arange(len(rows)) / 1000
    with pytest.raises(InputError, match="come irregularly.*give the device's own"):
        run(times, rows, {"held_samples": "collapse"})
    timing = run(times, rows, {"held_samples": "collapse", "rate_hz": 200.0})
    assert timing.rate_hz == 200.0
    assert set(rows) == set(rows[timing.source])
    assert len(timing.source) / 200 == pytest.approx(9.0, abs=0.02)
    # Each sample is at most two samples before the row that it comes from.
    lag = timing.row_time_s[timing.source] - np.arange(len(timing.source)) / 200
    new = np.r_[True, np.diff(rows[timing.source]) != 0]
    assert np.all((lag[new] > -1e-9) & (lag[new] < 0.0101))


def test_a_constant_recording_is_named_and_not_collapsed():
    timing = run(np.arange(1000) / 1000, np.full(1000, 3.0), {"held_samples": "collapse"})
    assert len(timing.source) == 1000
    assert "every channel keeps one value throughout" in timing.findings[-1]
    known = {"held_samples": "collapse", "rate_hz": 200.0}
    timing = run(np.arange(1000) / 1000, np.full(1000, 3.0), known)
    assert timing.rate_hz == 200.0 and len(timing.source) == 200
    assert "every channel keeps one value throughout" in timing.findings[-1]


def test_held_rate_tells_regular_from_irregular():
    assert held_rate(np.arange(100) * 0.005) == (pytest.approx(200.0), True)
    burst = np.sort(np.r_[np.arange(100) * 0.0213, np.arange(100) * 0.0213 + 0.001])
    rate, regular = held_rate(burst)
    assert not regular and rate == pytest.approx(2 / 0.0213, rel=0.02)


def test_snapping():
    assert snapped(999.95, None) == 1000.0
    assert snapped(512.01, 512.0) == 512.0
    assert snapped(998.7, 1000.0) == 998.7
