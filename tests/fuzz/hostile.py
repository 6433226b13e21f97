"""How a file that was made to harm is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from fuzz.engine import bounded, check_refusal, guarded
from myoscene.core.errors import InputError


def refused(name: str, work: Callable[[], Any]) -> str:
    """The sentence in which ``work`` is refused, within the bounds of the fuzz run; it names the file."""
    with bounded(), guarded(), pytest.raises(InputError) as caught:
        work()
    check_refusal(caught.value, [name])
    return str(caught.value)
