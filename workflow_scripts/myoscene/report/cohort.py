"""The recordings on the page: the cohort and its quality."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from myoscene.drawing import style
from myoscene.report import choose
from myoscene.report.blocks import Block, Picture, listed, plural, section, shorten, table, words
from myoscene.report.load import Options, Tables


def no_recordings(tables: Tables) -> str:
    """Why there are no EMG recordings."""
    if tables.setting("recordings.input") == "eyes":
        return "This section is left out because the input is eye images alone, without EMG recordings."
    return "This section is left out because the input is a table of ready features and not recordings."


@section("cohort", "Cohort", "sheet", no_recordings)
def cohort_section(tables: Tables, options: Options) -> Iterator[Block]:
    sheet = tables.sheet
    people = sheet["participant"].nunique()
    channels = _channels(sheet)
    yield {
        "participant" if people == 1 else "participants": str(people),
        "recordings": str(len(sheet)),
        "of them scenes": str((sheet["kind"] == "scene").sum()),
        "EMG channels": str(len(channels)),
        "of signal": f"{float(sheet['duration_s'].sum()) / 60:.0f} min",
        "declared sampling rate": f"{_rates(sheet)} Hz",
    }
    yield f"Channels: {listed([name.replace('_', ' ') for name in channels], 40)}."
    yield _normaliser(tables)
    yield from roles(tables)
    applied = list(tables.participants.loc[tables.participants["role"] == "apply", "participant"])
    # The lowest effective rate among a person's signals, in Hz.
    lowest = tables.quality.groupby("participant")["effective_rate_hz"].min()
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
        for participant, own in sheet.groupby("participant", sort=False)
    ]
    yield table(
        "Participants",
        pd.DataFrame(rows),
        "participant | role | calibrations | scenes | minutes:1 | channels | rate:right=declared rate (Hz) | "
        "effective:1=lowest effective rate (Hz)",
        link="../recordings/sheet.csv",
    )


def _channels(sheet: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(name for item in sheet["channels"] for name in item.split(";") if name))


def _rates(sheet: pd.DataFrame) -> str:
    return " / ".join(f"{rate:g}" for rate in sorted(set(sheet["rate_hz"])))


def roles(tables: Tables) -> Iterator[str]:
    """How people come in, where not everybody trains."""
    applied = list(tables.participants.loc[tables.participants["role"] == "apply", "participant"])
    if applied:
        yield (
            f"{plural(len(tables.participants) - len(applied), 'participant')} trained the models, each predicted by "
            f"the fold that held the person out (train); {listed(applied, 20)} trained nothing (apply): frozen models "
            "predict them, as the mean over all folds, none of which saw them."
        )


def _normaliser(tables: Tables) -> str:
    """Which normaliser, fitted on which recordings, for how many participants."""
    if not tables.normalisers:
        return "No normaliser was fitted."
    methods = sorted({item["method"] for item in tables.normalisers})
    if methods == ["none"]:
        return "Signals were not normalised."
    recordings = sorted({name for item in tables.normalisers for name in item["fitted_on"]})
    scope = (
        "each participant's own calibration alone"
        if tables.setting("emg.normalise.fit_on") == "calibration"
        else "all of each participant's recordings, scenes included"
    )
    return (
        f"Normaliser: {listed(methods)}, fitted on {scope} ({listed(recordings)}), "
        f"for {plural(len(tables.normalisers), 'participant')}."
    )


def _no_quality(tables: Tables) -> str:
    if "quality" in tables.given:
        return "This section is left out because no recording has a quality row."
    return no_recordings(tables)


@section("quality", "Signal quality", "quality", _no_quality)
def quality_section(tables: Tables, options: Options) -> Iterator[Block]:
    quality = tables.quality
    bad = quality[quality["flags"].ne("")]
    yield (
        f"{len(bad)} of {len(quality)} signals (one channel of one recording) carry a flag. A flag is a warning: "
        "flagged signals stay in the analysis unless the configuration leaves them out."
    )
    yield Picture(
        "quality",
        "Signal quality",
        "Median band signal-to-noise ratio (expression over neutral) of each participant and channel in dB, where a "
        "calibration measures it; elsewhere the share of flagged recordings. Framed, with ▲ and a number: so many of "
        "the person's recordings are flagged in that channel. Grey: there is no value.",
        f"Heat map of signal quality by participant and channel: {len(bad)} of {len(quality)} signals are flagged.",
    )
    if len(bad):
        numeric = [name for name in bad.columns if is_numeric_dtype(bad[name]) and not is_bool_dtype(bad[name])]
        measures = [f"{name}:{4 if name.endswith(('fraction', 'ratio', 'share')) else 2}" for name in numeric]
        columns = " | ".join(["participant", "recording", "channel", "flags", *measures])
        yield table("Flags", choose.flag_counts(quality), "flag | signals | recordings | participants | channels")
        yield table("Flagged signals", bad, columns, link="../emg/quality.csv", folded=True)


def by_channel(quality: pd.DataFrame, values: pd.Series, summary: str) -> pd.DataFrame:
    """``summary`` of ``values`` by participant (rows) and channel (columns), in the order of the table."""
    table = quality.assign(value=values).pivot_table("value", "participant", "channel", aggfunc=summary)  # type: ignore[arg-type]
    return table.reindex(index=quality["participant"].unique(), columns=quality["channel"].unique())


def loudness(quality: pd.DataFrame) -> pd.DataFrame | None:
    """Median signal-to-noise ratio (dB) by participant and channel; ``None`` where no recording has one."""
    return by_channel(quality, quality["snr_db"], "median") if quality["snr_db"].notna().any() else None


def draw_quality(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Signal-to-noise ratio of each participant and channel; framed where recordings are flagged.

    Where there is no calibration to measure the ratio in, colours show the share of flagged recordings.
    """
    if tables.quality.empty:
        return style.notice("There is no quality table.", frame)
    flagged = tables.quality["flags"].ne("")
    counts, ratio = by_channel(tables.quality, flagged, "sum"), loudness(tables.quality)
    table = by_channel(tables.quality, flagged, "mean") if ratio is None else ratio
    if frame.wide:  # people beside each other; on a phone they stand below each other
        table, counts = table.T, counts.T
    values = table.to_numpy(dtype=float)
    rows, columns = values.shape
    figure, axes = plt.subplots(figsize=(frame.width_in, max(1.6, 0.27 * rows + 1.25)))
    top = 1.0 if ratio is None else max(20.0, float(np.nanmax(values)))
    low = 0.0 if ratio is None else min(0.0, float(np.nanmin(values)))
    mesh = style.cells(axes, values, style.WARNING if ratio is None else style.SEQUENTIAL, low, top, "#DDE2E8")
    dark = (values - low) / (top - low) > 0.6
    for (row, column), marked in np.ndenumerate(counts.fillna(0).to_numpy(dtype=int)):
        value = values[row, column]
        text = f"{value:.0f}" if ratio is not None and np.isfinite(value) else ""
        if marked:
            box = Rectangle((column + 0.05, row + 0.08), 0.9, 0.84, fill=False, ec="#D06A12", lw=1.6, zorder=3)
            axes.add_patch(box)
            text = f"{text} ▲{marked}".strip()
        if text and columns <= 34:  # else there is no room for numbers: the frames stay
            size, colour = 7.5 if columns <= 20 else 6.0, "white" if dark[row, column] else style.INK
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=size, color=colour)
    names = [[shorten(words(name), 24) for name in of] for of in (table.index, table.columns)]
    axes.set_yticks(np.arange(rows) + 0.5, names[0], fontsize=8)
    axes.set_xticks(np.arange(columns) + 0.5, names[1], fontsize=8 if columns <= 24 else 6)
    if columns > 10 or not frame.wide:
        plt.setp(axes.get_xticklabels(), rotation=60, ha="right", rotation_mode="anchor")
    label = "share of recordings flagged" if ratio is None else "signal-to-noise ratio (dB), median"
    style.colour_bar(axes, mesh, label, location="top", shrink=0.5 if frame.wide else 0.9, aspect=40, pad=0.02)
    return figure
