"""What is predicted over each person's scenes, by models that never saw these."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from myoscene.core.arrays import Floats
from myoscene.mapping.clock import LEAST_ROWS, Pairing, Person, Series
from myoscene.mapping.columns import TIME
from myoscene.mapping.learner import Learner, Rows
from myoscene.mapping.people import Participant
from myoscene.mapping.settings import MappingSettings
from myoscene.mapping.tables import OWN

OTHERS = "other people"


@dataclass(frozen=True)
class Predicted:
    """Of one participant: ``table`` as :data:`myoscene.mapping.tables.CONTINUOUS`, ``clock_s`` ``(rows,)`` the times on
    the person's own clock."""

    table: pd.DataFrame
    clock_s: Floats


def predict_scenes(
    pairing: Pairing,
    people: Mapping[str, Participant],
    signals: Mapping[str, pd.DataFrame],
    settings: MappingSettings,
) -> Iterator[tuple[str, Predicted]]:
    """Each of ``people`` with what is predicted over the scenes.

    The model learns of the person's own calibration recordings where these have enough rows with targets, else of all
    other people of ``pairing``; of the scenes themselves, never.

    Args:
        signals: participant -> table with ``time_s`` on the person's clock and the signals.
    """
    known = {person.name: person for person in pairing.people}
    everybody = {name: np.ones(len(person.time_s), dtype=bool) for name, person in known.items()}
    for name, participant in people.items():
        time_s = _times(participant, settings)
        train: Rows = {}
        if name in known:
            own = participant.calibration(known[name].time_s)
            train = {name: own} if own.sum() >= LEAST_ROWS else {}
        learnt_from = OWN if train else OTHERS
        train = train or {other: rows for other, rows in everybody.items() if other != name}
        shown = f"the scenes of {name}"
        asked = _asked(shown, signals[name], time_s, pairing, settings)
        usable, values = np.zeros(len(time_s), dtype=bool), np.zeros((len(time_s), len(pairing.targets)))
        if train and asked is not None:
            learner = Learner({**known, shown: replace(asked, participant=name)}, settings)
            _, usable, found = learner.predict((train,), shown, (settings.scene_model,))
            values = found[settings.scene_model]
        yield name, _as_table(participant, time_s[usable], values[usable], (learnt_from, settings.scene_model), pairing)


def _times(participant: Participant, settings: MappingSettings) -> Floats:
    step = 1 / settings.rate_hz
    parts = [np.arange(place.start_s, place.stop_s, step) for place in participant.scenes]
    return np.concatenate(parts) if parts else np.zeros(0)


def _asked(
    shown: str, table: pd.DataFrame, time_s: Floats, pairing: Pairing, settings: MappingSettings
) -> Person | None:
    """The scenes as somebody to predict; None where the person has none of them, or lacks a signal."""
    if len(time_s) < 1 or len(table) < LEAST_ROWS or not set(pairing.signals) <= set(table):
        return None
    values = table[list(pairing.signals)].to_numpy(dtype=np.float64)
    series = Series(table[TIME].to_numpy(dtype=np.float64), values, held=settings.causal)
    return Person(shown, "", series, time_s, np.zeros((len(time_s), len(pairing.targets))))


def _as_table(
    participant: Participant, clock_s: Floats, values: Floats, told: tuple[str, str], pairing: Pairing
) -> Predicted:
    keys = pd.DataFrame({"participant": participant.name, "session": "", "recording": "", TIME: clock_s})
    for place in participant.scenes:
        rows = place.rows(clock_s)
        keys.loc[rows, ["session", "recording"]] = place.session, place.recording
        keys.loc[rows, TIME] -= place.start_s
    keys = keys.astype(dict.fromkeys(("participant", "session", "recording"), "str"))
    keys = keys.assign(learnt_from=told[0], model=told[1])
    keys[TIME] = keys[TIME].round(6)
    return Predicted(pd.concat([keys, pd.DataFrame(values, columns=list(pairing.targets))], axis=1), clock_s)
