"""Who takes part, in which role, with which files: read when Snakemake reads its rules. Standard library only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.recordings import bids
from myoscene.recordings.eye_files import eye_participants
from myoscene.recordings.notes import Note, note
from myoscene.recordings.ratings_tables import rated_participants, rating_files
from myoscene.recordings.settings import RecordingsSettings
from myoscene.recordings.tabular import MISSING, did_you_mean, need_columns, read_delimited, read_tsv

TRAIN, APPLY = "train", "apply"


@dataclass(frozen=True)
class Selection:
    """What the workflow works on.

    Attributes:
        participants: sorted labels.
        exclusions: rows of what was left out.
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


def select(section: RecordingsSettings, apply_needs_calibration: bool = True) -> Selection:
    """Participants and files that the configuration section ``recordings`` asks for.

    Args:
        apply_needs_calibration: whether somebody who is only predicted needs a calibration, to be normalised on.

    Raises:
        InputError: no dataset, no participants, bad identifiers, a duplicate row or an unknown role in
            `participants.tsv`, a person without calibration (where that is an error), a name in the configuration that
            nobody has.
    """
    kind, root, table = section.input, section.dataset, section.feature_table
    if kind == "features":
        return _select_rows(section, _table_participants(table), str(Path(table or "").parent))
    if kind == "ratings":
        if section.ratings.source == "none":
            raise InputError(
                "recordings.input is `ratings` but recordings.ratings.source is `none`; choose where they are"
            )
        chosen = _select_rows(section, rated_participants(section), root)
        return replace(chosen, rating_files=rating_files(section, chosen.participants))
    if kind == "eyes":
        return _select_eyes(section, root, bids.Folders())
    return _select_recordings(section, root, bids.Folders(), apply_needs_calibration)


def _select_rows(section: RecordingsSettings, present: Sequence[str], root: str, empty: str = "") -> Selection:
    """Those of ``present`` who stay (``empty`` says what is wrong with none), and a row for each who is left out."""
    excluded = _excluded(section)
    for name in excluded:
        if name not in present:
            raise InputError(
                f"recordings.exclude_participants names '{name}'{did_you_mean(name, present)}, who is not in the "
                "dataset; correct or remove the name"
            )
    kept = [name for name in present if name not in excluded]
    if not kept:
        raise InputError(empty or "recordings.exclude_participants leaves no participant; keep at least one")
    rows = [note(name, "listed in recordings.exclude_participants") for name in sorted(set(excluded))]
    return Selection(kept, rows, synthetic=bids.is_synthetic(root))


def _excluded(section: RecordingsSettings, source: str = "", folders: bids.Folders | None = None) -> list[str]:
    """Whom the configuration leaves out; of them those with a folder in ``source``, before BIDS forbids a label."""
    names = [str(name).removeprefix("sub-") for name in section.exclude_participants]
    return [name for name in names if not folders or name in folders.labelled(source, "sub-")]


def read_roles(root: str, column: str | None) -> dict[str, str]:
    """Participant -> ``train`` or ``apply``, of everybody in the dataset's `participants.tsv`, in its order.

    Whoever has no role there trains, as everybody does without the table, or without the column (None).

    Raises:
        InputError: the table names somebody twice or not as BIDS asks, or a role is neither.
    """
    path = Path(root, "participants.tsv")
    if not path.is_file():
        return {}
    table = read_tsv(path)
    need_columns(table, ("participant_id",))
    roles: dict[str, str] = {}
    rows: dict[str, int] = {}
    for row, cells in table.rows:
        name = bids.participant_of(cells["participant_id"], f"{path}, row {row}")
        if name in rows:
            raise InputError(f"{path}, row {row}: participant '{name}' is also in row {rows[name]}; keep one row")
        role = cells.get(column, "") if column else ""
        if role not in (TRAIN, APPLY, *MISSING):
            raise InputError(
                f"{path}, row {row}: participant '{name}' has the {column} '{role}'; write '{TRAIN}' (or 'n/a') or "
                f"'{APPLY}', or name another column in recordings.role_column (null: everybody trains)"
            )
        rows[name], roles[name] = row, APPLY if role == APPLY else TRAIN
    return roles


