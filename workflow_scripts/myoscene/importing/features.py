"""Tables of ready features: one labelled row a window."""

from typing import Any, cast

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.bids_writer import About, write_dataset_description
from myoscene.importing.events import translate
from myoscene.importing.formats import FORMATS
from myoscene.importing.identifiers import SourceFile, find_recordings
from myoscene.importing.mapping_schema import Features, MappingFile
from myoscene.importing.report import ImportReport, Job
from myoscene.machinery.files import atomic_path

TABLE = "derivatives/features/features.csv"


def import_features(job: Job) -> None:
    """Write ``derivatives/features/features.csv``: participant, label, then one column a feature.

    Numbers keep all their digits. Rows whose label the mapping does not know are counted in the report.

    Raises:
        InputError: no file matches, a column is missing, a cell is no number or empty.
    """
    mapping, rules = job.mapping, job.mapping["features"]
    names = [column["name"] for column in rules["columns"]]
    for name in names:
        if names.count(name) > 1 or name in ("participant", "label"):
            raise InputError(f"the mapping's feature '{name}' stands twice or is taken; name each feature once")
    if rules["format"] == "matlab" and "matlab" not in rules:
        raise InputError("the mapping's `features` have the format matlab, which needs `matlab: {variable: ...}`")
    # A feature file belongs to a person; its task plays no part.
    identifiers = mapping.get("identifiers", {}) | {"task": {"value": "features"}}
    found = find_recordings(job.source, job.files, {"files": rules["files"]}, mapping | {"identifiers": identifiers})
    ignored = job.ignored.get("columns", [])
    frame = pd.concat([_rows(file, rules, ignored, job.report) for file in found], ignore_index=True)
    with atomic_path(job.root / TABLE) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
    about = About(f"{mapping['dataset']['name']}: features", dataset_type="derivative")
    write_dataset_description((job.root / TABLE).parent, about)
    job.report.feature_rows = len(frame)
    job.add(found)


def _rows(file: SourceFile, rules: Features, ignored: list[str | int], report: ImportReport) -> pd.DataFrame:
    table = FORMATS[rules["format"]](file.path, file.shown, cast(MappingFile, rules))
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
    data: dict[str, Any] = {"participant": file.participant, "label": labels}
    for column in rules["columns"]:
        values = table.numbers(column["column"])
        if np.isnan(values).any():
            where = table.where(int(np.isnan(values).argmax()))
            raise InputError(f"{where}, feature '{column['name']}' has no value; correct the file")
        data[column["name"]] = values[kept]
    report.leave_columns(table, {table.column(c["column"]) for c in [*rules["columns"], rules["label"]]}, ignored)
    for text in table.extra:
        report.leave("unmapped", "streams", text)
    return pd.DataFrame(data)
