"""What is done to a good file before a reader gets it; every step is a pure function of three small numbers."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

# Where a step strikes and what it puts there: numbers below this.
SCALE = 2**16

Step = tuple[int, int, int]
Change = Callable[[bytes, int, int], bytes]

TOKENS: tuple[bytes, ...] = (
    b"", b" ", b"n/a", b"NaN", b"nan", b"inf", b"-inf", b"Infinity", b"1e999", b"-1e999", b"1e308", b"-1", b"0", b"1",
    b"1_0", b"0x10", b"9" * 30, b"9" * 400, b"9" * 5000, b"1.5.2", b"--", b"true", b"null", b"None", b"[]", b"{}",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[2J", b"\r", b"\r\n", b"\n", b"\n\n", b"\t", b"\t\t", b",", b";",
    b'"', b"'", b'""', b'"a\nb"', b"\\", b"/", b"../../x", b"/etc/passwd", b"sub-../../x", b"$(touch x)", b"; rm -rf x",
    b"`x`", b"|", b"&a", b"*a", b"!!python/object/apply:os.system [x]", b"!!int x", b"!!timestamp 2001-99-99",
    b"{{", b"[[", b"\xc3\xa9", "\N{ARABIC-INDIC DIGIT ONE}".encode(), "\N{MICRO SIGN}V".encode(),
    "\N{RIGHT-TO-LEFT OVERRIDE}".encode(), "\N{MATHEMATICAL BOLD DIGIT ONE}".encode(), b"a" * 300, b"x" * 200_000,
    b"#", b"# x", b"---\n", b": ", b"- ", b"? ", b"<<: *a", b"%YAML 9.9\n", b"1:30", b"2001-01-01", b"=", b"~",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    2**60,
    2**63 - 1,
    2**63,
    2**64 - 1,
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 2**31, 2**63, 10**30,
    10**400, "", " ", "n/a", "x", "../../x", "/etc/passwd", "$(touch x)", "\x00", "a\nb", "\ud800",
    "\N{ARABIC-INDIC DIGIT ONE}", "9" * 400, "y" * 10_000, [], {}, [None], [[]], {"": None}, [1, "a"], {"a": {"b": []}},
    list(range(300)),
)  # fmt: skip


def _at(data: bytes, where: int) -> int:
    return where * (len(data) + 1) // SCALE


def flip(data: bytes, where: int, what: int) -> bytes:
    """One bit turned."""
    place = where * len(data) // SCALE
    return data[:place] + bytes([data[place] ^ (1 << what % 8)]) + data[place + 1 :] if data else data


def put_byte(data: bytes, where: int, what: int) -> bytes:
    """One byte replaced by any other."""
    place = where * len(data) // SCALE
    return data[:place] + bytes([what % 256]) + data[place + 1 :] if data else data


def truncate(data: bytes, where: int, what: int) -> bytes:
    """The end is missing."""
    return data[: _at(data, where)]


def behead(data: bytes, where: int, what: int) -> bytes:
    """The beginning is missing."""
    return data[_at(data, where) % 400 :]


def duplicate(data: bytes, where: int, what: int) -> bytes:
    """A piece stands there twice, or up to forty times."""
    start = _at(data, where)
    piece = data[start : start + 1 + what % 300]
    return data[:start] + piece * (1 + what % 40) + data[start:]


def remove(data: bytes, where: int, what: int) -> bytes:
    """A piece is missing."""
    start = _at(data, where)
    return data[:start] + data[start + 1 + what % 300 :]


def append(data: bytes, where: int, what: int) -> bytes:
    """Something follows the end."""
    return data + (TOKENS[what % len(TOKENS)] or bytes(where % 700))


def insert(data: bytes, where: int, what: int) -> bytes:
    """A token in between."""
    start = _at(data, where)
    return data[:start] + TOKENS[what % len(TOKENS)] + data[start:]


def empty(data: bytes, where: int, what: int) -> bytes:
    """Nothing, or nothing but white space."""
    return (b"", b"", b"\n", b"\t", b"\xef\xbb\xbf", b"\x00")[what % 6]


def put_number(data: bytes, where: int, what: int) -> bytes:
    """A binary number of 1, 2, 4 or 8 bytes becomes an extreme one."""
    width = (1, 2, 4, 8)[what % 4]
    start = where * max(len(data) - width + 1, 1) // SCALE
    number = NUMBERS[what // 4 % len(NUMBERS)] % 256**width
    return data[:start] + number.to_bytes(width, "big" if what // 64 % 2 else "little") + data[start + width :]


def put_header_number(data: bytes, where: int, what: int) -> bytes:
    """As :func:`put_number`, in the first 128 bytes."""
    return put_number(data[:128], where, what) + data[128:]


def put_field(data: bytes, where: int, what: int) -> bytes:
    """A text field of 8 bytes of a fixed-width header (EDF) becomes another token."""
    start = where * 256 // SCALE * 8 if len(data) > 2048 else where * max(len(data) // 8, 1) // SCALE * 8
    token = TOKENS[what % len(TOKENS)] if what % 3 else b"%d" % (what - SCALE // 2)
    return data[:start] + token[:8].ljust(8) + data[start + 8 :]


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def swap_lines(data: bytes, where: int, what: int) -> bytes:
    """Two lines change places."""
    lines = _lines(data)
    if len(lines) > 1:
        first, second = where % len(lines), what % len(lines)
        lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def duplicate_line(data: bytes, where: int, what: int) -> bytes:
    """A line stands there again, somewhere."""
    lines = _lines(data)
    if lines:
        lines.insert(what % (len(lines) + 1), lines[where % len(lines)])
    return b"".join(lines)


def remove_line(data: bytes, where: int, what: int) -> bytes:
    """A line is missing."""
    lines = _lines(data)
    if lines:
        del lines[where % len(lines)]
    return b"".join(lines)


def _cells(data: bytes) -> tuple[list[bytes], list[int]]:
    """Cells with what parts them at odd places, and the even places that hold something."""
    parts = re.split(rb"([\t,;\n])", data)
    return parts, [place for place in range(0, len(parts), 2) if parts[place]]


def put_cell(data: bytes, where: int, what: int) -> bytes:
    """A cell of a table becomes another token, or a plain number."""
    parts, places = _cells(data)
    if places:
        token = TOKENS[what % len(TOKENS)] if what % 4 else b"%.3f" % ((what - SCALE // 2) / 100)
        parts[places[where * len(places) // SCALE]] = token
    return b"".join(parts)


def swap_cells(data: bytes, where: int, what: int) -> bytes:
    """Two cells of a table change places."""
    parts, places = _cells(data)
    if places:
        first, second = places[where * len(places) // SCALE], places[what * len(places) // SCALE]
        parts[first], parts[second] = parts[second], parts[first]
    return b"".join(parts)


def nest(data: bytes, where: int, what: int) -> bytes:
    """Deep nesting in between."""
    start, depth = _at(data, where), (5, 300, 5000, 60_000)[what % 4]
    opening, closing = ((b"[", b"]"), (b'{"a":', b"}"), (b"{a: ", b"}"), (b"- ", b""))[what // 4 % 4]
    return data[:start] + opening * depth + b"1" + closing * depth + data[start:]


BINARY: tuple[Change, ...] = (
    flip, put_byte, put_byte, truncate, behead, duplicate, remove, append, insert, empty, put_number, put_number,
    put_header_number, put_header_number,
)  # fmt: skip
EDF: tuple[Change, ...] = (*BINARY, put_field, put_field, put_field, put_field, put_field)
TEXT: tuple[Change, ...] = (
    flip, put_byte, truncate, duplicate, remove, append, insert, insert, empty, swap_lines, duplicate_line, remove_line,
    put_cell, put_cell, put_cell, swap_cells, nest,
)  # fmt: skip


def crlf(data: bytes) -> bytes:
    """Windows line ends."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def byte_order_mark(data: bytes) -> bytes:
    """A byte-order mark."""
    return b"\xef\xbb\xbf" + data.removeprefix(b"\xef\xbb\xbf")


