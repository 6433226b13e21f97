"""What an electrode adds to the muscle's signal: mains, motion artefacts, noise floor, wander and offset."""

import numpy as np

from myoscene.demo.activity import frequency_grid, shaped_noise


def mains(
    rng: np.random.Generator, amplitude_uv: np.ndarray, mains_hz: float, n_samples: int, rate_hz: float
) -> np.ndarray:
    """Mains hum with its second and third harmonic, ``(channels, samples)`` float32, in microvolt.

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
    """Motion artefacts, ``(channels, samples)`` float32, in microvolt: damped swings of 1-8 Hz of the headset.

    Almost all of their power lies below 20 Hz, where van Boxtel (2001) finds and filters such artefacts; rate and size
    (50-300 microvolt, strongest at one electrode) are our choice.
    """
    swings = np.zeros((n_channels, n_samples), dtype=np.float32)
    for _ in range(rng.poisson(rate_per_min * n_samples / rate_hz / 60.0)):
        start = int(rng.integers(n_samples))
        time_s = np.arange(min(n_samples - start, int(2.5 * rate_hz))) / rate_hz
        envelope = time_s / 0.1 * np.exp(1.0 - time_s / 0.1) + np.square(time_s / 0.3) * np.exp(
            2.0 - 2.0 * time_s / 0.3
        )
        swing = envelope * np.sin(2.0 * np.pi * rng.uniform(1.0, 8.0) * time_s)
        weights = rng.uniform(0.0, 0.3, n_channels)
        weights[rng.integers(n_channels)] = 1.0
        weights *= rng.uniform(50.0, 300.0) * rng.choice([-1.0, 1.0], n_channels)
        swings[:, start : start + len(time_s)] += np.outer(weights, swing).astype(np.float32)
    return swings


def electrode_noise(
    rng: np.random.Generator, floor_uv: np.ndarray, wander_uv: np.ndarray, n_samples: int, rate_hz: float
) -> np.ndarray:
    """Amplifier noise (white) and electrode wander (below 1 Hz), ``(channels, samples)`` float32, in microvolt.

    Args:
        floor_uv, wander_uv: root mean square of the two parts of each channel, ``(channels,)``.
    """
    frequencies = frequency_grid(n_samples, rate_hz)
    white = np.ones_like(frequencies)
    white[0] = 0.0
    slow = np.where(frequencies > 0.02, 1.0 / np.maximum(frequencies, 0.02) / (1.0 + np.square(frequencies)), 0.0)
    density = (
        np.square(floor_uv)[:, None] * np.square(white) / np.square(white).sum()
        + np.square(wander_uv)[:, None] * np.square(slow) / np.square(slow).sum()
    )
    size = np.sqrt(np.square(floor_uv) + np.square(wander_uv)).astype(np.float32)
    return shaped_noise(rng, np.sqrt(density), n_samples) * size[:, None]
