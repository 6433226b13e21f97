"""Eye recordings on disk: an index table and a stack of images per eye, under ``sourcedata``."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.demo.cohort import SimulatedPerson
from myoscene.demo.eyes import (
    IMPERFECTION_TEXTS,
    RATE_HZ,
    EyeRecording,
    clock_offset_s,
    eye_person,
    eye_recordings,
    imperfection,
)
from myoscene.importing.bids_writer import recording_stem, write_json, write_tsv
from myoscene.machinery.files import atomic_path

COLUMN_TEXTS = {
    "file": "Stack of images, beside this table.",
    "frame": "Number of the image in the stack, from 0.",
    "time": "Seconds on the recording's clock, before the person's offset (sourcedata/eye_offsets.tsv).",
    "eye": "The wearer's left or right eye; images are left to right as the wearer has them.",
    "label": "What the person was asked to do; n/a where nothing was asked.",
    "session": "Eye session: from putting the headset on to taking it off.",
}
# Of baseline TIFF; a stack has one such list a page.
_SHORT, _LONG, _RATIONAL = 3, 4, 5


def write_eyes(root: Path, person: SimulatedPerson, number: int, seed: int) -> list[dict[str, Any]]:
    """Write everything that the eye cameras took of ``person``, and return the blinks: rows of the truth table.

    One recording is in memory at a time.
    """
    folder = root / "sourcedata" / f"sub-{person.participant}" / "eye"
    blinks: list[dict[str, Any]] = []
    for recording in eye_recordings(person, number, seed):
        _write_recording(folder, person.participant, recording)
        row = {"participant_id": f"sub-{person.participant}", "task": recording.task, "run": recording.run}
        blinks += [row | {"onset": b.onset_s, "duration": b.duration_s} for b in recording.blinks]
    return blinks


def write_offsets(root: Path, labels: list[str]) -> None:
    """Write ``sourcedata/eye_offsets.tsv`` with the people whose cameras had a clock of their own, if any."""
    offsets = {label: clock_offset_s(number) for number, label in enumerate(labels, start=1)}
    rows = [{"participant_id": f"sub-{label}", "offset_s": value} for label, value in offsets.items() if value]
    if rows:
        write_tsv(root / "sourcedata" / "eye_offsets.tsv", pd.DataFrame(rows))


def eye_truth(label: str, number: int, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the truth tables of one person: parameters of the eyes, and what is wrong with the cameras."""
    name = {"participant_id": f"sub-{label}"}
    rows = [name | {"parameter": k, "value": v} for k, v in eye_person(number, seed).parameters().items()]
    fault = imperfection(number)
    return rows, [name | {"imperfection": fault, "description": IMPERFECTION_TEXTS[fault]}] if fault else []


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
    entries = 11
    for index, image in enumerate(images):
        strip = zlib.compress(np.ascontiguousarray(image).tobytes(), 6)
        size = 2 + 12 * entries + 4
        resolution, data = at + size, at + size + 16
        end = data + len(strip) + len(strip) % 2
        tags = [
            (256, _SHORT, width),
            (257, _SHORT, height),
            (258, _SHORT, 8),  # bits a sample
            (259, _SHORT, 8),  # deflate
            (262, _SHORT, 1),  # black is zero
            (273, _LONG, data),  # where the one strip is
            (278, _SHORT, height),
            (279, _LONG, len(strip)),
            (282, _RATIONAL, resolution),
            (283, _RATIONAL, resolution + 8),
            (296, _SHORT, 1),  # no unit of length
        ]
        following = end if index + 1 < len(images) else 0
        directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        parts.append(struct.pack("<H", entries) + directory + struct.pack("<I", following))
        parts.append(struct.pack("<4I", 1, 1, 1, 1) + strip + b"\0" * (len(strip) % 2))
        at = end
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"".join(parts))


def _write_recording(folder: Path, participant: str, recording: EyeRecording) -> None:
    stem = recording_stem(participant, None, recording.task, recording.run)
    rows: list[tuple[float, str, int, str, str]] = []
    for side, images in recording.images.items():
        file = f"{stem}_{side}.tif"
        write_stack(folder / file, images)
        times, labels = recording.times_s[side], recording.labels[side]
        rows += [(float(t), file, k, side, label) for k, (t, label) in enumerate(zip(times, labels, strict=True))]
    rows.sort()
    table = pd.DataFrame(
        [(file, k, t, side, label or None, recording.session) for t, file, k, side, label in rows],
        columns=list(COLUMN_TEXTS),
    )
    path = folder / f"{stem}_eye.tsv"
    write_tsv(path, table)
    texts: dict[str, Any] = {column: {"Description": text} for column, text in COLUMN_TEXTS.items()}
    write_json(path.with_suffix(".json"), {"Synthetic": True, "TaskName": recording.task} | texts)
