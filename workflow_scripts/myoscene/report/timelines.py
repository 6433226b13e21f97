"""Continuous expression over each scene, for a few participants."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from myoscene.core.tables import read_table, table_schema
from myoscene.drawing.style import HATCH, INK, MUTED, UNCERTAIN, Frame, class_colours, legend_above, notice
from myoscene.recordings.tables import EVENTS
from myoscene.report.blocks import words
from myoscene.report.choose import chosen_participants, shorten
from myoscene.report.load import Options, Tables
from myoscene.scenes.tables import PREDICTIONS

# More steps than this are drawn as means: a screen shows no more, and the page stays small.
MOST_STEPS = 150


def draw_timelines(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Smoothed class probabilities, stacked, over a ribbon of states; a column a person, a row a scene.

    On a phone people stand below each other, and three of them say it: the first, the middle and the last.
    """
    chosen = chosen_participants(tables, options.timeline_participants, options.scene_model)
    if not frame.wide and chosen:
        chosen = [chosen[i] for i in sorted({0, len(chosen) // 2, len(chosen) - 1})]
    runs = {person: read_scenes(tables.scene_predictions[person]) for person, _ in chosen}
    scenes = list(dict.fromkeys(scene for run in runs.values() for scene in run))
    if not scenes:
        return notice("There are no predictions over scenes.", frame)
    colours = class_colours(options.classes, options.neutral)
    people, rows = len(chosen), len(scenes)
    shape = (rows, people) if frame.wide else (rows * people, 1)
    height = 0.78 * rows + 0.95 if frame.wide else (0.8 * rows + 0.45) * people + 0.6
    figure, grid = plt.subplots(*shape, figsize=(frame.width_in, height), squeeze=False)
    # (scene, person) on any screen.
    grid = grid if frame.wide else grid.reshape(people, rows).T
    for column, (person, why) in enumerate(chosen):
        truth = _labels(tables.events.get(person))
        title = f"{shorten(person, 14)} · {why}" if why else shorten(person, 14)
        for row, scene in enumerate(scenes):
            axes, label = grid[row, column], shorten(words(scene), 22)
            if scene not in runs[person]:
                axes.set_axis_off()
                continue
            _strip(axes, runs[person][scene], truth, colours)
            if not frame.wide:
                heading, weight = (f"{title}\n{label}", "bold") if row == 0 else (label, "normal")
                axes.set_title(heading, fontsize=8.5, fontweight=weight, pad=3)
            elif row == 0:
                axes.set_title(title, fontsize=8.5)
            if frame.wide and column == 0:
                axes.set_ylabel(label, rotation=0, ha="right", va="center", labelpad=4)
            if row == rows - 1:
                axes.set_xlabel("time in the scene (s)")
    handles = [Patch(facecolor=colours[c], label=words(c)) for c in options.classes]
    handles.append(Patch(facecolor=UNCERTAIN, edgecolor=HATCH, hatch="////", label="uncertain"))
    legend_above(figure, 6 if frame.wide else 3, handles)
    return figure


def read_scenes(path: str) -> dict[str, pd.DataFrame]:
    """Scene -> rows of its first recording, in time order, from one person's predictions."""
    keep = [name for name in table_schema(path, PREDICTIONS).names if not name.startswith("p_")]
    frame = read_table(path, PREDICTIONS, columns=keep)
    runs = {}
    for scene, part in frame.groupby("scene", sort=False):
        part = part[(part["recording"] == part["recording"].iloc[0]) & (part["session"] == part["session"].iloc[0])]
        runs[str(scene)] = part.sort_values("time_s", ignore_index=True)
    return runs


def _labels(path: str | None) -> pd.DataFrame:
    """Expression events of a person; those inside scenes are drawn as the truth."""
    columns = ["recording", "onset_s", "duration_s", "label"]
    if path is None:
        return pd.DataFrame(columns=columns)
    return read_table(path, EVENTS, where={"role": ["expression"]})[columns]


def _strip(axes: Axes, part: pd.DataFrame, truth: pd.DataFrame, colours: dict[str, str]) -> None:
    """One scene of one person: probabilities from 0 to 1, the states below, labels of the file above."""
    start = float(part["start_s"].iloc[0])
    time = part["time_s"].to_numpy(dtype=float) - start
    names = [c for c in colours if f"smooth_{c}" in part]
    probability = part[[f"smooth_{c}" for c in names]].to_numpy(dtype=float)
    hop = float(np.median(np.diff(time))) if len(time) > 1 else 0.1
    for piece in np.split(np.arange(len(time)), np.flatnonzero(np.diff(time) > 1.5 * hop) + 1):
        x, y = coarse(time[piece], probability[piece])
        axes.stackplot(x, y.T, colors=[colours[c] for c in names], lw=0, alpha=0.95)
    bouts: dict[str, list[tuple[float, float]]] = {}
    for state, left, width in runs_of(part["expression"].to_numpy(), time, hop):
        bouts.setdefault(state, []).append((round(left, 3), round(width, 3)))
    for state, spans in sorted(bouts.items()):
        bars = axes.broken_barh(spans, (-0.36, 0.26), facecolors=colours.get(state, MUTED), lw=0)
        if state == "uncertain":
            bars.set(edgecolor=HATCH, hatch="////")
    own = truth[truth["recording"] == part["recording"].iloc[0]]
    for onset, duration, label in zip(own["onset_s"], own["duration_s"], own["label"], strict=True):
        axes.broken_barh([(onset - start, duration)], (1.1, 0.24), facecolors=colours.get(label, MUTED), lw=0)
    axes.set_xlim(0, max(float(time[-1] + hop), 1.0))
    axes.set_ylim(-0.38, 1.34 if len(own) else 1.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color("#C9D0D8")
    axes.tick_params(axis="x", labelsize=7, pad=1.5, color="#C9D0D8", labelcolor=INK)


def coarse(time: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most ``MOST_STEPS`` rows: means over equal blocks, which still sum to 1; rounded."""
    block = -(-len(time) // MOST_STEPS)
    if block > 1:
        starts = np.arange(0, len(time), block)
        sizes = np.diff([*starts, len(time)])
        time = np.add.reduceat(time, starts) / sizes
        probability = np.add.reduceat(probability, starts, axis=0) / sizes[:, None]
    return time.round(2), probability.round(3)


def runs_of(states: np.ndarray, time: np.ndarray, hop: float) -> list[tuple[str, float, float]]:
    """Bouts as (state, left edge, width) in seconds; a gap in time ends a bout. Times are window centres."""
    if not len(states):
        return []
    new = (states[1:] != states[:-1]) | (np.diff(time) > 1.5 * hop)
    edges = [0, *(np.flatnonzero(new) + 1), len(states)]
    return [
        (str(states[a]), float(time[a] - hop / 2), float(time[b - 1] - time[a] + hop))
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
