"""Tiny made-up sources of every format, and the validator: what the import tests are built from."""

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import edfio
import numpy as np
import pandas as pd
import yaml
from myoscene.importing.report import ImportReport
from myoscene.importing.run import import_dataset

VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")


def validator_errors(dataset: Path) -> list[str]:
    """Codes of all errors that the official validator finds."""
    run = subprocess.run([str(VALIDATOR), "--json", str(dataset)], capture_output=True, text=True, check=False)
    issues = json.loads(run.stdout)["issues"]["issues"]
    return [f"{issue['code']} {issue.get('location', '')}" for issue in issues if issue["severity"] == "error"]


def write_mapping(folder: Path, content: dict) -> Path:
    """A mapping file with ``content``, and a dataset name where it has none."""
    path = folder / "mapping.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"dataset": {"name": "Made up"}} | content, sort_keys=False))
    return path


def run(folder: Path, mapping: dict) -> ImportReport:
    """Import ``src`` of a folder by a mapping into its ``out``."""
    return import_dataset(write_mapping(folder / "m", mapping), folder / "src", folder / "out")


def events_of(dataset: Path, stem: str) -> pd.DataFrame:
    """The events of the recording with this stem."""
    return pd.read_csv(next(dataset.rglob(f"{stem}_events.tsv")), sep="\t")


def text_mapping(**changes: object) -> dict:
    """A mapping for text files ``{participant}_{task}.csv`` with a time, two channels and a label column."""
    base: dict = {
        "source": {"format": "delimited", "files": "{participant}_{task}.csv"},
        "text": {"delimiter": "comma"},
        "time": {"column": "time", "unit": "s"},
        "channels": [
            {"column": "zyg", "name": "zygomaticus_left", "unit": "mV", "muscle": "left zygomaticus major"},
            {"column": "corr", "name": "corrugator_left", "unit": "mV"},
        ],
        "events": [{"label_column": {"column": "label", "values": {"1": "smile", "2": "frown"}, "ignore": [0]}}],
    }
    return base | changes


