"""Small text tables and JSON sidecars, read strictly, with the standard library alone.

Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json, read_bytes

MISSING = ("", "n/a", "N/A", "NA", "NaN", "nan")
# Python also takes 1_0 and the digits of other scripts for numbers.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class TextTable:
    """A table as text.

    Attributes:
        path: the file.
        columns: header, white space stripped.
        rows: (row number in the file, {column: value}) of each row; values are stripped text.
    """

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file (a byte-order mark is allowed).

    Raises:
        InputError: the file is missing, unreadable, far too large or not UTF-8; the message names the row.
    """
    raw = read_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, row {row}: not UTF-8 text; save the file with UTF-8 encoding") from None


def read_tsv(path: str | Path) -> TextTable:
    """Read a BIDS TSV. Raises InputError as :func:`read_table_text` does."""
    return read_table_text(path, "\t")


def read_delimited(path: str | Path) -> TextTable:
    """Read a CSV whose delimiter (comma, semicolon or tab) is the one most frequent in its header."""
    header = read_text(path).partition("\n")[0]
    return read_table_text(path, max((",", ";", "\t"), key=header.count))


def read_table_text(path: str | Path, delimiter: str) -> TextTable:
    """Read a table with a header; lines that are empty are passed over.

    Raises:
        InputError: empty file, a column that is named twice or not at all, or a row with more or fewer
            fields than the header; the message names file and row.
    """
    header, rows = table_rows(io.StringIO(read_text(path), newline=""), path, delimiter)
    named = tuple((row, dict(zip(header, fields, strict=True))) for row, fields in rows)
    return TextTable(str(path), header, named)


def table_rows(
    lines: Iterable[str], path: str | Path, delimiter: str
) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str]]]]:
    """Header of a table, and (row number, stripped fields) of each of its rows, read as they are asked for.

    Raises:
        InputError: as :func:`read_table_text`; of a row when it is reached.
    """
    if delimiter == "\t":  # BIDS: quotes in a TSV are characters like any other
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, delimiter=delimiter)
    fields_of = _checked(reader, path)
    header = [field.strip() for field in next(fields_of, [])]
    if not any(header):
        raise InputError(f"{path}, row 1: the table is empty; it needs a header row and its rows")
    for number, name in enumerate(header, start=1):
        if not name:
            raise InputError(f"{path}, row 1: column {number} has no name; name every column once")
        if header.index(name) != number - 1:
            raise InputError(f"{path}, row 1: column '{name}' stands there twice; name every column once")

    def rows() -> Iterator[tuple[int, list[str]]]:
        for fields in fields_of:
            stripped = [field.strip() for field in fields]
            if not any(stripped):
                continue
            if len(fields) != len(header):
                raise InputError(
                    f"{path}, row {reader.line_num}: {len(fields)} fields where the header has {len(header)}; "
                    "give every row one value a column (n/a where there is none)"
                )
            yield reader.line_num, stripped

    return tuple(header), rows()


def _checked(reader: Any, path: str | Path) -> Iterator[list[str]]:
    """Rows of a csv reader; InputError for what it cannot split, and for characters that no table has."""
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"{path}, row {max(reader.line_num, 1)}: no row of a table ({error}); correct it"
            ) from None
        if "\0" in "".join(fields):
            raise InputError(f"{path}, row {reader.line_num}: a NUL character; save the table as UTF-8 text")
        yield fields


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object. Raises InputError, naming the row, when it is none."""
    value = parse_json(read_text(path), str(path))
    if not isinstance(value, dict):
        raise InputError(f"{path}, row 1: not a JSON object; it has to be one {{...}} of keys and values")
    return value


def need_columns(table: TextTable, names: tuple[str, ...]) -> None:
    """Raise InputError when ``table`` lacks one of ``names``."""
    for name in names:
        if name not in table.columns:
            raise InputError(
                f"{table.path}, row 1: there is no column '{name}'{did_you_mean(name, table.columns)}; add it"
            )


def number(text: str, where: str) -> float | None:
    """``text`` as a finite float, ``None`` for n/a; otherwise InputError, which opens with ``where``."""
    if text in MISSING:
        return None
    value = float(text) if _NUMBER.fullmatch(text) else float("nan")
    if not abs(value) < float("inf"):
        raise InputError(f"{where}: '{text}' is no number; write it with a decimal point, or n/a")
    return value


def did_you_mean(name: str, known: Any) -> str:
    """`` (did you mean 'x'?)`` for the closest of ``known``, or nothing."""
    close = get_close_matches(name.lower(), {str(k).lower(): str(k) for k in known}, n=1, cutoff=0.6)
    if not close:
        return ""
    original = next(str(k) for k in known if str(k).lower() == close[0])
    return f" (did you mean '{original}'?)"
