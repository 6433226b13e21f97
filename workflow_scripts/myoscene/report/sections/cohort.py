"""Sections on the recordings: the cohort, its quality, and what was left out."""

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from myoscene.report.blocks import Block, Facts, Picture, Text, listed, plural, section, table
from myoscene.report.choose import flag_counts
from myoscene.report.load import Options, Tables


def no_recordings(tables: Tables) -> str:
    """Why there are no EMG recordings."""
    if tables.setting("recordings.input") == "eyes":
        return "This section is left out because the input is eye images alone, without EMG recordings."
    return "This section is left out because the input is a table of ready features and not recordings."


@section("cohort", "Cohort", "sheet", no_recordings)
def cohort_section(tables: Tables, options: Options) -> list[Block]:
    """Who was recorded, with how many channels, how long and at which rate."""
    sheet = tables.sheet
    people = sheet["participant"].nunique()
    channels = _channels(sheet)
    roles = roles_sentence(tables)
    return [
        Facts(
            [
                (str(people), "participant" if people == 1 else "participants"),
                (str(len(sheet)), "recordings"),
                (str(int((sheet["kind"] == "scene").sum())), "of them scenes"),
                (str(len(channels)), "EMG channels"),
                (f"{float(sheet['duration_s'].sum()) / 60:.0f} min", "of signal"),
                (f"{_rates(sheet)} Hz", "declared sampling rate"),
            ]
        ),
        Text(f"Channels: {listed([name.replace('_', ' ') for name in channels], 40)}."),
        Text(normaliser_sentence(tables)),
        *([Text(roles)] if roles else []),
        table(
            "Participants",
            _by_participant(tables),
            "participant | role | calibrations | scenes | minutes:1 | channels | rate:right=declared rate (Hz) | "
            "effective:1=lowest effective rate (Hz)",
            link="../recordings/sheet.csv",
        ),
    ]


def _channels(sheet: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(name for item in sheet["channels"] for name in item.split(";") if name))


def _rates(sheet: pd.DataFrame) -> str:
    return " / ".join(f"{rate:g}" for rate in sorted(set(sheet["rate_hz"])))


def only_predicted(tables: Tables) -> list[str]:
    """Names of the participants who train nothing, in the order of their table."""
    people = tables.participants
    return list(people.loc[people["role"] == "apply", "participant"]) if len(people) else []


def roles_sentence(tables: Tables) -> str:
    """How people come in, where not everybody trains; '' where everybody does."""
    applied = only_predicted(tables)
    if not applied:
        return ""
    return (
        f"{plural(len(tables.participants) - len(applied), 'participant')} trained the models, each predicted by the "
        f"fold that held the person out (train); {listed(applied, 20)} trained nothing (apply): frozen models predict "
        "them, as the mean over all folds, none of which saw them."
    )


def _by_participant(tables: Tables) -> pd.DataFrame:
    applied, quality = only_predicted(tables), tables.quality
    # The lowest effective rate among a person's signals, in Hz.
    lowest = quality.groupby("participant")["effective_rate_hz"].min() if len(quality) else pd.Series(dtype=float)
    rows = [
        {
            "participant": participant,
            "role": "apply" if participant in applied else "train",
            "calibrations": int((own["kind"] == "calibration").sum()),
            "scenes": int((own["kind"] == "scene").sum()),
            "minutes": own["duration_s"].sum() / 60,
            "channels": len(_channels(own)),
            "effective": lowest.get(participant, float("nan")),
            "rate": _rates(own),
        }
        for participant, own in tables.sheet.groupby("participant", sort=False)
    ]
    return pd.DataFrame(rows)


def normaliser_sentence(tables: Tables) -> str:
    """Which normaliser, fitted on which recordings, for how many participants."""
    if not tables.normalisers:
        return "No normaliser was fitted."
    methods = sorted({str(item.get("method", "")) for item in tables.normalisers})
    if methods == ["none"]:
        return "Signals were not normalised."
    recordings = sorted({str(name) for item in tables.normalisers for name in item.get("fitted_on", [])})
    scope = (
        "each participant's own calibration alone"
        if tables.setting("emg.normalise.fit_on", "calibration") == "calibration"
        else "all of each participant's recordings, scenes included"
    )
    return (
        f"Normaliser: {listed(methods)}, fitted on {scope} ({listed(recordings)}), "
        f"for {plural(len(tables.normalisers), 'participant')}."
    )


def _no_quality(tables: Tables) -> str:
    if tables.given("quality"):
        return "This section is left out because no recording has a quality row."
    return no_recordings(tables)


@section("quality", "Signal quality", "quality", _no_quality)
def quality_section(tables: Tables, options: Options) -> list[Block]:
    """Which signals are flagged, and why."""
    quality = tables.quality
    bad = quality[quality["flags"].ne("")]
    blocks: list[Block] = [
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
    if len(bad):
        measures = "participant | recording | channel | flags | " + _measures(bad)
        blocks += [
            table("Flags", flag_counts(quality), "flag | signals | recordings | participants | channels"),
            table("Flagged signals", bad, measures, link="../emg/quality.csv", folded=True),
        ]
    return blocks


def _measures(quality: pd.DataFrame) -> str:
    """The numeric columns of the quality table, in its order."""
    numeric = [name for name in quality.columns if is_numeric_dtype(quality[name]) and not is_bool_dtype(quality[name])]
    return " | ".join(f"{name}:{4 if name.endswith(('fraction', 'ratio', 'share')) else 2}" for name in numeric)


@section("exclusions", "What was left out, and why", otherwise=no_recordings)
def exclusions_section(tables: Tables, options: Options) -> list[Block]:
    """What was left out or is incomplete, and why."""
    if not tables.given("exclusions") and not tables.given("sheet"):
        return []
    left_out: Block = Text("No participant, recording or channel was left out.")
    if tables.has("exclusions"):
        columns, link = "participant | recording | channel | reason", "../recordings/exclusions.csv"
        left_out = table("Left out or incomplete", tables.exclusions, columns, link=link)
    return [left_out, *map(Text, _gaps(tables))]


def _gaps(tables: Tables) -> list[str]:
    """Sentences on values that are missing from results without anything having been left out."""
    sentences = []
    features = tables.expression_features
    missing = int(features["value"].isna().sum()) if len(features) else 0
    if missing:
        sentences.append(
            f"{missing} of {len(features)} expression feature values are undefined (the latency of a bout that never "
            "came, say) and count as missing, never as 0."
        )
    missing = int(tables.families["missing"].sum()) if tables.has("families") else 0
    if missing:
        sentences.append(
            f"{plural(missing, 'test')} had no p-value (a constant feature, too few rows) and left the family before "
            "the correction for multiple tests."
        )
    notes = [
        f"{participant}, {model}: {note}"
        for model, people in tables.people.items()
        for participant, note in zip(people["participant"], people["note"], strict=True)
        if note
    ]
    return [*sentences, *([f"Scores with a reservation: {listed(notes, 8)}."] if notes else [])]
