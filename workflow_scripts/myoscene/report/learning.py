"""Figures of the classifiers: held-out participants, confusion, calibration of probabilities."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.report.choose import METRICS, model_name, participant_order, shorten, summary_row, words
from myoscene.report.load import Tables
from myoscene.report.style import GRID, INK, MUTED, SEQUENTIAL, Frame, notice, series


def draw_participants(tables: Tables, frame: Frame, options: dict[str, Any]) -> Figure:
    """Score of each held-out participant and model; above them the mean with its 95 % t-interval."""
    if not tables.people:
        return notice("There is no evaluated model.", frame)
    metrics = [m for m in ("macro_f1", "balanced_accuracy") if m in next(iter(tables.people.values()))]
    order = participant_order(tables)
    columns = frame.columns(len(metrics))
    rows = -(-len(metrics) // columns)
    height = rows * (0.2 * len(order) + 0.2 * len(tables.models) + 1.0) + 0.35
    figure, axes = plt.subplots(rows, columns, figsize=(frame.width_in, height), squeeze=False, sharey=True)
    lowest = min(float(people[m].min()) for people in tables.people.values() for m in metrics)
    for panel, metric in zip(axes.flat, metrics, strict=True):
        _participants_panel(panel, tables, metric, order)
        panel.set_xlim(min(0.4, max(0.0, np.floor(lowest * 10) / 10)) - 0.02, 1.02)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=min(4, len(labels)), columnspacing=1.2)
    return figure


def _participants_panel(axes: Axes, tables: Tables, metric: str, order: list[str]) -> None:
    models = tables.models
    spread = np.linspace(-0.22, 0.22, len(models)) if len(models) > 1 else [0.0]
    top = len(models) + 0.6
    axes.axhspan(-0.5, len(models) - 0.2, color="#F4F6F8", lw=0)
    for number, model in enumerate(models):
        colour, marker = series(number)
        people = tables.people[model].set_index("participant")[metric].reindex(order)
        y = top + np.arange(len(order)) + spread[number]
        axes.plot(people, y, marker, color=colour, ms=4.6, mew=0, alpha=0.9, label=model_name(model))
        row = summary_row(tables, model, metric)
        if row is not None and np.isfinite(row["mean"]):
            axes.plot([row["t_low"], row["t_high"]], [number, number], color=colour, lw=2.2, solid_capstyle="butt")
            axes.plot(row["mean"], number, marker, color=colour, ms=7, mec="white", mew=1)
    for place in range(len(order)):
        axes.axhline(top + place, color=GRID, lw=0.8, zorder=0)
    axes.set_yticks([*range(len(models)), *(top + np.arange(len(order)))])
    axes.set_yticklabels([f"mean · {shorten(model_name(m), 16)}" for m in models] + [shorten(p, 16) for p in order])
    axes.tick_params(axis="y", labelleft=True)
    axes.set_ylim(top + len(order) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(METRICS[metric])
    axes.grid(axis="x")


def draw_confusion(tables: Tables, frame: Frame, options: dict[str, Any]) -> Figure:
    """Pooled confusion matrix of each model: share of the true class's windows, and their count."""
    models = [m for m in tables.models if m in tables.confusion]
    if not models:
        return notice("There is no evaluated model.", frame)
    columns = frame.columns(len(models), 3)
    rows = -(-len(models) // columns)
    size = _panel_width(frame, columns)
    height = rows * (size * (0.86 if frame.wide else 0.8) + 0.35)
    figure, axes = plt.subplots(rows, columns, figsize=(size * columns, height), squeeze=False)
    for number, panel in enumerate(axes.flat):
        if number >= len(models):
            panel.set_axis_off()
            continue
        counts = confusion_counts(tables.confusion[models[number]], options["classes"])
        _confusion_panel(panel, counts, models[number], number % columns == 0)
    return figure


def _panel_width(frame: Frame, columns: int) -> float:
    """Inches of one of three panels: a single one does not grow to the width of the page."""
    return min(frame.width_in / columns, 1.25 * frame.width_in / 3) if frame.wide else frame.width_in


def confusion_counts(confusion: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """Windows by true (rows) and predicted class (columns), pooled over participants."""
    pooled = confusion[confusion["participant"] == ""]
    names = [c for c in classes if c in set(pooled["true"]) | set(pooled["predicted"])] or sorted(set(pooled["true"]))
    counts = pooled.pivot_table(index="true", columns="predicted", values="windows", aggfunc="sum")
    return counts.reindex(index=names, columns=names).fillna(0).astype(int)


def _confusion_panel(axes: Axes, counts: pd.DataFrame, model: str, first: bool) -> None:
    numbers = counts.to_numpy()
    totals = numbers.sum(axis=1, keepdims=True)
    share = np.divide(numbers, totals, out=np.zeros(numbers.shape), where=totals > 0)
    axes.pcolormesh(share, cmap=SEQUENTIAL, vmin=0, vmax=1, edgecolors="white", linewidth=1.5)
    axes.set_ylim(len(counts), 0)
    axes.set_aspect("equal")
    size = 8 if len(counts) <= 4 else 6.2 if len(counts) <= 7 else 5
    for (row, column), value in np.ndenumerate(share):
        colour = "white" if value > 0.55 else INK
        text = f"{100 * value:.0f} %\n{numbers[row, column]}" if totals[row] else "–"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontsize=size)
    names = [shorten(words(c), 12) for c in counts.index]
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.tick_params(length=0)
    axes.set_title(model_name(model))
    axes.set_xlabel("predicted")
    axes.set_ylabel("true" if first else "")
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_calibration(tables: Tables, frame: Frame, options: dict[str, Any]) -> Figure:
    """Reliability of each model: how often the class called most probable was right, by its probability."""
    models = [m for m in tables.models if m in tables.windows]
    if not models:
        return notice("There is no evaluated model.", frame)
    columns = frame.columns(len(models), 3)
    rows = -(-len(models) // columns)
    side = _panel_width(frame, columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(side * columns, rows * (min(side, 2.87) + 0.4)), squeeze=False, sharey=True
    )
    for number, panel in enumerate(axes.flat):
        if number >= len(models):
            panel.set_axis_off()
            continue
        _calibration_panel(
            panel,
            reliability(tables.windows[models[number]], options["calibration_bins"]),
            models[number],
            number,
        )
        if number % columns == 0:
            panel.set_ylabel("share that was right")
    return figure


def reliability(path: str, bins: int) -> pd.DataFrame:
    """Reliability of held-out predictions, by equal bins of the highest class probability.

    Returns:
        one row a filled bin: ``confidence`` (mean), ``right`` (share, pooled over windows), ``low`` and
        ``high`` (10th and 90th percentile over participants), ``windows``, ``participants``.
    """
    names = pq.read_schema(path).names
    columns = [name for name in names if name.startswith("p_")]
    frame = pq.read_table(path, columns=["participant", "label", *columns], partitioning=None).to_pandas()
    probability = frame[columns].to_numpy(dtype=float)
    confidence = probability.max(axis=1)
    right = np.array([c[2:] for c in columns])[probability.argmax(axis=1)] == frame["label"].to_numpy()
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    flat = pd.DataFrame({"participant": frame["participant"], "bin": place, "c": confidence, "right": right})
    rows = []
    for _, group in flat.groupby("bin"):
        own = group.groupby("participant")["right"].mean()
        low, high = np.quantile(own, [0.1, 0.9])
        rows.append((group["c"].mean(), group["right"].mean(), low, high, len(group), len(own)))
    return pd.DataFrame(rows, columns=["confidence", "right", "low", "high", "windows", "participants"])


def _calibration_panel(axes: Axes, bins: pd.DataFrame, model: str, number: int) -> None:
    colour, marker = series(number)
    axes.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (4, 3)))
    axes.vlines(bins["confidence"], bins["low"], bins["high"], color=colour, lw=1.6, alpha=0.45)
    sizes = 12 + 70 * np.sqrt(bins["windows"] / bins["windows"].max())
    axes.plot(bins["confidence"], bins["right"], color=colour, lw=1.4)
    axes.scatter(bins["confidence"], bins["right"], s=sizes, color=colour, marker=marker, lw=0.8, ec="white", zorder=3)
    axes.set_xlim(0, 1.03)
    axes.set_ylim(0, 1.03)
    axes.set_aspect("equal")
    axes.grid()
    axes.set_title(model_name(model))
    axes.set_xlabel("probability of the predicted class")
