"""NASA-TLX ratings as they stand in files: one file a scene, one wide row a person, or one long table."""

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.recordings import bids
from myoscene.recordings.ratings_files import column_of, participant_of, person_column, plain, read_rating_table
from myoscene.recordings.tabular import TextTable, number

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
        participant, session, scene: whose and of what; session and scene are "" where not stated.
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


def classify(column: str) -> tuple[str, str] | None:
    """("value" or "weight", subscale) of a column like `MentalDemand` or `weight_effort`, None for others."""
    name = re.sub(r"^(nasa)?tlx", "", plain(column))
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
        InputError: a subscale without column, a value that is no number or outside 0-100, weights that are no
            15 comparisons, a bad identifier; the message names file and row.
    """
    table = read_rating_table(path)
    if source == "beh":
        return _read_beh(table), set()
    columns = _columns(table, wide=source == "phenotype")
    if not columns:
        raise InputError(f"{path}, row 1: there are no NASA-TLX columns; name them {', '.join(SUBSCALES)}")
    person, session = person_column(table), column_of(table, ("session", "sessionid"))
    scene = column_of(table, ("scene",)) if source == "csv" else None
    ratings: list[Rating] = []
    others: set[str] = set()
    for row, values in table.rows:
        where = f"{path}, row {row}"
        name = participant_of(values[person], where)
        if name not in participants:  # not even looked at: a row at fault can be left out by its person
            others.add(name)
            continue
        label = bids.check_label(values[session].removeprefix("ses-"), "session", where) if session else ""
        for group, names in columns.items():
            rating = _rating(name, label, values[scene] if scene else group, values, names, where)
            if group and all(value is None for value in rating.values.values()):
                continue  # a wide table has cells for scenes that a person never saw
            ratings.append(rating)
    return ratings, others


def _read_beh(table: TextTable) -> list[Rating]:
    columns = _columns(table, wide=False)
    if not columns:
        logging.info("%s has no NASA-TLX columns and is left aside", table.path)
        return []
    entities, _ = bids.parse_entities(Path(table.path).name.removesuffix(".tsv"), table.path)
    scene = column_of(table, ("scene",))
    if not table.rows or (len(table.rows) > 1 and scene is None):
        raise InputError(
            f"{table.path}, row {table.rows[1][0] if table.rows else 1}: {len(table.rows)} rows in the file of one "
            "scene; give it one row, or name the scenes in a column 'scene'"
        )
    person, session, task = entities["sub"], entities.get("ses", ""), entities.get("task", "")
    return [
        _rating(person, session, values[scene] if scene else task, values, columns[""], f"{table.path}, row {row}")
        for row, values in table.rows
    ]


_Names = dict[tuple[str, str], str]  # (kind, subscale) -> column


def _columns(table: TextTable, wide: bool) -> dict[str, _Names]:
    """Scene -> columns of its subscales and weights; {} where the table has none at all.

    The scene is "" for plain subscales, which are all that a table that is not ``wide`` has.
    """
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
        elif wide and plain(column) not in ("participantid", "sessionid"):
            logging.info("%s: column '%s' is no NASA-TLX rating and is left aside", table.path, column)
    _check_complete(groups, table.path)
    return groups


def _check_complete(groups: dict[str, _Names], path: str) -> None:
    for scene, names in groups.items():
        of_scene = f" of scene '{scene}'" if scene else ""
        for kind in ("value", "weight"):
            missing = [subscale for subscale in SUBSCALES if (kind, subscale) not in names]
            if missing and (len(missing) < len(SUBSCALES) or kind == "value"):
                what = "weight" if kind == "weight" else "subscale"
                raise InputError(
                    f"{path}, row 1: the {what}{of_scene} '{missing[0]}' has no column; NASA-TLX needs all six"
                )


def _rating(participant: str, session: str, scene: str, values: Mapping[str, str], names: _Names, where: str) -> Rating:
    """The rating in one row, its values checked."""
    scores: dict[str, float | None] = {}
    weights: dict[str, float] = {}
    for (kind, subscale), column in names.items():
        score = number(values[column], f"{where}, column '{column}'")
        if kind == "weight":
            if score is not None:
                weights[subscale] = score
            continue
        if score is not None and not 0 <= score <= 100:
            raise InputError(
                f"{where}: participant {participant} has {score:g} in column '{column}'; NASA-TLX ratings lie between "
                "0 and 100"
            )
        scores[subscale] = score
    if weights:
        _check_weights(weights, where)
    return Rating(participant, session, "" if scene == "n/a" else scene, scores, weights, where)


def _check_weights(weights: Mapping[str, float], where: str) -> None:
    whole = all(weight == int(weight) and 0 <= weight <= 5 for weight in weights.values())
    if len(weights) < len(SUBSCALES) or not whole or sum(weights.values()) != _COMPARISONS:
        written = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
        raise InputError(
            f"{where}: the weights ({written}) are not the counts of {_COMPARISONS} pairs; each of the six lies "
            f"between 0 and 5 and they sum to {_COMPARISONS}"
        )
