"""Files made to harm: each is refused in one clear sentence, and nothing in it is run, followed or unpacked."""

import gzip
import io
import json
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from fuzz.engine import check_refusal
from fuzz.hostile import refused
from fuzz.test_fuzz_checkpoints import classical
from importing.import_sources import _chunk, text_mapping
from myoscene.config.check import complete, load
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.eyes.decode import decode_file
from myoscene.eyes.rectify import read_headsets
from myoscene.eyes.store import ArrayStore
from myoscene.importing.formats import delimited
from myoscene.importing.formats import xdf as xdf_format
from myoscene.importing.mapping import load_mapping
from myoscene.learn.engine.checkpoint import card_path, read_checkpoint, save_checkpoint
from myoscene.learn.models.registry import load_predictor
from myoscene.recordings.read import read_emg
from myoscene.recordings.tables import EVENTS
from recordings.builders import write_emg


class Touch:
    """What a pickle would run: it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


def evil_pickle(trace: Path) -> bytes:
    """A pickle that leaves ``trace`` behind when it is opened, which is tried here once."""
    made = pickle.dumps(Touch(trace), protocol=2)
    pickle.loads(made)
    assert trace.exists(), "this pickle would do nothing: the test below would prove nothing"
    trace.unlink()
    return made


# Pickle inside.


def test_a_store_of_objects_is_not_unpickled(tmp_path: Path) -> None:
    path, trace = tmp_path / "store.npy", tmp_path / "trace"
    np.save(path, np.array([Touch(trace)], dtype=object), allow_pickle=True)
    assert "no plain array" in refused(path.name, lambda: ArrayStore(path))
    assert not trace.exists()


@pytest.mark.parametrize("kind", ["pickle", "torch", "joblib"])
def test_a_pickle_under_the_name_of_a_checkpoint_is_not_opened(tmp_path: Path, kind: str) -> None:
    path, trace = tmp_path / "p01.safetensors", tmp_path / "trace"
    save_checkpoint(path, *classical("lda"))
    if kind == "torch":
        import torch

        torch.save({"a": Touch(trace)}, path)
    else:
        path.write_bytes(evil_pickle(trace) if kind == "pickle" else zlib.compress(evil_pickle(trace)))
    assert "unreadable" in refused(path.name, lambda: load_predictor(path))
    assert not trace.exists()


def test_a_pickle_in_the_place_of_a_card_is_not_opened(tmp_path: Path) -> None:
    path, trace = tmp_path / "p01.safetensors", tmp_path / "trace"
    save_checkpoint(path, *classical("lda"))
    card_path(path).write_bytes(evil_pickle(trace))
    assert "unreadable" in refused(path.name, lambda: load_predictor(path))
    assert not trace.exists()


def test_classical_models_hold_plain_arrays_alone(tmp_path: Path) -> None:
    """What LDA, neighbours and trees are kept as: no object of a library, so nothing to unpickle."""
    for model in ("lda", "knn", "boosted_trees"):
        path = tmp_path / f"{model}.safetensors"
        save_checkpoint(path, *classical(model))
        assert all(array.dtype.kind in "fi" for array in read_checkpoint(path)[0].values())
        assert {file.suffix for file in tmp_path.glob(f"{model}.*")} == {".safetensors", ".json"}


# Headers that announce too much.


@pytest.mark.parametrize(
    "shape", ["(1000000000000,)", "(2305843009213693952, 8)", "(-1, -1)", "(4294967296, 4294967296)"]
)
def test_a_store_that_announces_any_shape_costs_nothing(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "store.npy"
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + b"\1")
    refused(path.name, lambda: ArrayStore(path))


@pytest.mark.parametrize(
    ("place", "value"), [(236, b"100000000"[:8]), (184, b"99999999"), (252, b"9999"), (236, b"-1")]
)
def test_an_edf_header_that_announces_too_much_is_refused(tmp_path: Path, place: int, value: bytes) -> None:
    path = write_emg(tmp_path, "01", "calm")
    data = bytearray(path.read_bytes())
    data[place : place + len(value)] = value
    path.write_bytes(data)
    refused(path.name, lambda: read_emg(str(path)))


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (65_000, 4_000)])
def test_a_png_bomb_is_not_unpacked(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(50 * 2**20), 9)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    )
    assert "no eye camera" in refused(path.name, lambda: decode_file(str(path), 8))


def test_a_png_with_a_text_that_unpacks_for_ever_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0)
    text = b"a\0\0" + zlib.compress(bytes(200 * 2**20), 9)
    rows = zlib.compress(bytes(20))
    parts = ((b"IHDR", header), (b"zTXt", text), (b"IDAT", rows), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts))
    refused(path.name, lambda: decode_file(str(path), 8))


def test_a_tiff_of_any_size_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    tags = [
        (256, 4, 1, 10**6),
        (257, 4, 1, 10**6),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (279, 4, 1, 9),
    ]
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    path.write_bytes(struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + body + struct.pack("<I", 0))
    assert "no eye camera" in refused(path.name, lambda: decode_file(str(path), 8))


def test_a_pgm_of_any_size_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5 999999999 999999999 255\n\0")
    assert "no eye camera" in refused(path.name, lambda: decode_file(str(path), 8))


def test_a_parquet_file_of_millions_of_equal_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array([0] * 10**6, pa.int8()), pa.array(["a"]))
        for name in EVENTS.columns
    }
    with pq.ParquetWriter(path, pa.table(columns).schema) as writer:
        for _ in range(6):
            writer.write_table(pa.table(columns))
    assert path.stat().st_size < 200_000
    assert "rows in" in refused(path.name, lambda: read_table(path, EVENTS))


# Bombs in compressed text.


def import_text(path: Path) -> Any:
    """Read a text file as the importer does."""
    return delimited.read(path, path.name, text_mapping())


@pytest.mark.parametrize("members", [1, 50])
def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, members: int) -> None:
    path = tmp_path / "1_cal.csv"
    path.write_bytes(gzip.compress(b"1,2,3,4\n" * (2**26 // members), 9) * members)
    assert path.stat().st_size < 2**20
    assert "grows beyond" in refused(path.name, lambda: import_text(path))


def test_gzip_text_of_several_members_is_read_whole(tmp_path: Path) -> None:
    text = "time,zyg,corr,label\n" + "".join(f"{i / 100},{i},{i},1\n" for i in range(50))
    path = tmp_path / "1_cal.csv"
    path.write_bytes(gzip.compress(text[:300].encode()) + gzip.compress(text[300:].encode()) + b"\0" * 40)
    assert list(import_text(path).numbers("zyg")) == list(range(50))
    path.write_bytes(path.read_bytes()[:-60])
    assert "cut off or damaged" in refused(path.name, lambda: import_text(path))


def xdf(*chunks: bytes) -> bytes:
    return b"XDF:" + _chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>') + b"".join(chunks)


def test_an_xdf_chunk_that_announces_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    head = (
        b'<?xml version="1.0"?><info><name>M</name><type>Markers</type><channel_count>1</channel_count>'
        b"<nominal_srate>0</nominal_srate><channel_format>string</channel_format></info>"
    )
    samples = struct.pack("<I", 1) + b"\x08" + struct.pack("<Q", 10**10) + b"\0\1\1a"
    path.write_bytes(xdf(_chunk(2, struct.pack("<I", 1) + head), _chunk(3, samples)))
    assert "announces 10000000000 samples" in refused(
        path.name, lambda: xdf_format.read(path, path.name, {"xdf": {"stream": "M"}})
    )
    path.with_name("b.xdf").write_bytes(gzip.compress(xdf(bytes(2**28)), 9))
    assert "grows beyond" in refused(
        "b.xdf", lambda: xdf_format.read(tmp_path / "b.xdf", "b.xdf", {"xdf": {"stream": "M"}})
    )


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(30)
)  # each line stands for ten of the one before


def test_an_xdf_header_of_entities_of_entities_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    head = f'<?xml version="1.0"?><!DOCTYPE i [{LAUGHS}]><info><name>&l29;</name></info>'.encode()
    path.write_bytes(xdf(_chunk(2, struct.pack("<I", 1) + head)))
    refused(path.name, lambda: xdf_format.read(path, path.name, {"xdf": {"stream": "M"}}))


# YAML.

MERGES = "a0: &a0 {{x: 1}}\n" + "".join(
    f"a{n}: &a{n} {{{{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}}}\n" for n in range(1, 30)
)
HOSTILE_YAML = {
    "a tag that runs something": "emg: !!python/object/apply:pathlib.Path.touch [{trace}]\n",
    "a tag that makes an object": "emg: !!python/object/new:type {{args: [x, [], {{}}]}}\n",
    "a tag of a name": "emg: !!python/name:os.system\n",
    "aliases of aliases": "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'ha'] * 9)}]\n" for n in range(30)),
    "merges of merges": MERGES,
    "an alias in itself": "emg: &a [*a]\n",
    "deep nesting": "emg: " + "[" * 50_000,
    "deep nesting that closes": "emg: " + "[" * 5_000 + "]" * 5_000,
    "deep nesting of lists": "- " * 30_000 + "1\n",
    "a huge text": "emg: " + "x" * 2_000_000,
    "a number of many digits": "emg: {{rate_hz: " + "9" * 10_000 + "}}\n",
    "a NUL in a text": 'recordings: {{dataset: "a\\0b"}}\n',
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE_YAML)
def test_hostile_yaml_is_refused_everywhere(tmp_path: Path, kind: str) -> None:
    path, trace = tmp_path / "my.yaml", tmp_path / "trace"
    path.write_text(HOSTILE_YAML[kind].format(trace=trace) if "{" in HOSTILE_YAML[kind] else HOSTILE_YAML[kind])
    for read in (lambda: complete(load(path)), lambda: load_mapping(path), lambda: read_headsets(str(path))):
        assert "not valid YAML" in refused(path.name, read)
    assert not trace.exists()


def test_an_honest_alias_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("emg: &a {rate_hz: 500}\nother: {<<: *a, x: *a}\n")
    assert load(path) == {"emg": {"rate_hz": 500}, "other": {"rate_hz": 500, "x": {"rate_hz": 500}}}


def test_the_oracles_of_this_file_can_fail(tmp_path: Path) -> None:
    """A file that is fine, and a refusal that names nothing, are both noticed."""
    with pytest.raises(BaseException, match="DID NOT RAISE"):
        refused("x", lambda: None)
    with pytest.raises(AssertionError, match="not named"):
        check_refusal(InputError("something is wrong"), ["x.tsv"])
    assert yaml.safe_load(io.StringIO(json.dumps({"a": 1}))) == {"a": 1}
