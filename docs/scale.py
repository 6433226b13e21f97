"""How the workflow grows with the cohort: ``.venv/bin/python docs/scale.py [--people 10 100 1000]``, a Markdown table.

Makes cohorts of empty files with the demo cohort's names, and measures a dry run from nothing, and one with nothing
left to do, side by side with two bare Snakefiles:

same graph: the workflow's own jobs with the files that they read (raw ones too, as inputs, since a bare Snakefile has
    no other way to watch them) and write, and nothing else: no script, parameters, source files, resources,
    environments, logs, benchmarks, configuration or reading of a dataset;
plainest: as many jobs, of one input and one output each.

The three are called in turn with the workflow's own profile; a figure is of one process. Nothing is computed: what is
finished are empty outputs that Snakemake has recorded as made, and raw files whose digests are kept as after a run,
so that the workflow looks at every one of them. Ratios (of the workflow to that row) are of
processor seconds, which other work on the machine disturbs less than it does the wall clock.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from myoscene.machinery import digests
from myoscene.machinery.job import job_key

REPOSITORY = Path(__file__).resolve().parents[1]
SCENES = ("calm", "dualtask", "exertion", "joy", "memory", "threat")
EYE_TASKS = ("adjust_run-1", "adjust_run-2", "calibration", *SCENES)
DESCRIPTION = {"Name": "empty files", "BIDSVersion": "1.11.0", "DatasetType": "raw", "Synthetic": True}
KINDS = ("workflow", "same graph", "plainest")
STATES = ("dry run", "nothing to do")

# Run with the arguments of Snakemake in a process of its own: the plan as JSON; `record` writes of every job what
# Snakemake keeps of a finished one, by its own call. `--touch` does, too, but schedules 9,000 jobs one after the other.
PLAN = """
import json, sys
from pathlib import Path
from snakemake.cli import main
from snakemake.executors import dryrun
destination, *arguments = sys.argv[1:]
jobs = []
def keep(self, job):
    jobs.append(job)
    if destination == "record" and job.output:
        self.workflow.async_run(self.workflow.persistence.finished(job))
dryrun.Executor.printjob = keep
try:
    main([*arguments, "--dry-run", *(["--forceall"] if destination == "record" else [])])
except SystemExit as stop:
    if stop.code:
        raise
plan = [
    {"rule": job.rule.name, "wildcards": dict(job.wildcards_dict), "input": list(map(str, job.input)),
     "raw": list(job.params.get("raw", ("raw", []))[1]), "output": list(map(str, job.output)),
     "patterns": [str(f) for f in job.rule.output]}
    for job in jobs
]
if destination != "record":
    Path(destination).write_text(json.dumps(plan))
"""

SAME_GRAPH = """
import json

INPUTS = json.load(open("inputs.json"))


rule all:
    input:
        INPUTS["all"],
"""

PLAINEST = """
rule all:
    input:
        expand("results/{{job}}.txt", job=range({jobs})),


rule work:
    input:
        "raw/{{job}}.txt",
    output:
        "results/{{job}}.txt",
    shell:
        "cp {{input}} {{output}}"
"""


@dataclass
class Measured:
    """One process: processor seconds, peak memory in MB."""

    cpu_s: float
    peak_mb: float


def person_files(name: str) -> list[str]:
    """Files of one person of the demo cohort, relative to the dataset."""
    emg, eye = f"sub-{name}/emg/sub-{name}_task-", f"sourcedata/sub-{name}/eye/sub-{name}_task-"
    files = [f"{emg}calibration_events.json", f"{emg}calibration_events.tsv"]
    for task in ("calibration", *SCENES):
        files += [f"{emg}{task}_{ending}" for ending in ("channels.tsv", "emg.bdf", "emg.json")]
    files += [f"sub-{name}/beh/sub-{name}_task-{task}_beh.{kind}" for task in SCENES for kind in ("json", "tsv")]
    return files + [f"{eye}{t}_{e}" for t in EYE_TASKS for e in ("eye.json", "eye.tsv", "left.tif", "right.tif")]


def make_empty(files: list[Path]) -> None:
    """Empty files, with their folders."""
    for folder in sorted({file.parent for file in files}):
        folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.touch()


def make_dataset(folder: Path, people: int) -> None:
    """A dataset of ``people`` participants with the demo cohort's file names; nearly every file is empty."""
    names = [f"{number:04d}" for number in range(1, people + 1)]
    make_empty([folder / file for name in names for file in person_files(name)])
    (folder / "dataset_description.json").write_text(json.dumps(DESCRIPTION))
    (folder / "participants.tsv").write_text("participant_id\n" + "".join(f"sub-{name}\n" for name in names))


def command(snakefile: Path) -> list[str]:
    """Arguments of Snakemake, those of the workflow and of the bare Snakefiles alike."""
    profile = REPOSITORY / "profiles" / "default"
    return ["--snakefile", str(snakefile), "--workflow-profile", str(profile), "--cores", "1", "--quiet", "rules"]


def environment() -> dict[str, str]:
    """Without what an outer Snakemake may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE")}


def plan(folder: Path, snakefile: Path) -> list[dict]:
    """Every job that Snakemake would run now: rule, wildcards, input, raw files, output, the rule's output patterns."""
    arguments = [sys.executable, "-c", PLAN, str(folder / "plan.json"), *command(snakefile)]
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    return json.loads((folder / "plan.json").read_text())


