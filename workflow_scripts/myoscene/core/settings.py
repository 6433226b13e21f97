"""What a setting is: a field of a frozen dataclass, whose annotation holds its type and bounds.

Its name holds its unit; the text below it is its meaning for a researcher, with the paper or convention that states it,
if any, in square brackets at the end. Defaults, ``config/config.yaml``, the JSON Schema and the checks are made from
these classes by pydantic (``myoscene.config``); a job, whose start-up is its main cost, loads the standard library.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Annotated, Any, TypeVar, get_args

from myoscene.core.places import shown

T = TypeVar("T")


class Within:
    """Bounds: ``gt``, ``ge``, ``le`` of a number, ``min_length`` and ``max_length``, or the ``pattern`` of a text."""

    def __init__(self, **bounds: float | str) -> None:
        self.bounds = bounds

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler(source) | self.bounds


def _then(function: Callable[[Any], Any], schema: Any) -> Any:
    """pydantic's ``schema``, and ``function`` of what passes it."""
    return {"type": "function-after", "schema": schema, "function": {"type": "no-info", "function": function}}


class NoRepeats:
    """A list in which no item stands twice."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return _then(_once, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return handler(schema) | {"uniqueItems": True}


def _once(items: list[str]) -> list[str]:
    if len(set(items)) < len(items):
        raise ValueError("an item stands twice")
    return items


class PlainPath:
    """A path as it is usually written: without a slash at its end, ``./`` and ``//``."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return _then(_plain, handler(source))


def _plain(path: str) -> str:
    return str(PurePath(path))


class Shown:
    """What the JSON Schema says besides the type."""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return handler(schema) | self.facts


def means(text: str) -> Shown:
    """The meaning of a key whose annotation several places use."""
    return Shown(description=text)


Positive = Annotated[float, Within(gt=0)]
NotNegative = Annotated[float, Within(ge=0)]
Fraction = Annotated[float, Within(ge=0, le=1)]
Count = Annotated[int, Within(ge=1)]
Text = Annotated[str, Within(min_length=1)]
FilePath = Annotated[Text, PlainPath(), Shown(format="path")]
# Relative to the dataset, and not to the working directory.
DatasetPath = Annotated[FilePath, "of the dataset"]
Texts = Annotated[list[str], NoRepeats()]


def shown_paths(settings: type, plain: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """``plain`` values of ``settings`` with every path as results name it (:func:`myoscene.core.places.shown`)."""
    made = dict(plain)
    for item in fields(settings):
        value, kinds = made[item.name], (item.type, *get_args(item.type))
        if isinstance(item.type, type) and is_dataclass(item.type):
            made[item.name] = shown_paths(item.type, value, dataset)
        elif value is not None and (FilePath in kinds or DatasetPath in kinds):
            made[item.name] = shown(value, dataset if DatasetPath in kinds else "")
    return made


def from_plain(settings: type[T], plain: Mapping[str, Any]) -> T:
    """The typed settings of a job's params: a section of the checked configuration, or a part of one.

    KeyError or TypeError where a key is not there, or is not of the section. A default never steps in: params say all
    that a result depends on.
    """
    assert is_dataclass(settings)
    kinds = {item.name: item.type for item in fields(settings)}
    if extra := set(plain) - set(kinds):
        raise TypeError(f"{settings.__name__} has no key {min(extra)}")
    parts = {name: kind for name, kind in kinds.items() if isinstance(kind, type) and is_dataclass(kind)}
    made = {name: from_plain(parts[name], plain[name]) if name in parts else plain[name] for name in kinds}
    return settings(**made)
