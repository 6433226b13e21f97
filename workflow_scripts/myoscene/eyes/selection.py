"""Whose eye images the workflow uses, with which files: read when Snakemake reads its rules.

Standard library only; lists each folder once and opens no image.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.eyes.rectify import read_headsets, read_offsets
from myoscene.eyes.settings import EyesSettings
from myoscene.recordings.bids import Folders, refuse_links
from myoscene.recordings.eye_files import eye_folders
from myoscene.recordings.selection import Selection
from myoscene.recordings.settings import RecordingsSettings


@dataclass(frozen=True)
class EyeSelection:
    """Eye images that the workflow works on.

    Attributes:
        participants, without: who has eye images, sorted, and who has none.
        raw_files: participant -> index tables, images, videos, sorted.
        cameras: participant -> :class:`myoscene.eyes.rectify.Cameras` as plain values. The files of headsets and
            offsets are read here and handed on person by person: a newcomer's row in them concerns nobody else.
        offset_s: participant -> seconds to add to the eye times.
        emg_recordings, scene_recordings: participant -> names of the EMG recordings, and of those that are scenes.
        left_out: participant -> names of recordings whose EMG is left out, so that their images train nothing either.
    """

    participants: list[str] = field(default_factory=list)
    raw_files: dict[str, list[str]] = field(default_factory=dict)
    cameras: dict[str, dict[str, object]] = field(default_factory=dict)
    offset_s: dict[str, float] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    emg_recordings: dict[str, list[str]] = field(default_factory=dict)
    scene_recordings: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)


def select_eyes(recordings: RecordingsSettings, eyes: EyesSettings, selection: Selection) -> EyeSelection:
    """Eye images of the people of ``selection``.

    Raises:
        InputError: `eyes.images` is `required` and nobody has any, `none` where the input is eye images; a person of
            that input without images; a file of headsets or offsets that is not there, or refused by its reader.
    """
    kind, required, root, folders = recordings.input, eyes.images == "required", recordings.dataset, Folders()
    if kind == "eyes" and eyes.images == "none":
        raise InputError("recordings.input is `eyes` but eyes.images is `none`; set eyes.images to `auto`")
    if kind not in ("emg", "eyes") and required:
        raise InputError(
            f"eyes.images is `required` but recordings.input is `{kind}`, which has none; set eyes.images to `auto`"
        )
    asked = selection.participants if kind in ("emg", "eyes") and eyes.images != "none" else []
    found = {name: eye_folders(root, name, folders) for name in asked}
    people = [name for name in found if found[name]]
    without = [name for name in selection.participants if name not in people]
    if kind == "eyes" and without:
        raise InputError(
            f"participant {without[0]} has a folder for eye images in sourcedata, but neither index nor image in it; "
            "add them, or list the person in recordings.exclude_participants"
        )
    if required and not people:
        raise InputError(
            f"eyes.images is `required` but nobody in dataset {root} has eye images "
            "(sourcedata/sub-*/[ses-*/]eye/); add them, or set eyes.images to `auto`"
        )
    if not people:
        return EyeSelection(without=without)
    source = Path(root, "sourcedata")
    headsets = read_headsets(_shared(root, "headsets", eyes.frames.headsets, "eye_headsets.yaml"), source)
    known = [name[4:] for name in folders.listing(str(source)) if name.startswith("sub-")]
    offsets = read_offsets(_shared(root, "offsets", eyes.frames.offsets, "eye_offsets.tsv"), known)
    raw = {
        name: sorted(path for folder in found[name] for path in (*folder.indices, *folder.images)) for name in people
    }
    refuse_links(root, (path for paths in raw.values() for path in paths))
    emg = {name: selection.recordings.get(name, []) for name in people}
    calibration = recordings.calibration_tasks
    left_out = [(row["participant"], row["recording"]) for row in selection.exclusions if row["recording"]]
    return EyeSelection(
        participants=people,
        raw_files=raw,
        cameras={name: asdict(headsets[name]) for name in people},
        offset_s={name: offsets.get(name, 0.0) for name in people},
        without=without,
        emg_recordings={name: [r.recording for r in emg[name]] for name in people},
        scene_recordings={name: [r.recording for r in emg[name] if r.task not in calibration] for name in people},
        left_out={name: [recording for whose, recording in left_out if whose == name] for name in people},
    )


def _shared(root: str, key: str, named: str | None, default: str) -> str | None:
    """The dataset's file that ``eyes.frames.<key>`` names, or the ``default`` one; None where there is none."""
    path = Path(root, named or f"sourcedata/{default}")
    if path.is_file():
        return str(path)
    if named:
        raise InputError(f"eyes.frames.{key} names {path}, which does not exist; correct it, or set it to null")
    return None
