"""Writing files so that a half-written one never looks whole, and saying in a sentence what a disk refuses."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

# What a disk answers -> what that means, and what to do. Elsewhere these errors are bugs, not a user's to mend.
_DISK = {
    errno.ENOSPC: ("the disk is full", "make space there"),
    errno.EDQUOT: ("your quota is used up", "make space there"),
    errno.EROFS: ("it can only be read", "make it writable, or work in another directory (snakemake --directory)"),
    errno.EIO: ("the disk reports an error", "check the disk"),
}

# A file is never written for longer than this without a change.
STALE_S = 600.0


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path``, renamed to it only when the block ends without an error.

    What a killed process left of the same file is removed first, not what another one is writing now.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    for left in final.parent.glob(f".{escape(final.name)}.*.partial"):
        if not _being_written(left):
            left.unlink(missing_ok=True)
    temporary = final.with_name(f".{final.name}.{os.getpid()}.partial")
    try:
        yield temporary
        # Flushed before the rename: a power cut must not leave a whole name on an empty file.
        with open(temporary, "rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(final)
    except OSError as error:
        # Libraries that write through a handle of their own do not say which file it was.
        if error.errno in _DISK and not error.filename:
            error.filename = str(final)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _being_written(partial: Path) -> bool:
    """Whether the process that ``partial`` is named after lives, and wrote to it not long ago.

    On another machine it cannot be seen: then it counts as dead, as does one whose number somebody else has by now.
    """
    number = partial.name.split(".")[-2]
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        with suppress(PermissionError):  # somebody else's process lives, too
            os.kill(int(number), 0)
        return time.time() - partial.stat().st_mtime < STALE_S
    except OSError:
        return False


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8 with Unix line ends, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def disk_fault(error: BaseException, folder: str | os.PathLike[str]) -> str | None:
    """The sentence for an error of the disk that a user can mend: full, read-only, failing; None for any other.

    Args:
        folder: what the sentence names where the error does not say which file it was.
    """
    if not isinstance(error, OSError) or error.errno not in _DISK:
        return None
    what, remedy = _DISK[error.errno]
    return (
        f"{error.filename or folder} cannot be written, since {what} ({error.strerror}); {remedy} and run again: "
        "what is finished is kept"
    )
