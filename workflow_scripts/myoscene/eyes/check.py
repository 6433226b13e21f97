"""Everybody's eye frames checked against each other: a sheet, identical images, how sessions are personalised."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.pairs import interval_of
from myoscene.eyes.personalise import choose_neutral
from myoscene.eyes.quality import FLAGS
from myoscene.eyes.tables import FRAMES, IDENTICAL, PERSONALISATION, REMOVED, SHARED, SHEET
from myoscene.recordings.tabular import did_you_mean

PathLike = str | os.PathLike[str]
SIDES = ("left", "right")
_SHEET_COLUMNS = (
    *("participant", "session", "recording", "kind", "time_s", "label", "left_image", "right_image", "flags"),
    *("has_left", "has_right", "made_neutral", "frame", "synthetic"),
)


def check_eyes(
    frames: Sequence[PathLike],
    sheet: PathLike,
    identical: PathLike,
    personalisation: PathLike,
    *,
    neutral: str | None,
    personalise: Mapping[str, Any],
    scene_tasks: Sequence[str] = (),
) -> None:
    """Write SHEET, IDENTICAL and PERSONALISATION.

    Time and memory grow with the number of images, not with that of pairs of people.

    Args:
        frames: FRAMES of everybody, in the order of participants.
        neutral: label of a neutral face, None where nobody has one.
        personalise: section `eyes.personalise`.
        scene_tasks: tasks that somebody's recordings have to have.

    Raises:
        InputError: a table is missing or unreadable; nobody has a recording of a scene's task.
    """
    groups = _identical_images(frames)
    sheets, alike, methods = [], [], []
    for path in frames:
        table = read_table(path, FRAMES, columns=_SHEET_COLUMNS)
        sheets += [_sheet_row(part) for _, part in table.groupby(["session", "recording"], sort=False)]
        methods += _methods(table, neutral, personalise)
        alike.append(_of_groups(path, groups))
    _check_scenes({row["recording"] for row in sheets}, scene_tasks)
    write_table(sheet, pd.DataFrame(sheets, columns=list(SHEET.columns)), SHEET)
    write_table(personalisation, pd.DataFrame(methods, columns=list(PERSONALISATION.columns)), PERSONALISATION)
    write_table(identical, _listed(alike), IDENTICAL)


def exclude_frames(frames: Sequence[PathLike], excluded: PathLike, *, identical_policy: str) -> None:
    """Write REMOVED: labelled frames that are not scored, as far as is known before any model is fitted.

    Args:
        frames: FRAMES of the people who train, in the order of participants. Nobody else counts, so that somebody who
            is only predicted changes nothing of what trains.
        identical_policy: `exclude` leaves identical images out, `keep` keeps them. Those of one person under different
            labels neither train nor are scored (`identical`). Those that two people share train, each in the folds that
            train on their person, and are scored in none (`shared`; our choice): a fold would be asked for what it
            trained on, and leaving them out of training would let a held-out person's files change a fold.

    Raises:
        InputError: a table is missing or unreadable.
    """
    groups = _identical_images(frames)
    removed = []
    for path in frames:
        found = _of_groups(path, groups if identical_policy == "exclude" else {})
        removed.append(_removed(read_table(path, FRAMES, columns=_SHEET_COLUMNS), found))
    write_table(excluded, pd.concat(removed, ignore_index=True), REMOVED)


def _check_scenes(recordings: set[str], scene_tasks: Sequence[str]) -> None:
    tasks = sorted({part[5:] for name in recordings for part in name.split("_") if part.startswith("task-")})
    for task in scene_tasks:
        if task not in tasks:
            raise InputError(
                f"recordings.scene_tasks names '{task}'{did_you_mean(task, tasks)}, a task that no recording of eye "
                f"images has; correct it (tasks there: {', '.join(tasks)})"
            )


def _sheet_row(part: pd.DataFrame) -> dict[str, Any]:
    time_s = part["time_s"].to_numpy(float)
    interval = interval_of(time_s)
    timed = interval > 0
    expected = round((time_s[-1] - time_s[0]) / interval) + 1 if timed else len(part)
    flags = part["flags"].str.split(";").explode().str.partition(":")[2].value_counts()
    first = part.iloc[0]
    return {
        **{name: first[name] for name in ("participant", "session", "recording", "kind", "synthetic")},
        "frames": len(part),
        "labelled": int(part["label"].notna().sum()),
        "left_only": int((part["left_image"].notna() & part["right_image"].isna()).sum()),
        "right_only": int((part["left_image"].isna() & part["right_image"].notna()).sum()),
        "rate_hz": 1 / interval if timed else np.nan,
        "missing": max(expected - len(part), 0),
        **{flag: int(flags.get(flag, 0)) for flag in FLAGS},
    }


def _methods(table: pd.DataFrame, neutral: str | None, personalise: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of PERSONALISATION: the choice is made again as it was made, since frames cannot hold a reason."""
    chosen = choose_neutral(table, neutral, personalise["seconds"], personalise["minimum_s"])
    return [
        {
            "participant": table["participant"].iloc[0],
            "session": session.session,
            "method": "plain" if session.reason else "personalised",
            "neutral_frames": int(table.loc[table["session"] == session.session, "made_neutral"].sum()),
            "neutral_s": session.seconds,
            "reason": session.reason,
            "synthetic": bool(table["synthetic"].iloc[0]),
        }
        for session in chosen
    ]


