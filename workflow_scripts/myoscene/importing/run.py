"""``myoscene import``: from a mapping and a folder of source files to a BIDS dataset, whole or not at all."""

import hashlib
import os
from pathlib import Path

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import PathLike, write_dataset_description, write_json, write_participants
from myoscene.importing.eye_images import import_images
from myoscene.importing.identifiers import find_files, matches_any
from myoscene.importing.mapping import load_mapping
from myoscene.importing.mapping_schema import MappingFile
from myoscene.importing.ratings import import_ratings
from myoscene.importing.recording import import_features, import_recording
from myoscene.importing.report import ImportReport, Job, SourceFile
from myoscene.machinery.files import write_text
from myoscene.machinery.staging import new_folder


def import_dataset(mapping_file: PathLike, source: PathLike, destination: PathLike) -> ImportReport:
    """Import what the mapping describes from ``source`` into the new BIDS dataset ``destination``.

    The source is only read. The dataset is written beside its place and renamed at the end, so that an error leaves
    nothing behind. The report and the mapping are kept in the dataset's ``code`` folder.

    Raises:
        InputError: anything in the mapping or the source that cannot be used, or a destination that is in use.
    """
    mapping = load_mapping(mapping_file)
    root, target = Path(source), Path(destination)
    if not root.exists():
        raise InputError(f"there is no source '{root}'; give the folder that holds the recordings")
    # Not Path.resolve, which refuses links in a circle by an error of its own.
    if root.is_dir() and Path(os.path.realpath(target)).is_relative_to(os.path.realpath(root)):
        inside = "lies inside the source, which is never changed"
        raise InputError(f"the destination '{target}' {inside}; give a folder elsewhere")
    with new_folder(target) as staging:
        report = _write(mapping, root, staging, str(destination))
        write_json(staging / "code" / "import_report.json", report.content())
        write_text(staging / "code" / "mapping.yaml", Path(mapping_file).read_text(encoding="utf-8-sig"))
    return report


def _write(mapping: MappingFile, source: Path, root: Path, shown: str) -> ImportReport:
    report = ImportReport(shown)
    files = sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())
    job = Job(mapping, source, [source.name] if source.is_file() else files, root, report)
    if not job.files:
        raise InputError(f"the source '{source}' has no files; give the folder that holds the recordings")
    if "source" in mapping:
        recordings = find_files(job, mapping["source"])
        _report_identical(recordings, report)
        for recording in recordings:
            import_recording(recording, job)
    for section, read in (("features", import_features), ("images", import_images), ("ratings", import_ratings)):
        if section in mapping:
            read(job)
    ignored = job.ignored.get("files", [])
    for name in job.files:
        if name not in job.used:
            report.leave("files", name, matches_any(name, ignored))
    report.participants = sorted(job.people)
    images = f", {sum(report.images.values())} eye images" if report.images else ""
    text = (
        f"{mapping['dataset'].get('description', '')}\n\n{mapping['dataset']['name']}: {len(report.participants)} "
        f"participants, {len(report.recordings)} recordings{images}, imported with `myoscene import`. "
        "code/mapping.yaml says how, code/import_report.json what was found on the way and what was left aside."
    )
    write_dataset_description(root, mapping["dataset"], text.strip())
    # BIDS: exactly those with a folder. People of a wide rating or feature table stand in that table.
    folders = pd.DataFrame({"participant_id": sorted(p.name for p in root.glob("sub-*"))})
    if len(folders):
        write_participants(root, folders)
    return report


def _report_identical(recordings: list[SourceFile], report: ImportReport) -> None:
    """Two participants' files with the same bytes are a leak between training and test."""
    seen: dict[bytes, SourceFile] = {}
    for file in recordings:
        first = seen.setdefault(hashlib.sha256(file.path.read_bytes()).digest(), file)
        if first is not file:
            one, other = first.place.participant, file.place.participant
            who = f"participant '{one}'" if one == other else f"participants '{one}' and '{other}'"
            report.findings.append(
                f"{first.shown} and {file.shown}: identical bytes ({who}); one of them is not what its name says, "
                "exclude one"
            )
