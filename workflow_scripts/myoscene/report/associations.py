"""Associations of expression features with workload: the heat map and the forest plot."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.drawing.style import DIVERGING, GRID, INK, MUTED, Frame, notice, series
from myoscene.report.choose import ESTIMATORS, SUBSCALES, heatmap_features, primary, shorten, top, words
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
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values), cmap=DIVERGING, vmin=-limit, vmax=limit, edgecolors="white", lw=0.6
    )
    axes.set_facecolor("#ECEFF2")
    axes.set_ylim(len(features), 0)
    _markers(axes, rows, features, subscales, options.alpha)
    size = 7.2 if frame.wide else 6
    longest = 44 if frame.wide else 36
    axes.set_yticks(np.arange(len(features)) + 0.5, [shorten(words(f), longest) for f in features], fontsize=size)
    labels = [SUBSCALES.get(s, s) for s in subscales]
    axes.set_xticks(np.arange(len(subscales)) + 0.5, labels, rotation=40, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(mesh, ax=axes, location="bottom", shrink=0.8, aspect=36, pad=0.012)
    bar.set_label("correlation (primary estimator)")
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure


def _markers(axes: Axes, rows: pd.DataFrame, features: list[str], subscales: list[str], alpha: float) -> None:
    place = {name: number + 0.5 for number, name in enumerate(features)}
    column = {name: number + 0.5 for number, name in enumerate(subscales)}
    kept = rows[rows["feature"].isin(place)]
    bh = kept[kept["significant"].fillna(False).astype(bool)]
    axes.scatter(bh["subscale"].map(column), bh["feature"].map(place), s=13, color=INK, lw=0, zorder=3)
    by = kept[kept["p_by"].astype(float) <= alpha]
    axes.scatter(by["subscale"].map(column), by["feature"].map(place), s=42, fc="none", ec=INK, lw=1, zorder=3)


def draw_forest(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Strongest associations of the primary estimator with 95 % intervals, the other estimators beside."""
    chosen = top(tables.associations, options.top_associations)
    if chosen.empty:
        return notice("There are no associations.", frame)
    estimators = list(dict.fromkeys(tables.associations["estimator"]))
    main = str(chosen["estimator"].iloc[0])
    estimators = [main, *(e for e in estimators if e != main)]
    figure, axes = plt.subplots(figsize=(frame.width_in, (0.34 if frame.wide else 0.5) * len(chosen) + 1.3))
    spread = np.linspace(-0.27, 0.3, len(estimators)) if len(estimators) > 1 else [0.0]
    keys = tables.associations.set_index(["estimator", "feature", "subscale"])
    for number, estimator in enumerate(estimators):
        wanted = [(estimator, f, s) for f, s in zip(chosen["feature"], chosen["subscale"], strict=True)]
        rows = keys.reindex(wanted)
        _estimates(
            axes,
            rows,
            np.arange(len(chosen)) + spread[number],
            number,
            ESTIMATORS.get(estimator, words(estimator)),
        )
    _forest_axes(axes, chosen, frame)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4 if frame.wide else 1, columnspacing=1.2)
    return figure


def _estimates(axes: Axes, rows: pd.DataFrame, y: np.ndarray, number: int, label: str) -> None:
    colour, marker = series(number)
    first = number == 0
    low, high = rows["ci_low"].to_numpy(dtype=float), rows["ci_high"].to_numpy(dtype=float)
    drawn = np.isfinite(low) & np.isfinite(high)
    width, alpha, order = (2.0, 1.0, 3) if first else (0.9, 0.55, 2)
    axes.hlines(y[drawn], low[drawn], high[drawn], color=colour, lw=width, alpha=alpha, zorder=order)
    estimate = rows["estimate"].to_numpy(dtype=float)
    axes.plot(
        estimate,
        y,
        marker,
        color=colour,
        ms=6 if first else 4.6,
        mec="white",
        mew=0.6,
        ls="",
        label=label,
        zorder=4,
    )


def _forest_axes(axes: Axes, chosen: pd.DataFrame, frame: Frame) -> None:
    for place in range(0, len(chosen), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="#F6F8FA", lw=0, zorder=0)
    axes.axvline(0, color=MUTED, lw=1)
    labels = []
    for _, row in chosen.iterrows():
        star = "● " if bool(row["significant"]) else ""
        scale = SUBSCALES.get(row["subscale"], row["subscale"])
        feature = words(row["feature"])
        labels.append(
            f"{star}{shorten(feature, 36)} – {scale}" if frame.wide else f"{shorten(feature, 32)}\n{star}{scale}"
        )
    axes.set_yticks(np.arange(len(chosen)), labels, fontsize=7.8 if frame.wide else 6.6)
    axes.set_ylim(len(chosen) - 0.5, -0.5)
    axes.set_xlim(-1.02, 1.02)
    axes.set_xlabel("correlation, 95 % interval")
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)
