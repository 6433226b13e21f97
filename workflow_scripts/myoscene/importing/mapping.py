"""Reading a mapping file: every key is checked before a source file is opened."""

import difflib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError

from myoscene.core import json_schema
from myoscene.core.errors import InputError
from myoscene.core.parse import parse_yaml, read_bytes
from myoscene.importing import mapping_schema
from myoscene.importing.identifiers import image_pattern
from myoscene.importing.mapping_schema import FilePattern, MappingFile


class _Loader(yaml.SafeLoader):
    """YAML in which only ``true`` and ``false`` are booleans: a label `on`, `off`, `yes` or `no` is a
    text."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@cache
def _adapter() -> TypeAdapter[MappingFile]:
    return TypeAdapter(MappingFile)


@cache
def schema() -> dict[str, Any]:
    """JSON Schema of a mapping file."""
    return json_schema.json_schema(_adapter())


def schema_text() -> str:
    """The JSON Schema as the file in ``config/schemas`` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def load_mapping(path: str | Path) -> MappingFile:
    """The checked content of a mapping file.

    Raises:
        InputError: no such file, no UTF-8, no YAML, an unknown key (with the one that was meant), a wrong
            value, or parts that do not fit together.
    """
    content = _read(Path(path))
    _refuse_unknown(content, schema(), "", str(path))
    try:
        _adapter().validate_json(json.dumps(content, default=lambda value: {}))  # a date is a value of no key
    except ValidationError as error:
        raise InputError(f"mapping '{path}', {_sentence(error, content)}") from None
    mapping = cast(MappingFile, content)
    _check_together(mapping, str(path))
    return mapping


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


def _refuse_unknown(node: Any, part: dict[str, Any], prefix: str, path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _refuse_unknown(item, part.get("items", {}), prefix, path)
        return
    known = json_schema.properties(part, schema())
    for name, value in node.items() if known and isinstance(node, dict) else ():
        if name not in known:
            raise InputError(f"mapping '{path}' has the unknown key '{prefix}{name}'{_suggestion(name, list(known))}")
        _refuse_unknown(value, known[name], f"{prefix}{name}.", path)


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else f"; known here: {', '.join(known)}"


def _sentence(error: ValidationError, content: Any) -> str:
    """Where the first fault is, and what it is."""
    first, *others = error.errors(include_url=False)
    where = ""
    value: Any = content
    part: Any
    for part in first["loc"]:
        if (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int)):
            value = value[part]
            where += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    shown = f"'{where.lstrip('.')}'" if where else "top level"
    if first["type"] == "missing":
        return f"{shown}: '{first['loc'][-1]}' is a required property"
    if first["type"] == "literal_error":
        choices = first["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return f"{shown}: {value!r} has to be one of {choices}"
    if first["type"] == "string_pattern_mismatch":
        return f"{shown}: {value!r} has to be lower snake case, such as 'zygomaticus_left'"
    same = [other for other in others if other["loc"][:-1] == first["loc"][:-1] and other["input"] == first["input"]]
    texts = [one["msg"][0].lower() + one["msg"][1:] for one in (first, *same)]
    said = " or ".join(text.removeprefix("input should be ") for text in texts)
    return f"{shown}: {value!r} has to be {said}" if "input should be" in texts[0] else f"{shown}: {value!r}: {said}"


def _check_together(content: MappingFile, path: str) -> None:
    if not any(part in content for part in ("source", "ratings", "features", "images")):
        raise InputError(f"mapping '{path}' names no input; give `source`, `ratings`, `features` or `images`")
    if "images" in content:
        _check_images(content["images"], path)
    for number, events in enumerate(content.get("events", []), start=1):
        if len(events) != 1:
            raise InputError(
                f"mapping '{path}', 'events[{number}]': each entry has exactly one kind of event source as its key"
            )
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


def _check_images(images: mapping_schema.Images, path: str) -> None:
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


def _pattern(rules: FilePattern, section: str, path: str) -> re.Pattern[str]:
    try:
        return image_pattern(rules)
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(f"mapping '{path}', '{section}.regex' is no regular expression: {error}") from None
    except InputError as error:
        raise InputError(f"mapping '{path}', '{section}.files': {error}") from None


def _check_channels(content: MappingFile, path: str) -> None:
    channels = content.get("channels", [])
    for what in ("name", "column"):
        values = [channel[what] for channel in channels]
        for value in values:
            if values.count(value) > 1:
                raise InputError(f"mapping '{path}' has the channel {what} '{value}' twice; each stands once")


def _check_time(content: MappingFile, path: str) -> None:
    time = content.get("time", {})
    if "column" in time and "unit" not in time:
        raise InputError(f"mapping '{path}', 'time': a time column needs its `unit`")
    if content["source"]["format"] == "delimited" and not ("column" in time or "rate_hz" in time):
        raise InputError(f"mapping '{path}', 'time': give the time `column` or the `rate_hz` of the rows")
    text = content.get("text", {})
    if text.get("decimal") == "," and text.get("delimiter") in (",", "comma"):
        raise InputError(f"mapping '{path}', 'text': decimal and delimiter cannot both be commas")
