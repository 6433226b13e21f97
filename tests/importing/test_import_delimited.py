"""Delimited text as labs have it."""

import gzip

import numpy as np
import pytest
from myoscene.core.errors import InputError
from myoscene.importing.formats.delimited import read_delimited


def read(tmp_path, data, **options):
    path = tmp_path / "a.txt"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_delimited(path, "a.txt", options)


WANTED = np.array([[1.5, -2e-05], [2.5, 3.25]])


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("a,b\n1.5,-2e-05\n2.5,3.25\n", {}),
        ("a\tb\r\n1.5\t-2e-05\r\n2.5\t3.25\r\n", {}),
        ("1.5\t-2e-05\t\n2.5\t3.25\t\n", {"header": False, "delimiter": "tab"}),
        ("a\tb\n1.5\t-2e-05\t\n2.5\t3.25\t\n", {}),
        ("a\tb\t\n1.5\t-2e-05\t\n2.5\t3.25\t\n", {"delimiter": "tab"}),
        (b"\xef\xbb\xbfa;b\n1,5;-2e-05\n2,5;3,25\n", {"decimal": ","}),
        ("% made\na b\n% by\n  1.5   -2e-05\n 2.5 3.25\n", {"delimiter": "space", "comment": "%"}),
        (gzip.compress(b"a|b\n1.5|-2e-05\n2.5|3.25\n", mtime=0), {"delimiter": "|"}),
        ("x\ny\na,b\n1.5,-2e-05\n\n2.5,3.25", {"skip_rows": 2}),
        ('"a","b"\n"1.5","-2e-05"\n2.5,3.25\n', {}),
        ("a,b\n1.5,-2e-05\n2.5,3.25\n".encode("utf-16"), {"encoding": "utf-16"}),
    ],
)
def test_the_numbers_come_back_whatever_the_dialect(tmp_path, data, options):
    table = read(tmp_path, data, **options)
    got = np.stack([table.numbers(1), table.numbers(2)], axis=1)
    assert np.array_equal(got, WANTED)
    if options.get("header", True):
        assert np.array_equal(table.numbers("b"), WANTED[:, 1])


def test_decimals_are_the_nearest_float64(tmp_path):
    texts = ["5.16251E-06", "0.12345678901234567", "187500.02", "1e-300"]
    table = read(tmp_path, "a,b\n" + "".join(f"{text},0\n" for text in texts))
    assert list(table.numbers("a")) == [float(text) for text in texts]


def test_cells_without_a_value_are_missing(tmp_path):
    table = read(tmp_path, "a,b\n1,NaN\n,inf\nNA,3\n")
    assert np.array_equal(np.isnan(table.numbers("a")), [False, True, True])
    assert np.array_equal(np.isnan(table.numbers("b")), [True, True, False])
    assert list(table.texts("a")) == ["1", "", ""]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ("a,b\n1,2\n1,oops\n", {}, "a.txt, row 3, column 'b' holds 'oops', which is not a number"),
        (
            "# c\na,b\n1,2\n\n1,2,3\n",
            {"comment": "#", "delimiter": "comma"},
            "a.txt, row 5 has 3 cells where 2",
        ),
        ("a,b\n1,2\n1\n", {"delimiter": "comma"}, "row 3 has 1 cells where 2"),
        (b"a,b\n1,2\n1,\xe4\n", {}, "a.txt, row 3 is not utf-8 text"),
        (b"", {}, "a.txt is empty"),
        (b" \n\n", {}, "a.txt is empty"),
        ("a,b\n", {}, "a header and no row"),
        ("# only\n", {"comment": "#"}, "a.txt is empty"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-20], {}, "gzip file that is cut off"),
        ("a,a\n1,2\n", {}, "the column 'a' twice"),
        ("a b\n1,2\n3;4;5\n", {}, "its delimiter is not clear"),
        ("a,b\n1,2\n", {"encoding": "utf-99"}, "encoding 'utf-99' is unknown"),
    ],
)
def test_faults_are_named_with_file_and_row(tmp_path, data, options, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, data, **options).numbers(2)


def test_a_missing_column_is_answered_with_those_that_are_there(tmp_path):
    table = read(tmp_path, "time,zyg\n1,2\n")
    with pytest.raises(InputError, match="a.txt has no column 'zygo'; it has time, zyg"):
        table.numbers("zygo")
    with pytest.raises(InputError, match="has 2 columns, so there is no column 7"):
        table.numbers(7)
