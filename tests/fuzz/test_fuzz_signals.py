"""Fuzzing recordings: EDF and BDF of the dataset, and EDF, XDF and MATLAB files of the importer."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fuzz import mutations
from fuzz.engine import fuzz
from importing.import_sources import write_xdf
from myoscene.importing.formats import edf, matlab, xdf
from myoscene.importing.table import SourceTable
from myoscene.recordings.read import EmgRecording, read_emg
from recordings.builders import noise, samples, write_emg
from scipy.io import savemat

Record = Callable[[str, object], None]
CHANNELS = ("zyg_left", "corr")


def header_field(data: bytes, start: int, signals: int, signal: int, width: int) -> str:
    """One signal's field of the variable header."""
    place = 256 + start * signals + width * signal
    return data[place : place + width].decode("latin-1").strip()


def physical_values(data: bytes, signal: int, width: int = 2) -> np.ndarray:
    """All samples, of ``width`` bytes, of a signal in its physical unit, in the plainest way."""
    header, records, count = (int(data[a:b].decode("latin-1").strip()) for a, b in ((184, 192), (236, 244), (252, 256)))
    lows_highs = [float(header_field(data, start, count, signal, 8)) for start in (104, 112, 120, 128)]
    sizes = [int(header_field(data, 216, count, i, 8)) for i in range(count)]
    body = np.frombuffer(data[header:], np.uint8).reshape(records, -1)
    part = body[:, width * sum(sizes[:signal]) : width * sum(sizes[: signal + 1])].reshape(-1, width).astype(np.int64)
    digital = sum(part[:, i] << (8 * i) for i in range(width))
    digital = np.where(digital >= 1 << (8 * width - 1), digital - (1 << (8 * width)), digital)
    low, high, bottom, top = lows_highs
    return low + (digital - bottom) * ((high - low) / (top - bottom))


def _fuzz_emg(tmp_path: Path, record: Record, extension: str) -> None:
    path = write_emg(
        tmp_path, "1", "cal", signal_uv=noise(1, 2, 1), channels=CHANNELS, extension=extension
    )  # fmt: skip

    def read(data: bytes) -> EmgRecording:
        path.write_bytes(data)
        recording = read_emg(str(path))
        samples(recording)
        return recording

    def check(data: bytes, recording: EmgRecording) -> None:
        assert abs(recording.rate_hz - 200) < 0.1 and recording.channels == ("corr", "zyg_left")
        count = int(data[252:256])
        labels = [header_field(data, 0, count, i, 16) for i in range(count)]
        for name, row in zip(("corr", "zyg_left"), recording.signal_uv, strict=True):
            expected = physical_values(data, labels.index(name), 3 if extension == ".bdf" else 2)
            assert np.isfinite(row).all()
            assert np.allclose(row, expected, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(expected).max())))

    fuzz(
        f"{extension[1:].upper()} (dataset)", [path.read_bytes()], read, changes=mutations.EDF,
        names=[path.name, "channels.tsv"], check=check, record=record,
    )  # fmt: skip


def test_fuzz_edf(tmp_path: Path, record_property: Record) -> None:
    _fuzz_emg(tmp_path, record_property, ".edf")


def test_fuzz_bdf(tmp_path: Path, record_property: Record) -> None:
    _fuzz_emg(tmp_path, record_property, ".bdf")


def check_table(table: SourceTable) -> None:
    """What every format's reader promises."""
    names = [str(name) for name in table.frame.columns]
    assert len(set(names)) == len(names) > 0 and len(table.frame)
    assert table.rate_hz is None or 0 < table.rate_hz < 1e7
    for name in names:
        if table.frame[name].dtype.kind in "fiu":
            assert table.numbers(name).shape == (len(table.frame),)
    if table.time_s is not None:
        assert table.time_s.shape == (len(table.frame),) and np.isfinite(table.time_s).all()
    for streams in table.events.values():
        for events in streams.values():
            assert all(np.isfinite(event.onset_s) for event in events)
    for line in (*table.notes, *table.extra):
        assert len(line) < 10_000


def test_fuzz_source_edf(tmp_path: Path, record_property: Record) -> None:
    import edfio

    path = tmp_path / "source.edf"
    signals = [
        edfio.EdfSignal(x, 200, label=n, physical_dimension="uV") for x, n in zip(noise(2, 2, 1), CHANNELS, strict=True)
    ]
    edfio.Edf(
        signals, annotations=[edfio.EdfAnnotation(0.1, 0.5, "smile"), edfio.EdfAnnotation(0.7, None, "frown")]
    ).write(path)

    def read(data: bytes) -> SourceTable:
        path.write_bytes(data)
        return edf.read(path, path.name, {"channels": [{"column": "zyg_left"}, {"column": 2}]})

    def check(data: bytes, table: SourceTable) -> None:
        check_table(table)
        assert table.rate_hz is not None
        values = physical_values(
            data, int(next(i for i in range(int(data[252:256])) if b"zyg_left" in data[256 + 16 * i :][:16]))
        )
        assert np.allclose(table.numbers("zyg_left"), values, rtol=1e-4, atol=1e-6 + 1e-4 * float(np.abs(values).max()))

    fuzz(
        "EDF (importer)", [path.read_bytes()], read, changes=mutations.EDF, names=[path.name], check=check,
        record=record_property,
    )  # fmt: skip


def _xml(data: bytes, where: int, what: int) -> bytes:
    """A number or text between two XML tags becomes another token, its chunk's length kept right where it can be."""
    found = list(re.finditer(rb"<(channel_count|nominal_srate|channel_format|name|type|label|unit)>([^<]*)<", data))
    if not found:
        return data
    match = found[where * len(found) // mutations.SCALE]
    token = mutations.TOKENS[what % len(mutations.TOKENS)][: len(match[2])].ljust(len(match[2]), b" ")
    return data[: match.start(2)] + token + data[match.end(2) :]


def test_fuzz_xdf(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "source.xdf"
    sources = []
    # pyxdf takes 50 ms to fit clocks that were compared more than once, and 2 ms for all the rest: one file of twelve.
    for clock_s in (*[(0.0,)] * 11, (0.0, 5.0)):
        signal = np.arange(40.0).reshape(20, 2)
        write_xdf(path, 10 + np.arange(20) / 500, signal, [(10.01, "smile"), (10.03, "rest")], clock_s)
        sources.append(path.read_bytes())

    def read(data: bytes) -> SourceTable:
        path.write_bytes(data)
        return xdf.read(path, path.name, {"xdf": {"stream": "EMG"}})

    fuzz(
        "XDF (importer)", sources, read, changes=(*mutations.BINARY, _xml, _xml, _xml), names=[path.name],
        check=lambda data, table: check_table(table), record=record_property,
    )  # fmt: skip


def test_fuzz_matlab(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "source.mat"
    seeds = []
    for squeezed in (False, True):
        savemat(
            path, {"data": np.arange(12.0).reshape(6, 2), "rate": 500.0, "s": {"x": np.eye(2)}}, do_compression=squeezed
        )
        # The text at the head holds the date, which would make each run's seeds differ.
        seeds.append(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])

    def read(data: bytes) -> SourceTable:
        path.write_bytes(data)
        return matlab.read(path, path.name, {"matlab": {"variable": "data", "rate_variable": "rate"}})

    def check(data: bytes, table: SourceTable) -> None:
        check_table(table)
        assert table.rate_hz is not None and np.isfinite(table.rate_hz)

    fuzz(
        "MATLAB (importer)", seeds, read, changes=mutations.BINARY, names=[path.name], check=check,
        record=record_property,
    )  # fmt: skip
