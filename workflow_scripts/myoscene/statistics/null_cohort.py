"""A simulated cohort whose ratings have nothing to do with its expressions, from raw signals to arrays.

The functions of every stage are those that the rules call, in memory and one after the other. The model is
the linear discriminant, each person predicted by a model of all others, because it is fitted in no time.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from myoscene.demo import face
from myoscene.demo.people import SimulatedPerson, SimulatedRecording, generate_cohort
from myoscene.demo.scenes import CALIBRATION_TASK, Event
from myoscene.emg.extract import Recipe
from myoscene.emg.normalise import Normaliser, fit_normaliser
from myoscene.learn.models.linear import LinearDiscriminant, fit_lda
from myoscene.pipeline.envelope import envelope_indices
from myoscene.pipeline.features import column_names
from myoscene.pipeline.filters import condition_signal
from myoscene.pipeline.smoothing import smooth
from myoscene.pipeline.standardise import fit_standardiser
from myoscene.pipeline.states import decide, dwell_hops
from myoscene.pipeline.static import envelope_features, model_features
from myoscene.pipeline.temporal import temporal_features
from myoscene.pipeline.windows import event_span, window_starts
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
    recipe = Recipe(emg["windows"], emg["features"], rate)
    signals = {r.task: _conditioned(r, emg) for r in person.recordings}
    calibration = next(r for r in person.recordings if r.task == CALIBRATION_TASK)
    normaliser = _normaliser(calibration, signals[CALIBRATION_TASK], person.participant, emg)
    waveforms = {task: normaliser.waveform(signal) for task, signal in signals.items()}
    on_events = emg["features"]["standardise"] == "none" or emg["features"]["standardise_on"] == "events"
    grids = {
        task: recipe.compute(waveform, _grid(waveform, recipe))
        for task, waveform in waveforms.items()
        if task != CALIBRATION_TASK or not on_events
    }
    starts, labels = _labelled_windows(calibration, recipe)
    labelled = recipe.compute(waveforms[CALIBRATION_TASK], starts)
    fitting = labelled if on_events else grids[CALIBRATION_TASK]
    standardiser = fit_standardiser(fitting, emg["features"]["standardise"])
    del signals[CALIBRATION_TASK]
    grids.pop(CALIBRATION_TASK, None)
    envelopes = {task: normaliser.envelope(signal, rate) for task, signal in signals.items()}
    kept = {task: envelope_indices(e.shape[1], rate, emg["envelope_rate_hz"]) for task, e in envelopes.items()}
    stored = {task: envelope[:, kept[task]] for task, envelope in envelopes.items()}
    scenes = {task: standardiser.apply(grid) for task, grid in grids.items()}
    return Windows(standardiser.apply(labelled), labels, scenes, stored)


def _conditioned(recording: SimulatedRecording, emg: dict[str, Any]) -> Floats:
    mains = face.MAINS_HZ
    return condition_signal(recording.signal_uv, recording.rate_hz, mains, emg["filters"], emg["rate_hz"])


def _grid(signal: Floats, recipe: Recipe) -> NDArray[np.int64]:
    return window_starts(0, signal.shape[1], recipe.length, recipe.hop)


def _normaliser(
    calibration: SimulatedRecording, signal_uv: Floats, participant: str, emg: dict[str, Any]
) -> Normaliser:
    """Fitted on the calibration alone, with the trimmed neutral events as rest."""
    neutral = np.zeros(signal_uv.shape[1], dtype=bool)
    for event in calibration.events:
        if event.label == face.CLASSES[0]:
            neutral[slice(*_span(event, emg["windows"], emg["rate_hz"]))] = True
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


def _span(event: Event, windows: Mapping[str, float], rate_hz: float) -> tuple[int, int]:
    return event_span(event.onset_s, event.duration_s, rate_hz, windows["trim_start_s"], windows["trim_end_s"])


def _labelled_windows(calibration: SimulatedRecording, recipe: Recipe) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and class indices ``(windows,)`` of the windows inside trimmed events."""
    starts, labels = [], []
    for event in calibration.events:
        span = _span(event, recipe.windows, recipe.rate_hz)
        inside = window_starts(*span, recipe.length, recipe.hop)
        starts.append(inside)
        labels.append(np.full(len(inside), face.CLASSES.index(event.label), dtype=np.int64))
    return np.concatenate(starts), np.concatenate(labels)


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


def _ratings(cohort: list[SimulatedPerson], subscales: list[str], people: list[str], scenes: list[str]) -> Cells:
    """The demo's ratings, and their unweighted mean as ``raw_tlx``."""
    rows = {(person.participant, row["scene"]): row for person in cohort for row in person.ratings}
    keys = [key for key in next(iter(rows.values())) if key not in ("participant", "session", "scene")]
    kept = [name for name in subscales if name in (*keys, "raw_tlx")]

    def value(row: dict[str, Any], name: str) -> float:
        return float(np.mean([row[key] for key in keys])) if name == "raw_tlx" else float(row[name])

    values = [[[value(rows[p, s], name) for s in scenes] for p in people] for name in kept]
    return Cells(np.array(values), kept, people, scenes)
