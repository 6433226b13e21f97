"""Outputs of a command that would replace what it reads, or each other."""

from collections.abc import Mapping
from pathlib import Path

from myoscene.core.errors import InputError


def keep_apart(inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """InputError where an output is an input or another output, whatever links and names lead there.

    Args:
        inputs: what a message calls it -> path.
        outputs: likewise.
    """
    before = [(name, path.resolve()) for name, path in inputs.items()]
    for name, path in outputs.items():
        place = path.resolve()
        for other, there in before:
            if place == there or (place.exists() and there.exists() and place.samefile(there)):
                raise InputError(f"{name} '{path}' would replace {other}; give it another name")
        before.append((name, place))
