"""Whose faces the workflow uses, with which files: read when Snakemake reads its rules.

Standard library only; lists each folder once and opens no video.
"""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.eyes.rectify import read_offsets
from myoscene.face.folders import MODEL, PICTURES, face_files
from myoscene.face.settings import FaceStageSettings
from myoscene.recordings.bids import Folders, refuse_links
from myoscene.recordings.eye_files import ending_of
from myoscene.recordings.selection import Selection
from myoscene.recordings.settings import RecordingsSettings


@dataclass(frozen=True)
class FaceSelection:
    """Faces that the workflow works on.

    Attributes:
        participants: who has a video or a table of the face, sorted.
        raw_files: participant -> index tables, videos, tables, sorted.
        with_videos: those of them who have videos, or images.
        offset_s: participant -> seconds to add to the times of the face.
        recordings: participant -> names of the EMG recordings.
        left_out: participant -> names of recordings whose EMG is left out.
        model: the model file for videos.
    """

    participants: list[str] = field(default_factory=list)
    raw_files: dict[str, list[str]] = field(default_factory=dict)
    with_videos: list[str] = field(default_factory=list)
    offset_s: dict[str, float] = field(default_factory=dict)
    recordings: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    model: str = ""


def select_faces(recordings: RecordingsSettings, face: FaceStageSettings, selection: Selection) -> FaceSelection:
    """Faces of the people of ``selection``.

    Raises:
        InputError: `face.files` is `required` and nobody has any, or the input is not EMG; videos without a model or
            the runtime; a file of offsets that is not there, or is refused by its reader.
    """
    required, root, folders = face.files == "required", recordings.dataset, Folders()
    if required and recordings.input != "emg":
        raise InputError(
            f"face.files is `required` but recordings.input is `{recordings.input}`, on whose clock no face is; set "
            "face.files to `auto`"
        )
    asked = selection.participants if recordings.input == "emg" and face.files != "none" else []
    raw = {name: files for name in asked if (files := face_files(root, name, folders))}
    if required and not raw:
        raise InputError(
            f"face.files is `required` but nobody in dataset {root} has a video or a table of the face "
            "(sourcedata/sub-*/[ses-*/]face/); add them, or set face.files to `auto`"
        )
    if not raw:
        return FaceSelection()
    refuse_links(root, (path for paths in raw.values() for path in paths))
    with_videos = [name for name, paths in raw.items() if any(ending_of(path) in PICTURES for path in paths)]
    model = Path(face.model or MODEL)
    if with_videos:
        _require_runtime(next(path for path in raw[with_videos[0]] if ending_of(path) in PICTURES), model)
    known = [name[4:] for name in folders.listing(str(Path(root, "sourcedata"))) if name.startswith("sub-")]
    offsets = read_offsets(_offsets(root, face.offsets), known)
    left_out = [(row["participant"], row["recording"]) for row in selection.exclusions if row["recording"]]
    return FaceSelection(
        participants=list(raw),
        raw_files=raw,
        with_videos=with_videos,
        offset_s={name: offsets.get(name, 0.0) for name in raw},
        recordings={name: sorted(r.recording for r in selection.recordings.get(name, [])) for name in raw},
        left_out={name: [recording for whose, recording in left_out if whose == name] for name in raw},
        model=str(model) if with_videos else "",
    )


def _require_runtime(video: str, model: Path) -> None:
    """InputError where a video is there and what turns it into parameters is not."""
    missing = [
        name for name, package in (("PyAV", "av"), ("ai-edge-litert", "ai_edge_litert")) if not find_spec(package)
    ]
    lacking = " and ".join([*missing, *([] if model.is_file() else [f"the face model {model}"])])
    if lacking:
        raise InputError(
            f"{video} is a picture of a face, and {lacking} is missing here; `make face-model` gets the model and its "
            "runtime (a model of your own: face.model), or set face.files to `none`"
        )


def _offsets(root: str, named: str | None) -> str | None:
    path = Path(root, named or "sourcedata/face_offsets.tsv")
    if path.is_file():
        return str(path)
    if named:
        raise InputError(f"face.offsets names {path}, which does not exist; correct it, or set it to null")
    return None
