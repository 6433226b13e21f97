"""Section on the eye images themselves: who, how many, how personalised, what was left out."""

import numpy as np
import pandas as pd

from myoscene.core.tables import read_table
from myoscene.eyes.quality import FLAGS
from myoscene.eyes.tables import EYE_FEATURES, SHARED
from myoscene.report.blocks import Block, Facts, Picture, Table, Text, listed, plural, section, table
from myoscene.report.choose import named
from myoscene.report.eyes import without_neutral
from myoscene.report.load import Options, Tables
from myoscene.report.sections.cohort import roles_sentence

IDENTICAL_ROWS = 40
LEFT_OUT = "not scored, and those under different labels of one person do not train"
HIDDEN = (
    "Eye images identify people, so none is shown here; set report.show_eyes to true to see mean neutral images, what "
    "personalisation removes, and examples."
)
SHOWN = "This page shows parts of faces: eye images identify people, so do not pass it on as anonymous."


@section("eyes", "Eye images", "eye_sheet")
def eyes_section(tables: Tables, options: Options) -> list[Block]:
    """Eye recordings, personalisation, removed and identical images."""
    sheet = tables.eye_sheet
    blocks: list[Block] = [_facts(sheet)]
    if sheet["synthetic"].any():
        blocks.append(Text("Synthetic: the demo generator rendered these images; they are of nobody."))
    if not tables.given("sheet") and roles_sentence(tables):  # without EMG there is no section on the cohort
        blocks.append(Text(roles_sentence(tables)))
    blocks.append(
        table(
            "Eye recordings",
            sheet,
            "participant | session | recording | kind | frames | labelled | rate_hz:1=rate (Hz) | missing | "
            f"left_only=left eye only | right_only=right eye only | {' | '.join(FLAGS)}",
            note="Missing: frames expected at that rate that are not there. Flags count images; a flagged image is not "
            "used.",
            link="../eyes/sheet.csv",
        )
    )
    if tables.has("eye_personalisation"):
        blocks += _personalisation(tables.eye_personalisation)
    if tables.given("eye_removed"):
        blocks += _removed(tables.eye_removed)
    if tables.given("eye_identical"):
        kept = tables.setting("eyes.quality.identical") == "keep"
        blocks += _identical(tables.eye_identical, "used all the same" if kept else LEFT_OUT)
    if tables.eye_features:
        blocks.append(_openness_table(tables.eye_features))
    return blocks + (PICTURES if options.show_eyes and tables.eye_frames else [Text(HIDDEN)])


def _facts(sheet: pd.DataFrame) -> Facts:
    frames, labelled = int(sheet["frames"].sum()), int(sheet["labelled"].sum())
    rates = sheet["rate_hz"].dropna()
    flagged = int(sheet[list(FLAGS)].sum().sum())
    return Facts(
        [
            (str(sheet["participant"].nunique()), "participants with eye images"),
            (str(len(sheet)), "eye recordings"),
            (f"{frames:,}".replace(",", "\u202f"), "frames"),
            (f"{labelled:,}".replace(",", "\u202f"), "of them labelled"),
            (f"{rates.median():.3g} Hz" if len(rates) else "–", "median frame rate"),
            (f"{flagged:,}".replace(",", "\u202f"), "flagged images"),
        ]
    )


def _personalisation(rows: pd.DataFrame) -> list[Block]:
    """Which sessions are personalised, and which fall back to plain images."""
    plain = rows[rows["method"] == "plain"]
    text = f"{len(rows) - len(plain)} of {plural(len(rows), 'session')} have a mean neutral image of their own"
    if len(plain):
        people = sorted(set(plain["participant"]))
        verb = "has none and falls" if len(plain) == 1 else "have none and fall"
        text += f"; {plural(len(plain), 'session')} of {listed(people)} {verb} back to plain images"
        whole = sorted(without_neutral(rows))
        text += f" (no session at all with one: {listed(whole)})" if whole else ""
    return [
        Text(f"{text}."),
        table(
            "Personalisation",
            rows.sort_values("method", ascending=False, kind="stable"),
            "participant | session | method | neutral_frames | neutral_s:1=neutral (s) | reason=why plain",
            note="The frames of the mean neutral image neither train nor are scored.",
            link="../eyes/personalisation.csv",
        ),
    ]


