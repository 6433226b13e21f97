"""A simulated cohort whose ratings have nothing to do with its expressions, from raw signals to arrays.

The functions of every stage are those that the rules call, in memory and one after the other. The model is
the linear discriminant, each person predicted by a model of all others, because it is fitted in no time.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from myoscene.emg.envelope import envelope_indices
from myoscene.emg.features import column_names, window_features
from myoscene.emg.filters import condition_signal
from myoscene.emg.normalise import Normaliser, fit_normaliser
from myoscene.emg.windows import event_span, to_samples, window_starts
from myoscene.learn.classical import LinearDiscriminant, fit_lda
from myoscene.recordings.demo import face
from myoscene.recordings.demo.cohort import SimulatedPerson, SimulatedRecording, generate_cohort
from myoscene.recordings.demo.scenes import CALIBRATION_TASK
from myoscene.scenes.smoothing import smooth
from myoscene.scenes.states import decide, dwell_hops
from myoscene.scenes.static import envelope_features, model_features
from myoscene.scenes.temporal import temporal_features
from myoscene.statistics.arrange import Cells

Floats = NDArray[np.floating]


class Windows(NamedTuple):
    """Time-domain features of one person, and envelopes.

    Attributes:
        calibration: ``(windows, features)``. labels: ``(windows,)``, indices of classes.
        scenes: task -> ``(hops, features)``. envelopes: task -> ``(channels, samples)``.
    """

    calibration: Floats
    labels: NDArray[np.int64]
    scenes: dict[str, Floats]
    envelopes: dict[str, Floats]


def null_cohort(
    seed: int,
    *,
    participants: int,
    scene_s: float,
    subscales: list[str],
    emg: dict[str, Any],
    lda: dict[str, Any],
    scenes: dict[str, Any],
    null: bool = True,
) -> tuple[Cells, Cells]:
    """Expression features and ratings of a simulated cohort.

    Args:
        seed: of the cohort. participants: number of people.
        scene_s: length of each scene, seconds.
        subscales: rating columns; those that the demo has are used.
        emg, lda, scenes: the sections ``emg``, ``learn.lda`` and ``scenes`` of the configuration.
        null: False for a cohort with the demo's planted associations.

    Returns:
        Features and ratings, ``(variables, participants, scenes)`` each.
    """
    cohort = generate_cohort(participants, seed=seed, null=null, scene_s=scene_s)
    names = [recording.task for recording in cohort[0].recordings if recording.task != CALIBRATION_TASK]
    people = [person.participant for person in cohort]
    prepared = [prepare(person, emg) for person in cohort]
    columns: list[dict[str, dict[str, float]]] = []
    for number, person in enumerate(prepared):
        others = [other for place, other in enumerate(prepared) if place != number]
        model = _fit(others, emg, lda)
        columns.append({name: _expression(person, name, model, emg, scenes) for name in names})
    features = list(columns[0][names[0]])
    values = np.array([[[columns[p][s][f] for s in names] for p in range(len(people))] for f in features])
    return Cells(values, features, people, names), _ratings(cohort, subscales, people, names)


def prepare(person: SimulatedPerson, emg: dict[str, Any]) -> Windows:
    """Condition, normalise and cut one person's recordings."""
    rate = emg["rate_hz"]
    signals = {
        r.task: condition_signal(r.signal_uv, r.rate_hz, face.MAINS_HZ, emg["filters"], rate)
        for r in person.recordings
    }
    calibration = next(r for r in person.recordings if r.task == CALIBRATION_TASK)
    normaliser = _normaliser(calibration, signals[CALIBRATION_TASK], person.participant, emg)
    starts, labels = _labelled_windows(calibration, emg)
    scenes = {task: normaliser.waveform(s) for task, s in signals.items() if task != CALIBRATION_TASK}
    length, hop = (to_samples(emg["windows"][name], rate) for name in ("length_s", "hop_s"))
    envelopes = {}
    for task in scenes:
        values = normaliser.envelope(signals[task], rate)
        envelopes[task] = values[:, envelope_indices(values.shape[1], rate, emg["envelope_rate_hz"])]
    return Windows(
        _features(normaliser.waveform(signals[CALIBRATION_TASK]), starts, emg),
        labels,
        {task: _features(s, window_starts(0, s.shape[1], length, hop), emg) for task, s in scenes.items()},
        envelopes,
    )


