"""Job: one direction, with everybody's models, scores and predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, write_table
from myoscene.mapping.clock import Pairing, Person, pair_tables
from myoscene.mapping.columns import TIME
from myoscene.mapping.matrix import coefficients
from myoscene.mapping.people import Participant, read_people
from myoscene.mapping.protocols import run_protocols
from myoscene.mapping.scenes import Predicted, predict_scenes
from myoscene.mapping.settings import MappingSettings
from myoscene.mapping.tables import (
    COEFFICIENTS,
    CONTINUOUS,
    EXAMPLE,
    OWN,
    STAGE_LAGS,
    STAGE_SCORES,
    STAGE_SUMMARY,
)

SIDES = ("muscles", "face")


@dataclass(frozen=True)
class MapSettings:
    """What the job depends on; ``training``: people whose data may teach models of others."""

    direction: Literal["emg2exp", "exp2emg"]
    mapping: MappingSettings
    training: list[str]
    synthetic: bool


def map_people(
    recordings: list[str], envelopes: list[str], faces: list[str], made: Mapping[str, PathLike], settings: MapSettings
) -> None:
    """Models of one direction over everybody, judged by every protocol; and what they predict over scenes.

    Args:
        made: ``summary``, ``scores``, ``lags``, ``coefficients``, ``example`` and ``predictions``, a folder's worth of
            files named by participant.

    Raises:
        InputError: nobody's muscles and face can be paired, or a recording is too short.
    """
    people = {person.name: person for person in read_people(recordings, envelopes, faces)}
    muscles = {name: person.muscles for name, person in people.items()}
    seen = {name: person.face for name, person in people.items() if person.face is not None}
    given, wanted = (muscles, seen) if settings.direction == "emg2exp" else (seen, muscles)
    teachers = [name for name in settings.training if name in seen and name in muscles]
    if not teachers:
        raise InputError("nobody of those who train has EMG and face parameters; set mapping.directions to []")
    frames = {
        name: pd.concat([tables[teacher] for teacher in teachers], ignore_index=True)
        for name, tables in (("signals", given), ("targets", wanted))
    }
    pairing = pair_tables(frames, settings.mapping, raw=False)
    found = run_protocols(pairing, settings.mapping)
    _write(made["summary"], found.summary, STAGE_SUMMARY, settings)
    _write(made["scores"], found.scores.drop(columns="person"), STAGE_SCORES, settings)
    _write(made["lags"], found.lags.rename(columns={"person": "participant"}), STAGE_LAGS, settings)
    _write(made["coefficients"], coefficients(pairing, settings.mapping), COEFFICIENTS, settings)
    asked = {name: people[name] for name in given}
    best = _typical(found.scores)
    example = None
    for name, predicted in predict_scenes(pairing, asked, given, settings.mapping):
        write_table(_of(made["predictions"], name), predicted.table, CONTINUOUS, row_group_by="recording")
        if name == best:
            example = _example(people[name], predicted, next(p for p in pairing.people if p.name == name), pairing)
    write_table(made["example"], example if example is not None else _no_example(), EXAMPLE)


def _write(path: PathLike, frame: pd.DataFrame, schema: object, settings: MapSettings) -> None:
    write_table(path, frame.assign(synthetic=settings.synthetic), schema)  # type: ignore[arg-type]


def _of(files: object, name: str) -> str:
    (path,) = [path for path in files if Path(path).stem == name]  # type: ignore[attr-defined]
    return str(path)


def _typical(scores: pd.DataFrame) -> str:
    """The participant in the middle by what the own calibration reaches: neither the best nor the worst is shown."""
    own = scores[(scores["protocol"] == OWN) & scores["model"].ne("mean")].groupby("participant")["r"].mean().dropna()
    ranked = own.sort_index().sort_values(kind="stable")
    return str(ranked.index[len(ranked) // 2]) if len(ranked) else ""


def _no_example() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in EXAMPLE.columns}).astype({TIME: float})


def _example(participant: Participant, predicted: Predicted, person: Person, pairing: Pairing) -> pd.DataFrame | None:
    """The first scene of which there is what is predicted and what was measured."""
    for place in participant.scenes:
        rows, measured = place.rows(predicted.clock_s), place.rows(person.time_s)
        if rows.sum() < 2 or measured.sum() < 2:
            continue
        table = predicted.table[rows]
        keys = table[["participant", "recording", "learnt_from", "model", TIME]]
        values = {f"predicted__{name}": table[name] for name in pairing.targets}
        for column, name in enumerate(pairing.targets):
            true = np.interp(predicted.clock_s[rows], person.time_s[measured], person.targets[measured, column])
            values[f"measured__{name}"] = pd.Series(true, index=table.index)
        return keys.assign(**values).reset_index(drop=True)
    return None
