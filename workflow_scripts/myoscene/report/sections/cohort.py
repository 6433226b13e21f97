"""Sections on the recordings: the cohort, its quality, and what was left out."""

import pandas as pd

from myoscene.report.blocks import (
    Facts,
    Picture,
    Section,
    Text,
    count,
    listed,
    number,
    plain,
    plural,
    span,
    table,
)
from myoscene.report.choose import flag_counts
from myoscene.report.load import Tables


def no_recordings(tables: Tables) -> str:
    """Why there are no EMG recordings."""
    if (tables.config.get("recordings") or {}).get("input") == "eyes":
        return "This section is left out because the input is eye images alone, without EMG recordings."
    return "This section is left out because the input is a table of ready features and not recordings."


def cohort_section(tables: Tables) -> Section:
    """Who was recorded, with how many channels, how long and at which rate."""
    section = Section("cohort", "Cohort")
    sheet = tables.sheet
    if sheet is None or sheet.empty:
        section.missing = no_recordings(tables)
        return section
    people = sheet["participant"].nunique()
    scenes = int((sheet["kind"] == "scene").sum())
    rates = sorted(set(sheet["rate_hz"].astype(float)))
    channels = list(dict.fromkeys(name for item in sheet["channels"] for name in str(item).split(";") if name))
    facts = [
        (str(people), "participant" if people == 1 else "participants"),
        (str(len(sheet)), "recordings"),
        (str(scenes), "of them scenes"),
        (str(len(channels)), "EMG channels"),
        (f"{float(sheet['duration_s'].sum()) / 60:.0f} min", "of signal"),
        (" / ".join(f"{rate:g}" for rate in rates) + " Hz", "declared sampling rate"),
    ]
    section.blocks = [
        Facts(facts),
        Text(f"Channels: {listed([name.replace('_', ' ') for name in channels], 40)}."),
        Text(normaliser_sentence(tables)),
        *([Text(roles_sentence(tables))] if roles_sentence(tables) else []),
        table(
            "Participants",
            _by_participant(sheet, tables.quality, only_predicted(tables)),
            [
                ("participant", "participant", plain),
                ("role", "role", plain),
                ("calibrations", "calibrations", count),
                ("scenes", "scenes", count),
                ("minutes", "minutes", number(1)),
                ("channels", "channels", count),
                ("rate", "declared rate (Hz)", span),
                ("effective", "lowest effective rate (Hz)", number(1)),
            ],
            link="../recordings/sheet.csv",
        ),
    ]
    return section


def only_predicted(tables: Tables) -> list[str]:
    """Names of the participants who train nothing, in the order of their table."""
    people = tables.participants
    return [] if people is None else people.loc[people["role"] == "apply", "participant"].astype(str).tolist()


def roles_sentence(tables: Tables) -> str:
    """How people come in, where not everybody trains; '' where everybody does."""
    applied = only_predicted(tables)
    if not applied or tables.participants is None:
        return ""
    training = len(tables.participants) - len(applied)
    return (
        f"{plural(training, 'participant')} trained the models, each predicted by the fold that held the person out "
        f"(train); {listed(applied, 20)} trained nothing (apply): frozen models predict them, as the mean over all "
        "folds, none of which saw them."
    )


def _by_participant(sheet: pd.DataFrame, quality: pd.DataFrame | None, applied: list[str]) -> pd.DataFrame:
    rows = []
    for participant, own in sheet.groupby("participant", sort=False):
        channels = {name for item in own["channels"] for name in str(item).split(";") if name}
        rows.append(
            {
                "participant": participant,
                "role": "apply" if participant in applied else "train",
                "calibrations": int((own["kind"] == "calibration").sum()),
                "scenes": int((own["kind"] == "scene").sum()),
                "minutes": float(own["duration_s"].sum()) / 60,
                "channels": len(channels),
                "effective": _effective_rate(quality, str(participant)),
                "rate": " / ".join(f"{rate:g}" for rate in sorted(set(own["rate_hz"].astype(float)))),
            }
        )
    return pd.DataFrame(rows)


def _effective_rate(quality: pd.DataFrame | None, participant: str) -> float | None:
    """The lowest effective rate among a person's signals, in Hz."""
    if quality is None:
        return None
    rates = quality.loc[quality["participant"] == participant, "effective_rate_hz"].dropna()
    return float(rates.min()) if len(rates) else None


