"""What the doctor found, one thing at a time; and the machine itself: Python, packages, cores, memory, disk, GPU."""

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
LEVELS = ("ok", "note", "fault")
# A demo run leaves 250 MB; less than this is full before a cohort is through.
LEAST_DISK_GB = 2.0
# The largest rule of the demo cohort with its two Snakemakes.
LEAST_MEMORY_GB = 2.0
SLOW_S = 2.0
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class Finding:
    """One thing: ``ok``; ``note``, good to know; ``fault``, with which a run hangs or fails."""

    level: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"no such level: {self.level}")


ok, note, fault = (partial(Finding, level) for level in LEVELS)


def text_of(findings: Iterable[Finding]) -> str:
    """A line for each finding, faults last, so that they stand where one looks first."""
    ordered = sorted(findings, key=lambda finding: LEVELS.index(finding.level))
    return "\n".join(f"{finding.level:5s}  {finding.subject}: {finding.text}" for finding in ordered)


class ReaderAbsent(Exception):
    """The process that was to read a file did not start; its own words."""


def python_version() -> Finding:
    """Python has to be the one of pyproject.toml."""
    found = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 14):
        return ok("Python", found)
    return fault("Python", f"{found}, but Myoscene needs 3.11 to 3.14: make the environment with `make run`")


def packages(lock: Path = ROOT / "requirements.lock") -> Finding:
    """Installed packages against the lock file."""
    if not lock.is_file():
        return note("packages", f"no {lock.name} beside the workflow to compare with")
    pins = dict(line.split("==") for line in lock.read_text(encoding="utf-8").split() if "==" in line)
    absent, other = [], []
    for name, pinned in pins.items():
        try:
            found = version(name).split("+")[0]
            other += [f"{name} {found} instead of {pinned}"] if found != pinned else []
        except PackageNotFoundError:
            absent.append(name)
    if absent:
        return fault("packages", f"not installed: {', '.join(absent)}; install {lock.name}")
    if other:
        return note("packages", f"not those of {lock.name}, so results may differ: {'; '.join(other)}")
    return ok("packages", f"the {len(pins)} of {lock.name}")


def available_mb(meminfo: Path = _MEMINFO) -> int | None:
    """Memory that new programs can have, in MB; None where the system does not say."""
    text = meminfo.read_text() if meminfo.is_file() else ""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.M)
    return int(found[1]) // 1000 if found else None


def cores_and_memory(meminfo: Path = _MEMINFO) -> Finding:
    """Cores that this process may use, and memory, for a run on this machine alone."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = available_mb(meminfo)
    said = f"{cores} cores, " + ("memory unknown" if memory is None else f"{memory / 1000:.1f} GB of memory free")
    if memory is not None and memory < 1000 * LEAST_MEMORY_GB:
        return note("machine", f"{said}: too little to train networks here")
    return ok("machine", said)


def workstation_lines() -> str:
    """A line for config/profiles/workstation/config.yaml: nine tenths of the free memory for jobs."""
    memory = available_mb()
    if memory is None:
        return ""
    where = "# to be added to config/profiles/workstation/config.yaml, for runs on this machine alone"
    return f"{where}\nresources: [mem_mb={memory * 9 // 10}]\n"


def folder(path: Path) -> list[Finding]:
    """The results' folder: can be written, has room, and shows another process what was written, and how soon."""
    where, subject = _probed(path), f"folder {path}"
    free_gb = shutil.disk_usage(where.parent).free / 1e9
    enough = free_gb >= LEAST_DISK_GB
    room = (ok if enough else fault)(subject, f"{free_gb:.1f} GB free" + ("" if enough else ": too little for a run"))
    return [room, _seen(where, subject)]


def _probed(path: Path) -> Path:
    """A file to be written in ``path``, or in the first folder above it that there is."""
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return there / f".myoscene-doctor-{uuid.uuid4().hex}"


def _seen(probe: Path, subject: str) -> Finding:
    try:
        seconds = written_and_seen(probe)
    except ReaderAbsent as error:
        return note(subject, f"no second process could be started to read it: {error}")
    except OSError as error:
        return fault(subject, f"cannot be written: {error.strerror}")
    if seconds is None:
        return fault(subject, "a written file was not seen by another process within 30 s")
    text = f"a written file is seen by another process after {seconds:.2f} s"
    return ok(subject, text) if seconds <= SLOW_S else note(subject, f"{text}: slow, and so will be every small job")


def on_a_node(path: Path, before: Sequence[str], seconds: float) -> Finding:
    """Whether a compute node sees what is written in the results' folder, and how soon; arguments as
    :func:`written_and_seen`."""
    subject, unknown = f"folder {path}", "whether compute nodes see it was not looked at"
    try:
        needed = written_and_seen(_probed(path), before, seconds)
    except ReaderAbsent as error:
        if "execve" in str(error):
            return fault(subject, f"a compute node does not find {sys.executable}: install where the nodes see it")
        said = str(error).splitlines()[-1:] or [f"none took a job within {seconds:g} s"]
        return note(subject, f"{unknown}: {said[0]}")
    except OSError as error:
        return note(subject, f"{unknown}: {error.strerror}")
    if needed is None:
        text = "a compute node did not see a written file within 30 s: take a folder that the nodes share"
        return fault(subject, text)
    text = f"a compute node sees a written file after {needed:.2f} s"
    longer = "latency-wait in config/profiles/slurm/config.yaml has to be longer than that"
    return ok(subject, text) if needed <= SLOW_S else note(subject, f"{text}; {longer}")


_READER = """
import sys, time
print('up', flush=True)
for _ in range(3000):
    try:
        if open(sys.argv[1]).read() == 'seen': break
    except OSError: pass
    time.sleep(0.01)
else: sys.exit(1)
"""


def written_and_seen(probe: Path, before: Sequence[str] = (), ready_s: float = 30) -> float | None:
    """Seconds from writing ``probe`` (to the disk) until a process started before reads it; None after 30 s.

    Args:
        before: what runs the reading process elsewhere: a command that takes another one as its last words.
        ready_s: longest wait for that process to start; ReaderAbsent where it does not.
    """
    # -S -E: nothing of this environment is needed, and it starts at once.
    command = [*before, sys.executable, "-S", "-E", "-c", _READER, str(probe.absolute())]
    with tempfile.TemporaryFile() as errors:
        reader = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        try:
            assert reader.stdout is not None
            if not select.select([reader.stdout], [], [], ready_s)[0] or reader.stdout.readline() != b"up\n":
                errors.seek(0)
                raise ReaderAbsent(errors.read(2000).decode(errors="replace").strip())
            start = time.monotonic()
            with open(probe, "w") as handle:
                handle.write("seen")
                handle.flush()
                os.fsync(handle.fileno())
            return time.monotonic() - start if reader.wait(40) == 0 else None
        except subprocess.TimeoutExpired:
            return None
        finally:
            reader.terminate()  # srun takes its job along
            with suppress(subprocess.TimeoutExpired):
                reader.wait(5)
            reader.kill()
            reader.communicate()
            with suppress(OSError):  # a folder that can only be read
                probe.unlink(missing_ok=True)


def gpu() -> Finding:
    """The GPU that torch sees. Training runs on the CPU unless execution.device says cuda: none is needed."""
    try:
        import torch
    except (ImportError, OSError) as error:
        return fault("torch", f"cannot be loaded ({error}): networks cannot be trained")
    if not torch.cuda.is_available():
        return ok("GPU", "torch sees none; training runs on the CPU anyway")
    names = ", ".join(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count()))
    return ok("GPU", f"torch sees {names}; networks are trained on it where execution.device is cuda")
