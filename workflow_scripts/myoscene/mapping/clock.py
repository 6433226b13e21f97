"""Two tables on one clock: signals, brought to the times of the targets."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.arrays import Floats
from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike
from myoscene.mapping.columns import TIME, WHOSE, measured
from myoscene.mapping.settings import MappingSettings
from myoscene.pipeline.envelope import envelope
from myoscene.pipeline.windows import to_samples

# What stands for a missing value in a text table; a participant may be called so.
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "-NaN", "null", "NULL", "None")
# A hole in a table's time, in steps of it, that nothing is interpolated over (our choice).
HOLE_STEPS = 5.0
# A raw signal swings about 0: its mean is this much smaller than its spread (our choice).
RAW_MEAN = 0.2
LEAST_ROWS = 50
# Share of the rows in which a target needs a value, to be predicted at all (our choice).
LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Series:
    """Columns of one table and recording on their own clock: ``time_s`` ``(n,)``, ``values`` ``(n, columns)``.

    ``held``: between its rows the one before stands, as it does online; else what lies between is interpolated.
    """

    time_s: Floats
    values: Floats
    held: bool = False

    @property
    def step_s(self) -> float:
        """Usual time from one row to the next."""
        return float(np.median(np.diff(self.time_s)))

    def at(self, times_s: Floats) -> Floats:
        """Values ``(times, columns)``; NaN outside, in holes, and beside missing values."""
        place = np.clip(np.searchsorted(self.time_s, times_s, side="right"), 1, len(self.time_s) - 1)
        before, after = self.time_s[place - 1], self.time_s[place]
        if self.held:
            last = np.where(times_s >= after, place, place - 1)
            held: Floats = self.values[last]
            age = times_s - self.time_s[last]
            held[(age < 0) | (age > HOLE_STEPS * self.step_s)] = np.nan
            return held
        share = ((times_s - before) / (after - before))[:, None]
        found: Floats = (1 - share) * self.values[place - 1] + share * self.values[place]
        exact = np.where(times_s == after, place, place - 1)
        on_row = (times_s == before) | (times_s == after)
        found[on_row] = self.values[exact[on_row]]
        outside = (times_s < self.time_s[0]) | (times_s > self.time_s[-1])
        hole = (after - before > HOLE_STEPS * self.step_s) & ~on_row
        found[outside | hole] = np.nan
        return found


@dataclass(frozen=True)
class Person:
    """A participant's recording: signals on their clock, and targets ``(n, targets)`` at ``time_s`` ``(n,)``."""

    name: str
    participant: str
    signals: Series
    time_s: Floats
    targets: Floats


@dataclass(frozen=True)
class Pairing:
    """Everybody, and the names of what is predicted from what."""

    people: tuple[Person, ...]
    signals: tuple[str, ...]
    targets: tuple[str, ...]
    envelopes: tuple[str, ...]  # columns of either table that were raw, and became envelopes
    left_out: tuple[str, ...]  # targets that do not move, and signals that are mostly missing


def read_pairing(signals: PathLike, targets: PathLike, settings: MappingSettings) -> Pairing:
    """The rows of two tables that share a clock.

    Args:
        signals, targets: Parquet, CSV or TSV with ``time_s``, numeric columns, and perhaps ``participant``,
            ``session`` and ``recording``, which both must have then.

    Raises:
        InputError: a table cannot be used, clocks do not overlap, or nothing is left that moves.
    """
    frames = {Path(path).name: _read(path) for path in (signals, targets)}
    if len(frames) == 1:
        frames = {"signals": _read(signals), "targets": _read(targets)}
    return pair_tables(frames, settings, raw=True)


