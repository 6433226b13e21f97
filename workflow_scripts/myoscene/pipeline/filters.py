"""Band-pass and notch of one contiguous stretch, and its conditioning: pure arithmetic on arrays.

Band edges and order after van Boxtel (2001), SENIAM and ISEK; zero phase by default, causal for online use.
"""

from functools import cache

import numpy as np

from myoscene.core.arrays import PIECE, Floats, Floats32, Reals
from myoscene.core.errors import InputError
from myoscene.pipeline.resample import resample
from myoscene.pipeline.settings import FilterSettings

# Periods of the lower band edge by which a zero-phase filter's stretch is mirrored at both ends (our choice).
_PAD_PERIODS = 3


def check_band(
    filters: FilterSettings, rate_hz: float, effective_rate_hz: float | None = None, where: str = ""
) -> None:
    """Refuse a band that reaches the Nyquist limit: InputError names the rate it comes from, and the key to change.

    Args:
        rate_hz, effective_rate_hz: declared rate, and that at which values really change, where it was measured.
        where: participant and recording, for the message.
    """
    low, high = filters.low_cut_hz, filters.high_cut_hz
    prefix = f"{where}: " if where else ""
    if not 0 < low < high:
        raise InputError(
            f"{prefix}emg.filters.low_cut_hz ({low:g} Hz) has to lie between 0 and emg.filters.high_cut_hz "
            f"({high:g} Hz)"
        )
    rates = [("sampling", rate_hz, "")]
    if effective_rate_hz is not None and effective_rate_hz < rate_hz:
        rates.append(("effective", effective_rate_hz, f", because samples of the {rate_hz:g} Hz file are held"))
    for kind, rate, why in rates:
        if high >= rate / 2:
            raise InputError(
                f"{prefix}the band {low:g}-{high:g} Hz reaches the Nyquist limit of {rate / 2:g} Hz "
                f"({kind} rate {rate:g} Hz{why}); set emg.filters.high_cut_hz below {rate / 2:g}"
            )


