"""Index tables of eye images: which image is whose eye, when, under which label; every row checked."""

import posixpath
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.eyes.rectify import SIDES
from myoscene.recordings import bids
from myoscene.recordings.eye_files import STILLS, TIFF, VIDEOS, EyeFolder, is_image
from myoscene.recordings.tabular import MISSING, did_you_mean, number, read_text, table_rows

_EYES = {"left": 0, "l": 0, "right": 1, "r": 1}
# Instead of a label's number: the index gives none, or one that eyes.ignore_labels lists.
UNLABELLED, IGNORED = -1, -2
# Kinds of names that rows hold the numbers of.
_NAMED = ("file", "label", "session", "recording", "table")
# Columns and the types of their numbers, packed, since a person may have very many images.
_TYPES = {"file": "i", "frame": "q", "time_s": "d", "side": "b", "row": "i"} | dict.fromkeys(_NAMED[1:], "h")


@dataclass(frozen=True)
class KnownLabels:
    """What the labels of an index may be.

    Attributes:
        classes: the eye images' classes; ``neutral`` and ``closed`` need not be among them.
        ignore_labels: labels of frames to leave aside.
    """

    classes: Sequence[str]
    neutral: str | None
    closed: str | None
    ignore_labels: Sequence[str] = ()

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Classes, and the labels of neutral and of closed eyes."""
        return tuple(dict.fromkeys([*self.classes, *filter(None, (self.neutral, self.closed))]))

    def check(self, label: str, where: str) -> str:
        """``label``, or "" where it is one to leave aside; InputError, which opens with ``where``, for another."""
        if label in self.ignore_labels:
            return ""
        if label not in self.used:
            raise InputError(
                f"{where}: unknown label '{label}'{did_you_mean(label, self.used)}; correct it, choose another "
                "eyes.label_set, or add it to eyes.ignore_labels"
            )
        return label


@dataclass(frozen=True)
class EyeIndex:
    """A participant's images ``(n,)``, one of one eye each, in the order of the tables' rows.

    Attributes:
        file, label, session, recording, table: numbers in ``files``, ``labels`` (-1: none), ``sessions``, ...
        frame: number of the camera, or in the stack or video.
        time_s: as the table has it, NaN without.
        side: 0 left, 1 right.
        row: row in its table, the header being row 1.
    """

    file: NDArray[np.int32]
    frame: NDArray[np.int64]
    time_s: NDArray[np.float64]
    side: NDArray[np.int8]
    row: NDArray[np.int32]
    label: NDArray[np.int16]
    session: NDArray[np.int16]
    recording: NDArray[np.int16]
    table: NDArray[np.int16]
    files: list[str]
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


def read_index(
    folders: Sequence[EyeFolder], participant: str, known: KnownLabels, emg_recordings: Sequence[str] | None
) -> EyeIndex:
    """Read and check all index tables of a participant.

    Args:
        emg_recordings: names of the person's EMG recordings; None where the dataset holds eye images alone.

    Raises:
        InputError: images without an index, a table without a column or rows, a row without its file, a file without
            its row, a row twice, times that run back or are there for some rows only, a wrong eye, label, number, path
            or session; the message names table and row.
    """
    reader = _Reader(participant, known, emg_recordings)
    for folder in folders:
        reader.read_folder(folder)
    columns: dict[str, Any] = {name: np.array(values) for name, values in reader.columns.items()}
    columns |= {f"{kind}s": list(names) for kind, names in reader.names.items()}
    index = EyeIndex(**columns)
    _check_duplicates(index)
    _check_times(index)
    return index


@dataclass
class _Reader:
    """Reads index tables; holds their rows, and of each kind the names with their numbers, in the order of meeting."""

    participant: str
    known: KnownLabels
    emg_recordings: Sequence[str] | None
    names: dict[str, dict[str, int]] = field(default_factory=lambda: {kind: {} for kind in _NAMED})
    columns: dict[str, "array[Any]"] = field(default_factory=lambda: {name: array(t) for name, t in _TYPES.items()})

    def number(self, kind: str, name: str) -> int:
        """The number of a file, label, session, recording or table."""
        return self.names[kind].setdefault(name, len(self.names[kind]))

    def read_folder(self, folder: EyeFolder) -> None:
        """Read the index tables of a folder."""
        if not folder.indices:
            raise InputError(
                f"{folder.path} holds images but no index table; add one named like "
                f"sub-{self.participant}_task-calibration_eye.tsv with the columns file, frame, time, eye and label"
            )
        there = set(folder.images)
        for path in folder.indices:
            rows = _rows(path)
            _, header = next(rows)
            recording = self._recording(path, folder, header)
            row = 1
            for row, values in rows:
                cells = {name: "" if text in MISSING else text for name, text in zip(header, values, strict=True)}
                self._add(folder, there, cells, recording, path, row)
            if row == 1:
                raise InputError(
                    f"{path}, row 1: the table has a header but no rows; it needs one row an image of one eye"
                )
        missed = next((path for path in folder.images if path not in self.names["file"]), None)
        if missed is not None:
            raise InputError(
                f"{missed} has no row in {' or '.join(folder.indices)}; add its row there, or take the file out of "
                "the folder"
            )

    def _recording(self, path: str, folder: EyeFolder, columns: Sequence[str]) -> str | None:
        """The recording that an index table belongs to, by its name; None where a column ``task`` tells."""
        stem = Path(path).name.removesuffix(".tsv")
        prefix = _prefix(folder)
        example = f"sub-{self.participant}_{prefix}task-calibration_eye.tsv"
        if stem.startswith("sub-") and stem.endswith("_eye"):
            entities = bids.parse_entities(stem, path)
            unknown = [key for key in entities if key not in bids.ENTITIES]
            if unknown:
                raise InputError(f"{path}: an index has no entity '{unknown[0]}'; use {', '.join(bids.ENTITIES)}")
            if (entities["sub"], entities.get("ses", "")) != (self.participant, folder.session):
                raise InputError(
                    f"{path}: participant or session in the name differs from the folder; rename one of them"
                )
            if "task" in entities:
                return "_".join(f"{key}-{label}" for key, label in entities.items() if key != "sub")
        if len(folder.indices) > 1:
            raise InputError(f"{path}: one of several indices, and no task in its name; name it like {example}")
        if "task" in columns:
            return None
        if self.emg_recordings is None:
            return f"{prefix}task-eyes"
        near = [name for name in self.emg_recordings if name.startswith(prefix or "task-")]
        if len(near) != 1:
            raise InputError(
                f"{path}: of which recording these images are cannot be told ({len(near)} EMG recordings in that "
                f"session); name it like {example}, or add a column `task`"
            )
        return near[0]

    def _add(
        self, folder: EyeFolder, there: set[str], cells: dict[str, str], recording: str | None, path: str, row: int
    ) -> None:
        """Check one row and keep it."""
        where = f"{path}, row {row}"
        file = _path(folder, cells["file"], where)
        if file not in there:
            raise InputError(f"{where}: the file {file} is not there; add it, or remove the row")
        eye = _EYES.get(cells["eye"].lower())
        if eye is None:
            raise InputError(f"{where}: eye '{cells['eye'] or 'n/a'}' is neither left nor right; write one of them")
        frame = cells["frame"]
        # Nine digits are enough for years of images, and more would not fit every table.
        if not (frame.isascii() and frame.isdecimal() and len(frame) < 10):
            raise InputError(f"{where}: frame '{frame or 'n/a'}' is not a whole number of 0 or more; correct it")
        seconds = number(cells.get("time", ""), f"{where}, time")
        given = cells.get("label", "")
        label = self.known.check(given, where) if given else ""
        if recording is None:
            recording = f"{_prefix(folder)}task-{bids.check_label(cells['task'], 'task', where)}"
        values = {
            "file": self.number("file", file),
            "frame": int(frame),
            "time_s": float("nan") if seconds is None else seconds,
            "side": eye,
            "row": row,
            "label": self.number("label", label) if label else IGNORED if given else UNLABELLED,
            "session": self.number("session", _session(cells.get("session", ""), folder, where)),
            "recording": self.number("recording", recording),
            "table": self.number("table", path),
        }
        for name, value in values.items():
            self.columns[name].append(value)


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


def _prefix(folder: EyeFolder) -> str:
    return f"ses-{folder.session}_" if folder.session else ""


def _path(folder: EyeFolder, text: str, where: str) -> str:
    if not text:
        raise InputError(f"{where}: no file; name the image, relative to {folder.path}")
    if "\\" in text or text.startswith("/") or ".." in text.split("/"):
        raise InputError(
            f"{where}: file '{text}' leaves the index's folder or is not written with `/`; name it relative to "
            f"{folder.path}, without `..`"
        )
    if not is_image(text):
        raise InputError(
            f"{where}: file '{text}' is not a kind of image that is read; use "
            f"{', '.join(ending[1:] for ending in (*STILLS, *VIDEOS))}"
        )
    # Normalising takes longer than the rest of the row, and few names need it.
    return posixpath.normpath(f"{folder.path}/{text}") if "./" in text or "//" in text else f"{folder.path}/{text}"


def _session(text: str, folder: EyeFolder, where: str) -> str:
    if not text:
        return folder.session
    session = bids.check_label(text.removeprefix("ses-"), "session", where)
    if folder.session and session != folder.session:
        raise InputError(
            f"{where}: session '{session}' contradicts the folder ses-{folder.session}; correct one of them"
        )
    return session


def is_series(index: EyeIndex) -> NDArray[np.bool_]:
    """``(files,)``: whether a file is read as a series: a video, or a TIFF of which the index names several pages."""
    rows = np.bincount(index.file, minlength=len(index.files))
    names = [path.lower() for path in index.files]
    series = [name.endswith(VIDEOS) or (name.endswith(TIFF) and n > 1) for name, n in zip(names, rows, strict=True)]
    return np.array(series, bool)


def _check_duplicates(index: EyeIndex) -> None:
    series = is_series(index)[index.file]
    names = ("file", "recording", "session", "side", "frame", "time_s")
    rows = pd.DataFrame({name: getattr(index, name) for name in names})
    rows["place"] = np.where(series, index.frame, 0)
    checks = (
        ("file and frame", rows[["file", "place"]]),
        ("recording, eye and frame", rows.loc[~series, ["recording", "session", "side", "frame"]]),
        ("recording, eye and time", rows.loc[rows["time_s"].notna(), ["recording", "side", "time_s"]]),
    )
    for what, keys in checks:
        images, repeated = keys.index.to_numpy(), keys.duplicated().to_numpy()
        if repeated.any():
            second = images[repeated][0]
            first = images[(keys == keys.loc[second]).all(axis=1)][0]
            raise InputError(f"{index.where(second)}: the same {what} as {index.where(first)}; keep one of these rows")


def _check_times(index: EyeIndex) -> None:
    order = np.lexsort((np.arange(len(index)), index.side, index.recording))
    before, after = order[:-1], order[1:]
    together = (index.side[after] == index.side[before]) & (index.recording[after] == index.recording[before])
    back = after[together & (index.time_s[after] < index.time_s[before])]
    if len(back):
        image = int(back.min())
        raise InputError(
            f"{index.where(image)}: time {index.time_s[image]:g} s lies before that of the "
            f"{SIDES[index.side[image]]} eye's row before it; put the rows in the order of time, or correct it"
        )
    missing = np.isnan(index.time_s)
    some = np.unique(index.recording[~missing])
    without = np.flatnonzero(missing & np.isin(index.recording, some))
    if len(without):
        image = int(without[index.recording[without].argmin()])
        raise InputError(
            f"{index.where(image)}: no time, though other rows of {index.recordings[index.recording[image]]} have one; "
            "give every row of a recording a time, or none"
        )
