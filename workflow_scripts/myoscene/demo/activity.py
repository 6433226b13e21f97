"""Motor-unit-like activity: noise with the spectrum of surface EMG under an envelope per muscle.

Every function takes a NumPy ``Generator`` and returns the same numbers for the same generator state.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import fft

ENVELOPE_RATE_HZ = 100.0
# What a face does unasked, and how long it lasts: bursts of the eye muscles, weak activity below the cheeks.
SPONTANEOUS_S = {"blink": (0.08, 0.15), "swallow": (0.5, 0.9)}


class Bout(NamedTuple):
    """One spell of muscle activity that follows one wish to move.

    Attributes:
        onset_s, duration_s: when the muscles are active, in seconds from the recording's first sample.
        label: the expression.
        weights_uv: root mean square of each muscle at the plateau, in microvolt, ``(muscles,)``.
    """

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
    bump = 0.3 * shape.max() * np.exp(-0.5 * np.square((frequencies_hz - firing_hz) / 4.0))
    return shape + bump


def shaped_noise(rng: np.random.Generator, amplitude: np.ndarray, n_samples: int) -> np.ndarray:
    """Gaussian noise of unit root mean square with given spectra, ``(rows, samples)`` float32.

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
    """Root mean square of each muscle over time, ``(muscles, samples)`` float32, in microvolt.

    Tonic activity plus every bout: a raised-cosine rise of 0.1-0.35 s and fall of 0.2-0.6 s, and a plateau
    that sags and fluctuates (Ornstein-Uhlenbeck, correlation time 0.5 s). All these figures are our choice.
    """
    step = rate_hz / ENVELOPE_RATE_HZ
    slow = int(np.ceil(n_samples / step)) + 1
    time_s = np.arange(slow) / ENVELOPE_RATE_HZ
    level = np.zeros((len(tonic_uv), slow))
    for bout in bouts:
        rise, fall = rng.uniform(0.1, 0.35), rng.uniform(0.2, 0.6)
        sag = rng.uniform(0.0, 0.12)
        since = time_s - bout.onset_s
        until = bout.onset_s + bout.duration_s + fall - time_s
        shape = ramp(since / rise) * ramp(until / fall)
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
