"""Section on the eye images themselves: who, how many, how personalised, what was left out."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from myoscene.eyes.tables import SHARED
from myoscene.report.blocks import Facts, Picture, Section, Text, count, listed, number, plain, plural, table
from myoscene.report.choose import words
from myoscene.report.eyes import without_neutral
from myoscene.report.load import Tables
from myoscene.report.sections.cohort import roles_sentence

FLAGS = ("blank", "saturated", "blurred", "frozen")
IDENTICAL_ROWS = 40
LEFT_OUT = "not scored, and those under different labels of one person do not train"
HIDDEN = (
    "Eye images identify people, so none is shown here; set report.show_eyes to true to see mean neutral images, what "
    "personalisation removes, and examples."
)
SHOWN = "This page shows parts of faces: eye images identify people, so do not pass it on as anonymous."


def eyes_section(tables: Tables, options: dict) -> Section | None:
    """Eye recordings, personalisation, removed and identical images; ``None`` where there are no eye images."""
    sheet = tables.eye_sheet
    if sheet is None or sheet.empty:
        return None
    section = Section("eyes", "Eye images")
    section.blocks = [_facts(sheet)]
    if bool(sheet["synthetic"].any()):
        section.blocks.append(Text("Synthetic: the demo generator rendered these images; they are of nobody."))
    if tables.sheet is None and roles_sentence(tables):  # without EMG there is no section on the cohort
        section.blocks.append(Text(roles_sentence(tables)))
    section.blocks.append(_sheet_table(sheet))
    if tables.eye_personalisation is not None and len(tables.eye_personalisation):
        section.blocks += _personalisation(tables.eye_personalisation)
    section.blocks += _removed(tables.eye_removed)
    section.blocks += _identical(tables)
    if tables.eye_features:
        section.blocks.append(_openness_table(tables.eye_features))
    return with_pictures(section, bool(options["show_eyes"]) and bool(tables.eye_frames))


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


def _sheet_table(sheet: pd.DataFrame):
    frame = sheet.assign(one_eyed=sheet["left_only"] + sheet["right_only"])
    return table(
        "Eye recordings",
        frame,
        [
            ("participant", "participant", plain),
            ("session", "session", plain),
            ("recording", "recording", plain),
            ("kind", "kind", plain),
            ("frames", "frames", count),
            ("labelled", "labelled", count),
            ("rate_hz", "rate (Hz)", number(1)),
            ("missing", "missing", count),
            ("left_only", "left eye only", count),
            ("right_only", "right eye only", count),
            *((name, name, count) for name in FLAGS),
        ],
        note="Missing: frames expected at that rate that are not there. Flags count images; a flagged image is not "
        "used.",
        link="../eyes/sheet.csv",
    )


def _personalisation(rows: pd.DataFrame) -> list:
    """Which sessions are personalised, and which fall back to plain images."""
    plain_rows = rows[rows["method"] == "plain"]
    text = f"{len(rows) - len(plain_rows)} of {plural(len(rows), 'session')} have a mean neutral image of their own"
    if len(plain_rows):
        people = sorted(set(plain_rows["participant"]))
        verb = "has none and falls" if len(plain_rows) == 1 else "have none and fall"
        text += f"; {plural(len(plain_rows), 'session')} of {listed(people)} {verb} back to plain images"
        whole = sorted(without_neutral(rows))
        text += f" (no session at all with one: {listed(whole)})" if whole else ""
    return [
        Text(f"{text}."),
        table(
            "Personalisation",
            rows.sort_values("method", ascending=False, kind="stable"),
            [
                ("participant", "participant", plain),
                ("session", "session", plain),
                ("method", "method", plain),
                ("neutral_frames", "neutral frames", count),
                ("neutral_s", "neutral (s)", number(1)),
                ("reason", "why plain", plain),
            ],
            note="The frames of the mean neutral image neither train nor are scored.",
            link="../eyes/personalisation.csv",
            folded=True if len(rows) > 12 else None,
        ),
    ]


def _removed(removed: pd.DataFrame | None) -> list:
    """Labelled frames that are not scored: by reason, and by participant and reason."""
    if removed is None:
        return []
    if removed.empty:
        return [Text("No labelled frame was left out of training or scoring.")]
    reasons = list(removed["reason"].value_counts().index)
    wide = removed.pivot_table(index="participant", columns="reason", values="frame", aggfunc="count", fill_value=0)
    wide = wide[reasons].reset_index()
    wide.insert(1, "all", wide[reasons].sum(axis=1))
    numbers = {str(reason): int(number) for reason, number in removed["reason"].value_counts().items()}
    total = {"participant": "all", "all": len(removed), **numbers}
    wide = pd.concat([pd.DataFrame([total]), wide], ignore_index=True)
    parts = [f"{name} {number}" for name, number in numbers.items()]
    verb = "is" if len(removed) == 1 else "are"
    text = f"{plural(len(removed), 'labelled frame')} {verb} not scored: {listed(parts, 8)}. They do not train either"
    text += ", except the shared ones: other people have an image of them, too." if SHARED in reasons else "."
    if "blink" in reasons:
        text += " Blinks were found by classifiers that never saw the person."
    return [
        Text(text),
        table(
            "Removed frames",
            wide,
            [("participant", "participant", plain), ("all", "removed", count), *((n, n, count) for n in reasons)],
            link="../eyes/removed.csv",
        ),
    ]


def _identical(tables: Tables) -> list:
    """Images whose bytes come again under another label or another person."""
    found = tables.eye_identical
    if found is None:
        return []
    if found.empty:
        return [Text("No image occurs under two labels or of two people.")]
    groups = found.groupby("group")["problem"].first().value_counts()
    kinds = [f"{number} with {str(name).replace('; ', ' and ')}" for name, number in groups.items()]
    kept = ((tables.config.get("eyes") or {}).get("quality") or {}).get("identical") == "keep"
    return [
        Text(
            f"{plural(len(found), 'image')} in {plural(int(groups.sum()), 'group')} are identical to another one under "
            f"a different label or of a different person ({listed(kinds)}); they are "
            f"{'used all the same' if kept else LEFT_OUT}."
        ),
        table(
            "Identical images",
            found.head(IDENTICAL_ROWS).assign(label=[words(name) for name in found["label"].head(IDENTICAL_ROWS)]),
            [
                ("group", "group", count),
                ("participant", "participant", plain),
                ("eye", "eye", plain),
                ("label", "label", plain),
                ("problem", "problem", plain),
                ("image", "image", plain),
            ],
            note=f"The first {IDENTICAL_ROWS} of {len(found)} images." if len(found) > IDENTICAL_ROWS else "",
            link="../eyes/identical.csv",
        ),
    ]


def openness(path: str) -> pd.DataFrame:
    """Of one participant's eye features, by kind of recording: minutes, mean openness, blinks a minute.

    A blink is a run of frames that the fold's classifier calls one; its length does not matter.
    """
    columns = ["participant", "recording", "kind", "frame", "time_s", "openness", "blink"]
    frames = pq.read_table(path, columns=columns, partitioning=None).to_pandas()
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


def _openness_table(features: dict[str, str]):
    parts = [part for part in (openness(path) for path in features.values()) if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["participant"])
    return table(
        "Openness and blinks",
        frame,
        [
            ("participant", "participant", plain),
            ("kind", "recordings", plain),
            ("minutes", "minutes", number(1)),
            ("openness", "mean openness", number(3)),
            ("blinks", "blinks a minute", number(1)),
        ],
        note="Openness: 1 − probability of closed eyes, by the blink classifier of the fold that never saw the "
        "person. In "
        "a calibration, eyes that were closed on demand count as well.",
        folded=True,
    )


def with_pictures(section: Section, shown: bool) -> Section:
    """Pictures of parts of faces where they may be shown; else one sentence that says why there are none."""
    if not shown:
        section.blocks.append(Text(HIDDEN))
        return section
    section.blocks += [
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
    return section
