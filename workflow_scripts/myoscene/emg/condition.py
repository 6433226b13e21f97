"""Job: conditioned signals of one participant, and the normaliser fitted to them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from myoscene.emg.normalise import save_normaliser
from myoscene.emg.participant import PathLike, Person, read_person, read_stretches, rows_of, write_samples
from myoscene.emg.tables import SIGNALS
from myoscene.pipeline.chain import Stretch, fit_person
from myoscene.pipeline.filters import check_band, condition_signal, minimum_samples
from myoscene.pipeline.rate import effective_rate, moves
from myoscene.pipeline.resample import resampled_length
from myoscene.pipeline.settings import FilterSettings, NormaliseSettings
from myoscene.recordings.read import good_segments, read_as_described

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConditionSettings:
    """What the job depends on: keys of the sections ``emg`` and ``recordings``."""

    filters: FilterSettings
    rate_hz: float
    max_held_fraction: float
    normalise: NormaliseSettings
    neutral: str | None
    trim_start_s: float
    trim_end_s: float


def condition_participant(
    recordings: PathLike,
    events: PathLike,
    files: Sequence[str],
    signals: PathLike,
    normaliser: PathLike,
    settings: ConditionSettings,
) -> None:
    """Filter and resample every recording of a participant, each good segment on its own, and fit the normaliser.

    Writes SIGNALS, row groups of one recording each, and a JSON file. What the events mark bad is cut out. ``files``
    are the EMG files, in the order of the recordings.

    Raises:
        InputError: the band reaches the Nyquist limit of the declared or of the effective rate; no calibration, no
            neutral, or a channel without range.
    """
    person = read_person(recordings, events)
    names = person.fitting(settings.normalise.fit_on) if settings.normalise.method != "none" else []
    found = zip(files, rows_of(person.recordings), strict=True)
    rows = (
        (stretch.recording, stretch.segment, stretch.time_s, stretch.signal_uv)
        for path, row in found
        for stretch in _conditioned(path, row, person, settings)
    )
    write_samples(signals, rows, SIGNALS, [f"{channel}_uv" for channel in person.channels])
    trims_s = settings.trim_start_s, settings.trim_end_s
    # Read again, so that no more is in memory than what the normaliser is fitted on.
    used = [person.with_events(stretch, settings.rate_hz, trims_s) for stretch in read_stretches(signals, names)]
    fitted = fit_person(used, settings.rate_hz, person.channels, settings.normalise, settings.neutral, person.name)
    made = {name: getattr(settings.normalise, name) for name in ("fit_on", "scale_percentile")}
    made |= {"filters": asdict(settings.filters), "neutral": settings.neutral, "rate_hz": settings.rate_hz}
    save_normaliser(normaliser, replace(fitted, settings=made))


def _conditioned(path: str, row: Mapping[str, Any], person: Person, settings: ConditionSettings) -> list[Stretch]:
    """Conditioned segments of one recording; those too short to filter are left out (log).

    Of what was recorded one channel is in memory at a time.
    """
    name, filters = row["recording"], settings.filters
    recording = read_as_described(path, row)
    rate_hz = recording.rate_hz
    where = f"participant {row['participant']}, recording {name}"
    held = effective_rate(moves(recording.signal_uv), rate_hz, settings.max_held_fraction)
    check_band(filters, rate_hz, held.effective_rate_hz, where)
    if settings.rate_hz > held.effective_rate_hz:
        log.info("%s: resampled from %g Hz (effective) up to %g Hz", where, held.effective_rate_hz, settings.rate_hz)
    channels, n_samples = recording.signal_uv.shape
    segments = list(enumerate(good_segments(n_samples, rate_hz, person.bad(name))))
    shortest = minimum_samples(filters, rate_hz)
    long_enough = [(number, start, stop) for number, (start, stop) in segments if stop - start >= shortest]
    for number, (start, stop) in segments:
        if stop - start < shortest:
            log.warning(
                "%s: segment %d (%.3f-%.3f s) is too short to filter (%d of %d samples) and left out",
                where, number, start / rate_hz, stop / rate_hz, stop - start, shortest,
            )  # fmt: skip
    if not long_enough:
        log.warning("%s: no segment is long enough to filter; the recording is left out", where)
        return []
    lengths = [resampled_length(stop - start, rate_hz, settings.rate_hz) for _, start, stop in long_enough]
    signals = [np.empty((channels, length), dtype=np.float32) for length in lengths]
    for channel, raw_uv in enumerate(recording.signal_uv):
        for signal_uv, (_, start, stop) in zip(signals, long_enough, strict=True):
            part_uv = raw_uv[None, start:stop]
            signal_uv[channel] = condition_signal(part_uv, rate_hz, recording.mains_hz, filters, settings.rate_hz)[0]
    return [
        Stretch(name, number, start / rate_hz + np.arange(signal_uv.shape[1]) / settings.rate_hz, signal_uv)
        for signal_uv, (number, start, _) in zip(signals, long_enough, strict=True)
    ]
