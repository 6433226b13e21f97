"""Figures of the models on eye images: personalisation, modalities on the same windows, learning curve."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from myoscene.drawing.style import GRID, INK, MUTED, Frame, floor_tenth, legend_above, notice, panels, series
from myoscene.report.choose import METRICS, by_score, model_name, shorten, variants
from myoscene.report.learning import draw_people
from myoscene.report.load import Options, Tables
from myoscene.report.scenes import interval

BETTER, WORSE = "#0072B2", "#D55E00"


def without_neutral(personalisation: pd.DataFrame) -> set[str]:
    """Participants none of whose sessions is personalised."""
    if personalisation.empty:
        return set()
    plain = personalisation["method"].eq("plain").groupby(personalisation["participant"]).all()
    return set(plain.index[plain])


def accuracies(tables: Tables, personalised: str, plain: str) -> pd.DataFrame:
    """Accuracy of each participant, best first: columns ``plain`` and ``personalised``, by participant."""
    scores = {"plain": tables.people[plain], "personalised": tables.people[personalised]}
    both = pd.DataFrame({name: own.set_index("participant")["accuracy"] for name, own in scores.items()}).dropna()
    return both.loc[by_score(both["personalised"])]


def draw_personalisation(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Accuracy of every participant without (hollow) and with personalisation (filled), a panel a model."""
    pairs = variants(tables)
    if not pairs:
        return notice("No eye model was evaluated with and without personalisation.", frame)
    scores = [accuracies(tables, *pair) for pair in pairs]
    width = frame.width_in if len(pairs) > 1 else min(frame.width_in, 6.6)
    row = 0.21 * (max(map(len, scores)) + 1) + 0.9
    figure, grid = panels(len(pairs), frame.columns(len(pairs)), width, row, 0.35)
    lowest = min(float(table.to_numpy().min(initial=1.0)) for table in scores)
    for panel, (model, _), own in zip(grid, pairs, scores, strict=True):
        _dumbbells(panel, own, without_neutral(tables.eye_personalisation))
        panel.set_xlim(floor_tenth(lowest) - 0.02, 1.02)
        if len(pairs) > 1:
            panel.set_title(model_name(model))
    handles = [
        Line2D([], [], marker="o", ls="", mfc="white", mec=INK, ms=5.5, label="plain"),
        Line2D([], [], marker="o", ls="", mfc=INK, mec=INK, ms=5.5, label="personalised"),
        Line2D([], [], color=BETTER, lw=2, label="better"),
        Line2D([], [], color=WORSE, lw=2, label="worse"),
    ]
    legend_above(figure, 4, handles, handlelength=1.4)
    return figure


def _dumbbells(axes: Axes, scores: pd.DataFrame, fallback: set[str]) -> None:
    names = [f"{shorten(name, 16)}{' (no neutral)' if name in fallback else ''}" for name in scores.index]
    axes.axhspan(-0.5, 0.5, color="#F4F6F8", lw=0)
    values = pd.concat([scores.mean().to_frame().T, scores], ignore_index=True)
    places = np.array([0.0, *(1.3 + np.arange(len(scores)))])
    for place, plain, personalised in zip(places, values["plain"], values["personalised"], strict=True):
        colour = BETTER if personalised > plain else WORSE if personalised < plain else MUTED
        large = 1.3 if place == 0 else 1.0
        axes.axhline(place, color=GRID, lw=0.8, zorder=0)
        axes.plot([plain, personalised], [place, place], color=colour, lw=2 * large, zorder=2)
        axes.plot(plain, place, "o", mfc="white", mec=colour, ms=5.5 * large, mew=1.3, zorder=3)
        axes.plot(personalised, place, "o", color=colour, ms=5.5 * large, mew=1.3, zorder=4)
    axes.set_yticks(places, ["mean", *names])
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel("accuracy")


def draw_modalities(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Every participant under EMG, eyes and fusion on the same windows; above them the means, 95 % t-intervals."""
    if tables.modalities.empty:
        return notice("No window was predicted from EMG and from eye images.", frame)
    people = {str(model): own for model, own in tables.modalities.groupby("model", sort=False)}
    means = {
        metric: {model: interval(own[metric].dropna()) for model, own in people.items()}
        for metric in ("macro_f1", "balanced_accuracy")
    }
    order = by_score(tables.modalities.groupby("participant")["macro_f1"].mean())
    return draw_people(people, means, order, frame)


def curve_points(curve: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean over participants and its 95 % t-interval at each number of training people, smallest first."""
    rows = [(people, *interval(own[metric]), len(own)) for people, own in curve.groupby("people", sort=True)]
    return pd.DataFrame(rows, columns=["people", "mean", "low", "high", "participants"])


def draw_learning_curve(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Scores by number of training people: participants in grey, mean with its 95 % t-interval."""
    curve = tables.learning_curve
    if curve.empty:
        return notice("There is no learning curve.", frame)
    figure, grid = panels(2, frame.columns(2), frame.width_in, 2.7, 0.2)
    for panel, metric in zip(grid, ("accuracy", "macro_f1"), strict=True):
        for number, (model, own) in enumerate(curve.groupby("model", sort=False)):
            _curve(panel, own, metric, number, str(model))
        panel.set_ylim(floor_tenth(float(curve[metric].min())) - 0.02, 1.02)
        panel.set_xticks(sorted(set(curve["people"])))
        panel.set_xlabel("people to train and validate on")
        panel.set_ylabel(METRICS[metric])
        panel.grid(axis="y")
    if curve["model"].nunique() > 1:
        grid[0].legend(loc="lower right")
    return figure


def _curve(axes: Axes, curve: pd.DataFrame, metric: str, number: int, model: str) -> None:
    colour, marker = series(number)
    for _, own in curve.sort_values("people").groupby("participant", sort=True):
        axes.plot(own["people"], own[metric], color="#AAB4BF", lw=0.8, alpha=0.7, zorder=1)
    points = curve_points(curve, metric)
    x, mean = points["people"], points["mean"]
    axes.vlines(x, points["low"], points["high"], color=colour, lw=2.2, zorder=3)
    axes.plot(x, mean, color=colour, lw=1.6, zorder=3)
    axes.plot(x, mean, marker, color=colour, ms=7, mec="white", zorder=4, label=model_name(model))
