"""Commands that write a folder: a place that cannot be written to, a stop, two at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from importing.import_sources import text_mapping, text_rows, write_mapping, write_text
from myoscene.cli import main
from myoscene.core.errors import InputError
from myoscene.machinery.staging import new_folder

COMMAND = [sys.executable, "-m", "myoscene.cli"]


@pytest.fixture
def words(tmp_path: Path) -> dict[str, list[str]]:
    """A command of each kind that writes a folder, but for the folder."""
    write_text(tmp_path / "src" / "s1_calm.csv", text_rows(200))
    mapping = write_mapping(tmp_path / "m", text_mapping())
    return {
        "import": ["import", "--mapping", str(mapping), str(tmp_path / "src")],
        "simulate": ["simulate", "--participants", "1", "--scene-s", "5", "--no-eyes"],
    }


def refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """The one sentence that a command ends with."""
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"myoscene {words[0]}: ") and said.count("\n") == 1 and "Traceback" not in said
    return said


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".*"))


PLACES = {
    "below a file": (lambda root: root / "file" / "out", "a part of the path is a file"),
    "a file": (lambda root: root / "file", "is a file; give a new folder"),
    "a name too long": (lambda root: root / ("x" * 300), "too long"),
    "a name just too long for what is added": (lambda root: root / ("x" * 250), ""),
    "in use": (lambda root: root / "full", "is not empty; give a new folder"),
    "a link to nothing": (lambda root: root / "nowhere", "is a link to nothing"),
    "links in a circle": (lambda root: root / "circle" / "out", "a link that leads nowhere"),
    "below a folder that is not there": (lambda root: root / "new" / "folder" / "out", ""),
}


@pytest.mark.parametrize("command", ["import", "simulate"])
@pytest.mark.parametrize("kind", PLACES)
def test_a_place_that_cannot_be_written_to(
    words: dict[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, command: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "nowhere").symlink_to(tmp_path / "nothing")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    make, sentence = PLACES[kind]
    place = make(tmp_path)
    if sentence:
        assert sentence in refused(capsys, [*words[command], str(place)])
    else:
        assert main([*words[command], str(place)]) == 0 and (place / "dataset_description.json").is_file()
    assert (tmp_path / "file").read_text() == (tmp_path / "full" / "mine").read_text() == "mine"
    assert not hidden(tmp_path) and not hidden(tmp_path / "full")


@pytest.mark.parametrize(("command", "limit"), [("import", 1_000), ("simulate", 500), ("simulate", 20_000)])
def test_a_file_that_may_not_grow(words: dict[str, list[str]], tmp_path: Path, command: str, limit: int) -> None:
    """As good as a full disk, and anybody can make it."""
    code = (
        "import resource, signal, sys; from myoscene.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); sys.exit(main(sys.argv[1:]))"
    )
    words_and_place = [*words[command], str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-B", "-c", code, *words_and_place], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"myoscene {command}: {tmp_path}") and done.stderr.count("\n") == 1
    assert "larger than files may be there" in done.stderr or "the disk is full" in done.stderr
    assert not (tmp_path / "out").exists() and not hidden(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_stop_leaves_nothing(tmp_path: Path, number: int) -> None:
    process = _simulate(tmp_path)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert said == "myoscene simulate: stopped; nothing half-written is left\n"
    assert not list(tmp_path.iterdir())


def test_what_a_kill_left_is_removed_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = _simulate(tmp_path)
    process.kill()
    process.communicate(timeout=60)
    assert hidden(tmp_path) == [".out.partial"]
    assert main(["simulate", "--participants", "1", "--scene-s", "5", "--no-eyes", str(tmp_path / "out")]) == 0
    assert "removed what a process that was stopped had left" in capsys.readouterr().err
    assert not hidden(tmp_path)


def heed_interrupts() -> None:
    """What a script starts in the background ignores interrupts, and hands that on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _simulate(folder: Path) -> Any:
    """A cohort of many people, being written."""
    words = [*COMMAND, "simulate", "--participants", "60", "--no-eyes", str(folder / "out")]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts)
    until = time.monotonic() + 60
    while not list(folder.rglob("*_emg.bdf")):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    return process


def test_two_into_one_place(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as first:
        (first / "mine").write_text("mine")
        with pytest.raises(InputError, match="another process is writing '.*out' at this moment; wait"):
            new_folder(tmp_path / "out").__enter__()
    assert (tmp_path / "out" / "mine").read_text() == "mine"
    with pytest.raises(InputError, match="is not empty"):
        new_folder(tmp_path / "out").__enter__()


def test_a_link_to_an_empty_folder_is_that_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with new_folder(tmp_path / "link") as partial:
        (partial / "mine").write_text("mine")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "there" / "mine").is_file() and not hidden(tmp_path)


def test_a_place_that_was_filled_meanwhile_stays(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="was filled by something else"), new_folder(tmp_path / "out") as partial:
        (partial / "mine").write_text("mine")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "theirs").write_text("theirs")
    assert (tmp_path / "out" / "theirs").is_file() and not hidden(tmp_path)


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [*COMMAND, "doctor", "--seconds", "1", "--results", str(tmp_path / "results")]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE and done.stderr == ""
