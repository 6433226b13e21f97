"""On a real SLURM without accounting: a run goes on there, through the same mishaps, and does not hang."""

import importlib
import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from slurm.cluster import Cluster, ask
from slurm.conftest import CONFIG, QUICK, WITH_EYES, Checkout, checkout, doctor

pytestmark = pytest.mark.slurm

# A GPU in the other form.
SITE = {
    "default-resources": {"slurm_partition": "'main'"},
    "set-resources": {
        "train_classical": {"mem_mb": "15 + (attempt - 1) * 465"},
        "train_network": {"slurm_partition": "'gpu'", "gpu": 1},
    },
}
# A fold of a model on features and one of a network, and the table at their end.
GONE = [f"learn/{model}/02.{ending}" for model in ("lda", "cnn_tcn") for ending in ("safetensors", "json")]
GONE += [f"learn/{model}/participants.csv" for model in ("lda", "cnn_tcn")] + ["learn/comparison.csv"]
# Of the second person: the prepared images, and each network that they take part in.
EYES_GONE = ["eyes/frames/02.parquet", "eyes/images/02.npy", "eyes/neutrals/02.npy"]
EYES_GONE += [f"learn/{model}/02.{end}" for model in ("eye_cnn", "fusion_joint") for end in ("safetensors", "json")]
EYES_GONE += [f"learn/blinks/02.{end}" for end in ("safetensors", "json", "parquet")]
# What was deleted is made again alone: the cohort's table of frames is what it was.
EYES_RULES = {"prepare_eyes": 1, "collect_eyes": 0, "train_blinks": 1, "train_network": 2}
PROFILES = ("--workflow-profile", "config/profiles/slurm", "--profile", "config/profiles/site")


@dataclass
class Watch:
    """Cancels the first training of a network, restarts the controller in the second, and writes down every job.

    With ``dataset``, somebody's recordings arrive there as soon as there is a job.
    """

    cluster: Cluster
    cancelled: str = ""
    restarted: bool = False
    dataset: Path | None = None
    jobs: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self) -> None:
        # As they pass: this SLURM forgets ended jobs after five minutes.
        self.jobs.update({job["id"]: job for job in self.cluster.jobs()})
        if self.jobs and self.dataset:
            shutil.copytree(self.dataset / "sub-03", self.dataset / "sub-04")
            for path in [*(self.dataset / "sub-04").rglob("sub-03*")]:
                path.rename(path.with_name(path.name.replace("sub-03", "sub-04")))
            self.dataset = None
        for job in self.of("train_network"):
            if job["state"] != "RUNNING":
                continue
            if not self.cancelled:
                ask("scancel", job["id"])
                self.cancelled = job["id"]
            elif not self.restarted and job["id"] != self.cancelled:
                self.cluster.stop_controller()
                time.sleep(2)
                self.cluster.start_controller()
                self.restarted = True

    def of(self, rule: str) -> list[dict[str, str]]:
        return [job for job in self.jobs.values() if rule in job["what"]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # SLURM's own default for how long ended jobs are shown.
    with Cluster(accounting=False, min_job_age_s=300) as started:
        yield started


def copied(source: Checkout, folder: Path, config: dict, gone: list[str]) -> Checkout:
    """A local run's results in another copy, without some of them, and with a profile of this site."""
    made = checkout(folder, config)
    (made.folder / "demo_cohort").symlink_to(source.folder / "demo_cohort", target_is_directory=True)
    shutil.copytree(source.results, made.results)
    for name in gone:
        (made.results / name).unlink()
    site = made.folder / "config" / "profiles" / "site"
    site.mkdir()
    (site / "config.yaml").write_text(yaml.safe_dump(SITE))
    return made


@pytest.fixture(scope="module")
def again(local: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The local run's results in another copy, without two folds and the table at their end."""
    return copied(local, tmp_path_factory.mktemp("plain"), CONFIG, GONE)


def test_sacct_is_there_and_answers_nothing(cluster: Cluster) -> None:
    assert ask("which", "sacct")
    assert ask("sacct", "-n", "-X") is None


def test_a_run_goes_through_every_mishap_without_accounting(cluster: Cluster, again: Checkout, local: Checkout) -> None:
    watch = Watch(cluster, dataset=local.folder / "demo_cohort")
    late = local.folder / "demo_cohort/sub-04"
    try:
        code, output = again.run("results/learn/comparison.csv", *PROFILES, *QUICK, watch=watch)
        assert late.is_dir(), "arrived while the run was under way, and is in the next one"
    finally:
        shutil.rmtree(late, ignore_errors=True)
    assert code == 0, output[-6000:]
    watch()
    assert [job["state"] for job in watch.of("train_network")] == ["CANCELLED", "COMPLETED"]
    assert watch.cancelled and watch.restarted
    for job in watch.of("train_network"):
        assert job["partition"] == "gpu"
        assert job["gpus"].endswith("gpu:1")
    first, second = watch.of("train_classical")
    assert first["state"] in ("FAILED", "OUT_OF_MEMORY") and second["state"] == "COMPLETED"
    assert again.tables() == local.tables()


def test_eye_images_are_prepared_and_learnt_from_there(cluster: Cluster, local_eyes: Checkout, tmp_path: Path) -> None:
    """One person's images, and the networks of the fold that holds the person out; nothing of the other folds."""
    again = copied(local_eyes, tmp_path / "eyes", WITH_EYES, EYES_GONE)
    watch = Watch(cluster, cancelled="none", restarted=True)
    code, output = again.run(*[f"results/{name}" for name in EYES_GONE], *PROFILES, *QUICK, watch=watch)
    assert code == 0, output[-6000:]
    for rule, number in EYES_RULES.items():
        assert output.count(f"rule {rule}:\n") == number, rule
    assert again.tables() == local_eyes.tables()


def test_the_plugin_needs_a_sacct_even_if_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the doctor has one put in place where there is none."""
    accounts = importlib.import_module("snakemake_executor_plugin_slurm.accounts")
    logger = logging.getLogger("plugin")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError):
        accounts.get_account(logger)
    (tmp_path / "sacct").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "sacct").chmod(0o755)
    assert accounts.get_account(logger) is None


def test_the_doctor_finds_no_fault(cluster: Cluster, local: Checkout) -> None:
    done = doctor(local.folder)
    assert done.returncode == 0, done.stdout
    assert "note   accounting: none" in done.stdout
    assert "slurm_partition: \"'main'\"" in done.stdout
    assert "a compute node sees a written file" in done.stdout
    assert "slurm_account" not in done.stdout


def test_the_doctor_does_not_wait_for_a_controller_that_is_down(cluster: Cluster, local: Checkout) -> None:
    cluster.stop_controller()
    try:
        done = doctor(local.folder, "--seconds", "3")
    finally:
        cluster.start_controller()
    assert done.returncode == 1
    assert "fault  SLURM: its commands are there, but nothing answers" in done.stdout
