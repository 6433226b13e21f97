"""Where NASA-TLX ratings are in a dataset, and whom they are of. Standard library only."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.recordings import bids
from myoscene.recordings.tabular import TextTable, read_delimited, read_tsv

_PERSON_COLUMNS = ("participant", "participantid", "subject", "subjectid")


def participant_of(text: str, where: str) -> str:
    """Participant label of a table's cell, with or without ``sub-``; InputError where BIDS forbids it."""
    return bids.check_label(text.removeprefix("sub-"), "participant", where)


def plain(name: str) -> str:
    """A column name without case, spaces and punctuation: ``Participant ID`` -> ``participantid``."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def person_column(table: TextTable) -> str:
    """Name of the column that holds the participant; InputError when there is none."""
    column = column_of(table, _PERSON_COLUMNS)
    if column is None:
        raise InputError(f"{table.path}, row 1: there is no column 'participant'; add it")
    return column


def column_of(table: TextTable, names: Sequence[str]) -> str | None:
    """The first column whose :func:`plain` name is one of ``names``, None for none."""
    return next((column for column in table.columns if plain(column) in names), None)


def table_path(section: Mapping[str, Any]) -> str:
    """Path of the one rating table of the sources ``csv`` and ``phenotype``."""
    ratings = section["ratings"]
    default = "phenotype/nasa_tlx.tsv" if ratings["source"] == "phenotype" else "ratings.csv"
    path = Path(section["dataset"], ratings["file"] or default)
    if not path.is_file():
        raise InputError(
            f"rating table {path} does not exist; correct recordings.ratings.file, or set source to `none`"
        )
    return str(path)


def read_rating_table(path: str) -> TextTable:
    """A rating table as text: TSV by its suffix, otherwise any delimiter."""
    return read_tsv(path) if path.endswith(".tsv") else read_delimited(path)


def rating_files(
    section: Mapping[str, Any], participants: Sequence[str], folders: bids.Folders | None = None
) -> list[str]:
    """Files that hold ratings of these participants, in their order; [] for the source ``none``."""
    source = section["ratings"]["source"]
    if source == "none":
        return []
    if source != "beh":
        return [table_path(section)]
    folders = folders or bids.Folders()
    root = str(section["dataset"])
    files = [
        str(Path(folder, "beh", name))
        for participant in participants
        for _, folder in bids.session_folders(root, participant, folders)
        for name in folders.listing(f"{folder}/beh")
        if name.endswith("_beh.tsv") and not name.startswith(".")
    ]
    bids.refuse_links(root, files)
    return files


def rated_participants(section: Mapping[str, Any]) -> list[str]:
    """Sorted participants of a dataset that holds ratings alone.

    Raises:
        InputError: nobody is rated, or an identifier is not allowed.
    """
    if section["ratings"]["source"] == "beh":
        found = set(bids.list_participants(str(section["dataset"])))
        where = str(section["dataset"])
    else:
        where = table_path(section)
        table = read_rating_table(where)
        column = person_column(table)
        found = {participant_of(values[column], f"{where}, row {row}") for row, values in table.rows}
    if not found:
        raise InputError(f"{where} has no participants; add their ratings")
    return sorted(found)
