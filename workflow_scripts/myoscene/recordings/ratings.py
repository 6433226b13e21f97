"""NASA-TLX ratings of a cohort: matched to the recorded scenes, scored, complete or said not to be.

Raw TLX is the mean of the six subscales (Hart 2006); weighted TLX weighs them by the counts of the 15 pairs
(Hart & Staveland 1988).
"""

from collections.abc import Iterable, Sequence

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.recordings.ratings_tables import SUBSCALES, Rating, read_ratings_file
from myoscene.recordings.tables import EVENTS, EXCLUSIONS, PARTICIPANT_RECORDINGS, RATINGS

SceneKey = tuple[str, str, str]  # participant, session, scene
Note = dict[str, str]


def write_ratings(
    raw: Sequence[str],
    recordings: Sequence[str],
    events: Sequence[str],
    ratings_path: str,
    csv_path: str,
    notes_path: str,
    *,
    source: str,
    performance: str,
    missing: str,
    participants: Sequence[str],
    synthetic: bool,
) -> None:
    """Read all ratings, match them to the recorded scenes and write RATINGS and a table of notes.

    Args:
        raw: rating files.
        recordings, events: PARTICIPANT_RECORDINGS and EVENTS of everybody; empty for ratings alone.
        notes_path: CSV like EXCLUSIONS of what has no partner or is incomplete.
        performance: ``good_to_poor`` or ``poor_to_good`` (then turned round, 100 - value).
        missing: ``error`` or ``allow``.

    Raises:
        InputError: as :func:`read_ratings_file`; a scene rated twice; with ``error``, anything missing.
    """
    ratings: list[Rating] = []
    others: set[str] = set()
    for path in raw:
        found, unused = read_ratings_file(path, source, participants)
        ratings += found
        others |= unused
    if not ratings and missing == "error":
        raise InputError(
            f"there is no NASA-TLX rating of these participants (recordings.ratings.source is `{source}`); "
            "add ratings, or set the source to `none`"
        )
    notes = [_note(name, "has ratings, but is not among the participants used") for name in sorted(others)]
    ratings = _complete(ratings, missing, notes)
    if recordings:
        expected = recorded_scenes(recordings, events)
        ratings = match(ratings, expected, missing, notes)
        _need_all(ratings, expected, missing, notes)
    _check_unique(ratings)
    _need_everybody(ratings, participants, missing, notes)
    frame = score(ratings, performance, synthetic)
    write_table(ratings_path, frame, RATINGS, csv=csv_path)
    write_table(notes_path, pd.DataFrame(notes, columns=list(EXCLUSIONS.columns)), EXCLUSIONS)


def _note(participant: str, reason: str) -> Note:
    return {"participant": participant, "recording": "", "channel": "", "reason": reason}


def _of(rating: Rating) -> str:
    """What a rating is of, in words."""
    scene = f"scene '{rating.scene}'" if rating.scene else "no scene in particular"
    return f"{scene}, session '{rating.session}'" if rating.session else scene


def recorded_scenes(recordings: Sequence[str], events: Sequence[str]) -> list[SceneKey]:
    """Sorted (participant, session, scene) of every scene event."""
    found: set[SceneKey] = set()
    for recordings_path, events_path in zip(recordings, events, strict=True):
        sheet = read_table(recordings_path, PARTICIPANT_RECORDINGS, columns=["recording", "session"])
        sessions = dict(zip(sheet["recording"], sheet["session"], strict=True))
        table = read_table(events_path, EVENTS)
        scenes = table[table["role"] == "scene"]
        for person, recording, label in zip(scenes["participant"], scenes["recording"], scenes["label"], strict=True):
            found.add((person, sessions[recording], label))
    return sorted(found)


def _complete(ratings: Iterable[Rating], missing: str, notes: list[Note]) -> list[Rating]:
    """Ratings that have all six values."""
    kept = []
    for rating in ratings:
        absent = [name for name in SUBSCALES if rating.values[name] is None]
        if not absent:
            kept.append(rating)
        elif missing == "error":
            raise InputError(
                f"{rating.where}: participant {rating.participant} has no value for '{absent[0]}'; add it, or set "
                "recordings.ratings.missing to `allow` to leave the rating out"
            )
        else:
            reason = f"rating of {_of(rating)} left out: no value for {', '.join(absent)} ({rating.where})"
            notes.append(_note(rating.participant, reason))
    return kept


