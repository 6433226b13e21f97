"""Checking a configuration before anything runs: unknown keys, types, and values that have to agree."""

import difflib
from pathlib import Path
from typing import Any

from myoscene.config.render import defaults, json_schema
from myoscene.config.sections import KEYS
from myoscene.core.errors import InputError
from myoscene.core.parse import odd_number, parse_yaml, read_bytes
from myoscene.core.settings import Key

_KEYS: dict[str, Key] = {key.path: key for key in KEYS}
_KINDS = {
    "number": "a number",
    "integer": "a whole number",
    "string": "a text",
    "path": "a path",
    "boolean": "true or false",
    "strings": "a list of texts",
    "numbers": "a list of numbers",
    "integers": "a list of whole numbers",
}


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
        raise InputError(f"'{path}' is no valid YAML ({error}); correct it there") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(f"'{path}' has to hold sections such as `emg:`, not a {type(content).__name__}")
    return content


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` laid over it, section by section; lists are replaced, not joined."""
    merged = dict(base)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = merge(merged[name], value)
        else:
            merged[name] = value
    return merged


def complete(changes: dict[str, Any]) -> dict[str, Any]:
    """The defaults with ``changes`` over them, checked.

    Raises:
        InputError: an unknown key (with the one that was meant), a wrong type or range, or values that
            contradict each other; the sentence names the key.
    """
    _refuse_unknown(changes, "")
    merged = merge(defaults(), changes)
    _validate(merged)
    from myoscene.config.rules import check_together

    check_together(merged)
    weights = merged["learn"]["eye_inception"]
    # Some programs print it in capitals; cards hold it in small letters, and are compared with this.
    weights["sha256"] = weights["sha256"] and weights["sha256"].lower()
    return merged


def _refuse_unknown(node: dict[str, Any], prefix: str) -> None:
    known = {path[len(prefix) :].split(".")[0] for path in _KEYS if path.startswith(prefix)}
    for name, value in node.items():
        path = f"{prefix}{name}"
        if name not in known:
            raise InputError(f"unknown configuration key '{path}'{_suggestion(str(name), prefix, sorted(known))}")
        if path in _KEYS:
            continue
        if not isinstance(value, dict):
            raise InputError(f"configuration key '{path}' is a section with keys of its own, not {value!r}")
        _refuse_unknown(value, f"{path}.")


def _suggestion(name: str, prefix: str, siblings: list[str]) -> str:
    close = difflib.get_close_matches(name, siblings, n=1, cutoff=0.6)
    if close:
        return f": did you mean '{prefix}{close[0]}'?"
    elsewhere = [path for path in _KEYS if path.split(".")[-1] == name]
    if not elsewhere:
        last = {path.split(".")[-1]: path for path in _KEYS}
        elsewhere = [last[match] for match in difflib.get_close_matches(name, list(last), n=1, cutoff=0.75)]
    if elsewhere:
        return f": did you mean '{elsewhere[0]}'?"
    return f": '{prefix.rstrip('.') or 'the top level'}' has {', '.join(siblings)}"


def _validate(merged: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    odd = odd_number(merged)
    if odd:
        raise InputError(f"configuration key {odd}; correct it")
    errors = sorted(Draft202012Validator(json_schema()).iter_errors(merged), key=lambda e: [str(p) for p in e.path])
    if not errors:
        return
    error = errors[0]
    names = [str(part) for part in error.absolute_path if isinstance(part, str)]
    path = ".".join(names)
    key = _KEYS.get(path)
    if key is None:
        raise InputError(f"configuration key '{path or error.message}': {error.message}")
    raise InputError(f"configuration key '{path}' is {error.instance!r}, but has to be {_expectation(key)}")


def _expectation(key: Key) -> str:
    text = _KINDS[key.kind]
    if key.choices:
        text = (
            f"one of {', '.join(key.choices)}" if key.kind == "string" else f"a list of any of {', '.join(key.choices)}"
        )
    bounds = []
    if key.above is not None:
        bounds.append(f"above {key.above:g}")
    if key.minimum is not None:
        bounds.append(f"at least {key.minimum:g}")
    if key.maximum is not None:
        bounds.append(f"at most {key.maximum:g}")
    if key.kind == "strings":
        bounds.append("without repeats")
    return text + (f" ({', '.join(bounds)})" if bounds else "") + (" or null" if key.nullable else "")
