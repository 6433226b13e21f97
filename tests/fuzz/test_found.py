"""The smallest input of each fault that fuzzing found, so that none of them comes back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fuzz.engine import check_refusal
from fuzz.test_fuzz_intermediate import EVENT_ROWS, SIGNAL_ROWS
from myoscene.config.check import complete, load
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.emg.normalise import load_normaliser
from myoscene.emg.participant import read_stretches
from myoscene.emg.tables import SIGNALS
from myoscene.eyes.rectify import read_headsets, read_offsets
from myoscene.eyes.store import ArrayStore
from myoscene.importing.formats import edf as edf_format
from myoscene.importing.formats import matlab
from myoscene.importing.formats.delimited import read_text
from myoscene.importing.formats.emteqpro import read_event_file
from myoscene.importing.mapping import load_mapping
from myoscene.learn.cohort.split import read_folds
from myoscene.learn.engine.resume import load_state
from myoscene.recordings.feature_table import read_feature_table
from myoscene.recordings.read import read_emg
from myoscene.recordings.tables import EVENTS
from myoscene.recordings.tabular import number, read_json, read_tsv
from recordings.builders import noise, write_emg
from scipy.io import savemat


def refused(path: Path, data: bytes, read: Callable[[Path], Any]) -> str:
    """The sentence with which a file of these bytes is refused; it names the file."""
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(path)
    check_refusal(caught.value, [path.name])
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"a\tb\n" + b"x" * 200_000 + b"\t1\n",
        b"x" * 200_000,
        b"a\tb\n1\t\x00\n",
        b"a\x00\tb\n",
        b"\xff",
        b"a\xff\n",
        b"",
    ],
)
def test_tables_that_csv_cannot_split(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path / "x.tsv", data, read_tsv)


@pytest.mark.parametrize(
    "text", ["1_0", "\N{ARABIC-INDIC DIGIT ONE}", "1e999", "infinity", "0x10", "1 0", "\N{MINUS SIGN}1"]
)
def test_texts_that_python_or_a_reader_could_take_for_numbers(text: str) -> None:
    with pytest.raises(InputError, match="is not a number"):
        number(text, "x.tsv, row 2")
    assert (number("1e3", "x"), number("-.5", "x"), number("5.", "x"), number("n/a", "x")) == (1000.0, -0.5, 5.0, None)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a": ' * 100_000, '{"a": ' + "9" * 5000 + "}", '{"a": "\\ud800"}', "", "[]"]
)
def test_json_that_the_parser_has_no_sentence_for(tmp_path: Path, text: str) -> None:
    refused(tmp_path / "x.json", text.encode(), read_json)


def test_json_with_a_whole_surrogate_pair_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": "\\ud83d\\ude00"}')
    assert read_json(tmp_path / "x.json") == {"a": "\N{GRINNING FACE}"}


@pytest.mark.parametrize("stamp", ["NaN", "Infinity", "1e999", "9" * 400, "null", '"x"'])
def test_event_times_that_are_no_times(tmp_path: Path, stamp: str) -> None:
    text = f'[{{"Label": "a", "Timestamp": {stamp}, "Type": 0}}]'
    refused(tmp_path / "1.json", text.encode(), lambda path: read_event_file(path, path.name))


@pytest.mark.parametrize("value", [True, 10**400, 1e300, -1, 0, float("nan"), "50", [50]])
@pytest.mark.parametrize("key", ["SamplingFrequency", "PowerLineFrequency"])
def test_frequencies_in_a_sidecar_that_are_none(tmp_path: Path, key: str, value: Any) -> None:
    path = write_emg(tmp_path, "1", "cal", signal_uv=noise(1, 3, 1), meta={key: value})
    with pytest.raises(InputError, match="in its JSON is"):
        read_emg(str(path))


@pytest.mark.parametrize("text", ["1e39", "-1e300"])
def test_a_feature_beyond_float32(tmp_path: Path, text: str) -> None:
    data = f"participant,label,f\n1,smile,{text}\n".encode()
    message = refused(tmp_path / "x.csv", data, lambda path: read_feature_table(str(path), ["smile"], ["1"]))
    assert "too large" in message


def edf(tmp_path: Path, field: int, text: bytes) -> bytes:
    """An EDF file of two signals in which a field of the first one's header holds ``text``."""
    path = tmp_path / "made.edf"
    signals = [
        edfio.EdfSignal(row, 200, label=name, physical_dimension="uV")
        for row, name in zip(noise(1, 2, 1), "ab", strict=True)
    ]
    edfio.Edf(signals, annotations=[edfio.EdfAnnotation(0.5, 0.1, "smile")]).write(path)
    data = bytearray(path.read_bytes())
    place = field * int(data[252:256]) + 256
    data[place : place + 8] = text.ljust(8)
    return bytes(data)


