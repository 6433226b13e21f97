"""How long each expression was held in each scene."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from myoscene.drawing.style import HATCH, INK, Frame, class_colours, listed_down, notice, panels, spread
from myoscene.report.blocks import words
from myoscene.report.choose import shorten
from myoscene.report.load import Options, Tables


def occupancy(tables: Tables, states: list[str]) -> pd.DataFrame:
    """Share of the scene spent in each state: participant, scene, state, share (mean over sessions)."""
    if tables.expression_features.empty:
        return pd.DataFrame(columns=["participant", "scene", "state", "share"])
    names = {name: state for state in states for name in state_features(state)}
    rows = tables.expression_features.dropna(subset=["value"])
    rows = rows.assign(state=rows["feature"].map(names)).dropna(subset=["state"])
    means = rows.groupby(["participant", "scene", "state"], sort=False)["value"].mean()
    return means.rename("share").reset_index()


def state_features(state: str) -> list[str]:
    """Names under which the share of time in ``state`` may stand in the feature table."""
    names = [f"occupancy_{state}", f"occupancy__{state}"]
    return [*names, "uncertain_share", "uncertain"] if state == "uncertain" else names


def scene_order(tables: Tables) -> list[str]:
    """Scenes in the order in which they first stand in the feature table, which is that of the recordings."""
    features = tables.expression_features
    return [] if features.empty else list(dict.fromkeys(features["scene"]))


def interval(values: np.ndarray | pd.Series) -> tuple[float, float, float]:
    """Mean and 95 % t-interval over participants; without an interval (nan) where there is only one."""
    values = np.asarray(values, dtype=float)
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


def draw_occupancy(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Stacked mean shares by scene, then a panel a state: participants as dots, mean, 95 % interval."""
    shares = occupancy(tables, [*options.classes, "uncertain"])
    if shares.empty:
        return notice("There are no shares of time: no model ran over the scenes.", frame)
    colours = class_colours(options.classes, options.neutral)
    states = [s for s in colours if s in set(shares["state"])]
    scenes = [s for s in scene_order(tables) if s in set(shares["scene"])]
    columns = 3 if frame.wide else 1
    figure, grid = panels(len(states) + 1, columns, frame.width_in, 0.25 * len(scenes) + 0.95, sharey=True)
    _stack(grid[0], shares, scenes, states, colours)
    for panel, state in zip(grid[1:], states, strict=True):
        _dots(panel, shares[shares["state"] == state], scenes, HATCH if state == "uncertain" else colours[state])
        panel.set_title(words(state))
    for number, panel in enumerate(grid):
        panel.tick_params(axis="y", labelleft=number % columns == 0)
    return figure


def _frame_panel(axes: Axes, scenes: list[str]) -> None:
    listed_down(axes, [shorten(words(s), 20) for s in scenes])
    axes.set_ylim(len(scenes) - 0.45, -0.55)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0", "50", "100"])
    axes.set_xticks([0.25, 0.75], minor=True)
    axes.set_xlabel("% of the scene")


def _stack(axes: Axes, shares: pd.DataFrame, scenes: list[str], states: list[str], colours: dict[str, str]) -> None:
    means = shares.groupby(["scene", "state"])["share"].mean().unstack("state").reindex(index=scenes, columns=states)
    left = np.zeros(len(scenes))
    for state in states:
        width = means[state].fillna(0).to_numpy()
        hatch, edge = ("////", HATCH) if state == "uncertain" else (None, "white")
        look = {"color": colours[state], "hatch": hatch, "edgecolor": edge, "lw": 0.5}
        axes.barh(np.arange(len(scenes)), width, left=left, height=0.68, **look)  # type: ignore[arg-type]
        left += width
    axes.set_title("all, mean of participants")
    _frame_panel(axes, scenes)


def _dots(axes: Axes, shares: pd.DataFrame, scenes: list[str], colour: str) -> None:
    for place, scene in enumerate(scenes):
        values = shares.loc[shares["scene"] == scene].sort_values("participant")["share"].to_numpy(dtype=float)
        if not len(values):
            continue
        y = place + 0.22 * spread(len(values))
        axes.scatter(values, y, s=13, color=colour, ec="#8A929C", lw=0.4, alpha=0.9, zorder=2)
        mean, low, high = interval(values)
        axes.plot([max(low, 0), min(high, 1)], [place, place], color=INK, lw=1.5, zorder=3, solid_capstyle="butt")
        axes.plot(mean, place, "|", color=INK, ms=9, mew=2, zorder=4)
    axes.grid(axis="x", which="both")
    _frame_panel(axes, scenes)
    axes.set_xlim(-0.02, 1.02)
