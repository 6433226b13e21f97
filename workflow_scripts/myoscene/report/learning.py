"""The classifiers on the page: held-out participants, models compared, confusion, calibration of probabilities."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.core.tables import read_table, table_schema
from myoscene.drawing import style
from myoscene.learn.tables import EYE_PREDICTIONS, PREDICTIONS
from myoscene.report import choose
from myoscene.report.blocks import THREE, Block, Picture, Table, limits, listed, plural, section, shorten, table, words
from myoscene.report.load import Options, Tables

# Over those alone who have every class; see myoscene.learn.scores.evaluate.
EVERY_CLASS = "balanced_accuracy_every_class"
# Classes beyond which a cell of the confusion matrix has room for one number.
MANY_CLASSES = 7
# A mean, and the lower and upper end of its interval.
Limits = tuple[float, float, float]


def no_models(tables: Tables) -> str:
    """Why there is no classifier."""
    if tables.setting("learn.models"):
        return "This section is left out because the input has nothing to train a model on."
    return "This section is left out because no model is configured (learn.models is empty)."


@section("learning", "Classification of people never seen", "people", no_models)
def learning_section(tables: Tables, options: Options) -> Iterator[Block]:
    models = listed([choose.model_name(m) for m in tables.people])
    kinds = {choose.modality(model) for model in tables.people}
    units = "Frames" if kinds == {"eyes"} else "Windows (of eye models: frames)" if "eyes" in kinds else "Windows"
    yield _folds(next(iter(tables.people.values())))
    worst = _worst(tables)
    yield Picture(
        "participants",
        "Held-out participants",
        "Every point is one participant whose data the model never saw. In the shaded band: mean over participants "
        "with its 95 % t-interval. Participants are ordered by their mean macro-F1 over models.",
        f"Dot plot of macro-F1 and balanced accuracy by participant and model. {worst}",
    )
    yield worst
    yield from _summary_tables(pd.concat([frame for frame in tables.summary.values() if len(frame)], ignore_index=True))
    compared = same_input(tables.comparison)
    if len(compared):
        yield comparison_table("Model against model", compared, "../learn/comparison.csv")
    scores = " | ".join(f"{name}={label}" for name, label in choose.METRICS.items())
    yield table(
        "Scores of every participant",
        choose.named(pd.concat(tables.people.values(), ignore_index=True)),
        f"model | participant | fold | windows={units.lower()} | {scores} | note",
        folded=True,
    )
    yield Picture(
        "confusion",
        "Confusion",
        f"{units} of all held-out participants by true and predicted class: share of the true class, and below it "
        "their number; with more than seven classes only the share, in %. Each row sums to 100 %.",
        f"Confusion matrices of {models}.",
    )
    if tables.windows:
        yield Picture(
            "calibration",
            "Calibration of probabilities",
            "How often the predicted class was right, by the probability it was given (equal bins). On the dashed line "
            "probabilities mean what they say; above it the model is too cautious, below it too sure. Larger marks "
            "hold more windows; bars reach from the 10th to the 90th percentile of participants.",
            f"Reliability diagrams of {models}.",
        )


def _folds(people: pd.DataFrame) -> str:
    folds = people["fold"].nunique()
    how = (
        f"Leave-one-participant-out: {plural(folds, 'fold')}, each trained without the participant on whom it is scored"
        if folds == len(people)
        else f"{folds} folds of whole participants ({len(people)} people): each fold is scored on people that it never "
        "saw"
    )
    return f"{how}. Participants were split before anything was fitted."


def _worst(tables: Tables) -> str:
    """The worst participant of each model, by name."""
    rows = [(model, choose.summary_row(tables, model, "macro_f1")) for model in tables.people]
    parts = [
        f"{row['worst_participant']} under {choose.model_name(model)} ({THREE(row['worst'])})"
        for model, row in rows
        if row is not None and row["worst_participant"]
    ]
    return f"Worst participant by macro-F1: {listed(parts, 12)}." if parts else ""


_SPREAD = (
    " The networks of a fold differ in their seed and in who stops them; their probabilities are averaged. SD of one "
    "network: of the mean over participants, had there been only one in each fold. SD over seeds: that divided by the "
    "square root of their number: about how far another processor moves the mean; another seed can move it further."
)


def _summary_tables(frame: pd.DataFrame) -> Iterator[Table]:
    """The metrics that people ask for first, and the others folded."""
    # Where everybody has every class this row says nothing new.
    frame = frame[(frame["metric"] != EVERY_CLASS) | (frame["missing"] > 0)]
    first = frame["metric"].isin(["macro_f1", "balanced_accuracy", EVERY_CLASS])
    order = {name: place for place, name in enumerate(choose.METRICS)}
    for more, rows in (("", frame[first]), (", other metrics", frame[~first])):
        rows = rows.sort_values("metric", key=lambda s: s.map(order).fillna(99), kind="stable")
        intervals = {name: limits(rows, f"{name}_low", f"{name}_high") for name in ("t", "bootstrap")}
        averaged = rows["sd_members"].notna().any()
        seeds = " | sd_seeds=SD over seeds" if averaged else ""
        more_columns = " | missing=undefined" if rows["missing"].any() else ""
        more_columns += " | members=networks | sd_members=SD of one network" if averaged else ""
        yield table(
            f"Summary over participants{more}",
            choose.named(rows).assign(**intervals),
            f"metric | model | mean | sd=SD{seeds} | t:right=95 % t-interval | bootstrap:right=95 % bootstrap | "
            f"worst | worst_participant | participants=n{more_columns}",
            note="Intervals and SD are over participants, never over windows. Lower is better for the Brier score and "
            f"the calibration error.{_SPREAD if averaged else ''}",
            folded=bool(more),
        )


def same_input(comparison: pd.DataFrame) -> pd.DataFrame:
    """Pairs of models that read the same: others were scored on other units, and are compared on shared windows."""
    return comparison[comparison["model_a"].map(choose.modality) == comparison["model_b"].map(choose.modality)]


def comparison_table(title: str, comparison: pd.DataFrame, link: str) -> Table:
    """Pairs of models with their mean difference and its paired test."""
    pairs = zip(comparison["model_a"], comparison["model_b"], strict=True)
    return table(
        title,
        choose.named(comparison).assign(
            pair=[f"{choose.model_name(a)} − {choose.model_name(b)}" for a, b in pairs],
            bootstrap=limits(comparison, "bootstrap_low", "bootstrap_high"),
        ),
        "metric | pair=models | mean_difference | sd_difference=SD | bootstrap:right=95 % bootstrap | p | "
        "participants=n | permutations",
        note="Paired permutation test over participants, of the scores of each model's averaged networks.",
        link=link,
        folded=False if len(comparison) <= 15 else None,
    )


def draw_participants(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Score of each held-out participant and model; above them the mean with its 95 % t-interval."""
    if not tables.people:
        return style.notice("There is no evaluated model.", frame)

    def mean(model: str, metric: str) -> Limits:
        row = choose.summary_row(tables, model, metric)
        return (np.nan,) * 3 if row is None else (float(row["mean"]), float(row["t_low"]), float(row["t_high"]))

    return people_panels(tables.people, mean, frame)


