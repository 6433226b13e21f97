"""Files under ``results/`` that belong to nothing of the run any more: of people, models or folds that are gone.

Snakemake itself says which files its jobs read and write, so that this list cannot drift from the rules.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.machinery.digests import digest_path

WORKFLOW = Path(__file__).resolve().parents[3] / "Snakefile"
RESULTS = "results"
LOGS, BENCHMARKS, RESUME = (f"{RESULTS}/{name}/" for name in ("logs", "benchmarks", "learn/resume"))
# What the workflow writes; anything else under results/ is somebody's own.
SUFFIXES = (".parquet", ".csv", ".tsv", ".json", ".safetensors", ".npy", ".svg", ".html", ".yaml", ".log")
# Folders with a file for every participant.
PEOPLE = ("recordings/participants", "recordings/events", "emg/features", "eyes/frames")
SHOWN = 8


def departed(results: str, participants: Sequence[str]) -> str:
    """One sentence on people who have files in ``results`` and are not among ``participants``; '' where none has."""
    files = [file for folder in PEOPLE for file in Path(results, folder).glob("*")]
    found = {file.stem for file in files if not file.name.startswith(".")} - set(participants)
    if not found:
        return ""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (
        f"{results}/ still has files of {', '.join(sorted(found)[:SHOWN])}{more}, not in this run: no table has them; "
        "`myoscene orphans` lists such files"
    )


def orphans(arguments: Sequence[str], directory: str | os.PathLike[str] = ".") -> list[str]:
    """Files of ``directory``/results that no job of the whole workflow makes or reads, sorted, relative to it.

    ``arguments`` of Snakemake say which Snakefile and configuration. InputError where it cannot plan, in its words.
    """
    command = [sys.executable, "-m", "snakemake", "--list-untracked", "--quiet", "all", "--directory", str(directory)]
    done = subprocess.run([*command, *arguments, "--", "all", "freeze"], capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise InputError(said[-1] if said else "Snakemake could not plan the workflow; run it with --dry-run")
    untracked = {line for line in done.stdout.splitlines() if line.startswith(f"{RESULTS}/")}
    return sorted(path for path in untracked if path.endswith(SUFFIXES) and not _kept(path, untracked, Path(directory)))


def _kept(path: str, untracked: set[str], directory: Path) -> bool:
    """Whether a file that Snakemake does not count belongs to a job all the same: a benchmark lies where its log lies,
    and the state of a training that was stopped has the names of the log's last two parts."""
    if path.startswith(BENCHMARKS):
        log = LOGS + path.removeprefix(BENCHMARKS).removesuffix(".tsv") + ".log"
        return log not in untracked and (directory / log).is_file()
    if path.startswith(RESUME):
        model, _, name = path.removeprefix(RESUME).partition("/")
        log_name = re.sub(r"(\.\d+)?\.safetensors$", ".log", name)
        found = (file.relative_to(directory).as_posix() for file in directory.glob(f"{LOGS}*/{model}/{log_name}"))
        return any(log not in untracked for log in found)
    return False


def delete(paths: Sequence[str], directory: str | os.PathLike[str] = ".") -> int:
    """Delete these files, and the folders under results/ that are empty then; how many files there were.

    InputError where a path leads out of results/ (through a link, say); nothing was deleted then.
    """
    root = (Path(directory) / RESULTS).resolve()
    files = [Path(directory) / path for path in paths]
    for file in files:
        if not file.parent.resolve().is_relative_to(root):
            raise InputError(f"{file} lies outside {root} (a link?); nothing was deleted: delete it by hand")
    for path, file in zip(paths, files, strict=True):
        file.unlink()
        (Path(directory) / digest_path(path)).unlink(missing_ok=True)
    for folder in sorted({parent for file in files for parent in file.resolve().parents}, reverse=True):
        if folder != root and folder.is_relative_to(root) and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return len(files)
