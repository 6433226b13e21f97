"""What a configuration key is."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["number", "integer", "string", "boolean", "strings", "numbers", "integers", "path"]


@dataclass(frozen=True)
class Key:
    """One configuration value: everything that the default file, the schema and the documentation say of it.

    Attributes:
        path: dotted, section first: ``emg.filters.low_cut_hz``. The unit stands in the name.
        default: its value when nothing is said; ``None`` only where ``nullable``.
        kind: type; the plural ones are lists.
        meaning: one or two sentences for a researcher.
        source: who says so: a paper, a convention of the field, or "our choice".
        choices: allowed values (of a string, or of each item of a list).
        minimum, maximum: inclusive bounds (of a number, or of each item).
        above: exclusive lower bound.
        nullable: ``null`` is allowed, and the meaning says what it does.
    """

    path: str
    default: Any
    kind: Kind
    meaning: str
    source: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    nullable: bool = False