def _removed(removed: pd.DataFrame) -> list[Block]:
    """Labelled frames that are not scored: by reason, and by participant and reason."""
    if removed.empty:
        return [Text("No labelled frame was left out of training or scoring.")]
    numbers = removed["reason"].value_counts()
    reasons = list(numbers.index)
    wide = removed.pivot_table(index="participant", columns="reason", values="frame", aggfunc="count", fill_value=0)
    wide = pd.concat([numbers.to_frame("all").T, wide[reasons]]).rename_axis("participant")
    wide.insert(0, "removed", wide.sum(axis=1))
    parts = [f"{reason} {number}" for reason, number in numbers.items()]
    verb = "is" if len(removed) == 1 else "are"
    text = f"{plural(len(removed), 'labelled frame')} {verb} not scored: {listed(parts, 8)}. They do not train either"
    text += ", except the shared ones: other people have an image of them, too." if SHARED in reasons else "."
    if "blink" in reasons:
        text += " Blinks were found by classifiers that never saw the person."
    columns = " | ".join(["participant", "removed", *reasons])
    return [Text(text), table("Removed frames", wide.reset_index(), columns, link="../eyes/removed.csv")]


def _identical(found: pd.DataFrame, done: str) -> list[Block]:
    """Images whose bytes come again under another label or another person."""
    if found.empty:
        return [Text("No image occurs under two labels or of two people.")]
    groups = found.groupby("group")["problem"].first().value_counts()
    kinds = [f"{number} with {str(name).replace('; ', ' and ')}" for name, number in groups.items()]
    return [
        Text(
            f"{plural(len(found), 'image')} in {plural(int(groups.sum()), 'group')} are identical to another one under "
            f"a different label or of a different person ({listed(kinds)}); they are {done}."
        ),
        table(
            "Identical images",
            named(found.head(IDENTICAL_ROWS)),
            "group | participant | eye | label | problem | image",
            note=f"The first {IDENTICAL_ROWS} of {len(found)} images." if len(found) > IDENTICAL_ROWS else "",
            link="../eyes/identical.csv",
        ),
    ]


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
        spans = own.groupby("recording")["time_s"].agg(np.ptp).sum() / 60
        rows.append(
            {
                "participant": str(participant),
                "kind": str(kind),
                "minutes": spans,
                "openness": own["openness"].astype(float).mean(),
                "blinks": begun.sum() / spans if spans > 0 and own["openness"].notna().any() else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=["participant", "kind", "minutes", "openness", "blinks"])


def _openness_table(features: dict[str, str]) -> Table:
    parts = [part for part in map(openness, features.values()) if len(part)]
    return table(
        "Openness and blinks",
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["participant"]),
        "participant | kind=recordings | minutes:1 | openness=mean openness | blinks:1=blinks a minute",
        note="Openness: 1 − probability of closed eyes, by the blink classifier of the fold that never saw the person. "
        "In a calibration, eyes that were closed on demand count as well.",
        folded=True,
    )


PICTURES: list[Block] = [
    Text(SHOWN),
    Picture(
        "eye_neutrals",
        "What personalisation removes",
        "A frame, the mean neutral image of the same person and session, and what is left of the frame without it "
        "(grey: no difference). The wearer's left eye is on the left.",
        "Eye images of a few people beside the mean neutral image of their session, and the difference.",
    ),
    Picture(
        "eye_examples",
        "Examples",
        "Of each person and label the frame in the middle of those that are used.",
        "Example eye images by person and label.",
    ),
]