@pytest.mark.parametrize(
    ("field", "text"),
    [(104, b"--"), (104, b"nan"), (112, b"1e999"), (120, b"x"), (128, b"-32768"), (128, b"-99999"), (112, b"")],
)
def test_an_edf_range_that_edfio_would_pass_over(tmp_path: Path, field: int, text: bytes) -> None:
    data = edf(tmp_path, field, text)
    assert "range" in refused(
        tmp_path / "x.edf", data, lambda path: edf_format.read(path, path.name, {"channels": [{"column": "a"}]})
    )


def test_edf_annotations_that_are_no_text(tmp_path: Path) -> None:
    data = edf(tmp_path, 216, b"200").replace(b"smile", b"\xff\xfe\x89\xad\x80")
    assert "annotations" in refused(
        tmp_path / "x.edf", data, lambda path: edf_format.read(path, path.name, {"channels": [{"column": "a"}]})
    )


@pytest.mark.parametrize("rate", [6.7e156, -1.0, 0.0, np.nan, np.inf, "x", np.eye(2)])
def test_a_matlab_rate_that_is_none(tmp_path: Path, rate: Any) -> None:
    savemat(tmp_path / "x.mat", {"data": np.eye(3), "rate": rate})
    with pytest.raises(InputError, match=r"x\.mat: the variable 'rate' is not a rate"):
        matlab.read(tmp_path / "x.mat", "x.mat", {"matlab": {"variable": "data", "rate_variable": "rate"}})


@pytest.mark.parametrize(
    "rules",
    ['files: "{p[x}"', "regex: '('", "regex: '(?P<participant>a){999999999999}'", 'files: "{participant}{a b}"'],
)
def test_a_mapping_s_pattern_that_is_none_is_told_with_the_mapping(tmp_path: Path, rules: str) -> None:
    head = "dataset: {name: x}\ntime: {rate_hz: 5}\nchannels: [{column: 1, name: a, unit: V}]\n"
    refused(tmp_path / "mapping.yaml", f"{head}source: {{format: delimited, {rules}}}\n".encode(), load_mapping)


@pytest.mark.parametrize(
    "value", [".nan", ".inf", "-.inf", "9" * 60, "!!int x", "!!timestamp 2001-99-99", "!!binary x"]
)
def test_settings_that_pass_every_bound_and_are_no_number(tmp_path: Path, value: str) -> None:
    path = tmp_path / "my.yaml"
    refused(path, f"emg: {{rate_hz: {value}}}\n".encode(), lambda path: complete(load(path)))
    refused(path, f"headsets: {{a: {{left: {{scale: {value}}}}}}}\n".encode(), lambda path: read_headsets(str(path)))


def test_a_configuration_that_did_not_come_from_a_file_is_looked_at_too() -> None:
    with pytest.raises(InputError, match=r"configuration key 'emg\.rate_hz' is nan"):
        complete({"emg": {"rate_hz": float("nan")}})


@pytest.mark.parametrize(
    ("shape", "version"),
    [("(5, 4", 1), ("()", 1), ("(-5, -4)", 1), ("(4,)", 2), ("(1" * 500, 1), ("(5.0,)", 1), ("(True,)", 1)],
)
def test_a_store_whose_header_is_none(tmp_path: Path, shape: str, version: int) -> None:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    data = b"\x93NUMPY" + bytes([version, 0]) + len(header).to_bytes(2, "little") + header + b"\1" * 20
    refused(tmp_path / "x.npy", data, ArrayStore)


