"""Who takes part, with which files: read from the dataset when Snakemake reads its rules.

Standard library only; opens no recording.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.recordings import bids
from myoscene.recordings.eye_files import eye_participants
from myoscene.recordings.notes import Note, note
from myoscene.recordings.ratings_files import participant_of, rated_participants, rating_files
from myoscene.recordings.roles import read_sheet
from myoscene.recordings.tabular import did_you_mean, need_columns, read_delimited


@dataclass(frozen=True)
class Selection:
    """What the workflow works on.

    Attributes:
        participants: sorted labels.
        exclusions: rows (participant, recording, channel, reason) of what was left out; plain strings.
        recordings: participant -> recordings.
        raw_files: participant -> every file that reading them opens.
        rating_files: NASA-TLX files of these participants.
        synthetic: the dataset says that it is made up.
        applied: those of the participants who train nothing and are only predicted, sorted.
    """

    participants: list[str]
    exclusions: list[Note] = field(default_factory=list)
    recordings: dict[str, list[bids.Recording]] = field(default_factory=dict)
    raw_files: dict[str, list[str]] = field(default_factory=dict)
    rating_files: list[str] = field(default_factory=list)
    synthetic: bool = False
    applied: list[str] = field(default_factory=list)

    @property
    def training(self) -> list[str]:
        """The participants whom models are trained and scored on, sorted."""
        return [name for name in self.participants if name not in set(self.applied)]


def select(section: Mapping[str, Any], apply_needs_calibration: bool = True) -> Selection:
    """Participants and files that the configuration section ``recordings`` asks for.

    Args:
        section: of the configuration.
        apply_needs_calibration: whether somebody who is only predicted needs a calibration, to be normalised on.

    Raises:
        InputError: no dataset, no participants, bad identifiers, a duplicate row or an unknown role in
            `participants.tsv`, a person without calibration (where that is an error), a name in the configuration that
            nobody has.
    """
    kind, root, table = section["input"], str(section["dataset"]), section["feature_table"]
    if kind == "features":
        return _select_rows(section, _table_participants(table), str(Path(table or "").parent))
    if kind == "ratings":
        if section["ratings"]["source"] == "none":
            raise InputError(
                "recordings.input is `ratings` but recordings.ratings.source is `none`; choose where they are"
            )
        chosen = _select_rows(section, rated_participants(section), root)
        return replace(chosen, rating_files=rating_files(section, chosen.participants))
    folders = bids.Folders()
    if kind == "eyes":
        return _select_eyes(section, root, folders)
    return _select_recordings(section, root, folders, apply_needs_calibration)


def _apply_exclusions(section: Mapping[str, Any], present: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Participants that stay, and a row for each that the configuration leaves out."""
    excluded = _excluded(section)
    for name in excluded:
        if name not in present:
            raise InputError(
                f"recordings.exclude_participants names '{name}'{did_you_mean(name, present)}, who is not in the "
                "dataset; correct or remove the name"
            )
    rows = [note(name, "listed in recordings.exclude_participants") for name in sorted(set(excluded))]
    return [name for name in present if name not in excluded], rows


def _excluded(section: Mapping[str, Any]) -> list[str]:
    return [str(name).removeprefix("sub-") for name in section["exclude_participants"]]


def _excluded_folders(section: Mapping[str, Any], source: str, folders: bids.Folders) -> set[str]:
    """Who is left out of those with a folder in ``source``, by name, before BIDS forbids a label."""
    return set(_excluded(section)) & set(folders.labelled(source, "sub-"))


def _select_rows(section: Mapping[str, Any], present: list[str], root: str) -> Selection:
    kept, rows = _apply_exclusions(section, present)
    if not kept:
        raise InputError("recordings.exclude_participants leaves no participant; keep at least one")
    return Selection(kept, rows, synthetic=bids.is_synthetic(root))


def _table_participants(path: str | None) -> list[str]:
    if path is None:
        raise InputError("recordings.input is `features` but recordings.feature_table is null; name the CSV there")
    table = read_delimited(path)
    need_columns(table, ("participant",))
    found = {participant_of(values["participant"], f"{path}, row {row}") for row, values in table.rows}
    if not found:
        raise InputError(f"{path}, row 1: the table has a header but no rows; it needs one row a sample")
    return sorted(found)


