"""Physiological normalisation: per participant and channel, fitted on that person's data alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myoscene.core.arrays import PIECE, Floats, Floats32, Mask, Reals
from myoscene.core.errors import InputError
from myoscene.pipeline.envelope import envelope
from myoscene.pipeline.settings import NormaliseSettings

METHODS = ("neutral_max", "calibration_z", "calibration_log_z", "none")
# MAD to standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826
# Bounds of the exponent of calibration_log_z: beyond them the envelope hardly varies, or hardly does anything else.
_EXPONENTS = (0.25, 4.0)
# Its fit goes in steps, since the envelope of a power is not the power of the envelope.
_LOG_Z_STEPS = 5
_TINY = float(np.finfo(np.float32).tiny)
# A scale has to exceed the floor by this share to be a range at all (our choice).
_MINIMUM_RANGE = 0.01


@dataclass(frozen=True)
class Normaliser:
    """What one participant's signals are divided by: values a channel, in microvolt.

    Attributes:
        centre: taken from the waveform; 0 but for ``calibration_z``.
        scale: one normalised unit.
        floor: the envelope of rest; 0 but for ``neutral_max``.
        envelope_s: window of the RMS envelope.
        fitted_on: names of the recordings it was fitted on.
        n_samples: conditioned samples it was fitted on; ``n_neutral``: of these, samples in neutral.
        exponent: power of the divided amplitude, for ``calibration_log_z``; empty otherwise.
        settings: rate, filters and choices that it depends on.
    """

    method: str
    channels: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    floor: tuple[float, ...]
    envelope_s: float
    participant: str = ""
    fitted_on: tuple[str, ...] = ()
    n_samples: int = 0
    n_neutral: int = 0
    exponent: tuple[float, ...] = ()
    settings: dict[str, object] | None = None

    def waveform(self, signal_uv: Reals) -> Floats32:
        """(signal - centre) / scale, (channels, samples); for ``calibration_log_z`` :func:`compand`."""
        result = np.empty(signal_uv.shape, dtype=np.float32)
        for start in range(0, signal_uv.shape[1], PIECE):
            result[:, start : start + PIECE] = self._normalised(signal_uv[:, start : start + PIECE])
        return result

    def _normalised(self, signal_uv: Reals) -> Reals:
        if self.exponent:
            return compand(signal_uv, np.asarray(self.scale), np.asarray(self.exponent))
        return np.asarray((signal_uv - _column(self.centre)) / _column(self.scale))

    def envelope(self, signal_uv: Reals, rate_hz: float) -> Floats32:
        """RMS envelope in normalised units, (channels, samples).

        ``neutral_max``: (e - floor) / (scale - floor), so 0 is rest and 1 the person's strong activity.
        ``calibration_z``: envelope of the normalised waveform, e / scale (our choice: it stays positive).
        ``calibration_log_z``: envelope of the normalised waveform, whose logarithm has mean 0 and SD 1.
        """
        result = np.empty(signal_uv.shape, dtype=np.float32)
        if self.exponent:
            for own, row in zip(result, self.waveform(signal_uv), strict=True):
                own[:] = envelope(row[None], rate_hz, self.envelope_s)[0]
            return result
        rows = zip(signal_uv, self.centre, self.scale, self.floor, strict=True)
        for own, (row, centre, scale, floor) in zip(result, rows, strict=True):
            values = envelope(row[None].astype(np.float64) - centre, rate_hz, self.envelope_s)[0]
            values -= floor
            np.divide(values, scale - floor, out=values)
            own[:] = values
        return result


def _column(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype=np.float64)[:, None]


def fit_normaliser(
    stretches: Sequence[Reals],
    rate_hz: float,
    channels: Sequence[str],
    settings: NormaliseSettings,
    *,
    neutral: Sequence[Mask] = (),
    events: Sequence[Mask] = (),
    participant: str = "",
) -> Normaliser:
    """Fit on conditioned stretches of one participant, (channels, samples) each, microvolt, contiguous.

    InputError where there is nothing to fit on, no neutral sample, or a channel whose scale is not above its floor.

    Args:
        neutral: for ``neutral_max``, which samples of each stretch lie in (trimmed) neutral events.
        events: for ``calibration_log_z``, which samples of each stretch lie in (trimmed) labelled events, pooled
            whatever their label; where there are none, every sample counts.
    """
    n_samples = sum(stretch.shape[1] for stretch in stretches)
    centre, floor = np.zeros(len(channels)), np.zeros(len(channels))
    scale, n_neutral = np.ones(len(channels)), 0
    exponent: tuple[float, ...] = ()
    if settings.method != "none":
        if not n_samples:
            raise InputError(
                f"participant {participant}: no usable sample to fit the normaliser on (all of the "
                "calibration is marked bad or too short to filter); exclude the participant or set "
                "emg.normalise.method to none"
            )
        if settings.method == "calibration_log_z":
            scale, exponent = _log_z(stretches, events, rate_hz, settings.envelope_s)
        elif settings.method == "calibration_z":
            for channel in range(len(channels)):
                pooled = np.concatenate([stretch[channel] for stretch in stretches], dtype=np.float64)
                centre[channel] = np.median(pooled)
                scale[channel] = _MAD_TO_SD * np.median(np.abs(pooled - centre[channel]))
        elif settings.method == "neutral_max":
            n_neutral = int(sum(mask.sum() for mask in neutral))
            if not n_neutral:
                raise InputError(
                    f"participant {participant}: the calibration has no usable neutral sample, which the normaliser "
                    "'neutral_max' needs; mark a neutral event, exclude the participant or set emg.normalise.method "
                    "to calibration_z"
                )
            scale, floor = _neutral_max(stretches, neutral, rate_hz, settings)
        else:
            raise ValueError(f"no normaliser is called '{settings.method}'; there are {', '.join(METHODS)}")
        _check_range(scale, floor, channels, settings.method, participant)
    centres, scales, floors = (tuple(each.tolist()) for each in (centre, scale, floor))
    made = Normaliser(settings.method, tuple(channels), centres, scales, floors, settings.envelope_s, participant)
    return replace(made, n_samples=n_samples, n_neutral=n_neutral, exponent=exponent)


def _neutral_max(
    stretches: Sequence[Reals], neutral: Sequence[Mask], rate_hz: float, settings: NormaliseSettings
) -> tuple[Floats, Floats]:
    """Percentile of the envelope over everything, and its median in neutral, (channels,) each."""
    scale, floor = np.empty(len(stretches[0])), np.empty(len(stretches[0]))
    for channel in range(len(scale)):
        values = [envelope(stretch[channel][None], rate_hz, settings.envelope_s)[0] for stretch in stretches]
        rest = [own[mask] for own, mask in zip(values, neutral, strict=True)]
        floor[channel] = np.median(np.concatenate(rest))
        scale[channel] = np.percentile(np.concatenate(values), settings.scale_percentile, overwrite_input=True)
    return scale, floor


def _log_z(
    stretches: Sequence[Reals], events: Sequence[Mask], rate_hz: float, envelope_s: float
) -> tuple[Floats, tuple[float, ...]]:
    """Scale and exponent, (channels,), that give the log of the companded envelope mean 0 and SD 1 (our choice).

    People differ in the level of a channel and in its range: rest may lie 10 or 40 dB below effort, by the
    noise of the electrode alone. Dividing takes out the first, the exponent the second; it is to the waveform
    what a z-score is to log amplitude.
    """
    chosen = [np.ones(stretch.shape[1], dtype=bool) for stretch in stretches]
    if any(mask.any() for mask in events):
        chosen = [np.asarray(mask) for mask in events]
    channels = len(stretches[0])
    scale, exponent = np.ones(channels), np.ones(channels)
    joined = np.empty((channels, int(sum(mask.sum() for mask in chosen))), order="F")
    for _ in range(_LOG_Z_STEPS):
        for channel in range(channels):
            own, each = joined[channel], slice(channel, channel + 1)
            filled = 0
            for stretch, mask in zip(stretches, chosen, strict=True):
                companded = compand(stretch[each], scale[each], exponent[each])
                values = envelope(companded, rate_hz, envelope_s)[0, mask]
                own[filled : filled + len(values)] = np.log(np.maximum(values, _TINY))
                filled += len(values)
        spread = np.maximum(joined.std(axis=1), _TINY)
        # The same transformation once more, taken together with what there was: |x / s| ** e.
        scale = scale * np.exp(joined.mean(axis=1) / exponent)
        exponent = np.clip(exponent / spread, *_EXPONENTS)
    return scale, tuple(map(float, exponent))


def compand(signal: Reals, scale: Floats, exponent: Floats) -> Floats:
    """sign(u) |u| ** exponent of u = signal / scale; ``signal`` (channels, samples), the others (channels,)."""
    divided = np.asarray(signal, dtype=np.float64) / scale[:, None]
    return np.asarray(np.sign(divided) * np.abs(divided) ** exponent[:, None])


def _check_range(scale: Floats, floor: Floats, channels: Sequence[str], method: str, participant: str) -> None:
    smallest = np.maximum(floor * (1 + _MINIMUM_RANGE), np.finfo(np.float32).tiny)
    for channel, s, f, least in zip(channels, scale, floor, smallest, strict=True):
        if not np.isfinite(s) or s <= least:
            why = "it is constant" if s <= 1e-6 else f"its scale {s:.4g} uV does not exceed its resting {f:.4g} uV"
            raise InputError(
                f"participant {participant}, channel '{channel}': the normaliser '{method}' cannot be "
                f"fitted because {why} over the calibration; leave the channel out with recordings.channels "
                "or exclude the participant"
            )
