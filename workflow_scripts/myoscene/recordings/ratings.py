"""NASA-TLX ratings of a cohort: matched to the recorded scenes, scored, complete or said not to be.

Raw TLX is the mean of the six subscales (Hart 2006); weighted TLX weighs them by the counts of the 15 pairs
(Hart & Staveland 1988).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from math import fsum
from typing import TypedDict, Unpack

import pandas as pd

from myoscene.core.arrays import DIGITS, rounded
from myoscene.core.errors import InputError
from myoscene.core.parse import first_repeat
from myoscene.core.tables import read_table, write_table
from myoscene.recordings.notes import Note, note
from myoscene.recordings.ratings_tables import SUBSCALES, Rating, read_ratings_file
from myoscene.recordings.tables import EVENTS, EXCLUSIONS, PARTICIPANT_RECORDINGS, RATINGS


class RatingRequest(TypedDict):
    """Whose ratings, and what they mean (``recordings.ratings``); whether the dataset says that it is made up."""

    source: str
    performance: str
    missing: str
    participants: Sequence[str]
    synthetic: bool


class _Gaps:
    """Notes on what is missing; where that is an error, it ends the job with its sentence instead."""

    def __init__(self, missing: str) -> None:
        self.is_error = missing == "error"
        self.notes: list[Note] = []

    def add(self, participant: str, reason: str, sentence: str = "") -> None:
        if sentence and self.is_error:
            raise InputError(sentence)
        self.notes.append(note(participant, reason))


def write_ratings(
    raw: Sequence[str],
    recordings: Sequence[str],
    events: Sequence[str],
    ratings_path: str,
    csv_path: str,
    notes_path: str,
    **request: Unpack[RatingRequest],
) -> None:
    """Read all ratings, match them to the recorded scenes and write RATINGS, and notes in the form of EXCLUSIONS.

    Args:
        recordings, events: PARTICIPANT_RECORDINGS and EVENTS of everybody; empty for ratings alone.

    Raises:
        InputError: as :func:`read_ratings_file`; a scene rated twice; with ``error``, anything missing.
    """
    people, gaps = request["participants"], _Gaps(request["missing"])
    read = [read_ratings_file(path, request["source"], people) for path in raw]
    ratings = [rating for found, _ in read for rating in found]
    if not ratings and gaps.is_error:
        raise InputError(
            f"there is no NASA-TLX rating of these participants (recordings.ratings.source is `{request['source']}`); "
            "add ratings, or set the source to `none`"
        )
    for name in sorted({name for _, others in read for name in others}):
        gaps.add(name, "has ratings, but is not among the participants used")
    ratings = _complete(ratings, gaps)
    if recordings:
        sheet = pd.concat([read_table(path, PARTICIPANT_RECORDINGS) for path in recordings])
        table = pd.concat([read_table(path, EVENTS) for path in events])
        scenes = table[table["role"] == "scene"].merge(sheet, on=["participant", "recording"])
        expected = sorted(set(zip(scenes["participant"], scenes["session"], scenes["label"], strict=True)))
        ratings = _matched(ratings, expected, gaps)
        _need_all(ratings, expected, gaps)
    twice = first_repeat(ratings, key=lambda rating: rating.key)
    if twice:
        first, rating = twice
        raise InputError(
            f"{rating.where}: participant {rating.participant} is rated a second time for {_of(rating)} "
            f"(first in {first.where}); keep one of the rows"
        )
    known = {rating.participant for rating in ratings} | {row["participant"] for row in gaps.notes}
    for name in (name for name in people if name not in known):
        lacks = "has no NASA-TLX rating"
        gaps.add(name, lacks, f"participant {name} {lacks}; add it, or set recordings.ratings.missing to `allow`")
    frame = score(ratings, request["performance"], request["synthetic"])
    write_table(ratings_path, frame, RATINGS, csv=csv_path, digits=DIGITS)
    write_table(notes_path, pd.DataFrame(gaps.notes, columns=list(EXCLUSIONS.columns)), EXCLUSIONS)


def _of(rating: Rating) -> str:
    scene = f"scene '{rating.scene}'" if rating.scene else "no scene in particular"
    return f"{scene}, session '{rating.session}'" if rating.session else scene


def _complete(ratings: Iterable[Rating], gaps: _Gaps) -> list[Rating]:
    """Ratings that have all six values."""
    kept = []
    for rating in ratings:
        absent = [name for name in SUBSCALES if rating.values[name] is None]
        if absent:
            gaps.add(
                rating.participant,
                f"rating of {_of(rating)} left out: no value for {', '.join(absent)} ({rating.place})",
                f"{rating.where}: participant {rating.participant} has no value for '{absent[0]}'; add it, or set "
                "recordings.ratings.missing to `allow` to leave the rating out",
            )
        else:
            kept.append(rating)
    return kept


def _matched(ratings: Iterable[Rating], expected: Sequence[tuple[str, str, str]], gaps: _Gaps) -> list[Rating]:
    """Ratings of recorded scenes (participant, session, scene); one without session or scene gets that which fits.

    What fits nothing is left out and noted; what fits several is an error, or noted with ``missing: allow``.
    """
    matched = []
    for rating in ratings:
        scenes = [key[1:] for key in expected if key[0] == rating.participant]
        fitting = [key for key in scenes if rating.session in ("", key[0]) and rating.scene in ("", key[1])]
        fitting = [key for key in fitting if key == (rating.session, rating.scene)] or fitting
        if len(fitting) == 1:
            matched.append(replace(rating, session=fitting[0][0], scene=fitting[0][1]))
        elif fitting:
            gaps.add(
                rating.participant,
                f"rating of {_of(rating)} fits several recorded scenes ({rating.place})",
                f"{rating.where}: the rating of participant {rating.participant} fits {len(fitting)} recorded scenes; "
                "say which with columns 'scene' and 'session'",
            )
        else:
            gaps.add(rating.participant, f"rating of {_of(rating)} has no recording ({rating.place})")
    return matched


def _need_all(ratings: Sequence[Rating], expected: Sequence[tuple[str, str, str]], gaps: _Gaps) -> None:
    """Every recorded scene has its rating, or that is said."""
    have = {rating.key for rating in ratings}
    rated_people = {rating.participant for rating in ratings}
    for participant, session, scene in (key for key in expected if key not in have):
        of_scene = f"scene '{scene}'" + (f" in session '{session}'" if session else "")
        what = of_scene if participant in rated_people else "any recorded scene"
        hint = next((f" ({row['reason']})" for row in gaps.notes if row["participant"] == participant), "")
        gaps.add(
            participant,
            f"{of_scene} has no NASA-TLX rating",
            f"participant {participant} has no NASA-TLX rating of {what}{hint}; add it, or set "
            "recordings.ratings.missing to `allow`",
        )


def score(ratings: Iterable[Rating], performance: str, synthetic: bool) -> pd.DataFrame:
    """Rows of RATINGS, by participant, session and scene, of ratings with all six values.

    High performance means poor: where it was rated ``poor_to_good``, it is turned round (100 - value).
    """
    rows = []
    for rating in sorted(ratings, key=lambda rating: rating.key):
        values = {name: rounded(float(rating.values[name] or 0.0)) for name in SUBSCALES}
        if performance == "poor_to_good":
            values["performance"] = rounded(100.0 - values["performance"])
        weights = rating.weights
        weighted = rounded(fsum(weights[n] * values[n] for n in SUBSCALES) / 15.0) if weights else None
        rows.append((*rating.key, *values.values(), raw_tlx(values.values()), weighted, synthetic))
    return pd.DataFrame(rows, columns=list(RATINGS.columns)).astype({"weighted_tlx": "float64"})


def raw_tlx(values: Collection[float]) -> float:
    """Mean of the subscales' ``values``, the same to the last bit whatever their order."""
    return rounded(fsum(values) / len(values))
