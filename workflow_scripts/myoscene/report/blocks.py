"""What a section of the page is made of. All of it is plain text; the template escapes it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

# Characters beyond which the text of a column wraps.
LONG_TEXT = 44
# Rows after which a table is folded, and rows after which only the file holds the rest.
FOLD_ROWS = 12
MOST_ROWS = 1000
MISSING = "–"


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Facts:
    """Large numbers with what they count."""

    items: list[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True)
class Picture:
    """A figure: ``name`` is that of its SVG file; ``caption`` explains it, ``alt`` says what it shows."""

    name: str
    title: str
    caption: str
    alt: str
    kind: str = "picture"


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
    kind: str = "table"


@dataclass(frozen=True)
class Listing:
    """Preformatted text, folded."""

    title: str
    text: str
    kind: str = "listing"


@dataclass
class Section:
    """A section of the page; with ``missing`` it holds that one sentence and nothing else."""

    name: str
    title: str
    blocks: list[Text | Facts | Picture | Table | Listing] = field(default_factory=list)
    missing: str = ""


Format = Callable[[object], str]


def number(digits: int) -> Format:
    """Format a number with ``digits`` decimals; a missing one as a dash."""

    def formatted(value: object) -> str:
        if value is None or (isinstance(value, float) and not math.isfinite(value)) or value is pd.NA:
            return MISSING
        text = f"{float(value):.{digits}f}"  # type: ignore[arg-type]
        # A minus sign before nothing but zeros says something that the number does not.
        text = text.lstrip("-") if not text.strip("-0.") else text
        return text.replace("-", "\u2212")

    return formatted


def p_value(value: object) -> str:
    """A p-value with four decimals, or that it is smaller."""
    if value is None or not math.isfinite(float(value)):  # type: ignore[arg-type]
        return MISSING
    return "<0.0001" if float(value) < 0.0001 else f"{float(value):.4f}"  # type: ignore[arg-type]


def plain(value: object) -> str:
    """Text as it stands; a missing value as a dash, truth as yes or no."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    return str(value)


def count(value: object) -> str:
    """A whole number."""
    return number(0)(value)


def table(
    title: str,
    frame: pd.DataFrame,
    columns: Sequence[tuple[str, str, Format]],
    *,
    note: str = "",
    link: str = "",
    folded: bool | None = None,
) -> Table:
    """``frame`` as a table of text; columns of text that are empty throughout are left out.

    Args:
        columns: (column of the frame, label, format); those that the frame lacks are left out.
        folded: where not given, a table is folded that is longer than ``FOLD_ROWS``.
    """
    used = [item for item in columns if item[0] in frame.columns]
    values = [[form(value) for value in frame[name].head(MOST_ROWS)] for name, _, form in used]
    # A column of text that says nothing in any row (notes, say) only takes room.
    told = [
        form is not plain or not len(frame) or set(texts) != {MISSING}
        for (_, _, form), texts in zip(used, values, strict=True)
    ]
    used = [item for item, kept in zip(used, told, strict=True) if kept]
    values = [texts for texts, kept in zip(values, told, strict=True) if kept]
    if len(frame) > MOST_ROWS:
        note = f"{note} The first {MOST_ROWS} of {len(frame)} rows; the file has them all.".strip()
    return Table(
        title=title,
        columns=[
            Column(label, form is not plain, max(map(len, texts), default=0) > LONG_TEXT)
            for (_, label, form), texts in zip(used, values, strict=True)
        ],
        rows=[list(row) for row in zip(*values, strict=True)],
        note=note,
        link=link,
        folded=len(frame) > FOLD_ROWS if folded is None else folded,
    )


def limits(frame: pd.DataFrame, low: str, high: str, digits: int = 3) -> list[str]:
    """``0.61 to 0.83`` for each row; a dash where there is no interval."""
    form = number(digits)
    pairs = [(form(a), form(b)) for a, b in zip(frame[low], frame[high], strict=True)]
    return [MISSING if MISSING in pair else f"{pair[0]} to {pair[1]}" for pair in pairs]


def span(text: object) -> str:
    """Text made by :func:`limits`: set like a number."""
    return str(text)


def listed(items: Sequence[str], most: int = 6) -> str:
    """``a, b and c``; beyond ``most`` the number of others."""
    names = list(items)
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def plural(number: int, one: str, many: str = "") -> str:
    """``1 recording``, ``2 recordings``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
