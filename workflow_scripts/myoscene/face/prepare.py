"""Faces of one participant: from videos and tables to parameters on the clock of the EMG recordings."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.face.folders import folders_of_files
from myoscene.face.index import FaceRow, read_index
from myoscene.face.others.plain import is_plain, read_plain
from myoscene.face.others.read import read_other, times
from myoscene.face.run import face_parameters
from myoscene.face.settings import FaceSettings
from myoscene.face.tables import PARTICIPANT_FACES, PARTICIPANT_SHEET
from myoscene.face.video import frame_times
from myoscene.recordings.bids import within
from myoscene.recordings.tables import PARTICIPANT_RECORDINGS

PathLike = str | os.PathLike[str]
# An interval between frames that differs more from the median is irregular.
_IRREGULAR = 0.1


@dataclass(frozen=True)
class FaceSource:
    """A participant's files of the face (:class:`myoscene.face.selection.FaceSelection`), and how they are read.

    Attributes:
        dataset: folder of the dataset, as it stands in ``raw``, the participant's files.
        emg_recordings, left_out: names of the person's EMG recordings, and of those whose EMG is left out.
        offset_s: seconds to add to all times of the face.
        model: the model file, for videos.
    """

    raw: Sequence[str]
    participant: str
    dataset: str
    emg_recordings: Sequence[str]
    left_out: Sequence[str]
    offset_s: float
    model: str
    video: FaceSettings
    synthetic: bool


@dataclass(frozen=True)
class Measured:
    """Parameters of one recording, a row a frame, on the clock of its file.

    Attributes:
        values: name -> number.
        is_usable: a face, neither turned away nor in a frozen picture.
        still, never_moved: parameters that did not change, and those that the model leaves alone.
        mirror_bias: parameter -> mean difference between face and mirror image.
    """

    source: str
    tool: str
    frame: NDArray[np.int64]
    time_s: NDArray[np.float64]
    is_face: NDArray[np.bool_]
    is_usable: NDArray[np.bool_]
    values: pd.DataFrame
    still: Sequence[str]
    never_moved: Sequence[str] = ()
    mirror_bias: dict[str, float] | None = None


def prepare_face(source: FaceSource, recordings: PathLike, parameters: PathLike, sheet: PathLike) -> None:
    """Read all videos and tables of a participant's face and write PARTICIPANT_FACES and PARTICIPANT_SHEET.

    Everything is read before anything is written.

    Args:
        recordings: PARTICIPANT_RECORDINGS.

    Raises:
        InputError: whatever reading the index, a video or a table refuses; a table of another length than its video;
            frames none of which lies within the EMG recording; recordings with different parameters.
    """
    folders = folders_of_files(source.raw, source.dataset, source.participant)
    index = read_index(folders, source.participant, source.emg_recordings, source.left_out)
    lengths = read_table(recordings, PARTICIPANT_RECORDINGS, columns=["recording", "duration_s"])
    duration_s = dict(zip(lengths["recording"], lengths["duration_s"], strict=True))
    measured = [_video(row, source) if row.is_video else _table(row) for row in index]
    if not measured:
        raise InputError(
            f"{folders[0].path}: every recording that the index names is left out of this run, so no face is left; "
            "take the folder away, or set face.files to `none`"
        )
    names = _names(index, measured)
    frames, rows = [], []
    for row, found in zip(index, measured, strict=True):
        offset_s = row.offset_s + source.offset_s
        time_s = np.round(found.time_s + offset_s, 6)
        fixed = {"participant": source.participant, "session": row.session, "recording": row.recording}
        told = {"in_recording_fraction": _inside(row, time_s, float(duration_s[row.recording])), "offset_s": offset_s}
        timed = pd.DataFrame(fixed | {"frame": found.frame, "time_s": time_s, "is_face": found.is_face})
        frames.append(pd.concat([timed, found.values[names].astype(np.float32)], axis=1))
        rows.append(fixed | _sheet_row(row, found) | told | {"synthetic": source.synthetic})
    write_table(parameters, pd.concat(frames, ignore_index=True), PARTICIPANT_FACES, row_group_by="recording")
    write_table(sheet, pd.DataFrame(rows, columns=list(PARTICIPANT_SHEET.columns)), PARTICIPANT_SHEET)


def _names(index: Sequence[FaceRow], measured: Sequence[Measured]) -> list[str]:
    """The names of the parameters; InputError where two recordings differ in them."""
    names = [str(name) for name in measured[0].values]
    for row, found in zip(index, measured, strict=True):
        if odd := set(names) ^ set(map(str, found.values)):
            raise InputError(
                f"{row.where}: {row.file} and {index[0].file} do not hold the same parameters ({min(odd)} is in one of "
                "them alone); measure all recordings with the same tool"
            )
    return names


def _video(row: FaceRow, source: FaceSource) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "face.parquet")
        video, model = Path(row.file), Path(source.model)
        summary = face_parameters(video, out, source.video, model=model, turn=row.turn, rate_hz=row.rate_hz)
        found, unusable = read_plain(out)
    assert found.time_s is not None
    return Measured(
        source="video",
        tool="MediaPipe",
        frame=found.frame,
        time_s=found.time_s,
        is_face=found.is_face,
        is_usable=found.is_face & ~unusable,
        values=found.values,
        still=summary.still_in_this_video,
        never_moved=summary.never_moved_by_model,
        mirror_bias=summary.mirror_bias,
    )


def _table(row: FaceRow) -> Measured:
    path = Path(row.file)
    if is_plain(path):
        found, unusable = read_plain(path)
    else:
        found = read_other(path, row.rate_hz)
        unusable = np.zeros(len(found.is_face), bool)
    if row.video:
        time_s = frame_times(Path(row.video))
        if len(time_s) != len(found.frame):
            raise InputError(
                f"{row.where}: {row.file} has {len(found.frame)} rows and its video {row.video} has {len(time_s)} "
                "frames; measure the whole video, or take the video out of the row"
            )
        _ = times(found, path, None if found.time_s is not None else 1.0)
    else:
        time_s = times(found, path, row.rate_hz)
    span = found.values.max() - found.values.min()
    return Measured(
        source="table",
        tool=found.tool,
        frame=found.frame,
        time_s=time_s,
        is_face=found.is_face,
        is_usable=found.is_face & ~unusable,
        values=found.values,
        still=[str(name) for name, moved in span.items() if not moved > 0],
    )


def _inside(row: FaceRow, time_s: NDArray[np.float64], duration_s: float) -> float:
    """The fraction of frames while the EMG was recorded; InputError for none."""
    inside = float(((time_s >= 0) & (time_s <= duration_s)).mean())
    if not inside:
        raise InputError(
            f"{row.where}: the frames of {row.file} lie between {time_s[0]:.1f} and {time_s[-1]:.1f} s, outside of the "
            f"EMG recording {row.recording}, which lasts from 0 to {duration_s:.1f} s; correct offset_s there or in "
            "sourcedata/face_offsets.tsv"
        )
    return inside


def _sheet_row(row: FaceRow, measured: Measured) -> dict[str, Any]:
    intervals = np.diff(measured.time_s)
    usual = float(np.median(intervals)) if len(intervals) else np.nan
    bias = measured.mirror_bias or {}
    most = max(bias, key=lambda name: abs(bias[name]), default="")
    return {
        "source": measured.source,
        "tool": measured.tool,
        "file": within(row.file),
        "n_frames": len(measured.frame),
        "duration_s": float(measured.time_s[-1] - measured.time_s[0]),
        "rate_hz": round(1 / usual, 4),
        "has_variable_rate": bool((np.abs(intervals / usual - 1) > _IRREGULAR).any()),
        "usable_fraction": round(float(measured.is_usable.mean()), 4),
        "still": ";".join(measured.still),
        "never_moved": ";".join(measured.never_moved),
        "mirror_bias_in": most,
        "mirror_bias": bias.get(most, np.nan),
        "parameters": ";".join(map(str, measured.values)),
    }
