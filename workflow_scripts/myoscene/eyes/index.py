"""Index tables of eye images: which image is whose eye, when, under which label; every row checked."""

import posixpath
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.eyes.labels import KnownLabels
from myoscene.recordings import bids
from myoscene.recordings.eye_files import STILLS, TIFF, VIDEOS, EyeFolder, is_image
from myoscene.recordings.tabular import MISSING, did_you_mean, number, read_text, table_rows

SIDES = ("left", "right")
_EYES = {"left": 0, "l": 0, "right": 1, "r": 1}


@dataclass(frozen=True)
class EyeIndex:
    """A participant's images, one of one eye each, in the order of the tables' rows.

    Columns of numbers, since a person may have very many images.

    Attributes:
        files: the image files; ``file`` ``(n,)`` is the number of each image's file among them.
        frame: ``(n,)`` number of the camera, or in the stack or video.
        time_s: ``(n,)`` as the table has it, NaN without.
        side: ``(n,)`` 0 left, 1 right.
        label, session, recording, table: ``(n,)`` numbers in ``labels`` (-1: none), ``sessions``, ``recordings`` and
            ``tables``.
        row: ``(n,)`` row in its table, the header being row 1.
    """

    files: list[str]
    file: NDArray[np.int32]
    frame: NDArray[np.int64]
    time_s: NDArray[np.float64]
    side: NDArray[np.int8]
    label: NDArray[np.int16]
    session: NDArray[np.int16]
    recording: NDArray[np.int16]
    table: NDArray[np.int16]
    row: NDArray[np.int32]
    labels: list[str]
    sessions: list[str]
    recordings: list[str]
    tables: list[str]

    def __len__(self) -> int:
        return len(self.file)

    def where(self, image: int) -> str:
        """Table and row of an image, for messages."""
        return f"{self.tables[self.table[image]]}, row {self.row[image]}"

    def name(self, image: int) -> str:
        """File of an image, for messages."""
        return self.files[self.file[image]]


@dataclass
class _Names:
    """Names and their numbers, in the order in which they were met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


# Type of each column of an index, in the words of the module array.
_TYPES = {
    "file": "i",
    "frame": "q",
    "time_s": "d",
    "side": "b",
    "label": "h",
    "session": "h",
    "recording": "h",
    "table": "h",
    "row": "i",
}


@dataclass
class _Columns:
    """The columns of an index while its tables are read."""

    known: KnownLabels
    files: list[str] = field(default_factory=list)
    numbers: dict[str, array] = field(default_factory=lambda: {name: array(kind) for name, kind in _TYPES.items()})
    names: dict[str, _Names] = field(
        default_factory=lambda: {name: _Names() for name in ("label", "session", "recording", "table")}
    )

    def index(self) -> EyeIndex:
        """All rows, once they are all read."""
        columns: dict[str, Any] = {name: np.frombuffer(v, dtype=v.typecode) for name, v in self.numbers.items()}
        lists: dict[str, Any] = {f"{name}s": list(names.numbers) for name, names in self.names.items()}
        return EyeIndex(files=self.files, **columns, **lists)


def read_index(
    folders: Sequence[EyeFolder], participant: str, known: KnownLabels, emg_recordings: Sequence[str] | None
) -> EyeIndex:
    """Read and check all index tables of a participant.

    Args:
        known: what labels may be.
        emg_recordings: names of the person's EMG recordings; None where the dataset holds eye images alone.

    Raises:
        InputError: images without an index, a table without a column that it needs or without rows, a row without its
            file and a file without its row, rows that stand there twice, an eye that is neither left nor right, times
            that run back or are there for some rows only, an unknown label, a bad number or path, a session that is not
            the folder's; the message names table and row.
    """
    columns = _Columns(known)
    for folder in folders:
        _read_folder(folder, participant, columns, emg_recordings)
    index = columns.index()
    _check_duplicates(index)
    _check_times(index)
    return index


def _read_folder(folder: EyeFolder, participant: str, columns: _Columns, emg_recordings: Sequence[str] | None) -> None:
    if not folder.indices:
        raise InputError(
            f"{folder.path} holds images but no index table; add one named like "
            f"sub-{participant}_task-calibration_eye.tsv with the columns file, frame, time, eye and label"
        )
    unlisted = dict.fromkeys(folder.images, -1)
    for path in folder.indices:
        before = len(columns.numbers["row"])
        for row, values in _rows(path):
            if row == 1:
                recording = _recording(path, folder, participant, values, emg_recordings)
                header = values
                continue
            cells = {name: "" if text in MISSING else text for name, text in zip(header, values, strict=True)}
            _add_row(columns, unlisted, folder, path, row, cells, recording)
        if len(columns.numbers["row"]) == before:
            raise InputError(f"{path}, row 1: the table has a header but no rows; it needs one row an image of one eye")
    missed = next((path for path, number_of in unlisted.items() if number_of < 0), None)
    if missed is not None:
        raise InputError(
            f"{missed} has no row in {' or '.join(folder.indices)}; add its row there, or take the file out of the "
            "folder"
        )


def _rows(path: str) -> Iterator[tuple[int, list[str]]]:
    """The checked header as row 1, then (row number, fields) of every row; the table is never whole in memory."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            header, rows = table_rows(handle, path, "\t")
            for name in ("file", "frame", "eye"):
                if name not in header:
                    raise InputError(f"{path}, row 1: there is no column '{name}'{did_you_mean(name, header)}; add it")
            yield 1, list(header)
            yield from rows
    except (OSError, UnicodeDecodeError):
        read_text(path)  # names the fault, and the row
        raise


