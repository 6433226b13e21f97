"""Everybody's eye frames checked against each other: a sheet, identical images, how sessions are personalised."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.eyes.pairs import interval_of
from myoscene.eyes.personalise import choose_neutral
from myoscene.eyes.quality import FLAGS
from myoscene.eyes.settings import PersonaliseSettings
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
    personalise: PersonaliseSettings,
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


def _methods(table: pd.DataFrame, neutral: str | None, personalise: PersonaliseSettings) -> list[dict[str, Any]]:
    """Rows of PERSONALISATION: the choice is made again as it was made, since frames cannot hold a reason."""
    chosen = choose_neutral(table, neutral, personalise)
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


def _images(path: PathLike) -> Iterator[pd.DataFrame]:
    """Participant, label, digest and name of every image, and the row of its frame; left images, then right ones.

    Images of no use (blank, frozen, ...) are left out: a camera that failed gives the same black image all the time,
    and the other eye's images are good for all that.
    """
    of_sides = [f"{side}_{name}" for side in SIDES for name in ("sha256", "image")]
    table = read_table(path, FRAMES, columns=["participant", "label", "synthetic", *of_sides, "has_left", "has_right"])
    for side in SIDES:
        there = table[table[f"{side}_sha256"].notna() & table[f"has_{side}"]]
        names = {f"{side}_{name}": name for name in ("sha256", "image")}
        images = there[["participant", "label", "synthetic", *names]].rename(columns=names)
        yield images.assign(eye=side, row=there.index.to_numpy(np.int64)).reset_index(drop=True)


def _identical_images(frames: Sequence[PathLike]) -> dict[str, str]:
    """Digest -> problem, of images that stand under different labels or belong to different people.

    A label that is missing contradicts none. The digests' first 8 bytes, with person and label as numbers, are kept of
    every image; whole digests only of those that share them.
    """
    labels: dict[str, int] = {}
    parts = []
    for number, path in enumerate(frames):
        for images in _images(path):
            codes = [labels.setdefault(x, len(labels)) if isinstance(x, str) else -1 for x in images["label"]]
            kept = {"prefix": _prefixes(images), "person": np.int32(number), "label": np.array(codes, np.int32)}
            parts.append(pd.DataFrame(kept))
    of_prefix = pd.concat(parts, ignore_index=True).groupby("prefix")
    several = (of_prefix.min() != of_prefix.max()).any(axis=1)
    suspects = several.index[several].to_numpy(np.uint64)
    if not len(suspects):
        return {}
    columns = ["sha256", "label", "participant"]
    found = [images.loc[np.isin(_prefixes(images), suspects), columns] for path in frames for images in _images(path)]
    told = (pd.concat(found).groupby("sha256", sort=False).nunique() > 1).rename(columns=_PROBLEMS)
    problems = ["; ".join(told.columns[row]) for row in told.to_numpy()]
    return {str(digest): problem for digest, problem in zip(told.index, problems, strict=True) if problem}


_PROBLEMS = {"label": "different labels", "participant": "different people"}


def _prefixes(images: pd.DataFrame) -> NDArray[np.uint64]:
    return np.array([int(text[:16], 16) for text in images["sha256"]], np.uint64)


def _of_groups(path: PathLike, groups: Mapping[str, str]) -> pd.DataFrame:
    """A participant's images that have their like, with the row of their frame.

    ``own``: the participant's own images alone contradict each other.
    """
    found = pd.concat([images[images["sha256"].isin(groups.keys())] for images in _images(path)], ignore_index=True)
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
