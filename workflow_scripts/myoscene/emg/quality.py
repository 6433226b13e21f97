"""Jobs: quality measures of each recording and channel, and flags where one passed a limit of ``emg.quality``.

Flags leave nothing out: a person decides.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from myoscene.core.tables import read_table, write_table
from myoscene.emg import quality_checks as checks
from myoscene.emg.participant import PathLike, read_person, rows_of
from myoscene.emg.settings import QualitySettings
from myoscene.emg.tables import QUALITY
from myoscene.pipeline.filters import filter_signal, minimum_samples
from myoscene.pipeline.rate import effective_rate
from myoscene.pipeline.settings.filters import FilterSettings
from myoscene.recordings.read import EmgRecording, good_segments, read_as_described

log = logging.getLogger(__name__)

# A band that the recording cannot hold is measured up to this share of its Nyquist limit.
_BELOW_NYQUIST = 0.95


@dataclass(frozen=True)
class AssessSettings:
    """What the job depends on: keys of the sections ``emg`` and ``recordings``."""

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


def assess_participant(recordings: PathLike, events: PathLike, output: PathLike, settings: AssessSettings) -> None:
    """Write the table QUALITY of one participant, of whom the other two tables are."""
    person, frames = read_person(recordings, events), []
    for row in rows_of(person.recordings):
        name, recording = row["recording"], read_as_described(row)
        spans = person.spans(name, recording.rate_hz, (settings.trim_start_s, settings.trim_end_s))
        labelled = Labelled([(event.label, event.first, event.last) for event in spans], settings.neutral)
        frame = assess_recording(recording, person.bad(name), settings.quality, settings.filters, labelled)
        frames.append(frame.assign(participant=person.name, recording=name, synthetic=bool(row["synthetic"])))
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
        bad: (onset_s, duration_s) of bad events.
    """
    raw, rate_hz = recording.signal_uv, recording.rate_hz
    n = raw.shape[1]
    segments = good_segments(n, rate_hz, bad)
    held = effective_rate(raw, rate_hz, quality.max_held_fraction)
    nyquist_hz = min(rate_hz, held.effective_rate_hz) / 2
    refused = filters.high_cut_hz >= nyquist_hz
    band = filters.low_cut_hz, _BELOW_NYQUIST * nyquist_hz if refused else filters.high_cut_hz
    mains_hz = recording.mains_hz if filters.mains_hz is None else filters.mains_hz
    power, snr = _band_power(raw, rate_hz, mains_hz, replace(filters, high_cut_hz=band[1]), segments, labelled)
    lag1, limit = checks.lag1_autocorrelation(raw, segments)
    # The first sample counts.
    moved = np.append(True, (raw[:, 1:] != raw[:, :-1]).any(axis=0))
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
    flags = pd.DataFrame(
        {
            "marked_bad": frame["channel"].isin(recording.bad_channels),
            "gaps": frame["n_gaps"] > 0,
            "missing": frame["missing_fraction"] > quality.max_missing_fraction,
            "flat": frame["flat_fraction"] > quality.max_flat_fraction,
            "clipped": frame["clipped_fraction"] > quality.max_clipped_fraction,
            "mains": frame["mains_ratio"] > quality.max_mains_ratio,
            "low_snr": frame["snr_db"] < quality.min_snr_db,
            "white_noise": frame["lag1_autocorrelation"].abs() < frame["lag1_limit"],
            "held_samples": held.held_fraction > quality.max_held_fraction,
            "effective_rate": abs(held.effective_rate_hz - rate_hz) / rate_hz > quality.rate_tolerance,
            "band_above_nyquist": refused,
        }
    )
    # A measure that is missing flags nothing.
    return frame.assign(flags=[";".join(flags.columns[row]) for row in flags.to_numpy(dtype=bool)])


def _band_power(
    raw: npt.NDArray[np.float32],
    rate_hz: float,
    mains_hz: float | None,
    filters: FilterSettings,
    segments: Sequence[tuple[int, int]],
    labelled: Labelled,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """(channels,) mean power in the band, NaN where nothing can be filtered; the signal-to-noise ratio."""
    total, n = np.zeros(len(raw)), 0
    by_class: defaultdict[str, npt.NDArray[np.float64]] = defaultdict(lambda: np.zeros(len(raw)))
    counts: Counter[str] = Counter()
    shortest = minimum_samples(filters, rate_hz)
    for start, stop in segments if filters.low_cut_hz < filters.high_cut_hz else ():
        if stop - start < shortest:
            continue
        n += stop - start
        spans = [(label, max(first - start, 0), min(last, stop) - start) for label, first, last in labelled.events]
        spans = [span for span in spans if span[2] > span[1]]
        for label, first, last in spans:
            counts[label] += last - first
        # One channel at a time, as in conditioning.
        for channel, x in enumerate(raw[:, start:stop]):
            power = filter_signal(x[None], rate_hz, mains_hz, filters)[0] ** 2
            total[channel] += power.sum()
            for label, first, last in spans:
                by_class[label][channel] += power[first:last].sum()
    if n == 0:
        return np.full(len(raw), np.nan), None
    means = {label: sums / counts[label] for label, sums in by_class.items()}
    rest = means.pop(labelled.neutral, None) if labelled.neutral is not None else None
    return total / n, checks.snr_db(means, rest)


def merge_quality(tables: Sequence[PathLike], output: PathLike, csv: PathLike) -> None:
    """Write the cohort's quality, participants in the order of ``tables``, as Parquet and CSV."""
    frames = [read_table(path, QUALITY) for path in tables]
    write_table(output, pd.concat(frames, ignore_index=True), QUALITY, csv=csv)
