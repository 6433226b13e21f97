"""The participants sheet: who trains the models, and who is only predicted."""

from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
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
    people = [(participant_of(cells["participant_id"], f"{path}, row {row}"), row) for row, cells in table.rows]
    twice = first_repeat(people, key=lambda item: item[0])
    if twice:
        (name, first), (_, row) = twice
        raise InputError(f"{path}, row {row}: participant '{name}' is also in row {first}; keep one row")
    roles: dict[str, str] = {}
    for (name, row), (_, values) in zip(people, table.rows, strict=True):
        role = values.get(column, "") if column else ""
        if role not in (TRAIN, APPLY, *MISSING):
            raise InputError(
                f"{path}, row {row}: participant '{name}' has the {column} '{role}'; write '{TRAIN}' (or 'n/a') or "
                f"'{APPLY}', or name another column in recordings.role_column (null: everybody trains)"
            )
        roles[name] = APPLY if role == APPLY else TRAIN
    return roles