def text_rows(rows: int = 600, rate_hz: float = 100.0, seed: int = 1) -> list[list[str]]:
    """Rows time, zyg, corr, label: millivolt with four decimals; labels 0, 1, 0, 2 in quarters."""
    signal = np.round(np.random.default_rng(seed).normal(0, 0.2, (rows, 2)), 4)
    labels = np.repeat([0, 1, 0, 2], rows // 4)
    return [[f"{i / rate_hz:.4f}", f"{signal[i, 0]:.4f}", f"{signal[i, 1]:.4f}", str(labels[i])] for i in range(rows)]


def write_text(
    path: Path, rows: list[list[str]], header: str | None = "time,zyg,corr,label", delimiter: str = ","
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ([header.replace(",", delimiter)] if header else []) + [delimiter.join(row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read_bdf(path: Path) -> tuple[np.ndarray, float, list[str]]:
    """(channels, samples), rate and names of a BDF file."""
    bdf = edfio.read_bdf(path)
    return (
        np.stack([s.data for s in bdf.signals]),
        bdf.signals[0].sampling_frequency,
        [s.label for s in bdf.signals],
    )


def _chunk(tag: int, content: bytes) -> bytes:
    length = struct.pack("<Q", len(content) + 2)
    return b"\x08" + length + struct.pack("<H", tag) + content


def _stream(
    number: int,
    name: str,
    kind: str,
    rate: float,
    stamps: np.ndarray,
    values: object,
    labels: list[str],
    clock_s: Sequence[float] = (0.0, 5.0),
) -> bytes:
    numeric = not isinstance(values, list)
    channels = "".join(f"<channel><label>{label}</label><unit>microvolts</unit></channel>" for label in labels)
    form = "double64" if numeric else "string"
    head = (
        f'<?xml version="1.0"?><info><name>{name}</name><type>{kind}</type>'
        f"<channel_count>{len(labels) or 1}</channel_count><nominal_srate>{rate}</nominal_srate>"
        f"<channel_format>{form}</channel_format><desc><channels>{channels}</channels></desc></info>"
    )
    ident = struct.pack("<I", number)
    samples = b""
    for i, stamp in enumerate(stamps):
        samples += b"\x08" + struct.pack("<d", stamp)
        if numeric:
            samples += np.asarray(values)[i].astype("<f8").tobytes()
        else:
            text = values[i].encode()
            samples += b"\x01" + bytes([len(text)]) + text
    foot = f'<?xml version="1.0"?><info><first_timestamp>{stamps[0]}</first_timestamp></info>'
    offsets = b"".join(_chunk(4, ident + struct.pack("<dd", stamps[0] + t, 0.0)) for t in clock_s)
    return (
        _chunk(2, ident + head.encode())
        + _chunk(3, ident + b"\x04" + struct.pack("<I", len(stamps)) + samples)
        + offsets
        + _chunk(6, ident + foot.encode())
    )


def write_xdf(
    path: Path,
    stamps: np.ndarray,
    samples: np.ndarray,
    markers: list[tuple[float, str]],
    clock_s: Sequence[float] = (0.0, 5.0),
) -> None:
    """An XDF file: stream 'Face' of type EMG (nominal 500 Hz), markers at a nominal 1 Hz, an
    accelerometer; the clocks are compared at ``clock_s``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"XDF:" + _chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')
    content += _stream(1, "Face", "EMG", 500.0, stamps, samples, ["zyg", "corr"], clock_s)
    times = np.array([time for time, _ in markers])
    content += _stream(2, "Markers", "Markers", 1.0, times, [text for _, text in markers], [], clock_s)
    content += _stream(3, "Head", "ACC", 50.0, stamps[:5], np.zeros((5, 1)), ["x"], clock_s)
    path.write_bytes(content)


EMTEQ_IDS = [
    "LeftFrontalis", "RightFrontalis", "RightZygomaticus", "RightOrbicularis",
    "CenterCorrugator", "LeftOrbicularis", "LeftZygomaticus",
]  # fmt: skip


def write_emteqpro(path: Path, rows: int = 2000, *, old: bool = False, rate_hz: float = 1000.0) -> np.ndarray:
    """An emteqPRO CSV with seven channels in an unusual order, ``#`` lines in the middle; returns counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = np.random.default_rng(3).integers(-9000, 9000, (rows, 7))
    keys = [str(i) for i in range(7)] if old else EMTEQ_IDS
    columns = ["Frame" if old else "Frame#", "Time", "Faceplate/FitState"]
    columns += [f"Emg/ContactStates[{k}]" for k in keys] + [f"Emg/Raw[{k}]" for k in keys]
    lines = ["#Format/Version,CSV1.1", f"#Emg/Properties.ids[],{','.join(EMTEQ_IDS)}"]
    lines += ["#Emg/Properties.rawToVoltageDivisor,1000000", "#Emg/Properties.contactToImpedanceDivisor,1000"]
    lines += ["#Time/Seconds.referenceOffset,700000000", ",".join(columns)]
    states = ["OFF"] + ["SETTLED"] * 6
    for i in range(rows):
        lines.append(",".join([str(i), f"{i / rate_hz:.4f}", "9", *states, *map(str, raw[i])]))
        if i in (5, 900):
            lines.append("#Event/Note,something happened here")
    path.write_bytes(("\r\n" if old else "\n").join(lines).encode() + b"\n")
    return raw


def write_edf(path: Path, *, bdf: bool = False) -> np.ndarray:
    """10 s of two EMG signals (200 Hz, mV) and a 10 Hz one, with annotations; returns the EMG in mV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.random.default_rng(5).normal(0, 0.1, (2, 2000))
    kind, file = (edfio.BdfSignal, edfio.Bdf) if bdf else (edfio.EdfSignal, edfio.Edf)
    names = ("EMG Zyg L", "EMG Corr L")
    signals = [kind(row, 200, label=name, physical_dimension="mV") for row, name in zip(data, names, strict=True)]
    signals.append(kind(np.linspace(0, 1, 100), 10, label="Resp", physical_dimension="V"))
    notes = [edfio.EdfAnnotation(1.0, 2.0, "Smile"), edfio.EdfAnnotation(4.0, None, "Cough")]
    file(signals, annotations=notes).write(path)
    return data
