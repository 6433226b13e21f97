"""From the path of a source file to BIDS labels."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bids_writer import Place
from myoscene.importing.mapping_schema import FilePattern, Identifier, Identifiers
from myoscene.importing.report import Job, SourceFile

ENTITIES: tuple[Literal["participant", "session", "task", "run"], ...] = ("participant", "session", "task", "run")


def compile_pattern(template: str) -> re.Pattern[str]:
    """A path template as a regular expression: ``{participant}`` and its like, ``*`` and ``**``."""
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    out, seen = [], set()
    for piece in re.split(r"(\{[^{}]*\}|\*\*/|\*\*|\*|\?)", template):
        if piece.startswith("{"):
            name = piece[1:-1]
            if not name.isidentifier():
                raise InputError(f"the file pattern '{template}' has '{piece}'; use {{participant}}, {{task}}, ...")
            out.append(f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+?)")
            seen.add(name)
        else:
            out.append(wild.get(piece) or re.escape(piece))
    return re.compile("".join(out))


def file_pattern(rules: FilePattern) -> re.Pattern[str]:
    """The pattern of a section with ``regex`` or ``files``; ``re.error`` where it is not a regular expression."""
    return re.compile(rules["regex"]) if "regex" in rules else compile_pattern(rules["files"])


def matches_any(name: str, patterns: Iterable[str]) -> bool:
    """Whether a relative path is one of ``patterns``; a pattern without a slash is held against the file's name."""
    return any(compile_pattern(p).fullmatch(name if "/" in p else name.rsplit("/", 1)[-1]) for p in patterns)


def bids_label(value: str, kind: str, rules: Identifier, where: str) -> str:
    """``value`` as a BIDS label (letters and digits), by the mapping's ``rename`` and ``clean``.

    Raises:
        InputError: the label would hold a slash, a dot, a space or another character that BIDS does not allow.
    """
    rename = rules.get("rename", {})
    label = str(rename.get(value, value))
    clean = re.sub(r"[^A-Za-z0-9]", "", label)
    if rules.get("clean") and value not in rename:
        label = clean
    if label != clean or not label:
        raise InputError(
            f"{where}: '{label}' is not a {kind} label, which has letters and digits alone; "
            f"add `rename: {{'{value}': {clean or '01'}}}` (or `clean: true`) to the mapping's {kind}"
        )
    return label


def find_files(
    job: Job, rules: FilePattern, task: Identifier | None = None, recordings: bool = True
) -> list[SourceFile]:
    """The files that the pattern of ``rules`` matches, in order of their labels, then of their paths.

    Args:
        task: the task's rules, in place of the mapping's.
        recordings: each is one; two with the same labels are an error.

    Raises:
        InputError: no file matches, no participant or task is known, a label is not one, or two spellings become one.
    """
    pattern = file_pattern(rules)
    ignored = job.ignored.get("files", [])
    identifiers = job.mapping.get("identifiers", {})
    if task is not None:
        identifiers = {**identifiers, "task": task}
    found = [
        _source_file(job.source, name, match.groupdict(), identifiers)
        for name in job.files
        if (match := pattern.fullmatch(name)) and not matches_any(name, ignored)
    ]
    if not found:
        example = f", such as '{job.files[0]}'" if job.files else ""
        raise InputError(
            f"no file below '{job.source}' matches the pattern '{rules.get('files', rules.get('regex'))}'; "
            f"it has {len(job.files)} files{example}"
        )
    for entity in ("participant", "session"):
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
    found.sort(key=lambda file: (*file.labels, file.shown))
    clash = first_repeat(found, key=lambda file: file.labels) if recordings else None
    if clash:
        first, second = clash
        raise InputError(
            f"{first.shown} and {second.shown} would be the same recording (participant '{first.place.participant}', "
            f"task '{first.place.task}'); put {{run}} or {{session}} into the file pattern"
        )
    return found


def _source_file(source: Path, name: str, groups: dict[str, str | None], rules: Identifiers) -> SourceFile:
    path = source if source.is_file() else source / name
    # Folders that are links were not gone into.
    if path != source and path.is_symlink() and not path.resolve().is_relative_to(source.resolve()):
        raise InputError(f"{name} is a link that leads out of the source folder; put the file itself there")
    values = {key: value for key, value in groups.items() if value is not None}
    labels: dict[str, str | None] = {}
    for entity in ENTITIES:
        entity_rules = rules.get(entity, {})
        value = values.get(entity, entity_rules.get("value"))
        if value is None and entity in ("participant", "task"):
            raise InputError(
                f"{name}: nothing says which {entity} this is; put {{{entity}}} into the file pattern, or give "
                f"`identifiers: {{{entity}: {{value: ...}}}}`"
            )
        labels[entity] = None if value is None else bids_label(str(value), entity, entity_rules, name)
    run = labels["run"]
    if run is not None and not run.isdigit():
        raise InputError(
            f"{name}: run '{run}' is not a number, which BIDS asks for; add a `rename` to the mapping's run"
        )
    return SourceFile(
        path, name, Place(labels["participant"] or "", labels["session"], labels["task"] or "", run), values
    )
