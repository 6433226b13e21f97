"""Small text tables and JSON sidecars, read strictly: standard library only. The header of a table is row 1."""

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
    """A table as stripped text: its file and header, and (row number in the file, {column: value}) of each row."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file (a byte-order mark is allowed); InputError as :func:`read_bytes`, or for another one."""
    raw = read_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, row {row}: not UTF-8 text; save the file with UTF-8 encoding") from None


def read_tsv(path: str | Path) -> TextTable:
    """Read a BIDS TSV; InputError as :func:`table_rows`."""
    return _table(read_text(path), path, "\t")


def read_delimited(path: str | Path) -> TextTable:
    """Read a CSV whose delimiter (comma, semicolon or tab) is the one most frequent in its header."""
    text = read_text(path)
    return _table(text, path, max((",", ";", "\t"), key=text.partition("\n")[0].count))


def _table(text: str, path: str | Path, delimiter: str) -> TextTable:
    header, rows = table_rows(io.StringIO(text, newline=""), path, delimiter)
    named = tuple((row, dict(zip(header, fields, strict=True))) for row, fields in rows)
    return TextTable(str(path), header, named)


def table_rows(
    lines: Iterable[str], path: str | Path, delimiter: str
) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str]]]]:
    """Header of a table, and (row number, stripped fields) of each row that is not empty, read as they are asked for.

    Raises:
        InputError: an empty table, a column that is named twice or not at all, or, when it is reached, a row with
            more or fewer fields than the header; the message names file and row.
    """
    rows = _rows(lines, path, delimiter)
    header = next(rows, (1, []))[1]
    if not any(header):
        raise InputError(f"{path}, row 1: the table is empty; it needs a header row and its rows")
    for number, name in enumerate(header, start=1):
        if not name:
            raise InputError(f"{path}, row 1: column {number} has no name; name every column once")
        if header.index(name) != number - 1:
            raise InputError(f"{path}, row 1: column '{name}' stands there twice; name every column once")
    return tuple(header), rows


def _rows(lines: Iterable[str], path: str | Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and stripped fields of the header and of each row that is not empty."""
    # BIDS: quotes in a TSV are characters like any other.
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL)
    width = 0
    try:
        for fields in reader:
            if "\0" in "".join(fields):
                raise InputError(f"{path}, row {reader.line_num}: a NUL character; save the table as UTF-8 text")
            stripped = [field.strip() for field in fields]
            if width and not any(stripped):
                continue
            width = width or len(fields)
            if len(fields) != width:
                raise InputError(
                    f"{path}, row {reader.line_num}: {len(fields)} fields where the header has {width}; "
                    "give every row one value a column (n/a where there is none)"
                )
            yield reader.line_num, stripped
    except csv.Error as error:
        raise InputError(f"{path}, row {max(reader.line_num, 1)}: no row of a table ({error}); correct it") from None


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object. Raises InputError, naming the row, when it is not one."""
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
        raise InputError(f"{where}: '{text}' is not a number; write it with a decimal point, or n/a")
    return value


def did_you_mean(name: str, known: Iterable[Any]) -> str:
    """`` (did you mean 'x'?)`` for the closest of ``known``, or nothing."""
    by_lower = {str(other).lower(): str(other) for other in reversed([*known])}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" (did you mean '{by_lower[close[0]]}'?)" if close else ""
