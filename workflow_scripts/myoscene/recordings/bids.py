"""Index of an EMG-BIDS dataset (BIDS 1.11) by entities in file names: standard library only, opens no recording."""

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.recordings.tabular import read_json

LABEL = re.compile(r"[A-Za-z0-9]+")
# Labels become names of files, which may have 255 bytes (our choice).
LONGEST_LABEL = 60
SUFFIXES = (".edf", ".bdf")
# Entities of the suffix `emg`, in the order that BIDS prescribes.
ENTITIES = ("sub", "ses", "task", "acq", "run", "recording")


@dataclass(frozen=True, order=True)
class Recording:
    """One EMG file of a dataset: labels of its entities ("" where absent), all but `sub` as its name, and its path."""

    participant: str
    session: str
    task: str
    run: str
    acquisition: str
    recording: str
    path: str


@dataclass
class Folders:
    """Listings of folders, each made once."""

    names: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def listing(self, folder: str) -> list[str]:
        """Sorted names in ``folder``, [] where there is none; InputError when it cannot be read."""
        if folder not in self.names:
            try:
                self.names[folder] = sorted(os.listdir(folder))  # noqa: PTH208 (names alone, quickly)
            except (FileNotFoundError, NotADirectoryError):
                self.names[folder] = []
            except OSError as error:
                raise InputError(
                    f"folder {folder} cannot be read ({error.strerror}); correct its permissions"
                ) from None
        return self.names[folder]

    def labelled(self, folder: str, key: str) -> list[str]:
        """Labels of the names in ``folder`` that begin with ``key`` (``sub-``, ``ses-``), unchecked."""
        return [name.removeprefix(key) for name in self.listing(folder) if name.startswith(key)]

    def sidecars(self, folder: str) -> list[str]:
        """Those names in ``folder`` that can be sidecars; the root of a large dataset holds few of them."""
        if folder not in self.texts:
            self.texts[folder] = [name for name in self.listing(folder) if name.endswith((".json", ".tsv"))]
        return self.texts[folder]


def check_label(label: str, what: str, where: str) -> str:
    """``label`` if BIDS allows it (letters and digits), else InputError."""
    if len(label) > LONGEST_LABEL:
        raise InputError(f"{where}: {what} '{label}' is longer than {LONGEST_LABEL} characters; shorten it")
    if not LABEL.fullmatch(label):
        raise InputError(
            f"{where}: {what} '{label}' is not a BIDS label; use letters and digits only "
            "(no spaces, dots, slashes, dashes or underscores)"
        )
    return label


def participant_of(text: str, where: str) -> str:
    """Participant label of a table's cell, with or without ``sub-``; InputError where BIDS forbids it."""
    return check_label(text.removeprefix("sub-"), "participant", where)


def parse_entities(name: str, where: str) -> dict[str, str]:
    """Entities of a BIDS file name without extension, e.g. ``sub-1_task-a_emg``; InputError for any other part."""
    entities: dict[str, str] = {}
    for part in name.split("_")[:-1]:
        key, dash, label = part.partition("-")
        if not dash or not key or key in entities:
            raise InputError(
                f"{where}: '{part}' is not a BIDS entity; name the file like sub-01_task-calibration_emg.edf"
            )
        entities[key] = check_label(label, f"the label of '{key}'", where)
    return entities


def list_participants(root: str, exclude: Collection[str] = (), folders: Folders | None = None) -> list[str]:
    """Sorted labels of the dataset's ``sub-*`` folders but for ``exclude``; InputError for none, or a bad label."""
    if not Path(root).is_dir():
        raise InputError(
            f"dataset folder {root} does not exist; set recordings.dataset to a BIDS dataset, or make "
            "the demo cohort with `myoscene simulate demo_cohort`"
        )
    labels = (folders or Folders()).labelled(str(root), "sub-")
    kept = [label for label in labels if label not in exclude and Path(root, f"sub-{label}").is_dir()]
    return [check_label(label, "participant", f"{root}/sub-{label}") for label in kept]


def session_folders(root: str, participant: str, folders: Folders) -> list[tuple[str, str]]:
    """(session label or "", folder) of a participant: the person's own folder, then each ``ses-*``."""
    person = f"{root}/sub-{participant}"
    checked = [check_label(s, "session", f"{person}/ses-{s}") for s in folders.labelled(person, "ses-")]
    return [("", person), *((s, f"{person}/ses-{s}") for s in checked)]


def index_dataset(root: str, exclude: Collection[str] = (), folders: Folders | None = None) -> list[Recording]:
    """All EMG recordings of a BIDS dataset, by participant and name; their paths begin with ``root`` as it is given.

    Raises:
        InputError: as :func:`list_participants`; a file name that is not BIDS; the wrong kind of file.
    """
    folders = folders or Folders()
    found = []
    for participant in list_participants(root, exclude, folders):
        for session, folder in session_folders(root, participant, folders):
            for path in (f"{folder}/emg/{name}" for name in folders.listing(f"{folder}/emg")):
                if _is_recording(path):
                    found.append(recording_of(path))
                    if (found[-1].participant, found[-1].session) != (participant, session):
                        raise InputError(
                            f"{path}: participant or session in the name differs from the folder; rename one of them"
                        )
    same = first_repeat(found, key=lambda recording: (recording.participant, recording.recording))
    if same:
        raise InputError(f"{same[1].path} and {same[0].path} are the same recording; keep one")
    return sorted(found)


