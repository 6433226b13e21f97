"""A small cohort in a folder of its own, and Snakemake called on it as a person would."""

import atexit
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
import yaml
from myoscene.machinery.files import write_text
from myoscene.machinery.provenance import KEPT

REPOSITORY = Path(__file__).resolve().parents[2]
WARM = Path(__file__).parent / "warm"
PARTS = ("Snakefile", "rules", "workflow_scripts", "config", "profiles", "envs")

# Small enough for a test, and every stage in it.
SMALL = {
    "learn": {"models": ["lda", "cnn_tcn"], "cnn_tcn": {"epochs": 2, "members": 1}, "evaluation": {"bootstrap": 200}},
    "statistics": {
        "permutations": 200,
        "bootstrap": 200,
        "null_check": {"cohorts": 0},
        "simulation": {"repeats": 0},
    },
    # One person's scenes: drawing four takes a third of the figures' time.
    "report": {"timeline_participants": 1},
}

# The same with eye images, tiny ones, alone and together with the EMG.
WITH_EYES = {
    **SMALL,
    "eyes": {"frames": {"height_px": 16, "width_px": 16}},
    "learn": {
        **SMALL["learn"],
        "models": ["lda", "cnn_tcn", "eye_cnn_plain", "eye_cnn", "fusion_late", "fusion_joint"],
        "eye_cnn": {"widths": [6, 8], "epochs": 2, "members": 1},
        "blinks": {"epochs": 2},
        "fusion": {"epochs": 1},
        "learning_curve": {"people": [2]},
        # Beside the dataset, which has to stay as it was made.
        "evaluation": {**SMALL["learn"]["evaluation"], "image_ratings": "../ratings.tsv"},
    },
}


@contextmanager
def shared_folder(factory: pytest.TempPathFactory, name: str) -> Iterator[tuple[Path, bool]]:
    """A folder for all processes that the tests are spread over, held by one at a time, and whether it is to be filled.

    The first process to need it fills it; a filling that fails is begun anew by the next one.
    """
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name
    folder.mkdir(exist_ok=True)
    ready = folder / "ready"
    with open(folder / "lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder, not ready.exists()
        ready.touch()


@cache
def warm_process() -> str:
    """Start this process's warm one (warm/server.py), which ends with it, and return its socket."""
    path = tempfile.mkdtemp()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ""}
    server = subprocess.Popen(
        [sys.executable, str(WARM / "server.py"), f"{path}/socket"], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, cwd=path,
    )  # fmt: skip
    assert server.stdout is not None and server.stdout.readline() == b"ready\n"
    atexit.register(server.communicate)
    return f"{path}/socket"


def run_warm(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit code and output of ``python WORDS``, run in a fork of the warm process, and its jobs likewise."""
    path = warm_process()
    paths = os.pathsep.join([str(WARM), *filter(None, [environment.get("PYTHONPATH")])])
    environment = {**environment, "WARM": path, "PYTHONPATH": paths}
    with socket.socket(socket.AF_UNIX) as link, tempfile.TemporaryFile() as output, open(os.devnull) as nothing:
        link.connect(path)
        socket.send_fds(link, [b"*"], [nothing.fileno(), output.fileno(), output.fileno()])
        link.sendall(json.dumps({"words": words, "folder": str(folder), "environment": environment}).encode() + b"\n")
        code = int(link.makefile().readline())
        output.seek(0)
        return code, output.read().decode()


@dataclass
class Workspace:
    """A working directory with a configuration, beside a copy of the workflow that a test may edit.

    ``is_warm``: Snakemake and its jobs run in forks of a process that has imported their libraries, instead of each
    in a Python that has just started. tests/faults compares some results of both, tests/slurm those of a whole run.
    """

    folder: Path
    workflow: Path = REPOSITORY
    config: dict = field(default_factory=dict)
    is_warm: bool = hasattr(os, "pidfd_open")

    @property
    def dataset(self) -> Path:
        return self.folder / "demo_cohort"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def configure(self) -> None:
        """Write this workspace's configuration file, which another one of the same folder may have replaced."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "my.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Snakemake here with this workspace's configuration; output and errors in ``stdout``."""
        self.configure()
        words = ["-m", "snakemake", "--snakefile", str(self.workflow / "Snakefile"), "--cores", "2"]
        words += ["--configfile", "my.yaml", "--nocolor", *arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SNAKEMAKE", "PYTEST"))}
        if self.is_warm:
            done = subprocess.CompletedProcess(words, *run_warm(words, self.folder, environment))
        else:
            done = subprocess.run(
                [sys.executable, *words], cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        if check:
            assert done.returncode == 0, done.stdout[-6000:]
        return done

    def run(self, *arguments: str) -> str:
        return self.snakemake(*arguments).stdout

    def planned(self) -> Counter:
        """(rule, wildcards) of every job that a run would do now; ``all`` left out."""
        output = self.snakemake("--dry-run").stdout
        jobs: Counter = Counter()
        for block in re.split(r"\n(?=(?:local)?(?:rule|checkpoint) \w+:\n)", output):
            head = re.match(r"(?:local)?(?:rule|checkpoint) (\w+):\n", block)
            if head and head[1] != "all":
                wildcards = re.search(r"^    wildcards: (.+)$", block, re.M)
                jobs[(head[1], wildcards[1] if wildcards else "")] += 1
        return jobs

    def planned_rules(self) -> set[str]:
        """Names of the rules, and ``train_network <model>`` of the models that are trained."""
        planned = self.planned()
        models = {re.search(r"model=(\w+)", wildcards) for rule, wildcards in planned if rule == "train_network"}
        return {rule for rule, _ in planned} | {f"train_network {found[1]}" for found in models if found}

    def own_copy_of_the_workflow(self, folder: Path) -> None:
        """Let this workspace use a copy of the workflow, so that a test can edit the package."""
        for part in PARTS:
            source = REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, folder / part)
        copy_what_is_known(folder)
        self.workflow = folder


def copy_what_is_known(workflow: Path) -> None:
    """Python's bytecode of the package, and the digests kept of its files, for a copy: to make both anew takes 3 s."""
    for path in (REPOSITORY / "workflow_scripts").rglob("__pycache__/*.pyc"):
        target = workflow / path.relative_to(REPOSITORY)
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(path, target)
    known = {}
    with suppress(OSError, ValueError):
        known = json.loads(KEPT.read_text(encoding="utf-8"))
    for file, (state, *found) in [*known.items()]:
        there = workflow / "workflow_scripts" / file
        # The same file, but for the time at which this copy was made of it.
        if there.is_file() and [there.stat().st_size, there.stat().st_mtime_ns] == state[:2]:
            known[file] = [[*state[:2], there.stat().st_ctime_ns, *state[3:]], *found]
    write_text(workflow / "workflow_scripts/myoscene/machinery/__pycache__" / KEPT.name, json.dumps(known))
