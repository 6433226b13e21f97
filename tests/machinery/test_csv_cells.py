"""What people open and read: no cell is a formula, none turns the direction of a line; reading a CSV gives it back."""

import json
from pathlib import Path

import pandas as pd
import pytest
from myoscene.cli import main
from myoscene.core.errors import undirected
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


TURNED = "a\u202eb\x1b[31m"


def test_names_are_printed_with_escapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Path("results/.snakemake")
    (kept / "digests").mkdir(parents=True)
    for name in (TURNED, "there"):
        Path("results", name).write_text("x")
        (kept / "digests" / name).write_text("0 a_rule\n")
    gone, other = f"results/gone{TURNED}", f"results/other{TURNED}"
    Path(other).write_text("x")
    (kept / "files.json").write_text(json.dumps({"targets": [gone], "every": [gone]}))
    assert main(["verify", "results"]) == 2
    Path(TURNED).mkdir()
    scales = "mental,physical,temporal,performance,effort,frustration"
    Path(TURNED, "ratings.csv").write_text(f"participant,{scales}\n01,1,2,3,4,5,6\n")
    given = {"recordings": {"input": "ratings", "dataset": TURNED, "ratings": {"source": "csv"}}}
    Path("my.yaml").write_text(json.dumps(given))
    assert main(["check-config", "my.yaml"]) == 0
    said = capsys.readouterr()
    lines = [*said.out.splitlines(), *said.err.splitlines()]
    assert len([line for line in lines if r"a\u202eb\x1b[31m" in line]) >= 3
    assert all(line.isprintable() for line in lines)


def test_a_page_shows_what_would_turn_it() -> None:
    turning = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
    shown = undirected("".join(map(chr, turning)) + "\x1b a\tb\nc \u00e9")
    assert shown == "".join(f"\\u{code:04x}" for code in turning) + "\\x1b a\tb\nc \u00e9"
