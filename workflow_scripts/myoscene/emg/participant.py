"""What the jobs of this stage share: one participant's recordings, events and conditioned stretches."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from myoscene.core.errors import InputError
from myoscene.core.tables import Schema, read_table, readable, table_schema
from myoscene.emg.tables import SIGNALS
from myoscene.pipeline.chain import Event, Stretch
from myoscene.pipeline.windows import event_span, segment_span
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS

PathLike = str | os.PathLike[str]


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
    """Conditioned segments of a table SIGNALS, one recording (a row group) in memory at a time: all, or of these."""
    table_schema(signals, SIGNALS)
    with pq.ParquetFile(signals) as file:
        for group in range(file.num_row_groups):
            if file.metadata.row_group(group).num_rows:
                with readable(signals, SIGNALS.name):
                    name = file.read_row_group(group, columns=["recording"]).column(0)[0].as_py()
                    is_wanted = recordings is None or name in recordings
                    found = list(_stretches_of(file.read_row_group(group))) if is_wanted else []
                yield from found


def _stretches_of(table: pa.Table) -> Iterator[Stretch]:
    for name in SIGNALS.columns:
        if table.column(name).null_count:
            raise ValueError(f"a missing value in column '{name}'")
    segment, time_s = (table.column(name).to_numpy() for name in ("segment", "time_s"))
    signal_uv = np.stack([table.column(name).to_numpy() for name in table.column_names if name.endswith("_uv")])
    edges = [0, *(np.flatnonzero(np.diff(segment)) + 1), len(segment)]
    for first, last in pairwise(edges):
        recording = table.column("recording")[0].as_py()
        yield Stretch(recording, int(segment[first]), time_s[first:last], signal_uv[:, first:last])


def samples_frame(
    stretches: Iterable[tuple[str, int, npt.NDArray[Any], npt.NDArray[Any]]], schema: Schema, names: Sequence[str]
) -> pd.DataFrame:
    """Rows of SIGNALS or ENVELOPES, one a sample, with a column of these ``names`` for each channel.

    Of each stretch its recording, segment, time_s (samples,) and values (channels, samples).
    """
    frames = [
        pd.DataFrame(
            {
                "recording": pd.Series(np.repeat(recording, len(time_s)), dtype="str"),
                "segment": np.full(len(time_s), segment, dtype=np.int32),
                "time_s": time_s,
                **dict(zip(names, values, strict=True)),
            }
        )
        for recording, segment, time_s, values in stretches
    ]
    empty = pd.DataFrame({name: [] for name in [*schema.columns, *names]})
    return pd.concat(frames, ignore_index=True) if frames else empty
