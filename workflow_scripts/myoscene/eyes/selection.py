"""Whose eye images the workflow uses, with which files: read when Snakemake reads its rules.

Standard library only; lists each folder once and opens no image.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.eyes.rectify import Rectify, read_headsets, read_offsets
from myoscene.recordings.bids import Folders, refuse_links
from myoscene.recordings.eye_files import eye_folders
from myoscene.recordings.selection import Selection

HEADSETS, OFFSETS = "sourcedata/eye_headsets.yaml", "sourcedata/eye_offsets.tsv"


@dataclass(frozen=True)
class EyeSelection:
    """Eye images that the workflow works on.

    Attributes:
        participants: sorted labels of the people who have eye images.
        raw_files: participant -> index tables, images, videos, sorted.
        cameras: participant -> what is done to the images of the left and of the right eye (fields of ``Rectify``), by
            the dataset's file of headsets. It and the table of offsets are read here and handed on person by person,
            so that a newcomer's row in them concerns nobody else.
        offset_s: participant -> seconds to add to the eye times.
        without: participants of the workflow who have no eye images.
        emg_recordings: participant -> names of the EMG recordings.
        scene_recordings: those of them that are scenes.
        left_out: participant -> names of recordings whose EMG is left out, so that their images train nothing either.
    """

    participants: list[str] = field(default_factory=list)
    raw_files: dict[str, list[str]] = field(default_factory=dict)
    cameras: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    offset_s: dict[str, float] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    emg_recordings: dict[str, list[str]] = field(default_factory=dict)
    scene_recordings: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)


def select_eyes(recordings: Mapping[str, Any], eyes: Mapping[str, Any], selection: Selection) -> EyeSelection:
    """Eye images of the people of ``selection``, by the configuration's sections `recordings` and `eyes`.

    Raises:
        InputError: `eyes.images` is `required` and nobody has any, `none` where the input is eye images; a person of
            that input without images; a headset or offsets file that is named and not there, or refused by its
            reader; offsets of somebody who is not there.
    """
    kind, wanted = recordings["input"], eyes["images"]
    if kind == "eyes" and wanted == "none":
        raise InputError("recordings.input is `eyes` but eyes.images is `none`; set eyes.images to `auto`")
    if kind not in ("emg", "eyes") or wanted == "none":
        if wanted == "required":
            raise InputError(
                f"eyes.images is `required` but recordings.input is `{kind}`, which has none; set eyes.images to `auto`"
            )
        return EyeSelection(without=list(selection.participants))
    root, folders = str(recordings["dataset"]), Folders()
    found = {name: eye_folders(root, name, folders) for name in selection.participants}
    people = [name for name in selection.participants if found[name]]
    if kind == "eyes" and len(people) < len(found):
        name = next(name for name in found if not found[name])
        raise InputError(
            f"participant {name} has a folder for eye images in sourcedata, but neither index nor image in it; add "
            "them, or list the person in recordings.exclude_participants"
        )
    if not people:
        if wanted == "required":
            raise InputError(
                f"eyes.images is `required` but nobody in dataset {root} has eye images "
                "(sourcedata/sub-*/[ses-*/]eye/); add them, or set eyes.images to `auto`"
            )
        return EyeSelection(without=list(selection.participants))
    headsets = read_headsets(_shared(root, eyes, "headsets", HEADSETS), Path(root, "sourcedata"))
    known = [name[4:] for name in folders.listing(str(Path(root, "sourcedata"))) if name.startswith("sub-")]
    offsets = read_offsets(_shared(root, eyes, "offsets", OFFSETS), known)
    emg = {name: selection.recordings.get(name, []) for name in people}
    calibration = recordings["calibration_tasks"]
    refuse_links(root, (path for name in people for f in found[name] for path in (*f.indices, *f.images)))
    return EyeSelection(
        participants=people,
        raw_files={name: sorted(path for f in found[name] for path in (*f.indices, *f.images)) for name in people},
        cameras={name: [_plain(rectify) for rectify in headsets.worn_by(name)] for name in people},
        offset_s={name: offsets.get(name, 0.0) for name in people},
        without=[name for name in selection.participants if not found[name]],
        emg_recordings={name: [r.recording for r in emg[name]] for name in people},
        scene_recordings={name: [r.recording for r in emg[name] if r.task not in calibration] for name in people},
        left_out={
            name: [row["recording"] for row in selection.exclusions if row["participant"] == name and row["recording"]]
            for name in people
        },
    )


def _plain(rectify: Rectify) -> dict[str, Any]:
    """As it comes back from JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rectify).items()}


def _shared(root: str, eyes: Mapping[str, Any], key: str, default: str) -> str | None:
    """The dataset's file that ``eyes.frames.<key>`` names, None where none is named and there is none."""
    named = eyes["frames"][key]
    path = Path(root, named or default)
    if path.is_file():
        return str(path)
    if named:
        raise InputError(f"eyes.frames.{key} names {path}, which does not exist; correct it, or set it to null")
    return None
