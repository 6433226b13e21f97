"""The synthetic EMG is credible: spectrum, envelope, cross-talk, disturbances."""

import numpy as np
import pytest
from myoscene.demo import face
from myoscene.demo.activity import (
    Bout,
    electrode_noise,
    emg_spectrum,
    envelopes,
    frequency_grid,
    mains,
    motion,
    shaped_noise,
    spontaneous_bouts,
)
from myoscene.demo.face import Person
from myoscene.demo.people import SimulatedPerson
from myoscene.demo.scenes import CUE_S
from scipy import signal

RATE = face.RATE_HZ


def muscle_noise(rng: np.random.Generator, n_samples: int, low: float = 65.0, high: float = 140.0) -> np.ndarray:
    amplitude = np.sqrt(emg_spectrum(frequency_grid(n_samples, RATE), low, high, 31.0))
    return shaped_noise(rng, amplitude[None], n_samples)[0]


@pytest.mark.parametrize("n_samples", [44_999, 45_000, 1, 97])
def test_noise_has_the_length_asked_for(n_samples: int) -> None:
    noise = muscle_noise(np.random.default_rng(1), n_samples)
    assert noise.shape == (n_samples,)
    assert noise.dtype == np.float32


def test_noise_has_unit_root_mean_square() -> None:
    noise = muscle_noise(np.random.default_rng(2), 200_000)
    assert noise.std() == pytest.approx(1.0, abs=0.02)
    assert abs(noise.mean()) < 0.01


def test_noise_follows_the_spectrum() -> None:
    noise = muscle_noise(np.random.default_rng(3), 400_000)
    frequencies, density = signal.welch(noise, RATE, nperseg=1000)
    expected = emg_spectrum(frequencies, 65.0, 140.0, 31.0)
    expected *= density.sum() / expected.sum()
    inside = (frequencies > 20) & (frequencies < 450)
    assert np.corrcoef(density[inside], expected[inside])[0, 1] > 0.98
    assert density[inside] == pytest.approx(expected[inside], rel=0.4)


def test_median_frequency_and_band_are_those_of_facial_emg() -> None:
    rng = np.random.default_rng(4)
    for _ in range(5):
        person = Person(rng, 0.5)
        for low, high in zip(person.low_hz, person.high_hz, strict=True):
            frequencies = np.arange(0.0, 500.0, 0.5)
            power = np.cumsum(emg_spectrum(frequencies, low, high, 31.0))
            median = frequencies[np.searchsorted(power, power[-1] / 2)]
            # Van Boxtel (2001): from 15-25 Hz to 400-500 Hz there is nearly all of the power.
            assert 60 < median < 130
            share = (power[frequencies == 450.0] - power[frequencies == 20.0]) / power[-1]
            assert share > 0.9


def test_firing_rate_stands_out() -> None:
    frequencies = np.arange(10.0, 60.0)
    density = emg_spectrum(frequencies, 65.0, 140.0, 31.0)
    assert density[21] > density[11]
    assert density[21] > density[31]


def test_envelope_rises_holds_and_falls() -> None:
    weights = np.array([50.0, 0.0])
    bout = Bout(2.0, 3.0, "smile", weights)
    rng = np.random.default_rng(5)
    levels = np.mean([envelopes(rng, [bout], np.array([1.0, 1.0]), 8000, RATE) for _ in range(200)], axis=0)
    assert levels.shape == (2, 8000)
    assert levels[0, 1900] == pytest.approx(1.0, rel=0.2)
    assert 1.5 < levels[0, 2080] < 40.0  # rising
    assert levels[0, 2500:5000].min() > 30.0
    assert levels[0, 5100] > 20.0 > levels[0, 5500]  # falling
    assert levels[0, 5700] == pytest.approx(1.0, rel=0.2)
    assert levels[1] == pytest.approx(1.0, rel=0.2)


def test_activity_fluctuates_within_a_hold() -> None:
    level = envelopes(np.random.default_rng(6), [Bout(0.0, 20.0, "frown", np.ones(1))], np.zeros(1), 20_000, RATE)[0]
    hold = level[1000:19_000]
    assert 0.15 < np.std(np.log(hold)) < 1.2
    assert (level >= 0).all()


def test_envelope_does_not_jump_on_a_long_odd_recording() -> None:
    level = envelopes(np.random.default_rng(7), [], np.ones(3), 12_347, RATE)
    assert level.shape == (3, 12_347)
    assert np.abs(np.diff(level, axis=1)).max() < 0.05


def test_crosstalk_falls_with_distance() -> None:
    leak = face.crosstalk(1.6)
    assert np.diag(leak) == pytest.approx(np.ones(7))
    assert leak == pytest.approx(leak.T)
    name = face.CHANNELS.index
    near = leak[name("orbicularis_right"), name("zygomaticus_right")]
    middle = leak[name("corrugator_center"), name("frontalis_right")]
    far = leak[name("zygomaticus_right"), name("frontalis_left")]
    assert 0.05 < near < 0.35
    assert near > middle > far
    assert far < 0.01
    assert (face.crosstalk(2.2) >= leak).all()


