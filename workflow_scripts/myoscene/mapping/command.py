"""``myoscene map-continuous``: two tables on a clock in, the table of protocols out."""

import logging
import sys
from pathlib import Path

import pandas as pd

from myoscene.core.errors import printable
from myoscene.core.tables import PathLike, write_table
from myoscene.machinery.staging import new_folder
from myoscene.mapping.clock import Pairing, read_pairing
from myoscene.mapping.protocols import Outcome, run_protocols
from myoscene.mapping.settings import MappingSettings
from myoscene.mapping.tables import LAGS, LEAK, OWN, SCORES, SUMMARY


def map_continuous(signals: PathLike, targets: PathLike, out: Path | None, settings: MappingSettings) -> str:
    """Predict the columns of one table from those of another, and say how well; into the folder ``out`` as CSV, too.

    Raises:
        InputError: a table cannot be used, or ``out`` is not a new folder.
    """
    if out is None:
        return _text(*_found(signals, targets, settings), settings)
    with new_folder(out) as folder:
        pairing, found = _found(signals, targets, settings)
        folder.mkdir(exist_ok=True)
        write_table(folder / "summary.csv", found.summary, SUMMARY)
        write_table(folder / "scores.csv", found.scores, SCORES)
        write_table(folder / "lags.csv", found.lags, LAGS)
    return f"{_text(pairing, found, settings)}\n\nby person and target: {out}"


class _Escaped(logging.Formatter):
    """Names of people and columns, in one line and with nothing that a terminal obeys."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def _found(signals: PathLike, targets: PathLike, settings: MappingSettings) -> tuple[Pairing, Outcome]:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Escaped("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    pairing = read_pairing(signals, targets, settings)

    def told(line: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{printable(line)}", end="", file=sys.stderr, flush=True)

    found = run_protocols(pairing, settings, told)
    told("")
    return pairing, found


def _text(pairing: Pairing, found: Outcome, settings: MappingSettings) -> str:
    """What was read, and the table of protocols with intervals."""
    shown = found.summary
    aside = shown["protocol"].eq(LEAK) | shown["protocol"].str.startswith(f"{OWN},")
    number = len({person.participant for person in pairing.people})
    over = "people" if number > 1 else f"blocks of {settings.block_s:g} s, of one person"
    parts = [
        f"{len(pairing.signals)} signals, {len(pairing.targets)} targets, {number} person(s)",
        f"RMS envelopes over {settings.envelope_s:g} s of: {', '.join(pairing.envelopes)}" if pairing.envelopes else "",
        f"left out, since constant or missing: {', '.join(pairing.left_out)}" if pairing.left_out else "",
        f"All scores are of the last {100 * (1 - settings.train_fraction):.0f} % of each recording, means over targets "
        f"and people,\nwith {100 * settings.confidence:.0f} % intervals over {over}. R2 below 0: the mean of what is "
        "scored would be nearer.",
        _lines(shown[~aside]),
        f"Learning curve of {OWN}:\n{_lines(shown[shown['protocol'].str.startswith(f'{OWN},')])}",
        "Not a result: rows drawn at random, whose neighbours train, seem to be predicted this well:\n"
        + _lines(shown[shown["protocol"].eq(LEAK)]),
        "Lag of the targets behind the signals, of the training data:\n" + _lags(found.lags),
    ]
    return "\n\n".join(part for part in parts if part)


def _lines(shown: pd.DataFrame) -> str:
    names = {"r": "r", "r2": "R2", "rmse": "RMSE", "smape": "SMAPE %", "spearman": "Spearman", "jerk": "jerk ratio"}
    cells = [["protocol", "model", *names.values()]]
    for _, row in shown.iterrows():
        cells.append([str(row["protocol"]), str(row["model"]), *(_cell(row, metric) for metric in names)])
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    lines = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _cell(row: pd.Series, metric: str) -> str:
    if pd.isna(row[metric]):
        return "-"
    digits = 3 if abs(row[metric]) >= 100 else 2
    value, low, high = (f"{row[name]:.{digits}g}" for name in (metric, f"{metric}_low", f"{metric}_high"))
    return f"{value} [{low}, {high}]" if not pd.isna(row[f"{metric}_low"]) else value


def _lags(lags: pd.DataFrame) -> str:
    shown = lags[~lags["protocol"].str.startswith(f"{OWN},") & lags["protocol"].ne(LEAK)]
    each = shown.groupby("protocol", sort=False)[["lag_s", "lag_low_s", "lag_high_s"]].mean()
    return "\n".join(f"{name}: {lag:.2f} s [{low:.2f}, {high:.2f}]" for name, lag, low, high in each.itertuples())