def pair_tables(frames: dict[str, pd.DataFrame], settings: MappingSettings, *, raw: bool) -> Pairing:
    """The same of tables in memory, name -> table, signals first.

    Args:
        raw: make envelopes of what seems to be a raw signal; else all are used as they are.
    """
    (name_s, table_s), (name_t, table_t) = frames.items()
    keys = [key for key in WHOSE if key in table_s or key in table_t]
    for key in keys:
        for name, table in ((name_s, table_s), (name_t, table_t)):
            if key not in table:
                raise InputError(f"{name} has no column '{key}', and the other table has; give both or neither it")
    columns = [measured(name, table) for name, table in frames.items()]
    whose_s, whose_t = _by_recording(table_s, keys), _by_recording(table_t, keys)
    common = [whose for whose in whose_t if whose in whose_s]
    if not common:
        raise InputError(f"{name_s} and {name_t} have no {' and '.join(keys)} in common; compare their spelling")
    for whose in sorted(set(whose_s) ^ set(whose_t)):
        logging.warning("%s is in one of the tables only, and left out", "/".join(whose))
    there = tuple(
        name for name in columns[0] if all(rows[name].notna().mean() >= LEAST_SHARE for rows in whose_s.values())
    )
    missing = tuple(name for name in columns[0] if name not in there)
    if not there:
        raise InputError(f"every signal in {name_s} is mostly missing in somebody; leave that person out")
    people, found_raw = [], set[str]()
    for whose in common:
        shown = "/".join(whose) or "the recording"
        series = [
            _series(f"{name} ({shown})", rows[whose], names)
            for name, rows, names in ((name_s, whose_s, there), (name_t, whose_t, columns[1]))
        ]
        sides = []
        for one, names, causal in zip(series, (there, columns[1]), (settings.causal, False), strict=True):
            made, found = enveloped(one, names, settings, causal=causal) if raw else (replace(one, held=causal), [])
            sides.append(made)
            found_raw |= set(found)
        paired = _paired(shown, *sides, names=(name_s, name_t), settings=settings)
        participant = whose[keys.index("participant")] if "participant" in keys else ""
        people.append(replace(paired, participant=participant))
    return _moving(people, there, columns[1], tuple(sorted(found_raw)), missing)


def _read(path: PathLike) -> pd.DataFrame:
    path = Path(path)
    try:
        if path.suffix == ".parquet":
            return _named(path.name, pd.read_parquet(path))
        if path.suffix in (".csv", ".tsv"):
            options: dict[str, Any] = {"sep": "\t" if path.suffix == ".tsv" else ",", "skipinitialspace": True}
            names = pd.read_csv(path, nrows=0, **options).columns
            options |= {"dtype": dict.fromkeys(WHOSE, str), "keep_default_na": False}
            return _named(
                path.name,
                pd.read_csv(path, na_values={name: MISSING for name in names if name not in WHOSE}, **options),
            )
    except FileNotFoundError:
        raise InputError(f"there is no {path}; give a table with the column {TIME}") from None
    except (ValueError, OSError, pd.errors.ParserError) as error:
        raise InputError(f"{path} cannot be read as a table ({error}); write it again") from None
    raise InputError(f"{path} is no Parquet, CSV or TSV by its name; give it the suffix of what it is")


