"""``myoscene import``: from a mapping and a folder of source files to a BIDS dataset, whole or not at all."""

import hashlib
import os
import shutil
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import About, write_dataset_description, write_json, write_participants
from myoscene.importing.eye_images import import_images
from myoscene.importing.features import import_features
from myoscene.importing.identifiers import SourceFile, find_recordings, list_files, matches_any
from myoscene.importing.mapping import load_mapping
from myoscene.importing.mapping_schema import Dataset, MappingFile
from myoscene.importing.ratings import import_ratings
from myoscene.importing.recording import import_recording
from myoscene.importing.report import ImportReport, Job
from myoscene.machinery.files import write_text


def import_dataset(
    mapping_file: str | os.PathLike[str], source: str | os.PathLike[str], destination: str | os.PathLike[str]
) -> ImportReport:
    """Import what the mapping describes from ``source`` into the new BIDS dataset ``destination``.

    The source is only read. The dataset is written beside its place and renamed at the end, so that an error leaves
    nothing behind. The report and the mapping are kept in the dataset's ``code`` folder.

    Raises:
        InputError: anything in the mapping or the source that cannot be used, or a destination that is in use.
    """
    mapping = load_mapping(Path(mapping_file))
    root, target = Path(source), Path(destination)
    _check_places(root, target)
    staging = target.parent / f".{target.name}.{os.getpid()}.importing"
    staging.mkdir(parents=True)
    try:
        report = _write(mapping, root, staging, str(destination))
        write_json(staging / "code" / "import_report.json", report.content())
        write_text(staging / "code" / "mapping.yaml", Path(mapping_file).read_text(encoding="utf-8-sig"))
        if target.exists():
            target.rmdir()
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return report


def _check_places(source: Path, destination: Path) -> None:
    if not source.exists():
        raise InputError(f"there is no source '{source}'; give the folder that holds the recordings")
    if destination.is_file():
        raise InputError(f"the destination '{destination}' is a file; give a new folder")
    if destination.is_dir() and any(destination.iterdir()):
        raise InputError(f"the destination '{destination}' is not empty; give a new folder, or remove it first")
    inside = source.resolve() if source.is_dir() else source.resolve().parent
    if source.is_dir() and destination.resolve().is_relative_to(inside):
        raise InputError(
            f"the destination '{destination}' lies inside the source, which is never changed; give a folder elsewhere"
        )


def _write(mapping: MappingFile, source: Path, root: Path, shown: str) -> ImportReport:
    report = ImportReport(shown)
    job = Job(mapping, source, list_files(source), root, report)
    if not job.files:
        raise InputError(f"the source '{source}' has no files; give the folder that holds the recordings")
    if "source" in mapping:
        recordings = find_recordings(source, job.files, mapping["source"], mapping)
        _report_identical(recordings, report)
        for recording in recordings:
            import_recording(recording, job)
    for section, read in (("features", import_features), ("images", import_images), ("ratings", import_ratings)):
        if section in mapping:
            read(job)
    ignored = job.ignored.get("files", [])
    for name in job.files:
        if name not in job.used:
            report.leave("ignored" if matches_any(name, ignored) else "unmapped", "files", name)
    report.participants = sorted(job.people)
    _write_description(mapping["dataset"], root, report)
    # BIDS: exactly those with a folder. People of a wide rating or feature table stand in that table.
    folders = sorted(p.name for p in root.glob("sub-*"))
    if folders:
        write_participants(root, [{"participant_id": name} for name in folders])
    return report


def _report_identical(recordings: list[SourceFile], report: ImportReport) -> None:
    """Two participants' files with the same bytes are a leak between training and test."""
    seen: dict[str, SourceFile] = {}
    for file in recordings:
        first = seen.setdefault(hashlib.sha256(file.path.read_bytes()).hexdigest(), file)
        if first is not file:
            other = file.participant != first.participant
            who = f"participants '{first.participant}' and " if other else "participant "
            report.findings.append(
                f"{first.shown} and {file.shown}: identical bytes ({who}'{file.participant}'); one of them is not what "
                "its name says, exclude one"
            )


def _write_description(dataset: Dataset, root: Path, report: ImportReport) -> None:
    text = dataset.get("description", "")
    images = f", {sum(report.images.values())} eye images" if report.images else ""
    text += (
        f"\n\n{dataset['name']}: {len(report.participants)} participants, {len(report.recordings)} recordings{images}, "
        "imported with `myoscene import`. code/mapping.yaml says how, code/import_report.json what was found on the "
        "way and what was left aside."
    )
    about = About(
        dataset["name"],
        dataset.get("synthetic", False),
        dataset.get("authors", []),
        dataset.get("licence"),
        dataset.get("doi"),
        dataset.get("how_to_acknowledge"),
    )
    write_dataset_description(root, about, text.strip())
