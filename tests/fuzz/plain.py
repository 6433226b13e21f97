"""The plainest way to read: what the oracles compare accepted files with."""

import re

MISSING = ("", "n/a", "N/A", "NA", "NaN", "nan")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def cells(data: bytes, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table, cells stripped, empty lines left out."""
    lines = re.split(r"\r\n|\r|\n", data.decode("utf-8-sig"))
    rows = [[cell.strip() for cell in line.split(delimiter)] for line in lines]
    header, *body = (row for place, row in enumerate(rows) if not place or any(row))
    return header, body


def plain_number(text: str) -> float | None:
    """The number, None for a missing one, ValueError for anything else."""
    if text in MISSING:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)
