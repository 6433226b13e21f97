"""What a job costs before its work begins: ``.venv/bin/python docs/startup.py [rule ...]``, a Markdown table.

For each rule's script, in a process of its own: processor seconds of the imports that the script states, peak memory
after them, how many modules that loads, and which large packages are among them. Under ``--preparation`` real jobs
instead: one synthetic person's recordings are prepared, rule after rule, each in a process as Snakemake starts it, and
the processor seconds of its start-up, imports on the way included, stand beside those of its work. With ``--people``
the workflow itself prepares a whole synthetic cohort, and all its processor seconds are counted: Snakemake's own, the
start-up of its jobs (as many as there were, by each rule's start-up for one person), and what remains, their work.
"""

import argparse
import ast
import builtins
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SCRIPTS = REPOSITORY / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))
LARGE = ("pandas", "pyarrow", "scipy", "sklearn", "statsmodels", "matplotlib", "PIL", "av", "edfio", "pyxdf", "torch")

# Writes the jobs of a dry run as Snakemake hands them to their scripts.
CAPTURE = """
import pickle, sys
from snakemake.cli import main
from snakemake.executors import dryrun
from snakemake.iocontainers import ResourceList, Snakemake
jobs = []
def keep(self, job):
    if job.rule.script:
        given = Snakemake(job.input._plainstrings(), job.output._plainstrings(), job.params, job.wildcards, job.threads,
                          ResourceList(fromdict={}), job.log._plainstrings(), {}, job.rule.name, None)
        jobs.append((job.rule.name, str(job.output[0]), pickle.dumps(given)))
dryrun.Executor.printjob = keep
destination, *arguments = sys.argv[1:]
try:
    main([*arguments, "--dry-run"])
except SystemExit as stop:
    if stop.code:
        raise
with open(destination, "wb") as handle:
    pickle.dump(jobs, handle)
"""

# Runs Snakemake, and writes the processor seconds of its own process and of all its jobs.
RUN = """
import json, resource, sys
from snakemake.cli import main
destination, *arguments = sys.argv[1:]
try:
    main(arguments)
except SystemExit as stop:
    if stop.code:
        raise
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
with open(destination, "w") as handle:
    json.dump([process.ru_utime + process.ru_stime for process in used], handle)
"""
PREPARATION = ("describe_participant", "assess_quality", "condition_emg", "extract_features", "prepare_eyes")
Jobs = list[tuple[str, str, bytes]]


def imported_by(script: Path) -> list[str]:
    """Modules that a script's own import statements name, wherever they stand."""
    names = []
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


def loaded() -> list[str]:
    """Large packages that this process has imported."""
    return [name for name in LARGE if name in sys.modules]