def match(
    ratings: Iterable[Rating],
    expected: Sequence[SceneKey],
    missing: str,
    notes: list[Note],
) -> list[Rating]:
    """Ratings of recorded scenes; where a rating leaves out session or scene and one fits, it gets that one.

    What fits nothing is left out and noted; what fits several is an error, or noted with ``missing: allow``.
    """
    by_person: dict[str, list[SceneKey]] = {}
    for key in expected:
        by_person.setdefault(key[0], []).append(key)
    matched = []
    for rating in ratings:
        scenes = by_person.get(rating.participant, [])
        fitting = [key for key in scenes if rating.session in ("", key[1]) and rating.scene in ("", key[2])]
        exact = [key for key in fitting if key[1:] == (rating.session, rating.scene)]
        fitting = exact or fitting
        if len(fitting) == 1:
            _, session, scene = fitting[0]
            matched.append(Rating(rating.participant, session, scene, rating.values, rating.weights, rating.where))
        elif fitting and missing == "error":
            raise InputError(
                f"{rating.where}: the rating of participant {rating.participant} fits "
                f"{len(fitting)} recorded scenes; say which with columns 'scene' and 'session'"
            )
        else:
            what = "fits several recorded scenes" if fitting else "has no recording"
            notes.append(_note(rating.participant, f"rating of {_of(rating)} {what} ({rating.where})"))
    return matched


def _check_unique(ratings: Iterable[Rating]) -> None:
    seen: dict[SceneKey, str] = {}
    for rating in ratings:
        key = (rating.participant, rating.session, rating.scene)
        if key in seen:
            raise InputError(
                f"{rating.where}: participant {rating.participant} is rated a second time for {_of(rating)} "
                f"(first in {seen[key]}); keep one of the rows"
            )
        seen[key] = rating.where


def _need_all(ratings: Sequence[Rating], expected: Sequence[SceneKey], missing: str, notes: list[Note]) -> None:
    """Every recorded scene has its rating, or that is said."""
    have = {(rating.participant, rating.session, rating.scene) for rating in ratings}
    rated_people = {rating.participant for rating in ratings}
    for participant, session, scene in expected:
        if (participant, session, scene) in have:
            continue
        of_session = f" in session '{session}'" if session else ""
        if missing == "allow":
            notes.append(_note(participant, f"scene '{scene}'{of_session} has no NASA-TLX rating"))
            continue
        what = f"scene '{scene}'{of_session}" if participant in rated_people else "any recorded scene"
        unmatched = [note["reason"] for note in notes if note["participant"] == participant]
        hint = f" ({unmatched[0]})" if unmatched else ""
        raise InputError(
            f"participant {participant} has no NASA-TLX rating of {what}{hint}; add it, or set "
            "recordings.ratings.missing to `allow`"
        )


def _need_everybody(ratings: Sequence[Rating], participants: Sequence[str], missing: str, notes: list[Note]) -> None:
    """Every participant has a rating, or that is said."""
    rated = {rating.participant for rating in ratings} | {note["participant"] for note in notes}
    for participant in participants:
        if participant in rated:
            continue
        if missing == "error":
            raise InputError(
                f"participant {participant} has no NASA-TLX rating; add it, or set "
                "recordings.ratings.missing to `allow`"
            )
        notes.append(_note(participant, "has no NASA-TLX rating"))


def score(ratings: Iterable[Rating], performance: str, synthetic: bool) -> pd.DataFrame:
    """Rows of RATINGS, by participant, session and scene; high performance means poor.

    Args:
        ratings: with all six values each.
        performance: direction in which it was rated.
    """
    rows = []
    for rating in sorted(ratings, key=lambda r: (r.participant, r.session, r.scene)):
        values = {name: float(rating.values[name] or 0.0) for name in SUBSCALES}
        if performance == "poor_to_good":
            values["performance"] = 100.0 - values["performance"]
        weighted = None
        if rating.weights:
            weighted = sum(rating.weights[name] * values[name] for name in SUBSCALES) / 15.0
        rows.append(
            {
                "participant": rating.participant,
                "session": rating.session,
                "scene": rating.scene,
                **values,
                "raw_tlx": sum(values.values()) / len(SUBSCALES),
                "weighted_tlx": weighted,
                "synthetic": synthetic,
            }
        )
    frame = pd.DataFrame(rows, columns=list(RATINGS.columns))
    return frame.astype({"weighted_tlx": "float64"})
