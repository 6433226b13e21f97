"""A folder that is written beside its place and gets its name when it is whole."""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from myoscene.core.errors import InputError

# Longest name, in bytes, that file systems usually have, less what is added to it.
_LONGEST = 240


@contextmanager
def new_folder(destination: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a hidden folder beside ``destination``, renamed to it when the block ends and removed when it fails.

    What a killed process left of it is removed first, and said on the terminal.

    Raises:
        InputError: the destination is a file, or holds something, or another process is writing it at this moment.
        OSError: the place cannot be written to.
    """
    final = Path(destination)
    if final.is_symlink() and not final.exists():
        raise InputError(f"the destination '{final}' is a link to nothing; remove it, or give a new folder")
    if final.exists() and not final.is_dir():
        raise InputError(f"the destination '{final}' is a file; give a new folder")
    if final.is_dir() and any(final.iterdir()):
        raise InputError(f"the destination '{final}' is not empty; give a new folder, or remove it first")
    place = Path(os.path.realpath(final))  # of a link to an empty folder, that folder
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(_hidden(place.name))
    lock = _claim(partial, final)
    try:
        _clear(partial, final)
        yield partial
        # Somebody may have written there meanwhile: a folder that is not empty is not replaced.
        if final.is_dir() and any(final.iterdir()):
            raise InputError(f"the destination '{final}' was filled by something else meanwhile; give a new folder")
        partial.rename(place)
    finally:
        with suppress(FileNotFoundError):
            if partial.stat().st_ino == os.fstat(lock).st_ino:
                shutil.rmtree(partial, ignore_errors=True)
        os.close(lock)


def _hidden(name: str) -> str:
    short = name if len(os.fsencode(name)) <= _LONGEST else hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return f".{short}.partial"


def _claim(partial: Path, final: Path) -> int:
    """Make the folder ``partial``, or take over what is left of one, locked for as long as the descriptor is open."""
    busy = f"another process is writing '{final}' at this moment; wait until it has ended, or give another folder"
    while True:
        with suppress(FileExistsError):
            partial.mkdir()
        try:
            lock = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:  # the other one has just ended
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise InputError(busy) from None
        except OSError:  # a file system without locks
            return lock
        with suppress(FileNotFoundError):
            if partial.stat().st_ino == os.fstat(lock).st_ino:
                return lock
        os.close(lock)


def _clear(partial: Path, final: Path) -> None:
    left = list(partial.iterdir())
    for path in left:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if left:
        print(f"removed what a process that was stopped had left of '{final}'", file=sys.stderr)