def notch_frequencies(low_hz: float, high_hz: float, mains_hz: float | None) -> list[float]:
    """Mains frequency and its harmonics strictly inside the band; empty where the mains is not known."""
    if mains_hz is None or mains_hz <= 0:
        return []
    return [k * mains_hz for k in range(1, int(high_hz // mains_hz) + 1) if low_hz < k * mains_hz < high_hz]


@cache
def design(filters: FilterSettings, rate_hz: float, mains_hz: float | None) -> Floats:
    """Second-order sections of the band-pass and the notches, (sections, 6).

    ``order`` is that of the Butterworth prototype, so each edge falls with it; zero phase applies it twice. InputError
    as :func:`check_band`.

    Args:
        mains_hz: mains frequency of the recording, None where unknown; that of ``filters`` goes before it.
    """
    from scipy import signal

    check_band(filters, rate_hz)
    band = filters.low_cut_hz, filters.high_cut_hz
    sections = [signal.butter(filters.order, band, btype="bandpass", fs=rate_hz, output="sos")]
    if filters.notch:
        mains_hz = mains_hz if filters.mains_hz is None else filters.mains_hz
        for frequency in notch_frequencies(*band, mains_hz):
            notch = signal.iirnotch(frequency, filters.notch_quality, fs=rate_hz)
            sections.append(np.concatenate(notch)[None])
    return np.concatenate(sections)


def minimum_samples(filters: FilterSettings, rate_hz: float) -> int:
    """Fewest samples of a stretch that can be filtered: three periods of the lower band edge, and one."""
    return int(np.ceil(_PAD_PERIODS * rate_hz / filters.low_cut_hz)) + 1


def filter_signal(signal_uv: Reals, rate_hz: float, mains_hz: float | None, filters: FilterSettings) -> Floats:
    """Band-pass and notch one contiguous stretch, (channels, samples), microvolt; an offset (DC) is removed.

    InputError as :func:`check_band`, and for fewer samples than :func:`minimum_samples`. ``mains_hz`` as in
    :func:`design`.
    """
    shortest = minimum_samples(filters, rate_hz)
    if signal_uv.shape[1] < shortest:
        raise InputError(
            f"a stretch of {signal_uv.shape[1]} samples is too short for a band-pass from "
            f"{filters.low_cut_hz:g} Hz, which needs {shortest}; leave it out"
        )
    if filters.phase == "causal":
        return CausalFilter(filters, rate_hz, mains_hz)(signal_uv)
    return _zero_phase(design(filters, rate_hz, mains_hz), signal_uv, shortest - 1)


@cache
def _resting(sections: bytes) -> Floats:
    """State of a filter at rest on a constant 1, (sections, 2).

    Found once: for a channel of a short scene it takes as long as the filtering.
    """
    from scipy import signal

    return signal.sosfilt_zi(np.frombuffer(sections).reshape(-1, 6))


def _zero_phase(sections: Floats, signal_uv: Reals, pad: int) -> Floats:
    """``scipy.signal.sosfiltfilt`` of the signal less its median, mirrored by ``pad`` samples: the same values.

    In place and piece by piece with the filter's state, in a third of the memory.
    """
    from scipy import signal

    data = np.empty((signal_uv.shape[0], signal_uv.shape[1] + 2 * pad))
    inside = data[:, pad:-pad]
    inside[:] = signal_uv
    inside -= np.median(inside, axis=1, keepdims=True)
    np.subtract(2 * inside[:, :1], inside[:, pad:0:-1], out=data[:, :pad])
    np.subtract(2 * inside[:, -1:], inside[:, -2 : -pad - 2 : -1], out=data[:, -pad:])
    rest = _resting(sections.tobytes())[:, None]
    for direction in (data, data[:, ::-1]):
        state = rest * direction[:, :1]
        for start in range(0, data.shape[1], PIECE):
            piece = direction[:, start : start + PIECE]
            piece[:], state = signal.sosfilt(sections, piece, axis=1, zi=state)
    return inside


class CausalFilter:
    """Band-pass and notches, forwards only, of a signal that comes in pieces: together they give what one piece gives.

    Started as if the first value had always been there, so that an offset of millivolts makes no transient: the
    band-pass forgets a constant, and that is the same as starting at rest without the first value. InputError where
    ``emg.filters.phase`` is not causal: backwards, a filter needs the end first.
    """

    def __init__(self, filters: FilterSettings, rate_hz: float, mains_hz: float | None = None) -> None:
        if filters.phase != "causal":
            raise InputError(
                f"emg.filters.phase is '{filters.phase}', which needs a recording's end before its beginning; "
                "set it to causal for a signal that comes in pieces"
            )
        self._sections = design(filters, rate_hz, mains_hz)
        self._offset: Floats | None = None
        self._state: Floats

    def __call__(self, piece_uv: Reals) -> Floats:
        """The next samples filtered, (channels, samples) of any number of samples, 0 too."""
        from scipy import signal

        data = np.asarray(piece_uv, dtype=np.float64)
        if not data.shape[1]:
            return data
        if self._offset is None:
            self._offset = data[:, :1].copy()
            self._state = np.zeros((len(self._sections), len(data), 2))
        filtered, self._state = signal.sosfilt(self._sections, data - self._offset, axis=1, zi=self._state)
        return np.asarray(filtered)


def condition_signal(
    signal_uv: Reals, rate_hz: float, mains_hz: float | None, filters: FilterSettings, model_rate_hz: float
) -> Floats32:
    """Filter one contiguous stretch as :func:`filter_signal` and bring it to the model rate, (channels, samples).

    Sample k lies k / model_rate_hz after the first sample. InputError too where the band is too wide for either rate.
    """
    check_band(filters, min(rate_hz, model_rate_hz))
    # One channel at a time: the same values in two thirds of the time, and no more memory than one channel takes.
    filtered = (filter_signal(row[None], rate_hz, mains_hz, filters) for row in signal_uv)
    return np.concatenate([resample(row, rate_hz, model_rate_hz).astype(np.float32) for row in filtered])
