"""One table for all folds: labelled windows or signals of everybody, a row group a participant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.emg.normalise import load_normaliser
from myoscene.emg.participant import read_person, read_stretches
from myoscene.emg.tables import FEATURES
from myoscene.learn.tables import COHORT_FEATURES, COHORT_SIGNALS


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
    """What the cohort's signals depend on: classes in order, their rate, a window's length, cuts from each event."""

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
            raise InputError(_nothing_labelled(source))
        if frames and list(labelled.columns) != list(frames[0].columns):
            other = sorted(set(labelled.columns) ^ set(frames[0].columns))
            raise InputError(
                f"{source} and {sources[0]} differ in the feature column(s) {', '.join(other[:5]) or '(their order)'}; "
                f"name the channels that everybody has in recordings.channels"
            )
        frames.append(labelled)
    whole = _with_classes(frames, classes)
    write_table(destination, whole, COHORT_FEATURES, row_group_by="participant")


def collect_signals(people: Sequence[PersonSignals], destination: PathLike, settings: StretchSettings) -> None:
    """Cut, normalise and join everybody's trimmed labelled calibration events that are as long as a window.

    Raises:
        InputError: a person has no stretch as long as a window, other channels than the first person, or nobody
            has a class.
    """
    frames: list[pd.DataFrame] = []
    for person in people:
        parts = list(_stretches(person, settings))
        if not parts:
            raise InputError(_nothing_labelled(person.events))
        frame = pd.concat(parts, ignore_index=True)
        if frames and list(frame.columns) != list(frames[0].columns):
            raise InputError(
                f"participant '{person.participant}' has other channels than '{people[0].participant}' "
                f"(see {person.signals}); name the channels that everybody has in recordings.channels"
            )
        frames.append(frame)
    whole = _with_classes(frames, settings.classes)
    write_table(destination, whole, COHORT_SIGNALS, row_group_by="participant")


def _stretches(files: PersonSignals, settings: StretchSettings) -> Iterator[pd.DataFrame]:
    """Normalised rows of each event, or of each part of one that a gap cuts, that is as long as a window."""
    person, normaliser = read_person(files.recordings, files.events), load_normaliser(files.normaliser)
    rate_hz, trims_s = settings.rate_hz, (settings.trim_start_s, settings.trim_end_s)
    for stretch in read_stretches(files.signals, person.calibrations):
        for event in person.with_events(stretch, rate_hz, trims_s).events:
            if event.last - event.first >= round(settings.length_s * rate_hz):
                signal = normaliser.waveform(np.ascontiguousarray(stretch.signal_uv[:, event.first : event.last]))
                named = {f"signal__{name}": own for name, own in zip(normaliser.channels, signal, strict=True)}
                yield pd.DataFrame(
                    {
                        "participant": files.participant,
                        "recording": stretch.recording,
                        "segment": stretch.segment,
                        "event": event.number,
                        "label": event.label,
                        "time_s": stretch.time_s[event.first : event.last],
                        **named,
                    }
                )


def _nothing_labelled(where: PathLike) -> str:
    return (
        f"{where} has no calibration event as long as a window after trimming; lower emg.windows.length_s or the "
        f"trims, or put the person in recordings.exclude_participants"
    )


def _with_classes(frames: list[pd.DataFrame], classes: list[str]) -> pd.DataFrame:
    """All rows; InputError when nobody has a window of a class."""
    whole = pd.concat(frames, ignore_index=True)
    absent = [name for name in classes if not (whole["label"] == name).any()]
    if absent:
        raise InputError(
            f"nobody has a labelled window of the class(es) {', '.join(absent)}; take them out of "
            f"recordings.classes, or check the trial_type values of the calibration events"
        )
    return whole
