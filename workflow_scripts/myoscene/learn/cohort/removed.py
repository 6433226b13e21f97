"""Which labelled eye frames are not scored, and why."""

from collections.abc import Mapping, Sequence

import pandas as pd

from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.eyes.tables import REMOVED
from myoscene.learn.tables import BLINKS, COHORT_EYES


def list_removed(
    excluded: PathLike,
    cohort: PathLike,
    blinks: Sequence[PathLike],
    output: PathLike,
    *,
    fold_of: Mapping[str, str],
    synthetic: bool,
) -> None:
    """Write REMOVED: labelled frames that are not scored; only those that people share train.

    A blink is listed as the fold that held the person out judged it (``blinks``: BLINKS of all folds): that is what
    scoring left out. Other folds, in which the person trains, have judgements of their own.
    """
    parts = [read_table(excluded, REMOVED)]
    table = read_table(cohort, COHORT_EYES)
    table = table[table["scored"]]
    for path in blinks:
        found = read_table(path, BLINKS)
        own = found[[fold_of.get(name) == fold for name, fold in zip(found["participant"], found["fold"], strict=True)]]
        if len(own):
            rows = table.merge(own[["row", "p_closed"]], on="row", validate="one_to_one")
            parts.append(rows.assign(reason="blink", synthetic=synthetic)[list(REMOVED.columns)])
    whole = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    order = ["participant", "session", "recording", "frame", "reason"]
    write_table(output, whole.sort_values(order, kind="stable", ignore_index=True), REMOVED)