def measure_imports(rule: str) -> str:
    """A row of the table, measured in a fork of this process, which has imported none of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        start, before = time.process_time(), len(sys.modules)
        for name in imported_by(SCRIPTS / f"{rule}.py"):
            __import__(name)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = [f"`{rule}`", f"{time.process_time() - start:.2f}", f"{used:.0f}"]
        cells += [str(len(sys.modules) - before), ", ".join(loaded()) or "none"]
        os.write(writing, ("| " + " | ".join(cells) + " |").encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as handle:
        row = handle.read()
    _, status = os.waitpid(child, 0)
    if status or not row:
        raise SystemExit(f"the imports of {rule} failed")
    return row


def run_job(path: Path, number: int) -> None:
    """Run one job of ``path`` in this process and print its start-up and its work, processor seconds."""
    with path.open("rb") as handle:
        rule, _, given = pickle.load(handle)[number]
    # What Snakemake's own preamble of a script does.
    snakemake = pickle.loads(given)
    from snakemake.logging import logger  # noqa: F401

    spent, depth = 0.0, 0
    real = builtins.__import__

    def timed(*arguments, **named):
        nonlocal spent, depth
        depth += 1
        start = time.process_time()
        try:
            return real(*arguments, **named)
        finally:
            depth -= 1
            if depth == 0:
                spent += time.process_time() - start

    before = time.process_time()
    builtins.__import__ = timed
    script = SCRIPTS / f"{rule}.py"
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), {"snakemake": snakemake, "__name__": rule})
    builtins.__import__ = real
    work = time.process_time() - before - spent
    print(row(f"`{rule}`", before + spent, work), flush=True)


def row(name: str, started: float, work: float) -> str:
    """A row of the second table; processor seconds."""
    return f"| {name} | {started:.2f} | {work:.2f} | {work / (started + work):.0%} |"


def simulated(folder: Path, people: int, minutes: float, eyes: bool) -> Jobs:
    """A synthetic cohort with so many minutes of scenes a person, and the jobs that its workflow would run."""
    from myoscene.demo.cohort import simulate_cohort

    simulate_cohort(folder / "demo_cohort", participants=people, seed=1, scene_s=minutes * 60 / 6, eyes=eyes)
    command = [sys.executable, "-c", CAPTURE, str(folder / "jobs.pickle"), *workflow(cores=1), "--quiet", "rules"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with (folder / "jobs.pickle").open("rb") as handle:
        return pickle.load(handle)


def workflow(cores: int) -> list[str]:
    """Arguments of Snakemake: this workflow without models."""
    return ["--snakefile", str(REPOSITORY / "Snakefile"), "--cores", str(cores), "--config", 'learn={"models": []}']


def first_person(folder: Path, jobs: Jobs) -> dict[str, tuple[float, float]]:
    """Start-up and work of each rule's job for the first person; a line each is printed."""
    print("| rule | start-up CPU s | work CPU s | share of work |\n|---|--:|--:|--:|", flush=True)
    found = {}
    for number, (rule, _, _) in enumerate(jobs):
        if rule in PREPARATION and rule not in found:
            command = [sys.executable, str(Path(__file__).resolve()), "--job", str(folder / "jobs.pickle"), str(number)]
            line = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
            print(line, end="", flush=True)
            started, work = map(float, line.split("|")[2:4])
            found[rule] = (started, work)
    return found


def preparation(minutes: float, eyes: bool) -> None:
    """Prepare one person's recordings of so many minutes, and print each rule's start-up and work."""
    with tempfile.TemporaryDirectory(prefix="myoscene_startup_") as name:
        found = first_person(Path(name), simulated(Path(name), 1, minutes, eyes))
    print(row("all", *map(sum, zip(*found.values(), strict=True))))


def cohort(people: int, minutes: float, eyes: bool) -> None:
    """Prepare a whole cohort by the workflow, and print where its processor seconds went."""
    with tempfile.TemporaryDirectory(prefix="myoscene_startup_") as name:
        folder = Path(name)
        jobs = [job for job in simulated(folder, people, minutes, eyes) if job[0] in PREPARATION]
        targets = [output for _, output, _ in jobs]
        command = [sys.executable, "-c", RUN, str(folder / "used.json"), *workflow(os.cpu_count() or 1)]
        subprocess.run([*command, "--quiet", "all", "--", *targets], cwd=folder, check=True)
        own, of_jobs = json.loads((folder / "used.json").read_text())
        with (folder / "jobs.pickle").open("wb") as handle:
            pickle.dump(jobs, handle)
        found = first_person(folder, jobs)
    number = Counter(rule for rule, _, _ in jobs)
    started = sum(number[rule] * seconds for rule, (seconds, _) in found.items())
    whole = own + of_jobs
    print(f"\n| {people} people, {len(jobs)} jobs | CPU s | share |\n|---|--:|--:|")
    for what, seconds in (("Snakemake", own), ("start-up of jobs", started), ("work on data", of_jobs - started)):
        print(f"| {what} | {seconds:.0f} | {seconds / whole:.0%} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", help="these rules alone (default: all)")
    parser.add_argument("--preparation", action="store_true", help="start-up and work of a person's preparation")
    parser.add_argument("--people", type=int, help="a whole cohort's preparation, of so many people")
    parser.add_argument("--minutes", type=float, default=15, help="length of each person's scenes (default 15)")
    parser.add_argument("--no-eyes", action="store_true", help="without eye images")
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        run_job(Path(arguments.job[0]), int(arguments.job[1]))
    elif arguments.people:
        cohort(arguments.people, arguments.minutes, not arguments.no_eyes)
    elif arguments.preparation:
        preparation(arguments.minutes, not arguments.no_eyes)
    else:
        print("| rule | CPU s | peak MB | modules | large packages |\n|---|--:|--:|--:|---|", flush=True)
        for rule in arguments.rules or sorted(path.stem for path in SCRIPTS.glob("*.py")):
            print(measure_imports(rule), flush=True)


if __name__ == "__main__":
    main()
