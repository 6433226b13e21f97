"""Everybody's faces against each other: one sheet, and the same parameters."""

import os
from collections.abc import Sequence

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.face.tables import PARTICIPANT_SHEET, SHEET

PathLike = str | os.PathLike[str]


def check_faces(sheets: Sequence[PathLike], sheet: PathLike) -> None:
    """Write SHEET.

    Args:
        sheets: PARTICIPANT_SHEET of everybody, in the order of participants.

    Raises:
        InputError: somebody's parameters are not those of the first one.
    """
    everybody = pd.concat([read_table(path, PARTICIPANT_SHEET) for path in sheets], ignore_index=True)
    first = everybody.iloc[0]
    known = set(first["parameters"].split(";"))
    for _, row in everybody.iterrows():
        if odd := known ^ set(row["parameters"].split(";")):
            raise InputError(
                f"the faces of participants {first['participant']} ({first['tool']}) and {row['participant']} "
                f"({row['tool']}) do not have the same parameters ({min(odd)} is there for one of them alone); measure "
                "everybody with the same tool, or set face.files to `none`"
            )
    write_table(sheet, everybody[list(SHEET.columns)], SHEET)
