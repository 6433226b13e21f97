"""The picture of the recordings' quality."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from myoscene.report.choose import shorten, words
from myoscene.report.load import Tables
from myoscene.report.style import INK, WARNING, Frame, notice


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


def draw_quality(tables: Tables, frame: Frame, options: dict[str, Any]) -> Figure:
    """Share of each participant's recordings in which a channel was flagged, and their number."""
    if tables.quality is None or tables.quality.empty:
        return notice("There is no quality table.", frame)
    count, total = flagged(tables.quality)
    share = (count / total).to_numpy(dtype=float)
    people, channels = list(count.index), list(count.columns)
    if frame.wide:  # people beside each other; on a phone they stand below each other
        share, count = share.T, count.T
    counts = count.fillna(0).to_numpy(dtype=int)
    rows, columns = share.shape
    names = (channels, people) if frame.wide else (people, channels)
    height = max(1.6, 0.27 * rows + 1.25)
    figure, axes = plt.subplots(figsize=(frame.width_in, height))
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(share), cmap=WARNING, vmin=0, vmax=1, edgecolors="#DDE2E8", lw=0.6
    )
    axes.set_ylim(rows, 0)
    axes.set_facecolor("#ECEFF2")
    for (row, column), value in np.ndenumerate(share):
        if value > 0 and columns <= 34:
            colour = "white" if value > 0.75 else INK
            number = f"{counts[row, column]}"
            axes.text(column + 0.5, row + 0.5, number, ha="center", va="center", fontsize=7.5, color=colour)
    size = 8 if columns <= 24 else 6
    axes.set_yticks(np.arange(rows) + 0.5, [shorten(words(n), 24) for n in names[0]], fontsize=8)
    axes.set_xticks(np.arange(columns) + 0.5, [shorten(words(n), 24) for n in names[1]], fontsize=size)
    if columns > 10 or not frame.wide:
        plt.setp(axes.get_xticklabels(), rotation=60, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(
        mesh, ax=axes, location="top", shrink=0.5 if frame.wide else 0.9, aspect=40, pad=0.02
    )
    bar.set_label("share of the person's recordings in which the channel is flagged")
    bar.outline.set_visible(False)  # type: ignore[operator]
    if not frame.wide:
        bar.set_label("share of recordings flagged")
    return figure
