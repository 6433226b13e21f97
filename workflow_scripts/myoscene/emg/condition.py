"""Job: conditioned signals of one participant."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.emg.participant import PathLike, bad_spans, read_participant, rows_of
from myoscene.emg.tables import SIGNALS
from myoscene.pipeline.filters import check_band, condition_signal, minimum_samples
from myoscene.pipeline.rate import effective_rate
from myoscene.recordings.content import read_as_described
from myoscene.recordings.read import EmgRecording, good_segments

log = logging.getLogger(__name__)


def condition_participant(
    recordings: PathLike,
    events: PathLike,
    output: PathLike,
    *,
    filters: Mapping[str, Any],
    rate_hz: float,
    max_held_fraction: float,
) -> None:
    """Filter and resample every recording of a participant, each good segment on its own.

    Args:
        recordings: the participant's table PARTICIPANT_RECORDINGS.
        events: the participant's table EVENTS, whose bad events are cut out.
        output: table SIGNALS, a row group a recording.
        filters: the section ``emg.filters``.
        rate_hz: model rate.
        max_held_fraction: share of held samples above which the effective rate falls below the declared one.

    Raises:
        InputError: the band reaches the Nyquist limit of the declared or of the effective rate.
    """
    table, marks = read_participant(recordings, events)
    frames = []
    for row in rows_of(table):
        name = row["recording"]
        recording = read_as_described(row)
        where = f"participant {row['participant']}, recording {name}"
        held = effective_rate(recording.signal_uv, recording.rate_hz, max_held_fraction)
        check_band(filters, recording.rate_hz, held.effective_rate_hz, where)
        if rate_hz > held.effective_rate_hz:
            log.info("%s: resampled from %g Hz (effective) up to %g Hz", where, held.effective_rate_hz, rate_hz)
        spans = bad_spans(marks, name)
        frames += _condition_recording(recording, name, spans, filters, rate_hz, where)
    columns = [*SIGNALS.columns, *(f"{name}_uv" for name in table["channels"].iloc[0])]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({name: [] for name in columns})
    write_table(output, frame[columns], SIGNALS, row_group_by="recording")


def _condition_recording(
    recording: EmgRecording,
    name: str,
    bad: list[tuple[float, float]],
    filters: Mapping[str, Any],
    rate_hz: float,
    where: str,
) -> list[pd.DataFrame]:
    """Conditioned segments of one recording; those too short to filter are left out (log)."""
    shortest = minimum_samples(filters, recording.rate_hz)
    frames = []
    segments = good_segments(recording.signal_uv.shape[1], recording.rate_hz, bad)
    for number, (start, stop) in enumerate(segments):
        if stop - start < shortest:
            log.warning(
                "%s: segment %d (%.3f-%.3f s) is too short to filter (%d of %d samples) and left out",
                where, number, start / recording.rate_hz, stop / recording.rate_hz, stop - start, shortest,
            )  # fmt: skip
            continue
        raw = recording.signal_uv[:, start:stop]
        conditioned = condition_signal(raw, recording.rate_hz, recording.mains_hz, filters, rate_hz)
        n = conditioned.shape[1]
        frames.append(
            pd.DataFrame(
                {
                    "recording": pd.Series(np.repeat(name, n), dtype="str"),
                    "segment": np.full(n, number, dtype=np.int32),
                    "time_s": start / recording.rate_hz + np.arange(n) / rate_hz,
                    **{f"{channel}_uv": conditioned[i] for i, channel in enumerate(recording.channels)},
                }
            )
        )
    if not frames:
        log.warning("%s: no segment is long enough to filter; the recording is left out", where)
    return frames
