"""Leave-one-participant-out on people in memory, with the project's own conditioning, features and
discriminant."""

from typing import Any

import numpy as np
from myoscene.config.check import complete
from myoscene.demo import face
from myoscene.demo.people import SimulatedPerson, SimulatedRecording
from myoscene.emg.settings import EmgSettings
from myoscene.learn.models.linear import discriminate, fit_lda
from myoscene.learn.models.settings import LdaSettings
from myoscene.learn.scores.metrics import confusion, macro_f1
from myoscene.pipeline.chain import Cutting
from myoscene.pipeline.filters import condition_signal
from myoscene.pipeline.normalise import Normaliser, fit_normaliser
from myoscene.pipeline.windows import event_span

CONFIG: dict[str, Any] = complete({})
EMG = EmgSettings()
CUTTING = Cutting(EMG.windows, EMG.features, EMG.rate_hz, EMG.envelope_rate_hz)


def conditioned(recording: SimulatedRecording) -> np.ndarray:
    """(channels, samples) as the rule condition_emg would give it."""
    return condition_signal(recording.signal_uv, recording.rate_hz, face.MAINS_HZ, EMG.filters, EMG.rate_hz)


def spans(recording: SimulatedRecording) -> list[tuple[str, int, int]]:
    """Label, first and last sample of each trimmed cue."""
    trims = EMG.windows.trim_start_s, EMG.windows.trim_end_s
    return [(e.label, *event_span(e.onset_s, e.duration_s, EMG.rate_hz, *trims)) for e in recording.events]


def fit(recording: SimulatedRecording, signal: np.ndarray) -> Normaliser:
    """The default normaliser of a calibration."""
    neutral = np.zeros(signal.shape[1], dtype=bool)
    for label, first, last in spans(recording):
        neutral[first:last] |= label == "neutral"
    return fit_normaliser([signal], EMG.rate_hz, face.CHANNELS, EMG.normalise, neutral=[neutral])


def calibration_windows(person: SimulatedPerson) -> tuple[np.ndarray, np.ndarray, Normaliser]:
    """Features (windows, columns), class indices (windows,), and the person's normaliser."""
    recording = person.recordings[0]
    signal = conditioned(recording)
    normaliser = fit(recording, signal)
    waveform = normaliser.waveform(signal)
    values, labels = [], []
    for label, first, last in spans(recording):
        starts, computed = CUTTING.compute(waveform, first, last)
        values.append(computed)
        labels += [face.CLASSES.index(label)] * len(starts)
    return np.concatenate(values), np.array(labels), normaliser


class Lopo:
    """Every person's windows, and for each person the discriminant of everybody else."""

    def __init__(self, people: list[SimulatedPerson]) -> None:
        self.people = people
        self.windows = [calibration_windows(person) for person in people]
        self.models = [self._without(index) for index in range(len(people))]

    def _without(self, index: int) -> dict[str, np.ndarray]:
        others = [w for k, w in enumerate(self.windows) if k != index]
        return fit_lda(
            np.concatenate([w[0] for w in others]),
            np.concatenate([w[1] for w in others]),
            LdaSettings(**CONFIG["learn"]["lda"]),
        )

    def macro_f1(self) -> np.ndarray:
        """Macro-F1 of each person, by the model that never saw the person."""
        scores = []
        for (values, labels, _), model in zip(self.windows, self.models, strict=True):
            predicted = discriminate(model, values.astype(float)).argmax(axis=1)
            scores.append(macro_f1(confusion(labels, predicted, len(face.CLASSES))))
        return np.array(scores)

    def scenes(self, index: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Scene -> probabilities (hops, classes) and mean normalised envelope (channels,) of one person."""
        normaliser = self.windows[index][2]
        found = {}
        for recording in self.people[index].recordings[1:]:
            signal = conditioned(recording)
            waveform = normaliser.waveform(signal)
            _, values = CUTTING.compute(waveform, 0, signal.shape[1])
            envelope = normaliser.envelope(signal, EMG.rate_hz).mean(axis=1)
            found[recording.task] = discriminate(self.models[index], values.astype(float)), envelope
        return found