def people_panels(people: dict[str, pd.DataFrame], mean: Callable[[str, str], Limits], frame: style.Frame) -> Figure:
    """A panel a metric: every participant's score under each model, and above them the models' means.

    Participants stand from best to worst by the mean over models of macro-F1; names break ties.

    Args:
        people: model -> frame with ``participant`` and a column a metric.
        mean: of a model and metric: its mean, lower and upper end of its interval; NaN where there is none.
    """
    metrics, models = ("macro_f1", "balanced_accuracy"), list(people)
    order = choose.by_score(pd.concat(people.values()).groupby("participant")["macro_f1"].mean())
    # Marks of many models in one row would lie on each other.
    person = max(0.2, 0.04 * len(models) + 0.06)
    beside = min(4 if frame.wide else 2, len(models))
    row, legend = person * (len(order) + len(models)) + 1.0, 0.2 * -(-len(models) // beside)
    figure, grid = style.panels(2, frame.columns(2), frame.width_in, row, 0.3, legend=legend, sharey=True)
    lowest = min(float(scores[metric].min()) for scores in people.values() for metric in metrics)
    for panel, metric in zip(grid, metrics, strict=True):
        scores = {model: own.set_index("participant")[metric].reindex(order) for model, own in people.items()}
        _people_panel(panel, scores, {model: mean(model, metric) for model in models}, order)
        panel.set(xlabel=choose.METRICS[metric], xlim=(min(0.4, style.floor_tenth(lowest)) - 0.02, 1.02))
    style.legend_above(figure, beside)
    return figure


def _people_panel(axes: Axes, scores: dict[str, pd.Series], means: dict[str, Limits], order: list[str]) -> None:
    count = len(scores)
    half = 0.22 if count < 5 else 0.34
    offsets = np.linspace(-half, half, count) if count > 1 else [0.0]
    places = count + 0.6 + np.arange(len(order))
    axes.axhspan(-0.5, count - 0.2, color="#F4F6F8", lw=0)
    for number, (model, own) in enumerate(scores.items()):
        (colour, marker), y = style.series(number), places + offsets[number]
        axes.plot(own, y, marker, color=colour, ms=4.6, mew=0, alpha=0.9, label=choose.model_name(model))
        if np.isfinite(means[model][0]):
            style.estimate(axes, means[model], number, number, (2, 2))
    for place in places:
        axes.axhline(place, color=style.GRID, lw=0.8, zorder=0)
    names = [f"mean · {shorten(choose.model_name(model), 20)}" for model in scores]
    axes.set_yticks([*range(count), *places], [*names, *(shorten(name, 16) for name in order)])
    axes.tick_params(axis="y", labelleft=True)
    axes.set_ylim(count + 0.6 + len(order) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def draw_confusion(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Pooled confusion matrix of each model: share of the true class's windows, and their count."""
    models = [m for m in tables.people if m in tables.confusion]
    if not models:
        return style.notice("There is no evaluated model.", frame)
    counts = [confusion_counts(tables.confusion[model], options.classes) for model in models]
    many = max(map(len, counts)) > MANY_CLASSES
    columns = frame.columns(len(models), 2 if many else 3)
    size = _panel_width(frame, columns)
    row = size * (0.86 if frame.wide else 0.8) + (0.6 if many else 0.35)
    figure, grid = style.panels(len(models), columns, size * columns, row)
    for number, (panel, model) in enumerate(zip(grid, models, strict=True)):
        _confusion_panel(panel, counts[number])
        panel.set(title=choose.model_name(model), xlabel="predicted", ylabel="true" if number % columns == 0 else "")
    return figure


def _panel_width(frame: style.Frame, columns: int) -> float:
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
    style.cells(axes, share, style.SEQUENTIAL, 0, 1, lw=1.5)
    axes.set(facecolor="white", aspect="equal")
    many = len(counts) > MANY_CLASSES
    size = 8 if len(counts) <= 4 else 6.2 if not many else 6.5
    for (row, column), value in np.ndenumerate(share):
        only = "" if value < 0.005 else f"{100 * value:.0f}"
        text = only if many else f"{100 * value:.0f} %\n{numbers[row, column]}"
        colour = "white" if value > 0.55 else style.INK
        text = text if totals[row] else "–"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontsize=size)
    longest, small, turned = (16, 7, 45) if many else (12, 8, 30)
    names = [shorten(words(c), longest) for c in counts.index]
    places = np.arange(len(names)) + 0.5
    axes.set_xticks(places, names, rotation=turned, ha="right", rotation_mode="anchor", fontsize=small)
    axes.set_yticks(places, names, fontsize=small)


def draw_calibration(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Reliability of each model: how often the class called most probable was right, by its probability."""
    models = [m for m in tables.people if m in tables.windows]
    if not models:
        return style.notice("There is no evaluated model.", frame)
    # On a phone panels stand below each other, and many of them in two columns.
    columns = 2 if not frame.wide and len(models) > 4 else frame.columns(len(models), 3)
    side = _panel_width(frame, columns) if frame.wide else frame.width_in / columns
    figure, grid = style.panels(len(models), columns, side * columns, min(side, 2.87) + 0.4, sharey=True)
    for number, (panel, model) in enumerate(zip(grid, models, strict=True)):
        (colour, marker), bins = style.series(number), reliability(tables.windows[model], options.calibration_bins)
        x, y = bins["confidence"], bins["right"]
        panel.plot([0, 1], [0, 1], color=style.MUTED, lw=1, ls=(0, (4, 3)))
        panel.vlines(x, bins["low"], bins["high"], color=colour, lw=1.6, alpha=0.45)
        panel.plot(x, y, color=colour, lw=1.4)
        sizes = 12 + 70 * np.sqrt(bins["windows"] / bins["windows"].max())
        panel.scatter(x, y, s=sizes, color=colour, marker=marker, lw=0.8, ec="white", zorder=3)
        panel.set(xlim=(0, 1.03), ylim=(0, 1.03), aspect="equal", title=choose.model_name(model))
        panel.set_xlabel("probability of the predicted class" if side > 2.4 else "probability")
        panel.set_ylabel("share that was right" if number % columns == 0 else "")
        panel.grid()
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
