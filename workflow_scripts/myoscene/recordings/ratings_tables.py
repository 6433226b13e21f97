"""NASA-TLX ratings as they stand in files: where those are, whom and which scene they rate. Standard library only."""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.recordings import bids
from myoscene.recordings.settings import RecordingsSettings
from myoscene.recordings.tabular import TextTable, number, read_delimited, read_tsv

SUBSCALES = ("mental", "physical", "temporal", "performance", "effort", "frustration")
# Hart & Staveland 1988 call the first three "... demand"; questionnaires and exports vary.
_ALIASES = {
    **{alias: name for name in SUBSCALES for alias in (name, f"{name}demand", f"{name}level")},
    "mentalworkload": "mental",
    "physicalworkload": "physical",
    "overallperformance": "performance",
    "ownperformance": "performance",
}
_COMPARISONS = 15  # pairs of six subscales


@dataclass(frozen=True)
class Rating:
    """One rating as written.

    Attributes:
        session, scene: of what; "" where not stated.
        values: subscale -> 0-100, None where n/a.
        weights: subscale -> how often it was chosen in the 15 pairs; empty where not asked.
        where: file and row.
    """

    participant: str
    session: str
    scene: str
    values: Mapping[str, float | None]
    weights: Mapping[str, float] = field(default_factory=dict)
    where: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Participant, session and scene."""
        return self.participant, self.session, self.scene

    @property
    def place(self) -> str:
        """File and row without the folders, for results."""
        return self.where.rpartition("/")[2]


def rating_files(
    section: RecordingsSettings, participants: Sequence[str], folders: bids.Folders | None = None
) -> list[str]:
    """Files that hold ratings of these participants, in their order; [] for the source ``none``."""
    source = section.ratings.source
    if source != "beh":
        return [] if source == "none" else [_table_path(section)]
    folders = folders or bids.Folders()
    root = section.dataset
    files = [
        str(Path(folder, "beh", name))
        for participant in participants
        for _, folder in bids.session_folders(root, participant, folders)
        for name in folders.listing(f"{folder}/beh")
        if name.endswith("_beh.tsv") and not name.startswith(".")
    ]
    bids.refuse_links(root, files)
    return files


def rated_participants(section: RecordingsSettings) -> list[str]:
    """Sorted participants of a dataset that holds ratings alone; InputError for nobody, or a bad identifier."""
    where = section.dataset
    if section.ratings.source == "beh":
        found = set(bids.list_participants(where))
    else:
        where = _table_path(section)
        table = _read_table(where)
        column = _person_column(table)
        found = {bids.participant_of(values[column], f"{where}, row {row}") for row, values in table.rows}
    if not found:
        raise InputError(f"{where} has no participants; add their ratings")
    return sorted(found)


def _table_path(section: RecordingsSettings) -> str:
    """Path of the one rating table of the sources ``csv`` and ``phenotype``."""
    ratings = section.ratings
    default = "phenotype/nasa_tlx.tsv" if ratings.source == "phenotype" else "ratings.csv"
    path = Path(section.dataset, ratings.file or default)
    if not path.is_file():
        raise InputError(
            f"rating table {path} does not exist; correct recordings.ratings.file, or set source to `none`"
        )
    return str(path)


def _read_table(path: str) -> TextTable:
    return read_tsv(path) if path.endswith(".tsv") else read_delimited(path)


def _plain(name: str) -> str:
    """A column name without case, spaces and punctuation: ``Participant ID`` -> ``participantid``."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _column_of(table: TextTable, *names: str) -> str | None:
    """The first column whose plain name is one of ``names``, None for none."""
    return next((column for column in table.columns if _plain(column) in names), None)


def _person_column(table: TextTable) -> str:
    column = _column_of(table, "participant", "participantid", "subject", "subjectid")
    if column is None:
        raise InputError(f"{table.path}, row 1: there is no column 'participant'; add it")
    return column


def classify(column: str) -> tuple[str, str] | None:
    """("value" or "weight", subscale) of a column like `MentalDemand` or `weight_effort`, None for others."""
    name = re.sub(r"^(nasa)?tlx", "", _plain(column))
    if name in _ALIASES:
        return "value", _ALIASES[name]
    core = name.removeprefix("weight").removesuffix("weight")
    return ("weight", _ALIASES[core]) if core in _ALIASES else None


