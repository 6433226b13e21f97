"""CSV files that people open: no cell is a formula, none turns the direction of a line, and reading gives it back."""

from pathlib import Path

import pandas as pd
import pytest
from myoscene.core.tables import read_csv_table, read_table, real, table, text, write_table

TABLE = table("notes", "a text and a number", text("note?"), real("value"))
CELLS = ["=1+1", "+49", "-2", "@SUM(A1)", "\tx", "'=1", "'", "", "fine", "it's", "a=b", None]


def test_formulas_are_guarded_and_come_back(tmp_path: Path) -> None:
    frame = pd.DataFrame({"note": CELLS, "value": [-1.5] * len(CELLS)})
    write_table(tmp_path / "t.parquet", frame, TABLE, csv=tmp_path / "t.csv")
    written = pd.read_csv(tmp_path / "t.csv", keep_default_na=False)
    assert not [cell for cell in written["note"] if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert (written["value"] == -1.5).all()
    read = read_csv_table(tmp_path / "t.csv", TABLE)
    expected = ["\\tx" if cell == "\tx" else cell or "" for cell in CELLS]
    assert [cell.removeprefix("'") if "\\t" in cell else cell for cell in read["note"]] == expected
    assert read_table(tmp_path / "t.parquet", TABLE)["note"].tolist()[:5] == CELLS[:5]


@pytest.mark.parametrize("turned", ["\u202egpj.exe", "a\u2066b", "\x1b[31mred"])
def test_what_turns_or_controls_a_line_is_shown(tmp_path: Path, turned: str) -> None:
    write_table(tmp_path / "t.csv", pd.DataFrame({"note": [turned], "value": [1.0]}), TABLE)
    assert (tmp_path / "t.csv").read_text().isprintable() is False  # line ends
    assert all(line.isprintable() for line in (tmp_path / "t.csv").read_text().splitlines())
