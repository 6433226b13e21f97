"""Associations of expression features with workload: the heat map and the forest plot."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.drawing.style import (
    DIVERGING,
    GRID,
    INK,
    MUTED,
    Frame,
    cells,
    colour_bar,
    legend_above,
    listed_down,
    notice,
    series,
)
from myoscene.report.blocks import words
from myoscene.report.choose import ESTIMATORS, SUBSCALES, heatmap_features, primary, shorten, top
from myoscene.report.load import Options, Tables


def draw_heatmap(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Primary estimate of each feature and subscale; a filled dot survives BH, a ring BY as well."""
    rows = primary(tables.associations)
    if rows.empty:
        return notice("There are no associations.", frame)
    features = heatmap_features(tables.associations, options.heatmap_features)
    subscales = list(dict.fromkeys(rows["subscale"]))
    grid = rows.pivot_table(index="feature", columns="subscale", values="estimate", aggfunc="first")
    values = grid.reindex(index=features, columns=subscales).to_numpy(dtype=float)
    limit = max(0.3, float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.3)
    figure, axes = plt.subplots(figsize=(min(frame.width_in, 7.6), 0.165 * len(features) + 1.5))
    mesh = cells(axes, values, DIVERGING, -limit, limit)
    _markers(axes, rows, features, subscales, options.alpha)
    size, longest = (7.2, 44) if frame.wide else (6, 36)
    axes.set_yticks(np.arange(len(features)) + 0.5, [shorten(words(f), longest) for f in features], fontsize=size)
    labels = [SUBSCALES.get(s, s) for s in subscales]
    axes.set_xticks(np.arange(len(subscales)) + 0.5, labels, rotation=40, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    colour_bar(axes, mesh, "correlation (primary estimator)", location="bottom", shrink=0.8, aspect=36, pad=0.012)
    return figure


def _markers(axes: Axes, rows: pd.DataFrame, features: list[str], subscales: list[str], alpha: float) -> None:
    place = {name: number + 0.5 for number, name in enumerate(features)}
    column = {name: number + 0.5 for number, name in enumerate(subscales)}
    kept = rows[rows["feature"].isin(place)]
    bh, by = kept[kept["significant"]], kept[kept["p_by"] <= alpha]
    axes.scatter(bh["subscale"].map(column), bh["feature"].map(place), s=13, color=INK, lw=0, zorder=3)
    axes.scatter(by["subscale"].map(column), by["feature"].map(place), s=42, fc="none", ec=INK, lw=1, zorder=3)


def draw_forest(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Strongest associations of the primary estimator with 95 % intervals, the other estimators beside."""
    chosen = top(tables.associations, options.top_associations)
    if chosen.empty:
        return notice("There are no associations.", frame)
    estimators = list(dict.fromkeys([chosen["estimator"].iloc[0], *tables.associations["estimator"]]))
    figure, axes = plt.subplots(figsize=(frame.width_in, (0.34 if frame.wide else 0.5) * len(chosen) + 1.3))
    offsets = np.linspace(-0.27, 0.3, len(estimators)) if len(estimators) > 1 else [0.0]
    keys = tables.associations.set_index(["estimator", "feature", "subscale"])
    for number, estimator in enumerate(estimators):
        wanted = [(estimator, f, s) for f, s in zip(chosen["feature"], chosen["subscale"], strict=True)]
        y = np.arange(len(chosen)) + offsets[number]
        _estimates(axes, keys.reindex(wanted), y, number, ESTIMATORS.get(estimator, words(estimator)))
    for place in range(0, len(chosen), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="#F6F8FA", lw=0, zorder=0)
    axes.axvline(0, color=MUTED, lw=1)
    listed_down(axes, [_label(row, frame) for _, row in chosen.iterrows()], 7.8 if frame.wide else 6.6)
    axes.set_xlim(-1.02, 1.02)
    axes.set_xlabel("correlation, 95 % interval")
    axes.grid(axis="x", color=GRID)
    legend_above(figure, 4 if frame.wide else 1)
    return figure


def _estimates(axes: Axes, rows: pd.DataFrame, y: np.ndarray, number: int, label: str) -> None:
    colour, marker = series(number)
    low, high = rows["ci_low"].to_numpy(dtype=float), rows["ci_high"].to_numpy(dtype=float)
    drawn = np.isfinite(low) & np.isfinite(high)
    width, alpha, order, size = (2.0, 1.0, 3, 6) if number == 0 else (0.9, 0.55, 2, 4.6)
    axes.hlines(y[drawn], low[drawn], high[drawn], color=colour, lw=width, alpha=alpha, zorder=order)
    x = rows["estimate"].to_numpy(dtype=float)
    axes.plot(x, y, marker, color=colour, ms=size, mec="white", mew=0.6, ls="", label=label, zorder=4)


def _label(row: pd.Series, frame: Frame) -> str:
    star, feature = "● " if row["significant"] else "", words(row["feature"])
    scale = SUBSCALES.get(row["subscale"], row["subscale"])
    return f"{star}{shorten(feature, 36)} – {scale}" if frame.wide else f"{shorten(feature, 32)}\n{star}{scale}"
