"""Checking a configuration before anything runs: unknown keys, types, and values that have to agree."""

import difflib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from myoscene.config.rules import check_together
from myoscene.config.sections import Configuration, Key, adapter, defaults, keys
from myoscene.core.errors import InputError
from myoscene.core.parse import odd_number, parse_yaml, read_bytes

# What YAML 1.1 takes for a text.
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
_KINDS = {"number": "a number", "integer": "a whole number", "string": "a text", "boolean": "true or false"}


def load(path: str | Path) -> dict[str, Any]:
    """Read a YAML configuration file; InputError where it is missing, no YAML, or no mapping."""
    if not Path(path).exists():
        raise InputError(f"there is no configuration file '{path}'")
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    try:
        content = parse_yaml(text)
    except ValueError as error:
        raise InputError(f"'{path}' is not valid YAML ({error}); correct it there") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(f"'{path}' has to hold sections such as `emg:`, not a {type(content).__name__}")
    return content


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` laid over it, section by section; lists are replaced, not joined."""
    both = {
        name: value for name, value in changes.items() if isinstance(base.get(name), dict) and isinstance(value, dict)
    }
    return base | changes | {name: merge(base[name], value) for name, value in both.items()}


def complete(changes: dict[str, Any]) -> dict[str, Any]:
    """The defaults with ``changes`` over them, checked; a value has the type of its key, however it was written.

    Snakemake compares params as texts: 20 for 20.0 would make everything anew that depends on it.

    InputError, naming the key, for an unknown key (with the one that was meant), a wrong type or range, or values that
    contradict each other.
    """
    known = defaults()
    _refuse_unknown(changes, known, "")
    typed = _validate(merge(known, changes))
    check_together(typed)
    whole = asdict(typed)
    weights = whole["learn"]["eye_inception"]
    # Some programs print it in capitals; cards hold it in small letters, and are compared with this.
    weights["sha256"] = weights["sha256"] and weights["sha256"].lower()
    return whole


def _refuse_unknown(node: dict[str, Any], known: dict[str, Any], prefix: str) -> None:
    for name, value in node.items():
        path = f"{prefix}{name}"
        if name not in known:
            raise InputError(f"unknown configuration key '{path}'{_suggestion(str(name), prefix, sorted(known))}")
        if isinstance(known[name], dict):
            if not isinstance(value, dict):
                raise InputError(f"configuration key '{path}' is a section with keys of its own, not {value!r}")
            _refuse_unknown(value, known[name], f"{path}.")


def _suggestion(name: str, prefix: str, siblings: list[str]) -> str:
    close = difflib.get_close_matches(name, siblings, n=1, cutoff=0.6)
    if close:
        return f": did you mean '{prefix}{close[0]}'?"
    # Of several keys of one name the first; a name that is there is its own closest match.
    last = {key.path.split(".")[-1]: key.path for key in reversed(keys())}
    elsewhere = difflib.get_close_matches(name, list(last), n=1, cutoff=0.75)
    if elsewhere:
        return f": did you mean '{last[elsewhere[0]]}'?"
    return f": '{prefix.rstrip('.') or 'the top level'}' has {', '.join(siblings)}"


def _validate(merged: dict[str, Any]) -> Configuration:
    """The typed configuration; what YAML has beyond JSON, a date, fits no key."""
    if odd := odd_number(merged):
        raise InputError(f"configuration key {odd}; correct it")
    try:
        return adapter().validate_json(json.dumps(merged, default=lambda value: {}))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
    *way, last = where = fault["loc"]
    node: Any = merged
    for part in way:
        node = node[part]
    value = node[last]
    if fault["type"] == "int_type" and isinstance(value, float) and value.is_integer():
        node[last] = int(value)  # 4.0 is a whole number, too
        return _validate(merged)
    if fault["type"] in ("int_type", "float_type") and isinstance(value, str) and _EXPONENT.fullmatch(value):
        node[last] = float(value)
        return _validate(merged)
    path = ".".join(part for part in where if isinstance(part, str))
    key = next(key for key in keys() if key.path == path)
    raise InputError(f"configuration key '{path}' is {value!r}, but has to be {_expectation(key)}")


def _expectation(key: Key) -> str:
    item, listed = key.item, "items" in key.kind
    text = "a path" if item.get("format") == "path" else _KINDS[item["type"]]
    if listed:
        text = f"a list of {text.removeprefix('a ')}s"
    if key.choices:
        text = f"{'a list of any' if listed else 'one'} of {', '.join(key.choices)}"
    words = {"exclusiveMinimum": "above", "minimum": "at least", "maximum": "at most"}
    bounds = [f"{word} {item[name]:g}" for name, word in words.items() if name in item]
    bounds += ["without repeats"] if "uniqueItems" in key.kind else []
    return text + (f" ({', '.join(bounds)})" if bounds else "") + (" or null" if key.nullable else "")
