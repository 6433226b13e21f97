"""One import: what it reads and writes, what it did, and what it found and did not use."""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from myoscene.importing.bids_writer import Place
from myoscene.importing.mapping_schema import Ignore, Labels, MappingFile
from myoscene.importing.table import SourceTable, as_text

_SHOWN = 3


@dataclass(frozen=True)
class SourceFile:
    """A file, and what its path says."""

    path: Path
    shown: str  # path below the source folder, as messages and the report show it
    place: Place
    groups: dict[str, str]  # what the pattern found in the path, unchanged

    @property
    def labels(self) -> tuple[str, str, str, str]:
        """Participant, session, task and run, "" where there is none: the order of recordings."""
        place = self.place
        return place.participant, place.session or "", place.task, str(place.run or "")


@dataclass
class ImportedRecording:
    """One recording that was written."""

    file: str
    participant: str
    session: str
    task: str
    run: str
    rate_hz: float
    n_samples: int
    channels: list[str]
    events: dict[str, int]
    held_fraction: float


@dataclass
class ImportReport:
    """Everything that a user has to know of an import; :meth:`text` is what the command prints.

    What was not used: "files", "columns", "events", "streams" or "labels" -> name -> in how many files, or how often.
    """

    destination: str  # the dataset's folder, as given
    participants: list[str] = field(default_factory=list)
    recordings: list[ImportedRecording] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)  # sentences, each naming its file
    unmapped: dict[str, dict[str, int]] = field(default_factory=dict)  # not used since the mapping does not mention it
    ignored: dict[str, dict[str, int]] = field(default_factory=dict)  # left aside by the mapping on purpose
    ratings: int = 0  # rows that were written, as are feature_rows
    feature_rows: int = 0
    images: dict[str, int] = field(default_factory=dict)  # label ("n/a" for none) -> eye images that were copied

    def leave(self, kind: str, name: str, aside: bool = False, count: int = 1) -> None:
        """Count one thing that was not used, left ``aside`` on purpose or unmapped."""
        counts = (self.ignored if aside else self.unmapped).setdefault(kind, {})
        counts[name] = counts.get(name, 0) + count

    def translate(self, label: str, rules: Labels, kind: str = "events") -> str | None:
        """What the mapping makes of a label; None, and counted, where it leaves it aside or does not know it."""
        values = rules.get("values")
        aside = label in {as_text(value) for value in rules.get("ignore", [])}
        if aside or (values is not None and label not in values):
            self.leave(kind, label, aside)
            return None
        return label if values is None else as_text(values[label])

    def content(self) -> dict[str, Any]:
        """The report as plain values, the same for the same source: without the destination."""
        values = asdict(self)
        del values["destination"]
        for which in ("unmapped", "ignored"):
            values[which] = {kind: dict(sorted(names.items())) for kind, names in sorted(values[which].items())}
        return values

    def text(self) -> str:
        """What the command prints: counts, findings (the first of each kind), and everything not used."""
        counts = {"rows of ratings": self.ratings, "rows of features": self.feature_rows}
        counts["eye images"] = sum(self.images.values())
        more = "".join(f", {count} {what}" for what, count in counts.items() if count)
        lines = [
            f"{len(self.participants)} participants, {len(self.recordings)} recordings{more} written to "
            f"{self.destination}"
        ]
        rates = sorted({recording.rate_hz for recording in self.recordings})
        if rates:
            lines.append("rates: " + ", ".join(f"{rate:g} Hz" for rate in rates))
        if self.images:
            lines.append("eye images: " + ", ".join(f"{label} ({n})" for label, n in sorted(self.images.items())))
        groups: dict[str, list[str]] = {}
        for finding in self.findings:
            groups.setdefault(re.sub(r"[\d.,%']+", "#", finding.partition(": ")[2][:40]), []).append(finding)
        for group in groups.values():
            lines += [f"found: {finding}" for finding in group[:_SHOWN]]
            if len(group) > _SHOWN:
                lines.append(f"       ... and {len(group) - _SHOWN} more like these")
        for left, words in ((self.unmapped, "not in the mapping"), (self.ignored, "left aside by the mapping")):
            for kind, names in sorted(left.items()):
                shown = ", ".join(f"{name} ({count})" for name, count in sorted(names.items()))
                lines.append(f"{words}, {kind}: {shown}")
        lines.append("the whole report: code/import_report.json in the dataset")
        return "\n".join(lines)

    __str__ = text


@dataclass
class Job:
    """One import: what it reads, where it writes, and what it has come to so far."""

    mapping: MappingFile
    source: Path  # the folder (or the one file) that is read
    files: list[str]  # below it, relative
    root: Path  # of the new dataset
    report: ImportReport
    used: set[str] = field(default_factory=set)  # files that were read
    people: set[str] = field(default_factory=set)  # of whom something was written

    def add(self, found: Collection[SourceFile]) -> None:
        """Files that were read, and whose they are."""
        self.used |= {file.shown for file in found}
        self.people |= {file.place.participant for file in found}

    def leave_columns(self, table: SourceTable, used: set[str]) -> None:
        """Count the columns of ``table`` that are not ``used``."""
        names = [str(name) for name in table.frame.columns]
        ignored = self.ignored.get("columns", [])
        aside = {names[c - 1] if isinstance(c, int) and c <= len(names) else str(c) for c in ignored}
        for name in names:
            if name not in used:
                self.report.leave("columns", name, name in aside)

    @property
    def ignored(self) -> Ignore:
        """What the mapping leaves aside."""
        return self.mapping.get("ignore", {})
