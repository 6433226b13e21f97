"""One table and one image store of everybody's labelled eye frames, for all folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.eyes.store import ArrayStore, write_store
from myoscene.eyes.tables import FRAMES, REMOVED, SHARED
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.tables import COHORT_EYES

READ = 1024


@dataclass(frozen=True)
class EyeLabels:
    """Which frames are kept: those of the classes, and of what the blink classifier reads, class or not."""

    classes: list[str]
    neutral: str | None
    closed: str | None


def collect_eyes(
    people: Sequence[FrameFiles],
    excluded: PathLike,
    labels: EyeLabels,
    *,
    eyes: PathLike,
    images: PathLike,
    neutrals: PathLike,
) -> None:
    """Join everybody's labelled calibration frames that nothing speaks against.

    The frames of a mean neutral image, flagged frames and a person's identical images under different labels
    (``excluded``) are left out; those that people share are marked. Images are copied a batch at a time.

    Raises:
        InputError: frames of different size, nobody has a frame of a class, or a person has no labelled frame at all.
    """
    wanted = {*labels.classes, *filter(None, (labels.neutral, labels.closed))}
    left_out = read_table(excluded, REMOVED)
    tables = []
    stores = [(ArrayStore(person.images), ArrayStore(person.neutrals)) for person in people]
    offset = 0
    for person, (store, means) in zip(people, stores, strict=True):
        table = read_table(person.frames, FRAMES)
        if store.shape[1:] != stores[0][0].shape[1:]:
            raise InputError(
                f"{store.path} and {stores[0][0].path} hold frames of different size; delete both, run again"
            )
        table["source"] = np.arange(len(table))
        table.loc[table["neutral"] >= 0, "neutral"] += offset
        offset += len(means)
        tables.append(_of_use(table, wanted, left_out))
    whole = pd.concat(tables, ignore_index=True)
    absent = [name for name in labels.classes if not (whole["label"] == name).any()]
    if absent:
        raise InputError(
            f"nobody has a labelled eye frame of the class(es) {', '.join(absent)}; take them out of the label set "
            f"(eyes.label_set, eyes.classes), or check the labels in the index tables"
        )
    shape = stores[0][0].shape[1:]
    with write_store(images, len(whole), shape) as writer:
        for table, (store, _) in zip(tables, stores, strict=True):
            rows = table["source"].to_numpy()
            for start in range(0, len(rows), READ):
                writer.append(store.read(rows[start : start + READ]))
    with write_store(neutrals, offset, shape, np.float32) as writer:
        for _, means in stores:
            writer.append(means.read(np.arange(len(means))))
    whole["row"] = np.arange(len(whole))
    write_table(eyes, whole[list(COHORT_EYES.columns)], COHORT_EYES, row_group_by="participant")


def _of_use(table: pd.DataFrame, wanted: set[str], excluded: pd.DataFrame) -> pd.DataFrame:
    """Rows of one participant's ``table`` that train, and whether they are scored, too."""
    usable = (table["kind"] == "calibration") & table["label"].isin(wanted) & ~table["made_neutral"]
    usable &= table["has_left"] | table["has_right"]
    reasons = excluded[["participant", "session", "recording", "frame", "reason"]]
    found = table[usable].merge(reasons, how="left", validate="one_to_one")
    found["scored"] = found["reason"].isna()
    return found[found["scored"] | (found["reason"] == SHARED)].reset_index(drop=True)
