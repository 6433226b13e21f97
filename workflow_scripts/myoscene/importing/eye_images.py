"""Eye images whose participant, label, eye and time stand in the names of files and folders.

Written as ``sourcedata/sub-X/[ses-Y/]eye/``: the images as they are, and an index table of every recording.
"""

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bids_writer import write_tsv
from myoscene.importing.identifiers import find_files
from myoscene.importing.mapping_schema import ImageEye, Images
from myoscene.importing.report import ImportReport, Job, SourceFile
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


@dataclass
class _Image:
    """One image, and what its name says."""

    file: SourceFile
    eye: str
    label: str | None
    frame: int | None
    time_s: float | None
    name: str = ""  # below the person's folder ``eye`` (of the session)


def import_images(job: Job) -> None:
    """Copy the mapping's eye images into the dataset and write their index tables.

    Images whose label the mapping does not know, or leaves aside, are counted in the report and not copied.

    Raises:
        InputError: no file matches, or is not an image, an eye, frame or time that cannot be told, two images of one
            eye at one time.
    """
    rules, report = job.mapping["images"], job.report
    task = job.mapping.get("identifiers", {}).get("task", {})
    found = find_files(job, rules, {"value": "eyes", **task}, recordings=False)
    images = [image for file in found if (image := _image(file, rules, report)) is not None]
    if not images:
        labels = ", ".join(f"'{label}'" for label in sorted({file.groups["label"] for file in found})[:5])
        raise InputError(
            f"no image below '{job.source}' has a label that the mapping keeps (they have {labels}); give them in "
            "`images.labels.values`"
        )
    clash = first_repeat(
        (image for image in images if image.time_s is not None),
        key=lambda image: (image.file.labels, image.eye, image.time_s),
    )
    if clash:
        first, second = clash
        raise InputError(
            f"{first.file.shown} and {second.file.shown} would be the same eye of participant "
            f"'{second.file.place.participant}' at {second.time_s:g} s; put {{session}}, {{task}} or {{run}} into the "
            "pattern of `images`"
        )
    _name(images)
    ordered = [_number(list(group), report) for _, group in groupby(images, key=lambda image: image.file.labels)]
    for recording in ordered:
        place = recording[0].file.place
        rows = [(image.name, image.frame, image.time_s, image.eye, image.label, place.session) for image in recording]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"frame": int, "time": float})
        path = place.folder(job.root / "sourcedata", "eye") / f"{place.stem}_eye.tsv"
        write_tsv(path, frame, _COLUMNS, TaskName=place.task)
    _copy([image for recording in ordered for image in recording], job.root, report)
    report.images = dict(sorted(Counter(image.label or "n/a" for image in images).items()))
    job.add([image.file for image in images])
    job.used |= {file.shown for file in found}


def _image(file: SourceFile, rules: Images, report: ImportReport) -> _Image | None:
    """What the path says of one image, None where its label is not kept."""
    name = file.path.name
    if name.lower().endswith(VIDEOS):
        raise InputError(
            f"{file.shown} is a video, which the mapping's `images` cannot hold; put it into the dataset yourself, "
            "with an index table of its frames, or leave it aside under `ignore: {files: [...]}`"
        )
    if not name.lower().endswith(STILLS) or name.startswith("."):
        endings = ", ".join(ending[1:] for ending in STILLS)
        raise InputError(
            f"{file.shown} is not an image that is read ({endings}); make the pattern of `images` narrower"
        )
    if " ".join(file.shown.split()) != file.shown or "\\" in file.shown:
        raise InputError(f"{file.shown!r}: an index table cannot hold this name; rename the file or its folder")
    label = None
    if "label" in file.groups:
        label = report.translate(file.groups["label"], rules.get("labels", {}), "labels")
        if label is None:
            return None
    eye, frame = _eye(file, rules.get("eye", {})), _frame(file)
    return _Image(file, eye, label, frame, _time(file, rules, frame))


def _eye(file: SourceFile, rules: ImageEye) -> str:
    if "value" in rules:
        return rules["value"]
    text = file.groups.get("eye", "")
    eye = rules["values"].get(text) if "values" in rules else _EYES.get(text.lower())
    if eye is None:
        raise InputError(
            f"{file.shown}: eye '{text}' is neither left nor right; give `eye: {{values: {{'{text}': left}}}}` in the "
            "mapping's `images`"
        )
    return eye


def _frame(file: SourceFile) -> int | None:
    text = file.groups.get("frame")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text.lstrip("0")) < 10):
        raise InputError(f"{file.shown}: frame '{text}' is not a whole number; correct the pattern of `images`")
    return int(text)


def _time(file: SourceFile, rules: Images, frame: int | None) -> float | None:
    if "rate_hz" in rules:
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
        raise InputError(f"{file.shown}: time '{text}' is not a number; correct the pattern of `images`")
    return round(seconds, 9)


def _number(images: list[_Image], report: ImportReport) -> list[_Image]:
    """The images of a recording in the order of time, else of frames, else of paths, each with a frame number."""
    known = [image.frame for image in images if image.frame is not None]
    if len(known) < len(images) or first_repeat((image.eye, image.frame) for image in images):
        if known:
            place = images[0].file.place
            report.findings.append(
                f"participant {place.participant}, task {place.task}: frame numbers repeat or are missing, so the "
                "images are numbered in the order of their paths"
            )
        for eye in ("left", "right"):
            for number, image in enumerate(image for image in images if image.eye == eye):
                image.frame = number
    return sorted(images, key=lambda image: (image.time_s or 0.0, image.frame, image.eye))


def _name(images: list[_Image]) -> None:
    """Name them as their files are named, with their folders where two of a person (and session) would clash.

    Names that differ in case alone clash, too: some file systems take them for one.
    """
    keys = [(*image.file.labels[:2], image.file.path.name.lower()) for image in images]
    count = Counter(keys)
    for image, key in zip(images, keys, strict=True):
        image.name = image.file.shown if count[key] > 1 else image.file.path.name


def _copy(images: list[_Image], root: Path, report: ImportReport) -> None:
    """Copy every image, and tell which have the same bytes but not the same label or person."""
    seen: dict[bytes, _Image] = {}
    for image in images:
        target = image.file.place.folder(root / "sourcedata", "eye") / image.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image.file.path, target)
        first = seen.setdefault(hashlib.sha256(target.read_bytes()).digest(), image)
        if first.file.place.participant != image.file.place.participant:
            what = f"participants '{first.file.place.participant}' and '{image.file.place.participant}'"
        elif first.label != image.label:
            what = f"labels '{first.label or 'n/a'}' and '{image.label or 'n/a'}'"
        else:
            continue
        report.findings.append(
            f"{first.file.shown} and {image.file.shown}: identical bytes ({what}); the workflow does "
            "not score them unless it is told to keep them (eyes.quality.identical)"
        )
