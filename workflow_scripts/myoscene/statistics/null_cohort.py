"""A simulated cohort whose ratings have nothing to do with its expressions, from raw signals to arrays.

The chain is that of the rules, in memory. The model is the linear discriminant, each person predicted by a model of all
others, because it is fitted in no time.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.demo import face
from myoscene.demo.people import SimulatedPerson, SimulatedRecording, generate_cohort
from myoscene.demo.scenes import CALIBRATION_TASK
from myoscene.learn.models.linear import discriminate, fit_lda
from myoscene.learn.models.settings import LdaSettings
from myoscene.pipeline.chain import Block, RawRecording, SignalSettings, run_person
from myoscene.pipeline.settings import StateSettings
from myoscene.pipeline.states import continuous_states
from myoscene.pipeline.summary import envelope_features, expression_summary
from myoscene.statistics.arrange import Cells
from myoscene.statistics.null_check import count_positives
from myoscene.statistics.tables import NULL_COHORT

PARTICIPANTS = 8
CLASSES = list(face.CLASSES)


@dataclass(frozen=True)
class NullSettings:
    """What a null cohort goes through.

    Attributes:
        emg, scenes: parts of these sections.
        lda: the section ``learn.lda``.
        scene_s: length of each scene, seconds.
        subscales: rating columns; those that the demo has are used.
        alpha: level at which a p counts as positive.
        permutations: random ones, of the primary estimator.
    """

    emg: SignalSettings
    scenes: StateSettings
    lda: LdaSettings
    scene_s: float
    subscales: list[str]
    alpha: float
    permutations: int


def write_null_cohorts(destination: str | os.PathLike[str], seeds: Sequence[int], settings: NullSettings) -> None:
    """Simulate the null cohorts of ``seeds``, associate features with ratings in each, and write the counts."""
    counts = []
    for seed in seeds:
        x, y = null_cohort(seed, PARTICIPANTS, settings)
        counts.append(count_positives(x, y, seed=seed, alpha=settings.alpha, permutations=settings.permutations))
    write_table(destination, pd.concat(counts, ignore_index=True), NULL_COHORT)


def null_cohort(seed: int, participants: int, settings: NullSettings, null: bool = True) -> tuple[Cells, Cells]:
    """Expression features and ratings of a simulated cohort, ``(variables, participants, scenes)`` each.

    Args:
        null: False for a cohort with the demo's planted associations.
    """
    cohort = generate_cohort(participants, seed=seed, null=null, scene_s=settings.scene_s)
    scenes = [recording.task for recording in cohort[0].recordings if recording.task != CALIBRATION_TASK]
    people = [person.participant for person in cohort]
    found = expressions(cohort, settings)
    features = list(found[0][scenes[0]])
    values = np.array([[[of_person[s][f] for s in scenes] for of_person in found] for f in features])
    return Cells(values, features, people, scenes), _ratings(cohort, settings.subscales, people, scenes)


def expressions(cohort: list[SimulatedPerson], settings: NullSettings) -> list[dict[str, dict[str, float]]]:
    """Of each person scene -> expression features, by a model of all others."""
    runs = [
        run_person([_raw(r) for r in p.recordings], face.CHANNELS, CLASSES[0], settings.emg, p.participant)
        for p in cohort
    ]
    hop_s, found = settings.emg.windows.hop_s, []
    for number, (_, blocks, envelopes) in enumerate(runs):
        others = [block for place, run in enumerate(runs) if place != number for block in run[1] if block.calibration]
        model = _fit(others, settings)
        levels = {envelope.recording: envelope.values for envelope in envelopes}
        of_person = {}
        for block in blocks:
            if block.calibration:
                continue
            raw = discriminate(model, block.values.astype(np.float64)).astype(np.float32)
            stretch = np.zeros(len(raw), dtype=np.int64)
            _, states = continuous_states(raw, stretch, hop_s, settings.scenes)
            of_person[block.recording] = envelope_features(
                levels[block.recording], list(face.CHANNELS)
            ) | expression_summary(states, raw, stretch, CLASSES, hop_s)
        found.append(of_person)
    return found


def _raw(recording: SimulatedRecording) -> RawRecording:
    calibration = recording.task == CALIBRATION_TASK
    events = recording.events if calibration else ()
    return RawRecording(recording.task, recording.signal_uv, recording.rate_hz, face.MAINS_HZ, calibration, events)


def _fit(blocks: list[Block], settings: NullSettings) -> dict[str, np.ndarray]:
    """The discriminant of labelled windows."""
    x = np.concatenate([block.values for block in blocks]).astype(np.float64)
    y = np.concatenate([np.full(len(block.values), CLASSES.index(str(block.label))) for block in blocks])
    return fit_lda(x, y, settings.lda)


def _ratings(cohort: list[SimulatedPerson], subscales: list[str], people: list[str], scenes: list[str]) -> Cells:
    """The demo's ratings, and their unweighted mean as ``raw_tlx``."""
    rows = {(person.participant, row["scene"]): row for person in cohort for row in person.ratings}
    keys = [key for key in next(iter(rows.values())) if key not in ("participant", "session", "scene")]
    kept = [name for name in subscales if name in (*keys, "raw_tlx")]

    def value(row: dict[str, Any], name: str) -> float:
        return float(np.mean([row[key] for key in keys])) if name == "raw_tlx" else float(row[name])

    values = [[[value(rows[p, s], name) for s in scenes] for p in people] for name in kept]
    return Cells(np.array(values), kept, people, scenes)
