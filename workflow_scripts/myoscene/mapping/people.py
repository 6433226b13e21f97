"""Everybody's recordings, each person's one after the other on one clock: calibrations first, then scenes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from myoscene.core.arrays import Floats, Mask
from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table
from myoscene.emg.tables import ENVELOPES
from myoscene.face.tables import PARTICIPANT_FACES
from myoscene.mapping.columns import TIME
from myoscene.recordings.tables import PARTICIPANT_RECORDINGS

# Between recordings on a person's clock: longer than any hole over which something is interpolated (our choice).
GAP_S = 10.0
_ENVELOPE = "envelope__"


@dataclass(frozen=True)
class Place:
    """Where a recording lies on its person's clock."""

    session: str
    recording: str
    is_calibration: bool
    start_s: float
    stop_s: float

    def rows(self, time_s: Floats) -> Mask:
        """Which of ``time_s`` ``(n,)`` lie in it."""
        found: Mask = (time_s >= self.start_s) & (time_s <= self.stop_s)
        return found


@dataclass(frozen=True)
class Participant:
    """A person's muscles and face: tables with ``participant``, ``time_s`` on the person's clock, and values.

    ``face`` is None for somebody whose face was not recorded.
    """

    name: str
    places: tuple[Place, ...]
    muscles: pd.DataFrame
    face: pd.DataFrame | None

    @property
    def scenes(self) -> list[Place]:
        return [place for place in self.places if not place.is_calibration]

    def calibration(self, time_s: Floats) -> Mask:
        """Which of ``time_s`` ``(n,)`` lie in a calibration."""
        return np.any(
            [place.rows(time_s) for place in self.places if place.is_calibration] or [time_s < -np.inf], axis=0
        )


def read_people(recordings: list[str], envelopes: list[str], faces: list[str]) -> Iterator[Participant]:
    """Everybody whose recordings are given, in their order.

    Args:
        recordings, envelopes: PARTICIPANT_RECORDINGS and ENVELOPES of the same people.
        faces: PARTICIPANT_FACES of some of them.

    Raises:
        InputError: a file is missing or no such table.
    """
    face_of = {_name(path): path for path in faces}
    envelope_of = {_name(path): path for path in envelopes}
    for path in recordings:
        name = _name(path)
        yield _participant(name, path, envelope_of[name], face_of.get(name))


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".parquet")


def _participant(name: str, recordings: PathLike, envelopes: PathLike, face: PathLike | None) -> Participant:
    sheet = read_table(recordings, PARTICIPANT_RECORDINGS)
    # Stable: within a kind they stay in the order of their names.
    sheet = sheet.assign(late=sheet["kind"] != "calibration").sort_values("late", kind="stable")
    places, start_s = [], 0.0
    columns = [sheet[column].tolist() for column in ("session", "recording", "late", "duration_s")]
    for session, recording, late, duration_s in zip(*columns, strict=True):
        if not np.isfinite(duration_s):
            raise InputError(f"{name}: {recording} has no duration; delete results/recordings and run again")
        places.append(Place(session, recording, not late, start_s, start_s + duration_s))
        start_s += duration_s + GAP_S
    muscles = _on_one_clock(name, read_table(envelopes, ENVELOPES), places, ["segment"])
    muscles = muscles.rename(columns=lambda column: column.removeprefix(_ENVELOPE))
    if face is None:
        return Participant(name, tuple(places), muscles, None)
    seen = _on_one_clock(name, read_table(face, PARTICIPANT_FACES), places, ["session", "frame"])
    values = seen.columns.difference(["participant", TIME, "is_face"], sort=False)
    seen[values] = seen[values].where(seen["is_face"])
    return Participant(name, tuple(places), muscles, seen)


def _on_one_clock(name: str, table: pd.DataFrame, places: list[Place], drop: list[str]) -> pd.DataFrame:
    """The rows that lie in a recording, in order, on the person's clock."""
    parts = []
    rows_of = dict(tuple(table.groupby("recording", sort=False)))
    for place in places:
        rows = rows_of.get(place.recording)
        if rows is not None:
            rows = rows.assign(**{TIME: rows[TIME] + place.start_s})
            parts.append(rows[place.rows(rows[TIME].to_numpy())])
    joined = pd.concat(parts or [table.iloc[:0]], ignore_index=True)
    return joined.drop(columns=["recording", "participant", *drop], errors="ignore").assign(participant=name)
