"""Names of channels and physical units as labs write them, and what they mean here."""

import re

from myoscene.core.errors import InputError

_SIDES = {"left": "left", "right": "right", "center": "center", "centre": "center", "l": "left", "r": "right"}

# Factor to microvolt. Symbols are exact, because BIDS writes units with SI symbols and M is not m;
# the micro sign (U+00B5), the Greek letter (U+03BC) and the u of plain ASCII are all in use.
MICROVOLTS = {
    **dict.fromkeys(("V", "volt", "volts"), 1e6),
    **dict.fromkeys(("mV", "millivolt", "millivolts"), 1e3),
    **dict.fromkeys(("uV", "\N{MICRO SIGN}V", "\N{GREEK SMALL LETTER MU}V", "microV", "microvolt", "microvolts"), 1.0),
    "nV": 1e-3,
}


def canonical_channel(name: str, where: str) -> str:
    """``name`` in lower snake case with the side at its end: ``RightFrontalis`` -> ``frontalis_right``.

    A single ``l`` or ``r`` is a side where it opens or closes the name; a name that opens with a digit gets
    ``channel_`` before it (our choice). InputError, opening with ``where``, where nothing is left of the name.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    parts = [part for part in re.split(r"[^a-z0-9]+", words.lower()) if part]
    if not parts:
        raise InputError(f"{where}: channel name '{name}' has neither letters nor digits; rename the channel")
    for place in (len(parts) - 1, 0) if len(parts) > 1 else ():
        side = _SIDES.get(parts[place])
        if side:
            del parts[place]
            parts.append(side)
            break
    result = "_".join(parts)
    return result if result[0].isalpha() else f"channel_{result}"


def microvolts_per(unit: str, where: str) -> float:
    """Microvolt that one ``unit`` is. Raises InputError, opening with ``where``, when the unit is unknown."""
    factor = MICROVOLTS.get(unit) or MICROVOLTS.get(unit.lower() if len(unit) > 3 else unit)
    if factor is None:
        raise InputError(f"{where}: unknown unit '{unit}'; use one of V, mV, uV, \N{MICRO SIGN}V, nV")
    return factor


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sort key by which ``channel_2`` comes before ``channel_10``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
