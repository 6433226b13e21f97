"""From the time stamps of rows to samples at one rate: measured rates, gaps, held samples."""

from dataclasses import dataclass, field

import numpy as np

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import MISSING_EVENT
from myoscene.importing.mapping_schema import Time
from myoscene.importing.table import SECONDS, SourceTable

HELD_FRACTION = 0.5  # our choice: above it the rows are not the samples
RATE_TOLERANCE = 0.02  # our choice: a measured rate this far from the stated one is worth a sentence
SNAP = 2e-4  # our choice: no clock is better; a measured rate this near to a stated or whole one is that one

Stretches = list[tuple[int, int]]


@dataclass
class Timing:
    """How the rows of a source file become samples."""

    rate_hz: float  # of the samples that are written
    source: np.ndarray  # (samples,) row of the source that each sample is taken from; -1 where there is none (a gap)
    row_time_s: np.ndarray  # (rows,) time of each row, in seconds from the first sample
    start_s: float  # the file's own clock at the first sample
    held_fraction: float = 0.0  # rows that repeat the row before
    findings: list[str] = field(default_factory=list)  # for the report


def _row_times(table: SourceTable, options: Time) -> np.ndarray | None:
    """(rows,) seconds on the file's clock: the mapping's time column, or the reader's; None for none."""
    times = table.numbers(options["column"]) * SECONDS[options["unit"]] if "column" in options else table.time_s
    if times is not None:
        table.refuse(np.isnan(times), " has no time; correct the file")
        if len(times) > 1 and np.all(times == times[0]):
            raise InputError(f"{table.shown}: its time never changes; name another time column, or the rate")
        if not table.jitter:
            table.refuse(np.diff(times, prepend=times[:1]) < 0, ": the time goes back; sort or split the file")
    return times


def arrange(table: SourceTable, signals: np.ndarray, options: Time, missing: str) -> Timing:
    """Decide the rate, and which row each sample comes from.

    Args:
        signals: (channels, rows) of the EMG channels, NaN where there is no value.
        missing: the mapping's ``missing_samples``: "error" or "mark".

    Raises:
        InputError: a row without a time, times that never change or go back, no rate, or a gap where they are errors.
    """
    times = _row_times(table, options)
    rows = signals.shape[1]
    stated = options.get("rate_hz", table.rate_hz)
    device_hz = options.get("rate_hz")
    plain = np.nan_to_num(signals, nan=np.inf)
    new = np.r_[True, np.any(plain[:, 1:] != plain[:, :-1], axis=0)]  # a channel differs from the row before
    held = 1.0 - new.sum() / rows
    if times is None:
        if stated is None:
            raise InputError(f"{table.shown}: nothing states its rate; give `time: {{rate_hz: ...}}` in the mapping")
        times = np.arange(rows) / stated
        device_hz = None  # the mapping's rate is that of the rows, and says nothing of the device's
    elif rows < 3:
        raise InputError(f"{table.shown} has {rows} rows, too few to measure a rate; leave the file out")
    policy = options.get("held_samples", "report")
    is_held = HELD_FRACTION < held < 1.0 - 1.5 / rows
    constant = bool(new.sum() <= 1)
    stretches = _stretches(table, times, options, missing)
    # A constant file shows no rate of its own, but one that the mapping knows puts it beside the others.
    if policy == "collapse" and (device_hz if constant else is_held):
        timing = _collapse(table, times, stretches, new, device_hz)
    else:
        timing = _regular(table, times, stretches, None if is_held else stated)
    timing.held_fraction = held
    if constant:
        timing.findings.append(f"{table.shown}: every channel keeps one value throughout; nothing was recorded here")
    elif is_held:
        timing.findings.insert(0, _held_sentence(table, times, new, policy, device_hz, timing))
    return timing


def _stretches(table: SourceTable, times: np.ndarray, options: Time, missing: str) -> Stretches:
    """(first row, row after the last) of each stretch without a gap."""
    steps = np.diff(times)
    typical = float(np.median(steps)) if len(steps) else 0.0
    gaps = np.flatnonzero(np.abs(steps) > max(options.get("gap_ms", 100.0) / 1e3, 3 * typical))
    if len(gaps) and missing == "error":
        raise InputError(
            f"{table.where(int(gaps[0]) + 1)}: {steps[gaps[0]] * 1e3:.0f} ms to the row before, a gap; set "
            "`missing_samples: mark` in the mapping to mark it, or correct the file"
        )
    edges = [0, *(gaps + 1).tolist(), len(times)]
    return list(zip(edges[:-1], edges[1:], strict=True))


def snapped(rate_hz: float, stated_hz: float | None) -> float:
    """A measured rate as the stated or the whole one, where it is that within what clocks allow."""
    for nice in (stated_hz, float(round(rate_hz))):
        if nice and abs(rate_hz - nice) <= SNAP * nice:
            return float(nice)
    return float(f"{rate_hz:.6g}")


