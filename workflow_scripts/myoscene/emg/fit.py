"""Job: conditioned signals of one participant, and the normaliser fitted to them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from myoscene.emg.condition import condition_participant
from myoscene.emg.normalise import fit_normaliser, save_normaliser
from myoscene.emg.participant import (
    PathLike,
    calibration_names,
    fitting_names,
    read_participant,
    read_stretches,
    signal_channels,
    spans_in_stretch,
)


def condition_and_fit(
    recordings: PathLike,
    events: PathLike,
    signals: PathLike,
    normaliser: PathLike,
    *,
    filters: Mapping[str, Any],
    rate_hz: float,
    max_held_fraction: float,
    normalise: Mapping[str, Any],
    neutral: str | None,
    trim_start_s: float,
    trim_end_s: float,
) -> None:
    """:func:`condition_participant`, then :func:`fit_participant` on what it wrote; arguments and errors are theirs.

    One job for both: fitting takes less time than a job takes to start.
    """
    condition_participant(
        recordings, events, signals, filters=filters, rate_hz=rate_hz, max_held_fraction=max_held_fraction
    )
    fit_participant(
        recordings, events, signals, normaliser, normalise=normalise, neutral=neutral, trim_start_s=trim_start_s,
        trim_end_s=trim_end_s, filters=filters, rate_hz=rate_hz,
    )  # fmt: skip


def fit_participant(
    recordings: PathLike,
    events: PathLike,
    signals: PathLike,
    output: PathLike,
    *,
    normalise: Mapping[str, Any],
    neutral: str | None,
    trim_start_s: float,
    trim_end_s: float,
    filters: Mapping[str, Any],
    rate_hz: float,
) -> None:
    """Fit a participant's normaliser and write it as JSON.

    Args:
        recordings, events, signals: the participant's tables.
        output: the JSON file.
        normalise: the section ``emg.normalise``.
        neutral: the class that is rest; only its events in calibrations count, never those of scenes.
        trim_start_s, trim_end_s: cut from each neutral event.
        filters, rate_hz: how ``signals`` were made; they are written down with the fit.

    Raises:
        InputError: no calibration, no neutral, or a channel without range.
    """
    table, marks = read_participant(recordings, events)
    names = fitting_names(table, normalise["fit_on"]) if normalise["method"] != "none" else []
    calibrations = set(calibration_names(table))
    stretches, masks, inside, used = [], [], [], []
    for stretch in read_stretches(signals, names):
        mask = np.zeros(len(stretch.time_s), dtype=bool)
        labelled = mask.copy()
        if stretch.recording in calibrations:
            for _, label, first, last in spans_in_stretch(stretch, marks, rate_hz, trim_start_s, trim_end_s):
                mask[first:last] |= label == neutral
                labelled[first:last] = True
        stretches.append(stretch.signal_uv)
        masks.append(mask)
        inside.append(labelled)
        used.append(stretch.recording)
    fitted = fit_normaliser(
        stretches,
        masks,
        rate_hz,
        signal_channels(signals),
        normalise["method"],
        normalise["envelope_s"],
        normalise["scale_percentile"],
        str(table["participant"].iloc[0]),
        inside,
    )
    settings = {
        "filters": dict(filters),
        "fit_on": normalise["fit_on"],
        "neutral": neutral,
        "rate_hz": rate_hz,
        "scale_percentile": normalise["scale_percentile"],
    }
    save_normaliser(output, replace(fitted, fitted_on=tuple(dict.fromkeys(used)), settings=settings))
