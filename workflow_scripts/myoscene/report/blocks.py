"""What a section of the page is made of. All of it is plain text; the template escapes it."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from myoscene.report.load import Options, Tables

# Characters beyond which the text of a column wraps.
LONG_TEXT = 44
# Rows after which a table is folded, and rows after which only the file holds the rest.
FOLD_ROWS = 12
MOST_ROWS = 1000
MISSING = "–"


@dataclass(frozen=True)
class Picture:
    """A figure: ``name`` is that of its SVG file; ``caption`` explains it, ``alt`` says what it shows."""

    name: str
    title: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its label, whether it holds numbers (set right), whether its text may wrap."""

    label: str
    numeric: bool
    long: bool = False


@dataclass(frozen=True)
class Table:
    """A table of ready text; ``folded`` ones open on a click, ``link`` is the file that holds all of it."""

    title: str
    columns: list[Column]
    rows: list[list[str]]
    note: str = ""
    link: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Listing:
    """Preformatted text, folded."""

    title: str
    text: str


# A text is a paragraph; a mapping holds large numbers, by what they count.
Block = str | dict[str, str] | Picture | Table | Listing


@dataclass
class Section:
    """A section of the page; with ``missing`` it holds that one sentence and nothing else."""

    name: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    missing: str = ""


Blocks = Callable[[Tables, Options], Iterator[Block]]
SectionOf = Callable[[Tables, Options], Section | None]


def section(
    name: str, title: str, needs: str = "", otherwise: Callable[[Tables], str] | str | None = None
) -> Callable[[Blocks], SectionOf]:
    """Make a function that gives a section's blocks one that gives the section.

    Args:
        needs: the tables, with spaces between them, without whose rows there is no such section.
        otherwise: says in one sentence why there is none; without it, or where there are no blocks, it is absent.
    """

    def made(blocks: Blocks) -> SectionOf:
        def section_of(tables: Tables, options: Options) -> Section | None:
            found = list(blocks(tables, options)) if tables.has(*needs.split()) else []
            if found or otherwise is None:
                return Section(name, title, found) if found else None
            return Section(name, title, missing=otherwise if isinstance(otherwise, str) else otherwise(tables))

        return section_of

    return made


Format = Callable[[Any], str]


def number(digits: int) -> Format:
    """Format a number with ``digits`` decimals; a missing one as a dash."""

    def formatted(value: Any) -> str:
        if pd.isna(value) or math.isinf(value):
            return MISSING
        text = f"{float(value):.{digits}f}"
        # A minus sign before nothing but zeros says something that the number does not.
        return (text if text.strip("-0.") else text.lstrip("-")).replace("-", "\u2212")

    return formatted


TWO, THREE = number(2), number(3)


def p_value(value: float) -> str:
    """A p-value with four decimals, or that it is smaller."""
    return "<0.0001" if value < 0.0001 else number(4)(value)


def p_is(value: float) -> str:
    """``= 0.0123`` or ``<0.0001``, after the letter p."""
    text = p_value(value)
    return text if text.startswith("<") else f"= {text}"


def plain(value: Any) -> str:
    """Text as it stands; a missing value as a dash, truth as yes or no."""
    if pd.isna(value) or value == "":
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return str(value)


def table(
    title: str, frame: pd.DataFrame, columns: str, *, note: str = "", link: str = "", folded: bool | None = None
) -> Table:
    """``frame`` as a table of text; columns of text that are empty throughout are left out.

    Args:
        columns: ``a | b=label | c:2 | d:right=label``: which columns, what they are called (else their name), how many
            decimals numbers have (else none, or three, and four where the name has the part ``p``), and whether text
            is set like a number. Columns that the frame lacks are left out.
        link: file that holds all of it.
        folded: where not given, a table is folded that is longer than ``FOLD_ROWS``.
    """
    shown, rows = [], []
    for item in columns.split(" | "):
        name, how, label = re.fullmatch("([^:=]+)(?::([^=]+))?(?:=(.*))?", item).groups()  # type: ignore[union-attr]
        if name not in frame.columns:
            continue
        text = is_bool_dtype(frame[name]) or not (is_numeric_dtype(frame[name]) or how)
        form = plain if text else _format(name, how, frame[name])
        values = [form(value) for value in frame[name].head(MOST_ROWS)]
        # A column of text that says nothing in any row (notes, say) only takes room.
        if not text or not values or set(values) != {MISSING}:
            shown.append(Column(label or words(name), not text, max(map(len, values), default=0) > LONG_TEXT))
            rows.append(values)
    if len(frame) > MOST_ROWS:
        note = f"{note} The first {MOST_ROWS} of {len(frame)} rows; the file has them all.".strip()
    folded = len(frame) > FOLD_ROWS if folded is None else folded
    return Table(title, shown, [list(row) for row in zip(*rows, strict=True)], note, link, folded)


def _format(name: str, how: str | None, values: pd.Series) -> Format:
    if how:
        return str if how == "right" else number(int(how))
    return p_value if "p" in name.split("_") else number(0 if is_integer_dtype(values) else 3)


def words(name: str) -> str:
    """A table's name for reading: ``brow_raise`` -> ``brow raise``, ``mean__jaw`` -> ``mean · jaw``."""
    return name.replace("__", " · ").replace("_", " ").strip()


def shorten(text: str, most: int) -> str:
    """``text``, or its start with an ellipsis where it is longer than ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def limits(frame: pd.DataFrame, low: str, high: str, digits: int = 3) -> list[str]:
    """``0.61 to 0.83`` for each row; a dash where there is no interval."""
    form = number(digits)
    pairs = [(form(a), form(b)) for a, b in zip(frame[low], frame[high], strict=True)]
    return [MISSING if MISSING in pair else f"{pair[0]} to {pair[1]}" for pair in pairs]


def listed(items: Sequence[str], most: int = 6) -> str:
    """``a, b and c``; beyond ``most`` the number of others."""
    names = list(items)
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def plural(number: int, one: str, many: str = "") -> str:
    """``1 recording``, ``2 recordings``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
