"""What personalisation adds: the same model with and without it, on identical frames."""

import logging
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ttest_rel

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.learn.scores.compare import permutation_p
from myoscene.learn.scores.metrics import most_probable
from myoscene.learn.tables import EYE_PREDICTIONS, PERSONALISATION_EFFECT

# What makes a frame the same one; a frame's number alone comes again in every stack of a recording.
FRAME = ["participant", "session", "recording", "frame", "start_s", "left_image", "right_image"]
UNITS = {
    "participants": ["participant"],
    # Hickson et al. 2019: "subject-session-condition means"; a condition is a true class.
    "participant-session-condition": ["participant", "session", "label"],
}


def compare_personalisation(
    personalised: Sequence[PathLike],
    plain: Sequence[PathLike],
    destination: PathLike,
    *,
    names: Sequence[Sequence[str]],
    permutations: int,
    seed: int,
    synthetic: bool,
) -> None:
    """Write the effect of personalisation for each pair of variants (:data:`PERSONALISATION_EFFECT`).

    Args:
        personalised, plain: held-out predictions (:data:`EYE_PREDICTIONS`) of the variants, in one order.
        names: (personalised, plain) model names of each pair.

    Raises:
        InputError: two variants have no frame in common, or disagree on a frame's label.
    """
    parts = []
    for one, other, (name, name_plain) in zip(personalised, plain, names, strict=True):
        effect = personalisation_effect(identical_frames(one, other), permutations, seed)
        parts.append(effect.assign(personalised=name, plain=name_plain, synthetic=synthetic))
    write_table(destination, pd.concat(parts, ignore_index=True), PERSONALISATION_EFFECT)


def identical_frames(personalised: PathLike, plain: PathLike) -> pd.DataFrame:
    """Frames that both variants predict: participant, session, label, and whether each variant was right.

    Raises:
        InputError: no frame in common, a frame that occurs twice, or one with two labels.
    """
    first, second = (_hits(path) for path in (personalised, plain))
    both = first.merge(second, on=FRAME, suffixes=("", "_plain"))
    if both.empty:
        raise InputError(f"{personalised} and {plain} have no frame in common; delete both and run again")
    other = both["label"] != both["label_plain"]
    if other.any():
        row = both[other].iloc[0]
        raise InputError(
            f"{personalised} and {plain} disagree on the label of frame {row['frame']} of participant "
            f"'{row['participant']}', {row['recording']} ('{row['label']}' and '{row['label_plain']}'); delete both "
            f"and run again"
        )
    left_out = len(first) + len(second) - 2 * len(both)
    logging.info("%d identical frames; %d that only one of the variants predicts", len(both), left_out)
    names = {"right": "personalised", "right_plain": "plain"}
    return both.rename(columns=names)[["participant", "session", "label", "personalised", "plain"]]


def _hits(path: PathLike) -> pd.DataFrame:
    """Identity and label of every frame of ``path``, and whether the most probable class is its label."""
    table = read_table(path, EYE_PREDICTIONS)
    frames = table[[*FRAME, "label"]].fillna({"left_image": "", "right_image": ""})
    twice = frames.duplicated(FRAME)
    if twice.any():
        row = frames[twice].iloc[0]
        raise InputError(
            f"{path} holds frame {row['frame']} of participant '{row['participant']}', {row['recording']}, twice; "
            f"delete it and run again"
        )
    return frames.assign(right=(most_probable(table) == frames["label"].to_numpy()).astype(float))


def personalisation_effect(hits: pd.DataFrame, permutations: int, seed: int) -> pd.DataFrame:
    """Accuracy with and without personalisation over participants, and over the paper's finer units.

    The finer unit is the mean accuracy of a participant, session and true class; its paired one-tailed t-test
    (personalised better) is that of Hickson et al. 2019. The permutation beside it is ours: a person's units are not
    independent, so all of them change sign together.

    Args:
        hits: ``participant``, ``session``, ``label``, and ``personalised`` and ``plain``: 1 where the variant was
            right, else 0; a row a frame.

    Returns:
        one row a unit: columns of :data:`PERSONALISATION_EFFECT` without names and ``synthetic``. A test that is not
        defined (one unit, or differences that are all alike) is missing.
    """
    rows = []
    for unit, keys in UNITS.items():
        means = hits.groupby(keys, sort=True)[["personalised", "plain"]].mean().reset_index()
        first, second = means["personalised"], means["plain"]
        difference = first - second
        t = df = p = math.nan
        if len(difference) > 1 and np.ptp(difference) > 1e-12:
            tested = ttest_rel(first.to_numpy(), second.to_numpy(), alternative="greater")
            t, df, p = float(tested.statistic), float(tested.df), float(tested.pvalue)
        people = difference.groupby(means["participant"]).sum().to_numpy()
        p_permutation, used, exact = permutation_p(people, permutations, seed, greater=True)
        row: dict[str, Any] = {"unit": unit, "frames": len(hits), "units": len(means), "t": t, "df": df, "p_t": p}
        row |= {f"accuracy_{name}": means[name].mean() for name in ("personalised", "plain")}
        row |= {f"sd_{name}": means[name].std(ddof=1) for name in ("personalised", "plain")}
        row |= {"mean_difference": difference.mean(), "sd_difference": difference.std(ddof=1)}
        rows.append(row | {"p_permutation": p_permutation, "permutations": used, "exact": exact})
    return pd.DataFrame(rows)