def read_ratings_file(path: str, source: str, participants: Collection[str]) -> tuple[list[Rating], set[str]]:
    """Ratings of these participants in one file, and who else is rated there.

    Args:
        source: ``beh`` (one scene, or rows with a column `scene`), ``phenotype`` (a row a person, columns
            `<scene>_<subscale>` or plain subscales), ``csv`` (a row a rating).

    Raises:
        InputError: a subscale without column, a value that is not a number or outside 0-100, weights that are not
            15 comparisons, a bad identifier; the message names file and row.
    """
    table = _read_table(path)
    columns = _columns(table, wide=source == "phenotype")
    if source == "beh":
        return _read_beh(table, columns.get("", {})), set()
    if not columns:
        raise InputError(f"{path}, row 1: there are no NASA-TLX columns; name them {', '.join(SUBSCALES)}")
    person, session = _person_column(table), _column_of(table, "session", "sessionid")
    scene = _column_of(table, "scene") if source == "csv" else None
    ratings: list[Rating] = []
    others: set[str] = set()
    for row, values in table.rows:
        where = f"{path}, row {row}"
        name = bids.participant_of(values[person], where)
        if name not in participants:  # not even looked at: a row at fault can be left out by its person
            others.add(name)
            continue
        label = bids.check_label(values[session].removeprefix("ses-"), "session", where) if session else ""
        for group, names in columns.items():
            rating = _rating(name, label, values[scene] if scene else group, values, names, where)
            if not group or any(value is not None for value in rating.values.values()):
                ratings.append(rating)  # a wide table has cells for scenes that a person never saw
    return ratings, others


_Names = dict[tuple[str, str], str]  # (kind, subscale) -> column


def _read_beh(table: TextTable, names: _Names) -> list[Rating]:
    if not names:
        logging.info("%s has no NASA-TLX columns and is left aside", table.path)
        return []
    entities = bids.parse_entities(Path(table.path).name.removesuffix(".tsv"), table.path)
    scene = _column_of(table, "scene")
    if not table.rows or (len(table.rows) > 1 and scene is None):
        raise InputError(
            f"{table.path}, row {table.rows[1][0] if table.rows else 1}: {len(table.rows)} rows in the file of one "
            "scene; give it one row, or name the scenes in a column 'scene'"
        )
    person, session, task = entities["sub"], entities.get("ses", ""), entities.get("task", "")
    return [
        _rating(person, session, values[scene] if scene else task, values, names, f"{table.path}, row {row}")
        for row, values in table.rows
    ]


def _columns(table: TextTable, wide: bool) -> dict[str, _Names]:
    """Scene ("" for plain subscales, all that a table has that is not ``wide``) -> columns; {} where there are none."""
    groups: dict[str, _Names] = {}
    for column in table.columns:
        # The longest ending that is a subscale: `dual_task_mental_demand` is scene `dual_task`.
        starts = [0, *(match.end() for match in re.finditer("_", column) if wide)]
        found = next(((start, key) for start in starts if (key := classify(column[start:]))), None)
        if found:
            start, key = found
            names = groups.setdefault(column[: max(start - 1, 0)], {})
            if key in names:
                raise InputError(
                    f"{table.path}, row 1: columns '{names[key]}' and '{column}' both are '{key[1]}'; keep one of them"
                )
            names[key] = column
        elif wide and _plain(column) not in ("participantid", "sessionid"):
            logging.info("%s: column '%s' is not a NASA-TLX rating and is left aside", table.path, column)
    for scene, names in groups.items():
        of_scene = f" of scene '{scene}'" if scene else ""
        for kind, what in (("value", "subscale"), ("weight", "weight")):
            missing = [subscale for subscale in SUBSCALES if (kind, subscale) not in names]
            if missing and (len(missing) < len(SUBSCALES) or kind == "value"):
                raise InputError(
                    f"{table.path}, row 1: the {what}{of_scene} '{missing[0]}' has no column; NASA-TLX needs all six"
                )
    return groups


def _rating(participant: str, session: str, scene: str, values: Mapping[str, str], names: _Names, where: str) -> Rating:
    """The rating in one row, its values checked."""
    scores: dict[str, float | None] = {}
    weights: dict[str, float] = {}
    for (kind, subscale), column in names.items():
        score = number(values[column], f"{where}, column '{column}'")
        if kind == "value":
            scores[subscale] = score
        elif score is not None:
            weights[subscale] = score
        if kind == "value" and score is not None and not 0 <= score <= 100:
            raise InputError(
                f"{where}: participant {participant} has {score:g} in column '{column}'; NASA-TLX ratings lie between "
                "0 and 100"
            )
    if weights:
        whole = all(weight == int(weight) and 0 <= weight <= 5 for weight in weights.values())
        if len(weights) < len(SUBSCALES) or not whole or sum(weights.values()) != _COMPARISONS:
            written = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
            raise InputError(
                f"{where}: the weights ({written}) are not the counts of {_COMPARISONS} pairs; each of the six lies "
                f"between 0 and 5 and they sum to {_COMPARISONS}"
            )
    return Rating(participant, session, "" if scene == "n/a" else scene, scores, weights, where)
