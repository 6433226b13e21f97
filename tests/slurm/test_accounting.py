"""On a real SLURM with accounting: a whole run in which everything goes wrong once, and ends like the local one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import yaml

from slurm.cluster import Cluster, ask
from slurm.conftest import QUICK, Checkout, doctor

pytestmark = pytest.mark.slurm

# What a user would write for this site. The memory of the first attempt is too small for one Snakemake alone, whatever
# it shares with others beside it, of which a job is charged its part only.
SITE = {
    "default-resources": {"slurm_partition": "'main'", "slurm_account": "'lab'"},
    "set-resources": {
        "train_classical": {"mem_mb": "15 + (attempt - 1) * 465"},
        "train_network": {"slurm_partition": "'gpu'", "gres": "gpu:1"},
    },
}


@dataclass
class Mishaps:
    """Cancels the first bundle of preparation, and restarts the controller while a network is trained."""

    cluster: Cluster
    cancelled: str = ""
    restarted: bool = False
    seen: list[dict[str, str]] = field(default_factory=list)

    def __call__(self) -> None:
        if self.cancelled and self.restarted:
            return
        running = [job for job in self.cluster.jobs() if job["state"] == "RUNNING"]
        for job in running:
            if not self.cancelled and "condition_emg" in job["what"]:
                ask("scancel", job["id"])
                self.cancelled = job["id"]
            if not self.restarted and "train_network" in job["what"]:
                self.cluster.stop_controller()
                time.sleep(2)
                self.cluster.start_controller()
                self.restarted = True


@dataclass
class Finished:
    code: int
    output: str
    jobs: list[dict[str, str]]
    mishaps: Mishaps


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(accounting=True) as started:
        yield started


@pytest.fixture(scope="module")
def finished(cluster: Cluster, on_slurm: Checkout) -> Finished:
    site = on_slurm.folder / "config" / "profiles" / "site"
    site.mkdir()
    (site / "config.yaml").write_text(yaml.safe_dump(SITE))
    mishaps = Mishaps(cluster)
    profiles = ("--workflow-profile", "config/profiles/slurm", "--profile", "config/profiles/site")
    code, output = on_slurm.run(*profiles, *QUICK, watch=mishaps)
    return Finished(code, output, cluster.jobs(), mishaps)


def jobs_of(finished: Finished, rule: str) -> list[dict[str, str]]:
    return [job for job in finished.jobs if rule in job["what"]]


def test_the_demo_workflow_ends_well(finished: Finished) -> None:
    assert finished.code == 0, finished.output[-6000:]
    assert "100%" in finished.output


def test_a_cancelled_job_is_run_again_with_more(finished: Finished) -> None:
    first, second = jobs_of(finished, "condition_emg")
    assert first["id"] == finished.mishaps.cancelled
    assert [first["state"], second["state"]] == ["CANCELLED", "COMPLETED"]
    assert memory(second) == 2 * memory(first)


def test_a_job_over_its_memory_is_run_again_with_more(finished: Finished) -> None:
    first, second = jobs_of(finished, "train_classical")
    assert first["state"] in ("FAILED", "OUT_OF_MEMORY")
    assert second["state"] == "COMPLETED"
    assert (memory(first), memory(second)) == (4 * 15, 4 * 480)


def test_a_restarted_controller_costs_nothing(finished: Finished) -> None:
    assert finished.mishaps.restarted
    trained = jobs_of(finished, "train_network")
    assert [job["state"] for job in trained] == ["COMPLETED"] * 3


def test_a_gpu_is_asked_for_and_given(finished: Finished) -> None:
    for job in jobs_of(finished, "train_network"):
        assert job["partition"] == "gpu"
        assert "gres/gpu=1" in job["tres"]
    assert not [job for job in finished.jobs if "gpu" in job["tres"] and "train_network" not in job["what"]]


def test_partition_and_account_come_from_the_site(finished: Finished) -> None:
    assert {job["account"] for job in finished.jobs} == {"lab"}


def test_small_jobs_share_a_slurm_job(finished: Finished) -> None:
    # Each network of three folds has a SLURM job of its own; the others share six. Two of SLURM's are second attempts.
    alone = [job for job in finished.jobs if job["what"].startswith(("rule_train_", "rule_learning_curve"))]
    assert len(alone) == 3
    assert len(finished.jobs) == 3 + 6 + 2
    assert max(int(job["cpus"]) for job in finished.jobs) == 4


def test_failed_jobs_leave_their_log_where_the_documentation_says(finished: Finished, on_slurm: Checkout) -> None:
    folder = on_slurm.results / "logs" / "slurm"
    logs = {path.stem: path.relative_to(folder).parts for path in folder.rglob("*.log")}
    assert logs.keys() == {finished.mishaps.cancelled, jobs_of(finished, "train_classical")[0]["id"]}
    bundles = sorted(parts[0] for parts in logs.values())
    assert bundles[0].startswith("group_classical_") and bundles[1].startswith("group_prepare_"), "as the page says"
    assert {len(parts) for parts in logs.values()} == {2}


def test_every_result_is_that_of_the_local_run(finished: Finished, local: Checkout, on_slurm: Checkout) -> None:
    expected, found = local.tables(), on_slurm.tables()
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert len(expected) > 110


def test_nothing_is_left_to_do_locally_either(finished: Finished, on_slurm: Checkout) -> None:
    code, output = on_slurm.run("--cores", "1", "--dry-run", "--set-resources", "train_network:mem_mb=9000")
    assert code == 0
    assert "Nothing to be done" in output


def test_the_doctor_finds_no_fault_and_names_the_account(cluster: Cluster, local: Checkout) -> None:
    done = doctor(local.folder)
    assert done.returncode == 0, done.stdout
    assert "ok     accounting: sacct answers" in done.stdout
    assert "slurm_account: \"'root'\"  # or lab" in done.stdout, "the user's default account first"
    assert "partition gpu: 8 CPUs" in done.stdout
    assert "a compute node sees a written file" in done.stdout


def memory(job: dict[str, str]) -> int:
    """What a job asked for, in MB."""
    value, unit = float(job["memory"][:-1]), job["memory"][-1]
    return round(value * {"M": 1, "G": 1024}[unit])
