"""Files under ``results/`` that belong to nothing of the run any more: of people, models or folds that are gone.

Snakemake itself says which files its jobs read and write, so that this list cannot drift from the rules.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.core.stage import answer, every_file, stages
from myoscene.machinery.digests import DIGESTS, digest_path

WORKFLOW = Path(__file__).resolve().parents[3] / "Snakefile"
RESULTS = "results"
LOGS, BENCHMARKS, RESUME = (f"{RESULTS}/{name}/" for name in ("logs", "benchmarks", "learn/resume"))
# How many are named, by what they are; "" is a person.
SHOWN = {"": 8, "the model": 8, "the stage": 8, "the fold": 8, "the table": 3}


def left_behind(wanted: Iterable[str], results: str | os.PathLike[str] = RESULTS) -> list[str]:
    """Files under ``results`` that a run made and that are not among ``wanted``, sorted; all as results/...

    What a run made has a digest; a file of somebody's own has none. ``every_file(run)`` (myoscene.core.stage) is what
    a run has.
    """
    folder, known = Path(results, DIGESTS.relative_to(RESULTS)), set(wanted)
    made = [record.relative_to(folder) for record in folder.rglob("*") if record.is_file()]
    there = {f"{RESULTS}/{path.as_posix()}" for path in made if Path(results, path).is_file()}
    return sorted(there - known)


def departed(run: Any, results: str | os.PathLike[str] = RESULTS) -> str:
    """One sentence on people, models, stages and tables that have files in ``results`` and are not in ``run``; ''
    where there are none."""
    found: dict[str, set[str]] = {}
    active = {stage.name for stage in stages() if answer(stage.when, run)}
    for file in left_behind(every_file(run), results):
        kind, name = _departed(file.removeprefix(f"{RESULTS}/"), run, active)
        found.setdefault(kind, set()).add(name)
    if people := found.get(""):  # a fold is often called after whom it holds out
        found["the fold"] = found.get("the fold", set()) - people
    if not found:
        return ""
    said = []
    for kind, shown in SHOWN.items():
        if names := sorted(found.get(kind, ())):
            more = f" and {len(names) - shown} more" if len(names) > shown else ""
            of = f"of {kind}{'s' * (len(names) > 1)} " if kind else "of "
            said.append(f"{of}{', '.join(names[:shown])}{more}")
    return (
        f"{RESULTS}/ still has files {', '.join(said)}, not in this run: no table has them; `myoscene orphans` lists "
        "such files"
    )


def _departed(file: str, run: Any, active: set[str]) -> tuple[str, str]:
    """What of a run is gone that had ``file``: kind ("" for a person) and name."""
    known = [(stage, table) for stage in stages() for table in stage.tables if table.matches(file)]
    if not known:
        return "the table", file
    # learn/blinks/01.json is none of a model `blinks`.
    stage, table = min(known, key=lambda pair: len(pair[1].wildcards))
    if stage.name not in active:
        return "the stage", stage.name
    values = table.values(file)
    if "participant" in values and values["participant"] not in run.participants:
        return "", values["participant"]
    if "model" in values and values["model"] not in run.models:
        return "the model", values["model"]
    if "fold" in values and values["fold"] not in run.folds:
        return "the fold", values["fold"]
    return "the table", table.path.partition("{")[0].rstrip("/")


def orphans(arguments: Sequence[str], directory: str | os.PathLike[str] = ".") -> list[str]:
    """Files of ``directory``/results that a run made and no job of the whole workflow makes or reads, sorted, relative
    to it: those with a digest, and logs, benchmarks and states of trainings. A file of somebody's own is not listed.

    ``arguments`` of Snakemake say which Snakefile and configuration. InputError where it cannot plan, in its words:
    where the dataset is gone nobody can say what belongs to whom.
    """
    command = [sys.executable, "-m", "snakemake", "--list-untracked", "--quiet", "rules", "--directory", str(directory)]
    done = subprocess.run([*command, *arguments, "--", "all", "freeze"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(_why(done.stderr + done.stdout))
    untracked = {line for line in done.stdout.splitlines() if line.startswith(f"{RESULTS}/")}
    made = set(left_behind((), Path(directory, RESULTS)))
    ours = (path for path in untracked if path in made or _of_a_rule(path))
    return sorted(path for path in ours if not _kept(path, untracked, Path(directory)))


def _why(output: str) -> str:
    """The sentence in what Snakemake says when it cannot plan: what stands below the name and place of the error."""
    lines = [line.strip() for line in output.splitlines()]
    for place, line in enumerate(lines[:-1]):
        if re.match(r"\w+(Error|Exception)\b", line):
            return lines[place + 1] if line.endswith(":") else line
    return "Snakemake could not plan the workflow; run it with --dry-run, which says why"


def _of_a_rule(path: str) -> bool:
    """Whether a file that has no digest is a log, a benchmark or a training's state, where rules put theirs."""
    for folder, suffix in ((LOGS, ".log"), (BENCHMARKS, ".tsv"), (RESUME, ".safetensors")):
        if path.startswith(folder) and path.endswith(suffix):
            name = path.removeprefix(folder).partition("/")[0].removesuffix(suffix)
            return folder == RESUME or name in _rules()
    return False


@cache
def _rules() -> set[str]:
    """Names of the workflow's rules."""
    texts = (file.read_text(encoding="utf-8") for file in (WORKFLOW.parent / "rules").glob("*.smk"))
    return {name for text in texts for name in re.findall(r"^ *(?:use rule \w+ as|rule) (\w+)", text, re.M)}


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
