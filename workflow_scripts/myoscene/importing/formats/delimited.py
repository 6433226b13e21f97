"""Delimited text as it is found: any delimiter, with or without header, comments, gzip, byte-order mark."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat, gunzip, read_bytes
from myoscene.importing.mapping_schema import MappingFile, TextFile
from myoscene.importing.table import MISSING_TEXTS, SourceTable

ORDER = 1
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|"}


def read(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """A recording, or a table of features, by the section's ``text``."""
    return read_delimited(path, shown, mapping.get("text", {}), cut_row=mapping.get("missing_samples") == "mark")


def read_delimited(
    path: Path, shown: str, options: TextFile, as_text: bool = False, cut_row: bool = False
) -> SourceTable:
    """Read one text table.

    Args:
        options: the mapping's ``text`` section.
        as_text: leave every cell as it is written, so that the identifier 007 stays 007.
        cut_row: leave out a last row that has too few cells (the recorder was stopped while writing), with a note;
            else it is an error like any other row of a wrong width.

    Raises:
        InputError: an empty file, no text in its encoding, a broken gzip, or a row with too many or too few cells.
    """
    numbered = list(enumerate(text_lines(read_text(path, shown, options.get("encoding", "utf-8"))), start=1))
    filled = [(number, line) for number, line in numbered[options.get("skip_rows", 0) :] if line.strip()]
    mark = options.get("comment")
    lines = [(number, line) for number, line in filled if not (mark and line.lstrip().startswith(mark))]
    comments = len(filled) - len(lines)
    if not lines:
        raise InputError(f"{shown} is empty: it has no row of data; leave the file out or replace it")
    delimiter = _delimiter([line for _, line in lines[:50]], options, shown)
    cut = cut_row and len(lines) > 3 and _width(lines[-1][1], delimiter) < _width(lines[-2][1], delimiter)
    last, _ = lines.pop() if cut else lines[-1]
    table = read_lines(lines, delimiter, options, shown, as_text)
    if cut:
        table.notes.append(f"{shown}: row {last}, the last one, is cut off and left out")
    if comments:
        table.notes.append(f"{shown}: {comments} comment lines left out")
    return table


def read_lines(
    numbered: list[tuple[int, str]], delimiter: str, options: TextFile, shown: str, as_text: bool = False
) -> SourceTable:
    """The table in lines of a file, each with its number."""
    lines = _without_trailing([line for _, line in numbered], delimiter)
    numbers = [number for number, _ in numbered]
    header: list[str] = []
    if options.get("header", True):
        header = [cell.strip().strip('"') or f"column {i}" for i, cell in enumerate(_split(lines[0], delimiter), 1)]
        lines, numbers = lines[1:], numbers[1:]
        if not lines:
            raise InputError(f"{shown} has a header and no row of data; leave the file out or replace it")
    names = header or [str(i + 1) for i in range(_width(lines[0], delimiter))]
    twice = first_repeat(sorted(names))
    if twice:
        raise InputError(
            f"{shown}: its header has the column '{twice[0]}' twice; give `header: false`, `skip_rows` and positions"
        )
    for line, number in zip(lines, numbers, strict=True):
        cells = _width(line, delimiter)
        if cells != len(names):
            raise InputError(
                f"{shown}, row {number} has {cells} cells where {len(names)} are expected; correct the row, or the "
                "mapping's `delimiter` or `header`"
            )
    decimal = options.get("decimal", ".")
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(lines)),
            sep=r"\s+" if delimiter == " " else delimiter,
            header=None,
            names=names,
            dtype=str if as_text else None,
            decimal=decimal,
            na_values=list(MISSING_TEXTS),
            keep_default_na=False,
            skipinitialspace=True,
            low_memory=False,
            index_col=False,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"{shown} is not a table with one delimiter ({error}); correct the file") from None
    return SourceTable(shown, frame, lines=np.asarray(numbers), decimal=decimal)


def read_text(path: Path, shown: str, encoding: str = "utf-8") -> str:
    """The text of a file, gzip undone where the file is one, without a byte-order mark."""
    data = read_bytes(path, shown)
    if data[:2] == b"\x1f\x8b":
        data = gunzip(data, shown)
    if not data.strip():
        raise InputError(f"{shown} is empty; leave the file out or replace it")
    try:
        return data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{shown}, row {row} is not {encoding} text (byte {error.start}); name its `encoding` in the mapping, such "
            "as latin-1 or utf-16"
        ) from None
    except LookupError:
        raise InputError(f"the mapping's encoding '{encoding}' is unknown; use utf-8, utf-16, latin-1, ...") from None


def text_lines(text: str) -> list[str]:
    """Lines, whatever ends them (Windows, Unix, old Mac)."""
    return re.split(r"\r\n|\n|\r", text)


def _delimiter(lines: list[str], options: TextFile, shown: str) -> str:
    wanted = options.get("delimiter", "auto")
    if wanted != "auto":
        return _DELIMITERS.get(wanted, wanted)
    for candidate in "\t;|" if options.get("decimal") == "," else "\t;,|":
        counts = {line.count(candidate) for line in lines}
        if min(counts) > 0 and len(counts) <= 2:
            return candidate
    cells = [len(line.split()) for line in lines]
    if min(cells) > 1:
        return " "
    if max(cells) == 1:
        return ","
    raise InputError(f"{shown}: its delimiter is not clear; name the `delimiter` in the mapping's `text`")


def _without_trailing(lines: list[str], delimiter: str) -> list[str]:
    """Drop the delimiter that ends each row (or each row but the header) and would make an empty last column."""
    if delimiter == " ":
        return [line.strip() for line in lines]
    first, body = lines[0], lines[1:] or lines
    # A header of as many cells that does not end so names the last column, which is empty throughout.
    names_last = not first.endswith(delimiter) and first.count(delimiter) == body[0].count(delimiter)
    if names_last or not all(line.endswith(delimiter) for line in body):
        return lines
    return [line.removesuffix(delimiter) for line in lines]


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    frame = pd.read_csv(io.StringIO(line), sep=delimiter, header=None, dtype=str, keep_default_na=False, engine="c")
    return [str(cell) for cell in frame.iloc[0]]


def _width(line: str, delimiter: str) -> int:
    if '"' in line:
        return len(_split(line, delimiter))
    return len(line.split()) if delimiter == " " else line.count(delimiter) + 1
