"""The fuzz run itself: it can fail, it counts, and what it gives out is the same every time."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fuzz import engine, mutations
from fuzz.engine import Hang, fuzz, guarded
from fuzz.summary import show_counts
from myoscene.core.errors import InputError


@pytest.fixture(autouse=True)
def stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults end the run here, also where all of them are being gathered."""
    monkeypatch.delenv("MYOSCENE_FUZZ_FAULTS", raising=False)


SEED = b"name\tvalue\na\t1\nb\t2\n"


def good(data: bytes) -> bytes:
    """A reader that refuses what is not ASCII text, and gives back anything else."""
    try:
        data.decode("ascii")
    except UnicodeDecodeError:
        raise InputError("x.tsv is not text; replace it") from None
    return data


def run(read: Any = good, check: Any = lambda data, found: None, **given: Any) -> Any:
    given = {"changes": mutations.TEXT, "names": ["x.tsv"], "record": lambda name, value: None, "inputs": 150} | given
    return fuzz("test", [SEED], read, check=check, **given)


def test_a_good_reader_passes_and_every_input_is_counted() -> None:
    tally = run()
    assert tally.inputs == tally.refused + tally.read >= 150
    assert tally.refused > 5 and tally.read > 50


def test_the_inputs_are_the_same_every_time_and_differ_among_themselves() -> None:
    given: list[list[bytes]] = [[], []]
    for seen in given:
        run(lambda data, seen=seen: seen.append(data) or good(data))
    assert given[0] == given[1]
    assert len(set(given[0])) > 100


def test_another_exception_is_a_fault() -> None:
    def read(data: bytes) -> bytes:
        if b"\0" in data:
            raise KeyError("x")
        return good(data)

    with pytest.raises(KeyError):
        run(read)


def test_a_wrong_table_is_a_fault() -> None:
    def check(data: bytes, found: bytes) -> None:
        assert found == data

    run(check=check)
    with pytest.raises(AssertionError):
        run(lambda data: good(data).replace(b"7", b"8"), check)


def test_a_refusal_that_does_not_name_the_file_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="not named"):
        run(names=["y.tsv"])


def test_a_neutral_change_that_changes_what_is_read_is_a_fault() -> None:
    run(lambda data: good(data).splitlines(), neutral=[mutations.crlf])
    with pytest.raises(AssertionError, match="crlf changed"):
        run(neutral=[mutations.crlf])


def test_a_good_file_that_is_refused_is_a_fault() -> None:
    def read(data: bytes) -> bytes:
        raise InputError("x.tsv is refused")

    with pytest.raises(AssertionError, match="a good file was refused"):
        run(read)


def test_a_hang_is_a_fault_even_where_a_reader_catches_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "HANG_S", 0.05)

    def read(data: bytes) -> None:
        try:
            while True:
                time.sleep(0.01)
        except Exception:
            raise InputError("x.tsv cannot be read") from None

    with pytest.raises(Hang):
        run(read)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="this system does not tell a process its memory")
def test_a_reader_that_takes_all_memory_is_a_fault() -> None:
    with pytest.raises(MemoryError):
        run(lambda data: bytearray(2 * engine.SPACE))
    # Once, and given back: only the peak tells.
    greedy = iter([engine.RESIDENT + 2**26])
    with pytest.raises(AssertionError, match="MB of memory"):
        run(lambda data: (b"x" * next(greedy, 0), good(data))[1], inputs=30)


def test_every_change_takes_every_file() -> None:
    changes = {*mutations.BINARY, *mutations.EDF, *mutations.TEXT, *mutations.TREE}
    assert len(changes) >= 19
    for change in changes:
        for data in (b"", b"a", b"\n", b"\t\n", b'{"a": [1]}', bytes(range(256)) * 4):
            for where, what in ((0, 0), (mutations.SCALE - 1, mutations.SCALE - 1), (12345, 54321)):
                with guarded():
                    assert isinstance(change(data, where, what), bytes)


def test_the_counts_are_shown() -> None:
    lines: list[str] = []
    row = ["events.tsv", 2001, 1500, 501, 3.5]
    report = SimpleNamespace(user_properties=[("fuzz", row), ("other", 1)])
    reporter = SimpleNamespace(
        stats={"passed": [report, SimpleNamespace()], "failed": []}, section=lines.append, write_line=lines.append
    )
    show_counts(reporter)
    assert lines[-2].split() == ["events.tsv", "2001", "1500", "501", "3.5"]
    assert lines[-1].split() == ["all", "readers", "2001", "1500", "501", "3.5"]
    lines.clear()
    show_counts(SimpleNamespace(stats={}, section=lines.append, write_line=lines.append))
    assert not lines
