"""Tiny BIDS datasets for tests: real EDF and BDF files with their sidecars."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import numpy.typing as npt
from myoscene.recordings.read import EmgRecording

CHANNELS = ("frontalis_right", "zygomaticus_right", "corrugator_center")
CLASSES = ("neutral", "smile", "frown", "brow_raise")
SUBSCALES = ("mental", "physical", "temporal", "performance", "effort", "frustration")

# (onset_s, duration_s, trial_type)
Event = tuple[float, float, str]
CALIBRATION_EVENTS: tuple[Event, ...] = tuple((0.5 + 2.0 * i, 1.5, label) for i, label in enumerate(CLASSES))


def noise(seed: int, channels: int = 3, seconds: float = 10.0, rate_hz: float = 200.0) -> npt.NDArray[np.float64]:
    """White noise of 50 microvolt SD, (channels, samples)."""
    return 50.0 * np.random.default_rng(seed).standard_normal((channels, round(seconds * rate_hz)))


def write_tsv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Write a TSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(map(str, row)) for row in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_emg(
    root: Path,
    participant: str,
    task: str,
    *,
    signal_uv: npt.NDArray[np.float64] | None = None,
    session: str = "",
    entities: str = "",
    channels: Sequence[str] = CHANNELS,
    types: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    muscles: Sequence[str] | None = None,
    status: Sequence[str] | None = None,
    rate_hz: float = 200.0,
    events: Sequence[Event] | None = None,
    meta: dict[str, Any] | None = None,
    extension: str = ".edf",
    seed: int | None = None,
) -> Path:
    """Write one recording with `.json`, `_channels.tsv` and, unless ``events`` is None, `_events.tsv`.

    Args:
        signal_uv: (channels, samples) in microvolt; white noise of 10 s, drawn by ``seed``, when None.
        entities: further entities between task and suffix, e.g. ``_run-1``.
        units: units of the file and of its channels table; values are converted from microvolt.

    Returns:
        the EMG file.
    """
    if signal_uv is None:
        seed = abs(hash_text(f"{participant}{session}{task}{entities}")) if seed is None else seed
        signal_uv = noise(seed, len(channels), rate_hz=rate_hz)
    types = types or ["EMG"] * len(channels)
    units = units or ["uV"] * len(channels)
    factor = {"V": 1e-6, "mV": 1e-3, "nV": 1e3}
    folder = root / f"sub-{participant}" / (f"ses-{session}" if session else "") / "emg"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"sub-{participant}" + (f"_ses-{session}" if session else "") + f"_task-{task}{entities}"
    path = folder / f"{stem}_emg{extension}"
    scaled = [row * factor.get(unit, 1.0) for row, unit in zip(signal_uv, units, strict=True)]
    labels = [(name[:16], unit.replace("\N{MICRO SIGN}", "u")) for name, unit in zip(channels, units, strict=True)]
    if extension == ".bdf":
        edfio.Bdf(
            [
                edfio.BdfSignal(x, rate_hz, label=n, physical_dimension=u)
                for x, (n, u) in zip(scaled, labels, strict=True)
            ]
        ).write(path)
    else:
        edfio.Edf(
            [
                edfio.EdfSignal(x, rate_hz, label=n, physical_dimension=u)
                for x, (n, u) in zip(scaled, labels, strict=True)
            ]
        ).write(path)
    muscles, status = muscles or ["n/a"] * len(channels), status or ["good"] * len(channels)
    rows = zip(channels, types, units, muscles, status, strict=True)
    header = ("name", "type", "units", "target_muscle", "status")
    write_tsv(folder / f"{stem}_channels.tsv", header, list(rows))
    sidecar = {"TaskName": task, "SamplingFrequency": rate_hz, "PowerLineFrequency": 50, **(meta or {})}
    (folder / f"{stem}_emg.json").write_text(json.dumps(sidecar), encoding="utf-8")
    if events is not None:
        write_tsv(folder / f"{stem}_events.tsv", ("onset", "duration", "trial_type"), events)
    return path


def samples(recording: EmgRecording) -> npt.NDArray[np.float32]:
    """All channels of a recording at once, (channels, samples), microvolt."""
    return np.stack(list(recording.signal_uv))


def hash_text(text: str) -> int:
    """A number that is the same in every process (Python's own hash is not)."""
    return int.from_bytes(text.encode()[-7:], "big")


def write_rating(root: Path, participant: str, scene: str, values: Sequence[Any], session: str = "") -> Path:
    """Write one NASA-TLX rating as ``sub-X[_ses-Y]_task-SCENE_beh.tsv``."""
    folder = root / f"sub-{participant}" / (f"ses-{session}" if session else "") / "beh"
    stem = f"sub-{participant}" + (f"_ses-{session}" if session else "") + f"_task-{scene}"
    return write_tsv(folder / f"{stem}_beh.tsv", SUBSCALES, [values])


def write_description(root: Path, *, synthetic: bool = False) -> None:
    """Write ``dataset_description.json``."""
    root.mkdir(parents=True, exist_ok=True)
    content = {"Name": "test", "BIDSVersion": "1.11.0", **({"Synthetic": True} if synthetic else {})}
    (root / "dataset_description.json").write_text(json.dumps(content), encoding="utf-8")


def write_dataset(
    root: Path, participants: Sequence[str] = ("01", "02", "03"), scenes: Sequence[str] = ("calm", "hard")
) -> Path:
    """Write a whole dataset: a calibration and scenes for everybody, each scene rated."""
    write_description(root)
    for number, participant in enumerate(participants):
        write_emg(root, participant, "calibration", events=CALIBRATION_EVENTS, seed=100 + number)
        for place, scene in enumerate(scenes):
            write_emg(root, participant, scene, seed=1000 + 50 * number + place)
            write_rating(root, participant, scene, [10 + 10 * place + number] * 6)
    return root
