"""What the commands of ``myoscene`` are made of: the parser, and the decorator that adds a command to it."""

import argparse
from collections.abc import Callable
from typing import Any

from myoscene import __version__
from myoscene.core.errors import printable

# A command; it returns what the program ends with, or nothing where that is 0.
Run = Callable[[argparse.Namespace], int | None]
PARSER = argparse.ArgumentParser(
    prog="myoscene",
    description="From facial EMG and eye images in virtual reality to expression signatures of scenes. These "
    "commands prepare a run; the workflow itself is run with `snakemake --cores N [--configfile my.yaml]`.",
)
PARSER.add_argument("--version", action="version", version=f"myoscene {__version__}")
COMMANDS = PARSER.add_subparsers(dest="command", required=True, metavar="COMMAND")


def say(text: object, end: str = "\n") -> None:
    """Print lines that quote names: what cannot be printed as escapes."""
    print("\n".join(map(printable, str(text).split("\n"))), end=end)


def argument(*names: str, **options: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return names, options


def command(name: str, in_short: str, description: str, *arguments: Any) -> Callable[[Run], Run]:
    added = COMMANDS.add_parser(name, help=in_short, description=description)
    for names, options in arguments:
        added.add_argument(*names, **options)

    def add(run: Run) -> Run:
        added.set_defaults(run=run)
        return run

    return add
