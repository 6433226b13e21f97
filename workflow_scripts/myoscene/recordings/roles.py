"""The participants sheet: who trains the models, and who is only predicted."""

from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.recordings.ratings_files import participant_of
from myoscene.recordings.tabular import MISSING, need_columns, read_tsv

TRAIN, APPLY = "train", "apply"


def read_sheet(root: str, column: str | None) -> dict[str, str]:
    """Participant -> ``train`` or ``apply``, of everybody in the dataset's `participants.tsv`, in its order.

    Args:
        root: folder of the dataset; without `participants.tsv` nobody has a role, and whoever has none trains.
        column: where roles stand; everybody trains where it is None or the table lacks it, and whoever has ``n/a``.

    Raises:
        InputError: the table names somebody twice or not as BIDS asks, or a role is neither.
    """
    path = Path(root, "participants.tsv")
    if not path.is_file():
        return {}
    table = read_tsv(path)
    need_columns(table, ("participant_id",))
    rows: dict[str, int] = {}
    roles: dict[str, str] = {}
    for row, values in table.rows:
        name = participant_of(values["participant_id"], f"{path}, row {row}")
        if name in rows:
            raise InputError(f"{path}, row {row}: participant '{name}' is also in row {rows[name]}; keep one row")
        rows[name] = row
        role = values.get(column, "") if column else ""
        if role not in (TRAIN, APPLY, *MISSING):
            raise InputError(
                f"{path}, row {row}: participant '{name}' has the {column} '{role}'; write '{TRAIN}' (or 'n/a') or "
                f"'{APPLY}', or name another column in recordings.role_column (null: everybody trains)"
            )
        roles[name] = APPLY if role == APPLY else TRAIN
    return roles
