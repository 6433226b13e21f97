"""Figures of the classifiers: held-out participants, confusion, calibration of probabilities."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.core.tables import read_table, table_schema
from myoscene.drawing.style import (
    GRID,
    INK,
    MUTED,
    SEQUENTIAL,
    Frame,
    cells,
    estimate,
    floor_tenth,
    legend_above,
    notice,
    panels,
    series,
)
from myoscene.learn.tables import EYE_PREDICTIONS, PREDICTIONS
from myoscene.report.blocks import words
from myoscene.report.choose import METRICS, model_name, participant_order, shorten, summary_row
from myoscene.report.load import Options, Tables

# Classes beyond which a cell of the confusion matrix has room for one number.
MANY_CLASSES = 7


def draw_participants(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Score of each held-out participant and model; above them the mean with its 95 % t-interval."""
    if not tables.people:
        return notice("There is no evaluated model.", frame)
    means = {
        metric: {model: _mean(tables, model, metric) for model in tables.models}
        for metric in ("macro_f1", "balanced_accuracy")
    }
    return draw_people(tables.people, means, participant_order(tables), frame)


def _mean(tables: Tables, model: str, metric: str) -> tuple[float, float, float]:
    """Mean and 95 % t-interval of the model's summary; NaN where it has none."""
    row = summary_row(tables, model, metric)
    return (float("nan"),) * 3 if row is None else (float(row["mean"]), float(row["t_low"]), float(row["t_high"]))


