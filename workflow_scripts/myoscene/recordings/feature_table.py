"""A table of ready features with labels, taken in place of recordings."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.core.tables import write_table
from myoscene.emg.tables import FEATURES
from myoscene.recordings.bids import participant_of
from myoscene.recordings.tabular import TextTable, did_you_mean, need_columns, number, read_delimited

# Features are kept as float32.
_LARGEST = float(np.finfo(np.float32).max)
_FEATURE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_feature_table(path: str, classes: Sequence[str], participants: Sequence[str]) -> pd.DataFrame:
    """Rows of FEATURES of these participants, in the order of the file, as events of one calibration called ``table``.

    The CSV has the columns `participant`, `label` (one of ``classes``) and one numeric column a feature.

    Raises:
        InputError: no rows, no feature column, a bad column name, an unknown label, a value that is not a
            number, a class that nobody has; the message names file and row.
    """
    table = read_delimited(path)
    need_columns(table, ("participant", "label"))
    columns = _feature_columns(table)
    kept: list[tuple[str, str, list[float]]] = []
    for row, cells in table.rows:
        where = f"{path}, row {row}"
        person = participant_of(cells["participant"], where)
        if person not in participants:  # others' rows are passed over unread
            continue
        label = cells["label"]
        if label not in classes:
            raise InputError(
                f"{where}: unknown label '{label}'{did_you_mean(label, classes)}; add it to recordings.classes or "
                "correct it"
            )
        kept.append((person, label, [_value(cells[name], name, where) for name in columns]))
    if not kept:
        raise InputError(f"{path}, row 1: the table has no rows of the participants used; it needs one a sample")
    absent = [name for name in classes if name not in {label for _, label, _ in kept}]
    if absent:
        raise InputError(f"{path} has no row of the class '{absent[0]}'; correct or remove it in recordings.classes")
    people, labels, values = zip(*kept, strict=True)
    fixed = pd.DataFrame({"participant": people, "recording": "table", "kind": "calibration", "segment": 0})
    fixed["event"] = fixed.groupby("participant").cumcount()
    fixed["start_s"] = fixed["event"].astype(np.float64)
    fixed["label"] = labels
    features = pd.DataFrame(np.array(values, dtype=np.float32), columns=[name.lower() for name in columns])
    return pd.concat([fixed, features], axis=1)


def _value(text: str, column: str, where: str) -> float:
    value = number(text, f"{where}, column '{column}'")
    if value is None:
        raise InputError(f"{where}: no value in column '{column}'; fill it in, or remove the row")
    if abs(value) > _LARGEST:
        raise InputError(f"{where}: {value:g} in column '{column}' is too large a value; correct it")
    return value


def _feature_columns(table: TextTable) -> list[str]:
    columns = [name for name in table.columns if name not in ("participant", "label")]
    twice = first_repeat(columns, key=str.lower)
    if not columns:
        raise InputError(f"{table.path}, row 1: there are no feature columns beside participant and label; add them")
    for name in columns:
        if not _FEATURE_NAME.fullmatch(name) or name.lower() in FEATURES.columns:
            raise InputError(
                f"{table.path}, row 1: '{name}' cannot name a feature; begin with a letter, go on with letters, digits "
                f"and underscores, and avoid {', '.join(FEATURES.columns)}"
            )
    if twice:
        raise InputError(f"{table.path}, row 1: feature '{twice[0]}' stands there twice but for its case; rename one")
    return columns


def write_feature_tables(
    path: str, outputs: Sequence[str], *, classes: Sequence[str], participants: Sequence[str]
) -> None:
    """Write each participant's rows of a feature table as FEATURES, into ``{participant}.parquet`` each."""
    frame = read_feature_table(path, classes, participants)
    by_person = dict(list(frame.groupby("participant", sort=False)))
    for output in outputs:
        write_table(output, by_person[Path(output).stem], FEATURES)