def _images(path: PathLike) -> Iterator[tuple[pd.DataFrame, str]]:
    """Participant, label, digest and name of every image, and the row of its frame; left images, then right ones.

    Images of no use (blank, frozen, ...) are left out: a camera that failed gives the same black image all the time,
    and the other eye's images are good for all that.
    """
    of_sides = [f"{side}_{name}" for side in SIDES for name in ("sha256", "image")]
    columns = ["participant", "label", "synthetic", *of_sides, *(f"has_{side}" for side in SIDES)]
    table = read_table(path, FRAMES, columns=columns)
    for side in SIDES:
        there = table[table[f"{side}_sha256"].notna() & table[f"has_{side}"]]
        yield (
            pd.DataFrame(
                {
                    "row": there.index.to_numpy(np.int64),
                    "participant": there["participant"],
                    "image": there[f"{side}_image"],
                    "eye": side,
                    "label": there["label"],
                    "sha256": there[f"{side}_sha256"],
                    "synthetic": there["synthetic"],
                }
            ).reset_index(drop=True),
            side,
        )


def _identical_images(frames: Sequence[PathLike]) -> dict[str, str]:
    """Digest -> problem, of images that stand under different labels or belong to different people.

    A label that is missing contradicts none. The digests' first 8 bytes, with person and label as numbers, are kept of
    every image; whole digests only of those that share them.
    """
    labels: dict[str, int] = {}
    parts = []
    for number, path in enumerate(frames):
        for images, _ in _images(path):
            prefix = np.array([int(text[:16], 16) for text in images["sha256"]], np.uint64)
            codes = [labels.setdefault(x, len(labels)) if isinstance(x, str) else -1 for x in images["label"]]
            parts.append((prefix, np.full(len(prefix), number, np.int32), np.array(codes, np.int32)))
    prefix, person, label = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(prefix, kind="stable")
    prefix, person, label = prefix[order], person[order], label[order]
    start = np.flatnonzero(np.append(True, prefix[1:] != prefix[:-1])) if len(prefix) else np.empty(0, np.int64)
    several = np.zeros(len(start), bool)
    for values in (person, label):
        if len(start):
            several |= np.minimum.reduceat(values, start) != np.maximum.reduceat(values, start)
    suspects = set(prefix[start[several]].tolist())
    return _problems(frames, suspects) if suspects else {}


def _problems(frames: Sequence[PathLike], suspects: set[int]) -> dict[str, str]:
    people: dict[str, set[str]] = {}
    labels: dict[str, set[str]] = {}
    for path in frames:
        for images, _ in _images(path):
            for person, label, digest in zip(images["participant"], images["label"], images["sha256"], strict=True):
                if int(digest[:16], 16) in suspects:
                    people.setdefault(digest, set()).add(person)
                    if isinstance(label, str):
                        labels.setdefault(digest, set()).add(label)
    problems = {}
    for digest, who in people.items():
        told = ["different labels"] if len(labels.get(digest, ())) > 1 else []
        told += ["different people"] if len(who) > 1 else []
        if told:
            problems[digest] = "; ".join(told)
    return problems


def _of_groups(path: PathLike, groups: Mapping[str, str]) -> pd.DataFrame:
    """A participant's images that have their like, with the row of their frame.

    ``own``: the participant's own images alone contradict each other.
    """
    found = pd.concat([images[images["sha256"].isin(groups.keys())] for images, _ in _images(path)], ignore_index=True)
    found["problem"] = found["sha256"].map(groups).astype("str")
    found["own"] = found.groupby("sha256")["label"].transform("nunique") > 1
    return found.sort_values(["row", "eye"], kind="stable", ignore_index=True)


def _listed(alike: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of IDENTICAL, by group; groups are numbered in the order in which their first image is met."""
    whole = pd.concat(alike, ignore_index=True)
    whole["group"] = pd.factorize(whole["sha256"])[0]
    return whole.sort_values("group", kind="stable", ignore_index=True)[list(IDENTICAL.columns)]


def _removed(table: pd.DataFrame, alike: pd.DataFrame) -> pd.DataFrame:
    """Labelled frames that are not scored, each with the first reason that applies."""
    reasons = {
        "neutral mean": table["made_neutral"].to_numpy(bool),
        "quality": ~(table["has_left"] | table["has_right"]).to_numpy(bool),
        "identical": np.isin(np.arange(len(table)), alike.loc[alike["own"], "row"]),
        SHARED: np.isin(np.arange(len(table)), alike["row"]),
    }
    reason = np.select(list(reasons.values()), list(reasons), default="")
    found = table.assign(reason=reason, p_closed=np.nan)
    return found.loc[(reason != "") & table["label"].notna(), list(REMOVED.columns)]