def draw_people(
    people: dict[str, pd.DataFrame],
    means: dict[str, dict[str, tuple[float, float, float]]],
    order: list[str],
    frame: Frame,
) -> Figure:
    """A panel a metric: every participant's score under each model, and above them the models' means.

    Args:
        people: model -> frame with ``participant`` and a column a metric.
        means: metric -> model -> mean, lower and upper end of its interval.
        order: participants from top to bottom.
    """
    models = list(people)
    # Marks of many models in one row would lie on each other.
    person = max(0.2, 0.04 * len(models) + 0.06)
    beside = min(4 if frame.wide else 2, len(models))
    row, legend = person * (len(order) + len(models)) + 1.0, 0.2 * -(-len(models) // beside)
    columns = frame.columns(len(means))
    figure, grid = panels(len(means), columns, frame.width_in, row, 0.3, legend=legend, sharey=True)
    lowest = min(float(scores[metric].min()) for scores in people.values() for metric in means)
    for panel, metric in zip(grid, means, strict=True):
        scores = {model: own.set_index("participant")[metric].reindex(order) for model, own in people.items()}
        _people_panel(panel, scores, means[metric], order)
        panel.set_xlabel(METRICS[metric])
        panel.set_xlim(min(0.4, floor_tenth(lowest)) - 0.02, 1.02)
    legend_above(figure, beside)
    return figure


def _people_panel(
    axes: Axes, scores: dict[str, pd.Series], means: dict[str, tuple[float, float, float]], order: list[str]
) -> None:
    count = len(scores)
    half = 0.22 if count < 5 else 0.34
    offsets = np.linspace(-half, half, count) if count > 1 else [0.0]
    places = count + 0.6 + np.arange(len(order))
    axes.axhspan(-0.5, count - 0.2, color="#F4F6F8", lw=0)
    for number, (model, own) in enumerate(scores.items()):
        colour, marker = series(number)
        axes.plot(
            own, places + offsets[number], marker, color=colour, ms=4.6, mew=0, alpha=0.9, label=model_name(model)
        )
        if np.isfinite(means[model][0]):
            estimate(axes, means[model], number, number, (2, 2))
    for place in places:
        axes.axhline(place, color=GRID, lw=0.8, zorder=0)
    names = [f"mean · {shorten(model_name(model), 20)}" for model in scores] + [shorten(name, 16) for name in order]
    axes.set_yticks([*range(count), *places], names)
    axes.tick_params(axis="y", labelleft=True)
    axes.set_ylim(count + 0.6 + len(order) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def draw_confusion(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Pooled confusion matrix of each model: share of the true class's windows, and their count."""
    models = [m for m in tables.models if m in tables.confusion]
    if not models:
        return notice("There is no evaluated model.", frame)
    counts = [confusion_counts(tables.confusion[model], options.classes) for model in models]
    many = max(map(len, counts)) > MANY_CLASSES
    columns = frame.columns(len(models), 2 if many else 3)
    size = _panel_width(frame, columns)
    row = size * (0.86 if frame.wide else 0.8) + (0.6 if many else 0.35)
    figure, grid = panels(len(models), columns, size * columns, row)
    for number, (panel, model) in enumerate(zip(grid, models, strict=True)):
        _confusion_panel(panel, counts[number])
        panel.set_title(model_name(model))
        panel.set_xlabel("predicted")
        panel.set_ylabel("true" if number % columns == 0 else "")
    return figure


def _panel_width(frame: Frame, columns: int) -> float:
    """Inches of one of three panels: a single one does not grow to the width of the page."""
    return min(frame.width_in / columns, 1.25 * frame.width_in / 3) if frame.wide else frame.width_in


def confusion_counts(confusion: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Windows by true (rows) and predicted class (columns), pooled over participants."""
    pooled = confusion[confusion["participant"] == ""]
    # Eye models may have classes of their own: then the table's order, which is that of their label set.
    own = list(dict.fromkeys(pooled["true"]))
    names = [name for name in classes if name in own] if set(own) <= set(classes) else own
    counts = pooled.pivot_table(index="true", columns="predicted", values="windows", aggfunc="sum")
    return counts.reindex(index=names, columns=names).fillna(0).astype(int)


def _confusion_panel(axes: Axes, counts: pd.DataFrame) -> None:
    numbers = counts.to_numpy()
    totals = numbers.sum(axis=1, keepdims=True)
    share = np.divide(numbers, totals, out=np.zeros(numbers.shape), where=totals > 0)
    cells(axes, share, SEQUENTIAL, 0, 1, lw=1.5)
    axes.set_facecolor("white")
    axes.set_aspect("equal")
    many = len(counts) > MANY_CLASSES
    size = 8 if len(counts) <= 4 else 6.2 if not many else 6.5
    for (row, column), value in np.ndenumerate(share):
        colour = "white" if value > 0.55 else INK
        if many:
            text = "" if value < 0.005 else f"{100 * value:.0f}"
        else:
            text = f"{100 * value:.0f} %\n{numbers[row, column]}"
        text = text if totals[row] else "–"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontsize=size)
    longest, small, turned = (16, 7, 45) if many else (12, 8, 30)
    names = [shorten(words(c), longest) for c in counts.index]
    places = np.arange(len(names)) + 0.5
    axes.set_xticks(places, names, rotation=turned, ha="right", rotation_mode="anchor", fontsize=small)
    axes.set_yticks(places, names, fontsize=small)


def draw_calibration(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Reliability of each model: how often the class called most probable was right, by its probability."""
    models = [m for m in tables.models if m in tables.windows]
    if not models:
        return notice("There is no evaluated model.", frame)
    # On a phone panels stand below each other, and many of them in two columns.
    columns = 2 if not frame.wide and len(models) > 4 else frame.columns(len(models), 3)
    side = _panel_width(frame, columns) if frame.wide else frame.width_in / columns
    figure, grid = panels(len(models), columns, side * columns, min(side, 2.87) + 0.4, sharey=True)
    for number, (panel, model) in enumerate(zip(grid, models, strict=True)):
        _calibration_panel(panel, reliability(tables.windows[model], options.calibration_bins), number)
        panel.set_title(model_name(model))
        if number % columns == 0:
            panel.set_ylabel("share that was right")
        panel.set_xlabel("probability of the predicted class" if side > 2.4 else "probability")
    return figure


def reliability(path: str, bins: int) -> pd.DataFrame:
    """Reliability of held-out predictions, by equal bins of the highest class probability.

    Returns:
        one row a filled bin: ``confidence`` (mean), ``right`` (share, pooled over windows), ``low`` and
        ``high`` (10th and 90th percentile over participants), ``windows``, ``participants``.
    """
    names = table_schema(path).names
    columns = [name for name in names if name.startswith("p_")]
    schema = EYE_PREDICTIONS if "frame" in names else PREDICTIONS
    frame = read_table(path, schema, columns=["participant", "label", *columns])
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


def _calibration_panel(axes: Axes, bins: pd.DataFrame, number: int) -> None:
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
