"""EMG, eyes and both together, scored on the same windows."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.learn.scores import metrics
from myoscene.learn.scores.compare import compare
from myoscene.learn.tables import COMPARISON, EYE_PREDICTIONS, MODALITIES, PREDICTIONS

PathLike = str | os.PathLike[str]
WINDOW = ["participant", "recording", "start_us"]


@dataclass(frozen=True)
class ModalitySettings:
    """What the job depends on.

    Attributes:
        length_s: length of a window.
        bins: of the calibration error.
        permutations, bootstrap, seed: of the comparison.
        synthetic: whether the people are made up.
    """

    length_s: float
    bins: int
    permutations: int
    bootstrap: int
    seed: int
    synthetic: bool


def compare_modalities(
    windows: Mapping[str, PathLike],
    frames: Mapping[str, PathLike],
    scores: PathLike,
    comparison: PathLike,
    settings: ModalitySettings,
) -> None:
    """Score models of different modalities on the windows that all of them predict, and test them pairwise.

    Args:
        windows: model -> held-out predictions of windows (:data:`PREDICTIONS`): EMG and fusion models. The windows of
            the first are those that frames are brought to.
        frames: model -> held-out predictions of eye frames (:data:`EYE_PREDICTIONS`). Frames without a time are in no
            window; a model that has no other frames is left out.
        scores: table to write (:data:`MODALITIES`).
        comparison: table to write (:data:`COMPARISON`); differences are of participants.

    Raises:
        InputError: models differ in their classes or in a window's label, or have no window in common.
    """
    (first, *others), tables = windows, {}
    tables[first] = _keyed(read_table(windows[first], PREDICTIONS), str(windows[first]))
    for model, path in frames.items():
        own = read_table(path, EYE_PREDICTIONS)
        timed = own[own["start_s"].notna()]
        if len(timed) < len(own):
            logging.warning("%s: %d of %d frames have no time, so they are in no window", model, len(own) - len(timed),
                            len(own))  # fmt: skip
        if len(timed):
            tables[model] = windows_of_frames(timed, tables[first], settings.length_s)
    for model in others:
        tables[model] = _keyed(read_table(windows[model], PREDICTIONS), str(windows[model]))
    people = score_windows(common_windows(tables), settings.bins).assign(synthetic=settings.synthetic)
    # From the last model to the first: a difference above 0 says that fusion adds to a modality.
    pairs = compare(people.iloc[::-1], settings.permutations, settings.bootstrap, settings.seed)
    pairs = pairs.assign(synthetic=settings.synthetic)
    write_table(scores, people, MODALITIES)
    write_table(comparison, pairs, COMPARISON)


def _keyed(table: pd.DataFrame, path: str) -> pd.DataFrame:
    """Windows with their start in whole microseconds, by which they are known in every table."""
    keyed = table.assign(start_us=np.round(table["start_s"].to_numpy() * 1e6).astype(np.int64))
    twice = keyed.duplicated(WINDOW)
    if twice.any():
        row = keyed[twice].iloc[0]
        raise InputError(
            f"{path} predicts the window at {row['start_s']:g} s of participant '{row['participant']}', "
            f"{row['recording']}, twice; let labelled events of a recording not overlap"
        )
    return keyed


def windows_of_frames(frames: pd.DataFrame, windows: pd.DataFrame, length_s: float) -> pd.DataFrame:
    """Predictions of eye frames as predictions of ``windows``: mean probability of the frames inside each.

    Args:
        frames: rows of :data:`EYE_PREDICTIONS` that have a time.
        windows: rows of :data:`PREDICTIONS` with ``start_us``.
        length_s: a frame at ``t`` is inside where ``start_s <= t < start_s + length_s`` (our choice: all frames of a
            window weigh alike).

    Returns:
        the rows of ``windows`` that hold a frame, with the window's label and the frames' ``p_<class>``.
    """
    columns = [name for name in frames.columns if name.startswith("p_")]
    times = {key: part.sort_values("start_s") for key, part in frames.groupby(["participant", "recording"])}
    pieces, differing = [], 0
    for key, own in windows.groupby(["participant", "recording"], sort=False):
        if key not in times:
            continue
        inside = times[key]
        # A frame on a window's edge belongs to the window that starts there, whatever the last bits of its time.
        edges = np.stack([own["start_s"], own["start_s"] + length_s]) - 1e-9
        first, stop = np.searchsorted(inside["start_s"].to_numpy(), edges)
        have = stop > first
        sums = np.zeros((len(inside) + 1, len(columns)))
        np.cumsum(inside[columns].to_numpy(dtype=np.float64), axis=0, out=sums[1:])
        means = (sums[stop[have]] - sums[first[have]]) / (stop - first)[have, None]
        kept = own.loc[have, [*WINDOW, "start_s", "label"]].reset_index(drop=True)
        pieces.append(pd.concat([kept, pd.DataFrame(means, columns=columns)], axis=1))
        labels = inside["label"].to_numpy()
        differing += sum(
            bool((labels[a:b] != label).any())
            for a, b, label in zip(first[have], stop[have], kept["label"], strict=True)
        )
    if differing:
        logging.warning("%d windows hold eye frames of another label; the window's own label counts", differing)
    if not pieces:
        return windows[[*WINDOW, "start_s", "label"]].head(0).assign(**dict.fromkeys(columns, 0.0))
    return pd.concat(pieces, ignore_index=True)


def common_windows(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows of each model for the windows that all of them predict, in one order, with the classes in one order.

    Raises:
        InputError: models differ in their classes or in a window's label, or have no window in common.
    """
    first, reference = next(iter(tables.items()))
    columns = [name for name in reference.columns if name.startswith("p_")]
    shared = reference[[*WINDOW, "label"]].sort_values(WINDOW, ignore_index=True)
    for model, table in tables.items():
        own = [name for name in table.columns if name.startswith("p_")]
        if set(own) != set(columns):
            raise InputError(
                f"models '{first}' and '{model}' have different classes ({', '.join(n[2:] for n in columns)} and "
                f"{', '.join(n[2:] for n in own)}), so no window can be scored for both; set eyes.label_set to "
                f"'recordings'"
            )
        other = table[[*WINDOW, "label"]].rename(columns={"label": "other"})
        shared = shared.merge(other, on=WINDOW)
        differing = shared["label"] != shared["other"]
        if differing.any():
            row = shared[differing].iloc[0]
            raise InputError(
                f"models '{first}' and '{model}' disagree on the label of the window at {row['start_us'] / 1e6:g} s of "
                f"participant '{row['participant']}', {row['recording']} ('{row['label']}' and '{row['other']}'); "
                f"delete results/learn and run again"
            )
        shared = shared.drop(columns="other")
    if shared.empty:
        raise InputError(
            f"the models {', '.join(tables)} have no window in common: are the eye images' times on the clock of the "
            f"EMG recordings (sourcedata/eye_offsets.tsv)?"
        )
    for model, table in tables.items():
        logging.info(
            "%s: %d of %d windows left out, which not all predict", model, len(table) - len(shared), len(table)
        )
    return {
        model: shared.merge(table[[*WINDOW, *columns]], on=WINDOW, validate="one_to_one")
        for model, table in tables.items()
    }


def score_windows(tables: Mapping[str, pd.DataFrame], bins: int) -> pd.DataFrame:
    """One row a model and participant: number of windows and classes, and :func:`metrics.scores`."""
    rows = []
    for model, table in tables.items():
        columns = [name for name in table.columns if name.startswith("p_")]
        place = {name[2:]: number for number, name in enumerate(columns)}
        for participant, own in table.groupby("participant", sort=True):
            true = own["label"].map(place).to_numpy(dtype=np.int64)
            rows.append(
                {
                    "model": model,
                    "participant": participant,
                    "windows": len(own),
                    "classes": len(set(true)),
                    **metrics.scores(true, own[columns].to_numpy(), bins),
                }
            )
    return pd.DataFrame(rows)
