"""What a SLURM job costs, and what bundling saves: ``.venv/bin/python tests/slurm/bundling.py [NUMBER]``, as root.

Runs NUMBER (default 20) jobs that do nothing on a real SLURM of this machine (tests/slurm/install.sh and `make slurm`
first) in each of the ways there are, and prints the table of docs/cluster.md. CPU seconds are those that SLURM counted
for its jobs, two nested Snakemakes each; wall time is with a first look after 1 s.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from slurm.cluster import Cluster, ask

TEN = 10
SNAKEFILE = """
N, TEN = config["n"], config["ten"]

rule all:
    localrule: True
    input: [f"ten/{i}" for i in range(0, N, TEN)] if config["batched"] else [f"one/{i}" for i in range(N)]

rule one:
    output: "one/{i}"
    resources: mem_mb=600, runtime=5
    shell: "echo {wildcards.i} > {output}"

rule ten:
    output: "ten/{i}"
    resources: mem_mb=600, runtime=5
    shell: "for i in $(seq 10); do echo $i; done > {output}"
"""
SLURM = ["--executor", "slurm", "--jobs", "100", "--cores", "4", "--slurm-status-command", "squeue",
         "--slurm-init-seconds-before-status-checks", "1"]  # fmt: skip
WAYS = {
    "here, without SLURM": ["--cores", "2"],
    "a SLURM job each": SLURM,
    "arrays (`--slurm-array-jobs all`)": [*SLURM, "--slurm-array-jobs", "all"],
    "groups of ten": [*SLURM, "--groups", "one=bundle", "--group-components", f"bundle={TEN}"],
    "ten in one job's own loop": [*SLURM, "--config", "batched=True"],
}


def run(folder: Path, number: int, options: list[str]) -> float:
    """Seconds that Snakemake took."""
    folder.mkdir()
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "config.yaml").write_text(f"n: {number}\nten: {TEN}\nbatched: false\n")
    command = [sys.executable, "-m", "snakemake", "--configfile", "config.yaml", "--quiet", "all", *options]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SNAKEMAKE", "SLURM"))}
    start = time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, check=True, stderr=subprocess.DEVNULL, timeout=1200)
    return time.monotonic() - start


def seconds(text: str) -> float:
    """SLURM's ``[days-][hours:]minutes:seconds`` in seconds."""
    days, _, clock = text.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = 60 * total + float(part)
    return total + 86400 * int(days or 0)


def used(known: set[str]) -> tuple[int, float]:
    """Number and CPU seconds of the SLURM jobs that are not in ``known`` yet, which they are added to."""
    number, total = 0, 0.0
    for line in (ask("sacct", "-n", "-P", "-o", "JobID,TotalCPU") or "").splitlines():
        job, cpu = line.split("|")
        if "." not in job and job not in known:  # 7 is a job, with what its steps 7.0, 7.1, ... used
            known.add(job)
            number, total = number + 1, total + seconds(cpu)
    return number, total


def main(number: int) -> None:
    print("| way | SLURM jobs | CPU s of them | CPU s a step | wall s |\n|---|--:|--:|--:|--:|", flush=True)
    known: set[str] = set()
    with Cluster(accounting=True), tempfile.TemporaryDirectory() as folder:
        time.sleep(3)  # the job with which the cluster was tried out is written down a moment after its end, too
        used(known)
        for place, (way, options) in enumerate(WAYS.items()):
            wall = run(Path(folder) / str(place), number, options)
            time.sleep(3)  # the accounting daemon writes what a job used a moment after its end
            jobs, cpu = used(known)
            print(f"| {way} | {jobs} | {cpu:.0f} | {cpu / number:.1f} | {wall:.0f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
