"""Which columns of a table are measured, and which say how a row came about."""

import logging
import re

import pandas as pd

from myoscene.core.errors import InputError

TIME = "time_s"
WHOSE = ("participant", "session", "recording")
# The mean of a parameter and of that of the mirrored face: the parameter once more.
MIRROR = "_mirror_mean"
# Says how a row came about, in any table.
_ASIDE = re.compile(r"frame|faces?|presence|is_\w+", re.IGNORECASE)
# What else says so where the table is one of a face; elsewhere these may be what is measured, such as a wrist's angles.
_OF_FACES = re.compile(
    r"_neutral|face_?id|face_?(rect\w+|score)|confidence|success|timestamp\w*|(head_?)?(yaw|pitch|roll)(_deg|_rad)?|"
    r"pose_\w+",
    re.IGNORECASE,
)
_MARKS = ("is_face", "faces", "presence")


def measured(name: str, table: pd.DataFrame) -> tuple[str, ...]:
    """Names of the columns that hold measured values; what is left out is said once.

    Raises:
        InputError: no time, or nothing that is measured.
    """
    kinds = pd.api.types
    if TIME not in table:
        raise InputError(f"{name} has no column '{TIME}' (seconds on the clock of both tables); add it")
    if not kinds.is_numeric_dtype(table[TIME]):
        raise InputError(f"{name}: {TIME} holds no numbers ('{table[TIME].iloc[0]}' for one); give seconds")
    columns = [str(column) for column in table if column not in (TIME, *WHOSE)]
    of_face = any(mark in columns for mark in _MARKS)
    kept, means, others = [], [], []
    for column in columns:
        values = table[column]
        if column.endswith(MIRROR) and column.removesuffix(MIRROR) in columns:
            means.append(column)
        elif not kinds.is_numeric_dtype(values) or kinds.is_bool_dtype(values) or _about_rows(column, of_face):
            others.append(column)
        else:
            kept.append(column)
    if means:
        others.append(f"{len(means)} mirror means, whose parameters are there,")
    if others:
        logging.warning("%s: %s hold no measured numbers, and are left out", name, ", ".join(others).rstrip(","))
    if not kept:
        raise InputError(f"{name} has no column of numbers besides '{TIME}'; add what is measured")
    return tuple(kept)


def _about_rows(column: str, of_face: bool) -> bool:
    return bool(_ASIDE.fullmatch(column) or (of_face and _OF_FACES.fullmatch(column)))
