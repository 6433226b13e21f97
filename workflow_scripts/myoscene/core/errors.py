"""The one exception that a user is meant to read."""

# Longer sentences quote a whole cell or row; what is wrong stands at their beginning, what to do at their end.
_BEGINNING, _END = 900, 500


def printable(text: str) -> str:
    """``text`` in one line; what cannot be printed (control characters, turns of the writing direction) as escapes."""
    text = " ".join(text.split("\n"))
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


# What turns the writing direction, and control characters but for line ends and tabs.
_HIDDEN = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, *range(32), *range(0x7F, 0xA0)}
_ESCAPES = {code: chr(code).encode("unicode_escape").decode("ascii") for code in _HIDDEN - set(b"\t\n\r")}


def undirected(text: str) -> str:
    """``text`` of many lines, in which no character hides others or turns the writing direction: shown as escapes."""
    return text.translate(_ESCAPES)


class InputError(Exception):
    """Something that the user gave cannot be used.

    The message is one sentence: what is wrong, where (file, participant, channel, row), what to do. Raise it at the
    first place that can see the fault; jobs and the command line print it and end with a non-zero exit code.

    Messages quote what stands in files. So that no file writes lines or control sequences of its own into a
    terminal or a log, characters that cannot be printed are shown as escapes, and a long message loses its middle.
    """

    def __init__(self, message: object = "") -> None:
        text = printable(str(message))
        if len(text) > _BEGINNING + _END:
            text = f"{text[:_BEGINNING]} [...] {text[-_END:]}"
        super().__init__(text)