def _recording(
    path: str, folder: EyeFolder, participant: str, columns: Sequence[str], emg_recordings: Sequence[str] | None
) -> str | None:
    """The recording that an index table belongs to, by its name; None where a column ``task`` tells."""
    stem = Path(path).name.removesuffix(".tsv")
    example = f"sub-{participant}_{f'ses-{folder.session}_' if folder.session else ''}task-calibration_eye.tsv"
    prefix = f"ses-{folder.session}_" if folder.session else ""
    if stem.startswith("sub-") and stem.endswith("_eye"):
        entities, _ = bids.parse_entities(stem, path)
        unknown = [key for key in entities if key not in bids.ENTITIES]
        if unknown:
            raise InputError(f"{path}: an index has no entity '{unknown[0]}'; use {', '.join(bids.ENTITIES)}")
        if (entities["sub"], entities.get("ses", "")) != (participant, folder.session):
            raise InputError(f"{path}: participant or session in the name differs from the folder; rename one of them")
        if "task" in entities:
            return "_".join(f"{key}-{label}" for key, label in entities.items() if key != "sub")
    if len(folder.indices) > 1:
        raise InputError(f"{path}: one of several indices, and no task in its name; name it like {example}")
    if "task" in columns:
        return None
    if emg_recordings is None:
        return f"{prefix}task-eyes"
    near = [name for name in emg_recordings if name.startswith(prefix or "task-")]
    if len(near) != 1:
        raise InputError(
            f"{path}: of which recording these images are cannot be told ({len(near)} EMG recordings in that session); "
            f"name it like {example}, or add a column `task`"
        )
    return near[0]


# Instead of a label's number: the index gives none, or one that eyes.ignore_labels lists.
UNLABELLED, IGNORED = -1, -2


def _add_row(
    columns: _Columns,
    unlisted: dict[str, int],
    folder: EyeFolder,
    path: str,
    row: int,
    cells: dict[str, str],
    recording: str | None,
) -> None:
    """Check one row and add it to ``columns``; its file gets its number in ``unlisted``."""
    file = _path(folder, cells["file"], path, row)
    number_of = unlisted.get(file)
    if number_of is None:
        raise InputError(f"{path}, row {row}: the file {file} is not there; add it, or remove the row")
    if number_of < 0:
        number_of = unlisted[file] = len(columns.files)
        columns.files.append(file)
    eye = _EYES.get(cells["eye"].lower())
    if eye is None:
        raise InputError(
            f"{path}, row {row}: eye '{cells['eye'] or 'n/a'}' is neither left nor right; write one of them"
        )
    frame = cells["frame"]
    # Nine digits are enough for years of images, and more would not fit every table.
    if not (frame.isascii() and frame.isdecimal() and len(frame) < 10):
        raise InputError(f"{path}, row {row}: frame '{frame or 'n/a'}' is no whole number of 0 or more; correct it")
    seconds = number(cells.get("time", ""), f"{path}, row {row}, time")
    label = cells.get("label", "")
    if label:
        label = columns.known.check(label, f"{path}, row {row}")
    if recording is None:
        task = bids.check_label(cells["task"], "task", f"{path}, row {row}")
        recording = f"{f'ses-{folder.session}_' if folder.session else ''}task-{task}"
    session = _session(cells.get("session", ""), folder, path, row)
    numbers, names = columns.numbers, columns.names
    numbers["file"].append(number_of)
    numbers["frame"].append(int(frame))
    numbers["time_s"].append(float("nan") if seconds is None else seconds)
    numbers["side"].append(eye)
    numbers["label"].append(names["label"][label] if label else IGNORED if cells.get("label") else UNLABELLED)
    numbers["session"].append(names["session"][session])
    numbers["recording"].append(names["recording"][recording])
    numbers["table"].append(names["table"][path])
    numbers["row"].append(row)


