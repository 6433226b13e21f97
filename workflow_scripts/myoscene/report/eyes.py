"""Eye images on the page: who, how many, how personalised, what was left out.

Pictures of parts of faces are drawn only where ``report.show_eyes`` allows it: eye images identify people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.drawing import style
from myoscene.eyes.quality import FLAGS
from myoscene.eyes.tables import EYE_FEATURES, FRAMES, SHARED
from myoscene.report import choose
from myoscene.report.blocks import MISSING, Block, Picture, listed, plural, section, shorten, table, words
from myoscene.report.cohort import roles
from myoscene.report.load import Options, Tables

FRAME_COLUMNS = ["session", "label", "has_left", "has_right", "flags", "neutral", "made_neutral"]
IDENTICAL_ROWS = 40


@section("eyes", "Eye images", "eye_sheet")
def eyes_section(tables: Tables, options: Options) -> Iterator[Block]:
    sheet = tables.eye_sheet
    rates = sheet["rate_hz"].dropna()
    numbers = (sheet["frames"].sum(), sheet["labelled"].sum(), sheet[list(FLAGS)].sum().sum())
    frames, labelled, flagged = (f"{int(number):,}".replace(",", "\u202f") for number in numbers)
    yield {
        "participants with eye images": str(sheet["participant"].nunique()),
        "eye recordings": str(len(sheet)),
        "frames": frames,
        "of them labelled": labelled,
        "median frame rate": f"{rates.median():.3g} Hz" if len(rates) else MISSING,
        "flagged images": flagged,
    }
    if sheet["synthetic"].any():
        yield "Synthetic: the demo generator rendered these images; they are of nobody."
    if "sheet" not in tables.given:  # without EMG there is no section on the cohort
        yield from roles(tables)
    yield table(
        "Eye recordings",
        sheet,
        "participant | session | recording | kind | frames | labelled | rate_hz:1=rate (Hz) | missing | "
        f"left_only=left eye only | right_only=right eye only | {' | '.join(FLAGS)}",
        note="Missing: frames expected at that rate that are not there. Flags count images; a flagged image is not "
        "used.",
        link="../eyes/sheet.csv",
    )
    if tables.has("eye_personalisation"):
        yield from _personalisation(tables.eye_personalisation)
    if "eye_removed" in tables.given:
        yield from _removed(tables.eye_removed)
    if "eye_identical" in tables.given:
        yield from _identical(tables.eye_identical, tables.setting("eyes.quality.identical") == "keep")
    if tables.eye_features:
        yield table(
            "Openness and blinks",
            pd.concat(map(openness, tables.eye_features.values()), ignore_index=True),
            "participant | kind=recordings | minutes:1 | openness=mean openness | blinks:1=blinks a minute",
            note="Openness: 1 − probability of closed eyes, by the blink classifier of the fold that never saw the "
            "person. In a calibration, eyes that were closed on demand count as well.",
            folded=True,
        )
    if not options.show_eyes or not tables.eye_frames:
        yield (
            "Eye images identify people, so they are not shown here; set report.show_eyes to true to see mean neutral "
            "images, what personalisation removes, and examples."
        )
        return
    yield "This page shows parts of faces: eye images identify people, so do not pass it on as anonymous."
    yield Picture(
        "eye_neutrals",
        "What personalisation removes",
        "A frame, the mean neutral image of the same person and session, and what is left of the frame without it "
        "(grey: no difference). The wearer's left eye is on the left.",
        "Eye images of a few people beside the mean neutral image of their session, and the difference.",
    )
    yield Picture(
        "eye_examples",
        "Examples",
        "Of each person and label the frame in the middle of those that are used.",
        "Example eye images by person and label.",
    )


def _personalisation(rows: pd.DataFrame) -> Iterator[Block]:
    """Which sessions are personalised, and which fall back to plain images."""
    plain = rows[rows["method"] == "plain"]
    text = f"{len(rows) - len(plain)} of {plural(len(rows), 'session')} have a mean neutral image of their own"
    if len(plain):
        verb = "has none and falls" if len(plain) == 1 else "have none and fall"
        people, whole = sorted(set(plain["participant"])), sorted(choose.without_neutral(rows))
        text += f"; {plural(len(plain), 'session')} of {listed(people)} {verb} back to plain images"
        text += f" (no session at all with one: {listed(whole)})" if whole else ""
    yield f"{text}."
    yield table(
        "Personalisation",
        rows.sort_values("method", ascending=False, kind="stable"),
        "participant | session | method | neutral_frames | neutral_s:1=neutral (s) | reason=why plain",
        note="The frames of the mean neutral image neither train nor are scored.",
        link="../eyes/personalisation.csv",
    )


def _removed(removed: pd.DataFrame) -> Iterator[Block]:
    """Labelled frames that are not scored: by reason, and by participant and reason."""
    if removed.empty:
        yield "No labelled frame was left out of training or scoring."
        return
    numbers = removed["reason"].value_counts()
    reasons = list(numbers.index)
    wide = removed.pivot_table(index="participant", columns="reason", values="frame", aggfunc="count", fill_value=0)
    wide = pd.concat([numbers.to_frame("all").T, wide[reasons]]).rename_axis("participant")
    wide.insert(0, "removed", wide.sum(axis=1))
    parts = [f"{reason} {number}" for reason, number in numbers.items()]
    verb = "is" if len(removed) == 1 else "are"
    text = f"{plural(len(removed), 'labelled frame')} {verb} not scored: {listed(parts, 8)}. They do not train either"
    text += ", except the shared ones: other people have an image of them, too." if SHARED in reasons else "."
    yield text + (" Blinks were found by classifiers that never saw the person." if "blink" in reasons else "")
    columns = " | ".join(["participant", "removed", *reasons])
    yield table("Removed frames", wide.reset_index(), columns, link="../eyes/removed.csv")


def _identical(found: pd.DataFrame, kept: bool) -> Iterator[Block]:
    """Images whose bytes come again under another label or another person."""
    if found.empty:
        yield "No image occurs under two labels or of two people."
        return
    groups = found.groupby("group")["problem"].first().value_counts()
    kinds = [f"{number} with {str(name).replace('; ', ' and ')}" for name, number in groups.items()]
    left_out = "not scored, and those under different labels of one person do not train"
    yield (
        f"{plural(len(found), 'image')} in {plural(int(groups.sum()), 'group')} are identical to another one under a "
        f"different label or of a different person ({listed(kinds)}); they are "
        f"{'used all the same' if kept else left_out}."
    )
    yield table(
        "Identical images",
        choose.named(found.head(IDENTICAL_ROWS)),
        "group | participant | eye | label | problem | image",
        note=f"The first {IDENTICAL_ROWS} of {len(found)} images." if len(found) > IDENTICAL_ROWS else "",
        link="../eyes/identical.csv",
    )


def openness(path: str) -> pd.DataFrame:
    """Of one participant's eye features, by kind of recording: minutes, mean openness, blinks a minute.

    A blink is a run of frames that the fold's classifier calls one; its length does not matter.
    """
    columns = ["participant", "recording", "kind", "frame", "time_s", "openness", "blink"]
    frames = read_table(path, EYE_FEATURES, columns=columns)
    rows = []
    for (participant, kind), own in frames.dropna(subset=["time_s"]).groupby(["participant", "kind"], sort=True):
        own = own.sort_values(["recording", "time_s"], kind="stable")
        first = own["recording"].ne(own["recording"].shift())
        begun = own["blink"] & (first | ~own["blink"].shift(fill_value=False))
        minutes = own.groupby("recording")["time_s"].agg(np.ptp).sum() / 60
        told = minutes > 0 and own["openness"].notna().any()
        blinks = begun.sum() / minutes if told else np.nan
        rows.append((participant, kind, minutes, own["openness"].astype(float).mean(), blinks))
    measures = ["minutes", "openness", "blinks"]
    return pd.DataFrame(rows, columns=["participant", "kind", *measures]).astype(dict.fromkeys(measures, float))


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
    return [people[place] for place in choose.even_steps(len(people), most)]


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
        session, label = (str(frames.at[row, name]) for name in ("session", "label"))
        frame = read_image(tables.eye_images[participant], row)
        mean = read_image(tables.eye_neutrals[participant], int(own["neutral"].iloc[0]))
        found.append(Personalised(participant, session, label, frame, mean))
    return found


def example_rows(frames: pd.DataFrame) -> dict[str, int]:
    """Label -> row of the frame in the middle of the usable frames that have it, labels in order of appearance."""
    usable = frames[frames["usable"]]
    return {str(label): int(own.index[len(own) // 2]) for label, own in usable.groupby("label", sort=False)}


def draw_eye_neutrals(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """A row a person: a frame, the session's mean neutral image, and what is left of the frame without it."""
    shown = personalised_frames(tables, options.timeline_participants, options.eye_neutral)
    if not shown:
        return style.notice("No session has a mean neutral image.", frame)
    figure, grid = _grid(len(shown), ["frame", "mean neutral", "frame − neutral"], shown[0].frame.shape, frame)
    limit = max(float(np.nanmax(np.abs(item.difference))) for item in shown)
    for item, (first, second, third) in zip(shown, grid, strict=True):
        _picture(first, item.frame, 0, 255)
        _picture(second, item.neutral, 0, 255)
        _picture(third, item.difference, -limit, limit)
        session = f"\nsession {shorten(item.session, 10)}" if item.session else ""
        first.set_ylabel(f"{shorten(item.participant, 12)}{session}", rotation=0, ha="right", va="center")
        first.set_xlabel(shorten(words(item.label), 22), fontsize=7.5, labelpad=2)
    return figure


