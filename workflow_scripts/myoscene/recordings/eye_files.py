"""Which files of ``sourcedata/sub-X/[ses-Y/]eye/`` are a person's index tables, and which images and videos.

Standard library only; opens no image. Images and videos may lie in folders below.
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.recordings.bids import Folders, check_label, session_folders

STILLS = (".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pnm", ".tif", ".tiff")
TIFF = (".tif", ".tiff")
VIDEOS = (".avi", ".mp4", ".mkv", ".mov", ".webm")
_ENDINGS = frozenset((*STILLS, *VIDEOS))


@dataclass(frozen=True)
class EyeFolder:
    """One folder ``eye`` of a person: its session ("" without one), tables, and images and videos, sorted."""

    session: str
    path: str
    indices: tuple[str, ...]
    images: tuple[str, ...]


def is_image(name: str) -> bool:
    """True for the name of an image or video that this package reads; not of hidden files."""
    return ending_of(name) in _ENDINGS and name[name.rfind("/") + 1] != "."


def ending_of(name: str) -> str:
    """``.png`` and the like, in lower case, of a file's name or path. (``pathlib`` takes longer than a small image.)"""
    return name[name.rfind(".") :].lower()


def eye_folders(root: str, participant: str, folders: Folders) -> list[EyeFolder]:
    """A person's folders ``eye`` that hold an index or an image, by session; InputError for one that is unreadable."""

    def refuse(error: OSError) -> None:
        raise InputError(f"folder {error.filename} cannot be read ({error.strerror}); correct its permissions")

    files: list[str] = []
    for _, folder in session_folders(str(Path(root, "sourcedata")), participant, folders):
        if "eye" in folders.listing(folder):
            for place, below, names in os.walk(str(Path(folder, "eye")), onerror=refuse):
                below[:] = [name for name in below if not name.startswith(".")]
                files += [f"{place}/{name}" for name in names if not name.startswith(".")]
    return folders_of_files(files, root, participant)


def folders_of_files(paths: Iterable[str], root: str, participant: str) -> list[EyeFolder]:
    """The folders that :func:`eye_folders` found, from the files that it listed: no folder is read again."""
    base = str(Path(root, "sourcedata", f"sub-{participant}")) + "/"
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for path in paths:
        if not path.startswith(base):
            continue
        parts = path[len(base) :].split("/")
        session = parts.pop(0)[4:] if parts[0].startswith("ses-") else ""
        if len(parts) < 2 or parts[0] != "eye":
            continue
        folder = f"{base}ses-{session}/eye" if session else f"{base}eye"
        index = len(parts) == 2 and path.endswith(".tsv")
        if index or is_image(path):
            found.setdefault((session, folder), ([], []))[0 if index else 1].append(path)
    return [
        EyeFolder(session, folder, tuple(sorted(indices)), tuple(sorted(images)))
        for (session, folder), (indices, images) in sorted(found.items())
    ]


def eye_participants(root: str, exclude: Collection[str], folders: Folders) -> list[str]:
    """Sorted labels of the people of ``sourcedata`` who have a folder for eye images, without those in ``exclude``."""
    if not Path(root).is_dir():
        raise InputError(f"dataset folder {root} does not exist; set recordings.dataset to the dataset's folder")
    source = str(Path(root, "sourcedata"))
    names = [name for name in folders.labelled(source, "sub-") if name not in exclude]
    labels = [check_label(name, "participant", f"{source}/sub-{name}") for name in names]
    places = {label: session_folders(source, label, folders) for label in labels}
    return [label for label in labels if any("eye" in folders.listing(folder) for _, folder in places[label])]
