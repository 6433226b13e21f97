"""What readers of other tools' tables share: text to numbers, and one shape of what they give."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError

# A face counts as seen from this confidence on, where a tool gives one (our choice).
CONFIDENCE = 0.5


@dataclass(frozen=True)
class Found:
    """Parameters of one recording.

    Attributes:
        tool: whose file it is.
        values: name -> number, a row a frame; not a number where no face was seen.
        is_face: ``(rows,)``.
        time_s: ``(rows,)``, None where the file has no times.
        frame: number of each row's frame.
        has_timecode: whether times count frames within seconds, so that a rate is needed to read them.
    """

    tool: str
    values: pd.DataFrame
    is_face: NDArray[np.bool_]
    time_s: NDArray[np.float64] | None
    frame: NDArray[np.int64]
    has_timecode: bool = False


class Texts:
    """A table of delimited text; columns are found by name, whatever their case and the spaces around them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open(path, encoding="utf-8-sig", newline="") as handle:
                first = handle.readline()
                mark = ";" if first.count(";") > first.count(",") else ","
                rows = list(csv.reader([first, *handle], delimiter=mark, skipinitialspace=True))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{path} cannot be read as delimited text ({error}); check the file") from None
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        if len(rows) < 2:
            raise InputError(f"{path} has no rows below its header; check the file")
        self.names = [name.strip() for name in rows[0]]
        while self.names and not self.names[-1]:  # a delimiter at the end of each line
            self.names.pop()
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise InputError(f"{path} has the column '{twice}' twice; remove one")
        # As written first: OpenFace has both x_0 and X_0.
        self._places: dict[str, int] = {}
        for place, name in [
            *enumerate(self.names),
            *((place, name.casefold()) for place, name in enumerate(self.names)),
        ]:
            self._places.setdefault(name, place)
        count = self._place("BlendShapeCount")
        for number, row in enumerate(rows[1:], 2):
            if count is not None and row[count : count + 1] == ["0"]:  # Live Link Face saw no face: no values follow
                row.extend([""] * (len(self.names) - len(row)))
            if len(row) < len(self.names):
                raise InputError(f"{path}, line {number}, has {len(row)} cells for {len(self.names)} columns; mend it")
        self._rows = rows[1:]
        self._decimal_comma = mark == ";"

    def __contains__(self, name: str) -> bool:
        return self._place(name) is not None

    def _place(self, name: str) -> int | None:
        return self._places.get(name, self._places.get(name.casefold()))

    def numbers(self, name: str) -> NDArray[np.float64]:
        """One column; an empty cell and NaN are not a number. InputError where it is missing or holds other text."""
        place = self._place(name)
        if place is None:
            raise InputError(f"{self.path} has no column '{name}'; check the file")
        found = np.empty(len(self._rows))
        for number, row in enumerate(self._rows):
            text = row[place].strip()
            text = text.replace(",", ".") if self._decimal_comma else text
            try:
                found[number] = float(text) if text else np.nan
            except ValueError:
                found[number] = np.inf
            if np.isinf(found[number]):
                raise InputError(f"{self.path}, line {number + 2}, column '{name}': '{text}' is no number; mend it")
        return found

    def truths(self, name: str) -> NDArray[np.bool_]:
        """A column of True and False, or 1 and 0."""
        place = self._place(name)
        assert place is not None
        texts = np.array([row[place].strip().casefold() for row in self._rows])
        known = np.isin(texts, ["true", "1", "1.0", "false", "0", "0.0", ""])
        if not known.all():
            line = int(np.argmin(known))
            raise InputError(
                f"{self.path}, line {line + 2}, column '{name}': '{texts[line]}' is neither true nor false"
            )
        return np.isin(texts, ["true", "1", "1.0"])

    def frames(self) -> NDArray[np.int64]:
        """The column ``frame``, or the number of each row where there is none."""
        if "frame" not in self:
            return np.arange(len(self._rows))
        values = self.numbers("frame")
        if np.isnan(values).any() or (values % 1 != 0).any() or (np.diff(values) <= 0).any():
            raise InputError(f"{self.path}: the column 'frame' has to hold whole numbers that grow; sort or mend it")
        return values.astype(np.int64)


def seen_only(values: pd.DataFrame, is_face: NDArray[np.bool_]) -> pd.DataFrame:
    """The values, not a number in rows without a face."""
    return pd.DataFrame(np.where(is_face[:, None], values.to_numpy(float), np.nan), columns=values.columns)
