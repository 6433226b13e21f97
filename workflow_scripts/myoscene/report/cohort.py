"""The picture of the recordings' quality."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from myoscene.drawing.style import INK, SEQUENTIAL, WARNING, Frame, cells, colour_bar, notice
from myoscene.report.blocks import words
from myoscene.report.choose import shorten
from myoscene.report.load import Options, Tables


def by_channel(quality: pd.DataFrame, values: pd.Series, summary: str) -> pd.DataFrame:
    """``summary`` of ``values`` by participant (rows) and channel (columns), in the order of the table."""
    table = quality.assign(value=values).pivot_table("value", "participant", "channel", aggfunc=summary)  # type: ignore[arg-type]
    return table.reindex(index=quality["participant"].unique(), columns=quality["channel"].unique())


def loudness(quality: pd.DataFrame) -> pd.DataFrame | None:
    """Median signal-to-noise ratio (dB) by participant and channel; ``None`` where no recording has one."""
    return by_channel(quality, quality["snr_db"], "median") if quality["snr_db"].notna().any() else None


def draw_quality(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Signal-to-noise ratio of each participant and channel; framed where recordings are flagged.

    Where there is no calibration to measure the ratio in, colours show the share of flagged recordings.
    """
    if tables.quality.empty:
        return notice("There is no quality table.", frame)
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
    mesh = cells(axes, values, WARNING if ratio is None else SEQUENTIAL, low, top, "#DDE2E8")
    dark = (values - low) / (top - low) > 0.6
    told = np.full_like(values, np.nan) if ratio is None else values
    _quality_cells(axes, told, dark, counts.fillna(0).to_numpy(dtype=int))
    names = [[shorten(words(name), 24) for name in of] for of in (table.index, table.columns)]
    axes.set_yticks(np.arange(rows) + 0.5, names[0], fontsize=8)
    axes.set_xticks(np.arange(columns) + 0.5, names[1], fontsize=8 if columns <= 24 else 6)
    if columns > 10 or not frame.wide:
        plt.setp(axes.get_xticklabels(), rotation=60, ha="right", rotation_mode="anchor")
    label = "share of recordings flagged" if ratio is None else "signal-to-noise ratio (dB), median"
    colour_bar(axes, mesh, label, location="top", shrink=0.5 if frame.wide else 0.9, aspect=40, pad=0.02)
    return figure


def _quality_cells(axes: Axes, values: np.ndarray, dark: np.ndarray, counts: np.ndarray) -> None:
    """Numbers in the cells, and a frame around each that holds a flag."""
    columns = values.shape[1]
    for (row, column), value in np.ndenumerate(values):
        marked = counts[row, column]
        if marked:
            box = Rectangle((column + 0.05, row + 0.08), 0.9, 0.84, fill=False, ec="#D06A12", lw=1.6, zorder=3)
            axes.add_patch(box)
        text = f"{value:.0f}" if np.isfinite(value) else ""
        text = f"{text} ▲{marked}".strip() if marked else text
        if text and columns <= 34:  # else there is no room for numbers: the frames stay
            size, colour = 7.5 if columns <= 20 else 6.0, "white" if dark[row, column] else INK
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=size, color=colour)
