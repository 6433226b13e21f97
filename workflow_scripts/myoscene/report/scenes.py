"""The scenes on the page: timelines of a few participants, time spent in each expression, scores, effects."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from myoscene.core.tables import read_table, table_schema
from myoscene.drawing import style
from myoscene.recordings.tables import EVENTS
from myoscene.report import choose
from myoscene.report.blocks import THREE, Block, Picture, listed, section, shorten, table, words
from myoscene.report.learning import no_models
from myoscene.report.load import Options, Tables
from myoscene.scenes.tables import PREDICTIONS

# More steps than this are drawn as means: a screen shows no more, and the page stays small.
MOST_STEPS = 150


def no_scenes(tables: Tables) -> str:
    """Why there are no predictions over scenes."""
    if not tables.people:
        return no_models(tables)
    if not tables.setting("scenes.models"):
        return "This section is left out because no model runs over the scenes (scenes.models is empty)."
    return "This section is left out because the input has no scene recordings."


@section("timelines", "Continuous expression in each scene", "scene_predictions", no_scenes)
def timelines_section(tables: Tables, options: Options) -> Iterator[Block]:
    chosen = choose.chosen_participants(tables, options.timeline_participants, options.scene_model)
    people = listed([f"{name} ({why})" if why else name for name, why in chosen], 12)
    yield (
        f"Predictions of {choose.model_name(options.scene_model)} at every hop, from the fold that never saw the "
        f"person. Shown are {people}, at even steps of rank by held-out macro-F1."
    )
    yield Picture(
        "timelines",
        "Expression over time",
        "Smoothed class probabilities, stacked to 1; the ribbon below holds the state (hatched: uncertain). Where a "
        "scene's file carries labels of its own, they stand as a ribbon above. White: no window, the signal was bad or "
        "had a gap. On a narrow screen at most three people are drawn.",
        f"Stacked probability timelines of {people} in every scene.",
    )


@section("occupancy", "Time spent in each expression", "scene_predictions", no_scenes)
def occupancy_section(tables: Tables, options: Options) -> Iterator[Block]:
    yield Picture(
        "occupancy",
        "Occupancy by scene",
        "Share of the scene spent in each state. First panel: mean of participants. Other panels: every dot is a "
        "participant; the upright mark is the mean, the line its 95 % t-interval.",
        f"Occupancy by scene of {listed([words(c) for c in options.classes], 10)} and of uncertain time.",
    )


@section("scene-scores", "Scene predictions against labels", "scores")
def scores_section(tables: Tables, options: Options) -> Iterator[Block]:
    by_model = []
    for model, own in tables.scores.groupby("model", sort=False):
        values = own["balanced_accuracy"]
        low = own.iloc[int(values.to_numpy().argmin())]
        by_model.append(
            f"{choose.model_name(str(model))} {THREE(values.mean())} (mean over {len(own)} participants of balanced "
            f"accuracy; worst {low['participant']}, {THREE(low['balanced_accuracy'])})"
        )
    yield (
        "Labels inside the scene recordings were never shown to a model; predictions over the labelled stretches score "
        f"{listed(by_model)}."
    )
    yield table(
        "Scores of scene predictions",
        choose.named(tables.scores),
        "model | participant | windows | balanced_accuracy | balanced_accuracy_raw=without smoothing | "
        "macro_f1=macro-F1 | uncertain_share",
        link="../scenes/scores.csv",
    )


_NO_EFFECTS = "This section is left out because no expression feature has values in two or more scenes."


@section("effects", "Do scenes differ?", "scene_effects", _NO_EFFECTS)
def effects_section(tables: Tables, options: Options) -> Iterator[Block]:
    effects, pairs = tables.scene_effects, tables.scene_pairs
    yield (
        f"{effects['friedman_significant'].sum()} of {effects['friedman_p'].count()} features differ between scenes by "
        f"the Friedman test and {effects['mixed_significant'].sum()} of {effects['mixed_p'].count()} by the mixed "
        f"model, both after Benjamini-Hochberg at {options.alpha:g}. Kendall's W is the agreement of participants on "
        "the order of the scenes, from 0 to 1."
    )
    yield table(
        "Strongest scene effects",
        choose.effects_by_strength(effects).head(12),
        "feature | kendall_w=Kendall's W | friedman_p=p | friedman_p_bh=p (BH) | friedman_p_by=p (BY) | "
        "mixed_p_bh=mixed p (BH) | n_complete",
        folded=False,
    )
    yield table(
        "All scene effects",
        effects,
        "feature | kendall_w=Kendall's W | friedman_chi2:2=Friedman χ² | friedman_p=p | friedman_p_bh=p (BH) | "
        "friedman_p_by=p (BY) | mixed_p=mixed model p | mixed_p_bh=mixed p (BH) | icc:2=ICC | n_complete | "
        "n_participants=n | note",
        note="n complete: participants with a value in every scene; only they enter the Friedman test.",
        link="../statistics/scene_effects.csv",
        folded=True,
    )
    if len(pairs):
        by = ["p_holm", "p", "feature", "scene_a", "scene_b"]
        shown = pairs.sort_values(by, kind="stable", na_position="last").head(100)
        yield table(
            "Scene against scene",
            shown,
            "feature | scene_a | scene_b | median_difference=median difference (b − a) | p | p_holm=p (Holm) | "
            "n_participants=n",
            note=f"Wilcoxon signed-rank, Holm within each feature. The {len(shown)} of {len(pairs)} pairs with the "
            "smallest p; the file has them all.",
            link="../statistics/scene_pairs.csv",
            folded=True,
        )


def draw_timelines(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Smoothed class probabilities, stacked, over a ribbon of states; a column a person, a row a scene.

    On a phone people stand below each other, and three of them say it: the first, the middle and the last.
    """
    chosen = choose.chosen_participants(tables, options.timeline_participants, options.scene_model)
    if not frame.wide and chosen:
        chosen = [chosen[i] for i in sorted({0, len(chosen) // 2, len(chosen) - 1})]
    runs = {person: read_scenes(tables.scene_predictions[person]) for person, _ in chosen}
    scenes = list(dict.fromkeys(scene for run in runs.values() for scene in run))
    if not scenes:
        return style.notice("There are no predictions over scenes.", frame)
    colours = style.class_colours(options.classes, options.neutral)
    people, rows = len(chosen), len(scenes)
    shape = (rows, people) if frame.wide else (rows * people, 1)
    height = 0.78 * rows + 0.95 if frame.wide else (0.8 * rows + 0.45) * people + 0.6
    figure, grid = plt.subplots(*shape, figsize=(frame.width_in, height), squeeze=False)
    # (scene, person) on any screen.
    grid = grid if frame.wide else grid.reshape(people, rows).T
    for column, (person, why) in enumerate(chosen):
        # Expression events of the person; those inside scenes are the truth.
        events = tables.events.get(person)
        truth = (
            read_table(events, EVENTS, where={"role": ["expression"]}) if events else pd.DataFrame({"recording": []})
        )
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
    handles.append(Patch(facecolor=style.UNCERTAIN, edgecolor=style.HATCH, hatch="////", label="uncertain"))
    style.legend_above(figure, 6 if frame.wide else 3, handles)
    return figure


def read_scenes(path: str) -> dict[str, pd.DataFrame]:
    """Scene -> rows of its first recording, in time order, from one person's predictions."""
    keep = [name for name in table_schema(path, PREDICTIONS).names if not name.startswith("p_")]
    runs = {}
    for scene, part in read_table(path, PREDICTIONS, columns=keep).groupby("scene", sort=False):
        part = part[(part["recording"] == part["recording"].iloc[0]) & (part["session"] == part["session"].iloc[0])]
        runs[str(scene)] = part.sort_values("time_s", ignore_index=True)
    return runs


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
        bars = axes.broken_barh(spans, (-0.36, 0.26), facecolors=colours.get(state, style.MUTED), lw=0)
        if state == "uncertain":
            bars.set(edgecolor=style.HATCH, hatch="////")
    own = truth[truth["recording"] == part["recording"].iloc[0]]
    for event in own.itertuples():
        span, colour = (event.onset_s - start, event.duration_s), colours.get(event.label, style.MUTED)
        axes.broken_barh([span], (1.1, 0.24), facecolors=colour, lw=0)
    axes.set(xlim=(0, max(float(time[-1] + hop), 1.0)), ylim=(-0.38, 1.34 if len(own) else 1.0), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color("#C9D0D8")
    axes.tick_params(axis="x", labelsize=7, pad=1.5, color="#C9D0D8", labelcolor=style.INK)


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
    new = np.flatnonzero((states[1:] != states[:-1]) | (np.diff(time) > 1.5 * hop)) + 1
    return [
        (str(states[own[0]]), float(time[own[0]] - hop / 2), float(time[own[-1]] - time[own[0]] + hop))
        for own in np.split(np.arange(len(states)), new)
        if len(own)
    ]


def draw_occupancy(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Stacked mean shares by scene, then a panel a state: participants as dots, mean, 95 % interval."""
    shares = choose.occupancy(tables, [*options.classes, "uncertain"])
    if shares.empty:
        return style.notice("There are no shares of time: no model ran over the scenes.", frame)
    colours = style.class_colours(options.classes, options.neutral)
    states = [s for s in colours if s in set(shares["state"])]
    # In the order in which they first stand in the feature table, which is that of the recordings.
    scenes = [s for s in tables.expression_features["scene"].unique() if s in set(shares["scene"])]
    columns = 3 if frame.wide else 1
    figure, grid = style.panels(len(states) + 1, columns, frame.width_in, 0.25 * len(scenes) + 0.95, sharey=True)
    means = shares.groupby(["scene", "state"])["share"].mean().unstack("state").reindex(index=scenes, columns=states)
    left = np.zeros(len(scenes))
    grid[0].set_title("all, mean of participants")
    for panel, state in zip(grid[1:], states, strict=True):
        width = means[state].fillna(0).to_numpy()
        hatch, edge = ("////", style.HATCH) if state == "uncertain" else (None, "white")
        look = {"color": colours[state], "hatch": hatch, "edgecolor": edge, "lw": 0.5}
        grid[0].barh(np.arange(len(scenes)), width, left=left, height=0.68, **look)  # type: ignore[arg-type]
        left += width
        _dots(panel, shares[shares["state"] == state], scenes, style.HATCH if state == "uncertain" else colours[state])
        panel.set_title(words(state))
    for number, panel in enumerate(grid):
        style.listed_down(panel, [shorten(words(s), 20) for s in scenes])
        panel.set(ylim=(len(scenes) - 0.45, -0.55), xlabel="% of the scene")
        panel.set_xticks([0, 0.5, 1], ["0", "50", "100"])
        panel.set_xticks([0.25, 0.75], minor=True)
        panel.set_xlim(*((-0.02, 1.02) if number else (0, 1)))
        panel.tick_params(axis="y", labelleft=number % columns == 0)
    return figure


def _dots(axes: Axes, shares: pd.DataFrame, scenes: list[str], colour: str) -> None:
    for place, scene in enumerate(scenes):
        values = shares.loc[shares["scene"] == scene].sort_values("participant")["share"].to_numpy(dtype=float)
        if not len(values):
            continue
        y = place + 0.22 * style.spread(len(values))
        axes.scatter(values, y, s=13, color=colour, ec="#8A929C", lw=0.4, alpha=0.9, zorder=2)
        mean, low, high = choose.interval(values)
        axes.plot([max(low, 0), min(high, 1)], [place, place], color=style.INK, lw=1.5, zorder=3, solid_capstyle="butt")
        axes.plot(mean, place, "|", color=style.INK, ms=9, mew=2, zorder=4)
    axes.grid(axis="x", which="both")
