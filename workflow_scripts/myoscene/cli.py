"""The ``myoscene`` command, which prepares a run or looks at one; the workflow itself is run with ``snakemake``."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from myoscene import __version__
from myoscene.core.errors import InputError, printable
from myoscene.machinery.files import command_fault

# A command; it returns what the program ends with, or nothing where that is 0.
Run = Callable[[argparse.Namespace], int | None]
PARSER = argparse.ArgumentParser(
    prog="myoscene",
    description="From facial EMG and eye images in virtual reality to expression signatures of scenes. These "
    "commands prepare a run; the workflow itself is run with `snakemake --cores N [--configfile my.yaml]`.",
)
PARSER.add_argument("--version", action="version", version=f"myoscene {__version__}")
COMMANDS = PARSER.add_subparsers(dest="command", required=True, metavar="COMMAND")


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


def _say(text: object, end: str = "\n") -> None:
    """Print lines that quote names: what cannot be printed as escapes."""
    print("\n".join(map(printable, str(text).split("\n"))), end=end)


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


def _argument(*names: str, **options: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return names, options


def _command(name: str, in_short: str, description: str, *arguments: Any) -> Callable[[Run], Run]:
    command = COMMANDS.add_parser(name, help=in_short, description=description)
    for names, options in arguments:
        command.add_argument(*names, **options)

    def add(run: Run) -> Run:
        command.set_defaults(run=run)
        return run

    return add


@_command(
    "import",
    "turn a lab's files into the BIDS dataset that the workflow reads",
    "Turn a lab's files (delimited text, .mat, XDF, EDF/BDF, emteqPRO CSV, eye images) into a BIDS dataset. "
    "The mapping says what is what; config/examples/ has one for each format. Whatever is not mapped is "
    "listed. SOURCE is only read.",
    _argument("--mapping", required=True, type=Path, metavar="FILE.yaml", help="what the files hold"),
    _argument("source", type=Path, metavar="SOURCE", help="folder with the lab's files"),
    _argument("destination", type=Path, metavar="DEST", help="folder to make; must not exist, or be empty"),
)
def _import(options: argparse.Namespace) -> None:
    from myoscene.importing.run import import_dataset

    _say(import_dataset(options.mapping, options.source, options.destination))


@_command(
    "simulate",
    "write the synthetic demo cohort",
    "Write a synthetic cohort as BIDS: facial EMG and rendered eye images of a calibration and "
    "six scenes per person, ratings with planted associations, and the truth. Everything made from it is marked "
    "synthetic.",
    _argument("destination", type=Path, metavar="DEST", help="folder to make"),
    _argument("--participants", type=int, default=8, metavar="N", help="number of people (default 8)"),
    _argument("--seed", type=int, default=1, metavar="N", help="seed (default 1)"),
    _argument("--scene-s", type=float, default=45.0, metavar="S", help="length of a scene (default 45 s)"),
    _argument("--null", action="store_true", help="ratings without any association with expressions"),
    _argument("--no-eyes", action="store_true", help="leave out the eye images"),
    _argument("--no-faces", action="store_true", help="leave out the tables of face parameters"),
    _argument("--if-missing", action="store_true", help="do nothing, successfully, where DEST already holds a dataset"),
)
def _simulate(options: argparse.Namespace) -> None:
    if options.if_missing and (options.destination / "dataset_description.json").is_file():
        return
    from myoscene.demo.cohort import simulate_cohort

    told = {name: getattr(options, name) for name in ("participants", "seed", "null", "scene_s")}
    simulate_cohort(options.destination, **told, eyes=not options.no_eyes, faces=not options.no_faces)
    _say(f"wrote a synthetic cohort of {options.participants} people to {options.destination}")


@_command(
    "check-config",
    "check a configuration, and the dataset that it names",
    "Check a configuration file: unknown keys, types, and values that have to agree with each other "
    "and with the dataset. Run it where you would run snakemake.",
    _argument("files", nargs="*", type=Path, metavar="FILE.yaml", help="laid over the defaults, in this order"),
    _argument("--no-dataset", action="store_true", help="do not look at the dataset"),
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
        _say(f"{config['recordings']['dataset']}: {len(plan.selection.participants)} participants{eyes}")


@_command(
    "orphans",
    "list files under results/ that belong to nobody in the run any more",
    "List the files under results/ that no job of the workflow makes: those of participants, folds or "
    "models that are gone. Name the same configuration as for the run. Nothing is deleted without --delete.",
    _argument("--configfile", nargs="+", type=Path, default=[], metavar="FILE.yaml", help="of the run"),
    _argument("--snakefile", type=Path, metavar="FILE", help="of the run (default: this installation's)"),
    _argument("--directory", type=Path, default=Path(), metavar="DIR", help="of the run (default: here)"),
    _argument("--delete", action="store_true", help="delete them, too"),
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


@_command(
    "doctor",
    "look at this machine before a run",
    "Look at this machine before a run: Python, packages, cores, memory, disk, whether the results' "
    "folder shows what was written, GPU, SLURM. Prints what to put in a profile. Ends with 1 when something "
    "would make a run hang or fail. Every wait is bounded; nothing is changed.",
    _argument("--results", type=Path, default="results", metavar="DIR", help="the results' folder (default results)"),
    _argument(
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
    _say(machine.text_of(found))
    for block in (machine.workstation_lines(), slurm.site_profile(seen, delay_s), slurm.shell_lines(seen)):
        if block:
            _say(f"\n{block}", end="")
    return int(any(one.level == "fault" for one in found))


@_command(
    "verify",
    "find results that were deleted, damaged or replaced since they were written",
    "Name every result that is not there, and every one that is not what was written, by the digest that was kept "
    "then. Delete what is named: the next run makes it again.",
    _argument("results", nargs="?", type=Path, default=Path("results"), metavar="RESULTS"),
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


@_command(
    "map-continuous",
    "predict the columns of one table from those of another, on one clock",
    "Predict continuous targets (face parameters, force, joint angles, ratings) from signals (EMG, raw or as "
    "envelopes), or the other way round, and print how well: after a person's own calibration, for people never seen, "
    "and for these after some seconds. Both tables (Parquet, CSV, TSV) have time_s in seconds on one clock and, of "
    "several people, participant. No workflow is needed.",
    _argument("--signals", required=True, type=Path, metavar="S", help="the table to predict from"),
    _argument("--targets", required=True, type=Path, metavar="T", help="the table to predict"),
    _argument("--out", type=Path, metavar="DIR", help="new folder for the same as CSV, by person and target"),
    _argument("--rate-hz", type=float, default=30.0, metavar="HZ", help="most rows a second (default 30)"),
    _argument("--envelope-s", type=float, default=0.2, metavar="S", help="of raw signals (default 0.2 s)"),
    _argument("--causal", action="store_true", help="look back only, as online"),
    _argument(
        "--models", nargs="+", choices=("ridge", "extra_trees", "tcn"), help="besides the mean (default the first two)"
    ),
    _argument("--one-euro-hz", type=float, default=0.0, metavar="HZ", help="smooth what is predicted (default 0: not)"),
)
def _map_continuous(options: argparse.Namespace) -> None:
    from dataclasses import replace

    from myoscene.mapping.command import map_continuous
    from myoscene.mapping.settings import MappingSettings

    if not (0 < options.rate_hz < 1e5 and 0 < options.envelope_s < 1e5):
        raise InputError("--rate-hz and --envelope-s have to be numbers above 0, and below 100000")
    if not 0 <= options.one_euro_hz < 1e5:
        raise InputError(f"--one-euro-hz is {options.one_euro_hz:g}; give a number from 0 to 100000")
    names = ("rate_hz", "envelope_s", "causal", "one_euro_hz")
    settings = MappingSettings(**{name: getattr(options, name) for name in names})
    if options.models:
        settings = replace(settings, models=options.models)
    _say(map_continuous(options.signals, options.targets, options.out, settings))


@_command(
    "face-parameters",
    "turn a video of a face into a table of expression parameters",
    "Turn a video of a face into a table: 52 blendshapes, head pose, and how far brows, lids and corners of the mouth "
    "stand on each side, for every frame at its own time. Everything runs on this machine. A summary is written beside "
    "the table (.json). `make face-model` gets the model and its runtime.",
    _argument("video", type=Path, metavar="VIDEO", help="video of one person's face"),
    _argument("--out", required=True, type=Path, metavar="T.parquet", help="table to write"),
    _argument("--live-link", type=Path, metavar="T.csv", help="the same as Live Link Face writes it"),
    _argument("--model", type=Path, metavar="FILE.task", help="face_landmarker.task (default: of `make face-model`)"),
    _argument("--turn", type=int, default=0, choices=(0, 90, 180, 270), help="degrees counter-clockwise"),
    _argument("--mirror-every", type=int, default=1, metavar="N", help="look at each N-th mirrored, too; 0: at none"),
    _argument("--raw-landmarks", action="store_true", help="do not smooth landmarks over time"),
    _argument("--several-faces", action="store_true", help="follow one face where there are several"),
)
def _face_parameters(options: argparse.Namespace) -> None:
    from myoscene.face.model import PLACE
    from myoscene.face.run import face_parameters
    from myoscene.face.settings import FaceSettings

    if options.mirror_every < 0:
        raise InputError(f"--mirror-every is {options.mirror_every}; give 0 or more")
    settings = FaceSettings(
        smooth=not options.raw_landmarks, mirror_every=options.mirror_every, several_faces=options.several_faces
    )
    told = {"live_link": options.live_link, "model": options.model or PLACE, "turn": options.turn}
    print(face_parameters(options.video, options.out, settings, **told).told())


@_command(
    "restore",
    "take electrodes out of a video of a face",
    "Take electrodes and cables out of a video of a face, so that its expression can be measured (face-parameters). "
    "First counts the frames that show a face as the video is; where these are enough, nothing is written. Else what "
    "was marked in one frame is followed and painted over. The video itself is left as it is. `make face-model` and "
    "`make restore` get what it needs.",
    _argument("video", type=Path, metavar="VIDEO", help="video of one person's face with electrodes"),
    _argument("--out", type=Path, metavar="V.mp4", help="video to write, without sound (*.mp4 or *.mkv)"),
    _argument("--method", default="auto", choices=("auto", "none", "mask"), help="none: only measure (default auto)"),
    _argument("--mark", type=Path, metavar="MARKS.json", help="what was marked in one frame"),
    _argument("--marking-page", type=Path, metavar="P.html", help="write a page for marking, and nothing else"),
    _argument("--at", type=float, default=0.0, metavar="S", help="time of the frame on that page (default 0)"),
    _argument("--beside", type=Path, metavar="V.mp4", help="also write the original and the restored side by side"),
    _argument("--model", type=Path, metavar="FILE.task", help="face_landmarker.task (default: of `make face-model`)"),
    _argument("--turn", type=int, default=0, choices=(0, 90, 180, 270), help="degrees counter-clockwise"),
)
def _restore(options: argparse.Namespace) -> None:
    from myoscene.face.model import PLACE
    from myoscene.restore.page import write_page
    from myoscene.restore.run import Files, restore
    from myoscene.restore.settings import RestoreSettings

    if options.marking_page:
        write_page(options.video, options.marking_page, options.at, options.turn)
        print(f"open {options.marking_page} in a browser, mark every electrode and cable, and save marks.json")
        return
    files = Files(
        options.video, options.out, options.mark, options.beside, options.model or PLACE, options.turn
    )
    _say(restore(files, options.method, RestoreSettings()).told())


@_command(
    "face-table",
    "turn another tool's face parameters into a table",
    "Turn what another tool measured in a face into a table with times: CSV of OpenFace 2, py-feat, Live Link Face, "
    "MediaPipe or JeFaPaTo, JSON of MediaPipe, a folder of EMOCA, .npz of SMIRK. The names in it say which it is.",
    _argument("source", type=Path, metavar="SOURCE", help="the tool's file, or EMOCA's folder"),
    _argument("--out", required=True, type=Path, metavar="T.parquet", help="table to write, or T.csv"),
    _argument("--rate-hz", type=float, metavar="HZ", help="frames a second, of files without times and of timecodes"),
)
def _face_table(options: argparse.Namespace) -> None:
    from myoscene.face.others.read import face_table

    if options.rate_hz is not None and not 0 < options.rate_hz < 1e6:
        raise InputError("--rate-hz has to be above 0")
    print(face_table(options.source, options.out, options.rate_hz))


if __name__ == "__main__":
    sys.exit(main())
