"""What the doctor found, one thing at a time, and how it asks other programs."""

import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEVELS = ("ok", "note", "fault")


@dataclass(frozen=True)
class Finding:
    """One thing: ``ok``; ``note``, good to know; ``fault``, with which a run hangs or fails."""

    level: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"no such level: {self.level}")


@dataclass(frozen=True)
class Answer:
    """What a program said: its output, or why there is none."""

    output: str | None
    reason: str = ""


def ask(command: Sequence[str], seconds: float) -> Answer:
    """Run ``command`` without a shell for at most ``seconds``; never raises, never waits longer."""
    try:
        # A session of its own: what a wrapper script leaves behind must not hold our pipes open.
        with subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", start_new_session=True,
        ) as process:  # fmt: skip
            try:
                output, errors = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                return Answer(None, f"`{command[0]}` gave no answer within {seconds:g} s")
    except OSError as error:
        return Answer(None, f"`{command[0]}` cannot be run: {error.strerror}")
    if process.returncode != 0:
        last = errors.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        return Answer(None, f"`{command[0]}`: {last[0]}")
    return Answer(output)


def _end(process: "subprocess.Popen[str]") -> None:
    """Kill a process with everything that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def text_of(findings: Iterable[Finding]) -> str:
    """A line for each finding, faults last, so that they stand where one looks first."""
    ordered = sorted(findings, key=lambda finding: LEVELS.index(finding.level))
    return "\n".join(f"{finding.level:5s}  {finding.subject}: {finding.text}" for finding in ordered)
