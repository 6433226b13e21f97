"""NASA-TLX ratings from a table, long (a row a scene) or wide (a row a person)."""

from typing import Literal

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.importing.bids_writer import Place, write_beh, write_phenotype
from myoscene.importing.formats.delimited import read_delimited
from myoscene.importing.identifiers import bids_label
from myoscene.importing.mapping_schema import Ratings
from myoscene.importing.report import Job
from myoscene.importing.table import SourceTable
from myoscene.recordings.ratings_tables import SUBSCALES

TOOL = "NASA Task Load Index (Hart & Staveland 1988)"
_Label = Literal["participant", "session", "scene"]
_TEXTS = {
    "mental": "Mental demand, 0 low to 100 high.",
    "physical": "Physical demand, 0 low to 100 high.",
    "temporal": "Temporal demand, 0 low to 100 high.",
    "performance": "Own performance, 0 perfect to 100 failure.",
    "effort": "Effort, 0 low to 100 high.",
    "frustration": "Frustration, 0 low to 100 high.",
    "weighted_tlx": "Weighted workload, 0 to 100.",
}


def import_ratings(job: Job) -> None:
    """Write the ratings: ``beh`` files where rows name scenes, else ``phenotype/nasa_tlx.tsv``.

    All are written as 0 to 100 with high performance = poor, whatever the file's range and direction. Where something
    else was imported before, people who have only ratings, or none, are findings.

    Raises:
        InputError: a missing column or subscale, a rating that is not a number, a bad identifier, or two rows for one
            person (and scene); the sentence names the row.
    """
    rules, source, report = job.mapping["ratings"], job.source, job.report
    path = source if source.is_file() else source / rules["file"]
    if not path.is_file():
        raise InputError(f"there is no ratings file '{rules['file']}' below '{source}'; correct the mapping")
    table = read_delimited(path, rules["file"], rules.get("text", {}), as_text=True)
    columns = _columns(table, rules)
    frame = pd.DataFrame({name: _scaled(table, column, name, rules) for name, column in columns.items()})
    labels = _labels(table, rules)
    rated = set(labels["participant"])
    if job.used:
        report.findings += [f"participant '{n}': has recordings and no ratings" for n in sorted(job.people - rated)]
        report.findings += [f"participant '{n}': has ratings and no recordings" for n in sorted(rated - job.people)]
    texts = {name: _TEXTS[name] for name in columns}
    if rules.get("performance") == "poor_to_good":
        report.findings.append(f"{table.shown}: performance was rated from poor to good; it is written turned round")
    if "scene" in labels:
        sessions = labels.get("session", [None] * len(frame))
        for row, place in enumerate(map(Place, labels["participant"], sessions, labels["scene"])):
            write_beh(job.root, place, {name: frame[name][row] for name in columns}, texts)
    else:
        frame.insert(0, "participant_id", labels["participant"])
        write_phenotype(job.root, "nasa_tlx", frame, texts, TOOL)
    report.ratings = len(frame)
    used = {*columns.values(), *(table.column(rules[kind]["column"]) for kind in labels if "column" in rules[kind])}
    job.leave_columns(table, used)
    job.people |= rated
    job.used.add(rules["file"] if source.is_dir() else source.name)


def _columns(table: SourceTable, rules: Ratings) -> dict[str, str]:
    """Subscale -> source column, in the order of :data:`SUBSCALES`."""
    given = {name: column for column, name in rules["columns"].items()}
    twice = first_repeat(rules["columns"].values())
    if twice:
        raise InputError(f"the mapping's ratings give the subscale '{twice[0]}' two columns; give it one")
    lacking = [name for name in SUBSCALES if name not in given]
    if lacking:
        raise InputError(f"the mapping's ratings lack the subscale(s) {', '.join(lacking)}; name their columns")
    return {name: table.column(given[name]) for name in _TEXTS if name in given}


def _scaled(table: SourceTable, column: str, name: str, rules: Ratings) -> np.ndarray:
    low, high = rules.get("range", [0, 100])
    if not high > low:
        raise InputError(f"the mapping's ratings have the range [{low}, {high}]; the second end is above the first")
    values = table.numbers(column)
    outside = (values < low) | (values > high)
    table.refuse(
        outside,
        f", column '{column}' holds the rating {values[int(outside.argmax())]:g}, outside {low:g} to {high:g}; correct "
        "the file or the mapping's `range`",
    )
    scaled = (values - low) / (high - low) * 100.0
    if name == "performance" and rules.get("performance") == "poor_to_good":
        scaled = 100.0 - scaled
    return np.round(scaled, 9)


def _labels(table: SourceTable, rules: Ratings) -> dict[_Label, list[str]]:
    """What each row rates; InputError where two rows rate the same."""
    labels: dict[_Label, list[str]] = {}
    for kind in ("participant", "session", "scene"):
        if kind not in rules:
            continue
        rule = rules[kind]
        if "column" in rule:
            texts = [str(text) for text in table.texts(rule["column"])]
        elif "value" in rule:
            texts = [str(rule["value"])] * len(table.frame)
        else:
            raise InputError(f"the mapping's ratings: `{kind}` needs a `column`")
        labels[kind] = [bids_label(text, kind, rule, table.where(row)) for row, text in enumerate(texts)]
    keys = list(zip(*labels.values(), strict=True))
    twice = first_repeat(range(len(keys)), key=lambda row: keys[row])
    if twice:
        first, row = twice
        what = ", ".join(f"{kind} '{label}'" for kind, label in zip(labels, keys[row], strict=True))
        raise InputError(
            f"{table.where(row)} rates {what} again (first in {table.where(first).rpartition(', ')[2]}); keep one, or "
            "name the column of the scene"
        )
    return labels
