"""SIGKILL: of the whole workflow in every stage, of training between and during its writes, and two at a time."""

import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from faults.undisturbed import STRUCK, Disturbed, assert_undisturbed

pytestmark = pytest.mark.workflow


def test_killed_in_every_stage_the_same_command_goes_on(finished: Disturbed, tmp_path: Path, fault: Any) -> None:
    """One run, killed as a whole in each of the seven stages in turn; each time the same command is typed again."""
    killed = Disturbed(tmp_path / "work", finished.workflow, finished.config)
    shutil.copytree(finished.dataset, killed.dataset)
    for stage, rule in STRUCK.items():
        code, output = killed.struck(fault={"rule": rule, "do": "kill all"})
        assert code == -signal.SIGKILL, f"{stage}: not killed\n{output[-3000:]}"
        assert (killed.folder / f"struck_{rule}").exists()
        assert list((killed.folder / ".snakemake/locks").glob("*.lock")), "Snakemake could not take its lock away"
        fault(f"SIGKILL of the workflow, stage {stage}", f"first write of {rule}", "the kill",
              "the same command goes on, without --unlock; identical")  # fmt: skip
    code, output = killed.struck(cold=True)
    assert code == 0, output[-3000:]
    assert_undisturbed(killed, finished)
    assert killed.struck("--dry-run")[1].count("Nothing to be done") == 1


# The job's writes: the state after each of two epochs, the card, the weights.
TRAINING = [
    ("between checkpoint writes", {"write": 2}),
    ("during a checkpoint write", {"write": 1, "cut": True}),
    ("between card and weights", {"write": 3, "cut": True}),
]
FOLD = ("results/learn/cnn_tcn/02.safetensors", "results/learn/cnn_tcn/02.json")


def test_a_killed_training_goes_on(again: Disturbed, finished: Disturbed, fault: Any) -> None:
    """The job alone is killed, again and again; at last a bit of its state is flipped."""
    again.delete("learn/cnn_tcn/02.safetensors", "learn/cnn_tcn/02.json")
    for number, (where, how) in enumerate(TRAINING):
        once = str(again.folder / f"struck_{number}")
        code, output = again.struck(*FOLD, fault={"rule": "train_network", "do": "kill", "once": once, **how})
        assert code == 1, output
        assert Path(once).exists(), f"not killed {where}"
        assert "train_network" in output
        assert not (again.folder / FOLD[0]).exists()
        left = [path.name for path in (again.results / "learn").rglob("*.partial")]
        assert left and all(name.startswith(".") for name in left), "killed before the file got its name"
        fault(f"SIGKILL of a training job, {where}", "train_network", "the failed job, by rule and log",
              "the same command goes on; identical")  # fmt: skip
    (state,) = (path for path in (again.results / "learn/resume").rglob("*") if path.is_file() and path.name[0] != ".")
    content = bytearray(state.read_bytes())
    content[8 + int.from_bytes(content[:8], "little") + 20] ^= 0x40  # of a weight, not of the header
    state.write_bytes(content)
    fault("a bit of a training state flipped", "resume file of train_network", "nothing", "not used; identical")
    code, output = again.struck(*FOLD, cold=True)
    assert code == 0, output[-3000:]
    assert_undisturbed(again, finished)


def test_two_workflows_in_one_directory(again: Disturbed, finished: Disturbed, fault: Any) -> None:
    again.delete("emg/quality.csv")
    go_on = again.folder / "go_on"
    wait = {"rule": "merge_quality", "do": "wait", "until": str(go_on)}
    first = again.start("results/emg/quality.csv", fault=wait)
    try:
        while first.poll() is None and not (again.folder / "struck_merge_quality").exists():
            time.sleep(0.1)
        code, output = again.struck("results/emg/quality.csv")
        assert code not in (0, -signal.SIGKILL)
        assert "Another run is at work in" in output
        code, output = again.struck("results/emg/quality.csv", "--dry-run")
        assert code == 0, output
        assert first.poll() is None
        go_on.touch()
        output = first.communicate()[0]
    finally:
        if first.poll() is None:
            first.kill()
    assert first.returncode == 0, output
    assert_undisturbed(again, finished)
    fault("two workflows in one directory", "the first in merge_quality",
          "Another run is at work in DIRECTORY ...: a dry run is possible now, a run is once they have ended.",
          "the second ends, the first is unharmed; identical")  # fmt: skip


def test_a_lock_of_another_machine_is_left_alone(again: Disturbed, finished: Disturbed, fault: Any) -> None:
    locks = again.folder / ".snakemake/locks"
    locks.mkdir(exist_ok=True)
    again.delete("config.yaml")
    (locks / "0.output.lock").write_text("results/config.yaml\n")
    held = again.folder / ".snakemake/myoscene.lock"
    ours = held.read_text()
    held.write_text(ours + "another-machine\n")
    code, output = again.struck("results/config.yaml")
    assert code != 0
    assert "--unlock" in output
    held.write_text(ours)
    code, output = again.struck("results/config.yaml")
    assert code == 0, output
    assert not list(locks.glob("*.lock"))
    assert_undisturbed(again, finished)
    fault("a lock left by a killed run on another machine", ".snakemake/locks",
          "Directory cannot be locked ... --unlock", "left to the user; one of this machine is removed")  # fmt: skip