def draw_eye_examples(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """A column a person, a row a label: the frame in the middle of those that have the label."""
    people = chosen_people(tables, min(4 if frame.wide else 2, options.timeline_participants))
    rows = {person: example_rows(frames_of(tables, person)) for person in people}
    labels = list(dict.fromkeys(label for own in rows.values() for label in own))
    if not labels:
        return style.notice("No eye image has a label.", frame)
    labels.sort(key=lambda name: name != options.eye_neutral)
    shape = read_image(tables.eye_images[next(person for person in people if rows[person])], 0).shape
    figure, grid = _grid(len(labels), [shorten(person, 14) for person in people], shape, frame)
    for label, line in zip(labels, grid, strict=True):
        for person, axes in zip(people, line, strict=True):
            place = rows[person].get(label)
            image = np.full(shape, np.nan) if place is None else read_image(tables.eye_images[person], place)
            _picture(axes, image, 0, 255)
            if place is None:
                look = {"ha": "center", "va": "center", "fontsize": 7.5, "color": style.MUTED}
                axes.text(0.5, 0.5, "none", transform=axes.transAxes, **look)
        line[0].set_ylabel(shorten(words(label), 18).replace(" ", "\n", 1), rotation=0, ha="right", va="center")
    return figure


def _grid(rows: int, titles: list[str], shape: tuple[int, ...], frame: style.Frame) -> tuple[Figure, NDArray[Any]]:
    """Axes for pictures of ``shape``, each as wide as the page allows and no larger than it is worth looking at."""
    columns = len(titles)
    width = min((frame.width_in - 0.9) / columns, 1.9)
    height = min(width * shape[0] / shape[1], 1.6)
    figure, grid = style.panels(rows * columns, columns, width * columns + 0.9, height + 0.24, 0.35)
    for axes, title in zip(grid, titles, strict=False):
        axes.set_title(title, fontsize=8.5)
    return figure, np.array(grid).reshape(rows, columns)


def _picture(axes: Axes, image: NDArray[np.float32], low: float, high: float) -> None:
    # Not resampled: the file then holds as many pixels as the image has.
    axes.imshow(np.ma.masked_invalid(image), cmap="gray", vmin=low, vmax=high, interpolation="none")
    axes.set(facecolor="#E9EDF1", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
