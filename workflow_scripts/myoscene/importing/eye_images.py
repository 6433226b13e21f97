"""Eye images whose participant, label, eye and time stand in the names of files and folders.

Written as ``sourcedata/sub-X/[ses-Y/]eye/``: the images as they are, and an index table of every recording.
"""

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bids_writer import write_json, write_tsv
from myoscene.importing.events import translate
from myoscene.importing.identifiers import SourceFile, find_files
from myoscene.importing.mapping_schema import ImageEye, Images
from myoscene.importing.report import ImportReport, Job
from myoscene.importing.table import SECONDS
from myoscene.recordings.eye_files import STILLS, VIDEOS

_EYES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_COLUMNS = {
    "file": "Image, relative to this table.",
    "frame": "Number of the image.",
    "time": "Seconds on the recording's clock.",
    "eye": "The wearer's left or right eye.",
    "label": "What the image shows.",
    "session": "From putting the headset on to taking it off.",
}


@dataclass(frozen=True)
class _Image:
    """One image: where it comes from and what its name says; ``frame`` and ``time_s`` may be unknown.

    ``name`` is the one that it gets below the person's folder.
    """

    file: SourceFile
    eye: str
    label: str | None
    frame: int | None
    time_s: float | None
    name: str = ""

    def folder(self, root: Path) -> Path:
        """The person's folder ``eye`` (of the session)."""
        return self.file.place.folder(root / "sourcedata", "eye")


def import_images(job: Job) -> None:
    """Copy the mapping's eye images into the dataset and write their index tables.

    Images whose label the mapping does not know, or leaves aside, are counted in the report and not copied. Images
    with the same bytes under different labels or of different people are findings.

    Raises:
        InputError: no file matches, a file is no image, an eye, frame or time that cannot be told, two images of one
            eye at one time.
    """
    rules, report = job.mapping["images"], job.report
    found = find_files(job.source, job.files, rules, job.mapping, task="eyes")
    images = [image for file in found if (image := _image(file, rules, report)) is not None]
    if not images:
        labels = ", ".join(f"'{label}'" for label in sorted({file.groups["label"] for file in found})[:5])
        raise InputError(
            f"no image below '{job.source}' has a label that the mapping keeps (they have {labels}); give them in "
            "`images.labels.values`"
        )
    _refuse_one_time(images)
    images = _named(_numbered(images, report))
    _write_indices(images, job.root)
    _copy(images, job.root, report)
    report.images = dict(sorted(Counter(image.label or "n/a" for image in images).items()))
    job.people |= {image.file.participant for image in images}
    job.used |= {file.shown for file in found}


def _image(file: SourceFile, rules: Images, report: ImportReport) -> _Image | None:
    """What the path says of one image, None where its label is not kept."""
    _check_name(file)
    label = None
    if "label" in file.groups:
        kind, label = translate(file.groups["label"], rules.get("labels", {}))
        if kind != "kept":
            report.leave(kind, "labels", label)
            return None
    return _Image(file, _eye(file, rules.get("eye", {})), label, _frame(file), _time(file, rules))


def _check_name(file: SourceFile) -> None:
    name = file.path.name
    if name.lower().endswith(VIDEOS):
        raise InputError(
            f"{file.shown} is a video, which the mapping's `images` cannot hold; put it into the dataset yourself, "
            "with an index table of its frames, or leave it aside under `ignore: {files: [...]}`"
        )
    if not name.lower().endswith(STILLS) or name.startswith("."):
        endings = ", ".join(ending[1:] for ending in STILLS)
        raise InputError(f"{file.shown} is no image that is read ({endings}); make the pattern of `images` narrower")
    if " ".join(file.shown.split()) != file.shown or "\\" in file.shown:
        raise InputError(f"{file.shown!r}: an index table cannot hold this name; rename the file or its folder")


def _eye(file: SourceFile, rules: ImageEye) -> str:
    if "value" in rules:
        return str(rules["value"])
    text = file.groups.get("eye", "")
    eye = rules["values"].get(text) if "values" in rules else _EYES.get(text.lower())
    if eye is None:
        raise InputError(
            f"{file.shown}: eye '{text}' is neither left nor right; give `eye: {{values: {{'{text}': left}}}}` in the "
            "mapping's `images`"
        )
    return str(eye)


