"""The working directory when Snakemake starts: is it free, can it be written, and do its records lie with the results.

Snakemake keeps its records (what each file was made from) in ``.snakemake`` of the working directory. Here they lie in
``results/.snakemake``, so that `results/` can be moved alone. After a SIGKILL Snakemake leaves its lock behind and
asks for `--unlock`; a lock of the operating system ends with its process, and tells a left-over from a live one.
"""

import fcntl
import os
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.machinery.digests import KEPT, RESULTS
from myoscene.machinery.files import disk_fault

STATE = Path(".snakemake")
RECORDS = ("metadata", "incomplete")
# Clocks of machines that share a disk differ by less.
CLOCK_TOLERANCE_S = 60.0
# Descriptor of the lock file: the lock is held as long as this process lives.
_held: list[int] = []


def start(main: bool) -> str:
    """Make the working directory ready for a run; InputError where the results cannot be written.

    Args:
        main: the process that a person started, not a job's own.

    Returns:
        A sentence where another run is at work here, otherwise nothing.
    """
    if _held:
        return ""
    alone = _hold(main)
    if main:
        _require_writable()
    if main and alone:
        for name in RECORDS:
            _keep_with_results(name)
        _correct_future()
    elif main and any((STATE / "locks").glob("*.lock")):
        return (
            f"Another run is at work in {Path.cwd()}, or jobs of one that was killed still are: a dry run is "
            "possible now, a run is once they have ended."
        )
    return ""


def join() -> None:
    """Hold the lock as a job: one that outlives a killed run still writes, and the next run has to wait for it."""
    if STATE.is_dir() and not _held:
        _hold(False)


def _hold(main: bool) -> bool:
    """Hold a shared lock until this process ends. True if nobody else holds one; then a left-over lock is removed."""
    alone = False
    try:
        STATE.mkdir(exist_ok=True)
        descriptor = os.open(STATE / "myoscene.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return False  # the working directory cannot be written: Snakemake says so itself
    try:
        if main:
            alone = _free_stale(descriptor)
        # Jobs hold it too: those that outlive a killed run still write.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:  # a file system without such locks
        alone = False
    _held.append(descriptor)
    return alone


def _free_stale(descriptor: int) -> bool:
    """Remove Snakemake's lock if no process holds ours; False where that cannot be known."""
    host = socket.gethostname()
    hosts = set(os.read(descriptor, 65536).decode("utf-8", "replace").split())
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Some shared file systems lock within one machine only: what another one left, its owner has to unlock.
        # So has who left it before there was this lock.
        alone = hosts == {host} or not any((STATE / "locks").glob("*.lock"))
    except BlockingIOError:
        alone = False
    if alone:
        shutil.rmtree(STATE / "locks", ignore_errors=True)
        os.ftruncate(descriptor, 0)
        hosts = set()
    if host not in hosts:
        os.lseek(descriptor, 0, os.SEEK_END)
        os.write(descriptor, f"{host}\n".encode())
    return alone


def _require_writable() -> None:
    probe = KEPT / f".{os.getpid()}.probe"
    try:
        KEPT.mkdir(parents=True, exist_ok=True)
        # As much as a record needs: on a full disk an empty file can still be made.
        probe.write_bytes(bytes(65536))
    except OSError as error:
        where = f"{RESULTS}/ (in {Path.cwd()})"
        error.filename = None
        other = f"{where} cannot be written ({error.strerror}); make it writable, or work in another directory"
        raise InputError(disk_fault(error, where) or other) from None
    finally:
        # On a disk that can only be read, this fails as well.
        if probe.exists():
            probe.unlink()


def _keep_with_results(name: str) -> None:
    """Let ``.snakemake/<name>`` lead to ``results/.snakemake/<name>``, with what either holds."""
    here, kept, link = STATE / name, KEPT / name, STATE / f".{name}.{os.getpid()}.link"
    if here.is_symlink():
        kept.mkdir(exist_ok=True)
        return
    try:
        # The link first: where there can be none, nothing has been moved.
        link.symlink_to(Path(os.path.relpath(KEPT, STATE)) / name, target_is_directory=True)
        if here.is_dir() and kept.is_dir():
            # Results moved here bring their own records; those of what lay here before are of no use any more.
            shutil.rmtree(here)
        elif here.is_dir():
            here.replace(kept)
        kept.mkdir(exist_ok=True)
        link.replace(here)
    except OSError:
        # A file system without links, or results on another disk: the records stay where Snakemake puts them.
        link.unlink(missing_ok=True)


def _correct_future() -> None:
    """Give results from the future, made before the clock was set right, the present time.

    Snakemake refuses an output that is older than its input. Contents decide what reruns, so no time is needed.
    """
    now = time.time()
    for folder, below, names in os.walk(RESULTS):
        below[:] = [name for name in below if name not in (KEPT.name, "logs", "benchmarks")]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 (as many as there are results)
            with suppress(OSError):  # a link that leads nowhere, or somebody else's file
                if os.stat(path).st_mtime > now + CLOCK_TOLERANCE_S:  # noqa: PTH116
                    os.utime(path)
