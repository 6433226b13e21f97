"""Eye recordings on disk: an index table and a stack of images per eye, under ``sourcedata``."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.demo.eyes import (
    IMPERFECTION_TEXTS,
    RATE_HZ,
    EyeRecording,
    clock_offset_s,
    eye_person,
    eye_recordings,
    imperfection,
)
from myoscene.demo.people import SimulatedPerson
from myoscene.importing.bids_writer import Place, write_tsv
from myoscene.machinery.files import atomic_path

COLUMN_TEXTS = {
    "file": "Stack of images, beside this table.",
    "frame": "Number of the image in the stack, from 0.",
    "time": "Seconds on the recording's clock, before the person's offset (sourcedata/eye_offsets.tsv).",
    "eye": "The wearer's left or right eye; images are left to right as the wearer has them.",
    "label": "What the person was asked to do; n/a where nothing was asked.",
    "session": "Eye session: from putting the headset on to taking it off.",
}
# Tags of baseline TIFF and their types (3 short, 4 long, 5 rational); a stack has one such list a page.
_TAGS = {256: 3, 257: 3, 258: 3, 259: 3, 262: 3, 273: 4, 278: 3, 279: 4, 282: 5, 283: 5, 296: 3}


def write_eyes(root: Path, person: SimulatedPerson, number: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Write everything that the eye cameras took of ``person``; what no lab would know of it: truth table -> rows.

    One recording is in memory at a time.
    """
    folder = root / "sourcedata" / f"sub-{person.participant}" / "eye"
    blinks: list[dict[str, Any]] = []
    for recording in eye_recordings(person, number, seed):
        _write_recording(folder, person.participant, recording)
        row = {"task": recording.task, "run": recording.run}
        blinks += [row | {"onset": b.onset_s, "duration": b.duration_s} for b in recording.blinks]
    fault = imperfection(number)
    return {
        "eye_people": [{"parameter": k, "value": v} for k, v in eye_person(number, seed).parameters().items()],
        "eye_imperfections": [{"imperfection": fault, "description": IMPERFECTION_TEXTS[fault]}] if fault else [],
        "blinks": blinks,
    }


def write_offsets(root: Path, labels: list[str]) -> None:
    """Write ``sourcedata/eye_offsets.tsv`` with the people whose cameras had a clock of their own, if any."""
    offsets = {label: clock_offset_s(number) for number, label in enumerate(labels, start=1)}
    rows = [{"participant_id": f"sub-{label}", "offset_s": value} for label, value in offsets.items() if value]
    if rows:
        write_tsv(root / "sourcedata" / "eye_offsets.tsv", pd.DataFrame(rows))


def readme(labels: list[str]) -> str:
    """What the dataset's README says about the eye images."""
    faults = [(label, imperfection(number)) for number, label in enumerate(labels, start=1)]
    lines = [f"- sub-{label}: {IMPERFECTION_TEXTS[fault]}." for label, fault in faults if fault]
    return f"""
`sourcedata/sub-*/eye` holds synthetic (rendered) infra-red images of both eyes with their brows, made for the same
people, sessions and events as the EMG: the same muscle activity moves lids and brows, and the blinks are those of
the EMG. {RATE_HZ:g} images a second and eye. Eye session 1 (the headset is put on): `adjust` run 1 (a relaxed face,
then closed eyes; without EMG, on a clock of its own), the calibration and the first three scenes; session 2 (put on
again): `adjust` run 2 and the last three scenes. The images of each eye are the pages of a TIFF file; the tables say
when each was taken. Made imperfect on purpose:

{chr(10).join(lines)}
"""


def write_stack(path: Path, images: np.ndarray) -> None:
    """Write ``images`` (pages, height, width) uint8 as a multi-page TIFF file with deflate compression, atomically.

    Pillow writes a page the more slowly the more there are before it, 1.4 ms a page of a calibration against
    0.1 ms here. The form: TIFF 6.0 (Adobe 1992), with Adobe's code 8 for deflate (Technical Note 2, 2002).
    """
    height, width = images.shape[1:]
    parts = [b"II*\0" + struct.pack("<I", 8)]
    at = 8
    for index, image in enumerate(images):
        strip = zlib.compress(np.ascontiguousarray(image).tobytes(), 6)
        resolution = at + 2 + 12 * len(_TAGS) + 4
        data = resolution + 16
        end = data + len(strip) + len(strip) % 2
        # Size, 8 bits a sample, deflate, black is zero, the one strip, no unit of length.
        values = (width, height, 8, 8, 1, data, height, len(strip), resolution, resolution + 8, 1)
        entries = (struct.pack("<HHII", *tag, 1, value) for tag, value in zip(_TAGS.items(), values, strict=True))
        following = end if index + 1 < len(images) else 0
        parts.append(struct.pack("<H", len(_TAGS)) + b"".join(entries) + struct.pack("<I", following))
        parts.append(struct.pack("<4I", 1, 1, 1, 1) + strip + b"\0" * (len(strip) % 2))
        at = end
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"".join(parts))


def _write_recording(folder: Path, participant: str, recording: EyeRecording) -> None:
    stem = Place(participant, None, recording.task, recording.run).stem
    tables = []
    for side, images in recording.images.items():
        file = f"{stem}_{side}.tif"
        write_stack(folder / file, images)
        labels = [label or None for label in recording.labels[side]]
        seen = {"time": recording.times_s[side], "eye": side, "label": labels, "session": recording.session}
        tables.append(pd.DataFrame({"file": file, "frame": range(len(images))} | seen))
    frame = pd.concat(tables).sort_values(["time", "file"])
    write_tsv(folder / f"{stem}_eye.tsv", frame, COLUMN_TEXTS, Synthetic=True, TaskName=recording.task)
