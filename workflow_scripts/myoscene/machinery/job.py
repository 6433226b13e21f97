"""What every workflow script does around its one call: log, warnings, threads, errors."""

import ctypes
import faulthandler
import logging
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TextIO, TypeVar

from myoscene.core.errors import InputError
from myoscene.core.settings import from_plain
from myoscene.machinery import digests, directory
from myoscene.machinery.files import disk_fault

# Read by numerical libraries when they load, so set before a script imports any of them.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
T = TypeVar("T")
# Parameters of glibc's mallopt: above which size memory is asked of the system, and from which on it is given back.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 2**30


def keep_memory() -> None:
    """Let glibc keep what is freed for the next array; another C library is left as it is.

    Otherwise every large array goes back to the system and the next one is mapped page by page: a network's training
    asks for the same sizes over and over.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        _ = library.gnu_get_libc_version
        for parameter in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            library.mallopt(parameter, _KEPT_BYTES)


class Params(dict[str, Any]):
    """A job's params by name."""

    def typed(self, settings: type[T]) -> T:
        """All of them as typed settings."""
        return from_plain(settings, self)


@contextmanager
def job(snakemake: Any) -> Iterator[tuple[Any, Any, Params]]:
    """Run a rule's work with its log file, one-sentence errors and no more threads than the rule states.

    Gives its inputs, its outputs, and its params by name. Results that it reads are compared with what was written, and
    the digests of what it wrote are kept (:mod:`myoscene.machinery.digests`). Everything printed, logged or warned goes
    to the rule's log. An :class:`InputError`, a full disk and the like are printed as one sentence, in the log and on
    the terminal, and end the job with exit code 2; any other error leaves its traceback in the log and names the log on
    the terminal.
    """
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(snakemake.threads)
    keep_memory()
    directory.join()
    terminal = sys.stderr
    log = Path(snakemake.log[0])
    with _interruptible():
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            handle = log.open("w", buffering=1, encoding="utf-8")
        except OSError as error:
            _end(snakemake, error, terminal, terminal)
        with _logging_to(handle):
            try:
                with _checked(snakemake) as files:
                    yield files
            except Exception as error:
                _end(snakemake, error, terminal, handle)


@contextmanager
def _interruptible() -> Iterator[None]:
    """End quietly on Ctrl-C, which reaches every process of a run (Snakemake says that it stops), also on one that came
    before: interrupts were held since the job was started (:func:`.workflow.hold_interrupts`), and are again after."""
    held: Iterable[int] = ()
    try:
        try:
            held = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, held)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


@contextmanager
def _checked(snakemake: Any) -> Iterator[tuple[Any, Any, Params]]:
    """Compare the job's results read with what was written; keep digests of what it reads raw and what it writes."""
    inputs, outputs, params = (getattr(snakemake, name, {}) for name in ("input", "output", "params"))
    digests.check_results(inputs)
    kept = f"{digests.RAW.as_posix()}/"
    tokens = [Path(path).name for path in inputs if path.startswith(kept)]
    raw = params.get("raw", [])
    before = digests.signatures(raw)
    yield inputs, outputs, Params(params.items())
    if raw:
        key = job_key(getattr(snakemake, "wildcards", {}))
        digests.note_raw(snakemake.rule, key, before, "".join(tokens))
    digests.note_outputs(outputs, snakemake.rule)


def job_key(wildcards: Any) -> str:
    """What tells a rule's jobs apart, from their wildcards."""
    return "-".join(str(value) for _, value in sorted(wildcards.items())) or "all"


@contextmanager
def _logging_to(handle: TextIO) -> Iterator[None]:
    """Send whatever is printed, logged or warned, also by a crash, to ``handle``, and close it."""
    faulthandler.enable(handle)
    logging.basicConfig(stream=handle, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    stdout, stderr = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = handle
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
        logging.captureWarnings(False)
        logging.shutdown()
        faulthandler.disable()
        with suppress(OSError):  # a full disk: what could not be logged must not hide what went wrong
            handle.close()


def _end(snakemake: Any, error: Exception, terminal: TextIO, log: TextIO) -> NoReturn:
    """Print ``error`` on the terminal and, as far as a disk at fault lets it, in the log; then leave."""
    sentence = str(error) if isinstance(error, InputError) else disk_fault(error, "a file of this job")
    with suppress(OSError):
        if sentence:
            print(f"InputError: {sentence}", file=log)
        else:
            traceback.print_exception(error, file=log)
    shown = sentence or f"{type(error).__name__}: {error} (traceback in {snakemake.log[0]})"
    print(f"\n{snakemake.rule}: {shown}\n", file=terminal, flush=True)
    sys.exit(2 if sentence else 1)
