"""`myoscene doctor` with commands of SLURM that are made up: what it sees, says, prints, and ends with."""

import subprocess
import time
from pathlib import Path

import pytest
import yaml
from myoscene.cli import main
from myoscene.machinery.doctor import machine, slurm

CONFIG = """Configuration data as of 2026-01-01T00:00:00
AccountingStorageType   = accounting_storage/none
MinJobAge               = {age} sec
SLURM_VERSION           = 23.11.4
"""
NODES = """compute*|up|32|128000|2-00:00:00|(null)
compute*|up|64|256000|2-00:00:00|(null)
gpu|up|16|64000|1:00:00|gpu:a100:4
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put made-up commands on an otherwise empty PATH; the plugin counts as installed."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setattr(slurm, "_plugin", lambda: "2.8.0")

    def add(name: str, output: str = "", code: int = 0, last: str = "") -> None:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\nprintf '%s' '{output}'\n{last}\nexit {code}\n")
        path.chmod(0o755)

    return add


@pytest.fixture
def cluster(site):
    """A cluster where all is well: accounting, and the usual MinJobAge."""
    for name in ("sbatch", "squeue", "scancel"):
        site(name)
    site("scontrol", CONFIG.format(age=300))
    site("sinfo", NODES)
    site("sacct", "17\n")
    site("sacctmgr", "psych|lab\npsych|psych\n")
    site("srun", last='while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"')
    return site


def levels(seen: slurm.Cluster, delay_s: int = 10) -> dict[str, str]:
    return {one.subject: one.level for one in slurm.findings(seen, delay_s)}


def test_a_good_cluster_and_its_profile(cluster) -> None:
    seen = slurm.look()
    assert set(levels(seen).values()) == {"ok"}
    assert [one.name for one in seen.partitions] == ["compute", "gpu"]
    assert (seen.partitions[0].memory_mb, seen.partitions[0].minutes) == (256000, 2880)
    text = slurm.site_profile(seen, 10)
    assert yaml.safe_load(text) == {"default-resources": {"slurm_partition": "'compute'", "slurm_account": "'psych'"}}
    assert "# or lab" in text, "the default account comes first"
    assert "#     slurm_partition: \"'gpu'\"" in text


def test_without_accounting_squeue_is_enough_where_it_shows_ended_jobs_for_long(cluster) -> None:
    cluster("sacct", code=1)
    seen = slurm.look()
    assert not seen.accounting
    assert levels(seen)["squeue"] == "ok"
    assert levels(seen)["accounting"] == "note"
    assert "fault" not in levels(seen).values()
    assert yaml.safe_load(slurm.site_profile(seen, 10)) == {"default-resources": {"slurm_partition": "'compute'"}}


@pytest.mark.parametrize("age", [0, 2, 100, 199])
def test_without_accounting_a_short_memory_makes_a_run_hang(cluster, age: int) -> None:
    cluster("sacct", code=1)
    cluster("scontrol", CONFIG.format(age=age))
    assert levels(slurm.look())["squeue"] == "fault"


def test_a_longer_first_delay_needs_a_longer_memory(cluster) -> None:
    cluster("sacct", code=1)
    assert levels(slurm.look(), delay_s=100)["squeue"] == "ok"
    assert levels(slurm.look(), delay_s=101)["squeue"] == "fault"


def test_with_accounting_a_short_memory_is_answered_with_sacct(cluster) -> None:
    cluster("scontrol", CONFIG.format(age=2))
    seen = slurm.look()
    assert levels(seen)["squeue"] == "note"
    assert "slurm-status-command: sacct" in slurm.site_profile(seen, 10)


def gone(stat: Path) -> bool:
    """Whether a process that was killed has ended; the system may take a moment for it."""
    for _ in range(200):
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] in "ZX":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", ["scontrol", "sinfo"])
def test_a_silent_controller_is_a_fault_and_not_waited_for(cluster, name: str, tmp_path: Path) -> None:
    # What the command starts besides ends with it.
    cluster(name, last=f"/bin/sleep 60 & echo $! > {tmp_path}/started; /bin/sleep 60")
    seen = slurm.look(seconds=2)
    assert "no answer within 2 s" in seen.silent
    stat = Path("/proc", (tmp_path / "started").read_text().strip(), "stat")
    assert gone(stat)
    assert levels(seen) == {"SLURM": "fault"}
    assert slurm.site_profile(seen, 10) == ""


def test_an_unreachable_controller_is_told_in_its_own_words(cluster) -> None:
    cluster("scontrol", last="echo Unable to contact slurm controller >&2", code=1)
    (only,) = slurm.findings(slurm.look(), 10)
    assert only.level == "fault"
    assert "Unable to contact slurm controller" in only.text


def test_half_a_slurm_is_a_fault(site) -> None:
    site("squeue")
    seen = slurm.look()
    assert levels(seen) == {"SLURM": "fault"}
    assert seen.absent_commands == ["sbatch", "scontrol", "sinfo", "scancel"]


def test_no_slurm_is_no_fault(site) -> None:
    seen = slurm.look()
    assert not seen.present
    assert levels(seen) == {"SLURM": "ok", "executor plugin": "note"}
    assert slurm.site_profile(seen, 10) == ""


def test_the_plugin_is_needed_where_slurm_is(cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "_plugin", lambda: None)
    assert levels(slurm.look())["executor plugin"] == "fault"


@pytest.mark.parametrize("name", ["all", "2024-15", "my-lab", "gpu"])
def test_names_come_through_snakemakes_evaluation(cluster, name: str) -> None:
    cluster("sinfo", f"{name}*|up|8|16000|infinite|(null)\n")
    profile = yaml.safe_load(slurm.site_profile(slurm.look(), 10))
    assert eval(profile["default-resources"]["slurm_partition"]) == name


def test_without_sacct_at_all_one_that_fails_is_put_in_its_place(cluster, tmp_path: Path) -> None:
    (tmp_path / "bin" / "sacct").unlink()
    seen = slurm.look()
    assert levels(seen)["account"] == "fault"
    assert yaml.safe_load(slurm.site_profile(seen, 10)) == {"default-resources": {"slurm_partition": "'compute'"}}
    home = tmp_path / "home"
    home.mkdir()
    command = ["/bin/sh", "-c", slurm.shell_lines(seen) + "sacct"]
    places = f"{tmp_path}/bin:/usr/bin:/bin"
    assert subprocess.run(command, env={"HOME": str(home), "PATH": places}, check=False).returncode == 1
    assert (home / "sacct" / "sacct").is_file()
    cluster("sacct", code=1)
    assert slurm.shell_lines(slurm.look()) == ""


@pytest.mark.parametrize(("limit", "level"), [("4:00:00", "note"), ("7:59:00", "note"), ("8:00:00", "ok")])
def test_a_partition_has_to_take_the_third_attempt_of_a_bundle(cluster, limit: str, level: str) -> None:
    cluster("sinfo", f"short*|up|8|16000|{limit}|(null)\nlong|up|8|16000|2-00:00:00|(null)\n")
    seen = slurm.look()
    assert levels(seen)["partition short"] == level
    best = slurm.best_partition(seen.partitions)
    assert best is not None and best.name == ("short" if level == "ok" else "long")


def test_a_default_partition_too_short_for_training_is_passed_over(cluster) -> None:
    cluster("sinfo", "debug*|up|8|16000|30:00|gpu:1\ngpu|up|8|16000|infinite|gpu:2\nlong|up|8|16000|infinite|(null)\n")
    seen = slurm.look()
    assert levels(seen)["partition debug"] == "note"
    profile = slurm.site_profile(seen, 10)
    assert yaml.safe_load(profile)["default-resources"]["slurm_partition"] == "'long'"
    assert "#     slurm_partition: \"'gpu'\"" in profile


def test_a_partition_for_some_is_passed_over(cluster) -> None:
    cluster(
        "sinfo", "debug*|up|8|16000|30:00|(null)\nowned|up|8|16000|infinite|(null)\nlong|up|8|16000|9:00:00|(null)\n"
    )
    shown = "PartitionName=owned AllowGroups=ALL AllowAccounts=physics\nPartitionName=long AllowGroups=ALL"
    cluster("scontrol", CONFIG.format(age=300), last=f"[ $2 = partition ] && printf '%s' '{shown}'")
    best = slurm.best_partition(slurm.look().partitions)
    assert best is not None and best.name == "long"


@pytest.mark.parametrize(("mode", "noted"), [("CANCEL", True), ("OFF", False), ("REQUEUE", False)])
def test_cancelled_preempted_jobs_are_noted(cluster, mode: str, noted: bool) -> None:
    cluster("scontrol", CONFIG.format(age=300) + f"PreemptMode             = {mode}\n")
    assert ("preemption" in levels(slurm.look())) == noted


def test_a_compute_node_reads_what_is_written(cluster, tmp_path: Path) -> None:
    seen = slurm.look()
    before = slurm.node_command(seen, slurm.best_partition(seen.partitions))
    assert before[0] == "srun" and before[-2:] == ["--partition=compute", "--account=psych"]
    found = machine.on_a_node(tmp_path / "results", before, 10)
    assert (found.level, "a compute node sees" in found.text) == ("ok", True)
    assert {path.name for path in tmp_path.iterdir()} == {"bin"}


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("srun: error: Unable to allocate resources: Requested nodes are busy", "note"),
        ("slurmstepd: error: execve(): .venv/bin/python: No such file or directory", "fault"),
        ("", "note"),
    ],
)
def test_a_compute_node_that_does_not_answer_is_told(cluster, tmp_path: Path, said: str, level: str) -> None:
    cluster("srun", last=f"echo '{said}' >&2", code=1)
    seen = slurm.look()
    found = machine.on_a_node(tmp_path, slurm.node_command(seen, seen.partitions[0]), 10)
    assert found.level == level
    assert ("install where the nodes see it" if level == "fault" else "was not looked at") in found.text


def test_a_compute_node_that_hangs_is_not_waited_for(cluster, tmp_path: Path) -> None:
    cluster("srun", last="exec /bin/sleep 60")
    seen = slurm.look()
    start = time.monotonic()
    found = machine.on_a_node(tmp_path, slurm.node_command(seen, seen.partitions[0]), 1)
    assert time.monotonic() - start < 20
    assert (found.level, "none took a job within 1 s" in found.text) == ("note", True)


def test_a_folder_that_nodes_do_not_share_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "written_and_seen", lambda *_: None)
    assert machine.on_a_node(tmp_path, ["srun"], 1).level == "fault"


def test_no_partition_that_is_up_is_a_fault(cluster) -> None:
    cluster("sinfo", "compute*|down|8|16000|infinite|(null)\n")
    assert levels(slurm.look())["partitions"] == "fault"


def test_inside_a_job_it_says_so(cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    assert "note" in [one.level for one in slurm.findings(slurm.look(), 10) if one.subject == "SLURM"]


def test_the_folder_is_written_to_and_left_as_it_was(tmp_path: Path) -> None:
    found = machine.folder(tmp_path / "not" / "yet")
    assert [one.level for one in found] == ["ok", "ok"]
    assert "seen by another process" in found[1].text
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(probe: Path) -> float:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine, "written_and_seen", refuse)
    assert machine.folder(tmp_path)[1].level == "fault"


def test_a_full_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_DISK_GB", 1e9)
    assert machine.folder(tmp_path)[0].level == "fault"


@pytest.mark.parametrize(
    ("lock", "level"),
    [("numpy==0.0.1\n", "note"), ("no-such-package-here==1.0\n", "fault"), ("", "ok")],
)
def test_packages_are_held_against_the_lock(tmp_path: Path, lock: str, level: str) -> None:
    (tmp_path / "requirements.lock").write_text(lock)
    assert machine.packages(tmp_path / "requirements.lock").level == level


def test_little_memory_is_noted(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 8000000 kB\nMemAvailable:    1000000 kB\n")
    assert machine.available_mb(tmp_path / "meminfo") == 1000
    assert machine.cores_and_memory(tmp_path / "meminfo").level == "note"


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such level"):
        machine.Finding("bad", "x", "y")


def test_the_command_prints_faults_last_and_ends_with_1(
    cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")  # it is looked at, too
    monkeypatch.setattr(machine, "packages", lambda: machine.Finding("ok", "packages", "as pinned"))
    words = ["doctor", "--results", str(tmp_path / "results")]
    assert main(words) == 0
    assert "config/profiles/site/config.yaml" in capsys.readouterr().out
    cluster("scontrol", code=1)
    assert main(words) == 1
    out = capsys.readouterr().out
    assert out.strip().split("\n\n")[0].splitlines()[-1].startswith("fault  SLURM")