def _path(folder: EyeFolder, text: str, path: str, row: int) -> str:
    if not text:
        raise InputError(f"{path}, row {row}: no file; name the image, relative to {folder.path}")
    if "\\" in text or text.startswith("/") or ".." in text.split("/"):
        raise InputError(
            f"{path}, row {row}: file '{text}' leaves the index's folder or is not written with `/`; name it "
            f"relative to {folder.path}, without `..`"
        )
    if not is_image(text):
        raise InputError(
            f"{path}, row {row}: file '{text}' is no kind of image that is read; use "
            f"{', '.join(ending[1:] for ending in (*STILLS, *VIDEOS))}"
        )
    # Normalising takes longer than the rest of the row, and few names need it.
    return posixpath.normpath(f"{folder.path}/{text}") if "./" in text or "//" in text else f"{folder.path}/{text}"


def _session(text: str, folder: EyeFolder, path: str, row: int) -> str:
    if not text:
        return folder.session
    session = bids.check_label(text.removeprefix("ses-"), "session", f"{path}, row {row}")
    if folder.session and session != folder.session:
        raise InputError(
            f"{path}, row {row}: session '{session}' contradicts the folder ses-{folder.session}; correct one of them"
        )
    return session


def is_series(index: EyeIndex) -> NDArray[np.bool_]:
    """``(files,)``: whether a file is read as a series: a video, or a TIFF of which the index names several pages."""
    rows = np.bincount(index.file, minlength=len(index.files))
    kinds = [path.lower().endswith(TIFF) for path in index.files]
    return np.array([path.lower().endswith(VIDEOS) for path in index.files], bool) | (
        np.array(kinds, bool) & (rows > 1)
    )


def _check_duplicates(index: EyeIndex) -> None:
    series = is_series(index)[index.file]
    number_in_file = np.where(series, index.frame, 0)
    checks = (
        ("file and frame", (index.file, number_in_file), np.ones(len(index), bool)),
        ("recording, eye and frame", (index.recording, index.session, index.side, index.frame), ~series),
        ("recording, eye and time", (index.recording, index.side, index.time_s), ~np.isnan(index.time_s)),
    )
    for what, keys, rows in checks:
        chosen = np.flatnonzero(rows)
        taken = [key[chosen] for key in keys]
        order = np.lexsort((chosen, *taken))
        same = np.ones(max(len(chosen) - 1, 0), bool)
        for key in taken:
            same &= key[order[1:]] == key[order[:-1]]
        if same.any():
            # The earliest row that repeats another.
            at = np.flatnonzero(same)
            second = at[np.argmin(chosen[order[at + 1]])]
            raise InputError(
                f"{index.where(chosen[order[second + 1]])}: the same {what} as {index.where(chosen[order[second]])}; "
                "keep one of these rows"
            )


def _check_times(index: EyeIndex) -> None:
    order = np.lexsort((np.arange(len(index)), index.side, index.recording))
    steps = index.time_s[order[1:]] - index.time_s[order[:-1]]
    together = (index.side[order[1:]] == index.side[order[:-1]]) & (
        index.recording[order[1:]] == index.recording[order[:-1]]
    )
    back = order[1:][together & (steps < 0)]
    if len(back):
        image = int(back.min())
        raise InputError(
            f"{index.where(image)}: time {index.time_s[image]:g} s lies before that of the "
            f"{SIDES[index.side[image]]} eye's row before it; put the rows in the order of time, or correct it"
        )
    missing = np.isnan(index.time_s)
    for recording, name in enumerate(index.recordings):
        rows = index.recording == recording
        if missing[rows].any() and not missing[rows].all():
            image = int(np.flatnonzero(rows & missing)[0])
            raise InputError(
                f"{index.where(image)}: no time, though other rows of {name} have one; give every row of a recording a "
                "time, or none"
            )
