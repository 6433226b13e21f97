"""Pictures of parts of faces, drawn only where ``report.show_eyes`` allows it: eye images identify people."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.drawing.style import MUTED, Frame, bare, notice, panels
from myoscene.eyes.tables import FRAMES
from myoscene.report.blocks import words
from myoscene.report.choose import even_steps, shorten
from myoscene.report.load import Options, Tables

FRAME_COLUMNS = ["session", "label", "has_left", "has_right", "flags", "neutral", "made_neutral"]


@dataclass(frozen=True)
class Personalised:
    """A frame, its session's mean neutral image and their difference, ``(height, width)`` in grey values."""

    participant: str
    session: str
    label: str
    frame: NDArray[np.float32]
    neutral: NDArray[np.float32]

    @property
    def difference(self) -> NDArray[np.float32]:
        """What is left of the frame: NaN in the half of an eye that the neutral image lacks."""
        return self.frame - self.neutral


def frames_of(tables: Tables, participant: str) -> pd.DataFrame:
    """The participant's frames in the order of the image store; ``usable`` ones have a label, no flag, both sides."""
    frames = read_table(tables.eye_frames[participant], FRAMES, columns=FRAME_COLUMNS)
    seen = frames["has_left"] & frames["has_right"]
    # With frames of one eye alone there are no two.
    seen = seen if seen.any() else frames["has_left"] | frames["has_right"]
    usable = frames["label"].notna() & frames["flags"].eq("") & ~frames["made_neutral"] & seen
    return frames.assign(usable=usable)


def read_image(path: str, row: int) -> NDArray[np.float32]:
    """Image ``row`` of a store, ``(height, width)``; no other one is read."""
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)[row], dtype=np.float32)
    except Exception as error:  # the header is Python's own syntax, and its parsers raise whatever they meet
        raise InputError(f"image store {path} cannot be read ({error}); delete it and run again") from None


def chosen_people(tables: Tables, most: int) -> list[str]:
    """People whose pictures are shown: at even steps through the names."""
    people = sorted(set(tables.eye_frames) & set(tables.eye_images))
    return [people[place] for place in even_steps(len(people), most)]


def personalised_frames(tables: Tables, most: int, neutral: str | None) -> list[Personalised]:
    """Of each chosen person the first session with a mean neutral image, and a frame of an expression in it."""
    found = []
    for participant in chosen_people(tables, most):
        frames = frames_of(tables, participant)
        own = frames[frames["usable"] & (frames["neutral"] >= 0)]
        own = own[own["neutral"] == own["neutral"].min()]
        own = own[own["label"] != neutral] if (own["label"] != neutral).any() else own
        if own.empty or participant not in tables.eye_neutrals:
            continue
        row = int(own.index[len(own) // 2])
        found.append(
            Personalised(
                participant,
                str(frames.at[row, "session"]),
                str(frames.at[row, "label"]),
                read_image(tables.eye_images[participant], row),
                read_image(tables.eye_neutrals[participant], int(own["neutral"].iloc[0])),
            )
        )
    return found


def example_rows(frames: pd.DataFrame) -> dict[str, int]:
    """Label -> row of the frame in the middle of the usable frames that have it, labels in order of appearance."""
    usable = frames[frames["usable"]]
    return {str(label): int(own.index[len(own) // 2]) for label, own in usable.groupby("label", sort=False)}


def draw_eye_neutrals(tables: Tables, frame: Frame, options: Options) -> Figure:
    """A row a person: a frame, the session's mean neutral image, and what is left of the frame without it."""
    shown = personalised_frames(tables, options.timeline_participants, options.eye_neutral)
    if not shown:
        return notice("No session has a mean neutral image.", frame)
    figure, grid = _grid(len(shown), 3, shown[0].frame.shape, frame)
    limit = max(float(np.nanmax(np.abs(item.difference))) for item in shown)
    for item, (first, second, third) in zip(shown, grid, strict=True):
        _picture(first, item.frame, 0, 255)
        _picture(second, item.neutral, 0, 255)
        _picture(third, item.difference, -limit, limit)
        session = f"\nsession {shorten(item.session, 10)}" if item.session else ""
        first.set_ylabel(f"{shorten(item.participant, 12)}{session}", rotation=0, ha="right", va="center")
        first.set_xlabel(shorten(words(item.label), 22), fontsize=7.5, labelpad=2)
    for axes, title in zip(grid[0], ("frame", "mean neutral", "frame − neutral"), strict=True):
        axes.set_title(title, fontsize=8.5)
    return figure


def draw_eye_examples(tables: Tables, frame: Frame, options: Options) -> Figure:
    """A column a person, a row a label: the frame in the middle of those that have the label."""
    people = chosen_people(tables, min(4 if frame.wide else 2, options.timeline_participants))
    rows = {person: example_rows(frames_of(tables, person)) for person in people}
    labels = list(dict.fromkeys(label for own in rows.values() for label in own))
    if not labels:
        return notice("No eye image has a label.", frame)
    labels.sort(key=lambda name: name != options.eye_neutral)
    shape = read_image(tables.eye_images[next(person for person in people if rows[person])], 0).shape
    figure, grid = _grid(len(labels), len(people), shape, frame)
    for label, line in zip(labels, grid, strict=True):
        for person, axes in zip(people, line, strict=True):
            place = rows[person].get(label)
            image = np.full(shape, np.nan) if place is None else read_image(tables.eye_images[person], place)
            _picture(axes, image, 0, 255)
            if place is None:
                style = {"ha": "center", "va": "center", "fontsize": 7.5, "color": MUTED}
                axes.text(0.5, 0.5, "none", transform=axes.transAxes, **style)
        line[0].set_ylabel(shorten(words(label), 18).replace(" ", "\n", 1), rotation=0, ha="right", va="center")
    for axes, person in zip(grid[0], people, strict=True):
        axes.set_title(shorten(person, 14), fontsize=8.5)
    return figure


def _grid(rows: int, columns: int, shape: tuple[int, ...], frame: Frame) -> tuple[Figure, NDArray[Any]]:
    """Axes for pictures of ``shape``, each as wide as the page allows and no larger than it is worth looking at."""
    width = min((frame.width_in - 0.9) / columns, 1.9)
    height = min(width * shape[0] / shape[1], 1.6)
    figure, grid = panels(rows * columns, columns, width * columns + 0.9, height + 0.24, 0.35)
    return figure, np.array(grid).reshape(rows, columns)


def _picture(axes: Axes, image: NDArray[np.float32], low: float, high: float) -> None:
    # Not resampled: the file then holds as many pixels as the image has.
    axes.imshow(np.ma.masked_invalid(image), cmap="gray", vmin=low, vmax=high, interpolation="none")
    axes.set_facecolor("#E9EDF1")
    axes.set_xticks([])
    axes.set_yticks([])
    bare(axes)
