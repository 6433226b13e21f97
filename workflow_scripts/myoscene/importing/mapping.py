"""Reading a mapping file: every key is checked before a source file is opened."""

import difflib
import json
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_yaml, read_bytes
from myoscene.importing.identifiers import image_pattern
from myoscene.importing.mapping_schema import SCHEMA


class _Loader(yaml.SafeLoader):
    """YAML in which only ``true`` and ``false`` are booleans: a label `on`, `off`, `yes` or `no` is a
    text."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def load_mapping(path: str | Path) -> dict[str, Any]:
    """The checked content of a mapping file.

    Raises:
        InputError: no such file, no UTF-8, no YAML, an unknown key (with the one that was meant), a wrong
            value, or parts that do not fit together.
    """
    content = _read(Path(path))
    _refuse_unknown(content, SCHEMA, "", str(path))
    error = best_match(Draft202012Validator(SCHEMA).iter_errors(content))
    if error is not None:
        raise InputError(f"mapping '{path}', {_where(error)}: {_sentence(error)}")
    _check_together(content, str(path))
    return content


def schema_text() -> str:
    """The JSON Schema as the file in ``config/schemas`` holds it."""
    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        if not path.exists():
            raise InputError(f"there is no mapping file '{path}'")
        if path.is_dir():
            raise InputError(f"'{path}' is a folder; give the mapping's YAML file")
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"mapping '{path}' is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    try:
        content = parse_yaml(text, _Loader)
    except ValueError as error:
        raise InputError(f"mapping '{path}' is no valid YAML ({error}); correct it there") from None
    if not isinstance(content, dict):
        raise InputError(f"mapping '{path}' has to hold sections such as `dataset:` and `channels:`")
    plain = _string_keys(content)
    assert isinstance(plain, dict)
    return plain


def _string_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {_key(key): _string_keys(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_string_keys(item) for item in node]
    return node


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _refuse_unknown(node: Any, schema: dict[str, Any], prefix: str, path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _refuse_unknown(item, schema.get("items", {}), prefix, path)
        return
    if not isinstance(node, dict):
        return
    properties = _properties(schema)
    if not properties:
        return
    for name, value in node.items():
        if name not in properties:
            raise InputError(
                f"mapping '{path}' has the unknown key '{prefix}{name}'{_suggestion(name, list(properties))}"
            )
        _refuse_unknown(value, properties[name], f"{prefix}{name}.", path)


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    if "properties" in schema:
        return dict(schema["properties"])
    return {name: node for option in schema.get("anyOf", []) for name, node in _properties(option).items()}


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else f"; known here: {', '.join(known)}"


def _where(error: ValidationError) -> str:
    parts = []
    for part in error.absolute_path:
        parts.append(f"[{part + 1}]" if isinstance(part, int) else f".{part}")
    return f"'{''.join(parts).lstrip('.')}'" if parts else "top level"


def _sentence(error: ValidationError) -> str:
    if error.validator == "enum":
        choices = [str(choice) for choice in error.validator_value]  # type: ignore[union-attr]
        return f"{error.instance!r} has to be one of {', '.join(choices)}"
    if error.validator == "pattern":
        return f"{error.instance!r} has to be lower snake case, such as 'zygomaticus_left'"
    if error.validator == "anyOf" and isinstance(error.instance, dict):
        return "each entry has exactly one kind of event source as its key"
    return error.message


def _check_together(content: dict[str, Any], path: str) -> None:
    if not any(part in content for part in ("source", "ratings", "features", "images")):
        raise InputError(f"mapping '{path}' names no input; give `source`, `ratings`, `features` or `images`")
    if "images" in content:
        _check_images(content["images"], path)
    if "source" not in content:
        return
    source = content["source"]
    if ("files" in source) == ("regex" in source):
        raise InputError(f"mapping '{path}', 'source': give either `files` or `regex`")
    _pattern(source, "source", path)
    _check_channels(content, path)
    _check_time(content, path)
    for section, format_name in (("matlab", "matlab"), ("xdf", "xdf")):
        if source["format"] == format_name and section not in content:
            raise InputError(f"mapping '{path}' has the format {format_name}, which needs a section `{section}`")
    if source["format"] in ("delimited", "matlab") and "channels" not in content:
        raise InputError(f"mapping '{path}' names no `channels`; without them nothing can be imported")


def _check_images(images: dict[str, Any], path: str) -> None:
    if ("files" in images) == ("regex" in images):
        raise InputError(f"mapping '{path}', 'images': give either `files` or `regex`")
    groups = _pattern(images, "images", path).groupindex
    eye = images.get("eye", {})
    if "value" in eye and ("eye" in groups or "values" in eye):
        raise InputError(f"mapping '{path}', 'images.eye': give either one `value`, or {{eye}} in the pattern")
    if "value" not in eye and "eye" not in groups:
        raise InputError(
            f"mapping '{path}', 'images': nothing says which eye an image shows; put {{eye}} into the pattern, or give "
            "`eye: {value: left}`"
        )
    if "labels" in images and "label" not in groups:
        raise InputError(f"mapping '{path}', 'images.labels': the pattern has no {{label}}; put it in")
    if ("time" in groups) != ("time_unit" in images):
        raise InputError(f"mapping '{path}', 'images': {{time}} in the pattern and `time_unit` need each other")
    if "rate_hz" in images and ("time" in groups or "frame" not in groups):
        raise InputError(f"mapping '{path}', 'images.rate_hz': it needs {{frame}} in the pattern, and no {{time}}")


def _pattern(rules: dict[str, Any], section: str, path: str) -> re.Pattern[str]:
    try:
        return image_pattern(rules)
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(f"mapping '{path}', '{section}.regex' is no regular expression: {error}") from None
    except InputError as error:
        raise InputError(f"mapping '{path}', '{section}.files': {error}") from None


def _check_channels(content: dict[str, Any], path: str) -> None:
    names = [channel["name"] for channel in content.get("channels", [])]
    columns = [channel["column"] for channel in content.get("channels", [])]
    for what, values in (("name", names), ("column", columns)):
        for value in values:
            if values.count(value) > 1:
                raise InputError(f"mapping '{path}' has the channel {what} '{value}' twice; each stands once")


def _check_time(content: dict[str, Any], path: str) -> None:
    time = content.get("time", {})
    if "column" in time and "unit" not in time:
        raise InputError(f"mapping '{path}', 'time': a time column needs its `unit`")
    if content["source"]["format"] == "delimited" and not ("column" in time or "rate_hz" in time):
        raise InputError(f"mapping '{path}', 'time': give the time `column` or the `rate_hz` of the rows")
    text = content.get("text", {})
    if text.get("decimal") == "," and text.get("delimiter") in (",", "comma"):
        raise InputError(f"mapping '{path}', 'text': decimal and delimiter cannot both be commas")
