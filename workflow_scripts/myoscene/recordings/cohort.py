"""Checks across people, before anything is computed: one sheet of all recordings, one list of exclusions."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_csv_table, read_table, write_table
from myoscene.recordings.notes import Note, note
from myoscene.recordings.tables import EVENTS, EXCLUSIONS, PARTICIPANT_RECORDINGS, PARTICIPANTS, SHEET


class Limits(TypedDict):
    """What recordings are held against (``recordings``); the shortest event that holds a window after its trims."""

    classes: Sequence[str]
    bad_channels: str
    max_rate_difference: float
    shortest_event_s: float


def check_cohort(
    recordings: Sequence[str],
    events: Sequence[str],
    sheet_path: str,
    sheet_csv_path: str | None = None,
    notes_path: str | None = None,
    **limits: Unpack[Limits],
) -> None:
    """Check people's recordings against each other and write SHEET, and notes in the form of EXCLUSIONS.

    Args:
        recordings, events: PARTICIPANT_RECORDINGS and EVENTS of everybody; empty where the input is a feature table or
            ratings alone, and no recordings where it is eye images, which the stage `eyes` checks.

    Raises:
        InputError: a recording that is there twice, channels or rates that differ, a class that nobody has or whose
            events are all too short, a channel that is marked bad (with ``error``).
    """
    sheet = pd.DataFrame(columns=list(PARTICIPANT_RECORDINGS.columns))
    rows: list[Note] = []
    if recordings:
        frames = [read_table(path, PARTICIPANT_RECORDINGS) for path in recordings]
        sheet = pd.concat(frames, ignore_index=True)
        sheet = sheet.sort_values(["participant", "recording"], kind="stable", ignore_index=True)
    if len(sheet):
        check_duplicates(sheet)
        check_channels(sheet)
        check_rates(sheet, limits["max_rate_difference"])
        rows += check_bad_channels(sheet, limits["bad_channels"])
    if events:
        table = pd.concat([read_table(path, EVENTS) for path in events], ignore_index=True)
        calibration = sheet.loc[sheet["kind"] == "calibration", ["participant", "recording", "file"]]
        if len(calibration):
            labelled = table[table["role"] == "expression"].merge(calibration, on=["participant", "recording"])
            rows += check_classes(labelled, sorted(set(calibration["participant"])), limits["classes"])
            rows += check_event_lengths(labelled, limits["shortest_event_s"])
        rows += missing_scenes(table)
    # A CSV can hold no lists.
    sheet = sheet.assign(**{name: sheet[name].map(";".join) for name in ("channels", "muscles", "bad_channels")})
    write_table(sheet_path, sheet, SHEET, csv=sheet_csv_path)
    if notes_path:
        write_table(notes_path, _notes_table([pd.DataFrame(rows)]), EXCLUSIONS)


def list_exclusions(
    notes_paths: Sequence[str], exclusions_path: str, *, exclusions: Sequence[Mapping[str, str]]
) -> None:
    """Write EXCLUSIONS: what the configuration left out, and the notes of the checks and of the ratings."""
    # Whoever is left out as a whole needs no further remark.
    gone = {row["participant"] for row in exclusions if not row["recording"]}
    read = (read_csv_table(path, EXCLUSIONS) for path in notes_paths)
    frames = [frame[~frame["participant"].isin(gone)] for frame in read]
    write_table(exclusions_path, _notes_table([pd.DataFrame(exclusions), *frames]), EXCLUSIONS)


def list_participants(path: str, *, participants: Sequence[Sequence[str | bool]], synthetic: bool) -> None:
    """Write PARTICIPANTS: of everybody participant, role, predicted_by and eye_images; whether they are made up."""
    table = pd.DataFrame([[*row, synthetic] for row in participants], columns=list(PARTICIPANTS.columns))
    write_table(path, table, PARTICIPANTS)


def _notes_table(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(EXCLUSIONS.columns), dtype=str)
    notes = pd.concat([empty, *(frame for frame in frames if len(frame))]).drop_duplicates()
    return notes.sort_values(["participant", "recording", "channel"], kind="stable")


def check_duplicates(sheet: pd.DataFrame) -> None:
    """InputError when two recordings hold the same samples: a leak between people, or a copy."""
    again = sheet[sheet["content_sha256"].duplicated(keep=False)]
    if again.empty:
        return
    same = again[again["content_sha256"] == again["content_sha256"].iloc[0]]
    people, files = list(same["participant"]), list(same["file"])
    other = next((place for place, person in enumerate(people) if person != people[0]), 0)
    if other:
        raise InputError(
            f"participants {people[0]} and {people[other]} have the same recording ({files[0]}, {files[other]}); find "
            "out whose it is and list the other in recordings.exclude_participants"
        )
    raise InputError(
        f"participant {people[0]} has the same recording twice ({files[0]}, {files[1]}); remove the copy, or list the "
        "participant in recordings.exclude_participants"
    )


def check_channels(sheet: pd.DataFrame) -> None:
    """InputError when a channel is not in every recording, naming who lacks it or who alone has it."""
    channels = [set(names) for names in sheet["channels"]]
    shared = set.intersection(*channels)
    odd = sorted(set.union(*channels) - shared)
    if not odd:
        return
    advice = (
        f"set recordings.channels to those that everybody has ({', '.join(sorted(shared)) or 'there are none'}), or "
        "leave the person out with recordings.exclude_participants"
    )
    has = pd.Series([odd[0] in names for names in channels], index=sheet.index)
    owner, lacking = sheet[has].iloc[0], sheet[~has].iloc[0]
    if sheet.loc[has, "participant"].nunique() == 1 and sheet["participant"].nunique() > 2:
        raise InputError(
            f"channel '{odd[0]}' is in participant {owner['participant']} only ({owner['file']}); {advice}"
        )
    raise InputError(f"participant {lacking['participant']} has no channel '{odd[0]}' in {lacking['file']}; {advice}")


def check_rates(sheet: pd.DataFrame, max_difference: float) -> None:
    """InputError when two recordings' rates differ by more than ``max_difference`` (relative)."""
    rows = sheet.sort_values("rate_hz", kind="stable").to_dict("records")
    low, high = rows[0], rows[-1]
    if high["rate_hz"] - low["rate_hz"] > max_difference * high["rate_hz"]:
        raise InputError(
            f"the sampling rate is {low['rate_hz']:g} Hz in participant {low['participant']} ({low['file']}) and "
            f"{high['rate_hz']:g} Hz in participant {high['participant']} ({high['file']}); leave one out with "
            "recordings.exclude_participants, or raise recordings.max_rate_difference if both rates are right"
        )