def _is_recording(path: str) -> bool:
    """Whether a file of a folder `emg` is a recording; InputError where it seems to be one and cannot."""
    name = path.rpartition("/")[2]
    stem, _, extension = name.partition(".")
    if stem.endswith("_emg") and not name.startswith(".") and extension not in ("json", "tsv"):
        return True
    # A dot inside a label looks like an extension; without this the recording would vanish in silence.
    if not name.startswith(".") and name.endswith(SUFFIXES):
        raise InputError(f"{path}: no BIDS name; name the file like sub-01_task-calibration_emg.edf")
    return False


def recording_of(path: str) -> Recording:
    """The recording that an EMG file of a BIDS dataset is, by its name; InputError where that is not BIDS."""
    stem, dot, extension = path.rpartition("/")[2].partition(".")
    if dot + extension not in SUFFIXES:
        raise InputError(f"{path}: EMG-BIDS allows .edf and .bdf (lower case) only; convert it with `myoscene import`")
    entities = parse_entities(stem, path)
    unknown = [key for key in entities if key not in ENTITIES]
    if unknown:
        raise InputError(f"{path}: EMG-BIDS has no entity '{unknown[0]}'; use {', '.join(ENTITIES)}")
    if "task" not in entities:
        raise InputError(f"{path}: no task in the name; name the file like sub-01_task-calibration_emg.edf")
    return Recording(
        participant=entities.get("sub", ""),
        session=entities.get("ses", ""),
        task=entities["task"],
        run=entities.get("run", ""),
        acquisition=entities.get("acq", ""),
        recording="_".join(f"{key}-{label}" for key, label in entities.items() if key != "sub"),
        path=path,
    )


def within(path: str) -> str:
    """The ``path`` of a person's file, relative to the dataset."""
    parts = Path(path).parts
    return "/".join(parts[max(place for place, part in enumerate(parts[:-1]) if part.startswith("sub-")) :])


def sidecars(path: str, suffix: str, extension: str, folders: Folders | None = None) -> list[str]:
    """Files ``*_suffix.extension`` that apply to a recording, the most general first (BIDS inheritance).

    A file applies when it lies in the recording's folder or above it and every entity in its name has the same label in
    the recording's name. InputError where two files of one folder apply equally.
    """
    folders = folders or Folders()
    entities = parse_entities(Path(path).name.partition(".")[0], path)
    ending = f"{suffix}.{extension}"
    levels = [Path(path).parent]
    while levels[-1].name and not levels[-1].name.startswith("sub-"):
        levels.append(levels[-1].parent)
    found: list[str] = []
    for folder in dict.fromkeys(map(str, [levels[-1].parent, *reversed(levels)])):
        ranked: list[tuple[int, str]] = []
        for name in folders.sidecars(folder):
            if name == ending or name.endswith(f"_{ending}"):
                own = parse_entities(name.removesuffix(f".{extension}"), f"{folder}/{name}")
                if own.items() <= entities.items():
                    ranked.append((len(own), f"{folder}/{name}"))
        ranked.sort()
        equal = first_repeat(ranked, key=lambda item: item[0])
        if equal:
            raise InputError(f"{equal[0][1]} and {equal[1][1]} both apply to {path}; keep one of them")
        found += [name for _, name in ranked]
    return found


def metadata(path: str, folders: Folders | None = None) -> dict[str, Any]:
    """JSON metadata of a recording, merged along the inheritance from the root down."""
    merged: dict[str, Any] = {}
    for name in sidecars(path, "emg", "json", folders):
        merged |= read_json(name)
    return merged


def closest_tsv(path: str, suffix: str, folders: Folders | None = None) -> str | None:
    """The ``_channels.tsv`` or ``_events.tsv`` that applies to a recording, None where there is none."""
    found = sidecars(path, suffix, "tsv", folders)
    return found[-1] if found else None


def refuse_links(root: str, files: Iterable[str]) -> None:
    """InputError for a file that is a link out of the dataset or to nothing, or lies in a folder that is one.

    Other links within the dataset (DataLad, git-annex) and a link to the dataset as a whole are fine.
    """
    home = os.path.realpath(root) + os.sep
    is_inside = cache(lambda folder: (os.path.realpath(folder) + os.sep).startswith(home))
    for file in files:
        # Most files are not links, and asking takes a microsecond.
        if is_inside(file.rpartition("/")[0]) and not os.path.islink(file):  # noqa: PTH114
            continue
        target = os.path.realpath(file)
        if not target.startswith(home):
            raise InputError(f"{file} is a link to {target}, outside of the dataset {root}; put the file itself there")
        if not os.path.exists(target):  # noqa: PTH110
            raise InputError(
                f"{file} is a link to {target}, which is not there; bring its content (DataLad, git-annex: get), or "
                "take the link out of the dataset"
            )


def raw_files(root: str, recordings: Iterable[Recording], folders: Folders | None = None) -> list[str]:
    """Every file that reading these recordings opens: EMG files, metadata, channels and events."""
    folders = folders or Folders()
    files: list[str] = []
    for path in (recording.path for recording in recordings):
        files += [path, *sidecars(path, "emg", "json", folders)]
        files += [table for suffix in ("channels", "events") if (table := closest_tsv(path, suffix, folders))]
    return [str(Path(file)) for file in dict.fromkeys(files)]


def _description(root: str) -> dict[str, Any]:
    path = Path(root, "dataset_description.json")
    return read_json(path) if path.is_file() else {}


def dataset_name(root: str) -> str:
    """The dataset's name in ``dataset_description.json``, or that of its folder."""
    named = _description(root).get("Name")
    return named.strip() if isinstance(named, str) and named.strip() else Path(root).resolve().name


def is_synthetic(root: str) -> bool:
    """True when the dataset's ``dataset_description.json`` says ``"Synthetic": true``."""
    return _description(root).get("Synthetic") is True
