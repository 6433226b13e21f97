"""The picture of the recordings' quality."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from myoscene.drawing.style import INK, SEQUENTIAL, WARNING, Frame, notice
from myoscene.report.choose import shorten, words
from myoscene.report.load import Options, Tables


def flagged(quality: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Recordings flagged, and all recordings, by participant (rows) and channel (columns), in table order."""
    people = list(dict.fromkeys(quality["participant"]))
    channels = list(dict.fromkeys(quality["channel"]))
    marked = quality.assign(flagged=quality["flags"].ne("").astype(int), one=1)
    tables = [
        marked.pivot_table(index="participant", columns="channel", values=value, aggfunc="sum").reindex(
            index=people, columns=channels
        )
        for value in ("flagged", "one")
    ]
    return tables[0], tables[1]


def loudness(quality: pd.DataFrame) -> pd.DataFrame | None:
    """Median signal-to-noise ratio (dB) by participant and channel; ``None`` where no recording has one."""
    measured = quality.dropna(subset=["snr_db"])
    if measured.empty:
        return None
    table = measured.pivot_table(index="participant", columns="channel", values="snr_db", aggfunc="median")
    people, channels = list(dict.fromkeys(quality["participant"])), list(dict.fromkeys(quality["channel"]))
    return table.reindex(index=people, columns=channels)


def draw_quality(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Signal-to-noise ratio of each participant and channel; framed where recordings are flagged.

    Where there is no calibration to measure the ratio in, colours show the share of flagged recordings.
    """
    if tables.quality.empty:
        return notice("There is no quality table.", frame)
    count, total = flagged(tables.quality)
    ratio = loudness(tables.quality)
    values = (count / total if ratio is None else ratio).to_numpy(dtype=float)
    counts = count.fillna(0).to_numpy(dtype=int)
    names = (list(count.index), list(count.columns))
    if frame.wide:  # people beside each other; on a phone they stand below each other
        values, counts, names = values.T, counts.T, names[::-1]
    rows, columns = values.shape
    figure, axes = plt.subplots(figsize=(frame.width_in, max(1.6, 0.27 * rows + 1.25)))
    top = 1.0 if ratio is None else max(20.0, float(np.nanmax(values)))
    low = 0.0 if ratio is None else min(0.0, float(np.nanmin(values)))
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=WARNING if ratio is None else SEQUENTIAL,
        vmin=low,
        vmax=top,
        edgecolors="#DDE2E8",
        lw=0.6,
    )
    _quality_cells(axes, values, counts, ratio is not None, low, top)
    _quality_axes(axes, names, rows, columns, frame)
    shrink = 0.5 if frame.wide else 0.9
    bar = figure.colorbar(mesh, ax=axes, location="top", shrink=shrink, aspect=40, pad=0.02)
    bar.set_label("share of recordings flagged" if ratio is None else "signal-to-noise ratio (dB), median")
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure


def _quality_cells(axes: Axes, values: np.ndarray, counts: np.ndarray, ratio: bool, low: float, top: float) -> None:
    """Numbers in the cells, and a frame around each that holds a flag."""
    if values.shape[1] > 34:  # no room for numbers: the frames stay
        size = 0.0
    else:
        size = 7.5 if values.shape[1] <= 20 else 6.0
    for (row, column), value in np.ndenumerate(values):
        marked = counts[row, column]
        if marked:
            box = Rectangle((column + 0.05, row + 0.08), 0.9, 0.84, fill=False, ec="#D06A12", lw=1.6, zorder=3)
            axes.add_patch(box)
        text = f"{value:.0f}" if ratio and np.isfinite(value) else ""
        text = f"{text} ▲{marked}".strip() if marked else text
        if text and size:
            colour = "white" if (value - low) / (top - low) > 0.6 else INK
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=size, color=colour)


def _quality_axes(axes: Axes, names: tuple[list[str], ...], rows: int, columns: int, frame: Frame) -> None:
    axes.set_ylim(rows, 0)
    axes.set_facecolor("#ECEFF2")
    size = 8 if columns <= 24 else 6
    axes.set_yticks(np.arange(rows) + 0.5, [shorten(words(n), 24) for n in names[0]], fontsize=8)
    axes.set_xticks(np.arange(columns) + 0.5, [shorten(words(n), 24) for n in names[1]], fontsize=size)
    if columns > 10 or not frame.wide:
        plt.setp(axes.get_xticklabels(), rotation=60, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