def _select_eyes(section: Mapping[str, Any], root: str, folders: bids.Folders) -> Selection:
    excluded = _excluded_folders(section, str(Path(root, "sourcedata")), folders)
    present = sorted({*eye_participants(root, excluded, folders), *excluded})
    if not present:
        raise InputError(
            f"dataset {root} has no eye images (sourcedata/sub-*/[ses-*/]eye/ with an index table); check "
            "recordings.dataset"
        )
    chosen = _select_rows(section, present, root)
    roles = read_sheet(root, section["role_column"])
    return replace(
        chosen,
        rating_files=rating_files(section, chosen.participants, folders),
        applied=[name for name in chosen.participants if roles.get(name) == "apply"],
    )


def _select_recordings(
    section: Mapping[str, Any], root: str, folders: bids.Folders, apply_needs_calibration: bool
) -> Selection:
    excluded = _excluded_folders(section, root, folders)
    present = sorted({*bids.list_participants(root, excluded, folders), *excluded})
    kept, rows = _apply_exclusions(section, present)
    if not kept:
        raise InputError(f"dataset {root} has no participants (no sub-* folder that is kept); check recordings.dataset")
    roles = read_sheet(root, section["role_column"])
    rows += [note(name, "in participants.tsv, but there is no folder") for name in roles if name not in present]
    by_person: dict[str, list[bids.Recording]] = {name: [] for name in kept}
    for recording in bids.index_dataset(root, excluded, folders):
        by_person[recording.participant].append(recording)
    _check_tasks(section, [r for found in by_person.values() for r in found], root)
    rows += _drop_other_tasks(section, by_person)
    applied = {name for name in by_person if roles.get(name) == "apply"}
    rows += _drop_without_calibration(section, by_person, set() if apply_needs_calibration else applied)
    if not by_person:
        raise InputError(f"dataset {root}: no participant has a calibration; check recordings.calibration_tasks")
    participants = sorted(by_person)
    raw = {name: bids.raw_files(root, found, folders) for name, found in by_person.items()}
    bids.refuse_links(root, (file for files in raw.values() for file in files))
    return Selection(
        participants,
        sorted(rows, key=lambda row: (row["participant"], row["recording"])),
        by_person,
        raw,
        rating_files(section, participants, folders),
        bids.is_synthetic(root),
        sorted(applied & set(participants)),
    )


def _check_tasks(section: Mapping[str, Any], recordings: Sequence[bids.Recording], root: str) -> None:
    tasks = sorted({recording.task for recording in recordings})
    if not tasks:
        raise InputError(f"dataset {root} has no EMG recordings (sub-*/[ses-*/]emg/*_emg.edf or .bdf); add them")
    for key in ("calibration_tasks", "scene_tasks"):
        for task in section[key]:
            if task not in tasks:
                raise InputError(
                    f"recordings.{key} names '{task}'{did_you_mean(task, tasks)}, a task that no recording of {root} "
                    f"has; correct it (tasks there: {', '.join(tasks)})"
                )


def _drop_other_tasks(section: Mapping[str, Any], by_person: dict[str, list[bids.Recording]]) -> list[Note]:
    """Take recordings out whose task the configuration does not name; rows that say so."""
    if not section["scene_tasks"]:
        return []
    known = {*section["calibration_tasks"], *section["scene_tasks"]}
    rows = []
    for name, found in by_person.items():
        for recording in found:
            if recording.task not in known:
                reason = f"task '{recording.task}' is neither in recordings.calibration_tasks nor in scene_tasks"
                rows.append(note(name, reason, recording.recording))
        by_person[name] = [recording for recording in found if recording.task in known]
    return rows


def _drop_without_calibration(
    section: Mapping[str, Any], by_person: dict[str, list[bids.Recording]], spared: Collection[str]
) -> list[Note]:
    """Take people out who lack a calibration (or any recording), where the configuration allows that.

    ``spared`` are those who need none.
    """
    rows = []
    wanted = section["calibration_tasks"]
    for name, found in list(by_person.items()):
        if found and (not wanted or name in spared or any(recording.task in wanted for recording in found)):
            continue
        what = f"no calibration recording (task {' or '.join(wanted)})" if wanted and found else "no EMG recording"
        if section["missing_calibration"] == "error":
            raise InputError(
                f"participant {name} has {what}; add it, list the person in recordings.exclude_participants, or set "
                "recordings.missing_calibration to `exclude`"
            )
        del by_person[name]
        rows.append(note(name, what))
    return rows
