"""Figures of the two checks of the statistics: the null cohorts and the simulated studies."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.drawing.style import INK, MUTED, Frame, notice, series
from myoscene.report.choose import ALL_COHORTS, ESTIMATORS, null_rates, words
from myoscene.report.load import Options, Tables


def draw_null_check(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Share of tests with p <= alpha where nothing is to be found: each null cohort, mean, 95 % interval."""
    rates = null_rates(tables.null_check)
    if rates.empty:
        return notice("No null cohorts were simulated.", frame)
    figure, axes = plt.subplots(figsize=(min(frame.width_in, 6.6), 0.5 * len(rates) + 1.0))
    single = tables.null_check[tables.null_check["seed"] != ALL_COHORTS]
    for place, (_, row) in enumerate(rates.iterrows()):
        values = single.loc[single["estimator"] == row["estimator"]].sort_values("seed")["rate"].dropna()
        offsets = 0.2 * np.sin(2.4 * np.arange(len(values)))
        axes.scatter(values, place + offsets, s=11, color="#AAB4BF", lw=0, alpha=0.8)
        _point(axes, row, float(place), 0 if row["primary"] else 3)
    _estimator_axis(axes, list(rates["estimator"]), frame)
    top = max(0.12, float(np.nanmax([*single["rate"], *rates["ci_high"], *rates["rate"]])) * 1.08)
    axes.set_xlim(0, min(top, 1.0))
    _alpha_line(axes, float(rates["alpha"].iloc[0]))
    axes.set_xlabel("share of tests with p ≤ alpha" + (", no true association" if frame.wide else ""))
    return figure


def draw_simulation(tables: Tables, frame: Frame, options: Options) -> Figure:
    """False positives and power of the four estimators in simulated studies, with Wilson intervals."""
    if tables.simulation.empty:
        return notice("No studies were simulated.", frame)
    table = tables.simulation
    truths = sorted(table["association"].unique())
    estimators = list(dict.fromkeys(table.sort_values("primary", ascending=False, kind="stable")["estimator"]))
    columns = frame.columns(len(truths), 3)
    rows = -(-len(truths) // columns)
    size = (frame.width_in, rows * (0.36 * len(estimators) + 0.95))
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, sharey=True)
    for number, axes in enumerate(grid.flat):
        if number >= len(truths):
            axes.set_axis_off()
            continue
        part = table[table["association"] == truths[number]].set_index("estimator")
        for place, estimator in enumerate(estimators):
            if estimator in part.index:
                row = part.loc[estimator]
                _point(axes, row, float(place), 0 if row["primary"] else 3)
        _estimator_axis(axes, estimators, frame)
        axes.tick_params(axis="y", labelleft=number % columns == 0)
        axes.set_xlim(-0.02, 1.02)
        _alpha_line(axes, float(part["alpha"].iloc[0]))
        null = truths[number] == 0
        axes.set_title("no true association" if null else f"true association {truths[number]:g}")
        axes.set_xlabel("false positives" if null else "power")
    return figure


def _point(axes: Axes, row: pd.Series, y: float, number: int) -> None:
    colour, marker = series(number)
    axes.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, lw=2.2, solid_capstyle="butt", zorder=3)
    axes.plot(row["rate"], y, marker, color=colour, ms=7, mec="white", mew=1, zorder=4)


def _estimator_axis(axes: Axes, estimators: list[str], frame: Frame) -> None:
    names = [ESTIMATORS.get(e, words(e)) for e in estimators]
    if not frame.wide:
        names = [name.replace(" participant", "\nparticipant") for name in names]
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _alpha_line(axes: Axes, alpha: float) -> None:
    axes.axvline(alpha, color=INK, lw=1, ls=(0, (4, 3)), zorder=1)
    axes.annotate(
        f"alpha {alpha:g}",
        (alpha, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, -1),
        textcoords="offset points",
        va="top",
        fontsize=7,
        color=MUTED,
    )
