"""The ``myoscene`` command, which prepares a run or looks at one; the workflow itself is run with ``snakemake``."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from myoscene.commands import PARSER, argument, command, say
from myoscene.core.errors import InputError, printable
from myoscene.machinery.files import command_fault


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    0 when it worked; 2, with one sentence on the terminal, when the input or the place was at fault; 128 + the signal's
    number when a signal stopped it, with nothing half-written left.
    """
    options = PARSER.parse_args(arguments)
    try:
        with _stoppable():
            ended = options.run(options) or 0
            sys.stdout.flush()
            return ended
    except InputError as error:
        return _refused(options.command, str(error))
    except BrokenPipeError:
        # Whoever read the output has seen enough (`| head`). Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        sentence = command_fault(error)
        if sentence is None:
            raise
        return _refused(options.command, sentence)
    except KeyboardInterrupt as stop:
        print(f"myoscene {options.command}: stopped; nothing half-written is left", file=sys.stderr)
        return 128 + (stop.args[0] if stop.args else signal.SIGINT)


def _refused(command: str, sentence: str) -> int:
    print(f"myoscene {command}: {printable(sentence)}", file=sys.stderr)
    return 2


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the work as Ctrl-C does, so that what was begun is cleared away."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@command(
    "import",
    "turn a lab's files into the BIDS dataset that the workflow reads",
    "Turn a lab's files (delimited text, .mat, XDF, EDF/BDF, emteqPRO CSV, eye images) into a BIDS dataset. "
    "The mapping says what is what; config/examples/ has one for each format. Whatever is not mapped is "
    "listed. SOURCE is only read.",
    argument("--mapping", required=True, type=Path, metavar="FILE.yaml", help="what the files hold"),
    argument("source", type=Path, metavar="SOURCE", help="folder with the lab's files"),
    argument("destination", type=Path, metavar="DEST", help="folder to make; must not exist, or be empty"),
)
def _import(options: argparse.Namespace) -> None:
    from myoscene.importing.run import import_dataset

    say(import_dataset(options.mapping, options.source, options.destination))


@command(
    "simulate",
    "write the synthetic demo cohort",
    "Write a synthetic cohort as BIDS: facial EMG and rendered eye images of a calibration and "
    "six scenes per person, ratings with planted associations, and the truth. Everything made from it is marked "
    "synthetic.",
    argument("destination", type=Path, metavar="DEST", help="folder to make"),
    argument("--participants", type=int, default=8, metavar="N", help="number of people (default 8)"),
    argument("--seed", type=int, default=1, metavar="N", help="seed (default 1)"),
    argument("--scene-s", type=float, default=45.0, metavar="S", help="length of a scene (default 45 s)"),
    argument("--null", action="store_true", help="ratings without any association with expressions"),
    argument("--no-eyes", action="store_true", help="leave out the eye images"),
    argument("--no-faces", action="store_true", help="leave out the tables of face parameters"),
    argument("--if-missing", action="store_true", help="do nothing, successfully, where DEST already holds a dataset"),
)
def _simulate(options: argparse.Namespace) -> None:
    if options.if_missing and (options.destination / "dataset_description.json").is_file():
        return
    from myoscene.demo.cohort import simulate_cohort

    told = {name: getattr(options, name) for name in ("participants", "seed", "null", "scene_s")}
    simulate_cohort(options.destination, **told, eyes=not options.no_eyes, faces=not options.no_faces)
    say(f"wrote a synthetic cohort of {options.participants} people to {options.destination}")


@command(
    "check-config",
    "check a configuration, and the dataset that it names",
    "Check a configuration file: unknown keys, types, and values that have to agree with each other "
    "and with the dataset. Run it where you would run snakemake.",
    argument("files", nargs="*", type=Path, metavar="FILE.yaml", help="laid over the defaults, in this order"),
    argument("--no-dataset", action="store_true", help="do not look at the dataset"),
)
def _check(options: argparse.Namespace) -> None:
    from myoscene.config.check import complete, load, merge
    from myoscene.plan import make_plan

    changes: dict[str, Any] = {}
    for path in options.files:
        changes = merge(changes, load(path))
    config = complete(changes)
    print("the configuration is complete and agrees with itself")
    if not options.no_dataset:
        plan = make_plan(changes)
        eyes = f", {len(plan.eyes.participants)} of them with eye images" if plan.eyes.participants else ""
        say(f"{config['recordings']['dataset']}: {len(plan.selection.participants)} participants{eyes}")


