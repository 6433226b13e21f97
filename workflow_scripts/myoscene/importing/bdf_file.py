"""Writing samples as BDF (24 bit) so that what is read back is what was given."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from edfio import Bdf, BdfSignal

from myoscene.core.errors import InputError
from myoscene.machinery.files import atomic_path

DIGITAL_MAXIMUM = 8_388_607
_FINEST_STEP, _COARSEST_STEP = -9, 3
_LATTICE_MAXIMA = (1_000_000, 8_000_000, 100_000, 10_000, 1_000, 100)
_HEADER_LIMIT = 10_000_000  # a minus sign and seven digits
_HEADROOM = 1.2
_ASCII = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})


@dataclass(frozen=True)
class Scale:
    """Physical (in the channel's unit) and digital maximum: both ranges are symmetric about zero."""

    physical: float
    digital: int

    @property
    def step(self) -> float:
        """The size of one digital step, in the channel's unit."""
        return self.physical / self.digital


def choose_scale(values: np.ndarray) -> Scale:
    """The range at which ``values`` (samples,) lose least.

    Recorders and text files put values on a decimal lattice. Where its integers fit into 24 bits, the step is that
    lattice's, and nothing is lost; else the range is a fifth above the largest value (our choice): half a step is lost.
    """
    peak = float(np.max(np.abs(values))) if len(values) else 0.0
    if peak == 0.0:
        return Scale(1.0, 1_000_000)
    for power in range(_COARSEST_STEP, _FINEST_STEP - 1, -1):
        count = peak * 10.0**-power
        if count > DIGITAL_MAXIMUM:
            break
        scaled = values * 10.0**-power if power <= 0 else values / 10.0**power
        if count >= 0.5 and np.all(np.abs(scaled - np.round(scaled)) <= 1e-6):
            # The maximum is one digit and zeros, so that the header writes it without rounding, and is far from the
            # data where it can be, so that no reader takes the largest sample for a rail.
            for digital in (*_LATTICE_MAXIMA, round(count)):
                physical = Fraction(digital) * Fraction(10) ** power
                if digital >= round(count) and physical < _HEADER_LIMIT:
                    break
            return Scale(float(physical), digital)
    return Scale(_round_up(peak * _HEADROOM), DIGITAL_MAXIMUM)


def _round_up(peak: float) -> float:
    """The smallest number not below ``peak`` whose negative fits into the header's eight characters."""
    if peak >= _HEADER_LIMIT - 1:
        raise InputError(
            f"a value of {peak:g} is too large for a BDF header; give the channel a larger unit or a smaller scale"
        )
    if peak < 1e-5:
        raise InputError(
            f"the largest value is {peak:g}, too small for a BDF header; give the channel a smaller unit "
            "or a larger scale"
        )
    # Eight characters: a minus sign, the whole part, the point and the decimals that still fit.
    decimals = max(0, 6 - len(str(int(peak))))
    return float(np.ceil(peak * 10**decimals) / 10**decimals)


def record_duration_s(n_samples: int, rate_hz: float) -> tuple[float, int]:
    """Length of a data record in seconds, and how many samples have to be added at the end to fill the last one.

    A BDF file holds whole records, and the header writes their length in eight characters. The divisor of ``n_samples``
    nearest to one second whose length those characters hold exactly needs no padding; rates whose records are never
    exact (measured ones, known to 1e-6 at best) take one record over the whole file.
    """
    rate = Fraction(rate_hz).limit_denominator(1_000_000)
    divisors = {d for k in range(1, int(n_samples**0.5) + 1) if n_samples % k == 0 for d in (k, n_samples // k)}
    exact = [d for d in divisors if _is_exact(Fraction(d) / rate)]
    if exact:
        best = min(exact, key=lambda d: abs(np.log(d / rate_hz)))
        return float(Fraction(best) / rate), 0
    whole = round(rate_hz)
    if _is_exact(Fraction(whole) / rate):
        return float(Fraction(whole) / rate), -n_samples % whole
    return _in_header(n_samples / rate_hz), 0


def _is_exact(duration: Fraction) -> bool:
    return _in_header(float(duration)) == float(duration)


def _in_header(duration_s: float) -> float:
    decimals = max(0, 7 - len(str(int(duration_s))))
    return float(f"{duration_s:.{decimals}f}")


def write_bdf(
    path: Path, signal: np.ndarray, rate_hz: float, names: Sequence[str], units: Sequence[str]
) -> tuple[float, int, list[Scale]]:
    """Write ``signal`` (channels, samples), in ``units``, as BDF; the bytes depend on the arguments alone.

    Returns:
        the header's rate in Hz, how many samples were added (repeats of the last), and the scale of each channel.

    Raises:
        InputError: a channel holds values that are not finite, or too large for the header.
    """
    duration, padding = record_duration_s(signal.shape[1], rate_hz)
    samples = signal.shape[1] + padding
    header_rate = samples // max(round(samples / rate_hz / duration), 1) / duration
    signals, scales = [], []
    for row, name, unit in zip(signal, names, units, strict=True):
        values = np.pad(np.asarray(row, float), (0, padding), mode="edge")
        wrong = ~np.isfinite(values)
        if wrong.any():
            raise InputError(
                f"channel '{name}' of {path.name} has no finite value at sample {wrong.argmax()}; mark it as missing"
            )
        scale = choose_scale(values)
        # The header's number: rounding away from zero must not meet float noise.
        peak = scale.physical if scale.physical.is_integer() else scale.physical * (1 - 1e-12)
        label, dimension = (text.translate(_ASCII).encode("ascii", "replace").decode() for text in (name, unit))
        signals.append(
            BdfSignal.from_digital(
                np.round(values / scale.step).astype(np.int32),
                header_rate,
                label=label[:16],
                physical_dimension=dimension[:8],
                physical_range=(-peak, peak),
                digital_range=(-scale.digital, scale.digital),
            )
        )
        scales.append(scale)
    with atomic_path(path) as temporary:
        Bdf(signals, data_record_duration=duration).write(temporary)
        # It writes with numpy's tofile, which does not see that the last bytes found no space.
        if temporary.stat().st_size < 256 * (len(signals) + 1) + 3 * samples * len(signals):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return header_rate, padding, scales