def _named(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The table, with texts that say whose a row is; InputError where one does not."""
    for key in (key for key in WHOSE if key in table):
        empty = table[key].isna() | (table[key].astype(str) == "")
        if empty.any():
            raise InputError(f"{name} has no {key} in row {int(empty.to_numpy().argmax())}; say whose every row is")
    return table.astype({key: str for key in WHOSE if key in table})


def _by_recording(table: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    if not keys:
        return {(): table}
    return {tuple(map(str, whose)): rows for whose, rows in table.groupby(list(keys), sort=True)}


def _series(shown: str, rows: pd.DataFrame, names: Sequence[str]) -> Series:
    time_s = rows[TIME].to_numpy(dtype=np.float64)
    if len(time_s) < LEAST_ROWS:
        raise InputError(f"{shown} has {len(time_s)} rows; at least {LEAST_ROWS} are needed")
    steps = np.diff(time_s)
    if not np.isfinite(time_s).all() or (steps <= 0).any():
        row = int(np.argmax(~np.isfinite(time_s))) if not np.isfinite(time_s).all() else int(np.argmax(steps <= 0)) + 1
        raise InputError(f"{shown}: {TIME} does not increase at row {row} ({time_s[row]}); sort it and drop repeats")
    values = rows[list(names)].to_numpy(dtype=np.float64)
    return Series(time_s, np.where(np.isfinite(values), values, np.nan))


def enveloped(
    series: Series, names: Sequence[str], settings: MappingSettings, *, causal: bool
) -> tuple[Series, list[str]]:
    """The series with RMS envelopes in place of raw signals, and the names of those.

    A column is raw where its rows come more than twice as fast as ``settings.rate_hz`` and it swings about 0. A causal
    value is of the window up to its time, else of that around it; what kind of signal a column is, all of it says.
    """
    rate = 1 / series.step_s
    if rate <= 2 * settings.rate_hz:
        return Series(series.time_s, series.values, causal), []
    values, raw = series.values.copy(), []
    for place, name in enumerate(names):
        column = values[:, place]
        mean, sd = np.nanmean(column), np.nanstd(column)
        if sd > 0 and abs(mean) < RAW_MEAN * sd and np.nanmin(column) < 0:
            centre = pd.Series(column).expanding().mean().to_numpy() if causal else mean
            found = envelope(np.nan_to_num(column - centre)[None], rate, settings.envelope_s)[0]
            if causal:
                length = max(1, to_samples(settings.envelope_s, rate))
                late = length - 1 - length // 2  # samples by which a window looks ahead
                found = np.concatenate([np.full(late, np.nan), found[: len(found) - late]])
            values[:, place] = np.where(np.isnan(column), np.nan, found)
            raw.append(name)
    if len(raw) < len(names):
        # What is no raw signal is averaged over a row of the common clock, so that nothing faster folds into it.
        others = [place for place, name in enumerate(names) if name not in raw]
        length = max(1, round(rate / settings.rate_hz))
        smooth = pd.DataFrame(values[:, others]).rolling(length, center=not causal, min_periods=1).mean()
        values[:, others] = smooth.to_numpy()
    return Series(series.time_s, values, causal), raw


def _paired(
    shown: str, signals: Series, targets: Series, *, names: tuple[str, str], settings: MappingSettings
) -> Person:
    start, stop = max(signals.time_s[0], targets.time_s[0]), min(signals.time_s[-1], targets.time_s[-1])
    if stop - start < LEAST_ROWS * max(signals.step_s, targets.step_s):
        raise InputError(
            f"the clocks of {names[0]} ({signals.time_s[0]:.3f} to {signals.time_s[-1]:.3f} s) and {names[1]} "
            f"({targets.time_s[0]:.3f} to {targets.time_s[-1]:.3f} s) hardly overlap in {shown}; give both in seconds "
            "on one clock"
        )
    times = targets.time_s[(targets.time_s >= start) & (targets.time_s <= stop)]
    if 1 / targets.step_s > 1.5 * settings.rate_hz:
        times = np.arange(start, stop, 1 / settings.rate_hz)
    return Person(shown, "", signals, times, targets.at(times))


def _moving(
    people: Sequence[Person],
    signals: Sequence[str],
    targets: Sequence[str],
    raw: tuple[str, ...],
    missing: tuple[str, ...],
) -> Pairing:
    """Without targets that hardly have values, or the same ones, in somebody; and without rows that lack one."""
    gone = np.zeros(len(targets), dtype=bool)
    for person in people:
        there = np.isfinite(person.targets)
        highest = np.where(there, person.targets, -np.inf).max(axis=0)
        lowest = np.where(there, person.targets, np.inf).min(axis=0)
        gone |= (there.mean(axis=0) < LEAST_SHARE) | ~(highest > lowest)
    left_out = (*missing, *(name for name, one in zip(targets, gone, strict=True) if one))
    if gone.all():
        raise InputError("no target moves in everybody: there is nothing to predict; give targets that change")
    if left_out:
        logging.warning("%s: constant or missing in somebody, and left out", ", ".join(left_out))
    kept = []
    for person in people:
        values = person.targets[:, ~gone]
        rows = np.isfinite(values).all(axis=1)
        if rows.sum() < LEAST_ROWS:
            raise InputError(
                f"only {rows.sum()} rows of {person.name} have all targets; at least {LEAST_ROWS} are needed: leave "
                "out the targets, or the person, with missing values"
            )
        kept.append(replace(person, time_s=person.time_s[rows], targets=values[rows]))
    names = tuple(name for name, one in zip(targets, gone, strict=True) if not one)
    return Pairing(tuple(kept), tuple(signals), names, raw, left_out)
