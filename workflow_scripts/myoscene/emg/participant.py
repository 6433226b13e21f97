"""What the jobs of this stage share: one participant's recordings, events and conditioned stretches."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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


def read_participant(recordings: PathLike, events: PathLike) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Recordings and events of one participant; InputError for no recording, or channels that differ."""
    table = read_table(recordings, PARTICIPANT_RECORDINGS)
    if table.empty:
        raise InputError(
            f"{recordings} lists no recording; exclude the participant with recordings.exclude_participants"
        )
    first = table.iloc[0]
    for row in rows_of(table):
        if list(row["channels"]) != list(first["channels"]):
            raise InputError(
                f"participant {row['participant']}: recording {row['recording']} has the channels "
                f"{', '.join(row['channels'])} and {first['recording']} {', '.join(first['channels'])}; "
                "choose those that all have with recordings.channels"
            )
    return table, read_table(events, EVENTS)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as column -> value."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def events_of(events: pd.DataFrame, recording: str, role: str) -> pd.DataFrame:
    """Events of one role in one recording, in onset order."""
    return events[(events["recording"] == recording) & (events["role"] == role)]


def bad_spans(events: pd.DataFrame, recording: str) -> list[tuple[float, float]]:
    """(onset_s, duration_s) of the stretches of a recording that are marked bad."""
    bad = events_of(events, recording, "bad")
    return list(zip(bad["onset_s"].astype(float), bad["duration_s"].astype(float), strict=True))


def calibration_names(recordings: pd.DataFrame) -> list[str]:
    """Names of the calibration recordings."""
    return recordings.loc[recordings["kind"] == "calibration", "recording"].tolist()


def fitting_names(recordings: pd.DataFrame, fit_on: str) -> list[str]:
    """Names of the recordings on which anything per-person is fitted.

    Args:
        fit_on: ``calibration`` or ``all``.

    Raises:
        InputError: ``calibration``, and the participant has none.
    """
    names = recordings["recording"].tolist() if fit_on == "all" else calibration_names(recordings)
    if not names:
        raise InputError(
            f"participant {recordings['participant'].iloc[0]} has no calibration recording; add one, "
            "exclude the participant, or set emg.normalise.fit_on to all"
        )
    return names


def read_stretches(signals: PathLike, names: Sequence[str] | None = None) -> Iterator[Stretch]:
    """Conditioned segments in the order of the table, one recording in memory at a time.

    Args:
        signals: the participant's table SIGNALS.
        names: only these recordings.
    """
    table_schema(signals, SIGNALS)
    with pq.ParquetFile(signals) as file:
        for group in range(file.num_row_groups):
            if file.metadata.row_group(group).num_rows:
                with readable(signals, SIGNALS.name):
                    found = list(_stretches_of(file, group, names))
                yield from found


def _stretches_of(file: pq.ParquetFile, group: int, names: Sequence[str] | None) -> Iterator[Stretch]:
    """Segments of one row group, which is one recording."""
    recording = file.read_row_group(group, columns=["recording"]).column(0)[0].as_py()
    if names is not None and recording not in names:
        return
    table: pa.Table = file.read_row_group(group)
    for name in SIGNALS.columns:
        if table.column(name).null_count:
            raise ValueError(f"a missing value in column '{name}'")
    columns = [name for name in table.column_names if name.endswith("_uv")]
    segment, time_s = (table.column(name).to_numpy() for name in ("segment", "time_s"))
    signal_uv = np.stack([table.column(name).to_numpy() for name in columns])
    edges = [0, *(np.flatnonzero(np.diff(segment)) + 1), len(segment)]
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        yield Stretch(recording, int(segment[first]), time_s[first:last], signal_uv[:, first:last])


def with_events(
    stretch: Stretch, table: pd.DataFrame, events: pd.DataFrame, rate_hz: float, trims_s: tuple[float, float]
) -> Stretch:
    """The stretch with its kind of recording and, in a calibration, the trimmed expression events inside it."""
    if stretch.recording not in calibration_names(table):
        return stretch
    found = []
    for row in rows_of(events_of(events, stretch.recording, "expression")):
        span = event_span(row["onset_s"], row["duration_s"], rate_hz, *trims_s)
        first, last = segment_span(stretch.time_s, rate_hz, *span)
        if last > first:
            found.append(Event(int(row["event"]), row["label"], first, last))
    return replace(stretch, calibration=True, events=found)


def samples_frame(
    stretches: Iterable[tuple[str, int, npt.NDArray[Any], npt.NDArray[Any]]], schema: Schema, names: Sequence[str]
) -> pd.DataFrame:
    """Rows of SIGNALS or ENVELOPES, one a sample.

    Args:
        stretches: recording, segment, time_s (samples,) and values (channels, samples) of each.
        names: column of each channel.
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