def parquet(tmp_path: Path, frame: pd.DataFrame, **columns: pa.Array) -> Path:
    """A Parquet file of ``frame`` with some columns put in place of its own."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for name, column in columns.items():
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, tmp_path / "x.parquet")
    return tmp_path / "x.parquet"


@pytest.mark.parametrize(
    ("name", "column", "why"),
    [
        ("onset_s", pa.array(["0", "1", "2"]), "holds string instead of double"),
        ("event", pa.array([0, 1, 0], pa.int64()), "holds int64 instead of int32"),
        ("label", pa.array(["a", None, "b"]), "a missing value in column 'label'"),
        ("onset_s", pa.array([0.0, float("nan"), 2.0]), "a missing value in column 'onset_s'"),
    ],
)
def test_a_table_whose_names_are_right_and_whose_values_are_not(
    tmp_path: Path, name: str, column: Any, why: str
) -> None:
    path = parquet(tmp_path, EVENT_ROWS, **{name: column})
    assert why in refused(path, path.read_bytes(), lambda path: read_table(path, EVENTS))


def test_what_pandas_wrote_beside_a_table_is_not_believed(tmp_path: Path) -> None:
    path = parquet(tmp_path, EVENT_ROWS)
    said = {"pandas": json.dumps({"index_columns": ["label"], "columns": [], "column_indexes": []})}
    pq.write_table(pq.read_table(path).replace_schema_metadata(said), path)
    pd.testing.assert_frame_equal(read_table(path, EVENTS), EVENT_ROWS)


def test_signals_of_no_recording_and_a_damaged_page(tmp_path: Path) -> None:
    path = parquet(tmp_path, SIGNAL_ROWS, recording=pa.nulls(50, pa.string()))
    refused(path, path.read_bytes(), lambda path: list(read_stretches(path)))
    data = bytearray(parquet(tmp_path, SIGNAL_ROWS).read_bytes())
    data[4:200] = bytes(196)
    refused(path, bytes(data), lambda path: list(read_stretches(path)))
    assert SIGNALS.name in refused(path, b"PAR1" + b"\0" * 40 + b"PAR1", lambda path: list(read_stretches(path)))


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"fold,participant,role,synthetic\n1,1,test,maybe\n", b"\xff\xfe", b'"\n1,']
)
def test_folds_that_are_none(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path / "folds.csv", data, read_folds)


@pytest.mark.parametrize(
    "change",
    [
        {"scale": ["1", "2"]},
        {"scale": [1.0]},
        {"scale": [0.0, 1.0]},
        {"scale": "ab"},
        {"centre": [float("nan"), 1.0]},
        {"method": 3},
    ],
)
def test_a_normaliser_of_other_values(tmp_path: Path, change: dict[str, Any]) -> None:
    good = {"method": "none", "channels": ["a", "b"], "centre": [0.0, 0.0], "scale": [1.0, 1.0], "floor": [0.0, 0.0]}
    good |= {"envelope_s": 0.1, "fitted_on": ["x"], "exponent": []}
    (tmp_path / "x.json").write_text(json.dumps(good))
    assert load_normaliser(tmp_path / "x.json").channels == ("a", "b")
    refused(tmp_path / "x.json", json.dumps(good | change).encode(), load_normaliser)


@pytest.mark.parametrize(
    "said", ["[]", "{}", '{"binding": "b"}', '{"binding": "b", "epoch": 2, "history": []}', "[" * 10**5, "x"]
)
def test_a_training_state_that_says_something_else(tmp_path: Path, said: str) -> None:
    from safetensors.numpy import save

    (tmp_path / "state").write_bytes(save({"weights/a": np.ones(2), "best/a": np.ones(2)}, {"state": said}))
    assert load_state(tmp_path / "state", "b") is None


@pytest.mark.parametrize("data", [b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"\x1f\x8b" + b"\0" * 40])
def test_gzip_that_is_none(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path / "x.csv", data, lambda path: read_text(path, path.name))


def test_a_path_that_is_none_is_told(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 5000, str(tmp_path)):
        with pytest.raises(InputError):
            read_offsets(f"{tmp_path}/{name}" if name != str(tmp_path) else name)


def test_videos_with_other_text_and_of_no_kind_of_video(tmp_path: Path) -> None:
    from fuzz.test_fuzz_videos import FRAMES, write_video
    from myoscene.eyes.decode import decode_video

    path = tmp_path / "text.mp4"
    write_video(path, "mpeg4", "yuv420p")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"iso2mp41", b"\xffso2mp41", 1))
    assert path.read_bytes() != whole
    assert len(list(decode_video(str(path), 8))) == FRAMES
    path = tmp_path / "kind.avi"
    write_video(path, "mjpeg", "yuvj420p")
    told = refused(path, path.read_bytes().replace(b"MJPG", b"MJ\1\0"), lambda file: list(decode_video(str(file), 8)))
    assert "a kind of video that PyAV cannot decode" in told
