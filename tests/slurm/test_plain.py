"""On a real SLURM without accounting: a run goes on there, asks for a GPU in the other form, and does not hang."""

from collections.abc import Iterator

import pytest

from slurm.cluster import Cluster, ask
from slurm.conftest import QUICK, Checkout, doctor

pytestmark = pytest.mark.slurm

GPU = ("--set-resources", "train_network:gpu=1", "train_network:slurm_partition=gpu")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # SLURM's own default for how long ended jobs are shown.
    with Cluster(accounting=False, min_job_age_s=300) as started:
        yield started


def test_sacct_is_there_and_answers_nothing(cluster: Cluster) -> None:
    assert ask("which", "sacct")
    assert ask("sacct", "-n", "-X") is None


def test_a_run_goes_on_without_accounting(cluster: Cluster, on_slurm: Checkout, local: Checkout) -> None:
    """One fold and the table at its end are gone: they are made again, and everything is as it was."""
    gone = (
        "learn/cnn_tcn/02.safetensors",
        "learn/cnn_tcn/02.json",
        "learn/cnn_tcn/participants.csv",
        "learn/comparison.csv",
    )
    for name in gone:
        (on_slurm.results / name).unlink(missing_ok=True)
    table = "results/learn/comparison.csv"
    seen: dict[str, dict[str, str]] = {}

    def watch() -> None:
        # Written down as they pass: this SLURM forgets ended jobs after five minutes.
        seen.update({job["id"]: job for job in cluster.jobs()})

    code, output = on_slurm.run(table, "--workflow-profile", "config/profiles/slurm", *QUICK, *GPU, watch=watch)
    assert code == 0, output[-6000:]
    watch()
    trained = [job for job in seen.values() if "train_network" in job["what"]]
    assert trained
    assert {job["state"] for job in trained} == {"COMPLETED"}
    for job in trained:
        assert job["partition"] == "gpu"
        assert job["gpus"].endswith("gpu:1")
    assert on_slurm.tables() == local.tables()


def test_the_doctor_finds_no_fault(cluster: Cluster, local: Checkout) -> None:
    done = doctor(local.folder)
    assert done.returncode == 0, done.stdout
    assert "note   accounting: none" in done.stdout
    assert "slurm_partition: main" in done.stdout
    assert "slurm_account" not in done.stdout


def test_the_doctor_does_not_wait_for_a_controller_that_is_down(cluster: Cluster, local: Checkout) -> None:
    cluster.stop_controller()
    try:
        done = doctor(local.folder, "--seconds", "3")
    finally:
        cluster.start_controller()
    assert done.returncode == 1
    assert "fault  SLURM: its commands are there, but nothing answers" in done.stdout
