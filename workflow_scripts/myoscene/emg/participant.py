"""What the jobs of this stage share: one participant's recordings, events and conditioned stretches."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from myoscene.core.errors import InputError
from myoscene.core.tables import Column, Schema, read_table, readable, table_schema, write_parts
from myoscene.emg.tables import SIGNALS
from myoscene.pipeline.chain import Event, Stretch
from myoscene.pipeline.windows import event_span, segment_span
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS

PathLike = str | os.PathLike[str]
# Of a stretch its recording, segment, time_s (samples,) and values (channels, samples).
Samples = tuple[str, int, npt.NDArray[Any], npt.NDArray[Any]]
# Rows of a table of samples that are put together at a time: those of the largest row group.
_PART = 2**20


@dataclass(frozen=True)
class Person:
    """One participant's recordings and events: the tables PARTICIPANT_RECORDINGS and EVENTS."""

    recordings: pd.DataFrame
    events: pd.DataFrame

    @property
    def name(self) -> str:
        return str(self.recordings["participant"].iloc[0])

    @property
    def channels(self) -> list[str]:
        return list(self.recordings["channels"].iloc[0])

    @property
    def calibrations(self) -> list[str]:
        """Names of the calibration recordings."""
        return self.recordings.loc[self.recordings["kind"] == "calibration", "recording"].tolist()

    def fitting(self, fit_on: str) -> list[str]:
        """Names of the recordings on which anything per person is fitted; InputError for ``calibration`` and none."""
        names = self.recordings["recording"].tolist() if fit_on == "all" else self.calibrations
        if not names:
            raise InputError(
                f"participant {self.name} has no calibration recording; add one, "
                "exclude the participant, or set emg.normalise.fit_on to all"
            )
        return names

    def bad(self, recording: str) -> list[tuple[float, float]]:
        """(onset_s, duration_s) of the stretches of a recording that are marked bad."""
        return [(float(row["onset_s"]), float(row["duration_s"])) for row in self._events(recording, "bad")]

    def spans(self, recording: str, rate_hz: float, trims_s: tuple[float, float]) -> list[Event]:
        """The trimmed expression events of a calibration, in samples of the recording; [] of a scene recording."""
        return [
            Event(int(row["event"]), row["label"], *event_span(row["onset_s"], row["duration_s"], rate_hz, *trims_s))
            for row in (self._events(recording, "expression") if recording in self.calibrations else [])
        ]

    def _events(self, recording: str, role: str) -> list[dict[str, Any]]:
        """Events of one role in one recording, in onset order."""
        return rows_of(self.events[(self.events["recording"] == recording) & (self.events["role"] == role)])

    def with_events(self, stretch: Stretch, rate_hz: float, trims_s: tuple[float, float]) -> Stretch:
        """The stretch with its kind of recording and the events inside it."""
        found = [
            event._replace(first=first, last=last)
            for event in self.spans(stretch.recording, rate_hz, trims_s)
            for first, last in [segment_span(stretch.time_s, rate_hz, event.first, event.last)]
            if last > first
        ]
        return replace(stretch, calibration=stretch.recording in self.calibrations, events=found)


def read_person(recordings: PathLike, events: PathLike) -> Person:
    """A participant's two tables; InputError for no recording, or channels that differ."""
    table = read_table(recordings, PARTICIPANT_RECORDINGS)
    if table.empty:
        raise InputError(
            f"{recordings} lists no recording; exclude the participant with recordings.exclude_participants"
        )
    first, *others = rows_of(table)
    for row in others:
        if list(row["channels"]) != list(first["channels"]):
            raise InputError(
                f"participant {row['participant']}: recording {row['recording']} has the channels "
                f"{', '.join(row['channels'])} and {first['recording']} {', '.join(first['channels'])}; "
                "choose those that all have with recordings.channels"
            )
    return Person(table, read_table(events, EVENTS))


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as column -> value."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def read_stretches(signals: PathLike, recordings: Sequence[str] | None = None) -> Iterator[Stretch]:
    """Conditioned segments of a table SIGNALS, one recording in memory at a time: all, or of these.

    A long recording lies in several row groups: the rows of one name that follow each other are one recording.
    """
    table_schema(signals, SIGNALS)
    with pq.ParquetFile(signals) as file:
        filled = [group for group in range(file.num_row_groups) if file.metadata.row_group(group).num_rows]
        with readable(signals, SIGNALS.name):
            names = {group: _first_name(file, group) for group in filled}
        for name, groups in groupby(filled, key=names.__getitem__):
            if recordings is None or name in recordings:
                with readable(signals, SIGNALS.name):
                    found = list(_stretches_of(name, file, list(groups)))
                yield from found
                del found


def _first_name(file: pq.ParquetFile, group: int) -> str | None:
    batch = next(file.iter_batches(1, row_groups=[group], columns=["recording"]))
    name: str | None = batch.column(0)[0].as_py()
    return name


def _stretches_of(name: str | None, file: pq.ParquetFile, groups: list[int]) -> Iterator[Stretch]:
    """A column at a time, so that of the table no more is in memory than what the stretches hold."""
    if name is None:
        raise ValueError("a missing value in column 'recording'")
    segment, time_s = (_column(file, groups, column) for column in ("segment", "time_s"))
    columns = [column for column in file.schema_arrow.names if column.endswith("_uv")]
    signal_uv = np.empty((len(columns), len(segment)), dtype=np.float32)
    for row, column in zip(signal_uv, columns, strict=True):
        row[:] = _column(file, groups, column)
    edges = [0, *(np.flatnonzero(np.diff(segment)) + 1), len(segment)]
    for first, last in pairwise(edges):
        yield Stretch(name, int(segment[first]), time_s[first:last], signal_uv[:, first:last])


def _column(file: pq.ParquetFile, groups: list[int], name: str) -> npt.NDArray[Any]:
    column = file.read_row_groups(groups, columns=[name]).column(0)
    if column.null_count and name in SIGNALS.columns:
        raise ValueError(f"a missing value in column '{name}'")
    return np.asarray(column.to_numpy())


def write_samples(path: PathLike, stretches: Iterable[Samples], schema: Schema, names: Sequence[str]) -> None:
    """Write SIGNALS or ENVELOPES, a row a sample, with a column of these ``names`` for each channel.

    Row groups hold one recording each, or a part of it.
    """
    write_parts(path, _parts_of(stretches, schema, names), schema)


def _parts_of(stretches: Iterable[Samples], schema: Schema, names: Sequence[str]) -> Iterator[dict[str, Column]]:
    """Columns of at most :data:`_PART` rows of one recording; empty ones where there are no samples."""
    is_any = False
    for recording, group in groupby(stretches, key=lambda stretch: stretch[0]):
        segments = list(group)
        stops = np.cumsum([len(time_s) for _, _, time_s, _ in segments])
        for start in range(0, int(stops[-1]), _PART):
            spans = [
                (number, slice(max(start - before, 0), max(start + _PART - before, 0)), time_s, values)
                for before, (_, number, time_s, values) in zip([0, *stops], segments, strict=False)
            ]
            time_s = np.concatenate([times[span] for _, span, times, _ in spans])
            yield {
                "recording": pa.repeat(recording, len(time_s)),
                "segment": np.concatenate([np.full(len(t[span]), n, dtype=np.int32) for n, span, t, _ in spans]),
                "time_s": time_s,
                **{
                    name: np.concatenate([values[channel, span] for _, span, _, values in spans])
                    for channel, name in enumerate(names)
                },
            }
            is_any = True
    if not is_any:
        yield {name: [] for name in [*schema.columns, *names]}
