"""Which files of ``sourcedata/sub-X/[ses-Y/]face/`` are a person's index tables, videos and tables of the face.

Standard library only; opens no video. Videos and tables may lie in folders below.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.recordings.bids import Folders, session_folders
from myoscene.recordings.eye_files import STILLS, VIDEOS, ending_of

# Where `make face-model` puts the model.
MODEL = Path(__file__).resolve().parents[3] / ".face" / "face_landmarker.task"
# What a model makes parameters of, and what other tools made.
PICTURES = (*VIDEOS, *STILLS)
TABLES = (".csv", ".parquet", ".json", ".npz", ".npy")
INDEX = "_face.tsv"


@dataclass(frozen=True)
class FaceFolder:
    """One folder ``face`` of a person: its session ("" without one), index tables, and every other file, sorted."""

    session: str
    path: str
    indices: tuple[str, ...]
    files: tuple[str, ...]


def face_files(root: str, participant: str, folders: Folders) -> list[str]:
    """A person's index tables, videos, images and tables, sorted; InputError for a folder that cannot be read."""

    def refuse(error: OSError) -> None:
        raise InputError(f"folder {error.filename} cannot be read ({error.strerror}); correct its permissions")

    files: list[str] = []
    for _, folder in session_folders(str(Path(root, "sourcedata")), participant, folders):
        if "face" in folders.listing(folder):
            for place, below, names in os.walk(str(Path(folder, "face")), onerror=refuse):
                below[:] = [name for name in below if not name.startswith(".")]
                files += [f"{place}/{name}" for name in names if is_face_file(name)]
    return sorted(files)


def is_face_file(name: str) -> bool:
    """True for the name of an index, a video, an image or a table; not of hidden files."""
    return (ending_of(name) in (*PICTURES, *TABLES) or name.endswith(INDEX)) and not name.startswith(".")


def folders_of_files(paths: Iterable[str], root: str, participant: str) -> list[FaceFolder]:
    """The folders ``face`` with the files that were listed: no folder is read again."""
    base = str(Path(root, "sourcedata", f"sub-{participant}")) + "/"
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for path in paths:
        parts = path[len(base) :].split("/")
        session = parts.pop(0)[4:] if parts[0].startswith("ses-") else ""
        folder = f"{base}ses-{session}/face" if session else f"{base}face"
        index = len(parts) == 2 and path.endswith(INDEX)
        found.setdefault((session, folder), ([], []))[0 if index else 1].append(path)
    return [
        FaceFolder(session, folder, tuple(sorted(indices)), tuple(sorted(files)))
        for (session, folder), (indices, files) in sorted(found.items())
    ]
