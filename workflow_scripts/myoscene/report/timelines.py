"""Continuous expression over each scene, for a few participants."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from myoscene.drawing.style import INK, MUTED, UNCERTAIN, Frame, class_colours, notice
from myoscene.report.choose import chosen_participants, shorten, words
from myoscene.report.load import Options, Tables

# More steps than this are drawn as means: a screen shows no more, and the page stays small.
MOST_STEPS = 150


def draw_timelines(tables: Tables, frame: Frame, options: Options) -> Figure:
    """Smoothed class probabilities, stacked, over a ribbon of states; a column a person, a row a scene."""
    chosen = chosen_participants(tables, options.timeline_participants, options.scene_model)
    if not frame.wide:
        # Three people say it on a phone: the first, the middle and the last of those drawn on a desk.
        chosen = [chosen[i] for i in sorted({0, len(chosen) // 2, len(chosen) - 1})] if chosen else []
    runs = {person: read_scenes(tables.scene_predictions[person]) for person, _ in chosen}
    scenes = list(dict.fromkeys(scene for run in runs.values() for scene in run))
    if not scenes:
        return notice("There are no predictions over scenes.", frame)
    truths = {person: _labels(tables.events.get(person)) for person in runs}
    colours = class_colours(options.classes, options.neutral)
    figure, grid = _grid(frame, len(scenes), chosen)
    for column, (person, why) in enumerate(chosen):
        for row, scene in enumerate(scenes):
            axes = grid[row, column] if frame.wide else grid[column * len(scenes) + row, 0]
            part = runs[person].get(scene)
            label = shorten(words(scene), 22)
            if part is None:
                axes.set_axis_off()
                continue
            _strip(axes, part, truths[person], colours)
            title = f"{shorten(person, 14)} · {why}" if why else shorten(person, 14)
            if frame.wide:
                if row == 0:
                    axes.set_title(title, fontsize=8.5)
                if column == 0:
                    axes.set_ylabel(label, rotation=0, ha="right", va="center", labelpad=4)
                if row == len(scenes) - 1:
                    axes.set_xlabel("time in the scene (s)")
            else:
                heading = f"{title}\n{label}" if row == 0 else label
                axes.set_title(heading, fontsize=8.5, fontweight="bold" if row == 0 else "normal", pad=3)
                if row == len(scenes) - 1:
                    axes.set_xlabel("time in the scene (s)")
    handles = [Patch(facecolor=colours[c], label=words(c)) for c in options.classes]
    handles.append(Patch(facecolor=UNCERTAIN, edgecolor="#A9A392", hatch="////", label="uncertain"))
    figure.legend(handles=handles, loc="outside upper left", ncols=6 if frame.wide else 3, columnspacing=1.2)
    return figure


def _grid(frame: Frame, scenes: int, chosen: list[tuple[str, str]]) -> tuple[Figure, np.ndarray]:
    if frame.wide:
        size = (frame.width_in, 0.78 * scenes + 0.95)
        return plt.subplots(scenes, len(chosen), figsize=size, squeeze=False)  # type: ignore[return-value]
    size = (frame.width_in, (0.8 * scenes + 0.45) * len(chosen) + 0.6)
    return plt.subplots(scenes * len(chosen), 1, figsize=size, squeeze=False)  # type: ignore[return-value]


def read_scenes(path: str) -> dict[str, pd.DataFrame]:
    """Scene -> rows of its first recording, in time order, from one person's predictions."""
    table = pq.read_table(path, partitioning=None)
    keep = [n for n in table.column_names if not n.startswith("p_")]
    frame = table.select(keep).to_pandas()
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
    return pq.read_table(path, filters=[("role", "=", "expression")], partitioning=None).to_pandas()[columns]


def _strip(axes: Axes, part: pd.DataFrame, truth: pd.DataFrame, colours: dict[str, str]) -> None:
    """One scene of one person: probabilities from 0 to 1, the states below, labels of the file above."""
    start = float(part["start_s"].iloc[0])
    time = part["time_s"].to_numpy(dtype=float) - start
    names = [c for c in colours if f"smooth_{c}" in part]
    probability = part[[f"smooth_{c}" for c in names]].to_numpy(dtype=float)
    hop = float(np.median(np.diff(time))) if len(time) > 1 else 0.1
    for first, last in _pieces(time, hop):
        x, y = coarse(time[first:last], probability[first:last])
        axes.stackplot(x, y.T, colors=[colours[c] for c in names], lw=0, alpha=0.95)
    bouts: dict[str, list[tuple[float, float]]] = {}
    for state, left, width in runs_of(part["expression"].to_numpy(), time, hop):
        bouts.setdefault(state, []).append((round(left, 3), round(width, 3)))
    for state, spans in sorted(bouts.items()):
        bars = axes.broken_barh(spans, (-0.36, 0.26), facecolors=colours.get(state, MUTED), lw=0)
        if state == "uncertain":
            bars.set_edgecolor("#A9A392")
            bars.set_hatch("////")
    top = 1.0
    own = truth[truth["recording"] == part["recording"].iloc[0]]
    for _, event in own.iterrows():
        left = event["onset_s"] - start
        axes.broken_barh(
            [(left, event["duration_s"])], (1.1, 0.24), facecolors=colours.get(event["label"], MUTED), lw=0
        )
        top = 1.34
    axes.set_xlim(0, max(float(time[-1] + hop), 1.0))
    axes.set_ylim(-0.38, top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color("#C9D0D8")
    axes.tick_params(axis="x", labelsize=7, pad=1.5, color="#C9D0D8", labelcolor=INK)


def _pieces(time: np.ndarray, hop: float) -> list[tuple[int, int]]:
    """Index ranges without a gap of more than one and a half hops."""
    edges = [0, *(np.flatnonzero(np.diff(time) > 1.5 * hop) + 1), len(time)]
    return [(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True) if b > a]


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
