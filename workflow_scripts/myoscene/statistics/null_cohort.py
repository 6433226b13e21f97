"""Simulated cohorts whose ratings have nothing to do with their expressions, from raw signals to counts of positives.

The chain is that of the rules, in memory. The model is the linear discriminant, which is fitted in no time.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.demo import face
from myoscene.demo.people import SimulatedPerson, generate_cohort
from myoscene.demo.scenes import CALIBRATION_TASK
from myoscene.learn.models.linear import discriminate, fit_lda
from myoscene.learn.models.settings import LdaSettings
from myoscene.pipeline.chain import RawRecording, SignalSettings, run_person
from myoscene.pipeline.settings import StateSettings
from myoscene.pipeline.states import continuous_states
from myoscene.pipeline.summary import envelope_features, expression_summary
from myoscene.recordings.ratings import raw_tlx
from myoscene.statistics.arrange import Cells
from myoscene.statistics.estimators import PRIMARY
from myoscene.statistics.fdr import adjusted
from myoscene.statistics.tables import NULL_COHORT
from myoscene.statistics.tlx import associate

PARTICIPANTS = 8
CLASSES = list(face.CLASSES)


@dataclass(frozen=True)
class NullSettings:
    """What a null cohort goes through: parts of the sections ``emg`` and ``scenes``, ``learn.lda``, the length of each
    scene, rating columns (those that the demo has are used), the level at which a p counts as positive, and the number
    of random permutations of the primary estimator."""

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


def count_positives(x: Cells, y: Cells, *, seed: int, alpha: float, permutations: int) -> pd.DataFrame:
    """Rows of ``null_cohort``: each estimator's tests of ``x`` with ``y``, p <= alpha, and discoveries at that rate."""
    # The intervals are not looked at: one bootstrap sample is enough.
    rows = associate(x, y, permutations=permutations, bootstrap_samples=1, seed=seed)
    counts = []
    for estimator, p in rows.groupby("estimator", sort=False)["p"]:
        there = p.dropna().to_numpy(dtype=float)
        positives, found = (int((values <= alpha).sum()) for values in (there, adjusted(there, "bh")))
        rate = positives / len(there) if len(there) else np.nan
        counts.append((estimator, estimator == PRIMARY, len(there), len(p) - len(there), positives, rate, found))
    columns = ["estimator", "primary", "tests", "missing", "false_positives", "rate", "bh_discoveries"]
    about = {"participants": len(x.participants), "scenes": len(x.scenes), "features": len(x.variables)}
    return pd.DataFrame(counts, columns=columns).assign(seed=seed, **about, alpha=alpha, synthetic=True)


def null_cohort(seed: int, participants: int, settings: NullSettings, null: bool = True) -> tuple[Cells, Cells]:
    """Expression features and ratings of a simulated cohort; without ``null`` one with the demo's planted
    associations."""
    cohort = generate_cohort(participants, seed=seed, null=null, scene_s=settings.scene_s)
    people, scenes = [person.participant for person in cohort], list(cohort[0].ratings)
    found = expressions(cohort, settings)
    features = list(found[0][scenes[0]])
    x = np.array([[[of_person[s][f] for s in scenes] for of_person in found] for f in features])
    rated = [{s: {**of, "raw_tlx": raw_tlx(of.values())} for s, of in p.ratings.items()} for p in cohort]
    subscales = [name for name in settings.subscales if name in rated[0][scenes[0]]]
    y = np.array([[[of_person[s][name] for s in scenes] for of_person in rated] for name in subscales])
    return Cells(x, features, people, scenes), Cells(y, subscales, people, scenes)


def expressions(cohort: list[SimulatedPerson], settings: NullSettings) -> list[dict[str, dict[str, float]]]:
    """Of each person scene -> expression features, by a model of all others."""
    runs = []
    for person in cohort:
        recordings = [
            RawRecording(r.task, r.signal_uv, r.rate_hz, face.MAINS_HZ, r.task == CALIBRATION_TASK, r.events)
            for r in person.recordings
        ]
        runs.append(run_person(recordings, face.CHANNELS, CLASSES[0], settings.emg, person.participant))
    hop_s, found = settings.emg.windows.hop_s, []
    for number, (_, blocks, envelopes) in enumerate(runs):
        others = [block for place, run in enumerate(runs) if place != number for block in run[1] if block.calibration]
        x = np.concatenate([block.values for block in others]).astype(np.float64)
        y = np.concatenate([np.full(len(block.values), CLASSES.index(str(block.label))) for block in others])
        model = fit_lda(x, y, settings.lda)
        levels = {e.recording: envelope_features(e.values, list(face.CHANNELS)) for e in envelopes}
        of_person = {}
        for block in blocks:
            if not block.calibration:
                raw = discriminate(model, block.values.astype(np.float64)).astype(np.float32)
                stretch = np.zeros(len(raw), dtype=np.int64)
                _, states = continuous_states(raw, stretch, hop_s, settings.scenes)
                summary = expression_summary(states, raw, stretch, CLASSES, hop_s)
                of_person[block.recording] = levels[block.recording] | summary
        found.append(of_person)
    return found
