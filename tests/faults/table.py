"""The table of faults that a test run ends with: what was done, where, what a person sees, and how it came out."""

from typing import Any

import pytest

COLUMNS = ("fault", "where", "what is seen", "outcome")


def show_faults(terminalreporter: Any) -> None:
    """Print the table, when any test of faults has run; also where the tests are spread over processes."""
    rows = []
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                # A failed test has a report for its call alone; the others have one for each phase.
                if name == "fault" and report.when in ("call", "setup"):
                    rows.append((*value, "as it should be" if outcome == "passed" else outcome.upper()))
    if not rows:
        return
    terminalreporter.section("faults")
    for *what, verdict in sorted(set(rows)):
        terminalreporter.write_line(" | ".join([*what, verdict]))
    terminalreporter.write_line(f"{len(set(rows))} faults")


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Any:
    """Call it with the four columns of a row of the table, as soon as the fault is known."""

    def note(*columns: str) -> None:
        assert len(columns) == len(COLUMNS)
        request.node.user_properties.append(("fault", tuple(" ".join(str(column).split()) for column in columns)))

    return note
