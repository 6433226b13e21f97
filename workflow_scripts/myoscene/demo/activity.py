"""Motor-unit-like activity (noise with the spectrum of EMG under an envelope per muscle), and what electrodes add.

Every function takes a NumPy ``Generator`` and returns the same numbers for the same generator state. Signals are
float32, in microvolt.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import fft

ENVELOPE_RATE_HZ = 100.0
# What a face does unasked, and how long it lasts: bursts of the eye muscles, weak activity below the cheeks.
SPONTANEOUS_S = {"blink": (0.08, 0.15), "swallow": (0.5, 0.9)}


class Bout(NamedTuple):
    """One spell of muscle activity that follows one wish to move: seconds from the recording's first sample, the
    expression, and the root mean square of each muscle at the plateau, ``(muscles,)``."""

    onset_s: float
    duration_s: float
    label: str
    weights_uv: np.ndarray


def emg_spectrum(frequencies_hz: np.ndarray, low_hz: float, high_hz: float, firing_hz: float) -> np.ndarray:
    """Power spectral density of surface EMG at ``frequencies_hz`` (arbitrary unit).

    ``f_h^4 f^2 / ((f^2 + f_l^2) (f^2 + f_h^2)^2)``, Shwedyk, Balasubramanian & Scott (1977), which Stulen &
    De Luca (1981) and much later work use, plus a narrow bump at the motor units' firing rate, which van
    Boxtel (2001) finds near 31 Hz (spread about 4 Hz) in the corrugator. The bump's height is our choice.
    """
    f2 = np.square(frequencies_hz)
    shape = high_hz**4 * f2 / ((f2 + low_hz**2) * np.square(f2 + high_hz**2))
    return shape + 0.3 * shape.max() * np.exp(-0.5 * np.square((frequencies_hz - firing_hz) / 4.0))


def shaped_noise(rng: np.random.Generator, amplitude: np.ndarray, n_samples: int) -> np.ndarray:
    """Gaussian noise of unit root mean square with given spectra, ``(rows, samples)``.

    Args:
        amplitude: square root of the power spectral density of each row at the frequencies of a real Fourier transform
            over ``2 * (amplitude.shape[1] - 1)`` samples; ``n_samples`` must not exceed that length.
    """
    rows, bins = amplitude.shape
    scale = amplitude / np.sqrt(np.square(amplitude).sum(axis=1, keepdims=True))
    spectrum = rng.standard_normal((rows, bins, 2), dtype=np.float32).view(np.complex64)[..., 0]
    spectrum *= scale.astype(np.float32)
    noise = fft.irfft(spectrum, n=2 * (bins - 1), axis=1)[:, :n_samples]
    # With E|X_k|^2 = 2 a_k^2 and sum a_k^2 = 1, the inverse transform has the variance 4 / length^2.
    return noise * np.float32(bins - 1)


def frequency_grid(n_samples: int, rate_hz: float) -> np.ndarray:
    """Frequencies in Hz of a fast, even transform length that covers ``n_samples``."""
    length = 2 * fft.next_fast_len((n_samples + 1) // 2 + 1, real=True)
    return np.fft.rfftfreq(length, 1.0 / rate_hz)


def envelopes(
    rng: np.random.Generator, bouts: Sequence[Bout], tonic_uv: np.ndarray, n_samples: int, rate_hz: float
) -> np.ndarray:
    """Root mean square of each muscle over time, ``(muscles, samples)``.

    Tonic activity plus every bout: a raised-cosine rise of 0.1-0.35 s and fall of 0.2-0.6 s, and a plateau
    that sags and fluctuates (Ornstein-Uhlenbeck, correlation time 0.5 s). All these figures are our choice.
    """
    step = rate_hz / ENVELOPE_RATE_HZ
    slow = int(np.ceil(n_samples / step)) + 1
    time_s = np.arange(slow) / ENVELOPE_RATE_HZ
    level = np.zeros((len(tonic_uv), slow))
    for bout in bouts:
        rise, fall, sag = rng.uniform(0.1, 0.35), rng.uniform(0.2, 0.6), rng.uniform(0.0, 0.12)
        since = time_s - bout.onset_s
        shape = ramp(since / rise) * ramp((bout.onset_s + bout.duration_s + fall - time_s) / fall)
        shape *= np.exp(-sag * np.clip(since, 0.0, None))
        level += bout.weights_uv[:, None] * shape
    level *= np.exp(0.4 * _fluctuation(rng, level.shape, correlation_s=0.5))
    level += tonic_uv[:, None] * np.exp(0.25 * _fluctuation(rng, level.shape, correlation_s=1.5))
    at = np.arange(n_samples) / step
    return np.stack([np.interp(at, np.arange(slow), row) for row in level]).astype(np.float32)


def spontaneous_bouts(
    rng: np.random.Generator, label: str, rate_per_min: float, duration_s: float, weights_uv: np.ndarray
) -> list[Bout]:
    """Blinks or swallows (``label``, one of :data:`SPONTANEOUS_S`) at the times of a Poisson process."""
    onsets = np.sort(rng.uniform(0.0, duration_s, rng.poisson(rate_per_min * duration_s / 60.0)))
    low, high = SPONTANEOUS_S[label]
    return [Bout(float(at), rng.uniform(low, high), label, weights_uv * rng.lognormal(0.0, 0.3)) for at in onsets]


def ramp(progress: np.ndarray) -> np.ndarray:
    """Raised cosine: 0 up to a ``progress`` of 0, 1 from a ``progress`` of 1 on."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(progress, 0.0, 1.0))


