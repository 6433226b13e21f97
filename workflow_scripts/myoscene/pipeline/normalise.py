"""Physiological normalisation: per participant and channel, fitted on that person's data alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from myoscene.core.arrays import Floats, Floats32, Mask, Reals
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
        if self.exponent:
            return compand(signal_uv, np.asarray(self.scale), np.asarray(self.exponent)).astype(np.float32)
        centre, scale = _column(self.centre), _column(self.scale)
        return ((signal_uv - centre) / scale).astype(np.float32)

    def envelope(self, signal_uv: Reals, rate_hz: float) -> Floats32:
        """RMS envelope in normalised units, (channels, samples).

        ``neutral_max``: (e - floor) / (scale - floor), so 0 is rest and 1 the person's strong activity.
        ``calibration_z``: envelope of the normalised waveform, e / scale (our choice: it stays positive).
        ``calibration_log_z``: envelope of the normalised waveform, whose logarithm has mean 0 and SD 1.
        """
        if self.exponent:
            return envelope(self.waveform(signal_uv), rate_hz, self.envelope_s).astype(np.float32)
        centred = np.asarray(signal_uv, dtype=np.float64) - _column(self.centre)
        floor, scale = _column(self.floor), _column(self.scale)
        return ((envelope(centred, rate_hz, self.envelope_s) - floor) / (scale - floor)).astype(np.float32)


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
            pooled = np.concatenate([np.asarray(s, dtype=np.float64) for s in stretches], axis=1)
            centre = np.median(pooled, axis=1)
            scale = _MAD_TO_SD * np.median(np.abs(pooled - centre[:, None]), axis=1)
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
    envelopes = [envelope(stretch, rate_hz, settings.envelope_s) for stretch in stretches]
    scale = np.percentile(np.concatenate(envelopes, axis=1), settings.scale_percentile, axis=1)
    rest = [values[:, mask] for values, mask in zip(envelopes, neutral, strict=True)]
    return scale, np.median(np.concatenate(rest, axis=1), axis=1)


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
    scale, exponent = np.ones(len(stretches[0])), np.ones(len(stretches[0]))
    for _ in range(_LOG_Z_STEPS):
        companded = [compand(stretch, scale, exponent) for stretch in stretches]
        pairs = zip(companded, chosen, strict=True)
        logs = [np.log(np.maximum(envelope(x, rate_hz, envelope_s)[:, mask], _TINY)) for x, mask in pairs]
        joined = np.concatenate(logs, axis=1)
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