def test_neighbouring_channels_correlate_and_distant_ones_do_not(cohort: list[SimulatedPerson]) -> None:
    sections = signal.butter(4, [70, 450], "bandpass", fs=RATE, output="sos")
    name = face.CHANNELS.index
    near, far = [], []
    for person in cohort:
        filtered = signal.sosfiltfilt(sections, person.recordings[0].signal_uv[:, 1000:-1000], axis=1)
        for harmonic in (100.0, 150.0):
            filtered = signal.filtfilt(*signal.iirnotch(harmonic, 30, RATE), filtered, axis=1)
        correlation = np.corrcoef(filtered)
        near.append(correlation[name("orbicularis_left"), name("zygomaticus_left")])
        far.append(correlation[name("zygomaticus_left"), name("frontalis_right")])
    assert min(near) > 0.08
    assert np.abs(far).max() < 0.05


def test_mains_line_and_harmonics_stand_out() -> None:
    hum = mains(np.random.default_rng(8), np.array([2.0, 4.0]), 50.0, 20_000, RATE)
    frequencies, density = signal.periodogram(hum, RATE)
    power = density * frequencies[1]
    for harmonic, share in ((50, 1.0), (100, 0.15), (150, 0.3)):
        found = power[:, np.isclose(frequencies, harmonic)].sum(axis=1)
        assert found == pytest.approx(np.square(share * np.array([2.0, 4.0])) / 2, rel=0.02)
    assert power.sum() == pytest.approx((4 + 16) / 2 * (1 + 0.15**2 + 0.3**2), rel=0.02)


def test_mains_line_is_in_the_recordings(cohort: list[SimulatedPerson]) -> None:
    prominence = []
    for person in cohort:
        frequencies, density = signal.welch(person.recordings[1].signal_uv, RATE, nperseg=10_000)
        line = density[:, np.isclose(frequencies, 50.0)][:, 0]
        prominence.append(line / np.median(density[:, (frequencies > 52) & (frequencies < 58)], axis=1))
    assert np.median(prominence) > 2.0
    assert np.max(prominence) > 10.0


def test_motion_lies_below_the_band() -> None:
    swings = motion(np.random.default_rng(9), 30.0, 7, 60_000, RATE)
    frequencies, density = signal.welch(swings, RATE, nperseg=8000)
    assert density[:, frequencies < 20].sum() / density.sum() > 0.98
    assert 20.0 < np.abs(swings).max() < 2000.0
    assert not motion(np.random.default_rng(9), 0.0, 7, 60_000, RATE).any()


def test_electrode_noise_has_floor_and_wander() -> None:
    floor, wander = np.array([1.0, 2.0]), np.array([20.0, 10.0])
    noise = electrode_noise(np.random.default_rng(10), floor, wander, 200_000, RATE)
    sections = signal.butter(4, 20, "highpass", fs=RATE, output="sos")
    assert signal.sosfiltfilt(sections, noise, axis=1).std(axis=1) == pytest.approx(floor, rel=0.1)
    assert noise.std(axis=1) == pytest.approx(wander, rel=0.35)


def test_blinks_and_swallows_are_poisson() -> None:
    rng = np.random.default_rng(11)
    counts = [len(spontaneous_bouts(rng, "blink", 15.0, 60.0, np.ones(7))) for _ in range(400)]
    assert np.mean(counts) == pytest.approx(15.0, abs=0.8)
    assert np.var(counts) == pytest.approx(15.0, rel=0.3)
    blinks = spontaneous_bouts(rng, "blink", 300.0, 60.0, np.ones(7))
    assert all(0.08 <= b.duration_s <= 0.15 and 0 <= b.onset_s <= 60 for b in blinks)
    assert all(0.5 <= b.duration_s <= 0.9 for b in spontaneous_bouts(rng, "swallow", 60.0, 60.0, np.ones(7)))


def test_amplitudes_are_those_of_a_face(cohort: list[SimulatedPerson]) -> None:
    sections = signal.butter(4, [20, 450], "bandpass", fs=RATE, output="sos")
    rest, moving = [], []
    for person in cohort:
        recording = person.recordings[0]
        filtered = signal.sosfiltfilt(sections, recording.signal_uv, axis=1)
        for event in recording.events:
            first, last = round((event.onset_s + 1) * RATE), round((event.onset_s + CUE_S - 0.5) * RATE)
            level = np.sqrt(np.square(filtered[:, first:last]).mean(axis=1))
            (rest if event.label == "neutral" else moving).append(level)
    assert 1.0 < np.median(rest) < 6.0
    assert 15.0 < np.median(np.max(moving, axis=1)) < 120.0
    assert np.max(moving) < 1000.0