def _frame(file: SourceFile) -> int | None:
    text = file.groups.get("frame")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text.lstrip("0")) < 10):
        raise InputError(f"{file.shown}: frame '{text}' is no whole number; correct the pattern of `images`")
    return int(text)


def _time(file: SourceFile, rules: Images) -> float | None:
    if "rate_hz" in rules:
        frame = _frame(file)
        if frame is None:
            raise InputError(f"{file.shown}: no frame number, so there is no time; correct the pattern of `images`")
        return round(frame / float(rules["rate_hz"]), 9)
    text = file.groups.get("time")
    if text is None:
        return None
    try:
        seconds = float(text) * SECONDS[rules["time_unit"]]
    except ValueError:
        seconds = float("nan")
    if not abs(seconds) < float("inf"):
        raise InputError(f"{file.shown}: time '{text}' is no number; correct the pattern of `images`")
    return round(seconds, 9)


def _refuse_one_time(images: list[_Image]) -> None:
    timed = (image for image in images if image.time_s is not None)
    clash = first_repeat(timed, key=lambda image: (image.file.labels, image.eye, image.time_s))
    if clash:
        first, second = clash
        raise InputError(
            f"{first.file.shown} and {second.file.shown} would be the same eye of participant "
            f"'{second.file.participant}' at {second.time_s:g} s; put {{session}}, {{task}} or {{run}} into the "
            "pattern of `images`"
        )


def _numbered(images: list[_Image], report: ImportReport) -> list[_Image]:
    """The images of each recording in the order of time, else of frames, else of paths, each with a frame number."""
    ordered: list[_Image] = []
    for (participant, _, task, _), group in groupby(images, key=lambda image: image.file.labels):
        members = list(group)
        known = [image.frame for image in members if image.frame is not None]
        if len(known) < len(members) or first_repeat((image.eye, image.frame) for image in members):
            if known:
                report.findings.append(
                    f"participant {participant}, task {task}: frame numbers repeat or are missing, so the images are "
                    "numbered in the order of their paths"
                )
            for eye in _EYES.values():
                places = [place for place, image in enumerate(members) if image.eye == eye]
                for number, place in enumerate(places):
                    members[place] = replace(members[place], frame=number)
        ordered += sorted(members, key=lambda image: (image.time_s or 0.0, image.frame, image.eye))
    return ordered


def _named(images: list[_Image]) -> list[_Image]:
    """Images with names below the person's folder ``eye``: their own, in their folders where two would clash.

    Names that differ in case alone clash, too: some file systems take them for one.
    """
    keys = [(*image.file.labels[:2], PurePosixPath(image.file.shown).name.lower()) for image in images]
    count = Counter(keys)
    paths = [PurePosixPath(image.file.shown) for image in images]
    names = [str(path) if count[key] > 1 else path.name for path, key in zip(paths, keys, strict=True)]
    return [replace(image, name=name) for image, name in zip(images, names, strict=True)]


def _write_indices(images: list[_Image], root: Path) -> None:
    about: dict[str, Any] = {column: {"Description": text} for column, text in _COLUMNS.items()}
    for _, group in groupby(images, key=lambda image: image.file.labels):
        members = list(group)
        place = members[0].file.place
        rows = [(image.name, image.frame, image.time_s, image.eye, image.label, place.session) for image in members]
        path = members[0].folder(root) / f"{place.stem}_eye.tsv"
        write_tsv(path, pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"frame": int, "time": float}))
        write_json(path.with_suffix(".json"), {"TaskName": place.task} | about)


def _copy(images: list[_Image], root: Path, report: ImportReport) -> None:
    """Copy every image, and tell which have the same bytes but not the same label or person."""
    seen: dict[bytes, _Image] = {}
    for image in images:
        target = image.folder(root) / image.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image.file.path, target)
        first = seen.setdefault(hashlib.sha256(target.read_bytes()).digest(), image)
        if first.file.participant != image.file.participant:
            what = f"participants '{first.file.participant}' and '{image.file.participant}'"
        elif first.label != image.label:
            what = f"labels '{first.label or 'n/a'}' and '{image.label or 'n/a'}'"
        else:
            continue
        report.findings.append(
            f"{first.file.shown} and {image.file.shown}: identical bytes ({what}); the workflow does "
            "not score them unless it is told to keep them (eyes.quality.identical)"
        )
