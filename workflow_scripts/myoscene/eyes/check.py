"""Everybody's eye frames checked against each other: a sheet, identical images, how sessions are personalised."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.pairs import choose_neutral, interval_of
from myoscene.eyes.quality import FLAGS
from myoscene.eyes.rectify import SIDES
from myoscene.eyes.settings import PersonaliseSettings
from myoscene.eyes.tables import FRAMES, IDENTICAL, PERSONALISATION, REMOVED, SHARED, SHEET
from myoscene.recordings.tabular import did_you_mean

PathLike = str | os.PathLike[str]
_PROBLEMS = {"label": "different labels", "participant": "different people"}


def check_eyes(
    frames: Sequence[PathLike],
    sheet: PathLike,
    identical: PathLike,
    personalisation: PathLike,
    *,
    neutral: str | None,
    personalise: PersonaliseSettings,
    scene_tasks: Sequence[str] = (),
) -> None:
    """Write SHEET, IDENTICAL and PERSONALISATION.

    Time and memory grow with the number of images, not with that of pairs of people.

    Args:
        frames: FRAMES of everybody, in the order of participants.

    Raises:
        InputError: nobody has a recording of one of ``scene_tasks``.
    """
    groups = _identical_images(frames)
    sheets, alike, methods = [], [], []
    for path in frames:
        table = read_table(path, FRAMES)
        sheets += [_sheet_row(part) for _, part in table.groupby(["session", "recording"], sort=False)]
        # The choice is made again as it was made, since frames cannot hold a reason.
        methods += [
            {
                "participant": table["participant"].iloc[0],
                "session": session.session,
                "method": "plain" if session.reason else "personalised",
                "neutral_frames": int(table.loc[table["session"] == session.session, "made_neutral"].sum()),
                "neutral_s": session.seconds,
                "reason": session.reason,
                "synthetic": bool(table["synthetic"].iloc[0]),
            }
            for session in choose_neutral(table, neutral, personalise)
        ]
        alike.append(_of_groups(path, groups))
    parts = (part for row in sheets for part in row["recording"].split("_"))
    tasks = sorted({part[5:] for part in parts if part.startswith("task-")})
    for task in scene_tasks:
        if task not in tasks:
            raise InputError(
                f"recordings.scene_tasks names '{task}'{did_you_mean(task, tasks)}, a task that no recording of eye "
                f"images has; correct it (tasks there: {', '.join(tasks)})"
            )
    write_table(sheet, pd.DataFrame(sheets, columns=list(SHEET.columns)), SHEET)
    write_table(personalisation, pd.DataFrame(methods, columns=list(PERSONALISATION.columns)), PERSONALISATION)
    listed = pd.concat(alike, ignore_index=True)
    # Groups are numbered in the order in which their first image is met.
    listed["group"] = pd.factorize(listed["sha256"])[0]
    listed = listed.sort_values("group", kind="stable", ignore_index=True)
    write_table(identical, listed[list(IDENTICAL.columns)], IDENTICAL)


def exclude_frames(frames: Sequence[PathLike], excluded: PathLike, *, identical_policy: str) -> None:
    """Write REMOVED: labelled frames that are not scored, as far as is known before any model is fitted.

    Identical images of one person under different labels neither train nor are scored (`identical`). Those that two
    people share train, each in the folds that train on their person, and are scored in none (`shared`; our choice): a
    fold would be asked for what it trained on, and leaving them out of training would let a held-out person's files
    change a fold.

    Args:
        frames: FRAMES of the people who train, in the order of participants. Nobody else counts, so that somebody who
            is only predicted changes nothing of what trains.
        identical_policy: `exclude` leaves identical images out, `keep` keeps them.
    """
    groups = _identical_images(frames) if identical_policy == "exclude" else {}
    removed = []
    for path in frames:
        table, alike = read_table(path, FRAMES), _of_groups(path, groups)
        rows = np.arange(len(table))
        # Each frame with the first reason that applies.
        reasons = {
            "neutral mean": table["made_neutral"].to_numpy(bool),
            "quality": ~(table["has_left"] | table["has_right"]).to_numpy(bool),
            "identical": np.isin(rows, alike.loc[alike["own"], "row"]),
            SHARED: np.isin(rows, alike["row"]),
        }
        reason = np.select(list(reasons.values()), list(reasons), default="")
        found = table.assign(reason=reason, p_closed=np.nan)
        removed.append(found.loc[(reason != "") & table["label"].notna(), list(REMOVED.columns)])
    write_table(excluded, pd.concat(removed, ignore_index=True), REMOVED)


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


def _images(path: PathLike) -> pd.DataFrame:
    """Participant, label, digest, its first 8 bytes and name of every image, its eye and its frame's row.

    Left images first, then right ones. Images of no use (blank, frozen, ...) are left out: a camera that failed gives
    the same black image all the time, and the other eye's images are good for all that.
    """
    table, sides = read_table(path, FRAMES), []
    for side in SIDES:
        there = table[table[f"{side}_sha256"].notna() & table[f"has_{side}"]].assign(eye=side)
        names = {f"{side}_sha256": "sha256", f"{side}_image": "image"}
        sides.append(there[["participant", "label", "synthetic", *names, "eye"]].rename(columns=names))
    images = pd.concat(sides).reset_index(names="row")
    return images.assign(prefix=np.array([int(text[:16], 16) for text in images["sha256"]], np.uint64))


def _identical_images(frames: Sequence[PathLike]) -> dict[str, str]:
    """Digest -> problem, of images that stand under different labels or belong to different people.

    A label that is missing contradicts none. The digests' first 8 bytes, with person and label as numbers, are kept of
    every image; whole digests only of those that share them.
    """
    labels: dict[str, int] = {}
    parts = []
    for person, path in enumerate(frames):
        images = _images(path)
        codes = [labels.setdefault(x, len(labels)) if isinstance(x, str) else -1 for x in images["label"]]
        parts.append(images[["prefix"]].assign(person=np.int32(person), label=np.array(codes, np.int32)))
    of_prefix = pd.concat(parts, ignore_index=True).groupby("prefix")
    several = (of_prefix.min() != of_prefix.max()).any(axis=1)
    suspects = several.index[several].to_numpy(np.uint64)
    if not len(suspects):
        return {}
    found = []
    for path in frames:
        images = _images(path)
        found.append(images.loc[np.isin(images["prefix"], suspects), ["sha256", *_PROBLEMS]])
    told = (pd.concat(found).groupby("sha256", sort=False).nunique() > 1).rename(columns=_PROBLEMS)
    problems = ["; ".join(told.columns[row]) for row in told.to_numpy()]
    return {str(digest): problem for digest, problem in zip(told.index, problems, strict=True) if problem}


def _of_groups(path: PathLike, groups: Mapping[str, str]) -> pd.DataFrame:
    """A participant's images that have their like; ``own``: the participant's own alone contradict each other."""
    found = _images(path)
    found = found[found["sha256"].isin(groups.keys())]
    found = found.assign(problem=found["sha256"].map(groups).astype("str"))
    found["own"] = found.groupby("sha256")["label"].transform("nunique") > 1
    return found.sort_values(["row", "eye"], kind="stable", ignore_index=True)
