"""Tables of ready features: one labelled row a window."""

from typing import cast

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing import formats
from myoscene.importing.bids_writer import write_dataset_description
from myoscene.importing.identifiers import find_recordings
from myoscene.importing.mapping_schema import Features, MappingFile
from myoscene.importing.report import Job, SourceFile
from myoscene.importing.table import SourceTable
from myoscene.machinery.files import atomic_path

TABLE = "derivatives/features/features.csv"


def import_features(job: Job) -> None:
    """Write ``derivatives/features/features.csv``: participant, label, then one column a feature.

    Numbers keep all their digits. Rows whose label the mapping does not know are counted in the report.

    Raises:
        InputError: no file matches, a column is missing, a cell is no number or empty.
    """
    rules = job.mapping["features"]
    names = [column["name"] for column in rules["columns"]]
    for name in names:
        if names.count(name) > 1 or name in ("participant", "label"):
            raise InputError(f"the mapping's feature '{name}' stands twice or is taken; name each feature once")
    if rules["format"] == "matlab" and "matlab" not in rules:
        raise InputError("the mapping's `features` have the format matlab, which needs `matlab: {variable: ...}`")
    # A feature file belongs to a person; its task plays no part.
    found = find_recordings(job, {"files": rules["files"]}, {"value": "features"})
    frame = pd.concat([_rows(file, rules, job) for file in found], ignore_index=True)
    with atomic_path(job.root / TABLE) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
    name = f"{job.mapping['dataset']['name']}: features"
    write_dataset_description((job.root / TABLE).parent, {"name": name}, kind="derivative")
    job.report.feature_rows = len(frame)
    job.add(found)


def _rows(file: SourceFile, rules: Features, job: Job) -> pd.DataFrame:
    table: SourceTable = formats.load(rules["format"]).read(file.path, file.shown, cast(MappingFile, rules))
    texts = table.texts(rules["label"]["column"])
    table.refuse(texts == "", " has no label; correct the file")
    labels = [job.report.translate(text, rules["label"]) for text in texts]
    kept = [label is not None for label in labels]
    data: dict[str, object] = {
        "participant": file.place.participant,
        "label": [label for label in labels if label is not None],
    }
    for column in rules["columns"]:
        values = table.numbers(column["column"])
        table.refuse(np.isnan(values), f", feature '{column['name']}' has no value; correct the file")
        data[column["name"]] = values[kept]
    used = {table.column(column["column"]) for column in [*rules["columns"], rules["label"]]}
    job.leave_columns(table, used)
    for text in table.extra:
        job.report.leave("streams", text)
    return pd.DataFrame(data)
