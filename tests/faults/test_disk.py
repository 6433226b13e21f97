"""A full disk, results and recordings that can only be read: in mount namespaces of their own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from importing.import_sources import snapshot, text_mapping, text_rows, write_mapping, write_text
from myoscene.importing.run import import_dataset

from faults.undisturbed import Disturbed, assert_undisturbed, content

pytestmark = pytest.mark.workflow

# Results on a disk of the size $SIZE kB, nearly full; then the same with space. $1 and on is the call.
FULL = """
mv results kept
mkdir results
mount -t tmpfs -o size=${SIZE}k none results
cp -a kept/. results
set +e
"$@"
echo "first run: $?"
find results -name '*.partial' | sed 's/^/left over: /'
test -e results/emg/signals/02.parquet && echo "looks whole"
set -e
mount -o remount,size=200m results
"$@"
rm -r kept
cp -a results kept
umount results
rmdir results
mv kept results
"""


def test_a_full_disk(again: Disturbed, finished: Disturbed, fault: Any, mounts: None) -> None:
    again.delete("emg/signals/02.parquet")
    used_kb = sum(-(-path.stat().st_size // 4096) * 4 + 4 for path in again.results.rglob("*"))
    size = f"SIZE={used_kb + 1024}"  # the table of signals takes 7 MB
    code, output = again.struck("results/emg/signals/02.parquet", shell=f"{size}\n{FULL}")
    assert code == 0, output
    assert "first run: 1" in output
    sentence = "condition_emg: results/emg/signals/02.parquet cannot be written, since the disk is full"
    assert sentence in output
    assert "Traceback" not in output
    assert "looks whole" not in output
    assert "left over" not in output
    assert_undisturbed(again, finished)
    fault("disk full while a table is written", "condition_emg, results/ on a small tmpfs",
          f"{sentence} (...); make space there and run again: what is finished is kept",
          "after space is made the same command goes on; identical")  # fmt: skip


def test_a_disk_that_is_full_from_the_start(again: Disturbed, finished: Disturbed, fault: Any, mounts: None) -> None:
    again.delete("emg/signals/02.parquet")
    fill = FULL.replace("set +e\n", "head -c 1G /dev/zero > results/filler || true\nset +e\n", 1)
    fill = fill.replace("set -e\nmount", "set -e\nrm results/filler\nmount")
    code, output = again.struck("results/emg/signals/02.parquet", shell=f"SIZE=60000\n{fill}")
    assert code == 0, output
    assert "first run: 1" in output
    assert "cannot be written, since the disk is full" in output
    assert "Traceback" not in output
    assert_undisturbed(again, finished)
    fault("disk full before the run", "results/ on a full tmpfs",
          "results/ (in DIRECTORY) cannot be written, since the disk is full (...); make space there and run again",
          "refused at the start; after space is made identical")  # fmt: skip


def test_results_that_can_only_be_read(again: Disturbed, finished: Disturbed, fault: Any, mounts: None) -> None:
    read_only = 'mount --bind results results\nmount -o remount,ro,bind results\n"$@"'
    code, output = again.struck(shell=read_only)
    assert code == 1
    sentence = "cannot be written, since it can only be read"
    assert sentence in output
    assert "Traceback" not in output
    assert "rule " not in output, "before any job"
    assert_undisturbed(again, finished)
    fault("results/ can only be read", "read-only mount",
          f"results/ (in DIRECTORY) {sentence} (...); make it writable, or work in another directory",
          "refused at the start; identical")  # fmt: skip


def test_raw_files_are_never_opened_for_writing(finished: Disturbed, tmp_path: Path, fault: Any, mounts: None) -> None:
    """Every rule that reads raw files, of one person, on a dataset that can only be read."""
    again = finished.copy(tmp_path / "copy")
    stages = ("recordings/participants", "emg/signals", "emg/quality", "eyes/frames")
    targets = [*(f"{stage}/02.parquet" for stage in stages), "recordings/ratings.csv"]
    again.delete(*targets)
    before = {path: path.stat().st_mtime_ns for path in again.dataset.rglob("*")}
    read_only = "mount --bind demo_cohort demo_cohort\nmount -o remount,ro,bind demo_cohort\n"
    probe = 'if touch demo_cohort/participants.tsv 2> /dev/null; then echo "writable"; exit 9; fi\n"$@"'
    code, output = again.struck(*[f"results/{target}" for target in targets], shell=read_only + probe)
    assert code == 0, output[-3000:]
    assert {path: path.stat().st_mtime_ns for path in again.dataset.rglob("*")} == before
    assert content(again.dataset) == content(finished.dataset)
    assert_undisturbed(again, finished)
    fault("raw files that can only be read", "dataset on a read-only mount, every rule that reads it", "nothing",
          "runs; identical")  # fmt: skip


def test_an_import_reads_a_source_that_can_only_be_read(tmp_path: Path, fault: Any, mounts: None) -> None:
    """The same dataset as from a source that can be written."""
    for name in ("p1_calibration", "p1_scene"):
        write_text(tmp_path / f"src/{name}.csv", text_rows(seed=len(name)))
    mapping = write_mapping(tmp_path / "m", text_mapping())
    before = snapshot(tmp_path / "src")
    read_only = 'mount --bind src src\nmount -o remount,ro,bind src\n! touch src/new 2> /dev/null\n"$@"'
    command = ["unshare", "--mount", "--propagation", "private", "bash", "-ec", read_only, "bash"]
    command += [sys.executable, "-m", "myoscene.cli", "import", "--mapping", str(mapping), "src"]
    done = subprocess.run([*command, "guarded"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    import_dataset(mapping, tmp_path / "src", tmp_path / "out")
    assert snapshot(tmp_path / "guarded") == snapshot(tmp_path / "out")
    assert snapshot(tmp_path / "src") == before
    fault("a lab's files that can only be read", "myoscene import, source on a read-only mount", "nothing",
          "imported; identical")  # fmt: skip