def _table_participants(path: str | None) -> list[str]:
    if path is None:
        raise InputError("recordings.input is `features` but recordings.feature_table is null; name the CSV there")
    table = read_delimited(path)
    need_columns(table, ("participant",))
    found = {bids.participant_of(values["participant"], f"{path}, row {row}") for row, values in table.rows}
    if not found:
        raise InputError(f"{path}, row 1: the table has a header but no rows; it needs one row a sample")
    return sorted(found)


def _select_eyes(section: RecordingsSettings, root: str, folders: bids.Folders) -> Selection:
    excluded = _excluded(section, str(Path(root, "sourcedata")), folders)
    present = sorted({*eye_participants(root, excluded, folders), *excluded})
    if not present:
        raise InputError(
            f"dataset {root} has no eye images (sourcedata/sub-*/[ses-*/]eye/ with an index table); check "
            "recordings.dataset"
        )
    chosen = _select_rows(section, present, root)
    roles = read_roles(root, section.role_column)
    return replace(
        chosen,
        rating_files=rating_files(section, chosen.participants, folders),
        applied=[name for name in chosen.participants if roles.get(name) == APPLY],
    )


def _select_recordings(
    section: RecordingsSettings, root: str, folders: bids.Folders, apply_needs_calibration: bool
) -> Selection:
    excluded = _excluded(section, root, folders)
    present = sorted({*bids.list_participants(root, excluded, folders), *excluded})
    nobody = f"dataset {root} has no participants (no sub-* folder that is kept); check recordings.dataset"
    chosen = _select_rows(section, present, root, nobody)
    roles = read_roles(root, section.role_column)
    rows = [note(name, "in participants.tsv, but there is no folder") for name in roles if name not in present]
    by_person: dict[str, list[bids.Recording]] = {name: [] for name in chosen.participants}
    for recording in bids.index_dataset(root, excluded, folders):
        by_person[recording.participant].append(recording)
    tasks = sorted({recording.task for found in by_person.values() for recording in found})
    if not tasks:
        raise InputError(f"dataset {root} has no EMG recordings (sub-*/[ses-*/]emg/*_emg.edf or .bdf); add them")
    calibrations, scenes = section.calibration_tasks, section.scene_tasks
    for key, task in [("calibration_tasks", t) for t in calibrations] + [("scene_tasks", t) for t in scenes]:
        if task not in tasks:
            raise InputError(
                f"recordings.{key} names '{task}'{did_you_mean(task, tasks)}, a task that no recording of {root} "
                f"has; correct it (tasks there: {', '.join(tasks)})"
            )
    if scenes:
        for name, found in by_person.items():
            by_person[name] = [recording for recording in found if recording.task in (*calibrations, *scenes)]
            for recording in found:
                if recording not in by_person[name]:
                    reason = f"task '{recording.task}' is neither in recordings.calibration_tasks nor in scene_tasks"
                    rows.append(note(name, reason, recording.recording))
    applied = {name for name in by_person if roles.get(name) == APPLY}
    rows += _drop_without_calibration(section, by_person, set() if apply_needs_calibration else applied)
    if not by_person:
        raise InputError(f"dataset {root}: no participant has a calibration; check recordings.calibration_tasks")
    raw = {name: bids.raw_files(root, found, folders) for name, found in by_person.items()}
    bids.refuse_links(root, (file for files in raw.values() for file in files))
    return replace(
        chosen,
        participants=list(by_person),
        exclusions=sorted([*chosen.exclusions, *rows], key=lambda row: (row["participant"], row["recording"])),
        recordings=by_person,
        raw_files=raw,
        rating_files=rating_files(section, list(by_person), folders),
        applied=[name for name in by_person if name in applied],
    )


def _drop_without_calibration(
    section: RecordingsSettings, by_person: dict[str, list[bids.Recording]], spared: Collection[str]
) -> list[Note]:
    """Take people out who lack a calibration, unless ``spared``, or any recording; InputError where none may."""
    rows = []
    wanted = section.calibration_tasks
    for name, found in list(by_person.items()):
        if found and (not wanted or name in spared or any(recording.task in wanted for recording in found)):
            continue
        what = f"no calibration recording (task {' or '.join(wanted)})" if wanted and found else "no EMG recording"
        if section.missing_calibration == "error":
            raise InputError(
                f"participant {name} has {what}; add it, list the person in recordings.exclude_participants, or set "
                "recordings.missing_calibration to `exclude`"
            )
        del by_person[name]
        rows.append(note(name, what))
    return rows
