"""Figures of the two checks of the statistics: the null cohorts and the simulated studies."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.drawing.style import INK, MUTED, Frame, estimate, listed_down, notice, panels, spread
from myoscene.report.blocks import words
from myoscene.report.choose import ALL_COHORTS, ESTIMATORS, null_rates
from myoscene.report.load import Options, Tables


def draw_null_check(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Share of tests with p <= alpha where nothing is to be found: each null cohort, mean, 95 % interval."""
    rates = null_rates(tables.null_check)
    if rates.empty:
        return notice("No null cohorts were simulated.", frame)
    figure, axes = plt.subplots(figsize=(min(frame.width_in, 6.6), 0.5 * len(rates) + 1.0))
    single = tables.null_check[tables.null_check["seed"] != ALL_COHORTS]
    for place, estimator in enumerate(rates["estimator"]):
        values = single.loc[single["estimator"] == estimator].sort_values("seed")["rate"].dropna()
        axes.scatter(values, place + 0.2 * spread(len(values)), s=11, color="#AAB4BF", lw=0, alpha=0.8)
    _rates(axes, rates, list(rates["estimator"]), frame)
    top = max(0.12, float(np.nanmax([*single["rate"], *rates["ci_high"], *rates["rate"]])) * 1.08)
    axes.set_xlim(0, min(top, 1.0))
    axes.set_xlabel("share of tests with p ≤ alpha" + (", no true association" if frame.wide else ""))
    return figure


def draw_simulation(tables: Tables, frame: Frame, options: Options) -> Figure:
    """False positives and power of the four estimators in simulated studies, with Wilson intervals."""
    table = tables.simulation
    if table.empty:
        return notice("No studies were simulated.", frame)
    truths = sorted(table["association"].unique())
    estimators = list(dict.fromkeys(table.sort_values("primary", ascending=False, kind="stable")["estimator"]))
    columns = frame.columns(len(truths), 3)
    figure, grid = panels(len(truths), columns, frame.width_in, 0.36 * len(estimators) + 0.95, sharey=True)
    for number, (axes, truth) in enumerate(zip(grid, truths, strict=True)):
        _rates(axes, table[table["association"] == truth], estimators, frame)
        axes.tick_params(axis="y", labelleft=number % columns == 0)
        axes.set_xlim(-0.02, 1.02)
        axes.set_title("no true association" if truth == 0 else f"true association {truth:g}")
        axes.set_xlabel("false positives" if truth == 0 else "power")
    return figure


def _rates(axes: Axes, rates: pd.DataFrame, estimators: list[str], frame: Frame) -> None:
    """Rate and interval of each estimator, and the line of alpha."""
    by_name = rates.set_index("estimator")
    for place, estimator in enumerate(estimators):
        if estimator in by_name.index:
            row = by_name.loc[[estimator]].iloc[0]
            limits = (float(row["rate"]), float(row["ci_low"]), float(row["ci_high"]))
            estimate(axes, limits, place, 0 if row["primary"] else 3, (3, 4))
    names = [ESTIMATORS.get(e, words(e)) for e in estimators]
    listed_down(axes, names if frame.wide else [name.replace(" participant", "\nparticipant") for name in names])
    axes.grid(axis="x")
    alpha = float(rates["alpha"].iloc[0])
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
