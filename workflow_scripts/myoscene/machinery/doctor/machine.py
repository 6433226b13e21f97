"""The machine itself: Python, packages, cores, memory, disk, GPU."""

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from myoscene.machinery.doctor.finding import Finding

ROOT = Path(__file__).resolve().parents[4]
# A demo run leaves 250 MB; less than this is full before a cohort is through.
LEAST_DISK_GB = 2.0
# The largest rule of the demo cohort with its two Snakemakes.
LEAST_MEMORY_GB = 2.0
SLOW_S = 2.0


class ReaderAbsent(Exception):
    """The process that was to read a file did not start; its own words."""


def python_version() -> Finding:
    """Python has to be the one of pyproject.toml."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == (3, 11):
        return Finding("ok", "Python", found)
    return Finding("fault", "Python", f"{found}, but Myoscene needs 3.11: make the environment with `make run`")


def packages(lock: Path = ROOT / "requirements.lock") -> Finding:
    """Installed packages against the lock file."""
    if not lock.is_file():
        return Finding("note", "packages", f"no {lock.name} beside the workflow to compare with")
    pins = dict(line.split("==") for line in lock.read_text(encoding="utf-8").split() if "==" in line)
    absent, other = [], []
    for name, pinned in pins.items():
        try:
            found = version(name).split("+")[0]
        except PackageNotFoundError:
            absent.append(name)
            continue
        if found != pinned:
            other.append(f"{name} {found} instead of {pinned}")
    if absent:
        return Finding("fault", "packages", f"not installed: {', '.join(absent)}; install {lock.name}")
    if other:
        return Finding("note", "packages", f"not those of {lock.name}, so results may differ: {'; '.join(other)}")
    return Finding("ok", "packages", f"the {len(pins)} of {lock.name}")


def available_mb(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Memory that new programs can have, in MB; None where the system does not say."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text(), re.M)
    except OSError:
        return None
    return int(found[1]) // 1000 if found else None


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores_and_memory(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """Cores and memory for a run on this machine alone."""
    memory = available_mb(meminfo)
    said = f"{cores()} cores, " + ("memory unknown" if memory is None else f"{memory / 1000:.1f} GB of memory free")
    if memory is not None and memory < 1000 * LEAST_MEMORY_GB:
        return Finding("note", "machine", f"{said}: too little to train networks here")
    return Finding("ok", "machine", said)


def folder(path: Path) -> list[Finding]:
    """The results' folder: can be written, has room, and shows another process what was written, and how soon."""
    where = path
    while not where.exists():
        where = where.parent
    subject = f"folder {path}"
    free_gb = shutil.disk_usage(where).free / 1e9
    level = "ok" if free_gb >= LEAST_DISK_GB else "fault"
    findings = [Finding(level, subject, f"{free_gb:.1f} GB free" + ("" if level == "ok" else ": too little for a run"))]
    probe = where / f".myoscene-doctor-{uuid.uuid4().hex}"
    try:
        seconds = written_and_seen(probe)
    except ReaderAbsent as error:
        return [*findings, Finding("note", subject, f"no second process could be started to read it: {error}")]
    except OSError as error:
        return [*findings, Finding("fault", subject, f"cannot be written: {error.strerror}")]
    finally:
        with suppress(OSError):  # a folder that can only be read
            probe.unlink(missing_ok=True)
    if seconds is None:
        return [*findings, Finding("fault", subject, "a written file was not seen by another process within 30 s")]
    text = f"a written file is seen by another process after {seconds:.2f} s"
    if seconds <= SLOW_S:
        return [*findings, Finding("ok", subject, text)]
    return [*findings, Finding("note", subject, f"{text}: slow, and so will be every small job")]


def written_and_seen(probe: Path, before: Sequence[str] = (), ready_s: float = 30) -> float | None:
    """Seconds from writing ``probe`` (to the disk) until a process started before reads it; None after 30 s.

    Args:
        before: what runs the reading process elsewhere: a command that takes another one as its last words.
        ready_s: longest wait for that process.

    Raises:
        ReaderAbsent: the reading process did not start.
    """
    program = (
        "import sys, time\n"
        "print('up', flush=True)\n"
        "for _ in range(3000):\n"
        "    try:\n"
        "        if open(sys.argv[1]).read() == 'seen': break\n"
        "    except OSError: pass\n"
        "    time.sleep(0.01)\n"
        "else: sys.exit(1)\n"
    )
    # -S -E: nothing of this environment is needed, and it starts at once.
    command = [*before, sys.executable, "-S", "-E", "-c", program, str(probe.absolute())]
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


def on_a_node(path: Path, before: Sequence[str], seconds: float) -> Finding:
    """Whether a compute node sees what is written in the results' folder, and how soon.

    Args:
        before: see :func:`written_and_seen`.
        seconds: longest wait for the node.
    """
    where = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    subject = f"folder {path}"
    probe = where / f".myoscene-doctor-{uuid.uuid4().hex}"
    try:
        needed = written_and_seen(probe, before, seconds)
    except ReaderAbsent as error:
        if "execve" in str(error):
            text = f"a compute node does not find {sys.executable}: install where the nodes see it"
            return Finding("fault", subject, text)
        said = str(error).splitlines()[-1:] or [f"none took a job within {seconds:g} s"]
        return Finding("note", subject, f"whether compute nodes see it was not looked at: {said[0]}")
    except OSError as error:
        return Finding("note", subject, f"whether compute nodes see it was not looked at: {error.strerror}")
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    if needed is None:
        text = "a compute node did not see a written file within 30 s: take a folder that the nodes share"
        return Finding("fault", subject, text)
    text = f"a compute node sees a written file after {needed:.2f} s"
    if needed <= SLOW_S:
        return Finding("ok", subject, text)
    return Finding(
        "note", subject, f"{text}; latency-wait in config/profiles/slurm/config.yaml has to be longer than that"
    )


def gpu() -> Finding:
    """The GPU that torch sees. Training runs on the CPU, so none is no fault."""
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding("fault", "torch", f"cannot be loaded ({error}): networks cannot be trained")
    if not torch.cuda.is_available():
        return Finding("ok", "GPU", "torch sees none; training runs on the CPU anyway")
    names = ", ".join(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count()))
    return Finding("ok", "GPU", f"torch sees {names}; training runs on the CPU in this version")
