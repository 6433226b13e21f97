"""The chain of a person on arrays: what the jobs make of the same recordings, and what is fitted on what."""

from typing import Any

import numpy as np
import pytest
from myoscene.core.errors import InputError
from myoscene.pipeline.chain import Block, RawRecording, SignalSettings, Stretch, cut_person, fit_person, run_person
from myoscene.pipeline.normalise import Normaliser
from myoscene.pipeline.settings import FeatureSettings, FilterSettings, NormaliseSettings, StateSettings, WindowSettings
from myoscene.pipeline.states import continuous_states, decide, smooth

RATE = 500.0
CHANNELS = ["cheek", "brow"]
EVENTS = [(1.0, 2.0, "neutral"), (4.0, 2.0, "smile"), (7.0, 0.3, "frown")]


def recordings(seed: int = 1) -> list[RawRecording]:
    """A calibration in which smiles are ten times as strong as rest, and a scene."""
    calibration = np.random.default_rng(seed).standard_normal((2, 5000)) * 5
    calibration[:, 2000:3000] *= 10
    scene = np.random.default_rng(seed + 1).standard_normal((2, 3000)) * 20
    return [
        RawRecording("calibration", calibration, RATE, 50.0, True, EVENTS),
        RawRecording("calm", scene, RATE, 50.0, False),
    ]


def settings(features: FeatureSettings | None = None, **normalise: Any) -> SignalSettings:
    return SignalSettings(
        windows=WindowSettings(length_s=0.2, hop_s=0.1, trim_start_s=0.2, trim_end_s=0.1),
        features=features or FeatureSettings(),
        rate_hz=RATE,
        envelope_rate_hz=50.0,
        filters=FilterSettings(high_cut_hz=200.0),
        normalise=NormaliseSettings(**normalise),
    )


def values_of(blocks: list[Block], calibration: bool) -> np.ndarray:
    return np.concatenate([block.values for block in blocks if block.calibration is calibration])


def test_windows_envelopes_and_events(caplog: pytest.LogCaptureFixture) -> None:
    normaliser, blocks, envelopes = run_person(recordings(), CHANNELS, "neutral", settings(), "07")
    assert [(b.recording, b.event, b.label) for b in blocks] == [
        ("calibration", 0, "neutral"), ("calibration", 1, "smile"), ("calm", -1, None),
    ]  # fmt: skip
    # 2 s less 0.2 s and 0.1 s hold 1.7 s: 16 windows; 6 s hold 59.
    assert [block.values.shape for block in blocks] == [(16, 16), (16, 16), (59, 16)]
    assert blocks[1].start_s[[0, -1]] == pytest.approx([4.2, 5.7])
    assert "event 2 (frown) is shorter than a window" in caplog.text
    assert [(e.recording, e.values.shape) for e in envelopes] == [("calibration", (2, 500)), ("calm", (2, 300))]
    assert normaliser.fitted_on == ("calibration",) and normaliser.n_samples == 5000
    assert normaliser.n_neutral == 850, "1.7 s of trimmed neutral"


def test_nothing_of_a_scene_reaches_what_is_fitted_on_the_calibration() -> None:
    for standardise_on in ("events", "everything"):
        features = FeatureSettings(standardise="calibration_z", standardise_on=standardise_on)
        ours, other = recordings(), recordings(5)
        before = run_person(ours, CHANNELS, "neutral", settings(features))
        after = run_person([ours[0], other[1]], CHANNELS, "neutral", settings(features))
        assert before[0] == after[0]
        np.testing.assert_array_equal(values_of(before[1], True), values_of(after[1], True))
        assert (values_of(before[1], False) != values_of(after[1], False)).any()
    everything = settings(fit_on="all", method="calibration_z")
    runs = [run_person(each, CHANNELS, None, everything)[0] for each in (ours, [ours[0], other[1]])]
    assert runs[0].scale != runs[1].scale and runs[0].fitted_on == ("calibration", "calm")


def test_log_z_is_fitted_inside_the_labelled_events() -> None:
    """The rest between events is left out, as in the job."""
    calibration, scene = recordings()
    louder = calibration.signal_uv.copy()
    louder[:, 3800:] *= 30
    chosen = settings(method="calibration_log_z")
    one = run_person([calibration, scene], CHANNELS, "neutral", chosen)[0]
    two = run_person([calibration._replace(signal_uv=louder), scene], CHANNELS, "neutral", chosen)[0]
    np.testing.assert_allclose(one.scale, two.scale, rtol=0.02)
    assert one.exponent


def test_a_person_without_neutral_is_refused() -> None:
    calibration, scene = recordings()
    without = calibration._replace(events=EVENTS[1:])
    with pytest.raises(InputError, match="participant 07: the calibration has no usable neutral sample"):
        run_person([without, scene], CHANNELS, "neutral", settings(), "07")
    with pytest.raises(InputError, match="participant 07: no usable sample to fit the normaliser on"):
        fit_person([], RATE, CHANNELS, NormaliseSettings(), "neutral", "07")


def test_standardised_on_events_or_on_everything() -> None:
    """Pooled labelled windows have mean 0 and SD 1 by events; by everything, windows between them count, too."""
    by_events = FeatureSettings(standardise="calibration_mean_sd")
    values = values_of(run_person(recordings(), CHANNELS, "neutral", settings(by_events))[1], True)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=0), 1, atol=1e-5)
    everything = FeatureSettings(standardise="calibration_mean_sd", standardise_on="everything")
    values = values_of(run_person(recordings(), CHANNELS, "neutral", settings(everything))[1], True)
    assert np.abs(values.mean(axis=0)).max() > 0.1


def test_stretches_may_come_one_at_a_time() -> None:
    times = np.arange(1000) / RATE
    made = (Stretch("calm", k, times, np.full((2, 1000), float(k + 1), dtype=np.float32)) for k in range(3))
    plain = Normaliser("none", tuple(CHANNELS), (0.0, 0.0), (1.0, 1.0), (0.0, 0.0), 0.1)
    blocks, envelopes = cut_person(made, plain, settings(), ())
    assert [block.segment for block in blocks] == [0, 1, 2]
    assert len(cut_person([Stretch("calm", 0, times[:99], np.ones((2, 99)))], plain, settings(), ())[0][0].values) == 0
    assert [float(envelope.values[0, 50]) for envelope in envelopes] == pytest.approx([1, 2, 3])


def test_smoothing_and_dwell_start_anew_in_each_stretch() -> None:
    raw = np.random.default_rng(3).dirichlet([1, 1, 1], size=60)
    stretch = np.repeat([4, 0, 9], 20)
    chosen = StateSettings(smoothing_s=0.3, minimum_dwell_s=0.2, probability_floor=0.4)
    smoothed, states = continuous_states(raw, stretch, 0.1, chosen)
    for first in (0, 20, 40):
        own = smooth(raw[first : first + 20], 0.1, 0.3)
        np.testing.assert_array_equal(smoothed[first : first + 20], own)
        np.testing.assert_array_equal(states[first : first + 20], decide(own, 0.4, 2))
    empty = continuous_states(np.zeros((0, 3)), np.zeros(0, dtype=int), 0.1, chosen)
    assert empty[0].shape == (0, 3) and empty[1].shape == (0,)
