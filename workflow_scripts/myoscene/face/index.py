"""Index tables of faces: which video or table is of which EMG recording, on which clock; every row checked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.face.folders import INDEX, PICTURES, FaceFolder
from myoscene.recordings.bids import parse_entities
from myoscene.recordings.eye_files import STILLS, VIDEOS, ending_of
from myoscene.recordings.tabular import MISSING, did_you_mean, need_columns, number, read_tsv

_NEEDED = ("file", "recording")
_OPTIONAL = ("offset_s", "rate_hz", "video", "turn")
_QUARTERS = (0, 90, 180, 270)
# Files that no row has to name: JSON may describe others.
_MEASURED = (*PICTURES, ".csv", ".parquet", ".npz")


@dataclass(frozen=True)
class FaceRow:
    """One row: the video or table of one EMG recording.

    Attributes:
        file: path of a video or table, or of a folder of images or arrays.
        is_video: whether a model makes parameters of it: a video, or a folder of images.
        recording: name of the EMG recording.
        offset_s: seconds to add to the file's times, beside those of the person.
        rate_hz: frames a second, of tables and images without times.
        video: path of the video that a table was measured in, "" without.
        turn: degrees counter-clockwise by which a video is turned.
        where: index table and row, for messages.
    """

    file: str
    is_video: bool
    session: str
    recording: str
    offset_s: float
    rate_hz: float | None
    video: str
    turn: int
    where: str


def read_index(
    folders: Sequence[FaceFolder], participant: str, recordings: Sequence[str], left_out: Sequence[str]
) -> list[FaceRow]:
    """The rows of all index tables of a participant, in the order of the recordings; of those left out none.

    Args:
        recordings: names of the person's EMG recordings.
        left_out: names of those whose EMG is left out.

    Raises:
        InputError: files without an index, or without a row; a table without a column or rows; a row without its
            file, of a recording that is not there or has another row, or with a wrong number; the message names table
            and row.
    """
    rows: dict[str, FaceRow] = {}
    for folder in folders:
        if not folder.indices:
            session = f"_ses-{folder.session}" if folder.session else ""
            raise InputError(
                f"{folder.path} holds files but no index table; add sub-{participant}{session}{INDEX} with the columns "
                "file and recording"
            )
        named: list[str] = []
        for path in folder.indices:
            for row in _rows(path, folder, participant, [*recordings, *left_out]):
                named += [row.file, row.video]
                other = rows.setdefault(row.recording, row)
                if other is not row:
                    raise InputError(
                        f"{row.where}: the recording {row.recording} also stands in {other.where}; keep one of these "
                        "rows (join the files of a camera that stopped)"
                    )
        _check_named(folder, named)
    return [rows[name] for name in sorted(rows) if name in set(recordings)]


def _rows(path: str, folder: FaceFolder, participant: str, recordings: Sequence[str]) -> list[FaceRow]:
    entities = parse_entities(Path(path).name.removesuffix(".tsv"), path)
    if (entities.get("sub"), entities.get("ses", "")) != (participant, folder.session):
        raise InputError(f"{path}: participant or session in the name differs from the folder; rename one of them")
    table = read_tsv(path)
    need_columns(table, _NEEDED)
    for name in table.columns:
        # A misspelt column would be passed over in silence.
        if name not in (*_NEEDED, *_OPTIONAL) and (meant := did_you_mean(name, _OPTIONAL)):
            raise InputError(f"{path}, row 1: there is no column '{name}'{meant}; rename it")
    if not table.rows:
        raise InputError(f"{path}, row 1: the table has a header but no rows; it needs one row a recording")
    found = []
    for row, cells in table.rows:
        values = {name: "" if text in MISSING else text for name, text in cells.items()}
        found.append(_row(values, folder, recordings, f"{path}, row {row}"))
    return found


def _row(cells: dict[str, str], folder: FaceFolder, recordings: Sequence[str], where: str) -> FaceRow:
    recording = cells["recording"]
    if recording not in recordings:
        raise InputError(
            f"{where}: there is no EMG recording '{recording or 'n/a'}'{did_you_mean(recording, recordings)} of this "
            f"person; write one of {', '.join(recordings)}"
        )
    file, video = (_path(cells.get(name, ""), name, folder, where) for name in ("file", "video"))
    if ending_of(file) in STILLS:
        raise InputError(f"{where}: {file} is one image; name the folder that holds the images of the recording")
    is_video = ending_of(file) in VIDEOS or any(
        path.startswith(f"{file}/") and ending_of(path) in STILLS for path in folder.files
    )
    if is_video and video:
        raise InputError(f"{where}: a video of a video; name in `video` the one that a table was measured in, or n/a")
    if video and ending_of(video) not in VIDEOS:
        raise InputError(f"{where}: {video} is no video ({', '.join(VIDEOS)}); name the one that was measured, or n/a")
    offset, rate, turn = (number(cells.get(name, ""), f"{where}, {name}") for name in ("offset_s", "rate_hz", "turn"))
    if rate is not None and not 0 < rate < math.inf:
        raise InputError(f"{where}: rate_hz is {rate:g}; write frames a second, or n/a")
    if turn is not None and turn not in _QUARTERS:
        raise InputError(f"{where}: turn is {turn:g}; write one of {', '.join(map(str, _QUARTERS))} degrees, or n/a")
    return FaceRow(file, is_video, folder.session, recording, offset or 0.0, rate, video, int(turn or 0), where)


def _path(text: str, column: str, folder: FaceFolder, where: str) -> str:
    """The path of a file, or of a folder with files, that is there; "" for no video."""
    if not text and column == "video":
        return ""
    if not text:
        raise InputError(f"{where}: no file; name the video or table, relative to {folder.path}")
    parts = text.split("/")
    if "\\" in text or text.startswith("/") or ".." in parts:
        raise InputError(
            f"{where}: {column} '{text}' leaves the index's folder or is not written with `/`; name it relative to "
            f"{folder.path}, without `..`"
        )
    path = "/".join([folder.path, *(part for part in parts if part not in ("", "."))])
    if path not in folder.files and not any(file.startswith(f"{path}/") for file in folder.files):
        raise InputError(f"{where}: the file {path} is not there, or no kind that is read; add it, or remove the row")
    return path


def _check_named(folder: FaceFolder, named: Sequence[str]) -> None:
    """InputError for a video or table that no row names, by itself or with its folder."""
    for file in folder.files:
        if ending_of(file) in _MEASURED and not any(
            file == name or file.startswith(f"{name}/") for name in named if name
        ):
            raise InputError(
                f"{file} has no row in {' or '.join(folder.indices)}; add its row there, or take the file out of the "
                "folder"
            )