def _normaliser(
    calibration: SimulatedRecording, signal_uv: Floats, participant: str, emg: dict[str, Any]
) -> Normaliser:
    """Fitted on the calibration alone, with the trimmed neutral events as rest."""
    neutral = np.zeros(signal_uv.shape[1], dtype=bool)
    for event in calibration.events:
        if event.label == face.CLASSES[0]:
            neutral[slice(*_span(event.onset_s, event.duration_s, emg))] = True
    settings = emg["normalise"]
    return fit_normaliser(
        [signal_uv],
        [neutral],
        emg["rate_hz"],
        face.CHANNELS,
        settings["method"],
        settings["envelope_s"],
        settings["scale_percentile"],
        participant,
    )


def _span(onset_s: float, duration_s: float, emg: dict[str, Any]) -> tuple[int, int]:
    windows = emg["windows"]
    return event_span(onset_s, duration_s, emg["rate_hz"], windows["trim_start_s"], windows["trim_end_s"])


def _labelled_windows(
    calibration: SimulatedRecording, emg: dict[str, Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and class indices ``(windows,)`` of the windows inside trimmed events."""
    length, hop = (to_samples(emg["windows"][name], emg["rate_hz"]) for name in ("length_s", "hop_s"))
    starts, labels = [], []
    for event in calibration.events:
        inside = window_starts(*_span(event.onset_s, event.duration_s, emg), length, hop)
        starts.append(inside)
        labels.append(np.full(len(inside), face.CLASSES.index(event.label), dtype=np.int64))
    return np.concatenate(starts), np.concatenate(labels)


def _features(signal: Floats, starts: NDArray[np.int64], emg: dict[str, Any]) -> Floats:
    """``(windows, channels * features)`` of a normalised signal ``(channels, samples)``."""
    length = to_samples(emg["windows"]["length_s"], emg["rate_hz"])
    names, threshold = emg["features"]["names"], emg["features"]["threshold"]
    return window_features(signal, starts, length, names, threshold).reshape(len(starts), -1)


def _fit(people: list[Windows], emg: dict[str, Any], lda: dict[str, Any]) -> LinearDiscriminant:
    x = np.concatenate([person.calibration for person in people]).astype(np.float64)
    y = np.concatenate([person.labels for person in people])
    arrays = fit_lda(x, y, lda)
    names = column_names(emg["features"]["names"], face.CHANNELS)
    return LinearDiscriminant(arrays, {"classes": list(face.CLASSES), "features": names})


def _expression(
    person: Windows, task: str, model: LinearDiscriminant, emg: dict[str, Any], scenes: dict[str, Any]
) -> dict[str, float]:
    """Expression features of one scene."""
    hop_s = emg["windows"]["hop_s"]
    raw = model.trained_probabilities(person.scenes[task].astype(np.float64)).astype(np.float32)
    smoothed = smooth(raw, hop_s, scenes["smoothing_s"])
    states = decide(smoothed, scenes["probability_floor"], dwell_hops(scenes["minimum_dwell_s"], hop_s))
    stretch = np.zeros(len(states), dtype=np.int64)
    classes = list(face.CLASSES)
    return (
        envelope_features(person.envelopes[task], list(face.CHANNELS))
        | model_features(states, raw, classes)
        | temporal_features(states, raw, stretch, classes, hop_s)
    )


def _ratings(
    cohort: list[SimulatedPerson], subscales: list[str], people: list[str], scenes: list[str]
) -> Cells:
    """The demo's ratings, and their unweighted mean as ``raw_tlx``."""
    rows = {(person.participant, row["scene"]): row for person in cohort for row in person.ratings}
    keys = [key for key in next(iter(rows.values())) if key not in ("participant", "session", "scene")]
    kept = [name for name in subscales if name in (*keys, "raw_tlx")]

    def value(row: dict[str, Any], name: str) -> float:
        return float(np.mean([row[key] for key in keys])) if name == "raw_tlx" else float(row[name])

    values = [[[value(rows[p, s], name) for s in scenes] for p in people] for name in kept]
    return Cells(np.array(values), kept, people, scenes)
