"""Text tables: strict about encoding, header and rows, and always with the row."""

from pathlib import Path

import pytest
from myoscene.core.errors import InputError
from myoscene.recordings.tabular import did_you_mean, number, read_delimited, read_tsv


def table(tmp_path: Path, content: bytes, name: str = "t.tsv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_rows_keep_their_number_in_the_file(tmp_path: Path) -> None:
    found = read_tsv(table(tmp_path, b"\xef\xbb\xbfa\t b \r\n1\t 2 \r\n\r\n3\tn/a\r\n"))
    assert found.columns == ("a", "b")
    assert found.rows == ((2, {"a": "1", "b": "2"}), (4, {"a": "3", "b": "n/a"}))


def test_a_quote_in_a_tsv_is_a_character(tmp_path: Path) -> None:
    assert read_tsv(table(tmp_path, b'a\tb\n"x\ty\n')).rows[0][1] == {"a": '"x', "b": "y"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "row 1: the table is empty"),
        (b"\n\n", "row 1: the table is empty"),
        (b"a\tb\n1\t2\n1\n", "row 3: 1 fields where the header has 2"),
        (b"a\tb\n1\t2\t3\n", "row 2: 3 fields"),
        (b"a\ta\n1\t2\n", "row 1: column 'a' stands there twice"),
        (b"a\t\n1\t2\n", "row 1: column 2 has no name"),
        (b"a\tb\nx\ty\nm\xfcde\t2\n", "row 3: not UTF-8"),
    ],
)
def test_a_broken_table_is_named_with_its_row(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read_tsv(table(tmp_path, content))
    assert str(raised.value).startswith(str(tmp_path / "t.tsv"))
    assert says in str(raised.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.tsv cannot be read"):
        read_tsv(tmp_path / "t.tsv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    content = f'a{delimiter}b\n"1{delimiter}5"{delimiter}2\n' if delimiter != "\t" else "a\tb\n1\t2\n"
    found = read_delimited(table(tmp_path, content.encode(), "t.csv"))
    assert found.columns == ("a", "b")
    assert found.rows[0][1]["b"] == "2"


def test_numbers() -> None:
    assert number("1.5", "x") == 1.5
    assert number("n/a", "x") is None
    for text in ("1,5", "one", "inf", "-inf"):
        with pytest.raises(InputError, match="file, row 3: .* is not a number"):
            number(text, "file, row 3")


def test_a_near_miss_is_answered_with_what_was_meant() -> None:
    assert did_you_mean("Smle", ["neutral", "smile"]) == " (did you mean 'smile'?)"
    assert did_you_mean("calm", ["Calm"]) == " (did you mean 'Calm'?)"
    assert did_you_mean("xyz", ["neutral", "smile"]) == ""