def write_same_graph(folder: Path, jobs: list[dict]) -> Path:
    """A Snakefile with these jobs and files alone; inputs that no pattern gives are looked up in a table."""
    rules = defaultdict(list)
    for job in jobs:
        rules[job["rule"]].append(job)
    inputs = {"all": rules.pop("all")[0]["input"]}
    text = [SAME_GRAPH]
    for name, members in rules.items():
        wildcards = sorted(members[0]["wildcards"])
        inputs[name] = {" ".join(job["wildcards"][w] for w in wildcards): job["input"] + job["raw"] for job in members}
        key = " + ' ' + ".join(f"wildcards.{w}" for w in wildcards) or "''"
        text.append(f"\n\nrule {name}:\n    input:\n        lambda wildcards: INPUTS['{name}'][{key}],\n    output:\n")
        text += [f"        {pattern!r},\n" for pattern in members[0]["patterns"]]
        for wildcard in wildcards:
            values = sorted({job["wildcards"][wildcard] for job in members})
            if values[0].isidentifier() and len(values) < 30:  # what tells rules of the same pattern apart
                text.append(f"    wildcard_constraints:\n        {wildcard}={'|'.join(values)!r},\n")
        text.append("    shell:\n        'touch {output}'\n")
    (folder / "Snakefile").write_text("".join(text))
    (folder / "inputs.json").write_text(json.dumps(inputs))
    return folder / "Snakefile"


def write_plainest(folder: Path, jobs: int) -> Path:
    """A Snakefile of ``jobs`` jobs, the target included, of one input and output each."""
    make_empty([folder / "raw" / f"{job}.txt" for job in range(jobs - 1)])
    (folder / "Snakefile").write_text(PLAINEST.format(jobs=jobs - 1))
    return folder / "Snakefile"


def measure(folder: Path, snakefile: Path) -> Measured:
    """A dry run in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *command(snakefile), "--dry-run"],
        cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"snakemake --dry-run failed in {folder}; call it there")
    # On Linux ru_maxrss is in KB.
    return Measured(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def finish(folder: Path, snakefile: Path, jobs: list[dict]) -> None:
    """Make every output, empty, have Snakemake record it as done, and keep the digests of raw files."""
    make_empty([folder / file for job in jobs for file in job["output"]])
    now = time.time_ns()
    for job in jobs:
        for file in job["output"]:
            os.utime(folder / file, ns=(now, now))  # at once: no output is older than another one that it is made from
    with contextlib.chdir(folder):
        for job in jobs:
            if job["raw"]:
                key = job_key(job["wildcards"])
                digests.note_raw(job["rule"], key, digests.signatures(job["raw"]), "")
    arguments = [sys.executable, "-c", PLAN, "record", *command(snakefile)]
    done = subprocess.run(arguments, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    records = sum(len(files) for *_, files in os.walk(folder / ".snakemake" / "metadata"))
    if records < sum(len(job["output"]) for job in jobs) or plan(folder, snakefile):
        raise SystemExit(f"{folder} is not finished: something is left to do\n{done.stderr[-3000:]}")


def compare(folder: Path, people: int, repeats: int) -> Iterator[dict]:
    """For each state: jobs, the files that they read, and measurements of the three Snakefiles."""
    work = {kind: folder / kind.replace(" ", "_") for kind in KINDS}
    for place in work.values():
        place.mkdir(parents=True)
    make_dataset(work["workflow"] / "demo_cohort", people)
    snakefiles = {"workflow": REPOSITORY / "Snakefile"}
    plans = {"workflow": plan(work["workflow"], snakefiles["workflow"])}
    for place in ("demo_cohort", "config"):
        if (work["workflow"] / place).is_dir():
            (work["same graph"] / place).symlink_to(work["workflow"] / place, target_is_directory=True)
    snakefiles["same graph"] = write_same_graph(work["same graph"], plans["workflow"])
    snakefiles["plainest"] = write_plainest(work["plainest"], len(plans["workflow"]))
    for kind in KINDS[1:]:
        plans[kind] = plan(work[kind], snakefiles[kind])
        if len(plans[kind]) != len(plans["workflow"]):
            raise SystemExit(f"{kind}: {len(plans[kind])} jobs instead of {len(plans['workflow'])}")
    files = {kind: sum(len(job["input"]) + len(job["raw"]) for job in plans[kind]) for kind in KINDS}
    for state in STATES:
        if state == STATES[1]:
            for kind in KINDS:
                finish(work[kind], snakefiles[kind], plans[kind])
        measured: dict[str, list[Measured]] = {kind: [] for kind in KINDS}
        for _ in range(repeats):
            for kind in KINDS:
                measured[kind].append(measure(work[kind], snakefiles[kind]))
        yield {"people": people, "state": state, "jobs": len(plans["workflow"]), "files": files, "measured": measured}


def rows(result: dict) -> list[str]:
    """A row a Snakefile; medians over the repeats."""
    lines = []
    cpu = {kind: median(m.cpu_s for m in runs) for kind, runs in result["measured"].items()}
    for kind, runs in result["measured"].items():
        cells = [f"{result['people']}", result["state"], kind, f"{result['jobs']}", f"{result['files'][kind]}"]
        cells += [f"{cpu[kind]:.1f}", f"{median(m.peak_mb for m in runs):.0f}", f"{cpu['workflow'] / cpu[kind]:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[10, 100, 1000], help="sizes of cohorts")
    parser.add_argument("--repeats", type=int, default=1, help="calls of each; the median is shown (default 1)")
    parser.add_argument("--folder", type=Path, help="keep everything there (default: a temporary folder)")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="myoscene_scale_"))
    names = (
        "people",
        "state",
        "Snakefile",
        "jobs",
        "files read",
        "CPU s",
        "peak MB",
        "CPU ratio",
    )
    print("| " + " | ".join(names) + " |\n|--:|---|---|" + "--:|" * 5, flush=True)
    try:
        for people in arguments.people:
            for result in compare(folder / str(people), people, arguments.repeats):
                print("\n".join(rows(result)), flush=True)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
