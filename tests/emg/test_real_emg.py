"""Recordings that nobody here made: what is wrong with them is found and named."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.emg.quality import assess_recording
from myoscene.emg.settings import EmgSettings
from myoscene.pipeline.filters import check_band, condition_signal
from myoscene.pipeline.rate import effective_rate, moves
from myoscene.pipeline.settings import FilterSettings
from myoscene.recordings.read import EmgRecording

pytestmark = pytest.mark.real


def first_columns(path: Path, **how: Any) -> np.ndarray:
    """The table, (columns, rows)."""
    return pd.read_csv(path, sep="\t", **how).to_numpy(dtype=float).T


def test_fmov_cannot_hold_a_surface_emg_band(real_data: Path) -> None:
    files = sorted((real_data / "fmov").glob("*_FMOV_preprocessed.txt"))
    assert files
    filters = FilterSettings()
    table = first_columns(files[0], header=None)
    raw_uv = (table[1:3] * 1000).astype(np.float32)
    with pytest.raises(InputError, match="20-450 Hz reaches the Nyquist limit of 50 Hz"):
        condition_signal(raw_uv, 100.0, None, filters, 1000.0)
    narrow = replace(filters, high_cut_hz=45.0)
    out = condition_signal(raw_uv, 100.0, 60.0, narrow, 100.0)
    assert out.shape == raw_uv.shape
    assert np.isfinite(out).all()
    assert (out.std(axis=1) > 0).all()


def test_gestures_as_they_lie_in_the_file_are_held_samples(real_data: Path) -> None:
    """1000 rows a second hold about 105 new values: a 200 Hz armband whose radio drops about every second one."""
    files = sorted((real_data / "uci_gestures").glob("*/*.txt"))
    assert files
    config = EmgSettings()
    for path in files:
        table = first_columns(path)
        raw_uv = (table[1:9] * 1e6).astype(np.float32)
        rate_hz = 1000 * (table.shape[1] - 1) / (table[0, -1] - table[0, 0])
        held = effective_rate(moves(raw_uv), rate_hz, config.quality.max_held_fraction)
        assert 0.85 < held.held_fraction < 0.93, path.name
        assert 90 < held.update_rate_hz < 115, path.name
        assert held.effective_rate_hz == held.update_rate_hz
        with pytest.raises(InputError, match="Nyquist limit of .*effective rate"):
            check_band(config.filters, rate_hz, held.effective_rate_hz)


def test_gestures_are_flagged_by_name(real_data: Path) -> None:
    path = sorted((real_data / "uci_gestures").glob("*/*.txt"))[0]
    config = EmgSettings()
    table = first_columns(path)
    raw_uv = (table[1:9] * 1e6).astype(np.float32)
    names = tuple(f"channel{i}" for i in range(1, 9))
    recording = EmgRecording(raw_uv, 1000.0, names, ("",) * 8, 50.0)
    frame = assess_recording(recording, [], config.quality, config.filters)
    for flags in frame["flags"]:
        assert {"held_samples", "effective_rate", "band_above_nyquist"} <= set(flags.split(";"))
        assert "white_noise" not in flags
