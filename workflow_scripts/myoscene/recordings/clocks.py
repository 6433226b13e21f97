"""Clocks of devices beside the EMG: seconds to add to a person's times to get the recording's clock."""

from collections.abc import Sequence

from myoscene.core.errors import InputError
from myoscene.recordings.bids import participant_of
from myoscene.recordings.tabular import did_you_mean, need_columns, number, read_tsv


def read_offsets(path: str | None, people: Sequence[str] | None = None) -> dict[str, float]:
    """Seconds to add to times of a device, by participant; ``people`` are all whom the table ``path`` may name.

    Raises:
        InputError: a row without a number, a second one of a person, or one of nobody who is there.
    """
    if path is None:
        return {}
    table = read_tsv(path)
    need_columns(table, ("participant_id", "offset_s"))
    offsets: dict[str, float] = {}
    rows: dict[str, int] = {}
    for row, values in table.rows:
        name = participant_of(values["participant_id"], f"{path}, row {row}")
        if name in rows:
            raise InputError(f"{path}, row {row}: participant '{name}' is also in row {rows[name]}; keep one row")
        if people is not None and name not in people:
            raise InputError(
                f"{path}, row {row}: participant '{name}'{did_you_mean(name, people)} has no folder in sourcedata; "
                "correct or remove the row"
            )
        seconds = number(values["offset_s"], f"{path}, row {row}, offset_s")
        if seconds is None:
            raise InputError(f"{path}, row {row}: no offset_s; write seconds, or remove the row")
        offsets[name], rows[name] = seconds, row
    return offsets
