"""Clocks that jump, raw files that are replaced, results that are moved."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from faults.undisturbed import Disturbed, assert_undisturbed

pytestmark = pytest.mark.workflow

FUTURE = 4_000_000_000  # 2096
PAST = 500_000_000  # 1985
RAW_RULES = {"describe_participant", "assess_quality", "condition_emg"}


def set_times(folder: Path, first: int, second: int) -> None:
    """Every second file in ``folder`` is from ``first``, the others from ``second``."""
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        when = (first, second)[number % 2]
        os.utime(path, (when, when))


def test_a_clock_that_jumps(again: Disturbed, finished: Disturbed, fault: Any) -> None:
    again.workflow = again.folder.parent / "workflow"
    shutil.copytree(finished.workflow, again.workflow)
    set_times(again.results, PAST, FUTURE)
    set_times(again.dataset, FUTURE, PAST)
    set_times(again.workflow, FUTURE, PAST)
    assert not again.planned()
    fault("a clock that jumps", "times of raw files, code and results in 1985 and 2096", "nothing", "reruns nothing")

    # What was made lies in the future; what is made now does not.
    set_times(again.results, FUTURE, FUTURE)
    for folder in (again.dataset, again.workflow):
        set_times(folder, PAST, PAST)
    again.delete("emg/normalisers/02.json", "emg/features/02.parquet")
    code, output = again.quietly("results/emg/features/02.parquet")
    assert code == 0, output[-3000:]
    fault("a clock that is set back", "between the jobs of a run", "nothing", "identical")

    # Raw files are not ours to touch.
    set_times(again.dataset / "sub-02", FUTURE, FUTURE)
    again.delete("recordings/participants/02.parquet")
    code, output = again.quietly("results/recordings/participants/02.parquet")
    assert code == 0, output[-3000:]
    assert_undisturbed(again, finished)
    assert not again.planned()
    fault("raw files from the future", "dataset, 2096", "nothing", "made from them all the same; identical")


def test_a_raw_file_replaced_by_another_of_the_same_size_and_time(
    again: Disturbed, finished: Disturbed, fault: Any
) -> None:
    (raw,) = (again.dataset / "sub-02").rglob("*task-calm*_emg.bdf")
    original, state = raw.read_bytes(), raw.stat()
    other = bytearray(original)
    other[-2000:-1000] = bytes(1000)
    target = "results/recordings/participants/02.parquet"
    for content in (bytes(other), original):
        temporary = raw.with_suffix(".new")
        temporary.write_bytes(content)
        os.utime(temporary, ns=(state.st_atime_ns, state.st_mtime_ns))
        temporary.replace(raw)
        assert (raw.stat().st_size, raw.stat().st_mtime_ns) == (state.st_size, state.st_mtime_ns)
        planned = again.planned()
        assert {(rule, "participant=02") for rule in RAW_RULES} <= set(planned)
        of_others = {wildcards for rule, wildcards in planned if rule in RAW_RULES}
        assert of_others == {"participant=02"}
        code, output = again.quietly(target)
        assert code == 0, output[-3000:]
        assert "Nothing to be done" in again.quietly(target, "--dry-run")[1]
    for rule, target in (("assess_quality", "quality"), ("condition_emg", "signals")):
        assert (rule, "participant=02") not in again.planned(), f"{target} was made from the file that is back"
    assert_undisturbed(again, finished)
    fault("a raw file replaced by another of the same size and time", "between two runs",
          "that person's jobs run again", "noticed by content; identical once it is back")  # fmt: skip


def test_results_moved_alone_go_on_without_rerunning(finished: Disturbed, tmp_path: Path, fault: Any) -> None:
    """Another directory with a workflow and a dataset of its own, both copied without their times."""
    moved = Disturbed(tmp_path / "work", tmp_path / "workflow", dict(finished.config))
    moved.folder.mkdir()
    shutil.copytree(finished.workflow, moved.workflow, copy_function=shutil.copyfile)
    shutil.copytree(finished.dataset, moved.dataset, copy_function=shutil.copyfile)
    shutil.copytree(finished.results, moved.results, copy_function=shutil.copyfile)
    set_times(moved.results, PAST, PAST)
    assert not (moved.folder / ".snakemake").exists()
    assert not moved.planned()
    moved.delete("emg/normalisers/02.json")
    code, output = moved.quietly("results/emg/normalisers/02.json")
    assert code == 0, output[-3000:]
    assert_undisturbed(moved, finished)
    assert not moved.planned()
    fault("results/ moved alone to another directory", "every time lost, no .snakemake", "nothing",
          "reruns nothing; identical")  # fmt: skip


def test_a_directory_with_records_of_its_own_takes_those_of_the_moved_results(
    again: Disturbed, finished: Disturbed
) -> None:
    """As an older run left them: a plain folder .snakemake/metadata, about results that are no longer there."""
    for name in ("metadata", "incomplete"):
        (again.folder / ".snakemake" / name).unlink()
        (again.folder / ".snakemake" / name).mkdir()
    (again.folder / ".snakemake/metadata/old").write_text("{}")
    assert not again.planned()
    assert not (again.folder / ".snakemake/metadata/old").exists()
    assert_undisturbed(again, finished)
