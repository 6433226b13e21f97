"""Small cohorts of three people, run locally once: what every run on SLURM has to give, byte for byte."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from myoscene.demo.cohort import simulate_cohort
from workflow.workspace import Workspace, run_warm

from slurm.cluster import Cluster

# The demo's workflow with all its models and steps on EMG, small.
CONFIG = {
    "learn": {
        "models": ["lda", "boosted_trees", "cnn_tcn"],
        "boosted_trees": {"iterations": 5},
        "cnn_tcn": {"epochs": 1, "members": 1},
        "evaluation": {"bootstrap": 200},
    },
    "scenes": {"models": ["cnn_tcn"]},
    "statistics": {
        "permutations": 200,
        "bootstrap": 200,
        "null_check": {"cohorts": 2, "permutations": 99, "scene_s": 10},
        "simulation": {"repeats": 10},
    },
}
# Eye images and EMG, as far as models. A blink classifier that is nearly untrained could take whole classes for blinks:
# its threshold is such that it takes hardly anything.
WITH_EYES = {
    "eyes": {"frames": {"height_px": 16, "width_px": 16}, "blinks": {"threshold": 0.99}},
    "learn": {
        "models": ["cnn_tcn", "eye_cnn", "fusion_joint"],
        "cnn_tcn": {"epochs": 1, "members": 1},
        "eye_cnn": {"widths": [6, 8], "epochs": 1, "members": 1},
        "blinks": {"epochs": 1},
        "fusion": {"epochs": 1},
        "evaluation": {"bootstrap": 200},
    },
    "scenes": {"models": ["cnn_tcn"]},
}
# A cluster of many users is asked every 10 s; this one has one user, and the tests' time is short.
QUICK = ("--slurm-init-seconds-before-status-checks", "1")
LONGEST_RUN_S = 1800


@dataclass
class Checkout:
    """A copy of the workflow, with a cohort and a configuration beside it, in which a user types commands."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def tables(self) -> dict[str, bytes]:
        """Every file of the results but logs, timings and Snakemake's records."""
        return {
            str(path.relative_to(self.results)): path.read_bytes()
            for path in sorted(self.results.rglob("*"))
            if path.is_file() and path.relative_to(self.results).parts[0] not in ("logs", "benchmarks", ".snakemake")
        }

    def command(self, *words: str) -> list[str]:
        """``snakemake`` and options, with the Python that runs the tests."""
        return [sys.executable, "-m", "snakemake", "--configfile", "my.yaml", "--nocolor", *words]

    def run(self, *words: str, watch: Callable[[], None] | None = None) -> tuple[int, str]:
        """Exit code and output of Snakemake; ``watch`` is called once a second while it runs."""
        environment = here()
        log = self.folder / "output.txt"
        end = time.monotonic() + LONGEST_RUN_S
        with open(log, "w") as handle:
            process = subprocess.Popen(
                self.command(*words), cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=handle,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                while process.poll() is None and time.monotonic() < end:
                    if watch:
                        watch()
                    time.sleep(1)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
        return process.returncode, log.read_text()


def here() -> dict[str, str]:
    """This process's environment, as if nothing of it ran in Snakemake, pytest or SLURM."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("SNAKEMAKE", "PYTEST", "SLURM"))}


def checkout(folder: Path, config: dict) -> Checkout:
    """A copy of the workflow under ``folder``, with this configuration."""
    Workspace(folder).own_copy_of_the_workflow(folder)
    (folder / "my.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return Checkout(folder)


def run_locally(folder: Path, config: dict, *words: str) -> Checkout:
    """A cohort, with eye images where the configuration names them, and its results."""
    made = checkout(folder, config)
    simulate_cohort(made.folder / "demo_cohort", participants=3, seed=1, scene_s=8, eyes="eyes" in config)
    words = (*words, "--workflow-profile", "config/profiles/workstation", "--cores", "2")
    code, output = run_warm(made.command(*words)[1:], made.folder, here())
    assert code == 0, output[-3000:]
    return made


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The local run."""
    return run_locally(tmp_path_factory.mktemp("local"), CONFIG)


@pytest.fixture(scope="session")
def local_eyes(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The local run of models with eye images."""
    return run_locally(tmp_path_factory.mktemp("local_eyes"), WITH_EYES, "results/learn/comparison.csv")


@pytest.fixture(scope="session")
def on_slurm(local: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A second copy, for the runs on SLURM."""
    made = checkout(tmp_path_factory.mktemp("on_slurm"), CONFIG)
    (made.folder / "demo_cohort").symlink_to(local.folder / "demo_cohort", target_is_directory=True)
    return made


def doctor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """``myoscene doctor`` in ``folder``."""
    command = [sys.executable, "-m", "myoscene.cli", "doctor", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


__all__ = ["QUICK", "Checkout", "Cluster", "doctor"]
