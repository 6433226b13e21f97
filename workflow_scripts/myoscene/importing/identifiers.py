"""From the path of a source file to BIDS labels."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bids_writer import Place
from myoscene.importing.mapping_schema import FilePattern, Identifier, Identifiers, MappingFile

ENTITIES: tuple[Literal["participant", "session", "task", "run"], ...] = ("participant", "session", "task", "run")
_LABEL = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class SourceFile:
    """One file, with what its path says.

    Attributes:
        path: absolute.
        shown: path below the source folder, as messages and the report show it.
        place: the BIDS labels that its path gives.
        groups: what the pattern found in the path, unchanged.
    """

    path: Path
    shown: str
    place: Place
    groups: dict[str, str]

    @property
    def participant(self) -> str:
        """Whose it is."""
        return self.place.participant

    @property
    def labels(self) -> tuple[str, str, str, str]:
        """Participant, session, task and run, "" where there is none: the order of recordings."""
        place = self.place
        return place.participant, place.session or "", place.task, str(place.run or "")


def list_files(source: Path) -> list[str]:
    """All files below ``source`` (or its own name where it is a file), relative, sorted; hidden ones too."""
    if source.is_file():
        return [source.name]
    return sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())


def compile_pattern(template: str) -> re.Pattern[str]:
    """A path template as a regular expression: ``{participant}`` and its like, ``*`` and ``**``."""
    out, seen = [], set()
    for piece in re.split(r"(\{[^{}]*\}|\*\*/|\*\*|\*|\?)", template):
        if piece.startswith("{"):
            name = piece[1:-1]
            if not name.isidentifier():
                raise InputError(f"the file pattern '{template}' has '{piece}'; use {{participant}}, {{task}}, ...")
            out.append(f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+?)")
            seen.add(name)
        elif piece == "**/":
            out.append("(?:.*/)?")
        elif piece in ("**", "*", "?"):
            out.append({"**": ".*", "*": "[^/]*", "?": "[^/]"}[piece])
        else:
            out.append(re.escape(piece))
    return re.compile("".join(out))


def image_pattern(rules: FilePattern) -> re.Pattern[str]:
    """The pattern of a section with ``regex`` or ``files``; ``re.error`` where a regular expression is none."""
    return re.compile(rules["regex"]) if "regex" in rules else compile_pattern(rules["files"])


def matches_any(name: str, patterns: Iterable[str]) -> bool:
    """Whether a relative path is one of ``patterns``; a pattern without a slash is held against the file's name."""
    return any(
        compile_pattern(p).fullmatch(name if "/" in p else name.rsplit("/", 1)[-1]) is not None for p in patterns
    )


def bids_label(value: str, kind: str, rules: Identifier, where: str) -> str:
    """``value`` as a BIDS label (letters and digits), by the mapping's ``rename`` and ``clean``.

    Raises:
        InputError: the label would hold a slash, a dot, a space or another character that BIDS does not allow.
    """
    label = str(rules.get("rename", {}).get(value, value))
    if rules.get("clean") and value not in rules.get("rename", {}):
        label = re.sub(r"[^A-Za-z0-9]", "", label)
    if not _LABEL.fullmatch(label):
        clean = re.sub(r"[^A-Za-z0-9]", "", label) or "01"
        raise InputError(
            f"{where}: '{label}' is no {kind} label, which has letters and digits alone; "
            f"add `rename: {{'{value}': {clean}}}` (or `clean: true`) to the mapping's {kind}"
        )
    return label


def find_files(
    source: Path, files: list[str], rules: FilePattern, mapping: MappingFile, task: str | None = None
) -> list[SourceFile]:
    """The files that the pattern of ``rules`` matches, in order of their labels, then of their paths.

    Args:
        task: of files of which neither the pattern nor the mapping names one.

    Raises:
        InputError: no file matches, no participant or task is known, a label is invalid, or two spellings become one
            label.
    """
    pattern = image_pattern(rules)
    ignored = mapping.get("ignore", {}).get("files", [])
    identifiers = mapping.get("identifiers", {})
    if task is not None:
        identifiers = {**identifiers, "task": {"value": task, **identifiers.get("task", {})}}
    found = []
    for name in files:
        match = pattern.fullmatch(name)
        if match is not None and not matches_any(name, ignored):
            found.append(_source_file(_inside(source, name), name, match.groupdict(), identifiers))
    if not found:
        example = f", such as '{files[0]}'" if files else ""
        raise InputError(
            f"no file below '{source}' matches the pattern '{rules.get('files', rules.get('regex'))}'; "
            f"it has {len(files)} files{example}"
        )
    for entity in ("participant", "session"):
        _refuse_one_label(found, entity)
    return sorted(found, key=lambda file: (*file.labels, file.shown))


def find_recordings(source: Path, files: list[str], rules: FilePattern, mapping: MappingFile) -> list[SourceFile]:
    """As :func:`find_files`, but two files that would be one recording are an InputError."""
    found = find_files(source, files, rules, mapping)
    clash = first_repeat(found, key=lambda file: file.labels)
    if clash:
        first, second = clash
        raise InputError(
            f"{first.shown} and {second.shown} would be the same recording (participant '{second.participant}', task "
            f"'{second.place.task}'); put {{run}} or {{session}} into the file pattern"
        )
    return found


def _inside(source: Path, name: str) -> Path:
    """The path of a file below ``source``; InputError for a link that leads out of it."""
    if source.is_file():
        return source
    path = source / name
    # Folders that are links were not gone into.
    if path.is_symlink() and not path.resolve().is_relative_to(source.resolve()):
        raise InputError(f"{name} is a link that leads out of the source folder; put the file itself there")
    return path


def _source_file(path: Path, name: str, groups: dict[str, str | None], rules: Identifiers) -> SourceFile:
    values = {key: value for key, value in groups.items() if value is not None}
    labels: dict[str, str | None] = {}
    for entity in ENTITIES:
        entity_rules = rules.get(entity, {})
        value = values.get(entity, entity_rules.get("value"))
        labels[entity] = None if value is None else bids_label(str(value), entity, entity_rules, name)
    for entity in ("participant", "task"):
        if labels[entity] is None:
            raise InputError(
                f"{name}: nothing says which {entity} this is; put {{{entity}}} into the file pattern, or give "
                f"`identifiers: {{{entity}: {{value: ...}}}}`"
            )
    run = labels["run"]
    if run is not None and not run.isdigit():
        raise InputError(f"{name}: run '{run}' is no number, which BIDS asks for; add a `rename` to the mapping's run")
    place = Place(labels["participant"] or "", labels["session"], labels["task"] or "", run)
    return SourceFile(path, name, place, values)


def _refuse_one_label(found: list[SourceFile], entity: str) -> None:
    """Two spellings that would become one participant or session."""
    spelled: dict[str, SourceFile] = {}
    for file in found:
        if entity in file.groups:
            spelled.setdefault(file.groups[entity], file)
    clash = first_repeat(spelled.values(), key=lambda file: getattr(file.place, entity))
    if clash:
        first, second = clash
        raise InputError(
            f"{first.shown} and {second.shown}: '{first.groups[entity]}' and '{second.groups[entity]}' would both "
            f"become the {entity} '{getattr(second.place, entity)}'; rename one of them in the mapping"
        )
