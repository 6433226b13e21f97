"""The page on commands, from the texts of ``--help``: ``.venv/bin/python docs/commands.py`` (``make config``)."""

import argparse
from pathlib import Path

from myoscene.cli import PARSER

PAGE = Path(__file__).with_name("commands.md")
HEAD = """\
# Commands

The workflow itself is run with `snakemake`: see [Running it](running.md). The command `myoscene` prepares a run or
looks at one. Each of its commands prints this text with `--help`. A command ends with 0 where it worked, and with
one sentence on the terminal and 2 where its input was at fault.

<!-- Written by `make config` from the texts of `--help`: change workflow_scripts/myoscene/cli*.py, not this page. -->
"""


def page() -> str:
    """The page, as Markdown."""
    every = next(action for action in PARSER._actions if isinstance(action, argparse._SubParsersAction))
    return "\n".join([HEAD, *(command(name, parser) for name, parser in every.choices.items())])


def command(name: str, parser: argparse.ArgumentParser) -> str:
    """One command: how it is called, what it does, and its arguments."""
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    called = wrapped(f"myoscene {name}", [usage(action) for action in actions])
    rows = [f"| `{told(action)}` | {(action.help or '').replace('|', '/')} |" for action in actions]
    table = ["| argument | meaning |", "|---|---|", *rows, ""] if rows else []
    return "\n".join([f"## {name}\n", f"```sh\n{called}\n```\n", f"{parser.description}\n", *table])


def wrapped(start: str, parts: list[str]) -> str:
    """A call in lines that fit the page."""
    lines = [start]
    for part in parts:
        if len(lines[-1]) + len(part) > 84:
            lines.append(" " * len(start))
        lines[-1] += f" {part}"
    return " \\\n".join(lines)


def told(action: argparse.Action) -> str:
    """An argument as it is typed."""
    value = str(action.metavar or action.dest)
    if not action.option_strings:
        return value
    option = action.option_strings[-1]
    return option if action.nargs == 0 else f"{option} {value}{' ...' if action.nargs in ('+', '*') else ''}"


def usage(action: argparse.Action) -> str:
    """An argument in the line that shows the call; in brackets where it may be left out."""
    needed = action.required and action.nargs not in ("?", "*")
    more = " ..." if not action.option_strings and action.nargs in ("+", "*") else ""
    return f"{told(action)}{more}" if needed else f"[{told(action)}{more}]"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote docs/{PAGE.name}")
