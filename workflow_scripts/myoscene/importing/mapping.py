"""Reading a mapping file: every key is checked before a source file is opened."""

import difflib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError

from myoscene.core import json_schema
from myoscene.core.errors import InputError
from myoscene.core.parse import parse_yaml, read_bytes
from myoscene.importing.bids_writer import PathLike
from myoscene.importing.identifiers import file_pattern
from myoscene.importing.mapping_schema import Images, MappingFile, Source
from myoscene.importing.table import as_text


class _Loader(yaml.SafeLoader):
    """YAML in which only ``true`` and ``false`` are booleans: a label `on`, `off`, `yes` or `no` is a text."""

    yaml_implicit_resolvers = {
        letter: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:bool"]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


_ADAPTER = TypeAdapter(MappingFile)


@cache
def schema() -> dict[str, Any]:
    """JSON Schema of a mapping file."""
    return json_schema.json_schema(_ADAPTER)


def schema_text() -> str:
    """The JSON Schema as the file in ``config/schemas`` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def load_mapping(path: PathLike) -> MappingFile:
    """The checked content of a mapping file.

    Raises:
        InputError: no such file, no UTF-8, no YAML, an unknown key (with the one that was meant), a wrong
            value, or parts that do not fit together.
    """
    content = _read(Path(path))
    _refuse_unknown(content, schema(), "", str(path))
    try:
        _ADAPTER.validate_json(json.dumps(content, default=lambda value: {}))  # a date is a value of no key
    except ValidationError as error:
        raise InputError(f"mapping '{path}', {_sentence(error, content)}") from None
    mapping = cast(MappingFile, content)
    fault = next(_faults(mapping), None)
    if fault:
        raise InputError(f"mapping '{path}'{fault}")
    return mapping


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise InputError(f"there is no mapping file '{path}'")
    if path.is_dir():
        raise InputError(f"'{path}' is a folder; give the mapping's YAML file")
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"mapping '{path}' is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    try:
        content = parse_yaml(text, _Loader)
    except ValueError as error:
        raise InputError(f"mapping '{path}' is not valid YAML ({error}); correct it there") from None
    if not isinstance(content, dict):
        raise InputError(f"mapping '{path}' has to hold sections such as `dataset:` and `channels:`")
    return cast(dict[str, Any], _string_keys(content))


def _string_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {as_text(key): _string_keys(value) for key, value in node.items()}
    return [_string_keys(item) for item in node] if isinstance(node, list) else node


def _refuse_unknown(node: Any, part: dict[str, Any], prefix: str, path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _refuse_unknown(item, part.get("items", {}), prefix, path)
        return
    known = json_schema.properties(part, schema())
    for name, value in node.items() if known and isinstance(node, dict) else ():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            advice = f"; did you mean '{close[0]}'?" if close else f"; known here: {', '.join(known)}"
            raise InputError(f"mapping '{path}' has the unknown key '{prefix}{name}'{advice}")
        _refuse_unknown(value, known[name], f"{prefix}{name}.", path)


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


def _faults(content: MappingFile) -> Iterator[str]:
    """What does not fit together: the sentence from the file's name on."""
    if not any(part in content for part in ("source", "ratings", "features", "images")):
        yield " names no input; give `source`, `ratings`, `features` or `images`"
    if "images" in content:
        yield from _faults_of_images(content["images"])
    for number, events in enumerate(content.get("events", []), start=1):
        if len(events) != 1:
            yield f", 'events[{number}]': each entry has exactly one kind of event source as its key"
    if "source" not in content:
        return
    form = content["source"]["format"]
    yield from _faults_of_pattern(content["source"], "source")
    for what in ("name", "column"):
        values = [channel[what] for channel in content.get("channels", [])]
        for value in values:
            if values.count(value) > 1:
                yield f" has the channel {what} '{value}' twice; each stands once"
    time, text = content.get("time", {}), content.get("text", {})
    if "column" in time and "unit" not in time:
        yield ", 'time': a time column needs its `unit`"
    if form == "delimited" and not ("column" in time or "rate_hz" in time):
        yield ", 'time': give the time `column` or the `rate_hz` of the rows"
    if text.get("decimal") == "," and text.get("delimiter") in (",", "comma"):
        yield ", 'text': decimal and delimiter cannot both be commas"
    if form in ("matlab", "xdf") and form not in content:
        yield f" has the format {form}, which needs a section `{form}`"
    if form in ("delimited", "matlab") and "channels" not in content:
        yield " names no `channels`; without them nothing can be imported"


def _faults_of_pattern(rules: Source | Images, section: str) -> Iterator[str]:
    if ("files" in rules) == ("regex" in rules):
        yield f", '{section}': give either `files` or `regex`"
    try:
        file_pattern(rules)
    except (re.error, RecursionError, OverflowError) as error:
        yield f", '{section}.regex' is not a regular expression: {error}"
    except InputError as error:
        yield f", '{section}.files': {error}"


def _faults_of_images(images: Images) -> Iterator[str]:
    yield from _faults_of_pattern(images, "images")
    groups = file_pattern(images).groupindex
    eye = images.get("eye", {})
    if "value" in eye and ("eye" in groups or "values" in eye):
        yield ", 'images.eye': give either one `value`, or {eye} in the pattern"
    if "value" not in eye and "eye" not in groups:
        advice = "put {eye} into the pattern, or give `eye: {value: left}`"
        yield f", 'images': nothing says which eye an image shows; {advice}"
    if "labels" in images and "label" not in groups:
        yield ", 'images.labels': the pattern has no {label}; put it in"
    if ("time" in groups) != ("time_unit" in images):
        yield ", 'images': {time} in the pattern and `time_unit` need each other"
    if "rate_hz" in images and ("time" in groups or "frame" not in groups):
        yield ", 'images.rate_hz': it needs {frame} in the pattern, and no {time}"
