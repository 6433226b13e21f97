"""A participant's normaliser on disk."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_json
from myoscene.machinery.files import write_text
from myoscene.pipeline.normalise import METHODS, Normaliser


def save_normaliser(path: str | os.PathLike[str], normaliser: Normaliser) -> None:
    """Write a normaliser as JSON."""
    write_text(path, json.dumps(asdict(normaliser), indent=2, sort_keys=True) + "\n")


def load_normaliser(path: str | os.PathLike[str]) -> Normaliser:
    """Read what :func:`save_normaliser` wrote; InputError for no such file, or no normaliser."""
    try:
        values = parse_json(Path(path).read_text(encoding="utf-8"), str(path))
        for name in ("channels", "centre", "scale", "floor", "fitted_on", "exponent"):
            values[name] = tuple(values[name])
        return _checked(Normaliser(**values))
    except FileNotFoundError:
        raise InputError(f"normaliser {path} is missing; run the rule condition_emg") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError, InputError) as error:
        raise InputError(f"{path} is not a normaliser ({error}); delete it and run again") from None


def _checked(normaliser: Normaliser) -> Normaliser:
    """``normaliser`` where its values are of the kinds and numbers that they have to be; else ValueError."""
    names = (*normaliser.channels, *normaliser.fitted_on, normaliser.method, normaliser.participant)
    numbers = (normaliser.centre, normaliser.scale, normaliser.floor, normaliser.exponent or normaliser.centre)
    values = [*(value for each in numbers for value in each), normaliser.envelope_s]
    wrong = (
        ("a name is not text", not all(isinstance(name, str) for name in names)),
        ("its method is unknown", normaliser.method not in METHODS),
        ("it has no channels", not normaliser.channels or len(set(normaliser.channels)) < len(normaliser.channels)),
        ("it has more or fewer numbers than channels", {len(each) for each in numbers} != {len(normaliser.channels)}),
        ("a value is not a number", not all(type(value) in (int, float) and abs(value) < 1e300 for value in values)),
        ("a scale is not above 0", not all(type(s) in (int, float) and s > 0 for s in normaliser.scale)),
    )
    for what, is_so in wrong:
        if is_so:
            raise ValueError(what)
    return normaliser
