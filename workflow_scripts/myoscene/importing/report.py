"""What an import did, and what it found and did not use."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from myoscene.importing.identifiers import SourceFile
from myoscene.importing.mapping_schema import Ignore, MappingFile
from myoscene.importing.table import SourceTable

_SHOWN = 3


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

    Attributes:
        destination: the dataset's folder, as given.
        findings: sentences, each naming its file.
        unmapped, ignored: kind ("files", "columns", "events", "streams", "labels") -> name -> in how many files, or how
            often; unmapped is what the mapping does not mention, ignored what it leaves aside on purpose.
        ratings: rows of ratings that were written.
        feature_rows: rows of the feature table.
        images: label -> eye images that were copied; "n/a" for those without a label.
    """

    destination: str
    participants: list[str] = field(default_factory=list)
    recordings: list[ImportedRecording] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    unmapped: dict[str, dict[str, int]] = field(default_factory=dict)
    ignored: dict[str, dict[str, int]] = field(default_factory=dict)
    ratings: int = 0
    feature_rows: int = 0
    images: dict[str, int] = field(default_factory=dict)

    def leave(self, which: str, kind: str, name: str, count: int = 1) -> None:
        """Count one thing that was not used: ``which`` is "unmapped" or "ignored"."""
        counts = getattr(self, which).setdefault(kind, {})
        counts[name] = counts.get(name, 0) + count

    def leave_columns(self, table: SourceTable, used: set[str], ignored: Sequence[str | int]) -> None:
        """Count the columns of ``table`` that are not ``used``; the mapping leaves aside those that are ``ignored``."""
        names = [str(name) for name in table.frame.columns]
        aside = {names[c - 1] if isinstance(c, int) and c <= len(names) else str(c) for c in ignored}
        for name in names:
            if name not in used:
                self.leave("ignored" if name in aside else "unmapped", "columns", name)

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
        for which, words in (("unmapped", "not in the mapping"), ("ignored", "left aside by the mapping")):
            for kind, names in sorted(getattr(self, which).items()):
                shown = ", ".join(f"{name} ({count})" for name, count in sorted(names.items()))
                lines.append(f"{words}, {kind}: {shown}")
        lines.append("the whole report: code/import_report.json in the dataset")
        return "\n".join(lines)

    __str__ = text


@dataclass
class Job:
    """One import: what it reads, where it writes, and what it has come to so far.

    Attributes:
        source: the folder (or the one file) that is read; ``files`` are those below it, relative.
        root: of the new dataset.
        used: those of ``files`` that were read.
        people: participants of whom something was written.
    """

    mapping: MappingFile
    source: Path
    files: list[str]
    root: Path
    report: ImportReport
    used: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)

    def add(self, found: Iterable[SourceFile]) -> None:
        """Files that were read, and whose they are."""
        for file in found:
            self.used.add(file.shown)
            self.people.add(file.participant)

    @property
    def ignored(self) -> Ignore:
        """What the mapping leaves aside."""
        return self.mapping.get("ignore", {})
