"""The counts of the fuzz runs at the end of pytest's output; with xdist too, where only reports reach this process."""

from typing import Any

HEADER = ("reader", "inputs", "refused", "read", "CPU s")


def fuzz_rows(terminalreporter: Any) -> list[list[Any]]:
    """Rows of HEADER of every fuzz run that finished, by reader; what they recorded travels with their reports."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    properties = [p for report in reports for p in getattr(report, "user_properties", ())]
    rows = {tuple(value) for name, value in properties if name == "fuzz"}
    return sorted(map(list, rows))


def show_counts(terminalreporter: Any) -> None:
    """Write the table, and its sum; nothing where no fuzz run took part."""
    rows = fuzz_rows(terminalreporter)
    if not rows:
        return
    total = ["all readers", *(round(sum(row[column] for row in rows), 1) for column in range(1, 5))]
    texts = [[str(cell) for cell in row] for row in [HEADER, *rows, total]]
    widths = [max(len(row[column]) for row in texts) for column in range(len(HEADER))]
    terminalreporter.section("fuzzing: every input was refused in one sentence or read rightly")
    for row in texts:
        numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        terminalreporter.write_line("  ".join([row[0].ljust(widths[0]), *numbers]))