def check_bad_channels(sheet: pd.DataFrame, policy: str) -> list[Note]:
    """Notes on channels that `channels.tsv` marks bad; InputError instead where the policy is ``error``."""
    bad = sheet.explode("bad_channels").dropna(subset="bad_channels").to_dict("records")
    if bad and policy == "error":
        raise InputError(
            f"participant {bad[0]['participant']}: channel '{bad[0]['bad_channels']}' of {bad[0]['file']} is marked "
            "bad in its channels table; leave it out with recordings.channels, leave the person out with "
            "recordings.exclude_participants, or set recordings.bad_channels to `keep`"
        )
    reason = "marked bad in the channels table, and used (recordings.bad_channels is `keep`)"
    return [note(row["participant"], reason, row["recording"], row["bad_channels"]) for row in bad]


def check_classes(labelled: pd.DataFrame, people: Sequence[str], classes: Sequence[str]) -> list[Note]:
    """Notes on classes that the calibrations of these people lack; InputError for a class that nobody has.

    ``labelled`` are EVENTS of the calibrations that are expressions.
    """
    have = set(zip(labelled["participant"], labelled["label"], strict=True))
    everybody = {name for _, name in have}
    for name in classes:
        if name not in everybody:
            raise InputError(
                f"nobody's calibration has an event of the class '{name}'; correct or remove it in "
                f"recordings.classes (classes there: {', '.join(sorted(everybody))})"
            )
    lacking = [(person, name) for name in classes for person in people if (person, name) not in have]
    return [note(person, f"the calibration has no event of the class '{name}'") for person, name in lacking]


def check_event_lengths(labelled: pd.DataFrame, shortest_s: float) -> list[Note]:
    """Notes on calibration events too short for a window; InputError where a class is left with none at all."""
    limit_s = shortest_s - 1e-6  # a sample's rounding is not a reason to call an event too short
    for name, every in labelled.groupby("label", sort=True):
        longest = every.sort_values("duration_s", kind="stable").iloc[-1]
        if longest["duration_s"] < limit_s:
            raise InputError(
                f"every calibration event of '{name}' is too short: the longest lasts "
                f"{longest['duration_s']:g} s ({longest['file']}), but emg.windows.length_s and its trims need "
                f"{shortest_s:g} s; shorten the window or the trims"
            )
    keys = ["participant", "recording", "label"]
    counts = labelled[labelled["duration_s"] < limit_s].groupby(keys, sort=True).size().reset_index(name="events")
    return [
        note(person, f"{events} event(s) of '{label}' too short for a window", recording)
        for person, recording, label, events in counts.itertuples(index=False)
    ]


def missing_scenes(events: pd.DataFrame) -> list[Note]:
    """Notes on scenes that some people have and others have not."""
    scenes = events.loc[events["role"] == "scene", ["participant", "label"]]
    have = set(zip(scenes["participant"], scenes["label"], strict=True))
    return [
        note(person, f"has no recording of the scene '{scene}'")
        for person in sorted(events["participant"].unique())
        for scene in sorted(scenes["label"].unique())
        if (person, scene) not in have
    ]
