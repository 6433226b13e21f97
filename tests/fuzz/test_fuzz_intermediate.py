"""Fuzzing the tables that jobs hand to each other, and the normaliser beside them."""

import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fuzz import mutations
from fuzz.engine import fuzz
from myoscene.core.tables import Schema, read_csv_table, read_table, to_arrow, write_table
from myoscene.emg.normalise import load_normaliser, save_normaliser
from myoscene.emg.participant import read_stretches
from myoscene.emg.tables import FEATURES, SIGNALS
from myoscene.learn.cohort.split import read_folds
from myoscene.learn.tables import FOLDS
from myoscene.pipeline.normalise import Normaliser
from myoscene.recordings.tables import EVENTS, EXCLUSIONS, PARTICIPANT_RECORDINGS

Record = Callable[[str, object], None]
TYPES = (pa.string(), pa.int64(), pa.float64(), pa.float32(), pa.int32(), pa.bool_(), pa.binary(), pa.large_string())

EVENT_ROWS = pd.DataFrame(
    {
        "participant": "01",
        "recording": ["task-a", "task-a", "task-b"],
        "event": np.array([0, 1, 0], np.int32),
        "onset_s": [0.5, 2.5, 0.0],
        "duration_s": [1.5, 1.5, 10.0],
        "label": ["neutral", "smile", "calm"],
        "role": ["expression", "expression", "scene"],
    }
)
RECORDING_ROWS = pd.DataFrame(
    {
        "participant": ["01"], "session": [""], "task": ["a"], "recording": ["task-a"], "kind": ["calibration"],
        "file": ["x.edf"], "sha256": ["0"], "content_sha256": ["1"], "channels_sha256": ["2"],
        "rate_hz": [200.0], "duration_s": [10.0],
        "n_samples": [2000], "mains_hz": [None], "channels": [["zyg", "corr"]], "muscles": [["", ""]],
        "bad_channels": [[]], "synthetic": [True],
    }
)  # fmt: skip
FEATURE_ROWS = pd.DataFrame(
    {
        "participant": "01", "recording": "task-a", "kind": "calibration", "segment": np.zeros(4, np.int32),
        "event": np.arange(4, dtype=np.int32), "start_s": np.arange(4.0), "label": ["neutral", "smile", None, "smile"],
        "mav__zyg": np.arange(4, dtype=np.float32), "mav__corr": np.ones(4, np.float32),
    }
)  # fmt: skip
SIGNAL_ROWS = pd.DataFrame(
    {
        "recording": ["task-a"] * 30 + ["task-b"] * 20,
        "segment": np.repeat(np.array([0, 1, 0], np.int32), (20, 10, 20)),
        "time_s": np.arange(50) / 200, "zyg_uv": np.arange(50, dtype=np.float32), "corr_uv": np.ones(50, np.float32),
    }
)  # fmt: skip