def normaliser_sentence(tables: Tables) -> str:
    """Which normaliser, fitted on which recordings, for how many participants."""
    if not tables.normalisers:
        return "No normaliser was fitted."
    methods = sorted({str(item.get("method", "")) for item in tables.normalisers})
    if methods == ["none"]:
        return "Signals were not normalised."
    recordings = sorted({str(name) for item in tables.normalisers for name in item.get("fitted_on", [])})
    fit_on = (tables.config.get("emg") or {}).get("normalise", {}).get("fit_on", "calibration")
    scope = (
        "each participant's own calibration alone"
        if fit_on == "calibration"
        else "all of each participant's recordings, scenes included"
    )
    return (
        f"Normaliser: {listed(methods)}, fitted on {scope} ({listed(recordings)}), "
        f"for {plural(len(tables.normalisers), 'participant')}."
    )


# Column of the quality table, label, decimals; whichever a run has is shown.
QUALITY_COLUMNS = [
    ("participant", "participant", plain),
    ("recording", "recording", plain),
    ("channel", "channel", plain),
    ("flags", "flags", plain),
]


def quality_section(tables: Tables) -> Section:
    """Which signals are flagged, and why."""
    section = Section("quality", "Signal quality")
    quality = tables.quality
    if quality is None:
        section.missing = no_recordings(tables)
        return section
    if quality.empty:
        section.missing = "This section is left out because no recording has a quality row."
        return section
    flags = flag_counts(quality)
    bad = quality[quality["flags"].ne("")]
    section.blocks = [
        Text(
            f"{len(bad)} of {len(quality)} signals (one channel of one recording) carry a flag. A flag is a warning: "
            "flagged signals stay in the analysis unless the configuration leaves them out."
        ),
        Picture(
            "quality",
            "Signal quality",
            "Median band signal-to-noise ratio (expression over neutral) of each participant and channel in dB, where "
            "a calibration measures it; elsewhere the share of flagged recordings. Framed, with ▲ and a number: so "
            "many of the person's recordings are flagged in that channel. Grey: there is no value.",
            f"Heat map of signal quality by participant and channel: {len(bad)} of {len(quality)} signals are flagged.",
        ),
    ]
    if len(flags):
        section.blocks += _flag_tables(flags, bad)
    return section


def _flag_tables(flags: pd.DataFrame, bad: pd.DataFrame) -> list:
    """Flags by frequency, and every flagged signal with its measures."""
    return [
        table(
            "Flags",
            flags,
            [
                ("flag", "flag", plain),
                ("signals", "signals", count),
                ("recordings", "recordings", count),
                ("participants", "participants", count),
                ("channels", "channels", plain),
            ],
        ),
        table(
            "Flagged signals",
            bad,
            [*QUALITY_COLUMNS, *_metrics(bad)],
            link="../emg/quality.csv",
            folded=True,
        ),
    ]


def _metrics(quality: pd.DataFrame) -> list:
    """The numeric columns of the quality table, in its order."""
    columns = []
    for name in quality.columns:
        if name == "synthetic" or not pd.api.types.is_numeric_dtype(quality[name]):
            continue
        if pd.api.types.is_bool_dtype(quality[name]):
            continue
        label = name.replace("_", " ")
        columns.append((name, label, number(4 if name.endswith(("fraction", "ratio", "share")) else 2)))
    return columns


def exclusions_section(tables: Tables) -> Section:
    """What was left out or is incomplete, and why."""
    section = Section("exclusions", "What was left out, and why")
    exclusions = tables.exclusions
    if exclusions is None and tables.sheet is None:
        section.missing = no_recordings(tables)
        return section
    if exclusions is None or exclusions.empty:
        section.blocks.append(Text("No participant, recording or channel was left out."))
    else:
        section.blocks.append(
            table(
                "Left out or incomplete",
                exclusions,
                [
                    ("participant", "participant", plain),
                    ("recording", "recording", plain),
                    ("channel", "channel", plain),
                    ("reason", "reason", plain),
                ],
                link="../recordings/exclusions.csv",
            )
        )
    section.blocks.extend(Text(sentence) for sentence in _gaps(tables))
    return section


def _gaps(tables: Tables) -> list[str]:
    """Sentences on values that are missing from results without anything having been left out."""
    sentences = []
    features = tables.expression_features
    if features is not None and len(features):
        missing = int(features["value"].isna().sum())
        if missing:
            sentences.append(
                f"{missing} of {len(features)} expression feature values are undefined (the latency of a bout that "
                "never came, say) and count as missing, never as 0."
            )
    if tables.families is not None and len(tables.families):
        missing = int(tables.families["missing"].sum())
        if missing:
            sentences.append(
                f"{plural(missing, 'test')} had no p-value (a constant feature, too few rows) and left the family "
                "before the correction for multiple tests."
            )
    notes = [
        f"{row['participant']}, {model}: {row['note']}"
        for model, people in tables.people.items()
        for _, row in people.iterrows()
        if row.get("note")
    ]
    if notes:
        sentences.append(f"Scores with a reservation: {listed(notes, 8)}.")
    return sentences
