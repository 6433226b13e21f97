"""The fuzz run of one reader: seeded, bounded in number, time and memory, and counted.

``MYOSCENE_FUZZ`` is the number of inputs (1,000 where it is not set; `make fuzz` and `make test-all`: 2,000). They are
drawn with a fixed seed, so that every run gives the same ones, a short one the first of them, and a fault names the few
steps that lead to it.
"""

import faulthandler
import os
import random
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzz.mutations import SCALE, Change, apply
from myoscene.core.errors import InputError

INPUTS = int(os.environ.get("MYOSCENE_FUZZ", "1000"))
# One input takes milliseconds; whatever takes this long hangs, on any machine.
HANG_S = 60
# Address space and resident memory that reading one small file may take on top of what the process has.
SPACE = 3 * 2**30
RESIDENT = 600 * 2**20
LONGEST = 2000


class Hang(BaseException):
    """An input took longer than HANG_S; no reader can catch it as an error of its own."""


@dataclass
class Tally:
    """What became of the inputs of one reader."""

    reader: str
    inputs: int = 0
    refused: int = 0
    read: int = 0
    seconds: float = 0.0


def _alarm(number: int, frame: Any) -> None:
    raise Hang(f"an input took longer than {HANG_S} s")


@contextmanager
def bounded() -> Iterator[None]:
    """Memory bounds and the hang guard's handler, as they were before at the end."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    status = _status()
    if status:
        resource.setrlimit(resource.RLIMIT_AS, (status["VmSize"] + SPACE, before[1]))
        _forget_peak()
    handler = signal.signal(signal.SIGALRM, _alarm)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what readers say of damaged files
            yield
        if status:
            grown = _status()["VmHWM"] - status["VmRSS"]
            assert grown < RESIDENT, f"reading small files took {grown / 2**20:.0f} MB of memory"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.signal(signal.SIGALRM, handler)


def _status() -> dict[str, int]:
    """Sizes of this process in bytes; {} where the system does not tell."""
    path = Path("/proc/self/status")
    if not path.is_file():
        return {}
    lines = [line.split() for line in path.read_text().splitlines()]
    return {line[0].rstrip(":"): int(line[1]) * 1024 for line in lines if line[0].startswith("Vm")}


def _forget_peak() -> None:
    """Let the peak of resident memory count from now on, where the system allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


@contextmanager
def guarded() -> Iterator[None]:
    """Hang after HANG_S; where not even a signal gets through, the process ends with every thread's traceback."""
    faulthandler.dump_traceback_later(3 * HANG_S, exit=True)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def check_refusal(error: InputError, names: Sequence[str]) -> None:
    """One sentence of printable characters that names the file."""
    text = str(error)
    assert text.isprintable(), f"unprintable characters in {text!r}"
    assert len(text) <= LONGEST, f"a sentence of {len(text)} characters: {text[:200]}"
    assert any(name in text for name in names), f"the file ({' or '.join(names)}) is not named: {text}"
    assert not text.startswith("Traceback")


def fuzz(
    reader: str,
    seeds: Sequence[bytes],
    read: Callable[[bytes], Any],
    *,
    changes: Sequence[Change],
    names: Sequence[str],
    check: Callable[[bytes, Any], None],
    neutral: Sequence[Callable[[bytes], bytes]] = (),
    same: Callable[[Any, Any], bool] = lambda a, b: a == b,
    record: Callable[[str, object], None],
    inputs: int = INPUTS,
) -> Tally:
    """Give ``read`` every seed, every neutral change of it, and then ``inputs`` mutated ones.

    Args:
        seeds: good files; each has to be read.
        read: what takes a file's bytes and reads it.
        names: one of these stands in every refusal (the file's name).
        check: oracle: gets the bytes and what was read of them, and raises AssertionError where that is wrong.
        neutral: changes after which the very same has to be read, by ``same``.
        record: pytest's ``record_property``.
    """
    tally = Tally(reader)
    started = time.process_time()

    def one(data: bytes) -> Any:
        tally.inputs += 1
        try:
            with guarded():
                result = read(data)
        except InputError as error:
            tally.refused += 1
            check_refusal(error, names)
            return None
        tally.read += 1
        check(data, result)
        return result

    with bounded():
        for seed in seeds:
            original = one(seed)
            assert original is not None, f"{reader}: a good file was refused"
            for change in neutral:
                again = one(change(seed))
                assert again is not None and same(original, again), f"{reader}: {change.__name__} changed what is read"
        _drive(seeds, changes, one, inputs)
    tally.seconds = time.process_time() - started
    record("fuzz", [tally.reader, tally.inputs, tally.refused, tally.read, round(tally.seconds, 1)])
    assert tally.inputs >= inputs, f"{reader}: only {tally.inputs} of {inputs} inputs"
    assert tally.refused and tally.read, f"{reader}: {tally.refused} refused and {tally.read} read tell nothing"
    return tally


def _drive(seeds: Sequence[bytes], changes: Sequence[Change], one: Callable[[bytes], Any], inputs: int) -> None:
    collect = os.environ.get("MYOSCENE_FUZZ_FAULTS")
    draw = random.Random(1).randrange
    for _ in range(inputs):
        seed = seeds[draw(len(seeds))]
        steps = [(draw(len(changes)), draw(SCALE), draw(SCALE)) for _ in range(1 + draw(3))]
        data = apply(seed, steps, changes)
        try:
            one(data)
        except (Exception, Hang) as error:
            if not collect:
                done = ", ".join(f"{changes[change].__name__}({where}, {what})" for change, where, what in steps)
                error.add_note(f"after {done}: an input of {len(data)} bytes, {data[:600]!r}")
                raise
            _note(collect, error, data)


def _note(path: str, error: BaseException, data: bytes) -> None:
    """Instead of an end at the first fault: a line for each, with the place where it was raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "myoscene" in f.filename or "fuzz" in f.filename]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames[::-1][:4])
    with open(path, "a", encoding="utf-8") as handle:
        handle.write(f"{type(error).__name__} | {where} | {str(error)[:150]!r} | {len(data)} {data[:80]!r}\n")
