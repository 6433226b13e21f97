"""EMG, eyes and both together, scored on the same windows."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.learn.cohort.spans import frame_spans, window_means
from myoscene.learn.scores.compare import compare
from myoscene.learn.scores.metrics import classes_in, score_participants
from myoscene.learn.tables import COMPARISON, EYE_PREDICTIONS, MODALITIES, PREDICTIONS

WINDOW = ["participant", "recording", "start_us"]


@dataclass(frozen=True)
class ModalitySettings:
    """What the job depends on: seconds of a window, bins of the calibration error, the comparison, made-up people."""

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
        scores, comparison: tables to write (:data:`MODALITIES`, :data:`COMPARISON`).

    Raises:
        InputError: models differ in their classes or in a window's label, or have no window in common.
    """
    of_windows = {model: _keyed(read_table(path, PREDICTIONS), path) for model, path in windows.items()}
    first = next(iter(windows))
    tables = {first: of_windows[first]}
    for model, path in frames.items():
        own = read_table(path, EYE_PREDICTIONS)
        timed = own[own["start_s"].notna()]
        if len(timed) < len(own):
            logging.warning("%s: %d of %d frames have no time, so they are in no window", model, len(own) - len(timed),
                            len(own))  # fmt: skip
        if len(timed):
            tables[model] = windows_of_frames(timed, tables[first], settings.length_s)
    people = pd.concat(
        [
            score_participants(table, classes_in(table), settings.bins).assign(model=model)
            for model, table in common_windows(tables | of_windows).items()
        ],
        ignore_index=True,
    )
    people = people.assign(synthetic=settings.synthetic)[list(MODALITIES.columns)]
    # From the last model to the first: a difference above 0 says that fusion adds to a modality.
    pairs = compare(people.iloc[::-1], settings.permutations, settings.bootstrap, settings.seed)
    write_table(scores, people, MODALITIES)
    write_table(comparison, pairs.assign(synthetic=settings.synthetic), COMPARISON)


def _keyed(table: pd.DataFrame, path: PathLike) -> pd.DataFrame:
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
        length_s: a frame at ``t`` is inside where ``start_s <= t < start_s + length_s``.

    Returns:
        the rows of ``windows`` that hold a frame, with the window's label and the frames' ``p_<class>``.
    """
    columns = [f"p_{name}" for name in classes_in(frames)]
    known = [*WINDOW, "start_s", "label"]
    of_recording = {key: part.sort_values("start_s") for key, part in frames.groupby(["participant", "recording"])}
    pieces, differing = [], 0
    for key, own in windows.groupby(["participant", "recording"], sort=False):
        if key not in of_recording:
            continue
        inside, starts = of_recording[key], own["start_s"].to_numpy()
        times, labels = inside["start_s"].to_numpy(), inside["label"].to_numpy()
        means, have = window_means(inside[columns].to_numpy(), times, starts, length_s)
        kept = own.loc[have, known].reset_index(drop=True)
        pieces.append(pd.concat([kept, pd.DataFrame(means[have], columns=columns)], axis=1))
        spans = zip(*frame_spans(times, starts[have], length_s), kept["label"], strict=True)
        differing += sum(bool((labels[first:stop] != label).any()) for first, stop, label in spans)
    if differing:
        logging.warning("%d windows hold eye frames of another label; the window's own label counts", differing)
    if not pieces:
        return windows[known].head(0).assign(**dict.fromkeys(columns, 0.0))
    return pd.concat(pieces, ignore_index=True)


def common_windows(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows of each model for the windows that all of them predict, in one order, with the classes in one order.

    Raises:
        InputError: models differ in their classes or in a window's label, or have no window in common.
    """
    first, reference = next(iter(tables.items()))
    classes = classes_in(reference)
    shared = reference[[*WINDOW, "label"]].sort_values(WINDOW, ignore_index=True)
    for model, table in tables.items():
        own = classes_in(table)
        if set(own) != set(classes):
            raise InputError(
                f"models '{first}' and '{model}' have different classes ({', '.join(classes)} and "
                f"{', '.join(own)}), so no window can be scored for both; set eyes.label_set to 'recordings'"
            )
        shared = shared.merge(table[[*WINDOW, "label"]].rename(columns={"label": "other"}), on=WINDOW)
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
        left_out = len(table) - len(shared)
        logging.info("%s: %d of %d windows left out, which not all predict", model, left_out, len(table))
    columns = [*WINDOW, *(f"p_{name}" for name in classes)]
    return {model: shared.merge(table[columns], on=WINDOW, validate="one_to_one") for model, table in tables.items()}
