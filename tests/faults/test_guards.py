"""The parts that the workflow's guards are made of, one at a time and without a workflow."""

import errno
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from myoscene.core.errors import InputError
from myoscene.machinery import digests, directory
from myoscene.machinery.files import atomic_path, disk_fault, write_text
from myoscene.machinery.job import job


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(directory, "_held", [])
    digests._tokens.cache_clear()
    digests._signature.cache_clear()
    digests._kept_answers.cache_clear()
    for name in ("raw.edf", "table.csv", "results/emg/in.csv"):
        write_text(name, f"content of {name}\n")
    return tmp_path


def a_job(**changes: object) -> SimpleNamespace:
    about = {
        "rule": "a_rule",
        "threads": 1,
        "log": ["results/logs/a_rule.log"],
        "wildcards": {"participant": "01"},
        "input": ["results/emg/in.csv"],
        "params": {"raw": ["raw.edf"]},
        "output": ["results/emg/out.csv"],
    }
    return SimpleNamespace(**{**about, **changes})


def test_a_new_write_removes_what_a_killed_one_left(here: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = here / f"results/emg/.out.csv.{dead.pid}.partial"
    other = here / f"results/emg/.outer.csv.{dead.pid}.partial"
    for path in (left, other):
        path.write_text("half")
    write_text("results/emg/out.csv", "whole")
    assert not left.exists()
    assert other.exists()


def test_a_new_write_leaves_what_another_process_is_writing(here: Path) -> None:
    path = here / f"results/emg/.out.csv.{os.getppid()}.partial"
    path.write_text("half")
    write_text("results/emg/out.csv", "whole")
    assert path.exists()
    os.utime(path, (0, 0))  # its process must be another one by now
    write_text("results/emg/out.csv", "whole")
    assert not path.exists()


def test_a_damaged_digest_is_a_damaged_result_and_no_dead_end(here: Path) -> None:
    digests.note_outputs(["results/emg/in.csv"], "its_rule")
    digests.digest_path("results/emg/in.csv").write_bytes(b"\xff\xfe\x00")
    assert digests.damaged() == (["results/emg/in.csv"], 1)
    with pytest.raises(InputError, match=r"results/emg/in\.csv is not what its rule wrote: .* it was set aside"):
        digests.check_results(["results/emg/in.csv"])
    assert not Path("results/emg/in.csv").exists(), "set aside, to be made again"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_disk_at_fault_is_one_sentence_that_names_the_file(here: Path, number: int) -> None:
    with pytest.raises(OSError) as caught, atomic_path("results/emg/out.csv"):
        raise OSError(number, os.strerror(number))
    sentence = disk_fault(caught.value, "elsewhere")
    assert sentence is not None
    assert sentence.startswith("results/emg/out.csv cannot be written, since ")
    assert "run again" in sentence
    assert disk_fault(OSError(errno.ENOENT, "no such file"), "x") is None
    assert disk_fault(ValueError("no"), "x") is None


def test_a_full_disk_ends_a_job_with_a_sentence(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left, job(a_job()), atomic_path("results/emg/out.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "a_rule: results/emg/out.csv cannot be written, since the disk is full" in said
    assert "Traceback" not in said + Path("results/logs/a_rule.log").read_text()


def test_a_job_refuses_a_changed_result_and_sets_it_aside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digests.note_outputs(["results/emg/in.csv"], "its_rule")
    with job(a_job()):
        write_text("results/emg/out.csv", "whole")
    assert digests.damaged() == ([], 2)
    Path("results/emg/in.csv").write_text("content of results/emg/iN.csv\n")
    with pytest.raises(SystemExit) as left, job(a_job()):
        pytest.fail("the job's work must not begin")
    assert left.value.code == 2
    assert "a_rule: results/emg/in.csv is not what its_rule wrote" in capsys.readouterr().err
    assert not Path("results/emg/in.csv").exists()
    assert Path("results/.snakemake/damaged/emg/in.csv").is_file()
    with pytest.raises(SystemExit), job(a_job()):
        pytest.fail("the job's work must not begin")
    assert "has gone since this run began" in capsys.readouterr().err


def test_a_raw_file_that_changes_while_it_is_read_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), job(a_job()):
        Path("raw.edf").write_text("content of raw.edF\n")
    assert "a_rule: raw.edf changed while a_rule was reading it" in capsys.readouterr().err


def test_a_raw_file_that_has_gone_is_a_sentence(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("raw.edf").unlink()
    with pytest.raises(SystemExit) as left, job(a_job()):
        pytest.fail("the job's work must not begin")
    assert left.value.code == 2
    assert "a_rule: raw.edf has gone since this run began; run again" in capsys.readouterr().err


def test_a_list_of_raw_files_is_recorded_by_a_short_name_and_read_as_a_list() -> None:
    names = [f"sub-01/eye/{number:05d}.png" for number in range(3000)]
    files = digests.RawFiles(names)
    assert str(files).startswith("3000 raw files (list ")
    assert len(repr(files)) < 50
    assert repr(files) == repr(digests.RawFiles(names))
    assert repr(files) != repr(digests.RawFiles(names[:-1] + ["sub-01/eye/other.png"]))
    given = pickle.loads(pickle.dumps(files))
    assert (type(given), given) == (list, names)


said: list[str] = []


def fresh(look: bool = True, raw: tuple[str, ...] = ("raw.edf",)) -> list[str]:
    """What a new Snakemake process is told."""
    for cached in (digests._tokens, digests._signature, digests._kept_answers):
        cached.cache_clear()
    digests._answers.clear()
    said.clear()
    return digests.replaced("a_rule", "01", raw if look else None, said.append)


def read_it(token: list[str], raw: tuple[str, ...] = ("raw.edf",)) -> None:
    with job(a_job(input=token, params={"raw": raw}, output=[])):
        pass


def change(text: str) -> None:
    """As long as before, and from the same time."""
    state = Path("raw.edf").stat()
    Path("raw.edf").write_text(text)
    os.utime("raw.edf", ns=(state.st_atime_ns, state.st_mtime_ns))


def test_the_answer_on_raw_files_follows_their_content_alone(here: Path) -> None:
    assert fresh() == [], "never read"
    read_it([])
    assert fresh() == []
    os.utime("raw.edf", (1, 1))
    shutil.copy("raw.edf", "copy")
    Path("copy").replace("raw.edf")
    assert fresh() == [], "touched and copied"
    assert not said
    change("content of raw.edF\n")
    (first,) = fresh()
    assert said == ["Since a_rule (01) ran, raw files have changed: raw.edf."]
    assert fresh() == fresh(look=False) == [first]
    change("content of raw.edf\n")
    assert fresh() == [], "back before any job has read the other one"
    change("content of raw.edF\n")
    assert fresh() == [first]
    read_it([first])
    assert fresh() == [first], "read: the answer stays, or the job would run for ever"
    assert not said
    change("content of raw.edf\n")
    (second,) = fresh()
    assert second != first
    assert Path(first).exists(), "a run may be going on whose job has it as an input"
    assert fresh() == fresh(look=False) == [second]
    read_it([second])
    assert fresh() == [second]
    assert [path.name for path in Path(first).parent.iterdir() if ".was." in path.name] == [Path(second).name]


def test_a_clusters_job_has_the_answer_of_the_run_that_planned_it(here: Path) -> None:
    read_it([])
    change("content of raw.edF\n")
    (first,) = fresh()
    change("content of raw.edf\n")
    assert fresh() == []
    digests.keep_answers()
    assert fresh(look=False) == [], "changed and back before the run"
    change("content of raw.edF\n")
    assert fresh() == [first]
    digests.keep_answers()
    change("content of raw.edG\n")
    (dry,) = fresh()  # a dry run beside the run
    assert dry != first
    assert fresh(look=False) == [first]
    read_it([first])
    assert Path(first).exists()
    assert not Path(dry).exists()
    assert fresh() == [first], "what the job read is what there is"
    assert not said


def test_a_file_that_has_gone_does_not_hide_that_another_one_changed(here: Path) -> None:
    read_it([], ("raw.edf", "table.csv"))
    Path("table.csv").unlink()
    assert fresh() == [], "the job's list of files is another one, which says enough"
    change("content of raw.edF\n")
    assert len(fresh()) == 1
    assert said == ["Since a_rule (01) ran, raw files have changed: raw.edf."]


def test_a_raw_file_that_was_not_in_the_list_for_a_while_is_watched_on(here: Path) -> None:
    """Its participant was excluded, say, while another file was touched."""
    both, record = ("raw.edf", "table.csv"), Path("results/.snakemake/raw/a_rule/01.json")
    read_it([], both)
    before = json.loads(record.read_bytes())["files"]
    os.utime("table.csv", (1, 1))
    assert fresh(raw=("table.csv",)) == [], "touched"
    after = json.loads(record.read_bytes())["files"]
    assert after["raw.edf"] == before["raw.edf"]
    assert after["table.csv"] != before["table.csv"], "not to be hashed again"
    assert after["table.csv"][3] == before["table.csv"][3]
    write_text("new.csv", "new")
    os.utime("table.csv", (2, 2))
    assert fresh(raw=("new.csv", *both)) == [], "the list says that one is new"
    assert sorted(json.loads(record.read_bytes())["files"]) == sorted(both)
    assert fresh(raw=both) == [], "back, and the same"
    change("content of raw.edF\n")
    assert len(fresh(raw=both)) == 1
    assert said == ["Since a_rule (01) ran, raw files have changed: raw.edf."]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b'{"token": "", "files": {"raw.edf": []}}', b"[]",
                                     b'{"token": "../../../x", "files": {}}'])  # fmt: skip
def test_a_damaged_record_of_raw_files_is_a_change(here: Path, content: bytes) -> None:
    read_it([])
    record = Path("results/.snakemake/raw/a_rule/01.json")
    whole = record.read_bytes()
    record.write_bytes(content)
    (token,) = fresh()
    assert "what they held is not known" in said[0]
    read_it([token])
    assert fresh() == [token]
    assert not said
    assert record.read_bytes() != whole, "it holds the token"


def test_a_raw_file_is_hashed_once_by_all_that_read_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    whole = digests.sha256
    monkeypatch.setattr(digests, "sha256", lambda path: hashed.append(str(path)) or whole(path))
    records = []
    for rule in ("a_rule", "another_rule", "a_third", "a_third"):
        if len(records) == 3:
            change("bbbbbbb")
        digests._hashed.cache_clear(), digests._signature.cache_clear()  # each job is a process of its own
        with job(a_job(rule=rule, output=[], input=[])):
            if rule == "a_rule":
                assert digests.raw_sha256("raw.edf") == whole("raw.edf")
        records.append(json.loads(Path(f"results/.snakemake/raw/{rule}/01.json").read_bytes())["files"]["raw.edf"])
        assert records[-1][3] == whole("raw.edf")
    assert records[0] == records[1] == records[2] != records[3]
    assert hashed == ["raw.edf", "raw.edf"], "what it held at first, and what it holds since"


def lock() -> Path:
    path = Path(".snakemake/locks/0.output.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("results/config.yaml\n")
    return path


SNAKEMAKE = """
import sys
from myoscene.machinery.directory import start
start(False)
print('held', flush=True)
sys.stdin.read()
"""
# A rule's script, whose Snakemake may have been killed.
JOB = """
import os, sys, types
from myoscene.machinery.job import job
with job(types.SimpleNamespace(threads=1, log=['job.log'], rule='slow')):
    os.write(1, b'held\\n')
    sys.stdin.read()
"""


@pytest.mark.parametrize("hold", [SNAKEMAKE, JOB], ids=["snakemake", "job"])
def test_a_lock_goes_when_its_process_has_ended_and_not_before(here: Path, hold: str) -> None:
    directory.start(True)  # an earlier run of this machine
    os.close(directory._held.pop())
    left = lock()
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert "Another run is at work in" in directory.start(True)
        assert left.exists()
        holder.kill()
        holder.communicate()
    os.close(directory._held.pop())
    assert directory.start(True) == ""
    assert not left.exists()


def test_a_lock_that_nobody_is_known_for_stays(here: Path) -> None:
    left = lock()
    directory.start(True)
    assert left.exists()


def test_records_lie_with_the_results(here: Path) -> None:
    (here / ".snakemake/metadata").mkdir(parents=True)
    (here / ".snakemake/metadata/record").write_text("{}")
    directory.start(True)
    assert (here / "results/.snakemake/metadata/record").is_file()
    assert (here / ".snakemake/metadata/record").is_file()
    assert not (here / ".snakemake/metadata").readlink().is_absolute()


def test_results_that_cannot_be_written_are_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="results/ .* cannot be written, since the disk is full"):
        directory.start(True)