@command(
    "orphans",
    "list files under results/ that belong to nobody in the run any more",
    "List the files under results/ that no job of the workflow makes: those of participants, folds or "
    "models that are gone. Name the same configuration as for the run. Nothing is deleted without --delete.",
    argument("--configfile", nargs="+", type=Path, default=[], metavar="FILE.yaml", help="of the run"),
    argument("--snakefile", type=Path, metavar="FILE", help="of the run (default: this installation's)"),
    argument("--directory", type=Path, default=Path(), metavar="DIR", help="of the run (default: here)"),
    argument("--delete", action="store_true", help="delete them, too"),
)
def _orphans(options: argparse.Namespace) -> None:
    from myoscene.machinery.orphans import WORKFLOW, delete, orphans

    configured = ["--configfile", *(str(path.absolute()) for path in options.configfile)] if options.configfile else []
    found = orphans(["--snakefile", str(options.snakefile or WORKFLOW), *configured], options.directory)
    for path in found:
        print(printable(path))
    number = delete(found, options.directory) if options.delete else len(found)
    what = "were deleted" if options.delete else "belong to nobody in this run; --delete deletes them"
    print(f"{number} file(s) {what}", file=sys.stderr)


@command(
    "doctor",
    "look at this machine before a run",
    "Look at this machine before a run: Python, packages, cores, memory, disk, whether the results' "
    "folder shows what was written, GPU, SLURM. Prints what to put in a profile. Ends with 1 when something "
    "would make a run hang or fail. Every wait is bounded; nothing is changed.",
    argument("--results", type=Path, default="results", metavar="DIR", help="the results' folder (default results)"),
    argument(
        "--seconds", type=float, default=10.0, metavar="S", help="longest wait for one answer of SLURM (default 10 s)"
    ),
)
def _doctor(options: argparse.Namespace) -> int:
    from myoscene.machinery.doctor import machine, slurm

    seen = slurm.look(options.seconds)
    delay_s = slurm.first_delay()
    found = [machine.python_version(), machine.packages(), machine.cores_and_memory(), machine.gpu()]
    found += [*machine.folder(options.results), *slurm.findings(seen, delay_s)]
    elsewhere = slurm.node_command(seen, slurm.best_partition(seen.partitions))
    if elsewhere:
        found.append(machine.on_a_node(options.results, elsewhere, options.seconds))
    say(machine.text_of(found))
    for block in (machine.workstation_lines(), slurm.site_profile(seen, delay_s), slurm.shell_lines(seen)):
        if block:
            say(f"\n{block}", end="")
    return int(any(one.level == "fault" for one in found))


@command(
    "verify",
    "find results that were deleted, damaged or replaced since they were written",
    "Name every result that is not there, and every one that is not what was written, by the digest that was kept "
    "then. Delete what is named: the next run makes it again.",
    argument("results", nargs="?", type=Path, default=Path("results"), metavar="RESULTS"),
)
def _verify(options: argparse.Namespace) -> None:
    from myoscene.machinery.digests import damaged, kept_files, missing
    from myoscene.machinery.orphans import left_behind

    wrong, checked = damaged(options.results)
    gone = missing(options.results)
    for path in [*wrong, *gone]:
        print(printable(path))
    if not checked:
        raise InputError(f"{options.results} holds no result with a digest; give the folder `results` of a run")
    _, known = kept_files(options.results)
    left = left_behind(known, options.results) if known else []
    if left:
        print(
            f"{len(left)} file(s) are of nobody and nothing in the last run, {printable(left[0])} for one; "
            "`myoscene orphans` lists such files",
            file=sys.stderr,
        )
    said = [f"{len(wrong)} of {checked} results are not what was written"] if wrong else []
    said += [f"{len(gone)} {'is' if len(gone) == 1 else 'are'} not there"] if gone else []
    if said:
        raise InputError(
            f"{' and '.join(said)}; {'delete the former, and ' if wrong else ''}run again, which makes them anew"
        )
    print(f"{checked} results are as they were written, and none is missing")


# The commands that need no workflow stand last in the list.
from myoscene import cli_faces  # noqa: E402, F401

if __name__ == "__main__":
    sys.exit(main())
