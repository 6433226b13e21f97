"""Tables of ready features: one labelled row a window."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import write_dataset_description
from myoscene.importing.events import translate
from myoscene.importing.formats.delimited import read_delimited
from myoscene.importing.formats.matlab import read_matlab
from myoscene.importing.identifiers import find_recordings
from myoscene.importing.report import ImportReport
from myoscene.importing.table import SourceTable
from myoscene.machinery.files import atomic_path

TABLE = "derivatives/features/features.csv"


def import_features(
    mapping: dict[str, Any],
    source: Path,
    files: list[str],
    root: Path,
    report: ImportReport,
    people: set[str],
) -> set[str]:
    """Write ``derivatives/features/features.csv``: participant, label, then one column a feature.

    Numbers keep all their digits. Rows whose label the mapping does not know are counted in the report.

    Raises:
        InputError: no file matches, a column is missing, a cell is no number or empty.
    """
    rules = mapping["features"]
    names = [column["name"] for column in rules["columns"]]
    for name in names:
        if names.count(name) > 1 or name in ("participant", "label"):
            raise InputError(f"the mapping's feature '{name}' stands twice or is taken; name each feature once")
    # A feature file belongs to a person; its task plays no part.
    identifiers = mapping.get("identifiers", {}) | {"task": {"value": "features"}}
    view = mapping | {"source": {"files": rules["files"]}, "identifiers": identifiers}
    found = find_recordings(source, files, view)
    parts = []
    for file in found:
        table = _read(rules, file.path, file.shown)
        parts.append(_rows(table, rules, names, file.participant, mapping, report))
        people.add(file.participant)
    frame = pd.concat(parts, ignore_index=True)
    with atomic_path(root / TABLE) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
    write_dataset_description(
        (root / TABLE).parent, f"{mapping['dataset']['name']}: features", dataset_type="derivative"
    )
    report.feature_rows = len(frame)
    return {file.shown for file in found}


def _read(rules: dict[str, Any], path: Path, shown: str) -> SourceTable:
    if rules["format"] == "delimited":
        return read_delimited(path, shown, rules.get("text", {}))
    if "matlab" not in rules:
        raise InputError("the mapping's `features` have the format matlab, which needs `matlab: {variable: ...}`")
    return read_matlab(path, shown, rules["matlab"])


def _rows(
    table: SourceTable,
    rules: dict[str, Any],
    names: list[str],
    participant: str,
    mapping: dict[str, Any],
    report: ImportReport,
) -> pd.DataFrame:
    kept, labels = [], []
    for row, text in enumerate(table.texts(rules["label"]["column"])):
        if text == "":
            raise InputError(f"{table.where(row)} has no label; correct the file")
        kind, label = translate(str(text), rules["label"])
        if kind == "kept":
            kept.append(row)
            labels.append(label)
        else:
            report.leave(kind, "events", str(text))
    data: dict[str, Any] = {"participant": participant, "label": labels}
    for column, name in zip(rules["columns"], names, strict=True):
        values = table.numbers(column["column"])
        empty = np.flatnonzero(np.isnan(values))
        if len(empty):
            raise InputError(f"{table.where(int(empty[0]))}, feature '{name}' has no value; correct the file")
        data[name] = values[kept]
    used = {table.column(c["column"]) for c in [*rules["columns"], rules["label"]]}
    aside = {str(c) for c in mapping.get("ignore", {}).get("columns", [])}
    for name in map(str, table.frame.columns):
        if name not in used:
            report.leave("ignored" if name in aside else "unmapped", "columns", name)
    for text in table.extra:
        report.leave("unmapped", "streams", text)
    return pd.DataFrame(data)
