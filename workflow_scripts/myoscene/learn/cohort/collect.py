"""One table for all folds: labelled windows or signals of everybody, a row group a participant."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.emg.normalise import load_normaliser
from myoscene.emg.tables import FEATURES, SIGNALS
from myoscene.learn.tables import COHORT_FEATURES, COHORT_SIGNALS
from myoscene.pipeline.normalise import Normaliser
from myoscene.pipeline.windows import event_span, segment_span
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class PersonSignals:
    """One participant's PARTICIPANT_RECORDINGS, EVENTS, SIGNALS and normaliser."""

    participant: str
    recordings: PathLike
    events: PathLike
    signals: PathLike
    normaliser: PathLike


@dataclass(frozen=True)
class StretchSettings:
    """What the cohort's signals depend on.

    Attributes:
        classes: class names, in order.
        rate_hz: rate of the conditioned signals.
        length_s: length of a window.
        trim_start_s, trim_end_s: cut from each event.
    """

    classes: list[str]
    rate_hz: float
    length_s: float
    trim_start_s: float
    trim_end_s: float


def collect_features(sources: Sequence[PathLike], destination: PathLike, *, classes: list[str]) -> None:
    """Join the labelled windows of everybody's features into one table.

    Raises:
        InputError: a person has no labelled window, other features than the first person, or nobody has a class.
    """
    frames: list[pd.DataFrame] = []
    for source in sources:
        frame = read_table(source, FEATURES)
        labelled = frame[frame["label"].notna() & (frame["kind"] == "calibration")]
        if labelled.empty:
            raise InputError(_nothing_labelled(str(source)))
        if frames and list(labelled.columns) != list(frames[0].columns):
            other = sorted(set(labelled.columns) ^ set(frames[0].columns))
            raise InputError(
                f"{source} and {sources[0]} differ in the feature column(s) {', '.join(other[:5]) or '(their order)'}; "
                f"name the channels that everybody has in recordings.channels"
            )
        frames.append(labelled)
    _require_classes(frames, classes)
    whole = pd.concat(frames, ignore_index=True)
    write_table(destination, whole, COHORT_FEATURES, row_group_by="participant")


def collect_signals(people: Sequence[PersonSignals], destination: PathLike, settings: StretchSettings) -> None:
    """Cut, normalise and join the trimmed labelled events of everybody's calibration.

    Stretches shorter than a window are left out.

    Raises:
        InputError: a person has no stretch as long as a window, other channels than the first person, or nobody
            has a class.
    """
    frames: list[pd.DataFrame] = []
    rate_hz, trims_s = settings.rate_hz, (settings.trim_start_s, settings.trim_end_s)
    for person in people:
        kinds = read_table(person.recordings, PARTICIPANT_RECORDINGS, columns=["recording", "kind"])
        calibrations = list(kinds.loc[kinds["kind"] == "calibration", "recording"])
        labelled = read_table(person.events, EVENTS)
        labelled = labelled[(labelled["role"] == "expression") & labelled["recording"].isin(calibrations)]
        signal = read_table(person.signals, SIGNALS, where={"recording": calibrations})
        normaliser = load_normaliser(person.normaliser)
        parts = []
        for row, first, last, piece in stretches_of_events(signal, labelled, rate_hz, *trims_s):
            if last - first >= round(settings.length_s * rate_hz):
                parts.append(_stretch(row, piece.iloc[first:last], normaliser))
        if not parts:
            raise InputError(_nothing_labelled(str(person.events)))
        frame = pd.concat(parts, ignore_index=True)
        if frames and list(frame.columns) != list(frames[0].columns):
            raise InputError(
                f"participant '{person.participant}' has other channels than '{people[0].participant}' "
                f"(see {person.signals}); name the channels that everybody has in recordings.channels"
            )
        frames.append(frame)
    _require_classes(frames, settings.classes)
    write_table(destination, pd.concat(frames, ignore_index=True), COHORT_SIGNALS, row_group_by="participant")


def stretches_of_events(
    signal: pd.DataFrame, events: pd.DataFrame, rate_hz: float, trim_start_s: float, trim_end_s: float
) -> Iterable[tuple[pd.Series, int, int, pd.DataFrame]]:
    """Where trimmed ``events`` lie in the contiguous segments of ``signal``.

    Yields:
        The event, first and last (exclusive) row of its part, and the segment's rows; an event that a gap cuts
        comes once for each of its parts.
    """
    for (recording, _), piece in signal.groupby(["recording", "segment"], sort=False):
        times = piece["time_s"].to_numpy()
        for _, row in events[events["recording"] == recording].iterrows():
            span = event_span(row["onset_s"], row["duration_s"], rate_hz, trim_start_s, trim_end_s)
            first, last = segment_span(times, rate_hz, *span)
            if first < last:
                yield row, first, last, piece


def _stretch(event: pd.Series, piece: pd.DataFrame, normaliser: Normaliser) -> pd.DataFrame:
    """Rows of one stretch, normalised."""
    columns = [name for name in piece.columns if name.endswith("_uv")]
    values = normaliser.waveform(np.ascontiguousarray(piece[columns].to_numpy(dtype=np.float32).T))
    rows = pd.DataFrame(
        {
            "participant": event["participant"],
            "recording": event["recording"],
            "segment": piece["segment"].to_numpy(),
            "event": event["event"],
            "label": event["label"],
            "time_s": piece["time_s"].to_numpy(),
        }
    )
    named = pd.DataFrame(values.T, columns=[f"signal__{name.removesuffix('_uv')}" for name in columns])
    return pd.concat([rows, named], axis=1)


def _nothing_labelled(where: str) -> str:
    return (
        f"{where} has no calibration event as long as a window after trimming; lower emg.windows.length_s or the "
        f"trims, or put the person in recordings.exclude_participants"
    )


def _require_classes(frames: list[pd.DataFrame], classes: list[str]) -> None:
    """InputError when nobody has a window of a class."""
    found = {label for frame in frames for label in frame["label"].unique()}
    absent = [name for name in classes if name not in found]
    if absent:
        raise InputError(
            f"nobody has a labelled window of the class(es) {', '.join(absent)}; take them out of "
            f"recordings.classes, or check the trial_type values of the calibration events"
        )
