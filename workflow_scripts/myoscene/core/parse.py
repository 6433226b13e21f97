"""Files that others wrote, taken in within bounds: text, gzip, JSON, YAML.

A hostile or damaged file costs no more memory or time than its size lets one expect, runs nothing, and is refused in
one sentence. All limits are our choice.
"""

import json
import math
import os
import re
import zlib
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from myoscene.core.errors import InputError

# Text tables and sidecars are kilobytes, recordings as text some hundred megabytes.
LARGEST_TEXT = 2**30
LARGEST_RECORDING = 2**33
# Numbers as text shrink to a fifth or so; a bomb to a thousandth. Small files may do as they like.
LARGEST_RATIO, ALWAYS_ALLOWED = 100, 2**24
LARGEST_SETTINGS = 2**20
MOST_NODES, DEEPEST = 20_000, 50
Item = TypeVar("Item")


def first_repeat(items: Iterable[Item], key: Callable[[Item], Hashable] | None = None) -> tuple[Item, Item] | None:
    """The first of ``items`` whose ``key`` (itself) one before it has, after that one; None where all differ."""
    seen: dict[Hashable, Item] = {}
    for item in items:
        value = key(item) if key else item
        if value in seen:
            return seen[value], item
        seen[value] = item
    return None


def read_bytes(path: str | os.PathLike[str], shown: str | None = None, largest: int = LARGEST_TEXT) -> bytes:
    """The bytes of a file.

    InputError where it is missing, unreadable, no plain file (a pipe would be waited for), or larger than ``largest``.
    """
    shown = shown or str(path)
    try:
        file = Path(path)
        if file.exists() and not file.is_file():
            raise InputError(f"{shown} is not a plain file; give a file there")
        size = file.stat().st_size
        if size > largest:
            raise InputError(f"{shown} has {size} bytes, more than the {largest} that such a file needs; replace it")
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{shown} cannot be read ({error.strerror}); check that it exists and may be read") from None
    except ValueError:
        raise InputError(f"{shown} is not a path; correct it") from None


def gunzip(data: bytes, shown: str, largest: int = LARGEST_TEXT) -> bytes:
    """``data``, which is gzip, undone.

    InputError where it is damaged, cut off, or far larger than its compressed size lets one expect (a bomb).
    """
    limit = min(largest, max(ALWAYS_ALLOWED, LARGEST_RATIO * len(data)))
    parts: list[bytes] = []
    size = 0
    try:
        while data:
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(data, limit - size + 1))
            size += len(parts[-1])
            if size > limit:
                raise InputError(f"{shown} is a gzip file that grows beyond {limit} bytes; replace it")
            if not member.eof:
                raise EOFError
            data = member.unused_data.lstrip(b"\0")
    except (EOFError, zlib.error):
        raise InputError(f"{shown} is a gzip file that is cut off or damaged; copy it again") from None
    return b"".join(parts)


def parse_json(text: str, shown: str) -> Any:
    """The value of a JSON text.

    InputError where it is not JSON, is nested too deeply, or has a number of too many digits or half a character.
    """
    try:
        value = json.loads(text)
        if re.search(r"\\u[dD][89a-fA-F]", text):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except json.JSONDecodeError as error:
        raise InputError(f"{shown}, row {error.lineno}: not valid JSON ({error.msg}); correct it there") from None
    except RecursionError:
        raise InputError(f"{shown}: not valid JSON (nested too deeply); replace the file") from None
    except UnicodeEncodeError:
        raise InputError(f"{shown}: not valid JSON (half a surrogate pair is not a character); correct it") from None
    except ValueError:
        raise InputError(f"{shown}: not valid JSON (a number has thousands of digits); correct it") from None


def parse_yaml(text: str, loader: Any = None) -> Any:
    """The value of a YAML text, by PyYAML's safe loader (or a ``loader`` derived from it).

    ValueError says what is wrong and where in the text; the caller names the file.
    """
    import yaml

    if len(text) > LARGEST_SETTINGS:
        raise ValueError(f"more than {LARGEST_SETTINGS} characters, which no such file needs")
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        # PyYAML would take the square of so many brackets to find that out.
        depth += 1 if bracket in "[{" else -1
        if depth > 2 * DEEPEST:
            raise ValueError("nested too deeply")
    try:
        made = (loader or yaml.SafeLoader)(text)
        node = made.get_single_node()
        if node is None:
            return None
        _weigh(node, {}, 0)
        value = made.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{where}{getattr(error, 'problem', None) or error}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"a value that cannot be made ({error})") from None
    if odd := odd_number(value):
        raise ValueError(odd)
    return value


def odd_number(node: Any, path: str = "") -> str:
    """``'emg.rate_hz' is nan``: the first number in a tree that no setting may have; "" where there is none."""
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node, start=1)
        found = (odd_number(value, f"{path}.{name}" if path else str(name)) for name, value in items)
        return next((text for text in found if text), "")
    if isinstance(node, float) and not math.isfinite(node):
        return f"'{path}' is {node}, which cannot be reckoned with"
    if isinstance(node, int) and not -(2**63) <= node < 2**63:
        return f"'{path}' is a number of too many digits"
    return ""


def _weigh(node: Any, known: dict[int, int], depth: int) -> int:
    """Nodes that ``node`` stands for once its aliases are written out; ValueError for too many, or a circle.

    A few lines of aliases of aliases otherwise stand for more nodes than any memory holds.
    """
    import yaml

    where = f"line {node.start_mark.line + 1}: "
    if depth > DEEPEST:
        raise ValueError(f"{where}nested too deeply")
    if id(node) in known:
        if known[id(node)] < 0:
            raise ValueError(f"{where}an alias that contains itself")
        return known[id(node)]
    known[id(node)] = -1
    total = 1
    if isinstance(node, yaml.ScalarNode):
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in node.value):
            raise ValueError(f"{where}a text with half a character, or with a null")
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        for child in children:
            total += _weigh(child, known, depth + 1)
            if total > MOST_NODES:
                raise ValueError(f"{where}more than {MOST_NODES} values once its aliases are written out")
    known[id(node)] = total
    return total