def _columns(data: bytes, where: int, what: int) -> bytes:
    """A Parquet file with a column of another type, with missing values, gone, renamed, doubled or moved."""
    try:
        table = pq.read_table(io.BytesIO(data))
        place = where % table.num_columns
        name, column = table.column_names[place], table.column(place)
        kind = what % 7
        if kind == 0:
            table = table.set_column(place, name, column.cast(TYPES[what // 7 % len(TYPES)]))
        elif kind == 1:
            table = table.set_column(place, name, pa.nulls(table.num_rows, column.type))
        elif kind == 2:
            table = table.drop_columns([name])
        elif kind == 3:
            table = table.rename_columns([n + "x" if n == name else n for n in table.column_names])
        elif kind == 4:
            table = table.append_column(name if what % 2 else "Bad name", column)
        elif kind == 5:
            table = table.select(table.column_names[::-1])
        else:
            table = table.replace_schema_metadata({"pandas": json.dumps({"index_columns": [name], "columns": []})})
        out = io.BytesIO()
        pq.write_table(table, out, compression="zstd")
        return out.getvalue()
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return data


PARQUET = (*mutations.BINARY, *(_columns,) * 10)
TABLES: dict[str, tuple[Schema, pd.DataFrame]] = {
    "events": (EVENTS, EVENT_ROWS),
    "participant_recordings": (PARTICIPANT_RECORDINGS, RECORDING_ROWS),
    "features": (FEATURES, FEATURE_ROWS),
}


@pytest.mark.parametrize("name", TABLES)
def test_fuzz_parquet(tmp_path: Path, record_property: Record, name: str) -> None:
    schema, rows = TABLES[name]
    path = tmp_path / f"{name}.parquet"
    write_table(path, rows, schema)

    def read(data: bytes) -> pd.DataFrame:
        path.write_bytes(data)
        return read_table(path, schema)

    def check(data: bytes, frame: pd.DataFrame) -> None:
        assert isinstance(frame.index, pd.RangeIndex)
        again = to_arrow(frame, schema)
        plain = pq.ParquetFile(io.BytesIO(data)).read(use_threads=False)
        for column in again.column_names:
            kind = plain.schema.field(column).type
            assert (pa.string() if kind == pa.large_string() else kind) == again.schema.field(column).type
        assert plain.num_rows == len(frame)

    fuzz(
        f"Parquet ({name})", [path.read_bytes()], read, changes=PARQUET, names=[path.name], check=check,
        record=record_property,
    )  # fmt: skip


def test_fuzz_signals(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "signals.parquet"
    write_table(path, SIGNAL_ROWS, SIGNALS, row_group_by="recording")

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return list(read_stretches(path))

    def check(data: bytes, stretches: Any) -> None:
        plain = pq.ParquetFile(io.BytesIO(data)).read(use_threads=False)
        assert sum(len(stretch.time_s) for stretch in stretches) == plain.num_rows
        for stretch in stretches:
            assert isinstance(stretch.recording, str) and len(stretch.time_s)
            assert stretch.signal_uv.shape == (len(plain.column_names) - 3, len(stretch.time_s))
            assert stretch.signal_uv.dtype == np.float32 and stretch.time_s.dtype == np.float64

    fuzz(
        "Parquet (signals, by recording)", [path.read_bytes()], read, changes=PARQUET, names=[path.name], check=check,
        record=record_property,
    )  # fmt: skip


def test_fuzz_folds(tmp_path: Path, record_property: Record) -> None:
    path, notes = tmp_path / "folds.csv", tmp_path / "exclusions.csv"
    rows = [(fold, person, "test" if fold == person else "validation", True) for fold in "123" for person in "123"]
    write_table(path, pd.DataFrame(rows, columns=list(FOLDS.columns)), FOLDS)
    write_table(notes, pd.DataFrame([["01", "", "", 'said "no", twice']], columns=list(EXCLUSIONS.columns)), EXCLUSIONS)

    def read(data: bytes) -> pd.DataFrame:
        path.write_bytes(data)
        return read_csv_table(path, EXCLUSIONS) if data.startswith(b"participant") else read_folds(path)

    def check(data: bytes, frame: pd.DataFrame) -> None:
        schema = EXCLUSIONS if data.startswith(b"participant") else FOLDS
        assert to_arrow(frame, schema).schema.names == list(schema.columns)
        if b'"' not in data:
            assert len(frame) == len([line for line in re.split(r"\r\n|\r|\n", data.decode())[1:] if line.strip()])

    fuzz(
        "CSV tables (folds, exclusions)", [path.read_bytes(), notes.read_bytes()], read, changes=mutations.TEXT,
        names=[path.name], check=check, neutral=(mutations.crlf,), same=pd.DataFrame.equals, record=record_property,
    )  # fmt: skip


def test_fuzz_normaliser(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "n.json"
    normaliser = Normaliser(
        method="calibration_log_z", channels=("zyg", "corr"), centre=(0.0, 0.0), scale=(12.5, 3.0), floor=(0.0, 0.0),
        envelope_s=0.1, participant="01", fitted_on=("task-a",), n_samples=100, n_neutral=10, exponent=(1.0, 0.5),
        settings={"rate_hz": 200},
    )  # fmt: skip
    save_normaliser(path, normaliser)

    def read(data: bytes) -> Normaliser:
        path.write_bytes(data)
        return load_normaliser(path)

    def check(data: bytes, found: Normaliser) -> None:
        said = json.loads(data)
        assert list(found.channels) == said["channels"] and list(found.scale) == said["scale"]
        assert len(found.centre) == len(found.scale) == len(found.floor) == len(found.channels) > 0
        assert len(found.exponent) in (0, len(found.channels))
        assert all(math.isfinite(value) and value > 0 for value in found.scale)

    fuzz(
        "normaliser (JSON)", [path.read_bytes()], read, changes=(*mutations.TEXT, *mutations.TREE), names=[path.name],
        check=check, neutral=(mutations.crlf, mutations.json_layout), record=record_property,
    )  # fmt: skip