def _fluctuation(rng: np.random.Generator, shape: tuple[int, ...], correlation_s: float) -> np.ndarray:
    """Ornstein-Uhlenbeck noise of unit variance at the envelope rate, ``(rows, samples)``."""
    frequencies = frequency_grid(shape[1], ENVELOPE_RATE_HZ)
    amplitude = 1.0 / np.hypot(1.0, 2.0 * np.pi * frequencies * correlation_s)
    return shaped_noise(rng, np.tile(amplitude, (shape[0], 1)), shape[1])


def mains(
    rng: np.random.Generator, amplitude_uv: np.ndarray, mains_hz: float, n_samples: int, rate_hz: float
) -> np.ndarray:
    """Mains hum with its second and third harmonic, ``(channels, samples)``.

    The harmonics have 0.15 and 0.3 of the fundamental's amplitude and every channel its own phase (our choice).
    """
    time_s = np.arange(n_samples) / rate_hz
    hum = np.zeros((len(amplitude_uv), n_samples), dtype=np.float32)
    for harmonic, share in ((1, 1.0), (2, 0.15), (3, 0.3)):
        angle = 2.0 * np.pi * harmonic * mains_hz * time_s
        phase = rng.uniform(0.0, 2.0 * np.pi, len(amplitude_uv))
        weights = share * amplitude_uv[:, None] * np.stack([np.cos(phase), np.sin(phase)], axis=1)
        hum += weights.astype(np.float32) @ np.stack([np.sin(angle), np.cos(angle)]).astype(np.float32)
    return hum


def motion(
    rng: np.random.Generator, rate_per_min: float, n_channels: int, n_samples: int, rate_hz: float
) -> np.ndarray:
    """Motion artefacts, ``(channels, samples)``: damped swings of 1-8 Hz of the headset.

    Almost all of their power lies below 20 Hz, where van Boxtel (2001) finds and filters such artefacts; rate and size
    (50-300 microvolt, strongest at one electrode) are our choice.
    """
    swings = np.zeros((n_channels, n_samples), dtype=np.float32)
    for _ in range(rng.poisson(rate_per_min * n_samples / rate_hz / 60.0)):
        start = int(rng.integers(n_samples))
        time_s = np.arange(min(n_samples - start, int(2.5 * rate_hz))) / rate_hz
        fast, slow = (
            time_s / 0.1 * np.exp(1.0 - time_s / 0.1),
            np.square(time_s / 0.3) * np.exp(2.0 - 2.0 * time_s / 0.3),
        )
        swing = (fast + slow) * np.sin(2.0 * np.pi * rng.uniform(1.0, 8.0) * time_s)
        weights = rng.uniform(0.0, 0.3, n_channels)
        weights[rng.integers(n_channels)] = 1.0
        weights *= rng.uniform(50.0, 300.0) * rng.choice([-1.0, 1.0], n_channels)
        swings[:, start : start + len(time_s)] += np.outer(weights, swing).astype(np.float32)
    return swings


def electrode_noise(
    rng: np.random.Generator, floor_uv: np.ndarray, wander_uv: np.ndarray, n_samples: int, rate_hz: float
) -> np.ndarray:
    """Amplifier noise (white) and electrode wander (below 1 Hz), ``(channels, samples)``.

    ``floor_uv`` and ``wander_uv`` are the root mean squares of the two parts of each channel, ``(channels,)``.
    """
    frequencies = frequency_grid(n_samples, rate_hz)
    white = np.ones_like(frequencies)
    white[0] = 0.0
    slow = np.where(frequencies > 0.02, 1.0 / np.maximum(frequencies, 0.02) / (1.0 + np.square(frequencies)), 0.0)
    parts = ((floor_uv, white), (wander_uv, slow))
    density = sum(np.square(size)[:, None] * np.square(form) / np.square(form).sum() for size, form in parts)
    size = np.sqrt(np.square(floor_uv) + np.square(wander_uv)).astype(np.float32)
    return shaped_noise(rng, np.sqrt(density), n_samples) * size[:, None]
