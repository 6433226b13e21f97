"""Planted cohorts of continuous targets: what the stage has to find again."""

from pathlib import Path

import numpy as np
import pandas as pd

RATE_HZ, LAG_S = 30.0, 0.16


def planted(people: int = 3, seconds: float = 120.0, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Envelopes of three muscles, and two targets: linear with saturation, cross-talk, a lag, people's own gains."""
    generator = np.random.default_rng(seed)
    signals, targets = [], []
    for number in range(people):
        time = np.arange(0, seconds, 1 / RATE_HZ)
        drive = np.stack([_bursts(time, generator) for _ in range(3)], axis=1)
        gains = np.exp(generator.normal(0, 0.5, 3))
        mixed = drive @ (np.eye(3) + 0.15) * gains * 20 + 2
        noisy = mixed * np.exp(generator.normal(0, 0.15, mixed.shape))
        late = np.stack([np.interp(time - LAG_S, time, drive[:, k]) for k in range(3)], axis=1)
        smile = np.tanh(1.5 * late[:, 0]) + 0.3 * late[:, 1] + generator.normal(0, 0.03, len(time))
        brow = np.tanh(late[:, 2]) + generator.normal(0, 0.03, len(time))
        common = {"participant": f"{number + 1:02d}", "time_s": time}
        signals.append(pd.DataFrame({**common, **{f"m{k}": noisy[:, k] for k in range(3)}}))
        targets.append(pd.DataFrame({**common, "smile": smile, "brow": brow}))
    return pd.concat(signals, ignore_index=True), pd.concat(targets, ignore_index=True)


def _bursts(time: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Activity 0 to about 1 that comes and goes."""
    walk = np.convolve(generator.normal(size=len(time) + 120), np.hanning(61), mode="same")[60:-60]
    return np.maximum(walk / walk.std(), 0) / 2


def written(folder: Path, signals: pd.DataFrame, targets: pd.DataFrame) -> tuple[Path, Path]:
    """Both as files."""
    signals.to_parquet(folder / "signals.parquet")
    targets.to_csv(folder / "targets.csv", index=False)
    return folder / "signals.parquet", folder / "targets.csv"
