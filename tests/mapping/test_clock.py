"""Two tables on one clock: what is read, made an envelope, left out, or refused by name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mapping.cohort import planted, written
from myoscene.cli import main
from myoscene.core.errors import InputError
from myoscene.mapping.clock import Series, read_pairing
from myoscene.mapping.settings import MappingSettings

SETTINGS = MappingSettings()


def test_interpolation_does_not_reach_over_holes_or_ends() -> None:
    time = np.concatenate([np.arange(0, 1, 0.1), np.arange(3, 4, 0.1)])
    series = Series(time, np.stack([time, 2 * time], axis=1))
    found = series.at(np.array([-0.1, 0.0, 0.25, 0.9, 1.5, 3.0, 3.95]))
    assert np.isnan(found[[0, 4, 6]]).all()
    assert np.allclose(found[[1, 2, 3, 5], 0], [0.0, 0.25, 0.9, 3.0]) and np.allclose(found[2], [0.25, 0.5])


def test_a_raw_signal_becomes_its_envelope_and_an_envelope_stays(tmp_path: Path) -> None:
    signals, targets = planted(people=1, seconds=30)
    time = np.arange(0, 30, 1 / 1000)
    shape = np.stack([np.interp(time, signals["time_s"], signals[f"m{k}"]) for k in range(2)], axis=1)
    swing = np.random.default_rng(1).normal(size=len(time))
    raw = pd.DataFrame({"participant": "01", "time_s": time, "raw": shape[:, 0] * swing, "envelope": shape[:, 1]})
    pairing = read_pairing(*written(tmp_path, raw, targets), SETTINGS)
    assert pairing.envelopes == ("raw",)
    found = pairing.people[0].signals.at(signals["time_s"].to_numpy()[30:-30])
    truth = signals[["m0", "m1"]].to_numpy()[30:-30]
    smooth = pd.DataFrame(truth).rolling(6, center=True).mean()
    keep = smooth.notna().all(axis=1)
    assert np.corrcoef(found[keep, 0], smooth[keep][0])[0, 1] > 0.95
    assert np.corrcoef(found[keep, 1], smooth[keep][1])[0, 1] > 0.95


def test_what_does_not_move_is_left_out_by_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    signals, targets = planted(people=2, seconds=30)
    targets["still"] = 0.5
    targets["hardly"] = np.where(np.arange(len(targets)) % 10 == 0, targets["smile"], np.nan)
    pairing = read_pairing(*written(tmp_path, signals, targets), SETTINGS)
    assert pairing.left_out == ("still", "hardly") and pairing.targets == ("smile", "brow")
    assert "still, hardly" in caplog.text


def test_a_causal_value_does_not_change_with_what_comes_after(tmp_path: Path) -> None:
    """Raw signals, faster ones that are none, and slow ones."""
    _, targets = planted(people=1, seconds=30)
    settings = MappingSettings(causal=True)
    time = np.arange(0, 30, 1 / 400)
    generator = np.random.default_rng(2)
    raw = generator.normal(size=len(time))
    fast = pd.DataFrame({"participant": "01", "time_s": time, "raw": raw, "level": np.abs(np.sin(time)) + 1})
    slow = fast.iloc[::50][["participant", "time_s", "level"]]
    for number, signals in enumerate((fast, slow)):
        found = []
        for changed in (False, True):
            table = signals.copy()
            late = table["time_s"] >= 20
            for name in [name for name in table if name in ("raw", "level") and changed]:
                table.loc[late, name] = table.loc[late, name] * 1.5
            folder = tmp_path / f"{number}{changed}"
            folder.mkdir()
            pairing = read_pairing(*written(folder, table, targets), settings)
            assert pairing.envelopes == (("raw",) if number == 0 else ())
            found.append(pairing.people[0].signals.at(targets["time_s"].to_numpy()))
        before = targets["time_s"] < 20
        assert np.array_equal(found[0][before], found[1][before], equal_nan=True)
        assert not np.array_equal(found[0][~before], found[1][~before], equal_nan=True)
        assert np.isfinite(found[0][before]).mean() > 0.9


def test_columns_about_rows_are_no_targets_and_anybody_may_be_called_na(tmp_path: Path) -> None:
    signals, targets = planted(people=2, seconds=30)
    renamed = [table.replace({"participant": {"02": "NA"}}) for table in (signals, targets)]
    renamed[1] = renamed[1].assign(frame=range(len(targets)), presence=0.9, is_face=True)
    renamed[0]["empty"] = np.nan
    pairing = read_pairing(*written(tmp_path, *renamed), SETTINGS)
    assert [person.participant for person in pairing.people] == ["01", "NA"]
    assert pairing.targets == ("smile", "brow") and pairing.left_out == ("empty",)


def test_rates_that_are_no_numbers_are_refused(capsys) -> None:
    for option in ("--rate-hz", "--envelope-s"):
        assert main(["map-continuous", "--signals", "a.csv", "--targets", "b.csv", option, "nan"]) == 2
        assert "numbers above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s, t: (s, t.assign(time_s=t["time_s"] + 1e4)), "hardly overlap"),
        (lambda s, t: (s, t.drop(columns="participant")), "has no column 'participant'"),
        (lambda s, t: (s, t.assign(participant="99")), "no participant in common"),
        (lambda s, t: (s.drop(columns="time_s"), t), "has no column 'time_s'"),
        (lambda s, t: (s, t[["participant", "time_s"]].assign(word="x")), "no column of numbers"),
        (lambda s, t: (s, t.assign(smile=1.0, brow=2.0)), "nothing to predict"),
        (lambda s, t: (s, t.iloc[[0, 2, 1, *range(3, len(t))]]), "does not increase at row 2"),
        (lambda s, t: (s, t.iloc[:20]), "has 20 rows"),
        (
            lambda s, t: (s.assign(m0=np.nan, m1=np.nan, m2=np.nan), t),
            "every signal in signals.parquet is mostly missing",
        ),
        (lambda s, t: (s.assign(m0=s["m0"].where(s["time_s"] < 12)), t), "rows with all signals"),
        (lambda s, t: (s, t.assign(time_s="00:01.50")), "holds no numbers ('00:01.50' for one)"),
        (lambda s, t: (s, t.assign(participant="")), "has no participant in row 0"),
        (lambda s, t: (s, t[t["time_s"] < 3]), "rows to train on"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, spoil, said: str, capsys) -> None:
    paths = written(tmp_path, *spoil(*planted(people=1, seconds=20)))
    out = tmp_path / "out"
    assert main(["map-continuous", "--signals", str(paths[0]), "--targets", str(paths[1]), "--out", str(out)]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert said in error[-1] and error[-1].startswith("myoscene map-continuous: ")
    assert not out.exists()


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    good = written(tmp_path, *planted(people=1, seconds=20))[1]
    for name, content in (("a.xlsx", b"PK"), ("b.parquet", b"PAR1"), ("c.csv", b"\x00\xff\x00")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            read_pairing(tmp_path / name, good, SETTINGS)
    with pytest.raises(InputError, match="there is no"):
        read_pairing(tmp_path / "none.csv", good, SETTINGS)


def test_the_command_prints_protocols_and_writes_tables(tmp_path: Path, capsys) -> None:
    paths = written(tmp_path, *planted(people=1, seconds=30))
    given = ["map-continuous", "--signals", str(paths[0]), "--targets", str(paths[1]), "--out", str(tmp_path / "out")]
    assert main(given) == 0
    printed = capsys.readouterr().out
    assert "own calibration" in printed and "Not a result" in printed and "one person" in printed
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert {"mean", "ridge", "extra_trees"} == set(summary["model"])
    assert str(tmp_path) not in (tmp_path / "out" / "scores.csv").read_text()
    assert main(given) == 2 and "is not empty" in capsys.readouterr().err