def blank_lines(data: bytes) -> bytes:
    """Empty lines at the end."""
    return data + b"\n\n"


def spaces(data: bytes) -> bytes:
    """A space on both sides of every tab."""
    return data.replace(b"\t", b" \t ")


def turned_columns(data: bytes) -> bytes:
    """The columns of a TSV in the opposite order."""
    return b"\n".join(b"\t".join(line.split(b"\t")[::-1]) for line in data.splitlines()) + b"\n"


def json_layout(data: bytes) -> bytes:
    """A JSON object with its keys in the opposite order, written out over lines."""
    content = json.loads(data)
    return json.dumps(dict(reversed(content.items())), indent=3).encode()


# What changes a text and not what it says.
NEUTRAL_TSV = (crlf, byte_order_mark, blank_lines, spaces, turned_columns)
NEUTRAL_JSON = (crlf, byte_order_mark, blank_lines, json_layout)


def change_tree(tree: Any, where: int, what: int) -> Any:
    """A copy of nested mappings and lists with one node replaced, removed, repeated or renamed."""
    places = list(_places(tree, ()))
    place = places[where * len(places) // SCALE]
    return _changed(tree, place, what)


def _places(node: Any, prefix: tuple[Any, ...]) -> Any:
    yield prefix
    items: Sequence[tuple[Any, Any]] = ()
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node[:50]))
    for key, value in items:
        yield from _places(value, (*prefix, key))


def _changed(node: Any, place: tuple[Any, ...], what: int) -> Any:
    if not place:
        return _other(node, what)
    copy = dict(node) if isinstance(node, dict) else list(node)
    key = place[0]
    if len(place) > 1 or what % 5:
        copy[key] = _changed(copy[key], place[1:], what)
    elif isinstance(copy, dict):
        value = copy.pop(key)
        if what % 2:
            copy[f"{key}x"] = value
    elif what % 2:
        del copy[key]
    else:
        copy.append(copy[key])
    return copy


def _other(node: Any, what: int) -> Any:
    choice = what // 5
    if isinstance(node, list) and node and choice % 3 == 0:
        return node * 2 if choice % 2 else node[::-1]
    if isinstance(node, int | float) and not isinstance(node, bool) and choice % 3 == 0:
        return (-node, node + 1, node * 1000, node / 1000, str(node))[choice // 3 % 5]
    return VALUES[choice % len(VALUES)]


def apply(data: bytes, steps: Sequence[Step], changes: Sequence[Change]) -> bytes:
    """``data`` after all steps; what grows beyond 2 MB is cut."""
    for kind, where, what in steps:
        data = changes[kind % len(changes)](data, where, what)[:2_000_000]
    return data


def _tree(data: bytes, where: int, what: int) -> bytes:
    """A JSON file with one node replaced, removed, repeated or renamed; what is not JSON stays."""
    try:
        content = json.loads(data)
        return json.dumps(change_tree(content, where, what)).encode()
    except (ValueError, RecursionError):
        return data


TREE: tuple[Change, ...] = (_tree,) * 8