def _regular(table: SourceTable, times: np.ndarray, stretches: Stretches, stated: float | None) -> Timing:
    """Every row is a sample; the rate is that of straight lines through the stamps between gaps, which place them."""
    long = [times[start:stop] - times[start] for start, stop in stretches if stop - start >= 3]
    weights = [len(stamps) for stamps in long]
    slopes = [np.polyfit(np.arange(len(stamps), dtype=float), stamps, 1)[0] for stamps in long]
    measured = float(np.sum(weights) / np.sum(np.multiply(slopes, weights))) if weights else float("nan")
    if not measured > 0:
        raise InputError(f"{table.shown}: its time stamps give no rate; name another time column, or the rate")
    rate = snapped(measured, stated)
    findings = []
    if stated and rate != stated:
        findings.append(
            f"{table.shown}: the stated rate is {stated:g} Hz, the time stamps give {measured:.5g} Hz (effective "
            "rate), which is used"
        )
    row_sample = np.zeros(len(times), dtype=np.int64)
    made = 0
    for start, stop in stretches:
        index = np.arange(stop - start)
        # The stretch's place by all its stamps, since the first one may be late.
        place = round(float(np.mean((times[start:stop] - times[0]) * rate - index))) if start else 0
        row_sample[start:stop] = max(made, place) + index
        made = max(made, place) + stop - start
    source = np.full(made, -1, dtype=np.int64)
    source[row_sample] = np.arange(len(times))
    filled = int((source < 0).sum())
    if filled:
        findings.append(
            f"{table.shown}: {len(stretches) - 1} gaps, {filled / rate:.3f} s together, marked as {MISSING_EVENT}"
        )
    worst = float(np.max(np.abs(times - times[0] - row_sample / rate)))
    if worst > 0.05:
        findings.append(f"{table.shown}: time stamps lie up to {worst * 1e3:.0f} ms off a regular {rate:g} Hz grid")
    return Timing(rate, source, row_sample / rate, float(times[0]), findings=findings)


def held_rate(update_times: np.ndarray) -> tuple[float, bool]:
    """Rate of a held signal from the times of its new values, and whether they come regularly.

    Regular: the typical step between new values explains their number (a value that repeats by chance leaves a step of
    several), and the rate is fitted to whole numbers of steps. Irregular: new values per second, which is less than the
    device's rate where values were overwritten before they were written down.
    """
    steps = np.diff(update_times)
    typical = float(np.median(steps))
    if typical > 0:
        wholes = np.round(steps / typical)
        use = (np.abs(steps - wholes * typical) <= 0.35 * typical) & (wholes >= 1)
        if np.mean(use & (wholes <= 3)) >= 0.9:
            return float(wholes[use].sum() / steps[use].sum()), True
    return len(steps) / float(update_times[-1] - update_times[0]), False


def _collapse(
    table: SourceTable, times: np.ndarray, stretches: Stretches, new: np.ndarray, stated: float | None
) -> Timing:
    """One sample a distinct row, on a regular grid at the effective rate.

    New values that arrive in bursts were sampled before they arrived, so each takes the last free sample at or before
    its arrival; a sample for which no new value came holds the one before. Durations are kept.
    """
    measured, regular = held_rate(times[new]) if new.sum() > 2 else (float("nan"), False)
    if stated is None and not regular:
        raise InputError(
            f"{table.shown}: {1 - new.sum() / len(times):.1%} of the rows are held samples and new values come "
            "irregularly, so their rate cannot be measured; give the device's own as `time: {rate_hz: ...}`"
        )
    rate = snapped(measured, stated) if regular else float(stated or measured)
    source: list[np.ndarray] = []
    row_time = np.zeros(len(times))
    made = shift = 0
    for start, stop in stretches:
        where = start + np.flatnonzero(new[start:stop] | (np.arange(stop - start) == 0))
        slots, early = _slots((times[where] - times[start]) * rate)
        length = max(int(np.floor((times[stop - 1] - times[start]) * rate + 1e-6)) + 1, slots[-1] + 1 - early) + early
        if start == 0:
            shift = early
        begin = max(made, round((times[start] - times[0]) * rate) + shift - early)
        filled = np.zeros(length, dtype=np.int64)
        filled[slots] = where
        source += [np.full(begin - made, -1, dtype=np.int64), np.maximum.accumulate(filled)]
        made = begin + length
        row_time[start:stop] = (begin + early) / rate + times[start:stop] - times[start]
    return Timing(rate, np.concatenate(source), row_time, float(times[0] - row_time[0]))


def _slots(arrival: np.ndarray) -> tuple[np.ndarray, int]:
    """Sample of each new value (values,), and by how many samples the first lies before its arrival (in samples)."""
    latest = np.floor(arrival + 1e-6).astype(np.int64)
    order = np.arange(len(latest))
    # slot[i] = min over j >= i of latest[j] - (j - i): slots strictly rise, each as late as it can be
    slots = np.minimum.accumulate((latest - order)[::-1])[::-1] + order
    early = int(max(0, -slots[0]))
    return slots + early, early


def _held_sentence(
    table: SourceTable, times: np.ndarray, new: np.ndarray, policy: str, stated: float | None, timing: Timing
) -> str:
    duration = float(times[-1] - times[0])
    rows = (len(times) - 1) / duration
    measured, regular = held_rate(times[new])
    share = 1.0 - new.sum() / len(times)
    text = (
        f"{table.shown}: held samples: {share:.1%} of the rows repeat the row before ({rows:.0f} rows a second, "
        f"{new.sum() / duration:.0f} different ones)"
    )
    effective = stated or snapped(measured, None)
    basis = "the device's rate in the mapping" if stated else ("measured" if regular else "different rows a second")
    text += f"; the effective rate is {effective:g} Hz ({basis})"
    if stated and (measured > stated * (1 + RATE_TOLERANCE) or stated > rows * (1 + RATE_TOLERANCE)):
        text += f", which does not fit {measured:.4g} new values a second"
    if not regular and not stated:
        text += ", new values come irregularly: give the device's own rate as `time: {rate_hz: ...}`"
    if policy == "collapse":
        return text + f"; collapsed to one sample each at {timing.rate_hz:g} Hz"
    advice = "" if policy == "keep" else "; `held_samples: collapse` in the mapping makes one sample of each"
    return text + f"; rows are kept at {timing.rate_hz:g} Hz" + advice
