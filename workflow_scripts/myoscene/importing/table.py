"""What every reader of a source format gives: one table of rows, and what else the file held."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.mapping_schema import Channel

# Cells without a value.
_WORDS = ("nan", "NaN", "NAN", "NA", "n/a", "N/A", "null", "NULL", "None", "-nan", "inf", "-inf", "Inf", "-Inf")
MISSING_TEXTS = ("", *_WORDS)
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}


@dataclass
class SourceEvent:
    """An event that the file itself holds: seconds on the clock of ``SourceTable.time_s``; NaN duration: none."""

    onset_s: float
    duration_s: float
    label: str


@dataclass
class SourceTable:
    """One source file.

    Attributes:
        shown: path that messages name.
        frame: a row a sample; columns by name, or "1", "2", ... where the file names none.
        lines: the line of the file that each row stands in; None where the format has no lines.
        time_s: (rows,) seconds on the file's own clock; None where the mapping says how time is known.
        rate_hz: rate that the file states; None where it states none.
        units: column -> unit that the file states.
        entries: the channels that the format itself knows, for mappings without any, as the mapping would name them.
        status: column -> status of its electrode and why, as in BIDS.
        clock: the column that holds ``time_s``, if it is one.
        events: kind ("annotations" or "markers") -> stream name -> events.
        beside: reads the file of markers that a format keeps beside the recording: events, and notes.
        extra: named things in the file that this table does not hold (streams, signals at another rate).
        notes: findings for the report.
        decimal: decimal mark of columns that are texts.
        jitter: time stamps may go back a little (network time), instead of being an error.
    """

    shown: str
    frame: pd.DataFrame
    lines: np.ndarray | None = None
    time_s: np.ndarray | None = None
    rate_hz: float | None = None
    units: dict[str, str] = field(default_factory=dict)
    entries: list[Channel] | None = None
    status: dict[str, tuple[str, str]] = field(default_factory=dict)
    clock: str = ""
    events: dict[str, dict[str, list[SourceEvent]]] = field(default_factory=dict)
    beside: Callable[[Path, str], tuple[list[SourceEvent], list[str]]] | None = None
    extra: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decimal: str = "."
    jitter: bool = False

    def where(self, row: int) -> str:
        """``file, row 12``: the line of the file where it has lines, else the sample counted from 1."""
        if self.lines is not None:
            return f"{self.shown}, row {int(self.lines[row])}"
        return f"{self.shown}, sample {row + 1}"

    def column(self, wanted: str | int) -> str:
        """The name of a column given by its header name or its position (from 1).

        Raises:
            InputError: there is no such column; the sentence lists those that are there.
        """
        names = [str(name) for name in self.frame.columns]
        if isinstance(wanted, int):
            if wanted <= len(names):
                return names[wanted - 1]
            raise InputError(
                f"{self.shown} has {len(names)} columns, so there is no column {wanted}; correct the mapping's column"
            )
        if wanted in names:
            return wanted
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise InputError(f"{self.shown} has no column '{wanted}'; it has {shown}; correct the mapping's column")

    def numbers(self, wanted: str | int) -> np.ndarray:
        """A column as float64 (rows,); cells without a value, and those that are not finite, become NaN.

        Raises:
            InputError: no such column, or a cell that is no number, with its row.
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
        if text in MISSING_TEXTS:
            return float("nan")
        try:
            return float(text)
        except ValueError:
            raise InputError(
                f"{self.where(row)}, column '{name}' holds '{text[:40]}', which is no number; correct the file, or the "
                "mapping's decimal mark, delimiter or column"
            ) from None

    def texts(self, wanted: str | int) -> np.ndarray:
        """A column as labels (rows,) of str: whole numbers without a point, "" where there is no value."""
        column = self.frame[self.column(wanted)]
        if column.dtype.kind in "fiub":
            values = column.to_numpy(dtype=float)
            distinct, places = np.unique(values, return_inverse=True)
            labels = ["" if np.isnan(v) else str(int(v)) if float(v).is_integer() else repr(float(v)) for v in distinct]
            return np.array(labels, dtype=object)[places]
        return np.array(["" if pd.isna(v) or v in MISSING_TEXTS else str(v).strip() for v in column], dtype=object)
