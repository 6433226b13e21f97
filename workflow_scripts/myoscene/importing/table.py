"""What every reader of a source format gives: one table of rows, and what else the file held."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.mapping_schema import Channel

# Cells without a value.
_WORDS = ("nan", "NaN", "NAN", "NA", "n/a", "N/A", "null", "NULL", "None", "-nan", "inf", "-inf", "Inf", "-Inf")
MISSING_TEXTS = ("", *_WORDS)
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}


def as_text(value: Any) -> str:
    """A YAML scalar as the label that it stands for: 1 and 1.0 are "1", true is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass
class SourceEvent:
    """An event that the file itself holds: seconds on the clock of ``SourceTable.time_s``; NaN duration: none."""

    onset_s: float
    duration_s: float
    label: str


@dataclass
class SourceTable:
    """One source file; None and what is empty are not known, or not there."""

    shown: str  # path that messages name
    frame: pd.DataFrame  # a row a sample; columns by name, or "1", "2", ... where the file names none
    lines: np.ndarray | None = None  # the line of the file that each row stands in
    time_s: np.ndarray | None = None  # (rows,) seconds on the file's own clock
    rate_hz: float | None = None  # as the file states it, as do units
    units: dict[str, str] = field(default_factory=dict)  # of columns
    entries: list[Channel] | None = None  # for mappings without channels, those that the format itself knows
    status: dict[str, tuple[str, str]] = field(default_factory=dict)  # of a column's electrode, and why, as in BIDS
    clock: str = ""  # the column that holds time_s, if it is one
    events: dict[str, dict[str, list[SourceEvent]]] = field(default_factory=dict)  # annotations or markers -> stream
    # Reads the file of markers that a format keeps beside the recording: events, and notes.
    beside: Callable[[Path, str], tuple[list[SourceEvent], list[str]]] | None = None
    extra: list[str] = field(default_factory=list)  # what else the file holds (streams, signals at another rate)
    notes: list[str] = field(default_factory=list)  # findings for the report
    decimal: str = "."  # decimal mark of columns that are texts
    jitter: bool = False  # time stamps may go back a little (network time), instead of being an error

    def where(self, row: int) -> str:
        """``file, row 12``: the line of the file where it has lines, else the sample counted from 1."""
        return f"{self.shown}, sample {row + 1}" if self.lines is None else f"{self.shown}, row {self.lines[row]}"

    def refuse(self, wrong: np.ndarray, text: str) -> None:
        """InputError that names the first row that is ``wrong`` (rows,), if any is, and goes on with ``text``."""
        if wrong.any():
            raise InputError(self.where(int(wrong.argmax())) + text)

    def column(self, wanted: str | int) -> str:
        """The name of a column given by its header name or its position (from 1).

        Raises:
            InputError: there is no such column; the sentence lists those that are there.
        """
        names = [str(name) for name in self.frame.columns]
        if wanted in names:
            return str(wanted)
        if isinstance(wanted, str):
            lacks = f"no column '{wanted}'; it has {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
        elif wanted <= len(names):
            return names[wanted - 1]
        else:
            lacks = f"{len(names)} columns, so there is no column {wanted}"
        raise InputError(f"{self.shown} has {lacks}; correct the mapping's column")

    def numbers(self, wanted: str | int) -> np.ndarray:
        """A column as float64 (rows,); cells without a value, and those that are not finite, become NaN.

        Raises:
            InputError: no such column, or a cell that is not a number, with its row.
        """
        name = self.column(wanted)
        column = self.frame[name]
        if column.dtype.kind in "fiub":
            values = column.to_numpy(dtype=float)
        else:
            values = np.array([self._number(cell, row, name) for row, cell in enumerate(column)], dtype=float)
        return np.where(np.isfinite(values), values, np.nan)

    def _number(self, cell: object, row: int, name: str) -> float:
        text = "" if cell is None else str(cell).strip().replace(self.decimal, ".")
        try:
            return float("nan" if text in MISSING_TEXTS else text)
        except ValueError:
            raise InputError(
                f"{self.where(row)}, column '{name}' holds '{text[:40]}', which is not a number; correct the file, or "
                "the mapping's decimal mark, delimiter or column"
            ) from None

    def texts(self, wanted: str | int) -> np.ndarray:
        """A column as labels (rows,) of str: whole numbers without a point, "" where there is no value."""
        column = self.frame[self.column(wanted)]
        if column.dtype.kind in "fiub":
            distinct, places = np.unique(column.to_numpy(dtype=float), return_inverse=True)
            return np.array(["" if np.isnan(v) else as_text(float(v)) for v in distinct], dtype=object)[places]
        return np.array(["" if pd.isna(v) or v in MISSING_TEXTS else str(v).strip() for v in column], dtype=object)
