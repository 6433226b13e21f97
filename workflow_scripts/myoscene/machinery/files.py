"""Writing files so that a half-written one never looks whole, and saying in a sentence what a disk refuses."""

import errno
import os
import re
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

# What else a command may be answered, and what that means.
_PLACE = {
    errno.EACCES: "your account may not do that there; give a place that is yours, or change its permissions",
    errno.EPERM: "your account may not do that there; give a place that is yours, or change its permissions",
    errno.ENOTDIR: "a part of the path is a file, or a link that leads nowhere; give another place",
    errno.EEXIST: "a part of the path is a file, or a link that leads nowhere; give another place",
    errno.ENAMETOOLONG: "the name is too long for this file system; give a shorter one",
    errno.ELOOP: "the path leads through links that go round in a circle; give the place itself",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.EFBIG: "the file is larger than files may be there; raise the limit (ulimit -f), or give another place",
    errno.EISDIR: "it is a folder, where a file is needed; name the file",
    errno.ENOENT: "it does not exist; check the path",
    errno.EBUSY: "something else is using it; try again when that has ended",
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
        found = _as_full(error)
        if found.errno in (*_DISK, errno.EFBIG) and not found.filename:
            found.filename = str(final)
        raise found from error
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


def _as_full(error: OSError) -> OSError:
    """numpy says in words, without a number, that less was written than was to be: then the disk is full."""
    if error.errno is None and re.search(r"\d+ requested and \d+ written", str(error)):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return error


def disk_fault(error: BaseException, folder: str | os.PathLike[str]) -> str | None:
    """The sentence for an error of the disk that a user can mend: full, read-only, failing; None for any other.

    Args:
        folder: what the sentence names where the error does not say which file it was.
    """
    if not isinstance(error, OSError):
        return None
    error = _as_full(error)
    if error.errno not in _DISK:
        return None
    what, remedy = _DISK[error.errno]
    return (
        f"{error.filename or folder} cannot be written, since {what} ({error.strerror}); {remedy} and run again: "
        "what is finished is kept"
    )


def command_fault(error: OSError) -> str | None:
    """The sentence for an error of the system that stopped a command of ``myoscene``; None for one that is a bug."""
    error = _as_full(error)
    named = error.filename2 or error.filename
    if error.errno in _DISK:
        what, remedy = _DISK[error.errno]
        return f"{named or 'the output'} cannot be written, since {what} ({error.strerror}); {remedy} and run again"
    if error.errno in _PLACE and named:
        return f"{named}: {_PLACE[error.errno]} ({error.strerror})"
    return None
