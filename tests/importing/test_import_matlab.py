"""MATLAB files, from made-up sources and from scipy's own tests."""

import io
from pathlib import Path

import numpy as np
import pytest
import scipy.io.matlab
from importing.import_sources import events_of, read_bdf, run, validator_errors
from myoscene.core.errors import InputError
from myoscene.importing.formats import matlab
from scipy.io import loadmat, savemat
from scipy.sparse import eye_array

MATLAB = {
    "source": {"format": "matlab", "files": "{participant}.mat"},
    "identifiers": {"task": {"value": "rest"}},
    "matlab": {"variable": "rec.emg", "rows": "channels", "rate_variable": "rec.fs"},
    "channels": [{"column": 1, "name": "zygomaticus_left", "unit": "mV"}],
    "events": [{"label_column": {"column": 2, "values": {"1": "smile"}, "ignore": [0]}}],
}


def test_a_matlab_structure_is_imported(tmp_path):
    (tmp_path / "src").mkdir()
    signal = np.round(np.random.default_rng(0).normal(0, 0.1, 400), 5)
    emg = np.stack([signal, np.r_[np.zeros(100), np.ones(200), np.zeros(100)], np.zeros(400)])
    savemat(tmp_path / "src/p1.mat", {"rec": {"emg": emg, "fs": 200.0}, "note": "hello"})
    report = run(tmp_path, MATLAB)
    back, rate, _ = read_bdf(tmp_path / "out/sub-p1/emg/sub-p1_task-rest_emg.bdf")
    assert rate == 200 and np.allclose(back[0], signal * 1e3, atol=1e-9)
    assert events_of(tmp_path / "out", "sub-p1_task-rest").to_dict("records") == [
        {"onset": 0.5, "duration": 1.0, "trial_type": "smile"}
    ]
    assert report.unmapped == {"columns": {"3": 1}, "streams": {"variable 'note'": 1}}
    assert validator_errors(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MATLAB 7.3 MAT-file, Platform" + b" " * 200, "p1.mat is a MATLAB 7.3 file; save it .* '-v7'"),
        (b"\x89HDF\r\n\x1a\n" + b"0" * 200, "MATLAB 7.3 file"),
        (b"", "p1.mat is empty"),
        (
            b"MATLAB 5.0 MAT-file" + b" " * 105 + b"\x00\x01IM" + b"\x0f\x00\x00\x00\xff\x00\x00\x00abc",
            "cannot be read as a MATLAB",
        ),
    ],
)
def test_matlab_files_that_cannot_be_read_are_named(tmp_path, content, message):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/p1.mat").write_bytes(content)
    with pytest.raises(InputError, match=message):
        run(tmp_path, MATLAB)


EVERY_KIND = {
    **{f"v_{kind}": np.arange(-12, 12).reshape(4, 3, 2).astype(kind) for kind in ("i1", "u2", "i4", "f4", "f8", "i8")},
    **{
        "none": np.zeros((0, 3)),
        "yes": np.array([[True, False]]),
        "complex": np.array([1 + 2j]),
        "sparse": eye_array(3),
    },
    **{"text": "hello", "cells": np.array([1, "a", {"k": 2}], dtype=object)},
    "structure": {"x": np.eye(2), "inner": {"y": 3.5, "text": "a"}, "a_rather_long_name_of_a_field": 1},
    "structures": np.array([(1, 2.5), (3, 4.5)], dtype=[("p", object), ("q", object)]),
}


def matlab_sources():
    """Files of scipy's writer, and those of MATLAB, 6 to 7.9 and of both byte orders, that scipy is tested with."""
    for squeezed in (False, True):
        file = io.BytesIO()
        savemat(file, EVERY_KIND, do_compression=squeezed, long_field_names=True)
        yield f"squeezed {squeezed}", file.getvalue()
    for path in sorted((Path(scipy.io.matlab.__file__).parent / "tests/data").glob("test*_[67].*.mat")):
        if "func" not in path.name and "hdf5" not in path.name:
            yield path.name, path.read_bytes()


def test_matlab_files_are_read_as_scipy_reads_them(tmp_path):
    def as_ours(value):
        while isinstance(value, np.ndarray) and value.dtype.names and value.size:
            value = {name: value[name].flat[0] for name in value.dtype.names}
        return {name: as_ours(inner) for name, inner in value.items()} if isinstance(value, dict) else value

    def compare(found, expected, where):
        if isinstance(expected, dict):
            assert list(found) == list(expected), where
            for name in expected:
                compare(found[name], expected[name], f"{where}.{name}")
        elif isinstance(expected, np.ndarray) and expected.dtype.kind in "fiub":
            assert found.dtype == float and np.array_equal(found, expected, equal_nan=True), where
        else:
            assert found is None, where

    sources = dict(matlab_sources())
    assert len(sources) >= 2
    for name, data in sources.items():
        (tmp_path / "a.mat").write_bytes(data)
        expected = {key: value for key, value in loadmat(io.BytesIO(data)).items() if not key.startswith("__")}
        compare(matlab.variables(tmp_path / "a.mat", "a.mat"), as_ours(expected), name)


def test_a_variable_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    (tmp_path / "src").mkdir()
    savemat(tmp_path / "src/p1.mat", {"data": np.zeros((5, 5))})
    with pytest.raises(InputError, match="p1.mat has no variable 'rec.emg'; it has data"):
        run(tmp_path, MATLAB)
