"""Jobs: one row of quality measures for each recording and channel, and the cohort's table of them.

A flag says that a measure passed a limit of ``emg.quality``. Flags leave nothing out: a person decides.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from myoscene.core.tables import read_table, write_table
from myoscene.emg import quality_checks as checks
from myoscene.emg.participant import PathLike, bad_spans, events_of, read_participant, rows_of
from myoscene.emg.quality_settings import QualitySettings
from myoscene.emg.tables import QUALITY
from myoscene.pipeline.filters import filter_signal, minimum_samples
from myoscene.pipeline.rate import HeldSamples, effective_rate
from myoscene.pipeline.settings.filters import FilterSettings
from myoscene.pipeline.windows import event_span
from myoscene.recordings.content import read_as_described
from myoscene.recordings.read import EmgRecording, good_segments

log = logging.getLogger(__name__)

# A band that the recording cannot hold is measured up to this share of its Nyquist limit.
_BELOW_NYQUIST = 0.95


@dataclass(frozen=True)
class AssessSettings:
    """What the job depends on.

    Attributes:
        filters: band power is measured in its band.
        neutral: the class that is rest, None for no signal-to-noise ratio.
        trim_start_s, trim_end_s: cut from each event before its power is taken.
    """

    quality: QualitySettings
    filters: FilterSettings
    neutral: str | None
    trim_start_s: float
    trim_end_s: float


@dataclass(frozen=True)
class Labelled:
    """Trimmed expression events of a calibration, (label, start, stop) in samples, and the class of rest."""

    events: Sequence[tuple[str, int, int]] = ()
    neutral: str | None = None


def assess_participant(
    recordings: PathLike,
    events: PathLike,
    output: PathLike,
    settings: AssessSettings,
) -> None:
    """Write the table QUALITY of one participant, of whom the other two tables are."""
    table, marks = read_participant(recordings, events)
    trims_s = settings.trim_start_s, settings.trim_end_s
    frames = []
    for row in rows_of(table):
        name, calibration = row["recording"], row["kind"] == "calibration"
        recording = read_as_described(row)
        spans = []
        for event in rows_of(events_of(marks, name, "expression")) if calibration else []:
            span = event_span(event["onset_s"], event["duration_s"], recording.rate_hz, *trims_s)
            spans.append((event["label"], *span))
        bad = bad_spans(marks, name)
        labelled = Labelled(spans, settings.neutral)
        frame = assess_recording(recording, bad, settings.quality, settings.filters, labelled)
        fixed = {"participant": row["participant"], "recording": name, "synthetic": bool(row["synthetic"])}
        frames.append(frame.assign(**fixed))
        for item in rows_of(frame[frame["flags"] != ""]):
            log.warning("%s, channel %s: %s", name, item["channel"], item["flags"])
    joined = pd.concat(frames, ignore_index=True)
    write_table(output, joined[list(QUALITY.columns)], QUALITY)


def assess_recording(
    recording: EmgRecording,
    bad: Sequence[tuple[float, float]],
    quality: QualitySettings,
    filters: FilterSettings,
    labelled: Labelled,
) -> pd.DataFrame:
    """Quality of one recording, one row a channel, without the columns that name the recording.

    Args:
        recording: raw samples.
        bad: (onset_s, duration_s) of bad events.
        quality: limits.
        labelled: trimmed events, for the signal-to-noise ratio.
    """
    raw, rate_hz = recording.signal_uv, recording.rate_hz
    n = raw.shape[1]
    segments = good_segments(n, rate_hz, bad)
    held = effective_rate(raw, rate_hz, quality.max_held_fraction)
    band = measurable_band(filters, rate_hz, held.effective_rate_hz)
    mains_hz = recording.mains_hz if filters.mains_hz is None else filters.mains_hz
    power, snr = _band_power(raw, rate_hz, mains_hz, replace(filters, high_cut_hz=band[1]), segments, labelled)
    lag1, limit = checks.lag1_autocorrelation(raw, segments)
    moved = checks.moved_samples(raw)
    offset = np.median(raw, axis=1).astype(np.float64)
    frame = pd.DataFrame(
        {
            "channel": list(recording.channels),
            "declared_rate_hz": rate_hz,
            "effective_rate_hz": held.effective_rate_hz,
            "update_rate_hz": held.update_rate_hz,
            "held_fraction": held.held_fraction,
            "missing_fraction": 1 - sum(stop - start for start, stop in segments) / n,
            "n_gaps": len(bad),
            "flat_fraction": [checks.flat_fraction(x, rate_hz, quality.flat_s) for x in raw],
            "clipped_fraction": [checks.clipped_fraction(x, moved) for x in raw],
            "mains_ratio": checks.mains_ratio(raw, rate_hz, mains_hz, band, segments),
            "snr_db": np.nan if snr is None else snr,
            "lag1_autocorrelation": lag1,
            "lag1_limit": limit,
            "offset_uv": offset,
            "rms_uv": np.sqrt(np.mean((raw - offset[:, None]) ** 2, axis=1)),
            "band_rms_uv": np.sqrt(power),
        }
    )
    refused = band[1] < filters.high_cut_hz
    marked = set(recording.bad_channels)
    frame["flags"] = [
        ";".join(flags_of(row, quality, held, refused, row["channel"] in marked)) for row in rows_of(frame)
    ]
    return frame


def measurable_band(filters: FilterSettings, rate_hz: float, effective_rate_hz: float) -> tuple[float, float]:
    """The configured band, cut below the Nyquist limit where it reaches that."""
    low, high = filters.low_cut_hz, filters.high_cut_hz
    nyquist = min(rate_hz, effective_rate_hz) / 2
    if high >= nyquist:
        high = _BELOW_NYQUIST * nyquist
    return low, high


def _band_power(
    raw: npt.NDArray[np.float32],
    rate_hz: float,
    mains_hz: float | None,
    filters: FilterSettings,
    segments: Sequence[tuple[int, int]],
    labelled: Labelled,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """(channels,) mean power in the band, NaN where nothing can be filtered; the signal-to-noise ratio."""
    total, n = np.zeros(raw.shape[0]), 0
    by_class: dict[str, npt.NDArray[np.float64]] = {}
    counts: dict[str, int] = {}
    possible = filters.low_cut_hz < filters.high_cut_hz
    shortest = minimum_samples(filters, rate_hz)
    for start, stop in segments:
        if not possible or stop - start < shortest:
            continue
        spans = [(label, max(first - start, 0), min(last, stop) - start) for label, first, last in labelled.events]
        spans = [span for span in spans if span[2] > span[1]]
        n += stop - start
        for label, first, last in spans:
            counts[label] = counts.get(label, 0) + last - first
        # One channel at a time, as in conditioning.
        for channel, x in enumerate(raw[:, start:stop]):
            power = filter_signal(x[None], rate_hz, mains_hz, filters)[0] ** 2
            total[channel] += power.sum()
            for label, first, last in spans:
                by_class.setdefault(label, np.zeros(len(raw)))[channel] += power[first:last].sum()
    if n == 0:
        return np.full(raw.shape[0], np.nan), None
    means = {label: sums / counts[label] for label, sums in by_class.items()}
    rest = means.pop(labelled.neutral, None) if labelled.neutral is not None else None
    return total / n, checks.snr_db(means, rest)


def flags_of(
    row: Mapping[str, Any], quality: QualitySettings, held: HeldSamples, refused: bool, marked_bad: bool
) -> list[str]:
    """Names of what is wrong with one channel; a measure that is missing flags nothing.

    Args:
        row: its measures.
        quality: limits.
        held: of its recording.
        refused: the configured band reaches the recording's Nyquist limit.
        marked_bad: ``channels.tsv`` says so.
    """
    difference = abs(row["effective_rate_hz"] - row["declared_rate_hz"]) / row["declared_rate_hz"]
    found = {
        "marked_bad": marked_bad,
        "gaps": row["n_gaps"] > 0,
        "missing": row["missing_fraction"] > quality.max_missing_fraction,
        "flat": row["flat_fraction"] > quality.max_flat_fraction,
        "clipped": row["clipped_fraction"] > quality.max_clipped_fraction,
        "mains": row["mains_ratio"] > quality.max_mains_ratio,
        "low_snr": row["snr_db"] < quality.min_snr_db,
        "white_noise": abs(row["lag1_autocorrelation"]) < row["lag1_limit"],
        "held_samples": held.held_fraction > quality.max_held_fraction,
        "effective_rate": difference > quality.rate_tolerance,
        "band_above_nyquist": refused,
    }
    return [name for name, wrong in found.items() if wrong]


def merge_quality(tables: Sequence[PathLike], output: PathLike, csv: PathLike) -> None:
    """Write the cohort's quality, participants in the order of ``tables``, as Parquet and CSV."""
    frames = [read_table(path, QUALITY) for path in tables]
    write_table(output, pd.concat(frames, ignore_index=True), QUALITY, csv=csv)
