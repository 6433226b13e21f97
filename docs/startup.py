"""What a job costs before its work begins: ``.venv/bin/python docs/startup.py [rule ...]``, a Markdown table.

For each rule's script, in a process of its own: processor seconds of the imports that the script states, peak memory
after them, how many modules that loads, and which large packages are among them. Under ``--preparation`` real jobs
instead: one synthetic person's recordings are prepared, rule after rule, each in a process as Snakemake starts it, and
the processor seconds of its start-up, imports on the way included, stand beside those of its work.
"""

import argparse
import ast
import builtins
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
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


def preparation(minutes: float, eyes: bool) -> None:
    """Prepare one person's recordings of so many minutes, and print each rule's start-up and work."""
    from myoscene.recordings.demo.cohort import simulate_cohort

    with tempfile.TemporaryDirectory(prefix="myoscene_startup_") as name:
        folder = Path(name)
        simulate_cohort(folder / "demo_cohort", participants=1, seed=1, scene_s=minutes * 60 / 6, eyes=eyes)
        arguments = ["--snakefile", str(REPOSITORY / "Snakefile"), "--cores", "1"]
        arguments += ["--config", 'learn={"models": []}', "--quiet", "rules"]
        subprocess.run(
            [sys.executable, "-c", CAPTURE, str(folder / "jobs.pickle"), *arguments],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with (folder / "jobs.pickle").open("rb") as handle:
            jobs = pickle.load(handle)
        wanted = ("describe_participant", "assess_quality", "condition_emg", "extract_features", "prepare_eyes")
        print("| rule | start-up CPU s | work CPU s | share of work |\n|---|--:|--:|--:|", flush=True)
        sums = [0.0, 0.0]
        for rule in wanted:
            for number, (name, output, _) in enumerate(jobs):
                if name == rule and Path(output).stem == "01":
                    command = [sys.executable, str(Path(__file__).resolve()), "--job", str(folder / "jobs.pickle")]
                    line = subprocess.run(
                        [*command, str(number)], cwd=folder, check=True, capture_output=True, text=True
                    )
                    print(line.stdout, end="", flush=True)
                    sums = [sum_s + float(cell) for sum_s, cell in zip(sums, line.stdout.split("|")[2:4], strict=True)]
        print(row("all", *sums))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*", help="these rules alone (default: all)")
    parser.add_argument("--preparation", action="store_true", help="start-up and work of a person's preparation")
    parser.add_argument("--minutes", type=float, default=15, help="length of the person's scenes (default 15)")
    parser.add_argument("--no-eyes", action="store_true", help="without eye images")
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        run_job(Path(arguments.job[0]), int(arguments.job[1]))
    elif arguments.preparation:
        preparation(arguments.minutes, not arguments.no_eyes)
    else:
        print("| rule | CPU s | peak MB | modules | large packages |\n|---|--:|--:|--:|---|", flush=True)
        for rule in arguments.rules or sorted(path.stem for path in SCRIPTS.glob("*.py")):
            print(measure_imports(rule), flush=True)


if __name__ == "__main__":
    main()
